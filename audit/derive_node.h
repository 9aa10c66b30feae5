/* What the derivations share that add a node to the organisation. */
#ifndef AUDIT_DERIVE_NODE_H
#define AUDIT_DERIVE_NODE_H

#include "audit/expect.h"

/* The level of a kind of node, from the highest, 1, down; 0: it is none, but a host, team, shop or fund. */
int node_level(const char *kind);

/* The node of a code that a field of the input names, unknown_node found and NULL if there is none. */
const struct node *node_named(struct replay *replay, const struct act *act, const char *field);

/* The row of a new node below parent, with the input's code and name; its number. A code in use is found. */
int64_t expect_node(struct expect *expect, const struct node *parent, const char *kind);

#endif
