#include "client/command.h"
#include "client/exchange.h"
#include "client/exit.h"
#include "client/file.h"
#include "client/irreversible.h"
#include "client/key.h"
#include "client/outbox.h"
#include "client/say.h"
#include "wire/base.h"
#include "wire/jws.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KEY_BYTES_MAX 65536

struct rotation {
	struct client *client;
	const struct op *op;
	char *path;	  /* of the new key, until it is the key */
	struct key *key;  /* NULL: none has been made yet */
	char *pending;	  /* name in the outbox of the command for it */
};

/* ---- what an earlier try has left */

/* The kid of the new key that a kept command asks for; empty if it is another command. */
static void asked_key(const struct rotation *rotation, const char *name, char kid[KID_LENGTH + 1])
{
	_cleanup_free_ char *path = outbox_path(rotation->client->home, name), *bytes = NULL;
	char route[OP_PATH_MAX];
	const char *reason = NULL, *htu, *request;
	struct jws *jws, *enrolment;
	size_t length = 0;

	*kid = '\0';
	op_path(rotation->op, route);
	bytes = file_read(path, HTTP_BODY_MAX, &length);
	jws = bytes ? jws_parse(bytes, length, &reason) : NULL;
	htu = jws ? json_string_value(json_object_get(jws->content, "htu")) : NULL;
	request = jws ? json_string_value(json_object_get(jws->content, "request")) : NULL;
	if (htu && request && strcmp(htu, route) == 0) {
		enrolment = jws_parse_compact(request, strlen(request), &reason);
		if (enrolment)
			strcpy(kid, enrolment->kid);
		jws_free(enrolment);
	}
	jws_free(jws);
}

static void forget(const struct rotation *rotation, const char *name)
{
	_cleanup_free_ char *path = outbox_path(rotation->client->home, name);

	if (file_remove(path) < 0)
		say_error(_("%s cannot be removed; it was answered"), path);
}

/* Finds the command for the new key; one for the key that is there already is over. Others would be of no use after it: they are signed by the old one. */
static int look_into_outbox(struct rotation *rotation)
{
	json_auto_t *names = outbox_names(rotation->client->home);
	char kid[KID_LENGTH + 1];
	json_t *name;
	size_t i;

	json_array_foreach(names, i, name) {
		asked_key(rotation, json_string_value(name), kid);
		if (rotation->key && strcmp(kid, rotation->key->kid) == 0) {
			free(rotation->pending);
			rotation->pending = xstrdup(json_string_value(name));
			continue;
		}
		if (strcmp(kid, rotation->client->key->kid) == 0) {
			forget(rotation, json_string_value(name));
			continue;
		}
		say_error(_("the outbox has a command of the present key: %s. Send or drop it first."), json_string_value(name));
		return EXIT_USAGE;
	}
	return EXIT_OK;
}

static int read_new_key(struct rotation *rotation)
{
	if (access(rotation->path, F_OK) < 0 && errno == ENOENT)
		return EXIT_OK;
	rotation->key = key_read(rotation->path);
	if (rotation->key && *rotation->key->kid)
		return EXIT_OK;
	say_error(_("%s cannot be used as a key: %s"), rotation->path, strerror(errno));
	return EXIT_LOCAL;
}

/* Whether the ledger knows the new key already: the answer to its command may have been lost, and the old key gets none any more. */
static int is_enrolled(struct rotation *rotation, bool *ret)
{
	struct client *client = rotation->client;
	struct client other = {.home = client->home, .key = rotation->key, .ledger = client->ledger, .http = http_new(rotation->key, client->ledger)};
	json_auto_t *nothing = json_object();
	struct answer answer = {0};
	int code = exchange_read(&other, op_find("ledger", "status"), nothing, &answer, NULL);
	const char *problem = json_string_value(json_object_get(answer.problem, "code"));

	*ret = code == EXIT_OK && (!problem || strcmp(problem, "unknown_key") != 0);
	answer_clear(&answer);
	http_free(other.http);
	return code;
}

/* ---- */

/* The new key becomes the key. */
static int install(struct rotation *rotation)
{
	_cleanup_free_ char *path = home_path(rotation->client->home, "key.pem"), *bytes = NULL;
	size_t length;

	bytes = file_read(rotation->path, KEY_BYTES_MAX, &length);
	if (!bytes || file_write(path, bytes, length, 0600) < 0) {
		say_error("%s: %s", path, strerror(errno));
		return EXIT_LOCAL;
	}
	file_remove(rotation->path);
	say_note(_("Your key is the new one now: %s. The old one has ended."), rotation->key->kid);
	return EXIT_OK;
}

static int make_new_key(struct rotation *rotation)
{
	int code = irreversible_ask(rotation->client, rotation->op);

	if (code != EXIT_OK)
		return code;
	rotation->key = key_new_p256();
	if (key_write(rotation->key, rotation->path) == 0)
		return EXIT_OK;
	say_error("%s: %s", rotation->path, strerror(errno));
	return EXIT_LOCAL;
}

static int send(struct rotation *rotation, struct answer *answer)
{
	_cleanup_free_ char *request = key_enrolment(rotation->key);
	json_auto_t *input = NULL;
	const struct op *op;

	if (rotation->pending)
		return command_resend(rotation->client, rotation->pending, &op, answer);
	input = json_pack("{s:s}", "request", request);
	return command_send(rotation->client, rotation->op, input, NULL, answer);
}

static int replace(struct rotation *rotation)
{
	struct answer answer = {0};
	int code = send(rotation, &answer), installed;
	const char *kid;

	if (code == EXIT_OK)
		code = command_show(rotation->client, rotation->op, &answer, NULL);
	kid = json_string_value(json_object_get(answer.result, "kid"));
	if (kid && strcmp(kid, rotation->key->kid) == 0) {
		installed = install(rotation);
		code = installed == EXIT_OK ? code : installed;
	}
	answer_clear(&answer);
	return code;
}

static int run(struct rotation *rotation)
{
	bool done = false;
	int code = read_new_key(rotation);

	if (code == EXIT_OK)
		code = look_into_outbox(rotation);
	if (code == EXIT_OK && rotation->key)
		code = is_enrolled(rotation, &done);
	if (code == EXIT_OK && done) {
		code = install(rotation);
		if (code == EXIT_OK && rotation->pending)
			forget(rotation, rotation->pending);
		return code;
	}
	if (code == EXIT_OK && !rotation->key)
		code = make_new_key(rotation);
	return code == EXIT_OK ? replace(rotation) : code;
}

int key_rotate(struct client *client, const json_t *input)
{
	struct rotation rotation = {.client = client, .op = op_find("operator", "rotate"), .path = home_path(client->home, "key.new.pem")};
	int code = client_open(client);

	(void)input;
	if (code == EXIT_OK)
		code = run(&rotation);
	key_free(rotation.key);
	free(rotation.path);
	free(rotation.pending);
	return code;
}
