#include "wire/place.h"

#include <stdio.h>

/* Writes the outermost first; how much of room is used. */
static size_t put(const struct place *place, char *text, size_t room)
{
	size_t used = place->outer ? put(place->outer, text, room) : 0;
	const char *slash = place->outer ? "/" : "";
	int length = place->name ? snprintf(text + used, room - used, "%s%s", slash, place->name) :
				   snprintf(text + used, room - used, "%s%zu", slash, place->index);

	return (size_t)length < room - used ? used + (size_t)length : room - 1;
}

void place_text(const struct place *place, char *text, size_t room)
{
	put(place, text, room);
}
