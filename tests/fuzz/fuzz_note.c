#include "tests/fuzz/fuzz.h"

#include "wire/base.h"
#include "wire/base64.h"
#include "wire/note.h"

#include <inttypes.h>
#include <stdbool.h>

/* The log and the witness of tests/fuzz/corpus/note/published, of which only that checkpoint is signed. */
#define LOG_KEY "arche2025h1.staging.ct.transparency.dev+ba2f06c0+AU0vHmlGCS/PdN8b2OaGmKprLI8HKM+dJ472xgFYh15f"
#define WITNESS_KEY "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2"
#define BODY "arche2025h1.staging.ct.transparency.dev\n1432088532\nU7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro=\n"
#define TIME 0x6a122120
static const char note[] =
	BODY "\n— arche2025h1.staging.ct.transparency.dev ui8GwCF1+kWqZrxGdhj4aX3gcw7XUlXQQabg/27lefwhUkzbC3NygNI75MdhL1bfTW9g8Ei59RA23oHP7R"
	     "y1k3ZFWwQ=\n"
	     "— remora.n621.de 2net5wAAAABqEiEgPlfF3V06o0Y+fHM+J5J9s27wgxxcOVSpZ/2g/KSiXCg9DEZI+aVCIobWX9sXTynk5XeU/zZ0WBxtqB0DrAWfBw==\n";

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	base_init();
	return 0;
}

/* Every line of signatures, taken apart as simply as can be and put together again. */
static void check_lines(const char *lines)
{
	HOLDS(*lines);
	while (*lines) {
		const char *end = strchr(lines, '\n'), *space = strchr(lines + strlen("— "), ' ');
		_cleanup_free_ unsigned char *bytes = xmalloc(strlen(lines));
		_cleanup_free_ char *name = NULL;
		char again[NOTE_MAX];
		ssize_t length;

		HOLDS(end && space && space < end);
		name = xstrndup(lines + strlen("— "), (size_t)(space - lines) - strlen("— "));
		length = base64_decode(space + 1, (size_t)(end - space - 1), bytes, strlen(lines));
		HOLDS(length > NOTE_ID);
		*again = '\0';
		HOLDS(note_add_line(again, name, bytes, (size_t)length) == 0);
		HOLDS(strlen(again) == (size_t)(end + 1 - lines) && !memcmp(again, lines, strlen(again)));
		lines = end + 1;
	}
}

/* A checkpoint that was taken is written again from what was read. */
static void check_parsed(const char *text, const char *origin, uint64_t size, const unsigned char root[TREE_HASH])
{
	char root_text[BASE64_LENGTH(TREE_HASH) + 1];
	_cleanup_free_ char *body = NULL;

	base64_encode(root, TREE_HASH, root_text);
	body = xasprintf("%s\n%" PRIu64 "\n%s\n\n", origin, size, root_text);
	HOLDS(!strncmp(text, body, strlen(body)));
	check_lines(text + strlen(body));
}

/* A line more, of any bytes: the note stays one of the same checkpoint, or stays as it was. */
static void check_added(const char *text, const unsigned char *bytes, size_t length, uint64_t size)
{
	char more[NOTE_MAX], origin[NOTE_VERIFIER];
	unsigned char root[TREE_HASH];
	uint64_t found;

	memcpy(more, text, strlen(text) + 1);
	if (note_add_line(more, "witness.example", bytes, length) < 0) {
		HOLDS(!strcmp(more, text));
		return;
	}
	HOLDS(!strncmp(more, text, strlen(text)) && strlen(more) < NOTE_MAX);
	HOLDS(note_parse(more, origin, &found, root) == (length > NOTE_ID ? 0 : -1));
	HOLDS(length <= NOTE_ID || found == size);
}

static void as_note(const char *text, const unsigned char *data, size_t length)
{
	unsigned char root[TREE_HASH], verified_root[TREE_HASH];
	uint64_t size, verified_size, time;
	char origin[NOTE_VERIFIER];
	bool parsed = note_parse(text, origin, &size, root) == 0;

	if (parsed) {
		check_parsed(text, origin, size, root);
		check_added(text, data, length / 8, size);
	}
	if (note_verify(LOG_KEY, text, &verified_size, verified_root) == 0) {
		HOLDS(parsed && verified_size == size && !memcmp(root, verified_root, TREE_HASH));
		HOLDS(!strncmp(text, BODY "\n", strlen(BODY "\n")));
	}
	if (note_verify_cosignature(WITNESS_KEY, text, &time) == 0)
		HOLDS(parsed && time == TIME && !strncmp(text, BODY "\n", strlen(BODY "\n")));
}

/* Only the keys themselves verify, in their one spelling. */
static void as_verifier(const char *text)
{
	unsigned char root[TREE_HASH];
	uint64_t size, time;

	if (note_verify(text, note, &size, root) == 0)
		HOLDS(!strcmp(text, LOG_KEY));
	if (note_verify_cosignature(text, note, &time) == 0)
		HOLDS(!strcmp(text, WITNESS_KEY));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = xstrndup((const char *)data, size);

	as_note(text, data, size);
	as_verifier(text);
	return 0;
}
