/*
 * Which public keys have a table (wire/key_table.h): those of the process against which good signatures were found often,
 * KEY_CACHE_SIZE at most; the one that was not used for longest makes room. Keys are told apart by their kid, so that all
 * struct key of one public key share. Safe on any thread.
 */
#ifndef WIRE_KEY_CACHE_H
#define WIRE_KEY_CACHE_H

#include "key_table.h"

#define KEY_CACHE_SIZE 64
#define KEY_CACHE_OFTEN 256 /* good signatures for a table while there is room */
#define KEY_CACHE_OFTEN_FULL 4096 /* while another's table must go: its making costs a tenth of so many checks */

/* A reference, or NULL: no table (yet). */
struct key_table *key_cache_find(const char *kid);

/* A signature was good and there was no table; when that was often enough a thread of its own makes it, one at a time: 40 ms
 * in which whoever checks would keep others waiting. */
void key_cache_count(const char *kid, EVP_PKEY *pkey);

/* Until no table is being made. The process does so before it ends. */
void key_cache_wait(void);

#endif
