/*
 * A fund's statement made again from the leaves below a size of the log, and compared with the one that the ledger signed:
 * opening, each line, sums, purposes, proof and closing, to the last fen.
 *
 * Memory is a line of the statement each and, for all statements of a bundle together, 24 bytes an entry that can be reversed.
 */
#ifndef AUDIT_STATEMENT_H
#define AUDIT_STATEMENT_H

#include "audit/act.h"
#include "audit/finding.h"
#include "audit/names.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct statements;

/* names is used as long as it lives. */
struct statements *statements_new(const struct names *names);
struct statements *statements_free(struct statements *statements); /* accepts NULL, returns NULL */

/* A signed answer's content that is to be compared; content is borrowed, file (its name in findings) copied. Before the first
 * leaf. False: it is no statement. */
bool statements_ask(struct statements *statements, const char *file, const json_t *content);

/* Takes over a leaf that could be parsed, in log order, after names learned it. */
void statements_add(struct statements *statements, const struct leaf *leaf);

/* How many were asked for, the file's name of each and what the leaves give for it (new reference), as the answer's result has it. */
size_t statements_count(const struct statements *statements);
const char *statements_file(const struct statements *statements, size_t i);
json_t *statements_result(const struct statements *statements, size_t i);

/* Adds a finding for each figure that the leaves do not give. */
void statements_compare(const struct statements *statements, struct findings *findings);

/* The table of a statement for spreadsheets, in Chinese; content is the signed answer's. */
void statement_write_csv(const json_t *content, FILE *out);

#endif
