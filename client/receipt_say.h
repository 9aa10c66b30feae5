/* What a receipt proves, in plain words. */
#ifndef CLIENT_RECEIPT_SAY_H
#define CLIENT_RECEIPT_SAY_H

#include "client/answer.h"
#include "client/ledger.h"
#include "client/receipt.h"

#include <stdio.h>

/* What its leaves say: who, what, how much, when, which entry; of a closed one what is known without them. answer may be NULL. */
void receipt_say_leaves(FILE *out, const struct receipt *receipt, const struct answer *answer);

/* Where they stand: index, checkpoint, whose log; and what only an auditor could tell of a closed one. */
void receipt_say_place(FILE *out, const struct ledger *ledger, const struct receipt *receipt);

/* What the operation or the kind of entry that a leaf names is, in the user's language; malloc'd. */
char *receipt_kind(const json_t *leaf);

#endif
