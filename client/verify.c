/* ledger verify: fetches every leaf, builds the tree from them, and compares its root with the one the ledger signed. */
#include "client/builtin.h"
#include "client/exchange.h"
#include "client/exit.h"
#include "client/say.h"
#include "client/trouble.h"
#include "wire/base.h"
#include "wire/base64url.h"
#include "wire/tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PAGE 1000

/* Appends the leaves of a page. 0, or -1 when the page is not what was asked for. */
static int append_page(struct tree *tree, const json_t *rows)
{
	const json_t *row;
	size_t i;

	json_array_foreach((json_t *)(uintptr_t)rows, i, row) {
		const json_t *leaf = json_object_get(row, "leaf");
		size_t length = json_string_length(leaf);
		_cleanup_free_ unsigned char *body = xmalloc(length + 1);
		unsigned char hash[TREE_HASH];
		ssize_t size = base64url_decode(json_string_value(leaf), length, body, length + 1);

		if (size <= 0 || (uint64_t)json_integer_value(json_object_get(row, "index")) != tree->size)
			return -1;
		tree_hash_leaf(body, (size_t)size, hash);
		tree_append(tree, hash, NULL, NULL);
	}
	return 0;
}

/* Whether the tree is the one whose size and root the answer states. */
static bool same_root(const struct tree *tree, const struct answer *answer)
{
	const json_t *log = json_object_get(answer->jws->content, "log");
	unsigned char root[TREE_HASH];
	char text[BASE64URL_LENGTH(TREE_HASH) + 1];

	tree_root(tree, root);
	base64url_encode(root, TREE_HASH, text);
	return (int64_t)tree->size == answer->size && strcmp(text, json_string_value(json_object_get(log, "root"))) == 0;
}

static int ask_page(struct client *client, const struct tree *tree, struct answer *ret)
{
	const struct op *op = op_find("ledger", "leaves");
	json_t *input = json_pack("{s:I,s:i}", "from", (json_int_t)tree->size, "limit", PAGE);
	int status = exchange_read(client, op, input, ret, NULL);

	json_decref(input);
	if (status == EXIT_OK && ret->problem) {
		trouble_say(ret->problem, op->input, NULL);
		answer_clear(ret);
		status = EXIT_REFUSED;
	}
	return status;
}

static void show_progress(const struct tree *tree, const struct answer *answer)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r%llu/%lld", (unsigned long long)tree->size, (long long)answer->size);
}

/* Pages until the tree has the size that the answer speaks of; the log may grow meanwhile. */
static int follow(struct client *client, struct tree *tree, struct answer *ret_last)
{
	for (;;) {
		uint64_t before = tree->size;
		int status = ask_page(client, tree, ret_last);

		if (status != EXIT_OK)
			return status;
		if (append_page(tree, json_object_get(ret_last->result, "rows")) != 0)
			return EXIT_UNVERIFIED;
		show_progress(tree, ret_last);
		if ((int64_t)tree->size >= ret_last->size)
			return EXIT_OK;
		answer_clear(ret_last);
		if (tree->size == before)
			return EXIT_UNVERIFIED;
	}
}

static int ledger_verify(struct client *client, const json_t *input)
{
	struct answer last = { 0 };
	struct tree tree;
	int status = client_open(client);

	(void)input;
	if (status != EXIT_OK)
		return status;
	tree_init(&tree);
	status = follow(client, &tree, &last);
	if (isatty(STDERR_FILENO))
		fputs("\n", stderr);
	if (status == EXIT_OK && !same_root(&tree, &last))
		status = EXIT_UNVERIFIED;
	if (status == EXIT_OK)
		printf(_("verified: the root of %llu leaves, computed here, is the root that the ledger signed: %s\n"),
		       (unsigned long long)tree.size, json_string_value(json_object_get(json_object_get(last.jws->content, "log"), "root")));
	else if (status == EXIT_UNVERIFIED)
		say_error(_("NOT verified: the leaves do not give the root that the ledger signed; keep this ledger's files and call the auditor"));
	answer_clear(&last);
	tree_clear(&tree);
	return status;
}

static const struct field none[] = { { .name = NULL } };

const struct builtin builtin_ledger[] = {
	{ .op = { .name = "ledger_verify", .noun = "ledger", .verb = "verify", .kind = OP_READ, .input = none, .result = none,
		  .help = N_("computes the log's root from all its leaves and compares it with the signed one") },
	  .run = ledger_verify },
	{ .op = { .noun = NULL } },
};
