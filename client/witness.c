/* witness key, witness follow: watches from outside that a ledger's log only grows, and cosigns its checkpoints. */
#include "client/builtin.h"
#include "client/exit.h"
#include "client/log_open.h"
#include "client/say.h"
#include "client/witness_state.h"
#include "wire/base.h"
#include "wire/json.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PATH_CHARACTERS 4096
#define NAME_CHARACTERS 100
#define INTERVAL_S 60
#define UNREACHABLE_S 600

struct witness {
	struct client *client;
	struct public_log log;
	struct http *post; /* NULL: cosignatures stay here */
	struct witness_state state;
	int64_t interval_s, stall_s; /* stall_s 0: not asked for */
	int64_t heard, grew;	     /* seconds of the monotonic clock */
	bool once, posted, silent;
};

static volatile sig_atomic_t stopped;

static void stop(int number)
{
	(void)number;
	stopped = 1;
}

static int64_t now_s(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* ---- one look at the log */

static int say_shrunk(const struct witness *witness, const struct log_checkpoint *newest)
{
	say_error(_("THE LOG SHRANK: it has been cosigned at size %" PRIu64 ", its newest checkpoint now has size %" PRIu64),
		  witness->state.last.point.size, newest->point.size);
	witness_state_evidence(&witness->state, newest);
	return EXIT_UNVERIFIED;
}

static int say_forked(const struct witness *witness, const struct log_checkpoint *newest)
{
	say_error(_("THE LOG FORKED: the checkpoint of size %" PRIu64 " does not go on from the cosigned one of size %" PRIu64),
		  newest->point.size, witness->state.last.point.size);
	witness_state_evidence(&witness->state, newest);
	return EXIT_UNVERIFIED;
}

/* EXIT_OK when the newest checkpoint goes on from what was cosigned last. */
static int check_growth(struct witness *witness, const struct log_checkpoint *newest)
{
	const struct public_log_point *last = &witness->state.last.point;
	struct proof proof;
	bool forked = false;
	int code;

	if (!witness->state.seen)
		return EXIT_OK;
	if (newest->point.size < last->size)
		return say_shrunk(witness, newest);
	if (newest->point.size == last->size)
		return memcmp(newest->point.root, last->root, TREE_HASH) == 0 ? EXIT_OK : say_forked(witness, newest);
	code = public_log_consistent(&witness->log, last, &newest->point, &proof, &forked);
	public_log_forget(&witness->log);
	if (code == EXIT_OK)
		return code;
	return forked ? say_forked(witness, newest) : log_say(&witness->log, code);
}

/* Hands the kept note to the ledger. 422 says that it has it already, or does not know this witness. */
static void post(struct witness *witness)
{
	const char *note = witness->state.last.note;
	struct http_reply reply = {0};

	if (!witness->post || witness->posted)
		return;
	if (http_send(witness->post, "/log/cosignature", note, strlen(note), &reply) < 0)
		say_error(_("the cosignature was not handed over, it will be tried again: %s"), reply.error);
	else if (reply.status == 200 || reply.status == 422)
		witness->posted = true;
	else
		say_error(_("the cosignature was not handed over, it will be tried again: %s"), reply.body ? reply.body : "");
	if (reply.status == 422)
		say_note(_("the ledger did not take the cosignature of size %" PRIu64 ": it has it already, or this witness is none of its witnesses"),
			 witness->state.last.point.size);
	http_reply_clear(&reply);
}

static int cosign(struct witness *witness, const struct log_checkpoint *newest)
{
	bool new = !witness->state.seen || newest->point.size != witness->state.last.point.size;
	int code = new ? witness_state_cosign(&witness->state, newest, witness->client->ledger->aud) : EXIT_OK;

	if (new && code == EXIT_OK) {
		witness->grew = now_s();
		witness->posted = false;
		say_note(_("cosigned the checkpoint of size %" PRIu64), newest->point.size);
	}
	if (code == EXIT_OK)
		post(witness);
	return code;
}

static int look(struct witness *witness)
{
	struct log_checkpoint newest;
	int code = log_newest(witness->client, &witness->log, &newest);

	if (code == EXIT_UNVERIFIED)
		return log_say(&witness->log, code);
	if (code == EXIT_UNKNOWN) {
		if (!witness->silent)
			log_say(&witness->log, code);
		witness->silent = true;
		return code;
	}
	if (witness->silent)
		say_note(_("the log can be reached again"));
	witness->silent = false;
	code = check_growth(witness, &newest);
	if (code != EXIT_OK)
		return code;
	witness->heard = now_s();
	return cosign(witness, &newest);
}

/* ---- following */

static bool is_stalled(const struct witness *witness)
{
	return witness->stall_s ? now_s() - witness->grew >= witness->stall_s : now_s() - witness->heard >= UNREACHABLE_S;
}

static int say_stalled(const struct witness *witness)
{
	if (witness->silent || !witness->stall_s)
		say_error(_("THE LOG IS SILENT: no good answer for %lld seconds"), (long long)(now_s() - witness->heard));
	else
		say_error(_("THE LOG STALLS: no new checkpoint for %lld seconds"), (long long)(now_s() - witness->grew));
	return EXIT_UNKNOWN;
}

static void wait(int64_t seconds)
{
	struct timespec left = {.tv_sec = seconds};

	while (!stopped && nanosleep(&left, &left) < 0 && errno == EINTR)
		;
}

/* What cannot be got may come later; what does not verify ends it, loudly. */
static int follow(struct witness *witness)
{
	for (;;) {
		int code = look(witness);

		if (witness->once || (code != EXIT_OK && code != EXIT_UNKNOWN))
			return code;
		if (is_stalled(witness))
			return say_stalled(witness);
		wait(witness->interval_s);
		if (stopped)
			return EXIT_OK;
	}
}

static void catch_signals(void)
{
	struct sigaction action = {.sa_handler = stop};

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
}

static const char *text_of(const json_t *input, const char *name)
{
	return json_string_value(json_object_get(input, name));
}

static bool is_name(const char *name)
{
	if (*name && !strpbrk(name, "+ \t"))
		return true;
	say_error(_("a witness's name has no spaces and no plus sign: %s"), name);
	return false;
}

static int run_follow(struct client *client, const json_t *input)
{
	json_int_t interval = json_integer_value(json_object_get(input, "interval"));
	struct witness witness = {.client = client, .heard = now_s(), .grew = now_s()};
	const char *folder = text_of(input, "from");
	int code;

	if (!is_name(text_of(input, "name")))
		return EXIT_USAGE;
	witness.once = json_is_true(json_object_get(input, "once"));
	witness.interval_s = interval ? interval : INTERVAL_S;
	witness.stall_s = json_integer_value(json_object_get(input, "stall"));
	code = witness_state_open(&witness.state, text_of(input, "state"), text_of(input, "key"), text_of(input, "name"));
	if (code == EXIT_OK)
		code = log_open(client, text_of(input, "url"), folder, &witness.log);
	if (code == EXIT_OK) {
		witness.post = folder ? NULL : witness.log.http;
		catch_signals();
		code = follow(&witness);
		public_log_close(&witness.log);
	}
	witness_state_close(&witness.state);
	return code;
}

/* ---- the key */

static int run_key(struct client *client, const json_t *input)
{
	const char *out = text_of(input, "out"), *name = text_of(input, "name");
	char verifier[NOTE_VERIFIER];
	struct key *key;
	int code = EXIT_OK;

	(void)client;
	if (!is_name(name))
		return EXIT_USAGE;
	key = key_new_ed25519();
	note_witness_verifier(key, name, verifier);
	if (key_write(key, out) < 0) {
		say_error("%s: %s", out, strerror(errno));
		code = EXIT_LOCAL;
	}
	key_free(key);
	if (code != EXIT_OK)
		return code;
	puts(verifier);
	say_note(_("The key is in %s; keep it to yourself. Give the line above to the ledger's operator, who adds it to the file of witnesses."), out);
	return EXIT_OK;
}

static const struct field key_input[] = {
	{.name = "out", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .max = PATH_CHARACTERS, .zh = "输出文件", .help = N_("file for the key")},
	{.name = "name", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .max = NAME_CHARACTERS, .zh = "名称", .help = N_("the witness's name, as a domain name: witness.example.org")},
	{.name = NULL},
};
static const struct field follow_input[] = {
	{.name = "key", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .max = PATH_CHARACTERS, .zh = "密钥文件", .help = N_("the witness's key, as 'witness key' made it")},
	{.name = "state", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .max = PATH_CHARACTERS, .zh = "状态文件", .help = N_("file with what was cosigned last; never restore an old copy of it")},
	{.name = "name", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .max = NAME_CHARACTERS, .zh = "名称", .help = N_("the witness's name, as given when the key was made")},
	{.name = "once", .type = FIELD_FLAG, .zh = "一次", .help = N_("look once and end")},
	{.name = "interval", .type = FIELD_COUNT, .min = 1, .max = 86400, .zh = "间隔秒数", .help = N_("seconds between two looks, else 60")},
	{.name = "stall", .type = FIELD_COUNT, .min = 1, .max = 31536000, .zh = "停滞秒数", .help = N_("end when no new checkpoint came for so many seconds; else only silence counts, of 600")},
	{.name = "from", .type = FIELD_TEXT, .max = PATH_CHARACTERS, .zh = "镜像目录", .help = N_("read a folder that 'log mirror' made; the cosignature stays in the state")},
	{.name = "url", .type = FIELD_TEXT, .max = PATH_CHARACTERS, .zh = "地址", .help = N_("https://HOST:PORT, if not where ledger.json says")},
	{.name = NULL},
};
static const struct field nothing[] = {{.name = NULL}};

const struct builtin builtin_witness[] = {
	{{.name = "witness_key", .noun = "witness", .verb = "key", .kind = OP_READ, .input = key_input, .result = nothing,
	  .help = N_("make a witness's key and print its verifier key")},
	 .run = run_key},
	{{.name = "witness_follow", .noun = "witness", .verb = "follow", .kind = OP_READ, .input = follow_input, .result = nothing,
	  .help = N_("watch a ledger's log from outside and cosign its checkpoints")},
	 .run = run_follow},
	{.op = {.noun = NULL}},
};
