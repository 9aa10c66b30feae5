/*
 * Canonical JSON (wire/json.h) of a text whose signature has been checked, taken apart where it stands: values are pieces of the text,
 * as they are written. What is not in canonical form is refused as far as it is looked at: white space, members out of order or twice.
 */
#ifndef BENCH_LOAD_SCAN_H
#define BENCH_LOAD_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
	const char *at; /* NULL: the value is absent */
	size_t length;
};

/* One that is looked for; value is written. */
struct member {
	const char *name;
	struct text value;
};

/* Finds members, given in order of their names; those that are absent get none. 0, or -1 when it is no canonical object. */
int scan_object(struct text object, struct member *members, size_t count);

/* The next value of an array: *at is NULL at first. 1, or 0 at the end, or -1 when it is no canonical array. */
int scan_next(struct text array, const char **at, struct text *ret);

/* What stands between the quotes of a string without escapes; a number of 0 .. 2^53 - 1. false: it is none. */
bool scan_string(struct text value, struct text *ret);
bool scan_number(struct text value, uint64_t *ret);

bool text_is(struct text text, const char *expected);

#endif
