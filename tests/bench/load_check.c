#include "tests/bench/load_check.h"

#include "wire/base.h"
#include "wire/base64url.h"
#include "wire/proof.h"
#include "wire/sha256.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN 2000   /* bytes of a bad answer that are shown */
#define REMEMBERED 8 /* checkpoints: answers of a few commits come mixed */
#define HASH_TEXT BASE64URL_LENGTH(SHA256_BYTES)

/* A checkpoint whose signature was checked: other proofs with the same bytes need no more, whichever party got them. */
struct checkpoint {
	const char *verifier; /* by which key */
	char *note;
	uint64_t size;
	unsigned char root[TREE_HASH];
};

/* A receipt, taken apart. */
struct receipt {
	uint64_t first, count;
	struct proof proof, last_proof;
	const char *note; /* of the first proof */
	const struct checkpoint *checkpoint;
};

/* What is read again with every answer. */
static struct {
	struct bytes text, payload, proof, last_proof, hashes;
	struct checkpoint checkpoints[REMEMBERED];
	unsigned next;
} s;

noreturn void answer_fail(const struct request *request, const char *reason)
{
	size_t length = request->reply.length < SHOWN ? request->reply.length : SHOWN;

	fail("an answer to %.*s: %s\nHTTP status %d, %zu bytes: %.*s", (int)request->path.length, request->path.at, reason, request->status,
	     request->reply.length, (int)length, length ? request->reply.at : "");
}

static bool is_hash(struct text value, const unsigned char *hash)
{
	char expected[HASH_TEXT + 1];
	struct text text;

	base64url_encode(hash, SHA256_BYTES, expected);
	return scan_string(value, &text) && text_is(text, expected);
}

static bool is_string(struct text value, const char *expected)
{
	struct text text;

	return scan_string(value, &text) && text_is(text, expected);
}

static bool take_hash(struct text value, unsigned char *hash)
{
	struct text text;

	return scan_string(value, &text) && base64url_decode(text.at, text.length, hash, SHA256_BYTES) == SHA256_BYTES;
}

/* -------------------------------------------------------------- the signature */

/* Decodes the payload into s.payload once the signature over it is found good. */
static const char *open_signed(const struct request *request)
{
	enum { PAYLOAD, PROTECTED, SIGNATURE, MEMBERS };
	struct member m[MEMBERS] = { { .name = "payload" }, { .name = "protected" }, { .name = "signature" } };
	const struct ledger *ledger = &request->party->ledger;
	unsigned char signature[ES256_SIGNATURE];
	struct text text[MEMBERS];
	ssize_t length;

	if (scan_object((struct text){ request->reply.at, request->reply.length }, m, MEMBERS) < 0)
		return "it is no JSON";
	for (int i = 0; i < MEMBERS; i++)
		if (!scan_string(m[i].value, &text[i]))
			return "it is not signed";
	if (!text_is(text[PROTECTED], ledger->protected))
		return "it is not signed by the answers key, or not as an answer";
	s.text.length = 0;
	bytes_add(&s.text, text[PROTECTED].at, text[PROTECTED].length);
	bytes_add(&s.text, ".", 1);
	bytes_add(&s.text, text[PAYLOAD].at, text[PAYLOAD].length);
	if (base64url_decode(text[SIGNATURE].at, text[SIGNATURE].length, signature, sizeof(signature)) != sizeof(signature) ||
	    key_verify(ledger->answers, s.text.at, s.text.length, signature) != 0)
		return "its signature is wrong";
	s.payload.length = 0;
	bytes_reserve(&s.payload, text[PAYLOAD].length);
	length = base64url_decode(text[PAYLOAD].at, text[PAYLOAD].length, s.payload.at, s.payload.room);
	s.payload.length = length < 0 ? 0 : (size_t)length;
	return NULL;
}

/* -------------------------------------------------------------- receipts */

/* A proof's text, whose only escapes are those of its line feeds. */
static bool unescape(struct text value, struct bytes *text)
{
	const char *at = value.at + 1, *end = value.at + value.length - 1, *escape;

	if (value.length < 2 || *value.at != '"')
		return false;
	text->length = 0;
	bytes_reserve(text, value.length);
	for (; (escape = memchr(at, '\\', (size_t)(end - at))); at = escape + 2) {
		if (escape[1] != 'n')
			return false;
		bytes_add(text, at, (size_t)(escape - at));
		bytes_add(text, "\n", 1);
	}
	bytes_add(text, at, (size_t)(end - at));
	text->at[text->length] = '\0';
	return true;
}

static bool take_proof(struct text value, struct bytes *text, struct proof *proof, uint64_t *index, const char **note)
{
	const char *reason;

	return value.at && unescape(value, text) && proof_read(text->at, text->length, proof, index, note, &reason) == 0;
}

/* The checkpoint of a note, NULL when the ledger's log key has not signed it. */
static const struct checkpoint *checkpoint_of(const struct ledger *ledger, const char *note)
{
	struct checkpoint *checkpoint;

	for (unsigned i = 0; i < REMEMBERED; i++)
		if (s.checkpoints[i].note && strcmp(s.checkpoints[i].note, note) == 0 && strcmp(s.checkpoints[i].verifier, ledger->log) == 0)
			return &s.checkpoints[i];
	checkpoint = &s.checkpoints[s.next++ % REMEMBERED];
	free(checkpoint->note);
	checkpoint->note = NULL;
	if (note_verify(ledger->log, note, &checkpoint->size, checkpoint->root) < 0)
		return NULL;
	checkpoint->verifier = ledger->log;
	checkpoint->note = xstrdup(note);
	return checkpoint;
}

/* The leaves' hashes into s.hashes; of a command's own leaves also whose they are. */
static const char *take_leaves(struct text leaves, const struct request *author)
{
	struct member m[] = { { .name = "kid" }, { .name = "request" } };
	unsigned char hash[TREE_HASH];
	const char *at = NULL;
	struct text leaf;
	int more;

	s.hashes.length = 0;
	while ((more = scan_next(leaves, &at, &leaf)) > 0) {
		if (scan_object(leaf, m, 2) < 0)
			return "a leaf is not in canonical form";
		if (author && (!is_string(m[0].value, author->party->key->kid) || !is_hash(m[1].value, author->hash)))
			return "its receipt is of another request";
		tree_hash_leaf(leaf.at, leaf.length, hash);
		bytes_add(&s.hashes, hash, TREE_HASH);
	}
	return more < 0 ? "its leaves are malformed" : NULL;
}

static const char *take_hashes(struct text hashes)
{
	unsigned char hash[TREE_HASH];
	const char *at = NULL;
	struct text one;
	int more;

	s.hashes.length = 0;
	while ((more = scan_next(hashes, &at, &one)) > 0) {
		if (!take_hash(one, hash))
			return "a leaf's hash is malformed";
		bytes_add(&s.hashes, hash, TREE_HASH);
	}
	return more < 0 ? "its hashes are malformed" : NULL;
}

/* Of one leaf the proof itself; of several the first's and the last's, between which every hash has its place. */
static const char *check_proofs(struct receipt *receipt, struct text last_text)
{
	const unsigned char *hashes = (const unsigned char *)s.hashes.at;
	const struct checkpoint *checkpoint = receipt->checkpoint;
	uint64_t index, last = receipt->first + receipt->count - 1;
	struct proof first;
	const char *note;

	if (receipt->count == 1 && !last_text.at)
		return proof_check_inclusion(&receipt->proof, hashes, last, checkpoint->size, checkpoint->root) == 0 ?
			       NULL : "its leaf is not in the log that the checkpoint speaks of";
	if (receipt->count == 1 || !take_proof(last_text, &s.last_proof, &receipt->last_proof, &index, &note) || index != last ||
	    strcmp(note, receipt->note) != 0)
		return "its second proof is not of its last leaf and the same checkpoint";
	return proof_between(&receipt->proof, receipt->first, &receipt->last_proof, last, hashes, receipt->first, checkpoint->size, checkpoint->root,
			     &first) == 0 ?
		       NULL : "its leaves are not in the log that the checkpoint speaks of";
}

/* author: of the receipt of a command its request, else NULL. */
static const char *take_receipt(const struct request *request, struct text text, const struct request *author, struct receipt *receipt)
{
	enum { FIRST, HASHES, LAST_PROOF, LEAVES, PROOF, MEMBERS };
	struct member m[MEMBERS] = {
		{ .name = "first" }, { .name = "hashes" }, { .name = "last_proof" }, { .name = "leaves" }, { .name = "proof" },
	};
	const char *reason;
	uint64_t index;

	if (!text.at || scan_object(text, m, MEMBERS) < 0 || !scan_number(m[FIRST].value, &receipt->first) || !m[HASHES].value.at == !m[LEAVES].value.at)
		return "it has no proper receipt";
	reason = m[LEAVES].value.at ? take_leaves(m[LEAVES].value, author) : take_hashes(m[HASHES].value);
	if (reason)
		return reason;
	receipt->count = s.hashes.length / TREE_HASH;
	if (!take_proof(m[PROOF].value, &s.proof, &receipt->proof, &index, &receipt->note) || index != receipt->first)
		return "its proof is malformed, or of another leaf";
	receipt->checkpoint = checkpoint_of(&request->party->ledger, receipt->note);
	if (!receipt->checkpoint)
		return "its checkpoint is not signed by the log key";
	if (!receipt->count || receipt->first >= receipt->checkpoint->size || receipt->count > receipt->checkpoint->size - receipt->first)
		return "its leaves are beyond its checkpoint";
	return check_proofs(receipt, m[LAST_PROOF].value);
}

/* The first leaf holds the result's digest, unless it is a closed one, of which only the hash is known. */
static const char *result_fault(const struct answer *answer)
{
	struct member leaves = { .name = "leaves" }, digest = { .name = "result" };
	unsigned char hash[SHA256_BYTES];
	const char *at = NULL;
	struct text leaf;

	if (scan_object(answer->receipt, &leaves, 1) < 0 || !leaves.value.at)
		return NULL;
	if (scan_next(leaves.value, &at, &leaf) != 1 || scan_object(leaf, &digest, 1) < 0)
		return "its first leaf is malformed";
	sha256(answer->result.at, answer->result.length, hash);
	return is_hash(digest.value, hash) ? NULL : "the log has another result than the answer";
}

/* Only the first sending's receipt shows the state that the answer names. */
static const char *place_fault(const struct receipt *receipt, const struct answer *answer)
{
	if (answer->replay)
		return receipt->checkpoint->size <= answer->size ? NULL : "its receipt is newer than the answer";
	return receipt->checkpoint->size == answer->size && is_hash(answer->root, receipt->checkpoint->root) ?
		       NULL : "its receipt's checkpoint is not the log's state that the answer names";
}

void receipt_check_shown(const struct request *request, struct text text)
{
	struct receipt receipt;
	const char *reason = take_receipt(request, text, NULL, &receipt);

	if (reason)
		answer_fail(request, reason);
}

/* -------------------------------------------------------------- the answer */

static const char *take_log(struct text log, struct answer *answer)
{
	struct member m[] = { { .name = "root" }, { .name = "size" } };

	if (!log.at || scan_object(log, m, 2) < 0 || !scan_number(m[1].value, &answer->size))
		return "it does not say the log's state";
	answer->root = m[0].value;
	return NULL;
}

static const char *take_payload(const struct request *request, struct answer *answer)
{
	enum { AUD, LOG, PROBLEM, RECEIPT, REPLAY, REQUEST, RESULT, STATUS, MEMBERS };
	struct member m[MEMBERS] = {
		{ .name = "aud" },    { .name = "log" },     { .name = "problem" }, { .name = "receipt" },
		{ .name = "replay" }, { .name = "request" }, { .name = "result" },  { .name = "status" },
	};
	uint64_t status;

	if (scan_object((struct text){ s.payload.at, s.payload.length }, m, MEMBERS) < 0)
		return "its payload is not in canonical form";
	if (!is_string(m[AUD].value, request->party->ledger.aud))
		return "it is another ledger's";
	if (!is_hash(m[REQUEST].value, request->hash))
		return "it answers another request";
	if (!scan_number(m[STATUS].value, &status) || status != (uint64_t)request->status)
		return "its signed status is not the one it came with";
	if (!m[RESULT].value.at == !m[PROBLEM].value.at || (status == 200) != (m[RESULT].value.at != NULL))
		return "its status does not fit what it says";
	*answer = (struct answer){ .status = (int)status, .replay = text_is(m[REPLAY].value, "true"), .result = m[RESULT].value,
				   .problem = m[PROBLEM].value, .receipt = m[RECEIPT].value };
	return take_log(m[LOG].value, answer);
}

static const char *check_posted(const struct request *request, const struct answer *answer)
{
	struct receipt receipt;
	const char *reason = take_receipt(request, answer->receipt, request, &receipt);

	if (!reason)
		reason = result_fault(answer);
	return reason ? reason : place_fault(&receipt, answer);
}

void answer_check(const struct request *request, struct answer *ret)
{
	const char *reason = request->status ? open_signed(request) : "the daemon gave none";

	if (!reason)
		reason = take_payload(request, ret);
	if (!reason && request->body.length && ret->result.at)
		reason = check_posted(request, ret);
	if (reason)
		answer_fail(request, reason);
}
