#include "wire/note.h"

#include "wire/base.h"
#include "wire/base64.h"
#include "wire/sha256.h"
#include "wire/text.h"

#include <inttypes.h>
#include <jansson.h>
#include <openssl/err.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DASH "\u2014 " /* what a signature line begins with */

enum algorithm {
	LOG = 0x01,     /* Ed25519 over the text */
	WITNESS = 0x04, /* Ed25519 over time and text */
};

#define ED25519_KEY 32
#define NAME_MAX_BYTES 255

/* In a verifier key: the algorithm, then the key. */
struct public_key {
	unsigned char algorithm, bytes[ED25519_KEY];
};

_Static_assert(sizeof(struct public_key) == 1 + ED25519_KEY, "no padding");

/* A note taken apart; everything points into it. */
struct parsed {
	size_t signed_length; /* of the checkpoint's three lines */
	const char *lines;    /* the first signature line */
	size_t origin_length;
	uint64_t size;
	unsigned char root[TREE_HASH];
};

static struct public_key public_key_of(const struct key *key, enum algorithm algorithm)
{
	struct public_key public = {.algorithm = (unsigned char)algorithm};
	size_t length = sizeof(public.bytes);

	if (EVP_PKEY_get_raw_public_key(key->pkey, public.bytes, &length) != 1 || length != sizeof(public.bytes))
		BUG("a checkpoint's key is not Ed25519");
	return public;
}

static void key_id(const char *name, const struct public_key *public, unsigned char id[NOTE_ID])
{
	_cleanup_free_ char *line = xasprintf("%s\n", name);
	unsigned char hash[SHA256_BYTES];

	sha256_pair(line, strlen(line), public, sizeof(*public), hash);
	memcpy(id, hash, NOTE_ID);
}

void note_id(const struct key *key, const char *name, unsigned char id[NOTE_ID])
{
	struct public_key public = public_key_of(key, LOG);

	key_id(name, &public, id);
}

void note_witness_id(const struct key *key, const char *name, unsigned char id[NOTE_ID])
{
	struct public_key public = public_key_of(key, WITNESS);

	key_id(name, &public, id);
}

/* The signed text; malloc'd. */
static char *checkpoint(const char *origin, uint64_t size, const unsigned char root[TREE_HASH])
{
	char root_text[BASE64_LENGTH(TREE_HASH) + 1];

	base64_encode(root, TREE_HASH, root_text);
	return xasprintf("%s\n%" PRIu64 "\n%s\n", origin, size, root_text);
}

/* What a witness signs; malloc'd. */
static char *timed(uint64_t time, const char *text, size_t length)
{
	return xasprintf("cosignature/v1\ntime %" PRIu64 "\n%.*s", time, (int)length, text);
}

static void sign(const struct key *key, const char *text, unsigned char signature[NOTE_SIGNATURE])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t length = NOTE_SIGNATURE;

	if (!context || EVP_DigestSignInit(context, NULL, NULL, NULL, key->pkey) != 1 ||
	    EVP_DigestSign(context, signature, &length, (const unsigned char *)text, strlen(text)) != 1)
		BUG("OpenSSL failed to sign a checkpoint");
	EVP_MD_CTX_free(context);
}

void note_sign(const struct key *key, const char *origin, uint64_t size, const unsigned char root[TREE_HASH],
	       unsigned char signature[NOTE_SIGNATURE])
{
	_cleanup_free_ char *text = checkpoint(origin, size, root);

	sign(key, text, signature);
}

int note_add_line(char *note, const char *name, const unsigned char *line, size_t length)
{
	_cleanup_free_ char *encoded = xmalloc(BASE64_LENGTH(length) + 1), *added = NULL;
	size_t used = strlen(note);

	base64_encode(line, length, encoded);
	added = xasprintf(DASH "%s %s\n", name, encoded);
	if (used + strlen(added) >= NOTE_MAX)
		return -1;
	strcpy(note + used, added);
	return 0;
}

void note_write_lines(const char *origin, uint64_t size, const unsigned char root[TREE_HASH], const unsigned char *lines,
		      size_t count, char text[NOTE_MAX])
{
	_cleanup_free_ char *signed_text = checkpoint(origin, size, root);

	if (snprintf(text, NOTE_MAX, "%s\n", signed_text) >= NOTE_MAX)
		BUG("origin %s is too long", origin);
	for (size_t i = 0; i < count; i++)
		if (note_add_line(text, origin, lines + i * NOTE_LINE, NOTE_LINE) < 0)
			BUG("%zu signatures are too many for a note", count);
}

void note_write(const struct key *key, const char *origin, uint64_t size, const unsigned char root[TREE_HASH],
		const unsigned char signature[NOTE_SIGNATURE], char text[NOTE_MAX])
{
	unsigned char line[NOTE_LINE];

	note_id(key, origin, line);
	memcpy(line + NOTE_ID, signature, NOTE_SIGNATURE);
	note_write_lines(origin, size, root, line, 1, text);
}

static void write_verifier(const struct key *key, const char *name, enum algorithm algorithm, char text[NOTE_VERIFIER])
{
	struct public_key public = public_key_of(key, algorithm);
	char encoded[BASE64_LENGTH(sizeof(public)) + 1];
	unsigned char id[NOTE_ID];

	key_id(name, &public, id);
	base64_encode(&public, sizeof(public), encoded);
	if (snprintf(text, NOTE_VERIFIER, "%s+%02x%02x%02x%02x+%s", name, id[0], id[1], id[2], id[3], encoded) >= NOTE_VERIFIER)
		BUG("name %s is too long", name);
}

void note_verifier(const struct key *key, const char *origin, char text[NOTE_VERIFIER])
{
	write_verifier(key, origin, LOG, text);
}

void note_witness_verifier(const struct key *key, const char *name, char text[NOTE_VERIFIER])
{
	write_verifier(key, name, WITNESS, text);
}

/* A name of signed-note: not empty, no space of any kind, no plus sign. */
static bool is_name(const char *text, size_t length)
{
	_cleanup_free_ char *name = xstrndup(text, length);

	return length <= NAME_MAX_BYTES && !strchr(name, '+') && !text_fault(name, 1, NAME_MAX_BYTES) && !text_has_space(name);
}

/* A verifier key, taken apart. */
struct verifier {
	char *name;
	unsigned char id[NOTE_ID];
	struct public_key public;
};

static bool is_utf8(const char *text)
{
	json_auto_t *string = json_string(text);

	return string;
}

static bool verifier_parse(const char *text, enum algorithm algorithm, struct verifier *verifier)
{
	const char *id = strchr(text, '+');
	const char *public = id ? strchr(id + 1, '+') : NULL;
	char id_text[2 * NOTE_ID + 1];

	if (!public || public - id != 1 + 2 * NOTE_ID || !is_utf8(text) || !is_name(text, (size_t)(id - text)) ||
	    base64_decode(public + 1, strlen(public + 1), &verifier->public, sizeof(verifier->public)) !=
		    sizeof(verifier->public) ||
	    verifier->public.algorithm != algorithm)
		return false;
	verifier->name = xstrndup(text, (size_t)(id - text));
	key_id(verifier->name, &verifier->public, verifier->id);
	for (int i = 0; i < NOTE_ID; i++)
		snprintf(id_text + 2 * i, 3, "%02x", verifier->id[i]);
	return !memcmp(id_text, id + 1, 2 * NOTE_ID);
}

/* One signature line up to end, its newline: the name's length; the signature's bytes in room; their number, or -1. */
static ssize_t line_parse(const char *line, const char *end, size_t *ret_name_length, unsigned char *bytes, size_t room)
{
	const char *name = line + strlen(DASH), *space;
	ssize_t length;

	if (strncmp(line, DASH, strlen(DASH)) != 0)
		return -1;
	space = memchr(name, ' ', (size_t)(end - name));
	if (!space || !is_name(name, (size_t)(space - name)))
		return -1;
	length = base64_decode(space + 1, (size_t)(end - space - 1), bytes, room);
	*ret_name_length = (size_t)(space - name);
	return length <= NOTE_ID ? -1 : length;
}

static bool lines_parse(const char *lines)
{
	unsigned char bytes[NOTE_MAX];
	size_t name_length;
	const char *end;

	if (!*lines)
		return false;
	for (; *lines; lines = end + 1) {
		end = strchr(lines, '\n');
		if (!end || line_parse(lines, end, &name_length, bytes, sizeof(bytes)) < 0)
			return false;
	}
	return true;
}

/* The three lines of a checkpoint, which are signed_length bytes. */
static bool checkpoint_parse(const char *text, struct parsed *parsed)
{
	const char *size_text = strchr(text, '\n') + 1;
	_cleanup_free_ char *origin = NULL, *again = NULL;
	char *end;

	parsed->origin_length = (size_t)(size_text - 1 - text);
	parsed->size = strtoull(size_text, &end, 10);
	if (!is_name(text, parsed->origin_length) || *end != '\n' ||
	    base64_decode(end + 1, strcspn(end + 1, "\n"), parsed->root, TREE_HASH) != TREE_HASH)
		return false;
	/* Other spellings of the number, and more lines, come out differently. */
	origin = xstrndup(text, parsed->origin_length);
	again = checkpoint(origin, parsed->size, parsed->root);
	return strlen(again) == parsed->signed_length && !memcmp(again, text, parsed->signed_length);
}

static bool parse(const char *note, struct parsed *parsed)
{
	const char *blank = strstr(note, "\n\n");

	if (!blank || strlen(note) >= NOTE_MAX || !is_utf8(note))
		return false;
	parsed->signed_length = (size_t)(blank + 1 - note);
	parsed->lines = blank + 2;
	return checkpoint_parse(note, parsed) && lines_parse(parsed->lines);
}

int note_parse(const char *note, char *ret_origin, uint64_t *ret_size, unsigned char ret_root[TREE_HASH])
{
	struct parsed parsed;

	if (!parse(note, &parsed))
		return -1;
	memcpy(ret_origin, note, parsed.origin_length);
	ret_origin[parsed.origin_length] = '\0';
	*ret_size = parsed.size;
	memcpy(ret_root, parsed.root, TREE_HASH);
	return 0;
}

/* The verifier's one line among those of a note: exactly length bytes. Lines of other keys are passed over. */
static bool find_line(const char *lines, const struct verifier *verifier, unsigned char *line, size_t length)
{
	unsigned char bytes[NOTE_MAX];
	bool found = false;
	const char *end;

	for (; *lines; lines = end + 1) {
		size_t name_length;
		ssize_t count;

		end = strchr(lines, '\n');
		count = line_parse(lines, end, &name_length, bytes, sizeof(bytes));
		if (count < 0)
			return false;
		if (name_length != strlen(verifier->name) || memcmp(lines + strlen(DASH), verifier->name, name_length) != 0 ||
		    memcmp(bytes, verifier->id, NOTE_ID) != 0)
			continue;
		if (found || count != (ssize_t)length)
			return false;
		memcpy(line, bytes, length);
		found = true;
	}
	return found;
}

static bool is_signed(const char *text, size_t length, const struct verifier *verifier, const unsigned char *signature)
{
	EVP_PKEY *pkey =
		EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, verifier->public.bytes, sizeof(verifier->public.bytes));
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool verified = pkey && EVP_DigestVerifyInit(context, NULL, NULL, NULL, pkey) == 1 &&
			EVP_DigestVerify(context, signature, NOTE_SIGNATURE, (const unsigned char *)text, length) == 1;

	EVP_MD_CTX_free(context);
	EVP_PKEY_free(pkey);
	ERR_clear_error();
	return verified;
}

static bool verify(const struct verifier *verifier, const char *note, struct parsed *parsed)
{
	unsigned char line[NOTE_LINE];

	return parse(note, parsed) && parsed->origin_length == strlen(verifier->name) &&
	       !memcmp(note, verifier->name, parsed->origin_length) && find_line(parsed->lines, verifier, line, sizeof(line)) &&
	       is_signed(note, parsed->signed_length, verifier, line + NOTE_ID);
}

int note_verify(const char *verifier, const char *note, uint64_t *ret_size, unsigned char ret_root[TREE_HASH])
{
	struct verifier key = {0};
	struct parsed parsed;
	int result = -1;

	if (verifier_parse(verifier, LOG, &key) && verify(&key, note, &parsed)) {
		*ret_size = parsed.size;
		memcpy(ret_root, parsed.root, TREE_HASH);
		result = 0;
	}
	free(key.name);
	return result;
}

void note_cosign(const struct key *key, const char *name, const char *note, uint64_t time, unsigned char line[NOTE_COSIGNATURE])
{
	const char *blank = strstr(note, "\n\n");
	_cleanup_free_ char *text = NULL;

	if (!blank || time > INT64_MAX)
		BUG("cosigning what is no note, or at no time");
	text = timed(time, note, (size_t)(blank + 1 - note));
	note_witness_id(key, name, line);
	for (int i = 0; i < 8; i++)
		line[NOTE_ID + i] = (unsigned char)(time >> (56 - 8 * i));
	sign(key, text, line + NOTE_ID + 8);
}

static bool verify_cosignature(const struct verifier *verifier, const char *note, uint64_t *time)
{
	unsigned char line[NOTE_COSIGNATURE];
	_cleanup_free_ char *text = NULL;
	struct parsed parsed;

	if (!parse(note, &parsed) || !find_line(parsed.lines, verifier, line, sizeof(line)))
		return false;
	*time = 0;
	for (int i = 0; i < 8; i++)
		*time = *time << 8 | line[NOTE_ID + i];
	text = timed(*time, note, parsed.signed_length);
	return *time <= INT64_MAX && is_signed(text, strlen(text), verifier, line + NOTE_ID + 8);
}

int note_verify_cosignature(const char *verifier, const char *note, uint64_t *ret_time)
{
	struct verifier key = {0};
	int result = -1;
	uint64_t time;

	if (verifier_parse(verifier, WITNESS, &key) && verify_cosignature(&key, note, &time)) {
		*ret_time = time;
		result = 0;
	}
	free(key.name);
	return result;
}
