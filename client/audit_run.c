/* audit run: the ledger's own log replayed, then every table of its database held against it. */
#include "audit/bundle.h"
#include "audit/derive.h"
#include "audit/state.h"
#include "audit/tables.h"
#include "audit/tiles.h"
#include "client/audit.h"
#include "client/audit_source.h"
#include "client/exit.h"
#include "client/file.h"
#include "client/progress.h"
#include "client/say.h"
#include "wire/base.h"
#include "wire/base64url.h"
#include "wire/json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STATE_MAX (64 << 20)
#define ROWS_PAGE 1000

struct run {
	struct client *client;
	struct audit_source source;
	struct findings *findings;
	struct summary summary;
	struct trust trust;
	struct replay replay;
	struct tables tables;
	struct tiles tiles;
	struct pool *pool;
	struct progress progress;
	struct observer observer;
	char *aud;           /* the ledger's: its ledger.json may be read again meanwhile */
	char *folder;        /* of the state */
	char *store_name;    /* this audit's store, beside it */
	char *old_store;     /* the last one's; NULL: none */
	uint64_t before_size; /* of the log at the last audit, and its root; --full holds the log against it too */
	unsigned char before_root[TREE_HASH];
	bool broken;         /* there is no going on */
};

/* ---- state */

static char *state_path(const struct run *run, const char *name)
{
	return xasprintf("%s/%s", run->folder, name);
}

static int copy_file(const char *from, const char *to)
{
	FILE *in = fopen(from, "re"), *out = in ? fopen(to, "we") : NULL;
	_cleanup_free_ char *bytes = xmalloc(1 << 16);
	size_t length;
	int result = out ? 0 : -1;

	while (result == 0 && (length = fread(bytes, 1, 1 << 16, in)) > 0)
		result = fwrite(bytes, 1, length, out) == length ? 0 : -1;
	if (in)
		fclose(in);
	if (out && fclose(out) != 0)
		result = -1;
	return result;
}

/* Takes the last audit's state up, with a copy of its store: the old one stays until this audit has held. */
static bool take_state(struct run *run, const json_t *state)
{
	const char *name = row_text(state, "store");
	_cleanup_free_ char *old = name ? state_path(run, name) : NULL, *new = state_path(run, run->store_name);

	if (!old || strchr(name, '/') || copy_file(old, new) < 0)
		return false;
	run->old_store = xstrdup(name);
	if (state_load(state, run->aud, &run->replay, &run->tiles.tree, &run->tables.generation) < 0)
		return false;
	tree_init(&run->tables.tree);
	tree_copy(&run->tables.tree, &run->tiles.tree);
	return true;
}

/* Of the last audit's state only what the log must continue, and which file is no longer wanted when this audit holds. */
static void remember(struct run *run, const json_t *state)
{
	const char *name = row_text(state, "store");
	struct replay unused = {0};
	struct tree tree;

	run->old_store = name && !strchr(name, '/') ? xstrdup(name) : NULL;
	if (state_load(state, run->aud, &unused, &tree, &run->tables.generation) < 0)
		return;
	run->before_size = tree.size;
	tree_root(&tree, run->before_root);
	registry_free(unused.registry);
	tree_clear(&tree);
}

static void load_state(struct run *run, bool full)
{
	_cleanup_free_ char *path = state_path(run, "audit.json");
	_cleanup_free_ char *text = NULL;
	const char *reason;
	json_auto_t *state = NULL;
	size_t length;

	text = file_read(path, STATE_MAX, &length);
	state = text ? json_parse(text, length, &reason) : NULL;
	if (!state)
		return;
	if (full) {
		remember(run, state);
		return;
	}
	if (!take_state(run, state))
		say_note(_("The last audit's state cannot be used; beginning from the first leaf."));
}

static int begin(struct run *run, bool full)
{
	_cleanup_free_ char *path = NULL;

	run->folder = xasprintf("%s/ledgers/%s", run->client->home, run->aud);
	run->store_name = xasprintf("audit-%ld.store", (long)getpid());
	if (file_make_directory(run->folder) < 0) {
		say_error("%s: %s", run->folder, strerror(errno));
		return EXIT_LOCAL;
	}
	load_state(run, full);
	path = state_path(run, run->store_name);
	if (!run->replay.registry)
		unlink(path);
	run->replay.store = store_open(path);
	if (!run->replay.store) {
		say_error("%s: %s", path, strerror(errno));
		return EXIT_LOCAL;
	}
	if (!run->replay.registry) {
		run->replay.registry = registry_new();
		tree_init(&run->tiles.tree);
		tree_init(&run->tables.tree);
	}
	run->summary.from = run->tiles.tree.size;
	if (run->summary.from) {
		run->before_size = run->summary.from;
		tree_root(&run->tiles.tree, run->before_root);
	}
	return EXIT_OK;
}

/* The new state holds once its text has replaced the old one. */
static void keep_state(struct run *run)
{
	json_auto_t *state = state_save(&run->replay, &run->tiles.tree, run->aud, run->tables.generation, run->store_name);
	_cleanup_free_ char *text = json_dumps(state, JSON_COMPACT), *path = state_path(run, "audit.json");

	run->replay.store = store_close(run->replay.store);
	if (file_write(path, text, strlen(text), 0600) < 0) {
		say_error("%s: %s", path, strerror(errno));
		summary_note(&run->summary, "state_not_kept", NULL);
		return;
	}
	if (run->old_store) {
		_cleanup_free_ char *old = state_path(run, run->old_store);

		unlink(old);
	}
	free(run->store_name);
	run->store_name = NULL;
}

static void end(struct run *run)
{
	run->replay.store = store_close(run->replay.store);
	if (run->store_name && run->folder) {
		_cleanup_free_ char *path = state_path(run, run->store_name);

		unlink(path);
	}
	if (run->replay.registry)
		registry_free(run->replay.registry);
	if (run->tiles.tree.tile)
		tree_clear(&run->tiles.tree);
	if (run->tables.tree.tile)
		tree_clear(&run->tables.tree);
	pool_free(run->pool);
	source_clear(&run->source);
	findings_free(run->findings);
	summary_clear(&run->summary);
	free(run->aud);
	free(run->folder);
	free(run->store_name);
	free(run->old_store);
	free(run);
}

/* ---- the log */

static void on_leaf(void *arg, const struct leaf *leaf)
{
	struct run *run = arg;

	tiles_leaf(&run->tiles, (uint64_t)leaf->index, leaf->hash);
	run->summary.leaves++;
	run->summary.entries += leaf->entry != 0;
}

static void replay_batch(struct run *run, int64_t from, int64_t end)
{
	struct bundle batch = {.from = from, .size = (uint64_t)end,
			       .leaves = {.bytes = run->source.leaves.length ? run->source.leaves.bytes : "", .length = run->source.leaves.length},
			       .requests = {.bytes = run->source.requests.length ? run->source.requests.bytes : "",
					    .length = run->source.requests.length}};
	struct engine *engine = engine_new(&run->replay, run->pool, on_leaf, run);
	struct reading reading = {.engine = engine, .findings = run->findings};

	bundle_acts(&batch, &reading);
	engine_finish(engine);
	engine_free(engine);
	run->summary.requests += batch.request_count;
}

static void find_root(struct run *run, const char *code, const unsigned char *expected, const unsigned char *found)
{
	struct place place = PLACE_NONE;
	char texts[2][BASE64URL_LENGTH(TREE_HASH) + 1];

	base64url_encode(expected, TREE_HASH, texts[0]);
	base64url_encode(found, TREE_HASH, texts[1]);
	findings_add(run->findings, code, &place, texts[0], texts[1]);
}

/* Whether the log that is there now begins with the one that was audited, by the root of its tiles. If not there is nothing to go
 * on from; from the first leaf there is. */
static void check_continues(struct run *run, uint64_t size)
{
	unsigned char root[TREE_HASH];
	struct place place = PLACE_NONE;

	if (!run->before_size)
		return;
	if (size < run->before_size)
		findings_add_number(run->findings, "log_shrank", &place, (int64_t)run->before_size, (int64_t)size);
	else if (proof_root(source_tile, &run->source, run->before_size, root) == 0 && memcmp(root, run->before_root, TREE_HASH) != 0)
		find_root(run, "consistency_broken", run->before_root, root);
	run->broken = run->summary.from && findings_count(run->findings);
}

/* The log's size and root in an answer, which is signed. */
static int take_head(struct run *run, const struct answer *answer)
{
	const json_t *log = json_object_get(answer->jws->content, "log");
	const char *root = row_text(log, "root");

	run->tiles.size = (uint64_t)row_number(log, "size", 0);
	if (root && base64url_decode(root, strlen(root), run->tiles.root, TREE_HASH) == TREE_HASH)
		return 0;
	say_error(_("the answer does not say of which log it is true"));
	return -1;
}

/* Replays the log up to where an answer is of. EXIT_OK, or the code after saying why the ledger could not be asked. */
static int follow(struct run *run, const struct answer *answer)
{
	int64_t next = (int64_t)run->tiles.tree.size;

	if (take_head(run, answer) < 0)
		return EXIT_UNVERIFIED;
	if (run->tiles.size == (uint64_t)next) {
		tiles_begin(&run->tiles);
		tiles_end(&run->tiles);
		return EXIT_OK;
	}
	tiles_begin(&run->tiles);
	while (next < (int64_t)run->tiles.size) {
		int64_t batch = source_batch(&run->source, (int64_t)run->tiles.size);

		if (batch < 0)
			return run->source.code;
		replay_batch(run, next, batch);
		next = batch;
		progress_step(&run->progress, next, (int64_t)run->tiles.size);
	}
	tiles_end(&run->tiles);
	return EXIT_OK;
}

static int replay_log(struct run *run)
{
	json_auto_t *input = json_object();
	struct answer answer = {0};
	int code = source_ask(&run->source, "ledger", "status", input, &answer);

	if (code != EXIT_OK)
		return code;
	check_continues(run, (uint64_t)answer.size);
	if (!run->broken)
		code = follow(run, &answer);
	answer_clear(&answer);
	return code;
}

static void check_checkpoint(struct run *run)
{
	_cleanup_free_ char *note = source_checkpoint(&run->source);
	struct place place = PLACE_NONE;
	bool by_leaves;

	place.table = "checkpoint";
	if (!note) {
		findings_add(run->findings, "checkpoint_wrong", &place, NULL, NULL);
		return;
	}
	trust_check(&run->trust, run->replay.registry, note, "checkpoint", run->findings, &by_leaves);
	if (by_leaves)
		summary_note(&run->summary, "key_by_leaves", NULL);
	for (size_t i = 0; i < run->trust.witness_count; i++) {
		uint64_t time;
		bool good = note_verify_cosignature(run->trust.witnesses[i], note, &time) == 0;

		summary_note(&run->summary, good ? "witnessed" : "not_witnessed", run->trust.witnesses[i]);
	}
}

/* ---- the database */

static int compare_page(struct run *run, const char *table, const struct answer *answer, bool first)
{
	int code = follow(run, answer);
	const json_t *row;
	size_t i;

	if (code != EXIT_OK)
		return code;
	if (first)
		tables_begin(&run->tables, table, (int64_t)run->tiles.size);
	json_array_foreach(json_object_get(answer->result, "rows"), i, row)
		tables_row(&run->tables, table, json_object_get(row, "row"));
	progress_step(&run->progress, run->tables.rows, 0);
	return EXIT_OK;
}

static int compare_table(struct run *run, const char *table)
{
	json_auto_t *input = json_pack("{s:s, s:i}", "table", table, "limit", ROWS_PAGE);
	bool first = true, more = true;

	while (more) {
		struct answer answer = {0};
		json_t *next;
		int code = source_ask(&run->source, "ledger", "rows", input, &answer);

		if (code != EXIT_OK)
			return code;
		code = compare_page(run, table, &answer, first);
		next = json_object_get(answer.result, "next");
		more = next != NULL;
		first = false;
		if (more)
			json_object_set(input, "cursor", next);
		answer_clear(&answer);
		if (code != EXIT_OK)
			return code;
	}
	tables_end(&run->tables, table);
	return EXIT_OK;
}

static int compare_tables(struct run *run)
{
	int code = EXIT_OK;

	progress_begin(&run->progress, _("comparing the database"));
	for (const struct table_coverage *coverage = table_coverages; coverage->table && code == EXIT_OK; coverage++)
		code = compare_table(run, coverage->table);
	return code == EXIT_OK ? compare_table(run, "matrix") : code;
}

static void sum_up(struct run *run)
{
	struct summary *summary = &run->summary;
	char from[24];

	snprintf(summary->aud, sizeof(summary->aud), "%s", run->aud);
	memcpy(summary->root, run->tiles.root, TREE_HASH);
	summary->size = run->tiles.size;
	summary->rows = run->tables.rows;
	snprintf(from, sizeof(from), "%" PRIu64, summary->from);
	if (summary->from)
		summary_note(summary, "incremental", from);
	else
		summary_note(summary, "first", NULL);
}

static int audit(struct run *run)
{
	int code;

	progress_begin(&run->progress, _("replaying the log"));
	code = replay_log(run);
	if (code == EXIT_OK && !run->broken) {
		check_checkpoint(run);
		code = compare_tables(run);
	}
	progress_end(&run->progress);
	if (code == EXIT_OK)
		sum_up(run);
	return code;
}

static void prepare(struct run *run, const json_t *input)
{
	run->source.client = run->client;
	run->source.next_leaf = (int64_t)run->tiles.tree.size;
	run->source.next_request = run->replay.requests + 1;
	run->findings = findings_new();
	run->replay.findings = run->findings;
	run->pool = pool_new(verify_threads((unsigned)json_integer_value(json_object_get(input, "threads"))) - 1);
	run->tables.replay = &run->replay;
	run->tables.trust = &run->trust;
	run->tables.origin = run->aud;
	run->tables.fetch = source_fetch;
	run->tables.fetch_arg = &run->source;
	run->tables.generation++;
	run->observer = (struct observer){.act = tables_keep, .arg = &run->tables};
	run->replay.observers = &run->observer;
	run->replay.observer_count = 1;
	run->tiles.findings = run->findings;
	run->tiles.tile = source_tile;
	run->tiles.arg = &run->source;
}

static int run_audit(struct run *run, const json_t *input)
{
	const char *witnesses = json_string_value(json_object_get(input, "witnesses"));
	int code = begin(run, json_is_true(json_object_get(input, "full")));

	if (code == EXIT_OK && witnesses)
		code = audit_read_keys(witnesses, run->trust.witnesses, &run->trust.witness_count);
	if (code != EXIT_OK)
		return code;
	audit_trust_ledger(run->client->ledger->document, &run->trust);
	prepare(run, input);
	code = audit(run);
	if (code != EXIT_OK)
		return code;
	if (findings_count(run->findings) == 0)
		keep_state(run);
	else
		summary_note(&run->summary, "state_not_kept", NULL);
	return audit_report(audit_wants_json(run->client, input), "run", run->findings, &run->summary);
}

int audit_run(struct client *client, const json_t *input)
{
	int code = client_open(client);
	struct run *run;

	if (code != EXIT_OK)
		return code;
	run = xcalloc(1, sizeof(*run));
	run->client = client;
	run->aud = xstrdup(client->ledger->aud);
	code = run_audit(run, input);
	end(run);
	return code;
}
