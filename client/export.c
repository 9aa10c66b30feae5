#include "client/builtin.h"
#include "client/csv_write.h"
#include "client/exchange.h"
#include "client/exit.h"
#include "client/file.h"
#include "client/journal.h"
#include "client/render.h"
#include "client/say.h"
#include "client/trouble.h"
#include "wire/base.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_CHARACTERS 4096
#define STATEMENT_MAX (64 << 20)

static int write_out(const char *out, const void *bytes, size_t length)
{
	if (file_write(out, bytes, length, 0644) == 0)
		return EXIT_OK;
	say_error("%s: %s", out, strerror(errno));
	return EXIT_LOCAL;
}

/* With the ledger and the log's size of which it is true. */
static int write_csv(const struct client *client, const char *out, const struct op *op, const struct answer *answer)
{
	_cleanup_free_ char *text = NULL;
	size_t length;
	FILE *memory = open_memstream(&text, &length);
	const json_t *log = json_object_get(answer->jws->content, "log");
	json_auto_t *origin = json_pack("{s:s, s:I, s:O*}", "aud", client->ledger->aud, "log_size", (json_int_t)answer->size, "log_root",
					json_object_get(log, "root"));
	bool chinese = !client->lang_given || say_is_chinese();

	if (!memory)
		BUG("no memory stream");
	csv_write_result(memory, op->result, answer->result, chinese);
	fputs("\r\n", memory);
	csv_write_pairs(memory, op_find("ledger", "status")->result, origin, chinese);
	fclose(memory);
	return write_out(out, text, length);
}

/* The operation's own input without what says how to write it. New reference. */
static json_t *statement_input(const json_t *input)
{
	json_t *copy = json_copy((json_t *)input);

	json_object_del(copy, "format");
	json_object_del(copy, "out");
	return copy;
}

static int write_statement(const struct client *client, const json_t *input, const struct op *op, const struct answer *answer,
			   const char *body)
{
	const char *format = json_string_value(json_object_get(input, "format"));
	const char *out = json_string_value(json_object_get(input, "out"));
	int code;

	if (answer->problem) {
		trouble_say(answer->problem, op->input, NULL);
		return EXIT_REFUSED;
	}
	code = format && strcmp(format, "csv") == 0 ? write_csv(client, out ? out : "-", op, answer) :
						      write_out(out ? out : "-", body, strlen(body));
	if (!out && isatty(STDOUT_FILENO))
		putchar('\n');
	if (code == EXIT_OK)
		say_note(_("As of log size %lld."), (long long)answer->size);
	return code;
}

static int run_statement(struct client *client, const json_t *input)
{
	const struct op *op = op_find("fund", "statement");
	json_auto_t *asked = statement_input(input);
	_cleanup_free_ char *body = NULL;
	struct answer answer = {0};
	int code = client_open(client);

	if (code == EXIT_OK)
		code = exchange_read(client, op, asked, &answer, &body);
	if (code == EXIT_OK)
		code = write_statement(client, input, op, &answer, body);
	answer_clear(&answer);
	return code;
}

static int run_journal(struct client *client, const json_t *input)
{
	const char *out = json_string_value(json_object_get(input, "out"));
	_cleanup_free_ char *text = NULL;
	size_t length;
	FILE *memory = open_memstream(&text, &length);
	int code = client_open(client);

	if (!memory)
		BUG("no memory stream");
	if (code == EXIT_OK)
		code = journal_write(client, memory);
	fclose(memory);
	return code == EXIT_OK ? write_out(out ? out : "-", text, length) : code;
}

static int show_statement(const struct answer *answer)
{
	const struct op *op = op_find("fund", "statement");

	if (!answer->result) {
		trouble_say(answer->problem, op->input, NULL);
		return EXIT_REFUSED;
	}
	render_result(stdout, op->result, answer->result);
	say_note(_("It verifies: signed by the ledger's answers key, as of log size %lld."), (long long)answer->size);
	return EXIT_OK;
}

static int verify_bytes(const struct ledger *ledger, const char *file, const char *bytes, size_t length)
{
	const char *reason = NULL;
	struct answer answer;
	int code;

	if (answer_verify(ledger, bytes, length, NULL, 0, &answer, &reason) < 0) {
		say_error(_("%s does not verify: %s"), file, say_translated(reason));
		say_note(_("  A file of 'export statement' in its format json verifies, as long as nobody changes it."));
		return EXIT_UNVERIFIED;
	}
	code = show_statement(&answer);
	answer_clear(&answer);
	return code;
}

/* Needs the ledger's pinned keys only: no connection, no key of one's own. */
static int run_verify(struct client *client, const json_t *input)
{
	const char *file = json_string_value(json_object_get(input, "file"));
	_cleanup_free_ char *bytes = NULL;
	size_t length;

	client->ledger = home_ledger(client->home);
	if (!client->ledger)
		return EXIT_LOCAL;
	bytes = file_read(file, STATEMENT_MAX, &length);
	if (bytes)
		return verify_bytes(client->ledger, file, bytes, length);
	say_error("%s: %s", file, strerror(errno));
	return EXIT_LOCAL;
}

static const struct choice formats[] = {{"json", "签名JSON"}, {"csv", "表格"}, {0}};

static const struct field statement_input_fields[] = {
	{"fund", FIELD_CODE, FIELD_REQUIRED, 0, 0, NULL, NULL, "基金", N_("the fund's code")},
	{"from", FIELD_DATE, FIELD_REQUIRED, 0, 0, NULL, NULL, "开始日期", N_("first day")},
	{"to", FIELD_DATE, FIELD_REQUIRED, 0, 0, NULL, NULL, "结束日期", N_("last day")},
	{"format", FIELD_CHOICE, 0, 0, 0, formats, NULL, "格式", N_("the signed answer as received, or a table for Excel, in Chinese")},
	{"out", FIELD_TEXT, 0, 0, PATH_CHARACTERS, NULL, NULL, "输出文件", N_("file to write; else it is printed")},
	{0},
};
static const struct field journal_input[] = {
	{"out", FIELD_TEXT, 0, 0, PATH_CHARACTERS, NULL, NULL, "输出文件", N_("file to write; else it is printed")},
	{0},
};
static const struct field verify_input[] = {
	{"file", FIELD_TEXT, FIELD_REQUIRED, 0, PATH_CHARACTERS, NULL, NULL, "文件", N_("a statement exported as json")},
	{0},
};
static const struct field no_result[] = {{0}};

const struct builtin builtin_export[] = {
	{{.name = "export_statement", .noun = "export", .verb = "statement", .kind = OP_READ, .scope = "fund", .input = statement_input_fields, .result = no_result,
	  .help = N_("write a fund's statement as signed JSON or as CSV")},
	 .run = run_statement},
	{{.name = "export_journal", .noun = "export", .verb = "journal", .kind = OP_READ, .input = journal_input, .result = no_result,
	  .help = N_("write the whole book as an hledger journal")},
	 .run = run_journal},
	{{.name = "export_verify", .noun = "export", .verb = "verify", .kind = OP_READ, .input = verify_input, .result = no_result,
	  .help = N_("verify an exported statement and show it")},
	 .run = run_verify},
	{.op = {.noun = NULL}},
};
