/*
 * What numbers in leaves are called: codes and names of nodes, labels of purposes, hosts of funds. Read off
 * the leaves in log order; a thing is named before anything refers to it. Memory grows with the organisation, not with the ledger.
 */
#ifndef AUDIT_NAMES_H
#define AUDIT_NAMES_H

#include <jansson.h>
#include <stdint.h>

struct names;

struct names *names_new(void);
struct names *names_free(struct names *names); /* accepts NULL, returns NULL */

/* Takes over a leaf's row images; NULL: it has none. */
void names_learn(struct names *names, const json_t *rows);

/* NULL when it is not known. Owned by names. */
const char *names_code(const struct names *names, int64_t node);
const char *names_title(const struct names *names, int64_t node);
const char *names_purpose(const struct names *names, int64_t purpose);

/* Node of the fund's host, and of a code that a fund has; 0 when it is not known. */
int64_t names_host(const struct names *names, int64_t fund);
int64_t names_fund(const struct names *names, const char *code);

#endif
