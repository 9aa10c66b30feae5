/*
 * Who may do what: the matrix of roles, and where the object of each operation lies. The same as core.matrix of the
 * database, kept here as data of its own, so that the audit does not take the database's word for it;
 * tests/lint/audit.sh compares the two.
 */
#ifndef AUDIT_AUTHORITY_H
#define AUDIT_AUTHORITY_H

#include "audit/replay.h"

#include <stdbool.h>

/* The roles of the matrix; a set of them is a sum of 1 << place. */
extern const char *const authority_role_names[]; /* ends with NULL */

struct authority {
	const char *op;
	const char *roles; /* parted by blanks; "*": all */
};
extern const struct authority authorities[]; /* every operation, in order of name; ends with op NULL */

unsigned authority_role(const char *role);  /* 1 << place; 0 for no role */
unsigned authority_roles(const char *op);   /* the set that may call an operation; 0: nobody */

/* Who signed an act: the operator whose key its request, or else its first leaf, names. NULL, with key_unknown found, if there
 * was none at that place in the log. The founding has none, and that is right. */
const struct operator *authority_author(struct replay *replay, const struct act *act);

/* Whether replay->author may have done this, there, then: key_revoked and not_allowed are found. */
void authority_check(struct replay *replay, const struct act *act);

/* Whether the author's live grants for the act's operation reach a node (0: any at all); true of a node that a partial log lacks. */
bool authority_reaches(const struct replay *replay, const struct act *act, int64_t node);

/* Finds not_allowed: for a node (0: none in particular) that a field names, in the leaf of that place in the act. */
void authority_refuse(struct replay *replay, const struct act *act, size_t place, const char *field, int64_t node);

/* Whether an operator belongs to the author's part of the tree: some grant of it, live or revoked, lies there. */
bool authority_sees_operator(const struct replay *replay, const struct act *act, int64_t operator);

#endif
