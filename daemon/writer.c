/* The write lane; see writer.h. State changes go through enter(). */
#include "daemon/writer.h"

#include "daemon/queue.h"
#include "wire/base.h"
#include "wire/clock.h"
#include "wire/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BATCH_COMMANDS 256
#define BATCH_LINES 2000
#define BATCH_BYTES (4 * 1024 * 1024) /* of payloads: they go to PostgreSQL in one message */
#define RECONNECT_FIRST_MS 100
#define RECONNECT_MAX_MS 2000
#define LOCK_WAIT_MS 300 /* after this the owner hears that another daemon is the writer */

enum state {
	DOWN,      /* waits to connect again */
	STARTING,  /* connecting, checking the session, waiting for the lock, loading the tree */
	READY,     /* nothing under way */
	CALLING,   /* BEGIN and the commands are on their way */
	SEALING,   /* leaves and COMMIT are on their way */
	UNDOING,   /* ROLLBACK is on its way */
};

struct writer {
	struct db *db;
	struct seal *seal;
	const struct writer_events *events;
	void *arg;
	struct event *retry, *slow_lock;
	unsigned retry_ms, queue_max;

	enum state state;
	bool locked, unfit, fault_early;
	struct queue waiting, batch;
	bool failed;              /* a statement of this transaction failed */
	bool committed;           /* COMMIT answered COMMIT */
	json_t *keys;             /* the ledger's keys as this transaction sees them, when it changed them or the session is new */
	char sqlstate[6];
};

static const struct db_statement statements[] = {
	/* Setting synchronous_commit to what it is pins it: a reload of the server's configuration cannot weaken this session.
	 * Plans are made once: every look-up here has its index, and making core.post's anew took longer than running it. */
	{ "session", "SELECT set_config('synchronous_commit', current_setting('synchronous_commit'), false),"
		     " current_setting('fsync'), current_setting('full_page_writes'), api.aud(),"
		     " set_config('plan_cache_mode', 'force_generic_plan', false), set_config('enable_seqscan', 'off', false),"
		     " set_config('enable_memoize', 'off', false)" },
	{ "lock", "SELECT pg_advisory_lock(hashtext('lovebank writer'))" },
	{ "tree", "SELECT level, index, hashes FROM api.tree()" },
	{ "begin", "BEGIN" },
	{ "commit", "COMMIT" },
	{ "clock", "SELECT set_config('lovebank.clock', $1, false)" },
	{ "commands", "SELECT place, answer, result, first, leaves, count FROM api.commands($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)" },
	SEAL_STATEMENT,
	KEPT_STATEMENT,
	KEYS_STATEMENT,
	{ NULL, NULL },
};

static void begin_batch(struct writer *w);

static void enter(struct writer *w, enum state state)
{
	w->state = state;
	if (state == READY && w->waiting.first)
		begin_batch(w);
}

/* -------------------------------------------------------------- a batch, step by step */

static void on_rolled_back(void *arg, bool lost)
{
	struct writer *w = arg;

	if (!lost)
		enter(w, READY);
}

static void roll_back(struct writer *w)
{
	w->state = UNDOING;
	db_command(w->db, "ROLLBACK", NULL, NULL);
	db_sync(w->db, on_rolled_back, w);
}

static const char *failure_code(const struct writer *w)
{
	if (strcmp(w->sqlstate, "53100") == 0 || strcmp(w->sqlstate, "58030") == 0)
		return "disk_full"; /* no space, or the file system failed PostgreSQL */
	return "internal";
}

/* An unexpected error: a batch of one fails; a larger one runs again, each command alone, before those that wait.
 * The transaction is still open even when COMMIT was sent: after an error the rest of a pipeline is skipped. */
static void batch_failed(struct writer *w)
{
	struct queue again;

	if (w->batch.count == 1) {
		queue_finish(&w->batch, COMMAND_FAILED, failure_code(w));
	} else {
		queue_init(&again);
		while (w->batch.first) {
			struct command *command = queue_take(&w->batch);

			command->alone = true;
			command_forget(command);
			queue_add(&again, command);
		}
		queue_join(&again, &w->waiting);
		queue_join(&w->waiting, &again);
	}
	roll_back(w);
}

static void note_error(struct writer *w, const struct db_result *result)
{
	if (db_result_status(result) != DB_ERROR)
		return;
	w->failed = true;
	snprintf(w->sqlstate, sizeof(w->sqlstate), "%s", db_result_sqlstate(result));
	fprintf(stderr, "lovebankd: database error %s: %s\n", w->sqlstate, db_result_message(result));
}

static void on_statement(void *arg, const struct db_result *result)
{
	note_error(arg, result);
}

static void on_keys(void *arg, const struct db_result *result)
{
	struct writer *w = arg;

	note_error(w, result);
	if (db_result_status(result) != DB_OK)
		return;
	json_decref(w->keys);
	w->keys = keys_rows(result);
}

static void on_commit(void *arg, const struct db_result *result)
{
	struct writer *w = arg;

	note_error(w, result);
	w->committed = db_result_status(result) == DB_OK && strcmp(db_result_tag(result), "COMMIT") == 0;
}

static void unfit(struct writer *w, const char *why)
{
	w->unfit = true;
	w->events->unfit(w->arg, why);
}

/* What was asked of the ledger's keys counts from now on. */
static void give_keys(struct writer *w)
{
	json_t *keys = w->keys;
	char *why;

	w->keys = NULL;
	if (!keys || w->events->keys(w->arg, keys, &why) == 0)
		return;
	unfit(w, why);
	free(why);
}

/* PostgreSQL has the next batch before this one is answered. */
static void on_sealed(void *arg, bool lost)
{
	struct writer *w = arg;
	struct sealed *sealed;
	struct queue written;

	if (lost)
		return;
	if (!w->committed) {
		batch_failed(w);
		return;
	}
	if (db_warnings(w->db) > 0) { /* a cancelled wait for a standby also answers COMMIT */
		db_break(w->db, "COMMIT came with a warning: its durability is not known");
		return;
	}
	sealed = sealed_hold(seal_last(w->seal));
	queue_init(&written);
	queue_join(&written, &w->batch);
	seal_commit(w->seal);
	give_keys(w);
	if (w->unfit)
		queue_finish(&w->waiting, COMMAND_NOT_NOW, "unavailable");
	enter(w, READY);
	seal_keep(w->seal, sealed);
	queue_finish(&written, COMMAND_WRITTEN, NULL);
	sealed_release(sealed);
}

/* Registering or ending a key of the ledger changes who signs the next checkpoint. */
static bool changes_keys(const struct writer *w)
{
	for (const struct command *c = w->batch.first; c; c = c->next)
		if (strncmp(c->op->name, "ledger_key_", 11) == 0 && c->leaf_count > 0)
			return true;
	return false;
}

/* Answers are made while COMMIT is under way. Not when the keys change with it, of which one may sign them; and not when a batch runs
 * again: what was prepared before may still be in the making. */
static void prepare_answers(const struct writer *w)
{
	for (struct command *c = w->batch.first; c; c = c->next) {
		c->prepared = c->prepare && c->leaf_count > 0 && !c->alone;
		if (c->prepared)
			c->prepare(c);
	}
}

/* The control of the kill run: answers before COMMIT is confirmed, so that a checker can be seen to catch it. */
static void answer_early(struct writer *w)
{
#ifndef NDEBUG_FAULTS
	if (w->fault_early)
		queue_finish(&w->batch, COMMAND_WRITTEN, NULL);
#else
	(void)w;
#endif
}

static void on_called(void *arg, bool lost)
{
	struct writer *w = arg;
	bool keys;

	if (lost)
		return;
	if (w->failed) {
		batch_failed(w);
		return;
	}
	if (seal_count(w->seal) == 0) { /* refusals and replays only: nothing to keep */
		queue_finish(&w->batch, COMMAND_WRITTEN, NULL);
		roll_back(w);
		return;
	}
	w->state = SEALING;
	w->committed = false;
	db_warnings(w->db);
	seal_write(w->seal, w->db, on_statement, w);
	keys = changes_keys(w);
	if (keys)
		db_query(w->db, "keys", NULL, 0, on_keys, w);
	answer_early(w);
	db_query(w->db, "commit", NULL, 0, on_commit, w);
	db_sync(w->db, on_sealed, w);
	if (!keys)
		prepare_answers(w);
}

/* The columns of api.commands. */
enum { PLACE, ANSWER, RESULT, FIRST, LEAVES, LEAF_COUNT };

static int take_answer(struct writer *w, struct command *c, const char *text, size_t length)
{
	json_t *result, *leaves;

	c->said = json_loadb(text, length, 0, NULL);
	if (!c->said)
		BUG("api.commands gave no JSON for %s", c->op->name);
	result = json_object_get(c->said, "result");
	leaves = json_object_get(c->said, "leaves");
	if (!result)
		return 0;
	c->result = json_canonical(result, NULL);
	if (!leaves)
		return 0;
	c->first = (uint64_t)json_integer_value(json_object_get(c->said, "first"));
	c->leaf_count = json_array_size(leaves);
	const struct seal_author author = { .op = c->op->name, .kid = c->kid, .request_hash = c->jws->hash,
					    .recorded_at = json_string_value(json_object_get(c->said, "recorded_at")),
					    .result = c->result, .first = c->first };
	return seal_add(w->seal, leaves, &author);
}

static int take_lines(struct writer *w, struct command *c, const struct db_result *rows, int row)
{
	size_t length;
	const char *lines = db_result_text(rows, row, LEAVES, &length);
	int count;

	c->result = xstrdup(db_result_text(rows, row, RESULT, NULL));
	c->first = strtoull(db_result_text(rows, row, FIRST, NULL), NULL, 10);
	const struct seal_author author = { .op = c->op->name, .kid = c->kid, .request_hash = c->jws->hash, .result = c->result, .first = c->first };
	count = seal_add_lines(w->seal, lines, length, &author);
	if (count != atoi(db_result_text(rows, row, LEAF_COUNT, NULL))) /* as many as the request's row says, or the next have no place */
		return -1;
	c->leaf_count = (unsigned)count;
	return 0;
}

static void on_commands(void *arg, const struct db_result *result)
{
	struct writer *w = arg;
	struct command *commands[BATCH_COMMANDS], *c = w->batch.first;

	note_error(w, result);
	if (db_result_status(result) != DB_OK)
		return;
	for (unsigned i = 0; i < w->batch.count; i++, c = c->next)
		commands[i] = c;
	for (int row = 0; row < db_result_rows(result) && !w->failed; row++) {
		size_t length;
		const char *answer = db_result_text(result, row, ANSWER, &length);
		unsigned place = (unsigned)strtoul(db_result_text(result, row, PLACE, NULL), NULL, 10) - 1;

		if (place >= w->batch.count)
			BUG("api.commands answered what nobody asked");
		c = commands[place];
		c->sealed = seal_last(w->seal);
		if ((answer ? take_answer(w, c, answer, length) : take_lines(w, c, result, row)) < 0) {
			fprintf(stderr, "lovebankd: %s gave leaves that cannot be sealed\n", c->op->name);
			w->failed = true;
		}
	}
	for (c = w->batch.first; c && !w->failed; c = c->next)
		if (!c->said && !c->result)
			BUG("api.commands did not answer %s", c->op->name);
}

static void call_commands(struct writer *w)
{
	static const enum db_type types[] = { DB_TEXT, DB_TEXT, DB_UUID, DB_INT8, DB_INT8, DB_BYTEA, DB_BYTEA, DB_BYTEA, DB_BYTEA, DB_TEXT };
	enum { OP, KID, JTI, IAT, EXP, HASH, PROTECTED, PAYLOAD, SIGNATURE, ASIDE, COUNT };
	struct db_array of[COUNT];
	struct db_value values[COUNT];

	for (int i = 0; i < COUNT; i++)
		db_array_init(&of[i], types[i]);
	for (const struct command *c = w->batch.first; c; c = c->next) {
		db_array_add(&of[OP], c->op->name, strlen(c->op->name));
		db_array_add(&of[KID], c->kid, strlen(c->kid));
		db_array_add(&of[JTI], c->jti, sizeof(c->jti));
		db_array_add_int8(&of[IAT], c->iat);
		db_array_add_int8(&of[EXP], c->exp);
		db_array_add(&of[HASH], c->jws->hash, sizeof(c->jws->hash));
		db_array_add(&of[PROTECTED], c->jws->protected, c->jws->protected_length);
		db_array_add(&of[PAYLOAD], c->jws->payload, c->jws->payload_length);
		db_array_add(&of[SIGNATURE], c->jws->signature, sizeof(c->jws->signature));
		db_array_add(&of[ASIDE], c->aside, c->aside ? strlen(c->aside) : 0);
	}
	for (int i = 0; i < COUNT; i++)
		values[i] = db_array_value(&of[i]);
	db_query(w->db, "commands", values, COUNT, on_commands, w);
	for (int i = 0; i < COUNT; i++)
		db_array_clear(&of[i]);
}

static void take_batch(struct writer *w)
{
	unsigned lines = 0;
	size_t bytes = 0;

	while (w->waiting.first && w->batch.count < BATCH_COMMANDS) {
		const struct command *next = w->waiting.first;

		if (w->batch.count > 0 && (next->alone || w->batch.first->alone || lines + next->lines > BATCH_LINES ||
					   bytes + next->jws->payload_length > BATCH_BYTES))
			break;
		lines += next->lines;
		bytes += next->jws->payload_length;
		queue_add(&w->batch, queue_take(&w->waiting));
	}
}

static void begin_batch(struct writer *w)
{
	take_batch(w);
	w->state = CALLING;
	w->failed = false;
	seal_begin(w->seal);
	json_decref(w->keys);
	w->keys = NULL;
	if (clock_is_set()) {
		char now[CLOCK_TEXT];

		clock_text(clock_now(), now);
		db_query(w->db, "clock", &(struct db_value){ .bytes = now }, 1, on_statement, w);
	}
	db_query(w->db, "begin", NULL, 0, on_statement, w);
	call_commands(w);
	db_sync(w->db, on_called, w);
}

/* -------------------------------------------------------------- becoming the writer */

static void on_session(void *arg, const struct db_result *result)
{
	struct writer *w = arg;

	const char *commit, *aud;

	if (db_result_status(result) != DB_OK)
		return;
	commit = db_result_text(result, 0, 0, NULL);
	aud = db_result_text(result, 0, 3, NULL);
	if (strcmp(commit, "off") == 0 || strcmp(commit, "local") == 0)
		unfit(w, "synchronous_commit is off or local in this PostgreSQL: acknowledged postings could be lost; set it to on");
	else if (strcmp(db_result_text(result, 0, 1, NULL), "on") != 0 || strcmp(db_result_text(result, 0, 2, NULL), "on") != 0)
		unfit(w, "fsync or full_page_writes is off in this PostgreSQL: acknowledged postings could be lost; switch both on");
	else if (aud && strcmp(aud, seal_origin(w->seal)) != 0)
		unfit(w, "this database keeps another ledger than the one that the configuration names (aud)");
}

static void on_lock(void *arg, const struct db_result *result)
{
	struct writer *w = arg;

	w->locked = db_result_status(result) == DB_OK;
	evtimer_del(w->slow_lock);
}

static void on_tree(void *arg, const struct db_result *result)
{
	struct writer *w = arg;

	if (db_result_status(result) == DB_OK && seal_load(w->seal, result) != 0)
		unfit(w, "the log's leaves and tiles do not give the root of its last checkpoint: the database was damaged or changed by hand");
}

static void on_kept(void *arg, const struct db_result *result)
{
	struct writer *w = arg;

	if (db_result_status(result) == DB_OK && !w->unfit && !kept_is_there(seal_kept(w->seal), result))
		unfit(w, "it is behind or beside the last checkpoint that this daemon acknowledged (state_dir/checkpoint and checkpoint.synced): it was"
			 " restored from an older backup, or a failover lost commits, or it was changed by hand; bring the newer database back, or"
			 " see docs/operating.md");
}

static void on_loaded(void *arg, bool lost)
{
	struct writer *w = arg;

	if (lost || w->unfit)
		return;
	if (!w->locked) {
		db_break(w->db, "the writer's lock was refused");
		return;
	}
	give_keys(w);
	if (w->unfit)
		return;
	w->retry_ms = RECONNECT_FIRST_MS;
	enter(w, READY);
	w->events->ready(w->arg);
}

static void on_slow_lock(evutil_socket_t fd, short what, void *arg)
{
	struct writer *w = arg;

	(void)fd;
	(void)what;
	w->events->waiting(w->arg);
}

/* The database is fit to be read: waits for the lock. The tree is read by a query of its own after the lock was given: its
 * snapshot must be younger than the lock; and what was acknowledged must still be there then. */
static void on_judged(void *arg, bool lost)
{
	struct writer *w = arg;
	struct timeval wait = { .tv_usec = LOCK_WAIT_MS * 1000 };

	if (lost || w->unfit)
		return;
	db_query(w->db, "lock", NULL, 0, on_lock, w);
	kept_ask(seal_kept(w->seal), w->db, on_kept, w);
	db_query(w->db, "tree", NULL, 0, on_tree, w);
	db_query(w->db, "keys", NULL, 0, on_keys, w);
	db_sync(w->db, on_loaded, w);
	evtimer_add(w->slow_lock, &wait);
}

static void on_up(void *arg)
{
	struct writer *w = arg;

	w->locked = false;
	db_query(w->db, "session", NULL, 0, on_session, w);
	kept_ask(seal_kept(w->seal), w->db, on_kept, w);
	db_sync(w->db, on_judged, w);
}

static void on_down(void *arg, const char *why)
{
	struct writer *w = arg;
	struct timeval wait = { .tv_sec = w->retry_ms / 1000, .tv_usec = (suseconds_t)(w->retry_ms % 1000) * 1000 };
	bool sent = w->state >= CALLING;

	w->state = DOWN;
	w->locked = false;
	evtimer_del(w->slow_lock);
	w->events->down(w->arg, why);
	if (sent)
		queue_finish(&w->batch, COMMAND_UNKNOWN, "in_doubt");
	queue_finish(&w->waiting, COMMAND_NOT_NOW, "unavailable");
	if (w->unfit)
		return;
	evtimer_add(w->retry, &wait);
	w->retry_ms = w->retry_ms * 2 > RECONNECT_MAX_MS ? RECONNECT_MAX_MS : w->retry_ms * 2;
}

static void on_retry(evutil_socket_t fd, short what, void *arg)
{
	struct writer *w = arg;

	(void)fd;
	(void)what;
	w->state = STARTING;
	db_connect(w->db);
}

static const struct db_events db_events = { .up = on_up, .down = on_down };

struct writer *writer_new(struct event_base *base, const char *conninfo, struct seal *seal, unsigned queue_max,
			  const struct writer_events *events, void *arg)
{
	struct writer *w = xcalloc(1, sizeof(*w));
	const char *fault = getenv("LOVEBANKD_FAULT");

	w->seal = seal;
	w->queue_max = queue_max;
	w->events = events;
	w->arg = arg;
	w->retry_ms = RECONNECT_FIRST_MS;
	w->fault_early = fault && strcmp(fault, "answer-before-commit") == 0;
	queue_init(&w->waiting);
	queue_init(&w->batch);
	w->retry = evtimer_new(base, on_retry, w);
	w->slow_lock = evtimer_new(base, on_slow_lock, w);
	w->db = db_new(base, conninfo, statements, &db_events, w);
	w->state = STARTING;
	db_connect(w->db);
	return w;
}

struct writer *writer_free(struct writer *w)
{
	if (!w)
		return NULL;
	db_free(w->db);
	event_free(w->retry);
	event_free(w->slow_lock);
	json_decref(w->keys);
	free(w);
	return NULL;
}

void writer_submit(struct writer *w, struct command *command)
{
	command->said = NULL;
	command->result = NULL;
	command->leaf_count = 0;
	command->prepared = false;
	command->alone = false;
	if (w->state == DOWN || w->unfit)
		command_finish(command, COMMAND_NOT_NOW, "unavailable");
	else if (w->state == STARTING)
		command_finish(command, COMMAND_NOT_NOW, "not_writer");
	else if (w->waiting.count >= w->queue_max)
		command_finish(command, COMMAND_NOT_NOW, "too_many_requests");
	else {
		queue_add(&w->waiting, command);
		if (w->state == READY)
			begin_batch(w);
	}
}

bool writer_ready(const struct writer *w)
{
	return w->state >= READY;
}
