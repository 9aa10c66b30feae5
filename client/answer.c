#include "client/answer.h"

#include "client/file.h"
#include "client/say.h"
#include "wire/base64url.h"
#include "wire/sha256.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char answer_unknown_key[] = N_("it is not signed by an answers key of the ledger");

/* An ended key signs nothing new; what it signed before stays good. */
static const char *signature_fault(const struct ledger *ledger, const struct jws *jws, bool fresh)
{
	const json_t *size = json_object_get(json_object_get(jws->content, "log"), "size");
	const struct ledger_answers_key *key = ledger_answers_key(ledger, jws->kid);

	if (!key || (fresh && key->until != LEDGER_IN_FORCE) || json_integer_value(size) > key->until)
		return answer_unknown_key;
	return jws_verify(jws, key->key) < 0 ? N_("its signature is wrong") : NULL;
}

static const char *envelope_fault(const struct ledger *ledger, const struct jws *jws, const unsigned char *hash)
{
	const char *aud = json_string_value(json_object_get(jws->content, "aud"));
	const char *request = json_string_value(json_object_get(jws->content, "request"));
	char expected[BASE64URL_LENGTH(SHA256_BYTES) + 1];
	const char *reason;

	if (strcmp(jws->typ, JWS_RESPONSE) != 0)
		return N_("it is not an answer");
	reason = signature_fault(ledger, jws, hash != NULL);
	if (reason)
		return reason;
	if (!aud || strcmp(aud, ledger->aud) != 0)
		return N_("it is another ledger's");
	if (!request || strlen(request) != sizeof(expected) - 1)
		return N_("it names no request");
	if (!hash)
		return NULL;
	base64url_encode(hash, SHA256_BYTES, expected);
	return strcmp(request, expected) == 0 ? NULL : N_("it answers another request");
}

static const char *content_fault(const struct jws *jws, long status, struct answer *answer)
{
	const json_t *said = json_object_get(jws->content, "status");
	const json_t *log = json_object_get(jws->content, "log");
	const json_t *size = json_object_get(log, "size");

	if (!json_is_integer(said) || !json_is_integer(size) || json_integer_value(size) < 0)
		return N_("it lacks its status or the log's size");
	answer->status = (long)json_integer_value(said);
	answer->size = json_integer_value(size);
	answer->keys = json_integer_value(json_object_get(log, "keys"));
	answer->root = json_string_value(json_object_get(log, "root"));
	answer->replay = json_is_true(json_object_get(jws->content, "replay"));
	answer->result = json_object_get(jws->content, "result");
	answer->problem = json_object_get(jws->content, "problem");
	if (status && answer->status != status)
		return N_("its signed status is not the one it came with");
	if (!answer->result == !answer->problem)
		return N_("it has neither a result nor a problem");
	return (answer->status < 400) == (answer->result != NULL) ? NULL : N_("its status does not fit what it says");
}

int answer_verify(const struct ledger *ledger, const char *body, size_t length, const unsigned char *hash, long status,
		  struct answer *ret, const char **ret_reason)
{
	const char *reason = NULL;
	bool compact = !hash && length && body[0] != '{';
	struct answer answer = {.jws = compact ? jws_parse_compact(body, length, &reason) : jws_parse(body, length, &reason)};

	if (answer.jws)
		reason = envelope_fault(ledger, answer.jws, hash);
	if (answer.jws && !reason)
		reason = content_fault(answer.jws, status, &answer);
	if (!reason)
		answer.ended = ledger_answers_key(ledger, answer.jws->kid)->until != LEDGER_IN_FORCE;
	if (!reason) {
		*ret = answer;
		return 0;
	}
	*ret_reason = reason;
	jws_free(answer.jws);
	return -1;
}

static void let_go(const struct answer *answer)
{
	if (!answer->kept || fflush(stdout) != 0 || ferror(stdout))
		return;
	if (file_remove(answer->kept) < 0)
		say_error(_("%s cannot be removed; it was answered"), answer->kept);
}

void answer_clear(struct answer *answer)
{
	let_go(answer);
	free(answer->kept);
	free(answer->receipt);
	jws_free(answer->jws);
	*answer = (struct answer){0};
}
