/* The driver of requests; see request.h. */
#include "daemon/request.h"

#include "daemon/aside.h"
#include "daemon/envelope.h"
#include "daemon/receipt.h"
#include "daemon/response.h"
#include "wire/base.h"
#include "wire/base64url.h"
#include "wire/json.h"
#include "wire/personal.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What takes much longer than a signature: */
#define HEAVY_BYTES 8192 /* a request's JSON to take apart, */
#define HEAVY_SAID 32768 /* a read's to write; the evidence of a receipt has less than half of that, */
#define HEAVY_LEAVES 16  /* or a command's leaves */

enum verdict {
	NEXT, /* go on with the next phase */
	WAIT, /* something will call request_run() again */
	DONE, /* answered: the request is gone */
};

struct request {
	struct service *service;
	struct exchange *exchange;
	const struct op *op;
	enum verdict (*phase)(struct request *); /* what request_run() calls next */
	struct pool_job job;

	struct jws *jws;
	char *aside;
	char *query_text;
	unsigned char hash[32]; /* of the request, as answers name it */
	struct command command;
	struct query query;

	struct problem problem; /* why it is refused */
	bool unsigned_answer;
	json_t *said; /* what SQL said; of a command beside its result */
	size_t said_length; /* of a read, as text */
	bool close;
	char *result; /* of a command, NULL with a refusal */
	struct head head;
	struct sealed *sealed; /* that the command's leaves are among, NULL if it added none */
	uint64_t first;        /* of them, */
	size_t leaf_count;     /* so many */
	bool signing, settled; /* the answer is being made, perhaps ahead of COMMIT; the command's outcome is known: */
	enum command_outcome outcome;
	const char *code;
	const struct key *signer;
	struct log_name log;
	char *text; /* the signed answer */
	size_t text_length;
};

static void request_run(struct request *r);

static void request_free(struct request *r)
{
	jws_free(r->jws);
	problem_clear(&r->problem);
	json_decref(r->said);
	free(r->result);
	sealed_release(r->sealed);
	free(r->aside);
	free(r->query_text);
	free(r->text);
	free(r);
}

static void refuse(struct request *r, const char *code)
{
	const struct problem_code *known = problem_code_find(code);

	problem_set(&r->problem, known ? code : "internal", NULL, NULL);
	if (!known)
		fprintf(stderr, "lovebankd: %s: SQL gave the unknown code '%s'\n", r->op->name, code);
}

/* -------------------------------------------------------------- jobs */

static struct request *of_job(struct pool_job *job)
{
	return container_of(job, struct request, job);
}

static void on_job_done(struct pool_job *job)
{
	request_run(of_job(job));
}

static enum verdict run_job(struct request *r, void (*work)(struct pool_job *), bool slow, enum verdict (*next)(struct request *))
{
	r->phase = next;
	r->job.work = work;
	r->job.slow = slow;
	r->job.awaited = r->op && r->op->kind == OP_READ; /* a command waits for its batch or for COMMIT anyway */
	r->job.done = on_job_done;
	pool_add(r->service->pool, &r->job);
	return WAIT;
}

static unsigned weight(const json_t *input)
{
	const json_t *lines = json_object_get(input, "lines");

	return lines ? (unsigned)json_array_size(lines) : 1;
}

static void read_command(struct pool_job *job)
{
	struct request *r = of_job(job);
	const struct exchange *x = r->exchange;
	const char *reason = NULL;
	struct envelope envelope;

	r->jws = jws_parse(x->body, x->body_length, &reason);
	if (!r->jws || strcmp(r->jws->typ, JWS_REQUEST) != 0) {
		problem_set(&r->problem, "malformed_jws", NULL, json_pack("{s:s}", "reason", reason ? reason : "typ is not that of a request"));
		r->unsigned_answer = true;
		return;
	}
	memcpy(r->hash, r->jws->hash, sizeof(r->hash));
	if (strcmp(r->jws->kid, x->peer->kid) != 0)
		refuse(r, "key_mismatch");
	else if (jws_verify(r->jws, x->peer) != 0)
		refuse(r, "bad_signature");
	else if (envelope_take(r->jws->content, r->service->aud, r->op, &envelope, &r->problem) == 0 &&
		 json_check(r->jws->content, r->op->input, &r->problem) == 0 &&
		 personal_check(r->jws->content, r->jws->personal, r->op->input, &r->problem) == 0) {
		r->aside = aside_make(r->jws->content, r->jws->personal, r->op->input);
		r->command.iat = envelope.iat;
		r->command.exp = envelope.exp;
		memcpy(r->command.jti, envelope.jti, sizeof(envelope.jti));
		r->command.lines = weight(r->jws->content);
	}
	json_decref(r->jws->content); /* the text is what counts from here on */
	r->jws->content = NULL;
}

/* NULL when the evidence proves nothing: then the database was changed by hand, or has none yet. */
static char *receipt_of_evidence(const struct request *r, const json_t *evidence)
{
	struct buffer text = { 0 };

	if (!evidence || receipt_write_evidence(&text, evidence, &r->log) == 0)
		return text.bytes;
	fprintf(stderr, "lovebankd: %s: the database's evidence does not prove its leaf\n", r->op->name);
	return NULL;
}

/* What goes beside the result of a command. */
static char *receipt_of(const struct request *r)
{
	struct buffer text = { 0 };

	if (!r->sealed)
		return receipt_of_evidence(r, json_object_get(r->said, "evidence"));
	receipt_write(&text, r->sealed, r->first, r->leaf_count, r->op->closed);
	return text.bytes;
}

/* A read's result that is evidence becomes {"receipt": ...}; NULL when that fails. */
static char *result_of_read(const struct request *r)
{
	const json_t *result = json_object_get(r->said, "result"), *evidence = json_object_get(result, "evidence");
	_cleanup_free_ char *receipt = receipt_of_evidence(r, evidence);

	if (!evidence)
		return json_canonical(result, NULL);
	return receipt ? xasprintf("{\"receipt\":%s}", receipt) : NULL;
}

static void sign_answer(struct pool_job *job)
{
	struct request *r = of_job(job);
	_cleanup_free_ char *result = NULL, *receipt = NULL;
	struct response response = { .aud = r->service->aud, .request = r->hash, .head = r->head };
	json_t *problem = NULL;

	if (!r->problem.status && r->op->kind == OP_READ) {
		result = result_of_read(r);
		response.result = result;
	} else if (!r->problem.status) {
		response.result = r->result;
		receipt = receipt_of(r);
		response.receipt = receipt;
		response.replay = json_is_true(json_object_get(r->said, "replay"));
	}
	if (!r->problem.status && !response.result)
		refuse(r, "internal");
	if (r->problem.status)
		response.problem = problem = problem_json(&r->problem);
	response.status = r->problem.status ? r->problem.status : 200;
	r->text = response_sign(r->signer, &response, &r->text_length);
	json_decref(problem);
}

/* -------------------------------------------------------------- phases, on the loop */

static enum verdict phase_send(struct request *r)
{
	const struct answer answer = {
		.status = r->problem.status ? r->problem.status : 200,
		.content_type = "application/jose+json",
		.body = r->text,
		.length = r->text_length,
		.close = r->close,
	};

	exchange_answer(r->exchange, &answer);
	return DONE;
}

static enum verdict phase_send_unsigned(struct request *r)
{
	json_t *problem = problem_json(&r->problem);
	_cleanup_free_ char *text = json_dumps(problem, JSON_COMPACT);
	const struct answer answer = {
		.status = r->problem.status,
		.content_type = "application/problem+json",
		.body = text,
		.length = strlen(text),
		.retry_after_s = r->problem.status == 429 || r->problem.status == 503 ? 1 : 0,
	};

	json_decref(problem);
	exchange_answer(r->exchange, &answer);
	return DONE;
}

static enum verdict sign(struct request *r, enum verdict (*next)(struct request *))
{
	r->signer = r->service->keys->answers;
	r->log.origin = r->service->aud;
	memcpy(r->log.first_id, r->service->keys->first_log_id, NOTE_ID);
	return run_job(r, sign_answer, r->said_length > HEAVY_SAID || r->leaf_count > HEAVY_LEAVES, next);
}

static enum verdict phase_answer(struct request *r)
{
	int status = r->problem.status;

	if (r->unsigned_answer || status == 429 || status == 503) {
		r->phase = phase_send_unsigned;
		return NEXT;
	}
	if (status == 403 && (strcmp(r->problem.code, "unknown_key") == 0 || strcmp(r->problem.code, "revoked_key") == 0))
		r->close = true;
	if (r->head.size == 0)
		r->head = r->service->head;
	return sign(r, phase_send);
}

/* A refusal as SQL put it: code, field, params. */
static void take_refusal(struct request *r)
{
	const char *code = json_string_value(json_object_get(r->said, "code"));

	if (!code)
		return;
	if (!problem_code_find(code))
		refuse(r, code);
	else
		problem_set(&r->problem, code, json_string_value(json_object_get(r->said, "field")), json_incref(json_object_get(r->said, "params")));
}

/* Takes over what SQL said of the command; sealed is held already. */
static void take_result(struct request *r, struct sealed *sealed)
{
	json_decref(r->said);
	free(r->result);
	sealed_release(r->sealed);
	free(r->text);
	r->said = r->command.said;
	r->result = r->command.result;
	r->command.said = NULL;
	r->command.result = NULL;
	r->sealed = sealed;
	r->first = r->command.first;
	r->leaf_count = r->command.leaf_count;
	r->text = NULL;
}

/* The outcome is known and nothing is in the making. What was prepared counts if it is what was written. */
static enum verdict phase_settled(struct request *r)
{
	r->phase = phase_send;
	if (r->outcome == COMMAND_WRITTEN && r->command.prepared)
		return NEXT;
	r->phase = phase_answer;
	take_result(r, r->outcome == COMMAND_WRITTEN && r->command.leaf_count > 0 ? r->command.sealed : NULL);
	r->head = r->service->head;
	if (r->outcome == COMMAND_WRITTEN)
		take_refusal(r);
	else
		refuse(r, r->code);
	return NEXT;
}

static enum verdict phase_prepared(struct request *r)
{
	r->signing = false;
	r->phase = phase_settled;
	return r->settled ? NEXT : WAIT;
}

static void on_command_prepare(struct command *command)
{
	struct request *r = container_of(command, struct request, command);

	take_result(r, sealed_hold(command->sealed));
	r->head = seal_pending(r->service->seal);
	r->signing = true;
	sign(r, phase_prepared);
}

static void on_command_done(struct command *command, enum command_outcome outcome, const char *code)
{
	struct request *r = container_of(command, struct request, command);

	r->settled = true;
	r->outcome = outcome;
	r->code = code;
	if (outcome == COMMAND_WRITTEN) {
		r->service->head = seal_head(r->service->seal);
		if (!command->prepared && command->leaf_count > 0)
			sealed_hold(command->sealed);
	}
	if (!r->signing)
		request_run(r);
}

static enum verdict phase_write(struct request *r)
{
	r->phase = phase_answer;
	if (r->problem.status)
		return NEXT;
	r->phase = phase_settled;
	r->command.op = r->op;
	r->command.jws = r->jws;
	r->command.kid = r->exchange->peer->kid;
	r->command.aside = r->aside;
	r->command.prepare = on_command_prepare;
	r->command.done = on_command_done;
	writer_submit(r->service->writer, &r->command);
	return WAIT;
}

static void take_head(struct request *r)
{
	const json_t *head = json_object_get(r->said, "head");
	const json_t *root = json_object_get(head, "root");

	if (base64url_decode(json_string_value(root), json_string_length(root), r->head.root, TREE_HASH) != TREE_HASH)
		BUG("api.query gave no root");
	r->head.size = (uint64_t)json_integer_value(json_object_get(head, "size"));
	r->head.keys = (uint64_t)json_integer_value(json_object_get(head, "keys"));
	if (r->head.size > r->service->head.size)
		r->service->head = r->head;
	if (r->head.keys > r->service->keys->changes)
		r->service->keys_behind(r->service->arg);
}

static void on_query_taken(struct query *query, const struct db_result *result)
{
	struct request *r = container_of(query, struct request, query);
	const char *text = db_result_text(result, 0, 0, &r->said_length);

	r->said = json_loadb(text, r->said_length, 0, NULL);
	if (!r->said)
		BUG("api.query gave no JSON for %s", r->op->name);
}

static void on_query_done(struct query *query, const char *code)
{
	struct request *r = container_of(query, struct request, query);

	if (!code) {
		take_head(r);
		take_refusal(r);
	} else {
		refuse(r, code);
	}
	request_run(r);
}

static void hash_read(struct request *r)
{
	const struct exchange *x = r->exchange;
	_cleanup_free_ char *line = xasprintf("%s %s%s%s", x->method, x->path, x->query ? "?" : "", x->query ? x->query : "");

	SHA256((const unsigned char *)line, strlen(line), r->hash);
}

static enum verdict phase_read(struct request *r)
{
	const char *query = r->exchange->query;
	json_t *input;

	hash_read(r);
	r->phase = phase_answer;
	if (json_from_query(query, query ? strlen(query) : 0, r->op->input, &input, &r->problem) != 0)
		return NEXT;
	r->query_text = json_dumps(input, JSON_COMPACT);
	json_decref(input);
	r->query = (struct query){ .statement = "query", .values = { r->op->name, r->exchange->peer->kid, r->query_text }, .count = 3,
				   .take = on_query_taken, .done = on_query_done };
	reader_submit(r->service->reader, &r->query);
	return WAIT;
}

static enum verdict phase_route(struct request *r)
{
	const struct exchange *x = r->exchange;
	bool known = false;

	if (!r->service->keys->answers) { /* not known yet */
		r->service->keys_behind(r->service->arg);
		refuse(r, "unavailable");
		r->phase = phase_answer;
		return NEXT;
	}
	r->op = op_route(x->method, x->path, strlen(x->path), &known);
	if (!r->op) {
		hash_read(r);
		problem_set(&r->problem, known ? "method_not_allowed" : "not_found", NULL, NULL);
		r->phase = phase_answer;
		return NEXT;
	}
	if (r->op->kind == OP_READ) {
		r->phase = phase_read;
		return NEXT;
	}
	return run_job(r, read_command, x->body_length > HEAVY_BYTES, phase_write);
}

/* Runs phases until one waits. A wait may already be over when its phase returns: then a nested run has gone on. */
static void request_run(struct request *r)
{
	enum verdict verdict;

	do
		verdict = r->phase(r);
	while (verdict == NEXT);
	if (verdict == DONE) {
		r->service->under_way--;
		request_free(r);
	}
}

void request_begin(void *service, struct exchange *exchange)
{
	struct service *s = service;
	struct request *r;

	if (strncmp(exchange->path, SERVER_PUBLIC, strlen(SERVER_PUBLIC)) == 0) {
		log_take(s->log, exchange);
		return;
	}
	r = xcalloc(1, sizeof(*r));
	r->service = service;
	r->exchange = exchange;
	r->phase = phase_route;
	r->service->under_way++;
	request_run(r);
}
