/* Names of fields as people meet them: column titles and flags. */
#ifndef CLIENT_TITLE_H
#define CLIENT_TITLE_H

#include "wire/op.h"

/* In the user's language: the first Chinese spelling, or the name with spaces and a capital; malloc'd. */
char *title_of(const struct field *field);
char *title_chinese(const struct field *field); /* in Chinese in any case */

/* The flag without "--": the name with '-' for '_', a list's without the plural's 's'; malloc'd. */
char *title_flag(const struct field *field);

/* Whether a typed flag (without "--") means the field; its Chinese titles do too. */
bool title_is_flag(const struct field *field, const char *flag);

/* Whether a typed column title means the field: its name or one of its Chinese spellings, without what is in parentheses. */
bool title_is_column(const struct field *field, const char *title);

#endif
