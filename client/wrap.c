#include "client/wrap.h"

#include "client/grid.h"

#include <stdbool.h>
#include <string.h>
#include <wchar.h>

/* What no line begins with. */
static bool is_closing(wchar_t character)
{
	return character && wcschr(L"，。、；：！？）」』”’》", character);
}

size_t wrap_line(const char *text, size_t width)
{
	mbstate_t state = {0};
	size_t all = strlen(text), at = 0, taken = 0, end = 0, used;
	wchar_t last = 0, character;

	for (; at < all && (used = mbrtowc(&character, text + at, all - at, &state)) && used <= all - at; at += used) {
		int columns = wcwidth(character) > 0 ? wcwidth(character) : 0;
		bool wide = columns == 2 || (last && wcwidth(last) == 2);

		if (at && (character == L' ' || (wide && !is_closing(character))))
			end = at;
		if (taken + (size_t)columns > width)
			return end ? end : at ? at : used;
		taken += (size_t)columns;
		last = character;
	}
	return all;
}

void wrap_print(FILE *out, const char *indent, const char *text)
{
	size_t width = grid_screen_width(out) - strlen(indent);

	while (*text) {
		const char *newline = strchr(text, '\n');
		size_t length = wrap_line(text, width);

		if (newline && (size_t)(newline - text) < length)
			length = (size_t)(newline - text);
		fprintf(out, "%s%.*s\n", indent, (int)length, text);
		text += length;
		text += *text == '\n' ? 1 : strspn(text, " ");
	}
}
