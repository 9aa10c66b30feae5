#include "client/receipt.h"

#include "client/file.h"
#include "client/home.h"
#include "client/say.h"
#include "wire/base.h"
#include "wire/base64url.h"
#include "wire/json.h"
#include "wire/sha256.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- hashes of leaves */

/* Bytes of the canonical form of a value of the JSON profile; NULL when a control character keeps it from having one. */
static char *canonical(const json_t *value)
{
	char *text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);

	for (const char *at = text; at && *at; at++) {
		if (*at == '\x7f' || (*at == '\\' && *++at != '"' && *at != '\\')) {
			free(text);
			return NULL;
		}
	}
	return text;
}

static const char *hash_leaf(const json_t *leaf, unsigned char hash[TREE_HASH])
{
	_cleanup_free_ char *bytes = json_is_object(leaf) ? canonical(leaf) : NULL;

	if (!bytes)
		return N_("a leaf is no JSON object of the profile");
	tree_hash_leaf(bytes, strlen(bytes), hash);
	return NULL;
}

static const char *read_hash(const json_t *text, unsigned char hash[TREE_HASH])
{
	return base64url_decode(json_string_value(text), json_string_length(text), hash, TREE_HASH) == TREE_HASH ? NULL : N_("a leaf's hash is malformed");
}

typedef const char *hash_fn(const json_t *value, unsigned char hash[TREE_HASH]);

static const char *take_hashes(struct receipt *receipt, const json_t *values, hash_fn *hash)
{
	const char *reason = NULL;

	receipt->count = json_array_size(values);
	if (!receipt->count || receipt->count > RECEIPT_LEAVES_MAX)
		return N_("it has no leaf, or too many");
	receipt->hashes = xcalloc(receipt->count, TREE_HASH);
	for (size_t i = 0; i < receipt->count && !reason; i++)
		reason = hash(json_array_get(values, i), receipt->hashes[i]);
	return reason;
}

/* ---- proofs */

/* The checkpoint at the end of the proof, by the log keys of the ledger. */
static const char *take_checkpoint(const struct ledger *ledger, bool fresh, struct receipt *receipt)
{
	if (ledger_check_note(ledger, receipt->note, fresh, &receipt->size, receipt->root) < 0)
		return N_("its checkpoint is not signed by a log key of this ledger");
	return receipt->first < receipt->size && receipt->count <= receipt->size - receipt->first ? NULL : N_("its leaves are beyond its checkpoint");
}

static const char *read_proof(const json_t *text, struct proof *proof, uint64_t *index, const char **note)
{
	const char *reason = NULL;

	if (!json_is_string(text))
		return N_("it has no proof");
	if (proof_read(json_string_value(text), json_string_length(text), proof, index, note, &reason) < 0)
		return N_("its proof is malformed");
	return NULL;
}

/* Of one leaf the proof itself; of several the first's and the last's, between which every hash has its place. */
static const char *check_proofs(struct receipt *receipt, const json_t *last_text)
{
	struct proof last, first;
	const char *note, *reason;
	uint64_t index;

	if (receipt->count == 1) {
		if (last_text)
			return N_("it has a second proof and one leaf");
		return proof_check_inclusion(&receipt->proof, receipt->hashes[0], receipt->first, receipt->size, receipt->root) == 0 ?
			       NULL : N_("the leaf is not in the log that the checkpoint speaks of");
	}
	reason = read_proof(last_text, &last, &index, &note);
	if (reason)
		return reason;
	if (index != receipt->first + receipt->count - 1 || strcmp(note, receipt->note) != 0)
		return N_("its second proof is not of its last leaf and the same checkpoint");
	if (proof_between(&receipt->proof, receipt->first, &last, index, receipt->hashes[0], receipt->first, receipt->size, receipt->root, &first) < 0)
		return N_("the leaves are not in the log that the checkpoint speaks of");
	return NULL;
}

/* ---- receipts in answers */

static bool has_only(const json_t *object, const char *const *names)
{
	size_t known = 0;

	for (; *names; names++)
		known += json_object_get(object, *names) != NULL;
	return json_is_object(object) && json_object_size(object) == known;
}

static const char *check(const struct ledger *ledger, const json_t *json, bool fresh, struct receipt *receipt)
{
	static const char *const members[] = {"first", "leaves", "hashes", "proof", "last_proof", NULL};
	const json_t *leaves = json_object_get(json, "leaves"), *hashes = json_object_get(json, "hashes");
	const json_t *first = json_object_get(json, "first");
	const char *reason;
	uint64_t index;

	if (!has_only(json, members) || !leaves == !hashes || !json_is_integer(first) || json_integer_value(first) < 0)
		return N_("it is no receipt");
	receipt->first = (uint64_t)json_integer_value(first);
	receipt->leaves = leaves;
	reason = leaves ? take_hashes(receipt, leaves, hash_leaf) : take_hashes(receipt, hashes, read_hash);
	if (!reason)
		reason = read_proof(json_object_get(json, "proof"), &receipt->proof, &index, &receipt->note);
	if (!reason && index != receipt->first)
		reason = N_("its proof is of another leaf");
	if (!reason)
		reason = take_checkpoint(ledger, fresh, receipt);
	return reason ? reason : check_proofs(receipt, json_object_get(json, "last_proof"));
}

static int finish(struct receipt *receipt, const char *reason, struct receipt *ret, const char **ret_reason)
{
	if (!reason) {
		*ret = *receipt;
		return 0;
	}
	receipt_clear(receipt);
	*ret_reason = reason;
	return -1;
}

int receipt_check(const struct ledger *ledger, const json_t *json, struct receipt *ret, const char **ret_reason)
{
	struct receipt receipt = {0};

	return finish(&receipt, check(ledger, json, false, &receipt), ret, ret_reason);
}

/* ---- receipts of a command */

static bool is_text(const json_t *object, const char *member, const char *expected)
{
	const char *text = json_string_value(json_object_get(object, member));

	return text && strcmp(text, expected) == 0;
}

static const char *author_fault(const struct receipt *receipt, const unsigned char *hash, const char *kid)
{
	char request[BASE64URL_LENGTH(SHA256_BYTES) + 1];
	const json_t *leaf;
	size_t i;

	base64url_encode(hash, SHA256_BYTES, request);
	json_array_foreach(receipt->leaves, i, leaf) {
		if (!is_text(leaf, "request", request))
			return N_("the receipt is of another request");
		if (!is_text(leaf, "kid", kid))
			return N_("the receipt names another key as the author");
	}
	return NULL;
}

/* The digest stands in the first leaf; leaves of before there was any have none. */
static const char *result_fault(const struct receipt *receipt, const struct answer *answer)
{
	const json_t *digest = json_object_get(json_array_get(receipt->leaves, 0), "result");
	_cleanup_free_ char *bytes = NULL;
	char text[BASE64URL_LENGTH(SHA256_BYTES) + 1];
	unsigned char hash[SHA256_BYTES];

	if (!digest)
		return NULL;
	bytes = canonical(answer->result);
	if (!bytes)
		return N_("the result is not JSON of the profile");
	sha256(bytes, strlen(bytes), hash);
	base64url_encode(hash, SHA256_BYTES, text);
	return is_text(json_array_get(receipt->leaves, 0), "result", text) ? NULL : N_("the log has another result than the answer");
}

static const char *place_fault(const struct receipt *receipt, const struct answer *answer)
{
	char root[BASE64URL_LENGTH(TREE_HASH) + 1];

	if (answer->replay)
		return receipt->size <= (uint64_t)answer->size ? NULL : N_("the receipt's checkpoint is newer than the answer");
	base64url_encode(receipt->root, TREE_HASH, root);
	return receipt->size == (uint64_t)answer->size && answer->root && strcmp(root, answer->root) == 0 ?
		       NULL : N_("the receipt's checkpoint is not the log's state that the answer names");
}

const char *receipt_fault(const struct receipt *receipt, const struct answer *answer, const unsigned char *hash, const char *kid)
{
	const char *reason = author_fault(receipt, hash, kid);

	if (!reason)
		reason = result_fault(receipt, answer);
	return reason ? reason : place_fault(receipt, answer);
}

const json_t *receipt_of(const struct answer *answer)
{
	const json_t *own = json_object_get(answer->jws->content, "receipt");

	return own ? own : json_object_get(answer->result, "receipt");
}

/* ---- receipts in files */

bool receipt_is_file(const json_t *json)
{
	return json_object_get(json, "leaf") || json_object_get(json, "hash");
}

static const char *check_file(const struct ledger *ledger, const json_t *json, bool fresh, struct receipt *receipt)
{
	static const char *const open[] = {"leaf", "proof", NULL}, *const closed[] = {"hash", "proof", "answer", NULL};
	const json_t *leaf = json_object_get(json, "leaf");
	json_t *whole = receipt->owned;
	struct proof proof;
	const char *note, *reason;
	uint64_t index;

	if (!has_only(json, leaf ? open : closed) || (!leaf && !json_is_string(json_object_get(json, "answer"))))
		return N_("it is no receipt");
	reason = read_proof(json_object_get(json, "proof"), &proof, &index, &note);
	if (reason)
		return reason;
	json_object_set_new(whole, "first", json_integer((json_int_t)index));
	json_object_set_new(whole, leaf ? "leaves" : "hashes", json_pack("[O]", leaf ? leaf : json_object_get(json, "hash")));
	json_object_set(whole, "proof", json_object_get(json, "proof"));
	return check(ledger, whole, fresh, receipt);
}

int receipt_check_file(const struct ledger *ledger, const json_t *json, bool fresh, struct receipt *ret, const char **ret_reason)
{
	struct receipt receipt = {.owned = json_object()};

	return finish(&receipt, check_file(ledger, json, fresh, &receipt), ret, ret_reason);
}

json_t *receipt_file(const struct receipt *receipt, const struct answer *answer)
{
	_cleanup_free_ char *proof = proof_write(&receipt->proof, receipt->first, receipt->note);
	char hash[BASE64URL_LENGTH(TREE_HASH) + 1];

	if (receipt->leaves)
		return json_pack("{s:O, s:s}", "leaf", json_array_get(receipt->leaves, 0), "proof", proof);
	base64url_encode(receipt->hashes[0], TREE_HASH, hash);
	return json_pack("{s:s, s:s, s:s}", "hash", hash, "proof", proof, "answer", answer->jws->compact);
}

void receipt_clear(struct receipt *receipt)
{
	free(receipt->hashes);
	json_decref(receipt->owned);
	*receipt = (struct receipt){0};
}

/* ---- keeping */

/* The first entry's number is what people know; a closed leaf's stands in the result. */
static char *file_name(const struct answer *answer, const struct receipt *receipt)
{
	const json_t *source = receipt->leaves ? json_array_get(receipt->leaves, 0) : answer->result;
	json_int_t entry = json_integer_value(json_object_get(source, "entry"));

	if (entry > 0)
		return xasprintf("receipts/entry-%" JSON_INTEGER_FORMAT ".json", entry);
	return xasprintf("receipts/leaf-%" PRIu64 ".json", receipt->first);
}

char *receipt_keep(const char *home, const struct ledger *ledger, const struct answer *answer, const struct receipt *receipt,
		   const char *body, size_t length)
{
	_cleanup_free_ char *folder = home_ledger_path(home, ledger->aud, "receipts");
	_cleanup_free_ char *name = file_name(answer, receipt);
	char *path;

	if (file_make_directory(folder) < 0)
		return NULL;
	path = home_ledger_path(home, ledger->aud, name);
	if (file_write(path, body, length, 0600) == 0)
		return path;
	free(path);
	return NULL;
}
