#include "audit/verify.h"

#include "audit/bundle.h"
#include "audit/report.h"
#include "audit/tiles.h"
#include "wire/base.h"
#include "wire/base64.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* All that one audit of a bundle needs; freed in one place. */
struct run {
	const struct verify *verify;
	struct findings *findings;
	struct summary *summary;
	struct pool *pool;
	struct bundle bundle;
	struct trust trust;
	struct tiles tiles;
	struct replay replay;
	struct report *report;
};

static void find(const struct run *run, const char *code, const char *file)
{
	struct place place = PLACE_NONE;

	place.table = file;
	findings_add(run->findings, code, &place, NULL, NULL);
}

/* Which log keys to believe: the reader's, or what the bundle says of itself. */
static void choose_trust(struct run *run)
{
	_cleanup_free_ char *own = NULL;

	run->trust = *run->verify->trust;
	if (run->trust.count)
		return;
	own = read_text(run->bundle.folder, "log.vkey");
	if (own)
		run->trust.count = trust_read_lines(own, run->trust.keys, TRUST_KEYS);
	else
		find(run, "file_missing", "log.vkey");
	summary_note(run->summary, "own_key", run->trust.count ? run->trust.keys[0] : NULL);
}

/* The earlier checkpoint that this log must continue. */
static void choose_previous(struct run *run)
{
	char origin[NOTE_VERIFIER];
	struct place place = PLACE_NONE;
	const char *note = run->verify->previous ? run->verify->previous : run->bundle.previous;

	if (!note)
		return;
	place.table = run->verify->previous ? "--previous" : "previous-checkpoint";
	if (note_parse(note, origin, &run->tiles.before_size, run->tiles.before_root) < 0 || strcmp(origin, run->bundle.origin) != 0) {
		findings_add(run->findings, "checkpoint_wrong", &place, run->bundle.origin, NULL);
		run->tiles.before_size = 0;
	} else if (run->tiles.before_size > run->bundle.size) {
		findings_add_number(run->findings, "log_shrank", &place, (int64_t)run->tiles.before_size, (int64_t)run->bundle.size);
	}
}

static void on_leaf(void *arg, const struct leaf *leaf)
{
	struct run *run = arg;

	tiles_leaf(&run->tiles, (uint64_t)leaf->index, leaf->hash);
	run->summary->leaves++;
	run->summary->entries += leaf->entry != 0;
}

/* In a part of a log the fund's or the node's own leaves are all there, from when its code is known. */
static void know_scope(void *arg, const struct replay *replay, const struct act *act)
{
	struct run *run = arg;
	const char *code = row_text(run->bundle.manifest, "fund");
	const struct node *node;

	(void)act;
	if (replay->scope || !run->bundle.partial)
		return;
	node = registry_node_coded(replay->registry, code ? code : row_text(run->bundle.manifest, "node"));
	if (node)
		run->replay.scope = node->id;
}

static void replay_all(struct run *run)
{
	struct observer observers[2] = {{.act = know_scope, .arg = run}};
	struct engine *engine = engine_new(&run->replay, run->pool, on_leaf, run);
	struct reading reading = {.engine = engine,
				  .findings = run->findings,
				  .progress = run->verify->progress,
				  .progress_arg = run->verify->progress_arg};

	if (run->report)
		observers[1] = report_observer(run->report);
	run->replay.observers = observers;
	run->replay.observer_count = run->report ? 2 : 1;
	bundle_acts(&run->bundle, &reading);
	engine_finish(engine);
	engine_free(engine);
	tiles_end(&run->tiles);
	run->replay.observer_count = 0;
}

/* Hashes of the file "consistency": base64, one a line. 0 or -1. */
static int read_consistency(const char *text, struct proof *ret)
{
	ret->count = 0;
	while (*text) {
		size_t length = strcspn(text, "\n");

		if (ret->count > PROOF_MAX || text[length] != '\n' || base64_decode(text, length, ret->hashes[ret->count], TREE_HASH) != TREE_HASH)
			return -1;
		ret->count++;
		text += length + 1;
	}
	return 0;
}

/* A bundle that brings its previous checkpoint brings the proof too; of a part of a log it is the only evidence. */
static void check_consistency(struct run *run)
{
	_cleanup_free_ char *text = read_text(run->bundle.folder, "consistency");
	struct proof proof;

	if (!run->bundle.previous || run->bundle.previous_size > run->bundle.size)
		return;
	if (!text)
		find(run, "file_missing", "consistency");
	else if (read_consistency(text, &proof) < 0 ||
		 proof_check_consistency(&proof, run->bundle.previous_size, run->bundle.previous_root, run->bundle.size, run->bundle.root) < 0)
		find(run, "consistency_broken", "consistency");
}

/* Of a part of a log with an earlier checkpoint from outside: from the tiles, as far as they are there. */
static void check_outside(struct run *run)
{
	struct proof proof;

	if (!run->bundle.partial || !run->verify->previous || !run->tiles.before_size || run->tiles.before_size > run->bundle.size)
		return;
	if (proof_consistency(bundle_read_tile, &run->bundle, run->tiles.before_size, run->bundle.size, &proof) < 0)
		summary_note(run->summary, "previous_not_provable", NULL);
	else if (proof_check_consistency(&proof, run->tiles.before_size, run->tiles.before_root, run->bundle.size, run->bundle.root) < 0)
		find(run, "consistency_broken", "--previous");
}

static void check_signatures(struct run *run)
{
	const char *previous = run->verify->previous ? run->verify->previous : run->bundle.previous;
	bool by_leaves;

	if (strcmp(run->bundle.origin, registry_aud(run->replay.registry) ? registry_aud(run->replay.registry) : "") != 0)
		find(run, "checkpoint_wrong", "checkpoint");
	trust_check(&run->trust, run->replay.registry, run->bundle.checkpoint, "checkpoint", run->findings, &by_leaves);
	if (by_leaves)
		summary_note(run->summary, "key_by_leaves", NULL);
	if (previous)
		trust_check(&run->trust, run->replay.registry, previous, run->verify->previous ? "--previous" : "previous-checkpoint", run->findings,
			    &by_leaves);
	for (size_t i = 0; i < run->trust.witness_count; i++) {
		uint64_t time;
		bool good = note_verify_cosignature(run->trust.witnesses[i], run->bundle.checkpoint, &time) == 0;

		summary_note(run->summary, good ? "witnessed" : "not_witnessed", run->trust.witnesses[i]);
	}
}

static void begin_tiles(struct run *run)
{
	run->tiles.findings = run->findings;
	run->tiles.tile = bundle_read_tile;
	run->tiles.arg = &run->bundle;
	run->tiles.partial = run->bundle.partial;
	run->tiles.size = run->bundle.size;
	memcpy(run->tiles.root, run->bundle.root, TREE_HASH);
	choose_previous(run);
	tiles_begin(&run->tiles);
}

static void audit(struct run *run)
{
	bundle_check_sums(&run->bundle, run->pool, run->findings);
	choose_trust(run);
	begin_tiles(run);
	replay_all(run);
	check_signatures(run);
	check_consistency(run);
	check_outside(run);
	bundle_check_manifest(&run->bundle, run->replay.withheld, run->findings);
	report_check(run->report, run->findings);
}

static void sum_up(struct run *run)
{
	struct summary *summary = run->summary;

	memcpy(summary->aud, run->bundle.origin, sizeof(summary->aud));
	memcpy(summary->root, run->bundle.root, TREE_HASH);
	summary->size = run->bundle.size;
	summary->partial = run->bundle.partial;
	summary->requests = run->bundle.request_count;
	summary->withheld = run->replay.withheld;
	if (run->bundle.partial)
		summary_note(summary, "partial", row_text(run->bundle.manifest, "fund") ? row_text(run->bundle.manifest, "fund") :
											  row_text(run->bundle.manifest, "node"));
}

unsigned verify_threads(unsigned asked)
{
	long there = sysconf(_SC_NPROCESSORS_ONLN);

	return asked ? asked : there > 0 ? (unsigned)there : 1;
}

/* The store and the report have files of their own; without them nothing can be done. */
static int begin(struct run *run, char **ret_error)
{
	run->replay.store = store_open(NULL);
	run->report = run->replay.store ? report_new(run->bundle.folder, run->bundle.manifest, run->verify->ledger) : NULL;
	if (!run->report) {
		*ret_error = xstrdup(strerror(errno));
		return -1;
	}
	run->replay.registry = registry_new();
	run->replay.findings = run->findings;
	run->replay.partial = run->bundle.partial;
	run->pool = pool_new(verify_threads(run->verify->threads) - 1);
	return 0;
}

static void end(struct run *run)
{
	pool_free(run->pool);
	report_free(run->report);
	store_close(run->replay.store);
	if (run->replay.registry)
		registry_free(run->replay.registry);
	tiles_clear(&run->tiles);
	bundle_release(&run->bundle);
	free(run);
}

int verify_bundle(const struct verify *verify, struct findings *findings, struct summary *summary, char **ret_error)
{
	struct run *run = xcalloc(1, sizeof(*run));
	int result = 0;

	run->verify = verify;
	run->findings = findings;
	run->summary = summary;
	if (bundle_open(&run->bundle, verify->folder, findings) == 0) {
		result = begin(run, ret_error);
		if (result == 0) {
			audit(run);
			sum_up(run);
		}
	}
	end(run);
	return result;
}
