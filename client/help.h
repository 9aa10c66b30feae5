/* Help on every level, and what to say about words that are not known. All from the tables. */
#ifndef CLIENT_HELP_H
#define CLIENT_HELP_H

#include "wire/op.h"

#include <stdbool.h>
#include <stdio.h>

/* noun and verb may be NULL. EXIT_OK, or EXIT_USAGE when there is no such noun or verb. */
int help_print(FILE *out, const char *noun, const char *verb);

/* The operation or the client's own command of these words, NULL if there is none. */
const struct op *help_find(const char *noun, const char *verb);

/* Says that there is no such noun or verb, and which was probably meant. EXIT_USAGE. */
int help_unknown(const char *noun, const char *verb);

#endif
