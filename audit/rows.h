/* Rows of the database as the leaves imply them, beside those that stand in leaves as images: the shapes of ledger_rows. */
#ifndef AUDIT_ROWS_H
#define AUDIT_ROWS_H

#include "audit/act.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/* Values of a key's members (parted by blanks) in a row, parted by blanks; malloc'd. NULL when one is missing. */
char *row_key(const char *members, const json_t *row);

/* A value as text: a string itself, else JSON. malloc'd. */
char *json_value_text(const json_t *value);

/* Each row of an act: its table, its image (a new reference to keep or to drop), its leaf. Those of tables whose images stand
 * in leaves, and entry, posting, leaf, request. operator is the request's, 0 the founding. */
typedef void act_row_fn(void *arg, const char *table, json_t *image, const struct leaf *leaf);
void act_rows(const struct act *act, int64_t operator, act_row_fn *fn, void *arg);

/* What a row of the table request is compared by: result becomes its digest; the founding's jti, which no signature covers, goes. */
json_t *request_comparable(const json_t *row, bool with_result);

#endif
