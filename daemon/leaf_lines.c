/* Leaves from text, a line each; see leaf_lines.h. */
#include "daemon/leaf_lines.h"

#include "daemon/buffer.h"
#include "wire/base.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct part {
	const char *at;
	size_t length;
};

/* Parts the text at TABs. How many parts there are; one more than most when there are more than that. */
static size_t part_at_tabs(struct part text, struct part *parts, size_t most)
{
	const char *end = text.at + text.length, *at = text.at, *tab;
	size_t count = 0;

	do {
		if (count == most)
			return most + 1;
		tab = memchr(at, '\t', (size_t)(end - at));
		parts[count++] = (struct part){ at, (size_t)((tab ? tab : end) - at) };
		at = tab ? tab + 1 : end;
	} while (tab);
	return count;
}

static void add_part(struct buffer *out, struct part part)
{
	buffer_add(out, part.at, part.length);
}

/* The line with what its author adds. 0, or -1. */
static int complete(struct buffer *out, struct part line, const struct leaf_author *author, bool first)
{
	struct part parts[3];

	_Static_assert(LEAF_VERSION == 1, "the version stands in the text");
	out->length = 0;
	if (part_at_tabs(line, parts, 3) != 3)
		return -1;
	buffer_text(out, "{");
	add_part(out, parts[0]);
	buffer_text(out, parts[0].length > 0 ? ",\"kid\":\"" : "\"kid\":\"");
	buffer_text(out, author->kid);
	buffer_text(out, "\",");
	add_part(out, parts[1]);
	buffer_text(out, ",\"request\":\"");
	buffer_text(out, author->request);
	if (first) {
		buffer_text(out, "\",\"result\":\"");
		buffer_text(out, author->result);
	}
	buffer_text(out, parts[2].length > 0 ? "\"," : "\"");
	add_part(out, parts[2]);
	buffer_text(out, ",\"v\":1}");
	return 0;
}

/* The shape with the line's values. 0, or -1. */
static int fill(struct buffer *out, const struct buffer *shape, struct part line)
{
	const char *at = shape->bytes, *end = at + shape->length, *mark;
	struct part values[LEAF_LINES_VALUES];
	size_t count = part_at_tabs(line, values, LEAF_LINES_VALUES), which, wanted = 0;

	out->length = 0;
	if (count > LEAF_LINES_VALUES)
		return -1;
	for (; (mark = memchr(at, '\f', (size_t)(end - at))); at = mark + 2) {
		which = (size_t)(mark[1] - 'a'); /* the text ends with a NUL: something comes after the mark */
		if (which >= count)
			return -1;
		if (which >= wanted)
			wanted = which + 1;
		buffer_add(out, at, (size_t)(mark - at));
		add_part(out, values[which]);
	}
	buffer_add(out, at, (size_t)(end - at));
	return count == wanted ? 0 : -1;
}

int leaf_lines_each(const char *lines, size_t length, const struct leaf_author *author, leaf_lines_fn *fn, void *arg)
{
	const char *end = lines + length, *next;
	struct part shape = { NULL, 0 };
	struct buffer shaped = { 0 }, leaf = { 0 };
	int count = 0, status = 0;

	for (const char *at = lines; at <= end && status == 0; at = next + 1) {
		next = memchr(at, '\n', (size_t)(end - at));
		if (!next)
			next = end;
		struct part line = { at, (size_t)(next - at) };
		if (line.length > 0 && *at == '\f') {
			shape = (struct part){ at + 1, line.length - 1 };
			shaped.length = 0;
			continue;
		}
		if (!shape.at) {
			status = complete(&leaf, line, author, count == 0);
		} else {
			if (shaped.length == 0 || count == 1) /* made again for the second leaf: only the first has the result */
				status = complete(&shaped, shape, author, count == 0);
			if (status == 0)
				status = fill(&leaf, &shaped, line);
		}
		if (status == 0)
			status = fn(arg, memcpy(xmalloc(leaf.length + 1), leaf.bytes, leaf.length + 1), leaf.length);
		count++;
	}
	free(shaped.bytes);
	free(leaf.bytes);
	return status == 0 ? count : -1;
}
