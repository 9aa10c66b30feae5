#include "client/builtin.h"
#include "client/command.h"
#include "client/exit.h"
#include "client/file.h"
#include "client/outbox.h"
#include "client/render.h"
#include "client/say.h"
#include "wire/base.h"
#include "wire/jws.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* A row of the list: what is known of a command without its ledger. New reference. */
static json_t *describe(const struct client *client, const char *name)
{
	_cleanup_free_ char *path = outbox_path(client->home, name);
	_cleanup_free_ char *bytes = NULL;
	const char *reason = NULL;
	struct jws *jws;
	size_t length = 0;
	json_t *row;

	bytes = file_read(path, HTTP_BODY_MAX, &length);
	jws = bytes ? jws_parse(bytes, length, &reason) : NULL;
	row = json_pack("{s:s, s:s*}", "name", name, "operation", jws ? json_string_value(json_object_get(jws->content, "htu")) : reason);
	jws_free(jws);
	return row;
}

static const struct field list_items[] = {
	{"name", FIELD_TEXT, 0, 0, 0, NULL, NULL, "名称", ""},
	{"operation", FIELD_TEXT, 0, 0, 0, NULL, NULL, "操作", ""},
	{0},
};

static int run_list(struct client *client, const json_t *input)
{
	json_auto_t *names = outbox_names(client->home), *rows = json_array();
	json_t *name;
	size_t i;

	(void)input;
	json_array_foreach(names, i, name)
		json_array_append_new(rows, describe(client, json_string_value(name)));
	if (!client->json) {
		render_rows(stdout, list_items, rows);
		return EXIT_OK;
	}
	json_dumpf(rows, stdout, JSON_COMPACT);
	putchar('\n');
	return EXIT_OK;
}

static int send_one(struct client *client, const char *name)
{
	struct answer answer = {0};
	const struct op *op = NULL;
	int code;

	if (!client->json)
		printf("%s\n", name);
	code = command_resend(client, name, &op, &answer);
	if (code == EXIT_OK)
		code = command_show(client, op, &answer, NULL);
	answer_clear(&answer);
	return code;
}

static int run_send(struct client *client, const json_t *input)
{
	const char *only = json_string_value(json_object_get(input, "name"));
	json_auto_t *names = outbox_names(client->home);
	int code = EXIT_OK;
	json_t *name;
	size_t i;

	if (only)
		return send_one(client, only);
	if (!json_array_size(names))
		say_note(_("The outbox is empty."));
	json_array_foreach(names, i, name) {
		int one = send_one(client, json_string_value(name));

		code = code == EXIT_OK ? one : code;
		if (one != EXIT_OK && one != EXIT_REFUSED)
			break;
	}
	return code;
}

static int run_drop(struct client *client, const json_t *input)
{
	const char *name = json_string_value(json_object_get(input, "name"));
	_cleanup_free_ char *path = outbox_path(client->home, name);

	if (strchr(name, '/')) {
		say_error(_("\"%s\" is not a name in the outbox"), name);
		return EXIT_USAGE;
	}
	if (!client->yes && !say_confirm(_("It may have been posted, and its answer will never be known. Drop it?"))) {
		say_note(_("Nothing was done."));
		return EXIT_USAGE;
	}
	if (file_remove(path) == 0)
		return EXIT_OK;
	say_error("%s: %s", path, strerror(errno));
	return EXIT_LOCAL;
}

static const struct field none_input[] = {{0}};
static const struct field send_input[] = {
	{"name", FIELD_TEXT, 0, 0, 0, NULL, NULL, "名称", N_("only this one, as the list names it")},
	{0},
};
static const struct field drop_input[] = {
	{"name", FIELD_TEXT, FIELD_REQUIRED, 0, 0, NULL, NULL, "名称", N_("as the list names it")},
	{0},
};
static const struct field no_result[] = {{0}};

const struct builtin builtin_outbox[] = {
	{{.name = "outbox_list", .noun = "outbox", .verb = "list", .kind = OP_READ, .input = none_input, .result = no_result,
	  .help = N_("list commands that wait for their answer")},
	 .run = run_list},
	{{.name = "outbox_send", .noun = "outbox", .verb = "send", .kind = OP_READ, .input = send_input, .result = no_result,
	  .help = N_("send them again, the same bytes: each is posted once at most")},
	 .run = run_send},
	{{.name = "outbox_drop", .noun = "outbox", .verb = "drop", .kind = OP_READ, .input = drop_input, .result = no_result,
	  .help = N_("forget one without knowing what became of it")},
	 .run = run_drop},
	{.op = {.noun = NULL}},
};
