/* The driver of requests; see request.h. */
#include "daemon/request.h"

#include "daemon/aside.h"
#include "daemon/envelope.h"
#include "wire/base.h"
#include "wire/base64url.h"
#include "wire/clock.h"
#include "wire/json.h"
#include "wire/personal.h"

#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	json_t *said; /* what SQL said */
	bool close;
	struct head head;
	char *text; /* the signed answer */
	size_t text_length;
};

static void request_run(struct request *r);

static void request_free(struct request *r)
{
	jws_free(r->jws);
	problem_clear(&r->problem);
	json_decref(r->said);
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

/* -------------------------------------------------------------- on a thread */

static struct request *of_job(struct pool_job *job)
{
	return container_of(job, struct request, job);
}

static void on_job_done(struct pool_job *job)
{
	request_run(of_job(job));
}

static enum verdict run_on_thread(struct request *r, void (*work)(struct pool_job *), enum verdict (*next)(struct request *))
{
	r->phase = next;
	r->job.work = work;
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
}

static json_t *answer_content(const struct request *r)
{
	char request[BASE64URL_LENGTH(32) + 1], root[BASE64URL_LENGTH(TREE_HASH) + 1];
	json_t *content;

	base64url_encode(r->hash, sizeof(r->hash), request);
	base64url_encode(r->head.root, TREE_HASH, root);
	content = json_pack("{s:s,s:I,s:s,s:i,s:{s:I,s:s}}", "aud", r->service->aud, "iat", (json_int_t)(clock_now() / 1000000),
			    "request", request, "status", r->problem.status ? r->problem.status : 200,
			    "log", "size", (json_int_t)r->head.size, "root", root);
	if (r->problem.status)
		json_object_set_new(content, "problem", problem_json(&r->problem));
	else
		json_object_set(content, "result", json_object_get(r->said, "result"));
	if (json_is_true(json_object_get(r->said, "replay")))
		json_object_set_new(content, "replay", json_true());
	return content;
}

static void sign_answer(struct pool_job *job)
{
	struct request *r = of_job(job);
	json_t *content = answer_content(r);
	struct jws *jws = jws_sign(r->service->answers, JWS_RESPONSE, content, NULL);

	r->text = jws_text(jws, &r->text_length);
	jws_free(jws);
	json_decref(content);
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
	return run_on_thread(r, sign_answer, phase_send);
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

static void on_command_done(struct command *command, enum command_outcome outcome, const char *code)
{
	struct request *r = container_of(command, struct request, command);

	if (outcome == COMMAND_WRITTEN) {
		r->said = command->said;
		take_refusal(r);
		r->service->head = r->head = *seal_head(r->service->seal);
	} else {
		refuse(r, code);
	}
	request_run(r);
}

static enum verdict phase_write(struct request *r)
{
	r->phase = phase_answer;
	if (r->problem.status)
		return NEXT;
	r->command.op = r->op;
	r->command.jws = r->jws;
	r->command.kid = r->exchange->peer->kid;
	r->command.aside = r->aside;
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
	if (r->head.size > r->service->head.size)
		r->service->head = r->head;
}

static void on_query_done(struct query *query, json_t *said, const char *code)
{
	struct request *r = container_of(query, struct request, query);

	r->said = said;
	if (said) {
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
	r->query.op = r->op->name;
	r->query.kid = r->exchange->peer->kid;
	r->query.input = r->query_text;
	r->query.done = on_query_done;
	reader_submit(r->service->reader, &r->query);
	return WAIT;
}

static enum verdict phase_route(struct request *r)
{
	const struct exchange *x = r->exchange;
	bool known = false;

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
	return run_on_thread(r, read_command, phase_write);
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
	struct request *r = xcalloc(1, sizeof(*r));

	r->service = service;
	r->exchange = exchange;
	r->phase = phase_route;
	r->service->under_way++;
	request_run(r);
}
