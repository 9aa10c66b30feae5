/*
 * What a client knows of a ledger and by which keys it knows it: ledger.json.
 *
 * {"aud":..,"daemons":[{"address":"127.0.0.1:7443","tls":"sha256//..","tls_more":["sha256//.."]}],
 *  "answers":{JWK},"log":"<verifier key>",                 the oldest in force
 *  "answers_keys":[{JWK},..],"log_keys":["..",..],         all that are known, if there are more
 *  "keys":4,                                               registered and ended so far, as answers say in log.keys
 *  "ended":{"<kid or key id>":size}}                       good only for what was signed up to that size of the log
 *
 * Ended keys stay: old receipts and statements verify by them. client/ledger_keys.h says how new ones are learned.
 */
#ifndef CLIENT_LEDGER_H
#define CLIENT_LEDGER_H

#include "wire/key.h"
#include "wire/note.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LEDGER_KEYS_MAX 64  /* of each use */
#define LEDGER_IN_FORCE INT64_MAX

struct ledger_answers_key {
	struct key *key;
	int64_t until; /* log size up to which it signed, LEDGER_IN_FORCE */
};

struct ledger_log_key {
	const char *verifier; /* "aud+key id+base64"; of the document */
	int64_t until;
};

struct ledger {
	json_t *document;      /* owns what the others point to */
	const char *aud, *log; /* log: the oldest in force */
	const json_t *daemons; /* at least one; NULL when only a log key is known */
	struct key *answers;   /* the oldest in force; NULL when only a log key is known */
	struct ledger_answers_key answers_keys[LEDGER_KEYS_MAX];
	struct ledger_log_key log_keys[LEDGER_KEYS_MAX];
	size_t answers_count, log_count;
	int64_t keys; /* registered and ended that it speaks of */
};

/* Parses the bytes of a ledger.json; NULL with *ret_reason (static text). */
struct ledger *ledger_parse(const char *bytes, size_t length, const char **ret_reason);
struct ledger *ledger_from_document(json_t *document, const char **ret_reason); /* takes document over */

/* One of which only a log key is known: receipts can be checked, answers cannot. NULL if it is no verifier key. */
struct ledger *ledger_from_log_key(const char *verifier);

/* Frees what target holds and puts source's content there; source itself is gone. Whoever points to target goes on. */
void ledger_replace(struct ledger *target, struct ledger *source);
struct ledger *ledger_free(struct ledger *ledger); /* accepts NULL, returns NULL */

/* The answers key of that name, NULL if it is not known. */
const struct ledger_answers_key *ledger_answers_key(const struct ledger *ledger, const char *kid);

/* Whether a checkpoint is of this ledger and signed by a log key: one in force, or unless fresh one that was in force at
 * its size. 0 with size and root, or -1. */
int ledger_check_note(const struct ledger *ledger, const char *note, bool fresh, uint64_t *ret_size, unsigned char ret_root[TREE_HASH]);

/* The pins of a daemon as libcurl takes them, "sha256//a;sha256//b"; malloc'd. */
char *ledger_pins(const json_t *daemon);

/* The key id in a verifier key, 8 hex digits, into id; 0 or -1. */
#define LEDGER_KEY_ID 9
int ledger_key_id(const char *verifier, char id[LEDGER_KEY_ID]);

#endif
