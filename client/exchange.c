#include "client/exchange.h"

#include "client/exit.h"
#include "client/file.h"
#include "client/ledger_keys.h"
#include "client/public_log.h"
#include "client/receipt.h"
#include "client/say.h"
#include "client/trouble.h"
#include "wire/base.h"
#include "wire/base64url.h"
#include "wire/json.h"
#include "wire/sha256.h"

#include <ctype.h>
#include <errno.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define WAIT_MAX_MS 5000

/* How long to wait before each further try. */
static const long waits_ms[] = {200, 400, 800, 1600, 3000};
#define TRIES (sizeof(waits_ms) / sizeof(waits_ms[0]) + 1)

static void wait_ms(long ms)
{
	struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	nanosleep(&left, NULL);
}

static long wait_before(size_t try, const struct http_reply *reply)
{
	long asked = reply->retry_after_s > WAIT_MAX_MS / 1000 ? WAIT_MAX_MS : reply->retry_after_s * 1000;

	return asked > waits_ms[try] ? asked : waits_ms[try];
}

static bool is_to_be_repeated(int sent, const struct http_reply *reply)
{
	return sent < 0 || reply->status == 503 || reply->status == 429;
}

/* Sends until somebody says something final. 0, or -1 with the last reply, which is unsent if no try reached a daemon. */
static int send_patiently(struct client *client, const struct request *request, struct http_reply *reply)
{
	bool unsent = true;

	for (size_t try = 0;; try++) {
		int sent = http_send(client->http, request->path, request->body, request->length, reply);

		if (!is_to_be_repeated(sent, reply))
			return 0;
		unsent = unsent && reply->unsent;
		reply->unsent = unsent;
		if (try + 1 == TRIES || reply->stranger)
			return -1;
		if (try == 1)
			say_note(_("No answer yet, trying again for a few seconds ..."));
		wait_ms(wait_before(try, reply));
		http_reply_clear(reply);
	}
}

/* The title of an unsigned problem, malloc'd. */
static char *unsigned_reason(const struct http_reply *reply)
{
	const char *reason = NULL, *code;
	json_auto_t *problem = reply->body ? json_parse(reply->body, reply->length, &reason) : NULL;

	code = json_string_value(json_object_get(problem, "code"));
	if (code && problem_code_find(code))
		return trouble_sentence(code, json_object_get(problem, "params"), NULL);
	return reply->status ? xasprintf("HTTP %ld", reply->status) : xstrdup(reply->error);
}

static int say_unknown(const struct request *request, const struct http_reply *reply)
{
	_cleanup_free_ char *why = unsigned_reason(reply);

	if (!request->kept) {
		say_error(_("the ledger did not answer: %s"), why);
		say_note(_("  Check that its daemon runs and that the network reaches it, then try again."));
		return EXIT_UNKNOWN;
	}
	if (reply->unsent)
		say_error(_("the ledger was not reached, nothing was sent: %s"), why);
	else
		say_error(_("it is not known whether the command was posted: %s"), why);
	say_note(_("  It is kept in %s."), request->kept);
	say_note(_("  Run 'lovebank outbox send' later: it sends the same bytes, which are posted once at most, and says what became of them."));
	say_note(_("  Do not type the command again before: that would be another one."));
	return EXIT_UNKNOWN;
}

static void forget(const struct request *request)
{
	if (request->kept && file_remove(request->kept) < 0)
		say_error(_("%s cannot be removed; it was answered"), request->kept);
}

/* 400 and 413 are said before the request is read, so that it was surely not posted. */
static int say_unreadable(const struct request *request, const struct http_reply *reply)
{
	_cleanup_free_ char *why = unsigned_reason(reply);

	say_error(_("refused before it was read, nothing was posted: %s"), why);
	forget(request);
	return EXIT_REFUSED;
}

static int say_unverified(const struct request *request, const char *reason)
{
	say_error(_("the answer does not verify and is not shown: %s"), say_translated(reason));
	if (request->kept)
		say_note(_("  The command is kept in %s."), request->kept);
	say_note(_("  Tell the ledger's administrator. If the ledger has new keys, get its new ledger.json."));
	return EXIT_UNVERIFIED;
}

/* Learns the ledger's keys over the connection that is open, or where that is not to the pinned key over one that trusts
 * nobody: what it gets proves itself. Says so when there are new ones. */
static int learn_keys(struct client *client, int64_t wanted, bool unpinned, struct public_log *log)
{
	struct http *http = unpinned ? http_new_unpinned(client->ledger) : NULL;
	int64_t known = client->ledger->keys;
	int code;

	public_log_over(log, unpinned ? http : client->http);
	code = ledger_keys_learn(client->ledger, log, wanted, client->home);
	if (code == EXIT_OK && known && client->ledger->keys > known)
		say_note(_("The ledger has new keys; its log proves them, and ledger.json has them now."));
	public_log_close(log);
	http_free(http);
	return code;
}

static int verify(struct client *client, const struct request *request, const struct http_reply *reply, struct answer *ret, const char **ret_reason)
{
	return answer_verify(client->ledger, reply->body ? reply->body : "", reply->length, request->hash, reply->status, ret, ret_reason);
}

/* Verifies, and knows the ledger's newest keys then. */
static const char *verify_with_keys(struct client *client, const struct request *request, const struct http_reply *reply, struct answer *ret)
{
	struct public_log log = {0};
	const char *reason = NULL;
	int result = verify(client, request, reply, ret, &reason);

	if (result < 0 && reason == answer_unknown_key && learn_keys(client, 0, false, &log) == EXIT_OK)
		result = verify(client, request, reply, ret, &reason);
	if (result < 0)
		return reason;
	if (ret->keys > client->ledger->keys && learn_keys(client, ret->keys, false, &log) != EXIT_OK)
		say_error(_("the ledger's new keys cannot be taken over: %s"), log.error);
	return NULL;
}

static void keep_receipt(const struct client *client, const struct http_reply *reply, const struct receipt *receipt, struct answer *answer)
{
	answer->leaf = receipt->first;
	answer->receipt = receipt_keep(client->home, client->ledger, answer, receipt, reply->body, reply->length);
	if (answer->receipt)
		return;
	answer->unkept = true;
	say_error(_("the receipt cannot be kept in %s: %s"), client->home, strerror(errno));
	if (answer->kept)
		say_note(_("  The command is kept in %s; sent again it gets the same receipt."), answer->kept);
	free(answer->kept);
	answer->kept = NULL;
}

/* What was posted must come with its receipt; only one that was posted by a ledger of before there were any has none. */
static const char *take_receipt(const struct client *client, const struct request *request, const struct http_reply *reply, struct answer *answer)
{
	const json_t *json = json_object_get(answer->jws->content, "receipt");
	const char *reason = NULL;
	struct receipt receipt;

	if (!request->body || !answer->result || (!json && answer->replay))
		return NULL;
	if (!json)
		return N_("it has no receipt");
	if (receipt_check(client->ledger, json, &receipt, &reason) < 0)
		return reason;
	reason = receipt_fault(&receipt, answer, request->hash, client->key->kid);
	if (!reason)
		keep_receipt(client, reply, &receipt, answer);
	receipt_clear(&receipt);
	return reason;
}

static int judge(struct client *client, const struct request *request, struct http_reply *reply, struct answer *ret)
{
	const char *reason;

	if (reply->status == 400 || reply->status == 413)
		return say_unreadable(request, reply);
	reason = verify_with_keys(client, request, reply, ret);
	if (reason)
		return say_unverified(request, reason);
	ret->kept = request->kept ? xstrdup(request->kept) : NULL;
	reason = take_receipt(client, request, reply, ret);
	if (!reason)
		return EXIT_OK;
	free(ret->kept);
	ret->kept = NULL;
	answer_clear(ret);
	return say_unverified(request, reason);
}

/* What listens there has none of the pinned keys. If the log proves that the ledger has others now, once more. */
static int send_to_strangers(struct client *client, const struct request *request, struct http_reply *reply)
{
	struct public_log log = {0};

	if (learn_keys(client, 0, true, &log) != EXIT_OK)
		return -1;
	http_reply_clear(reply);
	return send_patiently(client, request, reply);
}

int exchange(struct client *client, const struct request *request, struct answer *ret, char **ret_body)
{
	struct http_reply reply = {0};
	int sent = send_patiently(client, request, &reply);
	int code;

	if (reply.stranger)
		sent = send_to_strangers(client, request, &reply);
	code = reply.stranger ? say_unverified(request, reply.error) :
	       sent < 0	      ? say_unknown(request, &reply) :
				judge(client, request, &reply, ret);
	if (code == EXIT_OK && ret_body) {
		*ret_body = reply.body;
		reply.body = NULL;
	}
	http_reply_clear(&reply);
	return code;
}

static void put_encoded(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (isalnum((unsigned char)*text) || strchr("-._~", *text))
			fputc(*text, out);
		else
			fprintf(out, "%%%02X", (unsigned char)*text);
	}
}

static void put_value(FILE *out, const json_t *value)
{
	_cleanup_free_ char *text = json_is_string(value) ? xstrdup(json_string_value(value)) : json_dumps(value, JSON_ENCODE_ANY);

	put_encoded(out, text);
}

/* "/v1/noun/verb?field=value&nonce=.." in the order of the table; malloc'd. */
static char *read_path(const struct op *op, const json_t *input)
{
	char path[OP_PATH_MAX], nonce[BASE64URL_LENGTH(16) + 1], *text = NULL;
	unsigned char random[16];
	size_t length;
	FILE *out = open_memstream(&text, &length);

	if (!out || RAND_bytes(random, sizeof(random)) != 1)
		BUG("no memory stream or no random bytes");
	base64url_encode(random, sizeof(random), nonce);
	op_path(op, path);
	fprintf(out, "%s?", path);
	for (const struct field *field = op->input; field->name; field++) {
		const json_t *value = json_object_get(input, field->name);

		if (!value)
			continue;
		fprintf(out, "%s=", field->name);
		put_value(out, value);
		fputc('&', out);
	}
	fprintf(out, "nonce=%s", nonce);
	fclose(out);
	return text;
}

int exchange_read(struct client *client, const struct op *op, const json_t *input, struct answer *ret, char **ret_body)
{
	_cleanup_free_ char *path = read_path(op, input);
	_cleanup_free_ char *line = xasprintf("GET %s", path);
	struct problem problem = {0};
	unsigned char hash[SHA256_BYTES];
	struct request request = {.path = path, .hash = hash};

	if (json_check(input, op->input, &problem) < 0) {
		json_auto_t *object = problem_json(&problem);

		trouble_say(object, op->input, NULL);
		problem_clear(&problem);
		return EXIT_USAGE;
	}
	sha256(line, strlen(line), hash);
	return exchange(client, &request, ret, ret_body);
}
