#include "tests/fuzz/fuzz.h"

#include "audit/canonical.h"
#include "audit/leaf.h"
#include "wire/base.h"
#include "wire/json.h"

#include <stdbool.h>

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	base_init();
	return 0;
}

/* The auditor's fast reader takes what the slow one takes, and knows the canonical form as it is written. */
static void check_canonical(const char *bytes, size_t length)
{
	const char *fault = NULL, *reason = NULL;
	json_t *other = NULL;
	json_auto_t *fast = canonical_read(bytes, length, &fault, &other), *slow = json_parse(bytes, length, &reason);
	_cleanup_free_ char *again = slow ? json_dumps(slow, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
	bool canonical = again && strlen(again) == length && !memcmp(again, bytes, length);

	HOLDS((fast != NULL) == canonical);
	HOLDS(fast ? json_equal(fast, slow) : fault != NULL);
	HOLDS((other != NULL) == (slow && !canonical));
	HOLDS(!other || (json_equal(other, slow) && !strcmp(fault, CANONICAL_NOT)));
	json_decref(other);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *copy = xmalloc(size + 1);
	struct leaf leaf = {0};

	/* A block of its own, so that a byte too far is noticed. */
	memcpy(copy, data, size);
	check_canonical(copy, size);
	leaf.bytes = copy;
	leaf.length = size;
	leaf_parse(&leaf);
	HOLDS(leaf.content || leaf.fault);
	leaf_clear(&leaf);
	HOLDS(!leaf.content && !leaf.postings);
	return 0;
}
