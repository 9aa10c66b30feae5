/* Problems, said to people: what happened, where (the flag, or the file's row and column), and what to do. */
#ifndef CLIENT_TROUBLE_H
#define CLIENT_TROUBLE_H

#include "wire/op.h"
#include "wire/problem.h"

#include <jansson.h>
#include <stddef.h>

/* From which rows of which file the lines of a command came. */
struct source {
	const char *file;
	const size_t *rows; /* row numbers as a spreadsheet shows them, by line */
	size_t count;
};

/* Prints a problem (its JSON object) on stderr. fields are the operation's input; source may be NULL. */
void trouble_say(const json_t *problem, const struct field *fields, const struct source *source);

/* One sentence in the user's language for a code and its parameters; amounts are in yuan if field is money. malloc'd. */
char *trouble_sentence(const char *code, const json_t *params, const struct field *field);

/* Checks one value against its field, personal or not. 0, or -1 with *ret_why (malloc'd sentence). */
int trouble_check(const struct field *field, json_t *value, char **ret_why);

#endif
