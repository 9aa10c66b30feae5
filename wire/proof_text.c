/* The text forms of proof.h: c2sp.org/tlog-proof@v1, and the paths of c2sp.org/tlog-tiles. */
#include "wire/proof.h"

#include "wire/base.h"
#include "wire/base64.h"
#include "wire/json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD "c2sp.org/tlog-proof@v1\n"
#define HASH_TEXT BASE64_LENGTH(TREE_HASH)
#define NUMBER_TEXT 20 /* of 64 bits */
#define LEVEL_MAX 63 /* of a path; our trees have fewer */

char *proof_write(const struct proof *proof, uint64_t index, const char *note)
{
	char *text = xmalloc(sizeof(HEAD "index \n") + NUMBER_TEXT + proof->count * (HASH_TEXT + 1) + 1 + strlen(note)), *at = text;

	at += sprintf(at, HEAD "index %" PRIu64 "\n", index);
	for (unsigned i = 0; i < proof->count; i++) {
		base64_encode(proof->hashes[i], TREE_HASH, at);
		at += HASH_TEXT;
		*at++ = '\n';
	}
	*at++ = '\n';
	strcpy(at, note);
	return text;
}

/* A decimal number without leading zeros, at most max, that ends where end is; what follows, or NULL. */
static const char *take_number(const char *text, uint64_t max, char end, uint64_t *ret)
{
	uint64_t number = 0;
	const char *at = text;

	for (; *at >= '0' && *at <= '9'; at++) {
		unsigned digit = (unsigned)(*at - '0');

		if (number > (max - digit) / 10)
			return NULL;
		number = number * 10 + digit;
	}
	if (at == text || (*text == '0' && at - text > 1) || *at != end)
		return NULL;
	*ret = number;
	return at;
}

/* Passes over the line "extra <base64>"; NULL if it is malformed. */
static const char *skip_extra(const char *at)
{
	const char *data = at + strlen("extra "), *end = strchr(data, '\n');
	_cleanup_free_ unsigned char *bytes = NULL;
	size_t length;

	if (!end)
		return NULL;
	length = (size_t)(end - data);
	bytes = xmalloc(length + 1);
	return base64_decode(data, length, bytes, length) < 0 ? NULL : end + 1;
}

/* The lines of hashes up to the blank one; what follows, or NULL. */
static const char *take_hashes(const char *at, struct proof *proof)
{
	for (proof->count = 0; *at != '\n'; proof->count++, at += HASH_TEXT + 1)
		if (proof->count == PROOF_MAX || strcspn(at, "\n") != HASH_TEXT || at[HASH_TEXT] != '\n' ||
		    base64_decode(at, HASH_TEXT, proof->hashes[proof->count], TREE_HASH) != TREE_HASH)
			return NULL;
	return at + 1;
}

/* Where the note begins; NULL with *reason. */
static const char *take(const char *text, struct proof *proof, uint64_t *index, const char **reason)
{
	const char *at = text + strlen(HEAD);

	if (strncmp(text, HEAD, strlen(HEAD)) != 0) {
		*reason = "not a c2sp.org/tlog-proof@v1";
		return NULL;
	}
	*reason = "the extra line is malformed";
	if (!strncmp(at, "extra ", strlen("extra ")) && !(at = skip_extra(at)))
		return NULL;
	*reason = "the index is malformed";
	if (strncmp(at, "index ", strlen("index ")) != 0 ||
	    !(at = take_number(at + strlen("index "), JSON_INTEGER_MAX, '\n', index)))
		return NULL;
	*reason = "a hash is malformed, or there are too many";
	return take_hashes(at + 1, proof);
}

int proof_read(const char *text, size_t length, struct proof *ret, uint64_t *ret_index, const char **ret_note, const char **ret_reason)
{
	unsigned char root[TREE_HASH];
	char origin[NOTE_VERIFIER];
	uint64_t index, size;
	struct proof proof;
	const char *note;

	if (memchr(text, '\0', length)) {
		*ret_reason = "NUL byte";
		return -1;
	}
	note = take(text, &proof, &index, ret_reason);
	if (!note)
		return -1;
	if (note_parse(note, origin, &size, root) < 0) {
		*ret_reason = "the checkpoint is malformed";
		return -1;
	}
	*ret = proof;
	*ret_index = index;
	*ret_note = note;
	return 0;
}

/* Three digits each, all but the last with an x before. */
static int write_index(uint64_t index, char *buffer)
{
	int length = index >= 1000 ? write_index(index / 1000, buffer) : 0;

	return length + sprintf(buffer + length, "%s%03u", length ? "/" : "", (unsigned)(index % 1000));
}

void proof_tile_path(unsigned level, uint64_t index, unsigned width, char *buffer)
{
	char digits[32], *at = buffer + sprintf(buffer, "tile/%u/", level);
	int length = write_index(index, digits);

	for (int i = 0; i < length; i += 4)
		at += sprintf(at, "%s%.4s", i + 4 < length ? "x" : "", digits + i);
	if (width < TREE_TILE_WIDTH)
		sprintf(at, ".p/%u", width);
}

/* Groups of three digits, "x001/x234/067"; what follows, or NULL. Other spellings of the number are not noticed. */
static const char *take_index(const char *at, uint64_t *ret)
{
	uint64_t index = 0;
	bool more;

	do {
		unsigned group = 0;

		more = *at == 'x';
		at += more;
		for (int i = 0; i < 3; i++, at++) {
			if (*at < '0' || *at > '9')
				return NULL;
			group = group * 10 + (unsigned)(*at - '0');
		}
		if (index > (UINT64_MAX - group) / 1000 || (more && *at++ != '/'))
			return NULL;
		index = index * 1000 + group;
	} while (more);
	*ret = index;
	return at;
}

int proof_tile_parse(const char *path, unsigned *ret_level, uint64_t *ret_index, unsigned *ret_width)
{
	uint64_t level, index, width = TREE_TILE_WIDTH;
	char again[PROOF_PATH_MAX];
	const char *at;

	if (strncmp(path, "tile/", strlen("tile/")) != 0 || !(at = take_number(path + strlen("tile/"), LEVEL_MAX, '/', &level)) ||
	    !(at = take_index(at + 1, &index)))
		return -1;
	if (!strncmp(at, ".p/", 3) && (!take_number(at + 3, TREE_TILE_WIDTH - 1, '\0', &width) || !width))
		return -1;
	proof_tile_path((unsigned)level, index, (unsigned)width, again);
	if (strcmp(again, path) != 0)
		return -1;
	*ret_level = (unsigned)level;
	*ret_index = index;
	*ret_width = (unsigned)width;
	return 0;
}
