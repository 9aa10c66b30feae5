#include "client/command.h"

#include "client/exchange.h"
#include "client/exit.h"
#include "client/file.h"
#include "client/import.h"
#include "client/outbox.h"
#include "client/render.h"
#include "client/say.h"
#include "wire/base.h"
#include "wire/base64url.h"
#include "wire/clock.h"
#include "wire/json.h"
#include "wire/jti.h"
#include "wire/personal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIFETIME_S 300

struct signed_command {
	char jti[BASE64URL_LENGTH(JTI_BYTES) + 1];
	char path[OP_PATH_MAX];
	struct jws *jws;
	char *body;
	size_t length;
};

static void signed_command_clear(struct signed_command *command)
{
	jws_free(command->jws);
	free(command->body);
}

/* What the daemon would refuse is refused here, before anything is signed. */
static int check(const struct op *op, const json_t *input, const json_t *personal, const struct source *source)
{
	struct problem problem = {0};
	json_auto_t *object = NULL;

	if (json_check(input, op->input, &problem) == 0 && personal_check(input, personal, op->input, &problem) == 0)
		return EXIT_OK;
	object = problem_json(&problem);
	trouble_say(object, op->input, source);
	problem_clear(&problem);
	return EXIT_USAGE;
}

static void add_envelope(const struct client *client, json_t *content, struct signed_command *command)
{
	int64_t now = clock_now() / 1000000;
	unsigned char jti[JTI_BYTES];

	jti_new(jti);
	base64url_encode(jti, sizeof(jti), command->jti);
	json_object_set_new(content, "aud", json_string(client->ledger->aud));
	json_object_set_new(content, "htm", json_string("POST"));
	json_object_set_new(content, "htu", json_string(command->path));
	json_object_set_new(content, "iat", json_integer(now));
	json_object_set_new(content, "exp", json_integer(now + LIFETIME_S));
	json_object_set_new(content, "jti", json_string(command->jti));
}

static int sign(struct client *client, const struct op *op, json_t *input, const struct source *source, struct signed_command *ret)
{
	json_auto_t *personal = personal_hide(input, op->input);
	struct signed_command command = {0};
	int code = check(op, input, personal, source);

	if (code != EXIT_OK)
		return code;
	op_path(op, command.path);
	add_envelope(client, input, &command);
	command.jws = jws_sign(client->key, JWS_REQUEST, input, personal);
	command.body = jws_text(command.jws, &command.length);
	if (command.length > HTTP_BODY_MAX) {
		say_error(_("the command is larger than 1 MiB; send it in parts"));
		signed_command_clear(&command);
		return EXIT_USAGE;
	}
	*ret = command;
	return EXIT_OK;
}

int command_send(struct client *client, const struct op *op, json_t *input, const struct source *source, struct answer *ret)
{
	struct signed_command command;
	_cleanup_free_ char *kept = NULL;
	int code = client_open(client);

	if (code == EXIT_OK)
		code = sign(client, op, input, source, &command);
	if (code != EXIT_OK)
		return code;
	kept = outbox_put(client->home, command.jti, command.body, command.length);
	if (kept) {
		struct request request = {.path = command.path, .body = command.body, .length = command.length,
					  .hash = command.jws->hash, .kept = kept};

		code = exchange(client, &request, ret, NULL);
	} else {
		say_error(_("the command cannot be kept in %s/outbox and was not sent: %s"), client->home, strerror(errno));
		code = EXIT_LOCAL;
	}
	signed_command_clear(&command);
	return code;
}

/* The operation that kept bytes are for, NULL if they are no command of this key and ledger. */
static const struct op *kept_op(const struct client *client, const struct jws *jws)
{
	const char *htu = json_string_value(json_object_get(jws->content, "htu"));
	const char *aud = json_string_value(json_object_get(jws->content, "aud"));
	bool known;

	if (!htu || !aud || strcmp(aud, client->ledger->aud) != 0 || strcmp(jws->kid, client->key->kid) != 0)
		return NULL;
	return op_route("POST", htu, strlen(htu), &known);
}

int command_resend(struct client *client, const char *name, const struct op **ret_op, struct answer *ret)
{
	_cleanup_free_ char *path = outbox_path(client->home, name);
	_cleanup_free_ char *bytes = NULL;
	const char *reason = NULL;
	const struct op *op;
	struct jws *jws;
	size_t length;
	int code = client_open(client);

	if (code != EXIT_OK)
		return code;
	bytes = file_read(path, HTTP_BODY_MAX, &length);
	jws = bytes ? jws_parse(bytes, length, &reason) : NULL;
	op = jws ? kept_op(client, jws) : NULL;
	if (op) {
		const char *htu = json_string_value(json_object_get(jws->content, "htu"));
		struct request request = {.path = htu, .body = bytes, .length = length, .hash = jws->hash, .kept = path};

		code = exchange(client, &request, ret, NULL);
		*ret_op = op;
	} else if (!bytes) {
		say_error("%s: %s", path, strerror(errno));
		say_note(_("  'lovebank outbox list' shows what is kept."));
		code = EXIT_LOCAL;
	} else {
		say_error(_("%s is not a command of this key for this ledger"), path);
		code = EXIT_LOCAL;
	}
	jws_free(jws);
	return code;
}

static void show_json(const struct answer *answer)
{
	fwrite(answer->jws->payload, 1, answer->jws->payload_length, stdout);
	putchar('\n');
}

/* Where the reader may find it again: reads are true as of a size of the log, commands are in it. */
static void say_log(const struct op *op, const struct answer *answer)
{
	if (answer->replay)
		say_note(_("It had been posted before; this is its first answer. Log size %lld."), (long long)answer->size);
	else if (op->kind == OP_COMMAND)
		say_note(_("Posted. Log size %lld."), (long long)answer->size);
	else
		say_note(_("As of log size %lld."), (long long)answer->size);
	if (answer->receipt)
		say_note(_("Receipt: leaf %llu of the log, verified, kept as %s"), (unsigned long long)answer->leaf,
			 strrchr(answer->receipt, '/') ? strrchr(answer->receipt, '/') + 1 : answer->receipt);
}

/* A result whose rows name lines of the command, with the file's row numbers for them. New reference. */
static json_t *with_file_rows(const json_t *result, const struct source *source)
{
	json_t *copy = json_deep_copy(result), *row;
	size_t i;

	json_array_foreach(json_object_get(copy, "rows"), i, row) {
		json_int_t line = json_integer_value(json_object_get(row, "line"));

		if (source && line > 0 && (size_t)line <= source->count)
			json_object_set_new(row, "line", json_integer((json_int_t)source->rows[line - 1]));
	}
	return copy;
}

static void show(const struct op *op, const struct answer *answer, const struct source *source)
{
	json_auto_t *shown = with_file_rows(answer->result, source);

	render_result(stdout, op->result, shown);
	say_log(op, answer);
}

int command_show(const struct client *client, const struct op *op, const struct answer *answer, const struct source *source)
{
	if (client->json)
		show_json(answer);
	if (answer->problem) {
		trouble_say(answer->problem, op->input, source);
		return EXIT_REFUSED;
	}
	if (!client->json)
		show(op, answer, source);
	return answer->unkept ? EXIT_LOCAL : EXIT_OK;
}

int command_run(struct client *client, const struct op *op, json_t *input)
{
	struct answer answer = {0};
	int code = client_open(client);

	if (code != EXIT_OK)
		return code;
	if (op->kind == OP_READ) {
		code = exchange_read(client, op, input, &answer, NULL);
	} else {
		import_digest(op, input);
		code = command_send(client, op, input, NULL, &answer);
	}
	if (code == EXIT_OK)
		code = command_show(client, op, &answer, NULL);
	answer_clear(&answer);
	return code;
}
