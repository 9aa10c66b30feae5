/*
 * Leaves that SQL gave as text, a line each (core.outcome), written out in full.
 *
 * A line is canonical JSON members in three parts with a TAB between them; what the author adds comes there: before the second part
 * "kid", after it "request" and, in a command's first leaf, "result"; "v" is last. No part has a comma at its ends.
 *
 * A line that begins with FF is a shape: leaves that differ only in some values follow, a line of those values each, parted by TABs.
 * FF and a letter stands in the shape wherever a value goes, 'a' the first; LEAF_LINES_VALUES at most. It is for all lines up to
 * the next shape. Canonical JSON holds neither TAB nor FF nor a line's end.
 */
#ifndef DAEMON_LEAF_LINES_H
#define DAEMON_LEAF_LINES_H

#include <stddef.h>

#define LEAF_VERSION 1 /* a leaf's "v" */
#define LEAF_LINES_VALUES 16

/* What an author adds to leaves; text that JSON needs no escapes for. */
struct leaf_author {
	const char *kid, *request, *result;
};

/* Takes the bytes over, NUL-terminated; anything but 0 ends the reading. */
typedef int leaf_lines_fn(void *arg, char *bytes, size_t length);

/* How many leaves there were, or -1: a line that has not three parts, or other values than its shape wants, or fn said so. */
int leaf_lines_each(const char *lines, size_t length, const struct leaf_author *author, leaf_lines_fn *fn, void *arg);

#endif
