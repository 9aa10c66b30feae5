/*
 * Proofs of the log (RFC 6962 sections 2.1.1 and 2.1.2), made from hash tiles of C2SP tlog-tiles and checked without them;
 * and their text, c2sp.org/tlog-proof@v1.
 */
#ifndef WIRE_PROOF_H
#define WIRE_PROOF_H

#include "note.h"
#include "tree.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROOF_MAX 64 /* hashes of a proof at most, for either kind: consistency has one more at most, see proof.c */

struct proof {
	unsigned count;
	unsigned char hashes[PROOF_MAX + 1][TREE_HASH];
};

/* Gives the first width hashes of a tile, width * TREE_HASH bytes valid until the next call, or NULL. width is that of the
 * tile in a tree of the size that the proof is for: a full tile may be given where fewer are asked. */
typedef const unsigned char *proof_tile_fn(void *arg, unsigned level, uint64_t index, unsigned width);

/* Inclusion of the leaf at index in the tree of a size; consistency between two sizes, 0 <= before <= size. 0, or -1 when a
 * tile is missing or the arguments are not such. */
int proof_inclusion(proof_tile_fn *tile, void *arg, uint64_t index, uint64_t size, struct proof *ret);
int proof_consistency(proof_tile_fn *tile, void *arg, uint64_t before, uint64_t size, struct proof *ret);

/* The root of the tree of a size from its tiles; 0 or -1. And which tiles a size has at a level: width of its last one. */
int proof_root(proof_tile_fn *tile, void *arg, uint64_t size, unsigned char root[TREE_HASH]);
unsigned proof_tile_width(unsigned level, uint64_t index, uint64_t size); /* 0: there is no such tile */

/* 0 if the proof holds, -1 if not: wrong length, wrong hash. */
int proof_check_inclusion(const struct proof *proof, const unsigned char leaf_hash[TREE_HASH], uint64_t index, uint64_t size,
			  const unsigned char root[TREE_HASH]);
int proof_check_consistency(const struct proof *proof, uint64_t before, const unsigned char before_root[TREE_HASH],
			    uint64_t size, const unsigned char root[TREE_HASH]);

/* Inclusion of leaves first .. last, all hashes known, from the proofs of the first and the last alone (how an answer carries
 * the receipts of a bulk command): writes the proof of the leaf at index. hashes are those of first .. last in order.
 * 0, or -1 when the two proofs and the hashes do not give the root. */
int proof_between(const struct proof *first_proof, uint64_t first, const struct proof *last_proof, uint64_t last,
		  const unsigned char *hashes, uint64_t index, uint64_t size, const unsigned char root[TREE_HASH], struct proof *ret);

/* Text of a receipt's proof: "c2sp.org/tlog-proof@v1\nindex N\n<base64 hash>\n...\n\n<checkpoint note>". NUL-terminated,
 * malloc'd. */
char *proof_write(const struct proof *proof, uint64_t index, const char *note);

/* Strict: exactly that form, one "extra" line allowed and passed over, no carriage return, canonical base64, no leading
 * zeros, at most PROOF_MAX hashes, an index below 2^53, a checkpoint as note_parse() takes it, nothing before or after.
 * text has a NUL at its end, text[length]; *ret_note points into it. Whether the number of hashes is that of the index and the
 * size, proof_check_inclusion() says. 0, or -1 with *ret_reason (static text). */
int proof_read(const char *text, size_t length, struct proof *ret, uint64_t *ret_index, const char **ret_note, const char **ret_reason);

/* A tile's path under a log's prefix: "tile/L/NNN" with ".p/W" when width < 256; and back, strictly: levels 0 .. 63, no other
 * spelling of a number, 0 or -1. buffer has PROOF_PATH_MAX bytes. */
#define PROOF_PATH_MAX 96
void proof_tile_path(unsigned level, uint64_t index, unsigned width, char *buffer);
int proof_tile_parse(const char *path, unsigned *ret_level, uint64_t *ret_index, unsigned *ret_width);

#endif
