/* An operator of the load: a client home with key.pem and ledger.json. Read once, never freed. */
#ifndef BENCH_LOAD_PARTY_H
#define BENCH_LOAD_PARTY_H

#include "tests/bench/load.h"
#include "tests/bench/load_scan.h"
#include "wire/key.h"

#include <openssl/ssl.h>

/* What ledger.json says. */
struct ledger {
	json_t *document; /* the texts are its */
	const char *aud, *address, *log; /* log: verifier key of the checkpoints */
	struct key *answers;
	char *protected; /* the only protected header that an answer may have, in base64url */
};

struct party {
	struct ledger ledger;
	struct key *key;
	char *protected; /* of its requests, in base64url */
	SSL_CTX *context;
};

/* Every home of the list. Ends the program when one cannot be used. */
struct party *parties_read(const struct list *homes);

/* Whether ledger.json pins this public key for its daemon. */
bool party_pins(const struct party *party, const struct key *tls);

/* A client's side of TLS 1.3 that shows a certificate of the key: for load_handshake.c. */
SSL_CTX *party_context(const struct key *key);

#endif
