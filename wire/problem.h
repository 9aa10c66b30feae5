/*
 * A problem: why something was refused, as RFC 9457 "problem details".
 *
 * {"type":"urn:lovebank:problem:<code>","title":...,"status":...,"code":...,"field":...,"params":{...}}
 * The code is stable and documented; field is a JSON Pointer without the first slash
 * ("lines/40/volunteer") and is absent when no field is at fault. The client renders the text in
 * its user's language from code and params.
 */
#ifndef WIRE_PROBLEM_H
#define WIRE_PROBLEM_H

#include <jansson.h>
#include <stddef.h>

#define PROBLEM_FIELD_MAX 128

struct problem {
	int status;       /* HTTP status; 0: no problem */
	const char *code; /* points into the table of codes */
	char field[PROBLEM_FIELD_MAX];
	json_t *params; /* owned, may be NULL */
};

/* One row a code. SQL returns codes by name; a test compares the two lists. */
struct problem_code {
	const char *code;
	int status;
	const char *title; /* one English sentence with {param} places; what happened */
	const char *advice; /* one English sentence: what to do next */
};

extern const struct problem_code problem_codes[]; /* problem_codes.c; ends with code NULL */

const struct problem_code *problem_code_find(const char *code);
const struct problem_code *problem_code_at(size_t i); /* NULL past the end */

/* Fills p. code must be in the table (BUG otherwise); field may be NULL. Takes params over. */
void problem_set(struct problem *p, const char *code, const char *field, json_t *params);
void problem_clear(struct problem *p);

/* The JSON object of a problem; a new reference. */
json_t *problem_json(const struct problem *p);

/* Title of a code with {name} replaced from params (strings and integers); malloc'd. */
char *problem_text(const char *format, const json_t *params);

#endif
