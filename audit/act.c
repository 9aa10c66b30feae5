#include "audit/act.h"

#include "audit/arena.h"
#include "audit/canonical.h"
#include "audit/leaf.h"
#include "wire/base.h"
#include "wire/base64url.h"
#include "wire/json.h"
#include "wire/jti.h"
#include "wire/sha256.h"

#include <stdlib.h>
#include <string.h>

#define SIGNATURE_TEXT BASE64URL_LENGTH(ES256_SIGNATURE)
#define HEADER_MAX 256
#define COMPACT_MAX (1 << 20) /* no daemon takes more */

/* The protected header of a key's requests is the same every time: what it says is kept, one a thread. */
struct header {
	char text[HEADER_MAX]; /* base64url */
	size_t length;
	char kid[KID_LENGTH + 1];
};
static _Thread_local struct header last_header;

/* The same for the path. */
static _Thread_local char last_path[OP_PATH_MAX];
static _Thread_local const struct op *last_op;

static const struct op *op_of(const char *path)
{
	bool known;

	if (strlen(path) >= sizeof(last_path))
		return NULL;
	if (strcmp(path, last_path) != 0) {
		strcpy(last_path, path);
		last_op = op_route("POST", path, strlen(path), &known);
	}
	return last_op;
}

/* Any signed request, by the strict parser that all readers share; remembers the header of an ordinary one. */
static struct jws *parse_any(const struct act *act, const char **ret_fault)
{
	struct arena *arena = arena_use(NULL);
	struct jws *jws = jws_parse_compact(act->compact, act->compact_length, ret_fault);
	const char *dot = jws ? memchr(act->compact, '.', act->compact_length) : NULL;

	arena_use(arena);
	if (dot && strcmp(jws->typ, JWS_REQUEST) == 0 && dot - act->compact < HEADER_MAX) {
		last_header.length = (size_t)(dot - act->compact);
		memcpy(last_header.text, act->compact, last_header.length);
		memcpy(last_header.kid, jws->kid, sizeof(jws->kid));
	}
	return jws;
}

/* Frees what parse_same() made. */
static struct jws *free_same(struct jws *jws)
{
	arena_decref(jws->content);
	arena_give(jws->payload);
	arena_give(jws);
	return NULL;
}

/* An ordinary request whose header is that of the last one: nothing is decoded twice. NULL if it is none such. */
static struct jws *parse_same(const struct act *act)
{
	const char *text = act->compact, *payload = text + last_header.length + 1, *signature = text + act->compact_length - SIGNATURE_TEXT;
	unsigned char bytes[ES256_SIGNATURE];
	const char *fault;
	struct jws *jws;
	ssize_t length;

	if (!last_header.length || act->compact_length < last_header.length + SIGNATURE_TEXT + 2 || payload[-1] != '.' || signature[-1] != '.' ||
	    signature - 1 < payload || memcmp(text, last_header.text, last_header.length) != 0 ||
	    base64url_decode(signature, SIGNATURE_TEXT, bytes, sizeof(bytes)) != sizeof(bytes))
		return NULL;
	jws = arena_take(sizeof(*jws));
	*jws = (struct jws){.payload = arena_take((size_t)(signature - payload))};
	length = base64url_decode(payload, (size_t)(signature - 1 - payload), jws->payload, (size_t)(signature - payload));
	jws->content = length > 0 ? canonical_read((char *)jws->payload, (size_t)length, &fault, NULL) : NULL;
	if (!jws->content)
		return free_same(jws);
	jws->payload_length = (size_t)length;
	jws->signing_length = (size_t)(signature - 1 - text);
	jws->typ = JWS_REQUEST;
	memcpy(jws->kid, last_header.kid, sizeof(jws->kid));
	memcpy(jws->signature, bytes, sizeof(bytes));
	sha256(text, act->compact_length, jws->hash);
	jws->compact = (char *)(uintptr_t)text; /* the caller's, and so known to be of this kind */
	jws->compact_length = act->compact_length;
	return jws;
}

static const char *take_jti(struct act *act)
{
	const json_t *jti = json_object_get(act->input, "jti");
	unsigned char bytes[JTI_BYTES];

	if (!jti || base64url_decode(json_string_value(jti), json_string_length(jti), bytes, sizeof(bytes)) != sizeof(bytes))
		return "jti is not 16 bytes";
	memcpy(act->jti, bytes, sizeof(bytes));
	return NULL;
}

/* What every command's payload says beside its input. Whether it is true of this ledger is the replay's to judge. */
static const char *take_envelope(struct act *act)
{
	const char *htm = row_text(act->input, "htm"), *htu = row_text(act->input, "htu");
	const json_t *iat = json_object_get(act->input, "iat"), *exp = json_object_get(act->input, "exp");

	if (!row_text(act->input, "aud") || !htm || !htu || !json_is_integer(iat) || !json_is_integer(exp))
		return "aud, htm, htu, iat or exp is missing";
	act->iat = json_integer_value(iat);
	act->exp = json_integer_value(exp);
	act->op = strcmp(htm, "POST") == 0 ? op_of(htu) : NULL;
	return take_jti(act);
}

static const char *take_request(struct act *act)
{
	const char *fault = NULL;

	if (act->compact_length > COMPACT_MAX)
		return "longer than 1 MiB";
	act->jws = parse_same(act);
	if (!act->jws)
		act->jws = parse_any(act, &fault);
	if (!act->jws)
		return fault;
	act->input = act->jws->content;
	if (strcmp(act->jws->typ, JWS_ENROL) == 0) {
		act->founding = true;
		return NULL;
	}
	return strcmp(act->jws->typ, JWS_REQUEST) == 0 ? take_envelope(act) : "not a request";
}

void act_parse(struct act *act)
{
	for (size_t i = 0; i < act->leaf_count; i++)
		leaf_parse(&act->leaves[i]);
	if (act->compact)
		act->fault = take_request(act);
}

void act_verify(struct act *act)
{
	if (act->jws && act->signer)
		act->bad_signature = jws_verify(act->jws, act->signer) < 0;
}

void act_drop_request(struct act *act)
{
	act->jws = act->jws && act->jws->compact == act->compact ? free_same(act->jws) : jws_free(act->jws);
	act->input = NULL;
	act->op = NULL;
	act->founding = false;
}

void act_clear(struct act *act)
{
	for (size_t i = 0; i < act->leaf_count; i++)
		leaf_clear(&act->leaves[i]);
	free(act->leaves);
	act_drop_request(act);
	free(act->buffer);
	*act = (struct act){0};
}
