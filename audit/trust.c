#include "audit/trust.h"

#include "wire/base.h"

#include <string.h>

size_t trust_read_lines(const char *text, char (*keys)[NOTE_VERIFIER], size_t room)
{
	size_t count = 0;

	while (*text && count < room) {
		size_t length = strcspn(text, "\n");

		if (length && length < NOTE_VERIFIER && *text != '#') {
			memcpy(keys[count], text, length);
			keys[count++][length] = '\0';
		}
		text += length;
		text += strspn(text, "\n");
	}
	return count;
}

static bool is_signed_by(const char *verifier, const char *note)
{
	unsigned char root[TREE_HASH];
	uint64_t size;

	return note_verify(verifier, note, &size, root) == 0;
}

/* A log key that the leaves know by its verifier key; NULL if they do not. */
static const struct ledger_key *registered(const struct registry *registry, const char *verifier)
{
	const struct ledger_key *key;

	for (size_t i = 0; (key = registry_ledger_key_at(registry, i)); i++)
		if (strcmp(key->use, "log") == 0 && strcmp(key->text, verifier) == 0)
			return key;
	return NULL;
}

static bool in_force(const struct ledger_key *key, uint64_t size)
{
	return (uint64_t)key->made < size && (key->ended < 0 || (uint64_t)key->ended >= size);
}

/* A key that the reader trusts holds until leaves end it. */
static bool trusted_line(const struct trust *trust, const struct registry *registry, const char *note, uint64_t size)
{
	for (size_t i = 0; i < trust->count; i++) {
		const struct ledger_key *key = registered(registry, trust->keys[i]);

		if ((!key || in_force(key, size)) && is_signed_by(trust->keys[i], note))
			return true;
	}
	return false;
}

/* Leaves may hand the log on only from a key that the reader trusts, so that one must stand in them too. */
static bool handed_on(const struct trust *trust, const struct registry *registry, const char *note, uint64_t size)
{
	const struct ledger_key *key;
	bool known = false;

	for (size_t i = 0; i < trust->count; i++)
		known = known || registered(registry, trust->keys[i]);
	for (size_t i = 0; known && (key = registry_ledger_key_at(registry, i)); i++)
		if (strcmp(key->use, "log") == 0 && in_force(key, size) && is_signed_by(key->text, note))
			return true;
	return false;
}

void trust_check(const struct trust *trust, const struct registry *registry, const char *note, const char *file, struct findings *findings,
		 bool *ret_by_leaves)
{
	struct place place = PLACE_NONE;
	char origin[NOTE_VERIFIER];
	unsigned char root[TREE_HASH];
	uint64_t size;

	*ret_by_leaves = false;
	place.table = file;
	if (note_parse(note, origin, &size, root) < 0) {
		findings_add(findings, "checkpoint_wrong", &place, NULL, NULL);
		return;
	}
	if (trusted_line(trust, registry, note, size))
		return;
	*ret_by_leaves = handed_on(trust, registry, note, size);
	if (!*ret_by_leaves)
		findings_add(findings, "checkpoint_signature", &place, trust->count ? trust->keys[trust->count - 1] : NULL, NULL);
}
