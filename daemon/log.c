/* The public log; see log.h. */
#include "daemon/log.h"

#include "daemon/receipt.h"
#include "wire/base.h"
#include "wire/json.h"
#include "wire/problem.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TILE_BYTES (TREE_TILE_WIDTH * TREE_HASH)
#define SIGNATURE_MAX (16 * NOTE_LINE)
#define NO_STORE "no-store"
#define FOR_EVER "public, max-age=31536000, immutable"
#define TEXT "text/plain; charset=utf-8"

struct log {
	struct reader *reader;
	const struct writer *writer;
	struct pool *pool;
	const struct keys *keys;
	struct witnesses *witnesses;
	const char *origin;
	unsigned under_way;
	char *receipts; /* the answer of /log/keys after so many changes of keys */
	uint64_t receipts_changes;
};

/* A checkpoint of the database; size 0: there is none. */
struct point {
	uint64_t size;
	unsigned char root[TREE_HASH];
	unsigned char signature[SIGNATURE_MAX];
	size_t length;
};

/* One request that has to wait: for the database, for a thread, or for both. */
struct visit {
	struct log *log;
	struct exchange *exchange;
	const struct route *route;
	struct query query;
	struct pool_job job;
	struct log_name name;
	char values[QUERY_VALUES][24];

	struct point point;
	unsigned char *tile;
	size_t tile_length;
	char *text; /* JSON from the database; then what is answered */
	size_t text_length;
	uint64_t changes;

	char *note; /* that came with a cosignature */
	uint64_t size;
	unsigned char root[TREE_HASH];
	struct cosigned cosigned;
	const char *fault;
};

/* How a path is answered: start() says 0 when it has taken it, -1 when there is no such thing. */
struct route {
	const char *method, *path;
	bool below; /* path is a beginning: the rest is start()'s */
	int (*start)(struct visit *visit, const char *rest);
	void (*take)(struct visit *visit, const struct db_result *result);
	void (*go_on)(struct visit *visit); /* after take(), on the loop */
	const char *content_type;
};

static void visit_end(struct visit *visit, const struct answer *answer)
{
	exchange_answer(visit->exchange, answer);
	visit->log->under_way--;
	free(visit->tile);
	free(visit->text);
	free(visit->note);
	free(visit);
}

static void say(struct visit *visit, int status, const char *text)
{
	visit_end(visit, &(struct answer){ .status = status, .content_type = TEXT, .cache_control = NO_STORE, .body = text, .length = strlen(text),
					   .retry_after_s = status == 429 || status == 503 ? 1 : 0 });
}

static void not_found(struct visit *visit)
{
	say(visit, 404, "not found\n");
}

static void give(struct visit *visit, const char *cache_control, const void *body, size_t length)
{
	visit_end(visit, &(struct answer){ .status = 200, .content_type = visit->route->content_type, .cache_control = cache_control, .body = body,
					   .length = length });
}

/* -------------------------------------------------------------- the database */

static void on_taken(struct query *query, const struct db_result *result)
{
	struct visit *visit = container_of(query, struct visit, query);

	visit->route->take(visit, result);
}

static void on_done(struct query *query, const char *code)
{
	struct visit *visit = container_of(query, struct visit, query);

	if (!code)
		visit->route->go_on(visit);
	else
		say(visit, problem_code_find(code)->status, "not now\n");
}

/* Values are of visit->values. */
static void ask(struct visit *visit, const char *statement, int count)
{
	visit->query = (struct query){ .statement = statement, .count = count, .take = on_taken, .done = on_done };
	for (int i = 0; i < count; i++)
		visit->query.values[i] = visit->values[i][0] ? visit->values[i] : NULL;
	reader_submit(visit->log->reader, &visit->query);
}

static void take_point(struct visit *visit, const struct db_result *result)
{
	struct point point;
	ssize_t length;

	if (db_result_rows(result) != 1)
		return;
	length = db_result_bytea(result, 0, 2, point.signature, sizeof(point.signature));
	if (length <= 0 || db_result_bytea(result, 0, 1, point.root, TREE_HASH) != TREE_HASH)
		return;
	point.length = (size_t)length;
	point.size = strtoull(db_result_text(result, 0, 0, NULL), NULL, 10);
	visit->point = point;
}

/* 0 with the note of the checkpoint that the database gave. */
static int note_of(const struct visit *visit, char note[NOTE_MAX])
{
	const struct point *point = &visit->point;

	return point->size > 0 ? checkpoint_note(&visit->name, point->size, point->root, point->signature, point->length, note) : -1;
}

/* -------------------------------------------------------------- checkpoint, witnessed, tile */

static int start_checkpoint(struct visit *visit, const char *rest)
{
	(void)rest;
	ask(visit, "checkpoint", 1);
	return 0;
}

static void give_checkpoint(struct visit *visit)
{
	char note[NOTE_MAX];

	if (note_of(visit, note) == 0)
		give(visit, NO_STORE, note, strlen(note));
	else
		not_found(visit);
}

static int start_witnessed(struct visit *visit, const char *rest)
{
	const char *note = witnesses_note(visit->log->witnesses);

	(void)rest;
	if (!note)
		return -1;
	give(visit, NO_STORE, note, strlen(note));
	return 0;
}

static int start_tile(struct visit *visit, const char *rest)
{
	_cleanup_free_ char *path = xasprintf("tile/%s", rest);
	unsigned level, width;
	uint64_t index;

	if (proof_tile_parse(path, &level, &index, &width) != 0 || level >= TREE_LEVELS || index > JSON_INTEGER_MAX)
		return -1;
	snprintf(visit->values[0], sizeof(visit->values[0]), "%u", level);
	snprintf(visit->values[1], sizeof(visit->values[1]), "%" PRIu64, index);
	snprintf(visit->values[2], sizeof(visit->values[2]), "%u", width);
	visit->tile_length = (size_t)width * TREE_HASH;
	ask(visit, "tile", 3);
	return 0;
}

static void take_tile(struct visit *visit, const struct db_result *result)
{
	unsigned char *tile = xmalloc(TILE_BYTES);

	if (db_result_rows(result) == 1 && db_result_bytea(result, 0, 0, tile, TILE_BYTES) == (ssize_t)visit->tile_length)
		visit->tile = tile;
	else
		free(tile);
}

static void give_tile(struct visit *visit)
{
	if (visit->tile)
		give(visit, FOR_EVER, visit->tile, visit->tile_length);
	else
		not_found(visit);
}

/* -------------------------------------------------------------- keys */

/* Only the writer knows at once when the keys change. */
static int start_keys(struct visit *visit, const char *rest)
{
	struct log *log = visit->log;

	(void)rest;
	if (log->receipts && log->receipts_changes == log->keys->changes && writer_ready(log->writer))
		give(visit, NO_STORE, log->receipts, strlen(log->receipts));
	else
		ask(visit, "key_receipts", 0);
	return 0;
}

static void take_keys(struct visit *visit, const struct db_result *result)
{
	const char *text = db_result_rows(result) == 1 ? db_result_text(result, 0, 0, &visit->text_length) : NULL;

	visit->text = text ? xstrndup(text, visit->text_length) : NULL;
}

/* On a thread: turns evidence into receipts. text becomes NULL when that fails. */
static void write_keys(struct pool_job *job)
{
	struct visit *visit = container_of(job, struct visit, job);
	json_t *all = visit->text ? json_loadb(visit->text, visit->text_length, JSON_REJECT_DUPLICATES, NULL) : NULL, *one;
	int status = json_is_array(all) ? 0 : -1;
	struct buffer out = { 0 };
	size_t i;

	free(visit->text);
	buffer_text(&out, "{\"keys\":[");
	json_array_foreach(all, i, one) {
		buffer_text(&out, i ? "," : "");
		if (status == 0)
			status = receipt_write_single(&out, one, &visit->name);
	}
	buffer_text(&out, "]}");
	visit->text = out.bytes;
	visit->text_length = out.length;
	json_decref(all);
	if (status == 0)
		return;
	free(visit->text);
	visit->text = NULL;
}

static void on_keys_written(struct pool_job *job)
{
	struct visit *visit = container_of(job, struct visit, job);
	struct log *log = visit->log;

	if (!visit->text) {
		fputs("lovebankd: the database's evidence does not prove the leaves of the ledger's keys\n", stderr);
		say(visit, 500, "the ledger failed\n");
		return;
	}
	if (visit->changes == log->keys->changes) { /* else they changed meanwhile, perhaps after this was read */
		free(log->receipts);
		log->receipts = xstrdup(visit->text);
		log->receipts_changes = visit->changes;
	}
	give(visit, NO_STORE, visit->text, visit->text_length);
}

static void give_keys(struct visit *visit)
{
	visit->job = (struct pool_job){ .work = write_keys, .done = on_keys_written, .slow = true };
	pool_add(visit->log->pool, &visit->job);
}

/* -------------------------------------------------------------- cosignatures */

/* On a thread. */
static void check_cosignature(struct pool_job *job)
{
	struct visit *visit = container_of(job, struct visit, job);
	const struct exchange *x = visit->exchange;
	char origin[NOTE_VERIFIER];

	visit->note = xstrndup((const char *)x->body, x->body_length);
	if (strlen(visit->note) != x->body_length || x->body_length >= NOTE_MAX || note_parse(visit->note, origin, &visit->size, visit->root) != 0)
		visit->fault = "that is no checkpoint with its lines\n";
	else if (strcmp(origin, visit->log->origin) != 0)
		visit->fault = "that is a checkpoint of another log\n";
	else if (visit->size == 0 || visit->size > JSON_INTEGER_MAX)
		visit->fault = "that is no checkpoint of this log\n";
	else if (witnesses_check(visit->log->witnesses, visit->note, &visit->cosigned) == 0)
		visit->fault = "there is no good line of a configured witness\n";
}

static void on_cosignature_checked(struct pool_job *job)
{
	struct visit *visit = container_of(job, struct visit, job);

	if (visit->fault) {
		say(visit, 422, visit->fault);
		return;
	}
	snprintf(visit->values[0], sizeof(visit->values[0]), "%" PRIu64, visit->size);
	ask(visit, "checkpoint", 1);
}

static int start_cosignature(struct visit *visit, const char *rest)
{
	(void)rest;
	visit->job = (struct pool_job){ .work = check_cosignature, .done = on_cosignature_checked };
	pool_add(visit->log->pool, &visit->job);
	return 0;
}

static void take_cosignature(struct visit *visit)
{
	char note[NOTE_MAX];

	if (note_of(visit, note) != 0 || memcmp(visit->point.root, visit->root, TREE_HASH) != 0)
		say(visit, 422, "that is no checkpoint of this log\n");
	else if (witnesses_gather(visit->log->witnesses, visit->size, note, &visit->cosigned) == 0)
		say(visit, 422, "nothing new: the lines are known, or the checkpoint is older than the witnessed one\n");
	else
		say(visit, 200, "taken\n");
}

/* -------------------------------------------------------------- */

static const struct route routes[] = {
	{ "GET", SERVER_PUBLIC "checkpoint", false, start_checkpoint, take_point, give_checkpoint, TEXT },
	{ "GET", SERVER_PUBLIC "witnessed", false, start_witnessed, NULL, NULL, TEXT },
	{ "GET", SERVER_PUBLIC "tile/", true, start_tile, take_tile, give_tile, "application/octet-stream" },
	{ "GET", SERVER_PUBLIC "keys", false, start_keys, take_keys, give_keys, "application/json" },
	{ "POST", SERVER_PUBLIC "cosignature", false, start_cosignature, take_point, take_cosignature, TEXT },
};

static const struct route *route_find(const struct exchange *x)
{
	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		const struct route *route = &routes[i];
		bool fits = route->below ? strncmp(x->path, route->path, strlen(route->path)) == 0 : strcmp(x->path, route->path) == 0;

		if (fits && strcmp(x->method, route->method) == 0 && !x->query)
			return route;
	}
	return NULL;
}

void log_take(struct log *log, struct exchange *exchange)
{
	struct visit *visit = xcalloc(1, sizeof(*visit));

	visit->log = log;
	visit->exchange = exchange;
	visit->route = route_find(exchange);
	log->under_way++;
	if (!visit->route) {
		not_found(visit);
		return;
	}
	if (log->under_way > LOG_WAITING_MAX) {
		say(visit, 429, "not now\n");
		return;
	}
	if (!log->keys->answers) {
		say(visit, 503, "not now\n");
		return;
	}
	visit->name.origin = log->origin;
	memcpy(visit->name.first_id, log->keys->first_log_id, NOTE_ID);
	visit->changes = log->keys->changes;
	if (visit->route->start(visit, exchange->path + strlen(visit->route->path)) != 0)
		not_found(visit);
}

struct log *log_new(struct reader *reader, const struct writer *writer, struct pool *pool, const struct keys *keys,
		    struct witnesses *witnesses, const char *origin)
{
	struct log *log = xcalloc(1, sizeof(*log));

	log->reader = reader;
	log->writer = writer;
	log->pool = pool;
	log->keys = keys;
	log->witnesses = witnesses;
	log->origin = origin;
	return log;
}

struct log *log_free(struct log *log)
{
	if (!log)
		return NULL;
	free(log->receipts);
	free(log);
	return NULL;
}
