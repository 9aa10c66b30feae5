#include "client/builtin.h"
#include "client/exit.h"
#include "client/file.h"
#include "client/key.h"
#include "client/say.h"
#include "wire/base.h"
#include "wire/base64url.h"
#include "wire/clock.h"
#include "wire/jti.h"
#include "wire/jws.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEDGER_FILE_MAX 65536

char *key_enrolment(const struct key *key)
{
	unsigned char bytes[JTI_BYTES];
	char jti[BASE64URL_LENGTH(sizeof(bytes)) + 1];
	json_auto_t *content = NULL;
	struct jws *jws;
	char *text;

	jti_new(bytes);
	base64url_encode(bytes, sizeof(bytes), jti);
	content = json_pack("{s:I, s:s}", "iat", (json_int_t)(clock_now() / 1000000), "jti", jti);
	jws = jws_sign(key, JWS_ENROL, content, NULL);
	text = xstrdup(jws->compact);
	jws_free(jws);
	return text;
}

static int write_enrolment(const struct key *key, const char *out)
{
	_cleanup_free_ char *request = key_enrolment(key), *text = xasprintf("%s\n", request);

	if (!out) {
		fputs(text, stdout);
		return EXIT_OK;
	}
	if (file_write(out, text, strlen(text), 0644) == 0) {
		say_note(_("The enrolment request is in %s."), out);
		return EXIT_OK;
	}
	say_error("%s: %s", out, strerror(errno));
	return EXIT_LOCAL;
}

static int make_key(struct client *client)
{
	_cleanup_free_ char *path = home_path(client->home, "key.pem");

	client->key = key_new_p256();
	if (file_make_directory(client->home) == 0 && key_write(client->key, path) == 0)
		return EXIT_OK;
	if (errno == EEXIST)
		say_error(_("there is a key already: %s. 'lovebank key show' shows it; another --home can hold another key."), path);
	else
		say_error("%s: %s", path, strerror(errno));
	return EXIT_LOCAL;
}

static int run_new(struct client *client, const json_t *input)
{
	const char *out = json_string_value(json_object_get(input, "out"));
	const char *name = json_string_value(json_object_get(input, "name"));
	int code = make_key(client);

	if (code == EXIT_OK)
		code = write_enrolment(client->key, out);
	if (code != EXIT_OK)
		return code;
	say_note(_("The key is in %s/key.pem; keep it to yourself. Its name is %s."), client->home, client->key->kid);
	say_note(_("Give the enrolment request to an administrator, who runs: lovebank operator enrol --name %s --request %s --role ROLE --node CODE --out ledger.json"),
		 name ? name : _("NAME"), out ? out : _("FILE"));
	say_note(_("Then take that ledger.json and run: lovebank key join ledger.json"));
	return EXIT_OK;
}

static int run_show(struct client *client, const json_t *input)
{
	const char *out = json_string_value(json_object_get(input, "out"));

	client->key = home_key(client->home);
	if (!client->key)
		return EXIT_LOCAL;
	if (json_is_true(json_object_get(input, "request")) || out)
		return write_enrolment(client->key, out);
	puts(client->key->kid);
	return EXIT_OK;
}

/* A home belongs to one ledger: its key and outbox are of no use with another. */
static int check_same(const struct client *client, const struct ledger *new)
{
	_cleanup_free_ char *path = home_path(client->home, "ledger.json");
	_cleanup_free_ char *bytes = NULL;
	const char *reason;
	struct ledger *old;
	size_t length;
	int code = EXIT_OK;

	bytes = file_read(path, LEDGER_FILE_MAX, &length);
	old = bytes ? ledger_parse(bytes, length, &reason) : NULL;
	if (old && strcmp(old->aud, new->aud) != 0) {
		say_error(_("%s belongs to the ledger %s; use another --home for %s"), client->home, old->aud, new->aud);
		code = EXIT_LOCAL;
	}
	ledger_free(old);
	return code;
}

static int install(const struct client *client, const struct ledger *ledger, const char *bytes, size_t length)
{
	_cleanup_free_ char *path = home_path(client->home, "ledger.json");
	int code = check_same(client, ledger);

	if (code != EXIT_OK)
		return code;
	if (file_make_directory(client->home) < 0 || file_write(path, bytes, length, 0600) < 0) {
		say_error("%s: %s", path, strerror(errno));
		return EXIT_LOCAL;
	}
	say_note(_("This home belongs to the ledger %s now."), ledger->aud);
	return EXIT_OK;
}

static int run_join(struct client *client, const json_t *input)
{
	const char *file = json_string_value(json_object_get(input, "file"));
	_cleanup_free_ char *bytes = NULL;
	const char *reason = NULL;
	struct ledger *ledger;
	size_t length;
	int code;

	bytes = file_read(file, LEDGER_FILE_MAX, &length);
	if (!bytes) {
		say_error("%s: %s", file, strerror(errno));
		return EXIT_LOCAL;
	}
	ledger = ledger_parse(bytes, length, &reason);
	if (!ledger) {
		say_error(_("%s is not a ledger.json: %s. Take the file that your administrator gave you."), file, say_translated(reason));
		return EXIT_USAGE;
	}
	code = install(client, ledger, bytes, length);
	ledger_free(ledger);
	return code;
}

#define PATH_CHARACTERS 4096

static const struct field new_input[] = {
	{"name", FIELD_TEXT, 0, 0, 0, NULL, NULL, "姓名", N_("whose key it is; said again in what to do next")},
	{"out", FIELD_TEXT, 0, 0, PATH_CHARACTERS, NULL, NULL, "输出文件", N_("file for the enrolment request; else it is printed")},
	{0},
};
static const struct field show_input[] = {
	{"request", FIELD_FLAG, 0, 0, 0, NULL, NULL, "登记申请", N_("print an enrolment request for the key")},
	{"out", FIELD_TEXT, 0, 0, PATH_CHARACTERS, NULL, NULL, "输出文件", N_("file for the enrolment request")},
	{0},
};
static const struct field join_input[] = {
	{"file", FIELD_TEXT, FIELD_REQUIRED, 0, PATH_CHARACTERS, NULL, NULL, "文件", N_("the ledger.json that an administrator gave you")},
	{0},
};
static const struct field no_input[] = {{0}};
static const struct field no_result[] = {{0}};

const struct builtin builtin_key[] = {
	{{.name = "key_new", .noun = "key", .verb = "new", .kind = OP_READ, .input = new_input, .result = no_result,
	  .help = N_("make your key and the request to enrol it")},
	 .run = run_new},
	{{.name = "key_show", .noun = "key", .verb = "show", .kind = OP_READ, .input = show_input, .result = no_result,
	  .help = N_("show your key's name")},
	 .run = run_show},
	{{.name = "key_join", .noun = "key", .verb = "join", .kind = OP_READ, .input = join_input, .result = no_result,
	  .help = N_("join a ledger: install its ledger.json")},
	 .run = run_join},
	{{.name = "key_rotate", .noun = "key", .verb = "rotate", .kind = OP_READ, .input = no_input, .result = no_result,
	  .help = N_("replace your key by a new one, with the same roles")},
	 .run = key_rotate},
	{.op = {.noun = NULL}},
};
