/*
 * Receipts: leaves with their proof, as answers carry them.
 *
 *   {"first": 77, "leaves": [{...}, ...] | "hashes": ["...", ...], "proof": "c2sp.org/tlog-proof@v1...", "last_proof": "..."}
 *
 * Made either from what a commit has just sealed, in memory, or from the evidence that SQL gives for leaves of before:
 *   {"index": i, "last": j, "size": n, "root": "...", "lines": ["..."], "leaves": ["..."], "closed": bool,
 *    "tiles": [{"level", "index", "hashes"}]}
 * A closed receipt has the leaves' hashes only.
 */
#ifndef DAEMON_RECEIPT_H
#define DAEMON_RECEIPT_H

#include "daemon/buffer.h"
#include "daemon/span.h"
#include "wire/note.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* What a commit added to the log. Shared by the requests of its batch: held and released on the loop's thread, never
 * changed once it is sealed, so that any thread may read it. */
struct sealed {
	unsigned holds;
	uint64_t first; /* index of leaves[0] */
	size_t count, room;
	struct leaf {
		char *bytes; /* canonical JSON */
		size_t length;
	} *leaves;
	unsigned char (*hashes)[TREE_HASH];
	struct span *span; /* NULL until all leaves are there */
	char *note;        /* the checkpoint, signed; NULL until then */
};

struct sealed *sealed_new(uint64_t first); /* held once */
struct sealed *sealed_hold(struct sealed *sealed);
struct sealed *sealed_release(struct sealed *sealed); /* accepts NULL, returns NULL */

/* Takes bytes over. */
void sealed_add(struct sealed *sealed, char *bytes, size_t length);

/* Writes the receipt of leaves first .. first + count - 1, which are among those of sealed. */
void receipt_write(struct buffer *out, const struct sealed *sealed, uint64_t first, size_t count, bool closed);

/* What old checkpoints do not say themselves: their rows hold the first log key's bare signature. */
struct log_name {
	const char *origin;
	unsigned char first_id[NOTE_ID];
};

/* The note of a checkpoint from its row: signature is the lines, NOTE_LINE bytes each, or a bare signature. 0, or -1: neither. */
int checkpoint_note(const struct log_name *log, uint64_t size, const unsigned char root[TREE_HASH], const unsigned char *signature,
		    size_t length, char text[NOTE_MAX]);

/* The same from evidence. 0, or -1 when it proves nothing: then nothing was written. The proof was checked. */
int receipt_write_evidence(struct buffer *out, const json_t *evidence, const struct log_name *log);

/* Each leaf of evidence as a receipt of its own: {"leaf": {...}, "proof": "..."}, parted by commas. 0 or -1 as above. */
int receipt_write_single(struct buffer *out, const json_t *evidence, const struct log_name *log);

#endif
