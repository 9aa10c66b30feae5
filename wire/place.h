/* A place in JSON, kept as a chain on the stack and written out only when it is needed: "lines/40/volunteer". */
#ifndef WIRE_PLACE_H
#define WIRE_PLACE_H

#include <stddef.h>

struct place {
	const struct place *outer; /* NULL: a member of the top */
	const char *name;          /* NULL: the element with this index */
	size_t index;
};

/* JSON Pointer without the first slash; what does not fit into room is cut. */
void place_text(const struct place *place, char *text, size_t room);

#endif
