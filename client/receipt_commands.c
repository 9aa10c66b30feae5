/* receipt show, list, verify. */
#include "client/answer.h"
#include "client/builtin.h"
#include "client/command.h"
#include "client/exchange.h"
#include "client/exit.h"
#include "client/file.h"
#include "client/home.h"
#include "client/receipt.h"
#include "client/receipt_say.h"
#include "client/render.h"
#include "client/say.h"
#include "client/trouble.h"
#include "wire/base.h"
#include "wire/base64url.h"
#include "wire/json.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_CHARACTERS 4096
#define RECEIPT_MAX (64 << 20)

/* ---- show */

static int write_file(const char *out, const struct receipt *receipt, const struct answer *answer)
{
	json_auto_t *file = receipt_file(receipt, answer);
	_cleanup_free_ char *text = json_dumps(file, JSON_COMPACT | JSON_SORT_KEYS), *line = xasprintf("%s\n", text);

	if (file_write(out, line, strlen(line), 0644) < 0) {
		say_error("%s: %s", out, strerror(errno));
		return EXIT_LOCAL;
	}
	say_note(_("The receipt is in %s; 'lovebank receipt verify %s' checks it without the ledger."), out, out);
	return EXIT_OK;
}

/* Why it is not the receipt that was asked for, or NULL. */
static const char *asked_fault(const struct receipt *receipt, const json_t *input)
{
	const json_t *index = json_object_get(input, "index"), *entry = json_object_get(input, "entry");

	if (receipt->count != 1 || (index && (uint64_t)json_integer_value(index) != receipt->first))
		return N_("it is the receipt of another leaf");
	if (entry && receipt->leaves && !json_equal(entry, json_object_get(json_array_get(receipt->leaves, 0), "entry")))
		return N_("it is the receipt of another entry");
	return NULL;
}

static int show_receipt(struct client *client, const json_t *input, const struct answer *answer, const struct receipt *receipt)
{
	const char *out = json_string_value(json_object_get(input, "out"));

	if (client->json) {
		fwrite(answer->jws->payload, 1, answer->jws->payload_length, stdout);
		putchar('\n');
	} else if (!out || strcmp(out, "-") != 0) {
		receipt_say_leaves(stdout, receipt, NULL);
		receipt_say_place(stdout, client->ledger, receipt);
	}
	return out ? write_file(out, receipt, answer) : EXIT_OK;
}

static int judge_answer(struct client *client, const json_t *input, const struct answer *answer)
{
	const char *reason = NULL;
	struct receipt receipt;
	int code = EXIT_UNVERIFIED;

	if (receipt_check(client->ledger, json_object_get(answer->result, "receipt"), &receipt, &reason) == 0) {
		reason = asked_fault(&receipt, input);
		if (!reason)
			code = show_receipt(client, input, answer, &receipt);
		receipt_clear(&receipt);
	}
	if (reason)
		say_error(_("the receipt does not verify and is not shown: %s"), say_translated(reason));
	return code;
}

static int ask_and_show(struct client *client, const json_t *input)
{
	const struct op *op = op_find("receipt", "show");
	json_auto_t *asked = json_copy((json_t *)(uintptr_t)input);
	struct answer answer = {0};
	int code = client_open(client);

	json_object_del(asked, "out");
	if (code == EXIT_OK)
		code = exchange_read(client, op, asked, &answer, NULL);
	if (code == EXIT_OK)
		code = answer.problem ? command_show(client, op, &answer, NULL) : judge_answer(client, input, &answer);
	answer_clear(&answer);
	return code;
}

/* ---- verify: bytes of a receipt file, or of an answer that carries one */

struct checked {
	struct receipt receipt;
	struct answer answer; /* jws NULL: there is none, or its signature was not checked */
	bool unchecked;	      /* there is an answer, and no answers key to check it by */
	json_t *file;	      /* what receipt points into */
	struct jws *jws;      /* the same, of an unchecked answer */
};

static void checked_clear(struct checked *checked)
{
	receipt_clear(&checked->receipt);
	if (checked->answer.jws)
		answer_clear(&checked->answer);
	jws_free(checked->jws);
	json_decref(checked->file);
}

static const char *check_answer(const struct ledger *ledger, const char *bytes, size_t length, struct checked *checked)
{
	const char *reason = NULL;

	if (ledger->answers)
		return answer_verify(ledger, bytes, length, NULL, 0, &checked->answer, &reason) < 0 ? reason : NULL;
	checked->unchecked = true;
	checked->jws = bytes[0] == '{' ? jws_parse(bytes, length, &reason) : jws_parse_compact(bytes, length, &reason);
	return reason;
}

/* The receipt in an answer; that of a command must fit what the answer says of itself. */
static const char *check_receipt_in(const struct ledger *ledger, struct checked *checked)
{
	const json_t *content = checked->answer.jws ? checked->answer.jws->content : checked->jws->content;
	const json_t *own = json_object_get(content, "receipt"), *shown = json_object_get(json_object_get(content, "result"), "receipt");
	const json_t *request = json_object_get(content, "request");
	const char *reason = NULL, *kid;
	unsigned char hash[TREE_HASH];

	if (!own && !shown)
		return N_("it is an answer without a receipt");
	if (receipt_check(ledger, own ? own : shown, &checked->receipt, &reason) < 0)
		return reason;
	if (!own || !checked->answer.jws)
		return NULL;
	if (base64url_decode(json_string_value(request), json_string_length(request), hash, sizeof(hash)) != sizeof(hash))
		return N_("it names no request");
	kid = json_string_value(json_object_get(json_array_get(checked->receipt.leaves, 0), "kid"));
	return receipt_fault(&checked->receipt, &checked->answer, hash, kid ? kid : "");
}

/* Whether the answer beside a closed leaf's hash speaks of that leaf. */
static const char *check_closed(const struct ledger *ledger, const json_t *file, struct checked *checked)
{
	const json_t *compact = json_object_get(file, "answer");
	const char *reason = check_answer(ledger, json_string_value(compact), json_string_length(compact), checked);
	struct receipt single = checked->receipt;
	uint64_t at;

	if (reason)
		return reason;
	checked->receipt = (struct receipt){0};
	reason = check_receipt_in(ledger, checked);
	at = single.first - checked->receipt.first;
	if (!reason && (single.first < checked->receipt.first || at >= checked->receipt.count ||
			memcmp(checked->receipt.hashes[at], single.hashes[0], TREE_HASH) != 0))
		reason = N_("the answer in it speaks of another leaf");
	receipt_clear(&checked->receipt);
	checked->receipt = single;
	return reason;
}

/* Why it does not hold, or NULL with what it is. */
static const char *check_bytes(const struct ledger *ledger, const char *bytes, size_t length, struct checked *checked)
{
	const char *reason = NULL;

	while (length && (bytes[length - 1] == '\n' || bytes[length - 1] == '\r'))
		length--;
	checked->file = json_parse(bytes, length, &reason);
	if (!checked->file)
		return reason;
	if (!receipt_is_file(checked->file)) {
		reason = check_answer(ledger, bytes, length, checked);
		return reason ? reason : check_receipt_in(ledger, checked);
	}
	if (receipt_check_file(ledger, checked->file, false, &checked->receipt, &reason) < 0)
		return reason;
	return checked->receipt.leaves ? NULL : check_closed(ledger, checked->file, checked);
}

/* ---- verify: what is said */

static void print_json(const struct ledger *ledger, const char *file, const struct checked *checked, const char *reason)
{
	const struct receipt *receipt = &checked->receipt;
	json_auto_t *row = json_pack("{s:s, s:s, s:b, s:s*}", "file", file, "aud", ledger->aud, "holds", !reason, "reason", reason);

	if (!reason) {
		json_object_set_new(row, "leaf", json_integer((json_int_t)receipt->first));
		json_object_set_new(row, "leaves", json_integer((json_int_t)receipt->count));
		json_object_set_new(row, "size", json_integer((json_int_t)receipt->size));
		json_object_set_new(row, "closed", json_boolean(!receipt->leaves));
		json_object_set_new(row, "answer", json_boolean(checked->answer.jws));
	}
	json_dumpf(row, stdout, JSON_COMPACT);
	putchar('\n');
}

static void print_checked(const struct ledger *ledger, const struct checked *checked)
{
	const struct answer *answer = checked->answer.jws ? &checked->answer : NULL;

	receipt_say_leaves(stdout, &checked->receipt, answer);
	receipt_say_place(stdout, ledger, &checked->receipt);
	if (answer)
		puts(answer->ended ? _("The answer is signed by an answers key of the ledger that has ended since.") :
				     _("The answer is signed by the ledger's answers key."));
	if (checked->unchecked)
		puts(_("The answer's own signature was not checked: no answers key is known here."));
}

static int verify_file(const struct client *client, const struct ledger *ledger, const char *file)
{
	_cleanup_free_ char *bytes = NULL;
	struct checked checked = {0};
	const char *reason;
	size_t length;

	bytes = file_read(file, RECEIPT_MAX, &length);
	if (!bytes) {
		say_error("%s: %s", file, strerror(errno));
		return EXIT_LOCAL;
	}
	reason = check_bytes(ledger, bytes, length, &checked);
	if (client->json)
		print_json(ledger, file, &checked, reason);
	else if (!reason)
		print_checked(ledger, &checked);
	if (reason)
		say_error(_("%s does NOT hold: %s"), file, say_translated(reason));
	else if (!client->json)
		printf(_("%s holds.\n"), file);
	checked_clear(&checked);
	return reason ? EXIT_UNVERIFIED : EXIT_OK;
}

/* The keys to check by: a log key alone, another ledger.json, or the joined ledger's. NULL after saying why. */
static struct ledger *trusted_ledger(const struct client *client, const json_t *input)
{
	const char *path = json_string_value(json_object_get(input, "ledger"));
	const char *verifier = json_string_value(json_object_get(input, "log_key"));
	struct ledger *ledger;

	if (!verifier)
		return path ? home_ledger_file(path) : home_ledger(client->home);
	ledger = ledger_from_log_key(verifier);
	if (!ledger)
		say_error(_("--log-key wants a verifier key, like name+01234567+base64"));
	return ledger;
}

static int run_verify(struct client *client, const json_t *input)
{
	json_auto_t *files = json_incref(json_object_get(input, "file"));
	struct ledger *ledger = trusted_ledger(client, input);
	int code = EXIT_OK;
	json_t *file;
	size_t i;

	if (!ledger)
		return EXIT_LOCAL;
	if (!files)
		files = json_pack("[s]", "-");
	json_array_foreach(files, i, file) {
		int one = verify_file(client, ledger, json_string_value(file));

		if (!client->json && i + 1 < json_array_size(files))
			putchar('\n');
		code = one == EXIT_UNVERIFIED || code == EXIT_OK ? one : code;
	}
	ledger_free(ledger);
	return code;
}

/* A receipt that is at hand is shown from itself, which checks it; else the ledger is asked. */
static int run_show(struct client *client, const json_t *input)
{
	return json_object_get(input, "file") ? run_verify(client, input) : ask_and_show(client, input);
}

/* ---- list */

static const struct field list_items[] = {
	{.name = "file", .type = FIELD_TEXT, .zh = "文件", .help = ""},
	{.name = "leaf", .type = FIELD_COUNT, .zh = "日志序号", .help = ""},
	{.name = "leaves", .type = FIELD_COUNT, .zh = "叶数", .help = ""},
	{.name = "entry", .type = FIELD_ID, .zh = "凭证号", .help = ""},
	{.name = "what", .type = FIELD_TEXT, .zh = "事项", .help = ""},
	{.name = "recorded_at", .type = FIELD_TIME, .zh = "记账时间", .help = ""},
	{.name = "fault", .type = FIELD_TEXT, .zh = "问题", .help = ""},
	{.name = NULL},
};

static json_t *describe(const struct client *client, const char *folder, const char *name)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", folder, name), *bytes = NULL, *kind = NULL;
	struct checked checked = {0};
	const json_t *leaf;
	const char *reason;
	size_t length = 0;
	json_t *row;

	bytes = file_read(path, RECEIPT_MAX, &length);
	reason = bytes ? check_bytes(client->ledger, bytes, length, &checked) : strerror(errno);
	if (reason) {
		row = json_pack("{s:s, s:s}", "file", name, "fault", say_translated(reason));
		checked_clear(&checked);
		return row;
	}
	leaf = checked.receipt.leaves ? json_array_get(checked.receipt.leaves, 0) : checked.answer.result;
	kind = receipt_kind(leaf);
	row = json_pack("{s:s, s:I, s:I, s:s, s:O*, s:O*}", "file", name, "leaf", (json_int_t)checked.receipt.first, "leaves",
			(json_int_t)checked.receipt.count, "what", *kind ? kind : _("closed"), "entry", json_object_get(leaf, "entry"), "recorded_at",
			json_object_get(leaf, "recorded_at"));
	checked_clear(&checked);
	return row;
}

static int is_receipt(const struct dirent *entry)
{
	const char *dot = strrchr(entry->d_name, '.');

	return dot && strcmp(dot, ".json") == 0;
}

static int run_list(struct client *client, const json_t *input)
{
	_cleanup_free_ char *folder = NULL;
	json_auto_t *rows = json_array();
	struct dirent **entries;
	int count;

	(void)input;
	client->ledger = home_ledger(client->home);
	if (!client->ledger)
		return EXIT_LOCAL;
	folder = home_ledger_path(client->home, client->ledger->aud, "receipts");
	count = scandir(folder, &entries, is_receipt, versionsort);
	for (int i = 0; i < count; i++) {
		json_array_append_new(rows, describe(client, folder, entries[i]->d_name));
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	if (client->json) {
		json_dumpf(rows, stdout, JSON_COMPACT);
		putchar('\n');
		return EXIT_OK;
	}
	render_rows(stdout, list_items, rows);
	say_note(_("They are in %s."), folder);
	return EXIT_OK;
}

#define KEYS_TO_CHECK_BY \
	{.name = "ledger", .type = FIELD_TEXT, .max = PATH_CHARACTERS, .zh = "账本文件", .help = N_("ledger.json of the ledger, if it is not the joined one")}, \
	{.name = "log_key", .type = FIELD_TEXT, .max = NOTE_VERIFIER, .zh = "日志公钥", .help = N_("verifier key of the log, if that is all that is known")}

static const struct field show_input[] = {
	{.name = "file", .type = FIELD_LIST, .zh = "文件", .help = N_("receipts that are at hand, - for standard input; then the ledger is not asked")},
	{.name = "entry", .type = FIELD_ID, .zh = "凭证号", .help = N_("number of the entry")},
	{.name = "index", .type = FIELD_COUNT, .max = JSON_INTEGER_MAX, .zh = "日志序号", .help = N_("index of the leaf in the log, instead of an entry")},
	{.name = "out", .type = FIELD_TEXT, .max = PATH_CHARACTERS, .zh = "输出文件", .help = N_("file for the receipt, which anybody can verify")},
	KEYS_TO_CHECK_BY,
	{.name = NULL},
};
static const struct field verify_input[] = {
	{.name = "file", .type = FIELD_LIST, .zh = "文件", .help = N_("receipts or kept answers; else standard input is read")},
	KEYS_TO_CHECK_BY,
	{.name = NULL},
};
static const struct field nothing[] = {{.name = NULL}};

const struct builtin builtin_receipt[] = {
	{{.name = "receipt_show", .noun = "receipt", .verb = "show", .kind = OP_READ, .input = show_input, .result = nothing,
	  .help = N_("show the receipt of an entry or of a leaf of the log")},
	 .run = run_show},
	{{.name = "receipt_list", .noun = "receipt", .verb = "list", .kind = OP_READ, .input = nothing, .result = nothing,
	  .help = N_("list the receipts that are kept here")},
	 .run = run_list},
	{{.name = "receipt_verify", .noun = "receipt", .verb = "verify", .kind = OP_READ, .input = verify_input, .result = nothing,
	  .help = N_("check receipts without the ledger, by its keys alone")},
	 .run = run_verify},
	{.op = {.noun = NULL}},
};
