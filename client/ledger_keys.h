/*
 * New keys of a ledger, learned from its log: /log/keys gives the receipt of every leaf that registered or ended one.
 *
 * Each receipt is checked under the log keys that are trusted at that point, and a leaf that registers a log key extends that
 * trust. Receipts of before the first key that this client knows are checked as leaves of the newest checkpoint instead, by
 * its tiles. So nothing but the log itself can bring in a key; whoever gives the answer need not be trusted.
 */
#ifndef CLIENT_LEDGER_KEYS_H
#define CLIENT_LEDGER_KEYS_H

#include "client/ledger.h"
#include "client/public_log.h"

#include <stdint.h>

/* Learns the ledger's keys from its public log; wanted is how many were registered and ended by what the ledger says (0: not
 * known). home (may be NULL) is where ledger.json is rewritten. EXIT_OK; EXIT_UNKNOWN when they were not got; EXIT_UNVERIFIED when
 * what was got does not verify; both with log->error and ledger as it was. EXIT_LOCAL when the file cannot be written. */
int ledger_keys_learn(struct ledger *ledger, struct public_log *log, int64_t wanted, const char *home);

#endif
