/*
 * A table of multiples of a public P-256 key, with which checking an ES256 signature takes a third of the time. The points
 * are the library's work: it keeps such a table for the generator of a group, and here the generator is the key. Making
 * one takes some 40 ms and 151 KB, so only keys that are checked against often get one (wire/key_cache.h).
 */
#ifndef WIRE_KEY_TABLE_H
#define WIRE_KEY_TABLE_H

#include "key.h"
#include "sha256.h"

#include <openssl/evp.h>
#include <stdbool.h>

struct key_table;

/* NULL if the library makes no table of this key. One reference. */
struct key_table *key_table_new(EVP_PKEY *pkey);

/* True: the signature is good. False: it is not, or the table cannot say; the library's own check has to. Any thread. */
bool key_table_check(const struct key_table *table, const unsigned char hash[SHA256_BYTES],
		     const unsigned char signature[ES256_SIGNATURE]);

struct key_table *key_table_ref(struct key_table *table);
struct key_table *key_table_free(struct key_table *table); /* one reference less; accepts NULL, returns NULL */

#endif
