/* Flags of an operation, from its row: typed text to input. */
#ifndef CLIENT_ARGS_H
#define CLIENT_ARGS_H

#include "wire/op.h"

#include <jansson.h>
#include <stdbool.h>

/* Flags that stand anywhere on the line. */
struct globals {
	const char *home, *lang;
	bool json, yes, help, version;
};

/* Takes the global flags out of argv and counts down argc. 0, or -1 when one lacks its value (its name in *ret_flag). */
int globals_take(int *argc, const char **argv, struct globals *ret, const char **ret_flag);

struct args {
	json_t *input;   /* by the operation's fields; a list's own records too */
	const char *csv; /* file with the list's records */
	const char *out; /* file for what the operation leaves behind */
};

/* Whether the operation takes --csv, or --out. */
bool args_takes_csv(const struct op *op);
bool args_takes_out(const struct op *op);

/* Parses what follows noun and verb; a word without flag is the first required field's value. EXIT_OK, or EXIT_USAGE
 * after saying everything that is wrong. The caller decrefs input in any case. */
int args_parse(const struct op *op, int argc, const char *const *argv, struct args *ret);

#endif
