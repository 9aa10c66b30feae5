#include "tests/fuzz/fuzz.h"

#include "wire/base.h"
#include "wire/json.h"
#include "wire/proof.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	base_init();
	return 0;
}

#ifdef PLANTED
/* The control: a reader that lets carriage returns pass, which the fuzzer has to find. */
static int read_proof(const char *text, struct proof *proof, uint64_t *index, const char **note)
{
	_cleanup_free_ char *copy = xstrdup(text);
	char *at = copy;
	const char *reason;

	for (; *text; text++)
		if (*text != '\r')
			*at++ = *text;
	*at = '\0';
	if (proof_read(copy, strlen(copy), proof, index, note, &reason) < 0)
		return -1;
	*note = text - strlen(*note);
	return 0;
}
#else
static int read_proof(const char *text, struct proof *proof, uint64_t *index, const char **note)
{
	const char *reason = NULL;
	int result = proof_read(text, strlen(text), proof, index, note, &reason);

	HOLDS(result == 0 || reason);
	return result;
}
#endif

/* Text that was taken is written again from what was read, but for the extra line. */
static void as_text(const char *text)
{
	static const char head[] = "c2sp.org/tlog-proof@v1\n";
	_cleanup_free_ char *again = NULL;
	struct proof proof;
	const char *note, *rest;
	uint64_t index;

	if (read_proof(text, &proof, &index, &note) < 0)
		return;
	HOLDS(proof.count <= PROOF_MAX && index <= JSON_INTEGER_MAX);
	again = proof_write(&proof, index, note);
	HOLDS(!strncmp(text, head, strlen(head)));
	rest = text + strlen(head);
	if (!strncmp(rest, "extra ", strlen("extra ")))
		rest = strchr(rest, '\n') + 1;
	HOLDS(!strcmp(again + strlen(head), rest));
}

static void as_path(const char *text)
{
	char again[PROOF_PATH_MAX];
	unsigned level, width;
	uint64_t index;

	if (proof_tile_parse(text, &level, &index, &width) < 0)
		return;
	HOLDS(level < 64 && width > 0 && width <= TREE_TILE_WIDTH);
	proof_tile_path(level, index, width, again);
	HOLDS(!strcmp(again, text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = xstrndup((const char *)data, size);

	as_text(text);
	as_path(text);
	return 0;
}
