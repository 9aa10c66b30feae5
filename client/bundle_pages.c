/* What a bundle asks from the ledger page by page: statements, leaves, signed requests. */
#include "audit/leaf.h"
#include "audit/statement.h"
#include "client/bundle.h"
#include "client/exchange.h"
#include "client/exit.h"
#include "client/say.h"
#include "client/trouble.h"
#include "wire/base.h"
#include "wire/base64url.h"
#include "wire/clock.h"
#include "wire/json.h"
#include "wire/sha256.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LEAVES_PAGE 1000
#define REQUESTS_PAGE 500
#define FIRST_DAY "1970-01-01"

void bundle_progress(const char *what, int64_t done, int64_t of)
{
	if (!isatty(STDERR_FILENO))
		return;
	if (of)
		fprintf(stderr, "\r%s %lld/%lld", what, (long long)done, (long long)of);
	fputs(done == of || !of ? "\n" : "", stderr);
}

/* Asks a read whose refusal is said; EXIT_OK with an answer that has a result. */
static int ask(struct bundle *bundle, const struct op *op, const json_t *input, struct answer *ret, char **ret_body)
{
	int code = exchange_read(bundle->client, op, input, ret, ret_body);

	if (code != EXIT_OK || !ret->problem)
		return code;
	trouble_say(ret->problem, op->input, NULL);
	answer_clear(ret);
	return EXIT_REFUSED;
}

static int say_unexpected(const char *what)
{
	say_error(_("the ledger's answer is not what was asked for: %s"), what);
	return EXIT_UNVERIFIED;
}

/* ---- statements */

/* Today in Shanghai; text of 11 bytes. */
static void today(char *text)
{
	char moment[CLOCK_TEXT];

	clock_text(clock_now() + INT64_C(8) * 3600 * 1000000, moment);
	memcpy(text, moment, 10);
	text[10] = '\0';
}

static int write_statement(struct bundle *bundle, const char *fund, const struct answer *answer, const char *body)
{
	_cleanup_free_ char *json = xasprintf("statement/%s.json", fund), *csv = xasprintf("statement/%s.csv", fund);
	int code = bundle_write(bundle, json, body, strlen(body));
	FILE *out;

	if (answer->size > bundle->stated)
		bundle->stated = answer->size;
	if (code != EXIT_OK)
		return code;
	out = bundle_create(bundle, csv);
	if (!out)
		return EXIT_LOCAL;
	statement_write_csv(answer->jws->content, out);
	return bundle_close(csv, out);
}

static int ask_statement(struct bundle *bundle, const char *fund)
{
	char now[11];
	json_auto_t *input = json_pack("{s:s}", "fund", fund);
	_cleanup_free_ char *body = NULL;
	struct answer answer = {0};
	int code;

	today(now);
	json_object_set_new(input, "from", json_string(bundle->from ? bundle->from : FIRST_DAY));
	json_object_set_new(input, "to", json_string(bundle->to ? bundle->to : now));
	code = ask(bundle, op_find("fund", "statement"), input, &answer, &body);
	if (code != EXIT_OK)
		return code;
	code = write_statement(bundle, fund, &answer, body);
	answer_clear(&answer);
	return code;
}

static int ask_rows(struct bundle *bundle, const json_t *rows)
{
	const json_t *row;
	size_t i;
	int code = EXIT_OK;

	json_array_foreach((json_t *)(uintptr_t)rows, i, row) {
		const char *fund = json_string_value(json_object_get(row, "fund"));

		code = fund && !strchr(fund, '/') ? ask_statement(bundle, fund) : say_unexpected("fund");
		if (code != EXIT_OK)
			return code;
	}
	return code;
}

/* A statement of every fund that the caller sees. */
static int ask_all(struct bundle *bundle)
{
	json_auto_t *input = json_object();
	bool more = true;
	int code = EXIT_OK;

	while (code == EXIT_OK && more) {
		struct answer answer = {0};
		json_t *next;

		code = ask(bundle, op_find("fund", "list"), input, &answer, NULL);
		if (code != EXIT_OK)
			return code;
		code = ask_rows(bundle, json_object_get(answer.result, "rows"));
		next = json_object_get(answer.result, "next");
		more = next != NULL;
		if (more)
			json_object_set(input, "cursor", next);
		answer_clear(&answer);
	}
	return code;
}

int bundle_statements(struct bundle *bundle)
{
	return bundle->fund ? ask_statement(bundle, bundle->fund) : ask_all(bundle);
}

/* ---- leaves */

struct leaves {
	struct bundle *bundle;
	FILE *out;
	struct tree tree; /* of a whole ledger */
	int64_t next;     /* index of the page to come */
	int code;
};

static void keep_tile(void *arg, const struct tile *tile)
{
	struct leaves *leaves = arg;
	char name[PROOF_PATH_MAX];

	proof_tile_path(tile->level, tile->index, TREE_TILE_WIDTH, name);
	if (leaves->code == EXIT_OK)
		leaves->code = bundle_write(leaves->bundle, name, tile->hashes, TREE_TILE_WIDTH * TREE_HASH);
}

/* The last tiles, that are not full. */
static void keep_open_tiles(struct leaves *leaves)
{
	for (unsigned level = 0; level < TREE_LEVELS && leaves->code == EXIT_OK; level++) {
		uint64_t count = leaves->tree.size >> (8 * level);
		unsigned width = (unsigned)(count % TREE_TILE_WIDTH);
		char name[PROOF_PATH_MAX];

		if (!width)
			continue;
		proof_tile_path(level, count / TREE_TILE_WIDTH, width, name);
		leaves->code = bundle_write(leaves->bundle, name, leaves->tree.tile[level], (size_t)width * TREE_HASH);
	}
}

/* The tiles from a leaf's up: those that tie it to the root. The leaf's own hash must stand in the first. */
static int tie(struct leaves *leaves, int64_t index, const unsigned char hash[TREE_HASH])
{
	struct bundle *bundle = leaves->bundle;
	unsigned width = proof_tile_width(0, (uint64_t)index / TREE_TILE_WIDTH, (uint64_t)bundle->size);
	const unsigned char *hashes;

	for (unsigned level = 0; level < TREE_LEVELS && ((uint64_t)bundle->size >> (8 * level)); level++) {
		int code = bundle_tile(bundle, level, (uint64_t)index >> (8 * (level + 1)));

		if (code != EXIT_OK)
			return code;
	}
	hashes = bundle_tile_hashes(bundle, 0, (uint64_t)index / TREE_TILE_WIDTH, width);
	if (hashes && memcmp(hashes + (size_t)index % TREE_TILE_WIDTH * TREE_HASH, hash, TREE_HASH) == 0)
		return EXIT_OK;
	say_error(_("leaf %lld is not the one that the log's hash tree holds"), (long long)index);
	return EXIT_UNVERIFIED;
}

static void remember(struct leaves *leaves, int64_t index, const json_t *content)
{
	const char *request = json_string_value(json_object_get(content, "request"));
	struct bundle_leaf leaf = {.index = index};

	if (!request || base64url_decode(request, strlen(request), leaf.request, sizeof(leaf.request)) != sizeof(leaf.request) ||
	    fwrite(&leaf, sizeof(leaf), 1, leaves->bundle->commands) != 1)
		leaves->code = say_unexpected("leaf");
}

static int add_leaf(struct leaves *leaves, int64_t index, const char *bytes, size_t length)
{
	struct bundle *bundle = leaves->bundle;
	struct leaf leaf = {.index = index, .bytes = bytes, .length = length};
	const char *reason = NULL;
	json_auto_t *content = json_parse(bytes, length, &reason);

	if (!content || memchr(bytes, '\n', length))
		return say_unexpected(reason ? reason : "leaf");
	leaf_parse(&leaf);
	fprintf(leaves->out, "%lld\t", (long long)index);
	fwrite(bytes, 1, length, leaves->out);
	fputc('\n', leaves->out);
	if (bundle->fund)
		leaves->code = tie(leaves, index, leaf.hash);
	else
		tree_append(&leaves->tree, leaf.hash, keep_tile, leaves);
	report_leaf(bundle->report, &leaf); /* a malformed one is for the audit to find */
	leaf_clear(&leaf);
	remember(leaves, index, content);
	bundle->leaves++;
	return leaves->code;
}

static int add_row(struct leaves *leaves, const json_t *row)
{
	const json_t *leaf = json_object_get(row, "leaf");
	int64_t index = json_integer_value(json_object_get(row, "index"));
	size_t length = json_string_length(leaf);
	_cleanup_free_ char *bytes = xmalloc(length + 1);
	ssize_t size = json_is_string(leaf) ? base64url_decode(json_string_value(leaf), length, bytes, length + 1) : -1;

	if (index >= leaves->bundle->size)
		return EXIT_OK;
	if (size <= 0 || index < leaves->next)
		return say_unexpected("leaf");
	if (!leaves->bundle->fund && (uint64_t)index != leaves->tree.size) {
		say_error(_("your key sees a part of the ledger only; say which fund with --fund"));
		return EXIT_REFUSED;
	}
	leaves->next = index + 1;
	return add_leaf(leaves, index, bytes, (size_t)size);
}

/* Takes a page over; *ret_more: whether there is another. */
static int add_page(struct leaves *leaves, const struct answer *answer, bool *ret_more)
{
	const json_t *rows = json_object_get(answer->result, "rows"), *next = json_object_get(answer->result, "next"), *row;
	int64_t from = leaves->next;
	size_t i;
	int code = EXIT_OK;

	json_array_foreach((json_t *)(uintptr_t)rows, i, row)
		if ((code = add_row(leaves, row)) != EXIT_OK)
			return code;
	*ret_more = next && json_integer_value(next) < leaves->bundle->size;
	if (*ret_more && json_integer_value(next) <= from)
		return say_unexpected("next");
	if (*ret_more)
		leaves->next = json_integer_value(next);
	bundle_progress(_("leaves"), *ret_more ? leaves->next : leaves->bundle->size, leaves->bundle->size);
	return EXIT_OK;
}

static int read_leaves(struct leaves *leaves)
{
	const struct op *op = op_find("ledger", "leaves");
	bool more = leaves->bundle->size > 0;
	int code = EXIT_OK;

	while (code == EXIT_OK && more) {
		json_auto_t *input = json_pack("{s:I, s:i, s:s*}", "from", (json_int_t)leaves->next, "limit", LEAVES_PAGE, "node", leaves->bundle->fund);
		struct answer answer = {0};

		code = ask(leaves->bundle, op, input, &answer, NULL);
		if (code == EXIT_OK)
			code = add_page(leaves, &answer, &more);
		answer_clear(&answer);
	}
	return code;
}

/* A whole ledger's leaves give the signed root; of a fund's each was found in its tile, and the tiles give the root. */
static int tie_all(struct leaves *leaves)
{
	if (leaves->bundle->fund) {
		int code = bundle_edge(leaves->bundle);

		return code == EXIT_OK ? bundle_root(leaves->bundle) : code;
	}
	if ((int64_t)leaves->tree.size != leaves->bundle->size) {
		say_error(_("your key sees a part of the ledger only; say which fund with --fund"));
		return EXIT_REFUSED;
	}
	keep_open_tiles(leaves);
	return leaves->code == EXIT_OK ? bundle_root(leaves->bundle) : leaves->code;
}

int bundle_leaves(struct bundle *bundle)
{
	struct leaves leaves = {.bundle = bundle, .out = bundle_create(bundle, "leaves.tsv")};
	int code;

	if (!leaves.out)
		return EXIT_LOCAL;
	tree_init(&leaves.tree);
	code = read_leaves(&leaves);
	if (bundle_close("leaves.tsv", leaves.out) != EXIT_OK && code == EXIT_OK)
		code = EXIT_LOCAL;
	if (code == EXIT_OK)
		code = tie_all(&leaves);
	tree_clear(&leaves.tree);
	return code;
}

/* ---- requests */

struct requests {
	struct bundle *bundle;
	FILE *out;
	struct bundle_leaf leaf; /* the next one whose request is to come */
	bool ended;              /* there is none */
	int64_t next;            /* number of the request to go on from */
};

static void step(struct requests *requests)
{
	requests->ended = fread(&requests->leaf, sizeof(requests->leaf), 1, requests->bundle->commands) != 1;
}

/* Passes over the leaves before an index: what signed them is withheld, one command each hash. */
static void pass_withheld(struct requests *requests, int64_t index)
{
	unsigned char last[32] = {0};

	while (!requests->ended && requests->leaf.index < index) {
		requests->bundle->withheld += memcmp(last, requests->leaf.request, sizeof(last)) != 0;
		memcpy(last, requests->leaf.request, sizeof(last));
		step(requests);
	}
}

/* Whether this is the request that its leaves name. */
static bool is_named(struct requests *requests, int64_t first, int64_t count, const char *jws)
{
	unsigned char hash[SHA256_BYTES];

	sha256(jws, strlen(jws), hash);
	while (!requests->ended && requests->leaf.index < first + count) {
		if (memcmp(hash, requests->leaf.request, sizeof(hash)) != 0)
			return false;
		step(requests);
	}
	return true;
}

static int add_request(struct requests *requests, const json_t *row)
{
	int64_t number = json_integer_value(json_object_get(row, "number")), first = json_integer_value(json_object_get(row, "first")),
		count = json_integer_value(json_object_get(row, "count"));
	const char *jws = json_string_value(json_object_get(row, "jws"));

	if (!jws || number < requests->next || first < 0 || count < 1 || strspn(jws, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.") != strlen(jws))
		return say_unexpected("request");
	requests->next = number + 1;
	if (first >= requests->bundle->size)
		return EXIT_OK;
	pass_withheld(requests, first);
	if (!is_named(requests, first, count, jws)) {
		say_error(_("request %lld is not the one that leaf %lld names"), (long long)number, (long long)first);
		return EXIT_UNVERIFIED;
	}
	fprintf(requests->out, "%lld\t%lld\t%lld\t%s\n", (long long)number, (long long)first, (long long)count, jws);
	requests->bundle->requests++;
	return EXIT_OK;
}

static int add_request_page(struct requests *requests, const struct answer *answer, bool *ret_more)
{
	const json_t *rows = json_object_get(answer->result, "rows"), *next = json_object_get(answer->result, "next"), *row;
	int64_t from = requests->next, last = 0;
	size_t i;
	int code;

	json_array_foreach((json_t *)(uintptr_t)rows, i, row) {
		if ((code = add_request(requests, row)) != EXIT_OK)
			return code;
		last = json_integer_value(json_object_get(row, "first"));
	}
	*ret_more = next && last < requests->bundle->size;
	if (*ret_more && json_integer_value(next) <= from)
		return say_unexpected("next");
	if (*ret_more)
		requests->next = json_integer_value(next);
	bundle_progress(_("requests"), *ret_more ? last : requests->bundle->size, requests->bundle->size);
	return EXIT_OK;
}

static int read_requests(struct requests *requests)
{
	const struct op *op = op_find("ledger", "requests");
	bool more = true;
	int code = EXIT_OK;

	while (code == EXIT_OK && more) {
		json_auto_t *input =
			json_pack("{s:I, s:i, s:s*}", "from", (json_int_t)requests->next, "limit", REQUESTS_PAGE, "node", requests->bundle->fund);
		struct answer answer = {0};

		code = ask(requests->bundle, op, input, &answer, NULL);
		if (code == EXIT_OK)
			code = add_request_page(requests, &answer, &more);
		answer_clear(&answer);
	}
	return code;
}

int bundle_requests(struct bundle *bundle)
{
	struct requests requests = {.bundle = bundle, .out = bundle_create(bundle, "requests.tsv"), .next = 1};
	int code;

	if (!requests.out)
		return EXIT_LOCAL;
	rewind(bundle->commands);
	step(&requests);
	code = read_requests(&requests);
	pass_withheld(&requests, INT64_MAX);
	if (bundle_close("requests.tsv", requests.out) != EXIT_OK && code == EXIT_OK)
		code = EXIT_LOCAL;
	if (code != EXIT_OK || bundle->fund || !bundle->withheld)
		return code;
	say_error(_("the ledger withholds %lld signed requests of its own leaves"), (long long)bundle->withheld);
	return EXIT_UNVERIFIED;
}
