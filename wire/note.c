#include "wire/note.h"

#include "wire/base.h"
#include "wire/sha256.h"

#include <inttypes.h>
#include <openssl/err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ED25519_ALGORITHM 0x01
#define ED25519_KEY 32
#define KEY_ID 4

#define BASE64_LENGTH(n) (((n) + 2) / 3 * 4)

/* In a verifier key: the algorithm, then the key. */
struct public_key {
	unsigned char algorithm, bytes[ED25519_KEY];
};

/* In a signature line. */
struct signature {
	unsigned char id[KEY_ID], bytes[NOTE_SIGNATURE];
};

_Static_assert(sizeof(struct public_key) == 1 + ED25519_KEY, "no padding");
_Static_assert(sizeof(struct signature) == KEY_ID + NOTE_SIGNATURE, "no padding");

static void encode(const void *bytes, size_t length, char *out)
{
	EVP_EncodeBlock((unsigned char *)out, bytes, (int)length);
}

/* Decodes text of exactly length bytes' encoding, canonical. */
static bool decode(const char *text, size_t text_length, void *out, size_t length)
{
	unsigned char bytes[128];
	char again[BASE64_LENGTH(sizeof(bytes)) + 1];

	if (text_length != BASE64_LENGTH(length) || text_length > BASE64_LENGTH(96) ||
	    EVP_DecodeBlock(bytes, (const unsigned char *)text, (int)text_length) < (int)length)
		return false;
	encode(bytes, length, again);
	memcpy(out, bytes, length);
	return !memcmp(again, text, text_length);
}

static struct public_key public_key_of(const struct key *key)
{
	struct public_key public = {.algorithm = ED25519_ALGORITHM};
	size_t length = sizeof(public.bytes);

	if (EVP_PKEY_get_raw_public_key(key->pkey, public.bytes, &length) != 1 || length != sizeof(public.bytes))
		BUG("a checkpoint's key is not Ed25519");
	return public;
}

static void key_id(const char *origin, const struct public_key *public, unsigned char id[KEY_ID])
{
	_cleanup_free_ char *line = xasprintf("%s\n", origin);
	unsigned char hash[SHA256_BYTES];

	sha256_pair(line, strlen(line), public, sizeof(*public), hash);
	memcpy(id, hash, KEY_ID);
}

/* The signed text; malloc'd. */
static char *checkpoint(const char *origin, uint64_t size, const unsigned char root[TREE_HASH])
{
	char root_text[BASE64_LENGTH(TREE_HASH) + 1];

	encode(root, TREE_HASH, root_text);
	return xasprintf("%s\n%" PRIu64 "\n%s\n", origin, size, root_text);
}

void note_sign(const struct key *key, const char *origin, uint64_t size, const unsigned char root[TREE_HASH],
	       unsigned char signature[NOTE_SIGNATURE])
{
	_cleanup_free_ char *text = checkpoint(origin, size, root);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t length = NOTE_SIGNATURE;

	if (!context || EVP_DigestSignInit(context, NULL, NULL, NULL, key->pkey) != 1 ||
	    EVP_DigestSign(context, signature, &length, (const unsigned char *)text, strlen(text)) != 1)
		BUG("OpenSSL failed to sign a checkpoint");
	EVP_MD_CTX_free(context);
}

void note_write(const struct key *key, const char *origin, uint64_t size, const unsigned char root[TREE_HASH],
		const unsigned char signature[NOTE_SIGNATURE], char text[NOTE_MAX])
{
	_cleanup_free_ char *signed_text = checkpoint(origin, size, root);
	struct public_key public = public_key_of(key);
	char encoded[BASE64_LENGTH(sizeof(struct signature)) + 1];
	struct signature line;

	key_id(origin, &public, line.id);
	memcpy(line.bytes, signature, NOTE_SIGNATURE);
	encode(&line, sizeof(line), encoded);
	if (snprintf(text, NOTE_MAX, "%s\n— %s %s\n", signed_text, origin, encoded) >= NOTE_MAX)
		BUG("origin %s is too long", origin);
}

void note_verifier(const struct key *key, const char *origin, char text[NOTE_MAX])
{
	struct public_key public = public_key_of(key);
	char encoded[BASE64_LENGTH(sizeof(public)) + 1];
	unsigned char id[KEY_ID];

	key_id(origin, &public, id);
	encode(&public, sizeof(public), encoded);
	if (snprintf(text, NOTE_MAX, "%s+%02x%02x%02x%02x+%s", origin, id[0], id[1], id[2], id[3], encoded) >= NOTE_MAX)
		BUG("origin %s is too long", origin);
}

/* A verifier key, taken apart. */
struct verifier {
	char *origin;
	unsigned char id[KEY_ID];
	struct public_key public;
};

static bool verifier_parse(const char *text, struct verifier *verifier)
{
	const char *id = strchr(text, '+');
	const char *public = id ? strchr(id + 1, '+') : NULL;
	char id_text[2 * KEY_ID + 1];

	if (!public || public - id != 1 + 2 * KEY_ID ||
	    !decode(public + 1, strlen(public + 1), &verifier->public, sizeof(verifier->public)) ||
	    verifier->public.algorithm != ED25519_ALGORITHM)
		return false;
	verifier->origin = xstrndup(text, (size_t)(id - text));
	key_id(verifier->origin, &verifier->public, verifier->id);
	for (int i = 0; i < KEY_ID; i++)
		snprintf(id_text + 2 * i, 3, "%02x", verifier->id[i]);
	return *verifier->origin && !memcmp(id_text, id + 1, 2 * KEY_ID);
}

/* The verifier's signature among the lines of a note; others are passed over. */
static bool find_signature(const char *lines, const struct verifier *verifier, struct signature *signature)
{
	_cleanup_free_ char *start = xasprintf("— %s ", verifier->origin);
	size_t start_length = strlen(start);
	const char *end;

	for (; (end = strchr(lines, '\n')); lines = end + 1) {
		if (strncmp(lines, start, start_length) != 0)
			continue;
		lines += start_length;
		if (decode(lines, (size_t)(end - lines), signature, sizeof(*signature)) &&
		    !memcmp(signature->id, verifier->id, KEY_ID))
			return true;
	}
	return false;
}

static bool is_signed(const char *text, size_t length, const struct verifier *verifier, const struct signature *signature)
{
	EVP_PKEY *pkey =
		EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, verifier->public.bytes, sizeof(verifier->public.bytes));
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool verified = pkey && EVP_DigestVerifyInit(context, NULL, NULL, NULL, pkey) == 1 &&
			EVP_DigestVerify(context, signature->bytes, NOTE_SIGNATURE, (const unsigned char *)text, length) == 1;

	EVP_MD_CTX_free(context);
	EVP_PKEY_free(pkey);
	ERR_clear_error();
	return verified;
}

/* Reads the three lines of a checkpoint: text is exactly them. */
static bool checkpoint_parse(const char *text, size_t length, const char *origin, uint64_t *size,
			     unsigned char root[TREE_HASH])
{
	const char *size_text = strchr(text, '\n') + 1;
	_cleanup_free_ char *again = NULL;
	char *end;

	*size = strtoull(size_text, &end, 10);
	if (*end != '\n' || !decode(end + 1, strcspn(end + 1, "\n"), root, TREE_HASH))
		return false;
	again = checkpoint(origin, *size, root);
	return strlen(again) == length && !memcmp(again, text, length);
}

static int verify(const struct verifier *verifier, const char *note, uint64_t *ret_size,
		  unsigned char ret_root[TREE_HASH])
{
	const char *blank = strstr(note, "\n\n");
	unsigned char root[TREE_HASH];
	struct signature signature;
	size_t length;
	uint64_t size;

	if (!blank)
		return -1;
	length = (size_t)(blank + 1 - note);
	if (!find_signature(blank + 2, verifier, &signature) || !is_signed(note, length, verifier, &signature) ||
	    !checkpoint_parse(note, length, verifier->origin, &size, root))
		return -1;
	*ret_size = size;
	memcpy(ret_root, root, TREE_HASH);
	return 0;
}

int note_verify(const char *verifier, const char *note, uint64_t *ret_size, unsigned char ret_root[TREE_HASH])
{
	struct verifier parsed = {0};
	int result = -1;

	if (verifier_parse(verifier, &parsed))
		result = verify(&parsed, note, ret_size, ret_root);
	free(parsed.origin);
	return result;
}
