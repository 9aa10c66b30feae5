#include "client/journal.h"

#include "client/exchange.h"
#include "client/exit.h"
#include "client/say.h"
#include "client/trouble.h"
#include "client/value.h"
#include "wire/base.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* One entry as text. They are sorted by day at the end: a back-dated entry has a later number. */
struct entry {
	char *date, *text;
	json_int_t number;
};

struct journal {
	struct entry *entries;
	size_t count;
	json_t *accounts; /* an object: every name that was used */
	int64_t size;     /* of the log at the last page */
};

/* The top of an account's name by the first character of its number, and its type for hledger. */
static const struct top {
	char digit;
	const char *name, *type;
} tops[] = {
	{'1', "资产", "A"}, {'2', "负债", "L"}, {'3', "净资产", "E"}, {'4', "收入", "R"}, {'5', "费用", "X"}, {'P', "积分", "E"}, {0},
};

static const char *top_of(const char *number)
{
	const struct top *top = tops;

	while (top->digit && top->digit != *number)
		top++;
	return top->digit ? top->name : "其他";
}

/* Copies a part of a name without what hledger gives a meaning: colons, semicolons, white space. */
static void put_part(FILE *out, const char *part)
{
	for (; *part; part++) {
		if (*part == ':' || *part == ';')
			fputs(*part == ':' ? "：" : "；", out);
		else
			fputc((unsigned char)*part <= ' ' ? '_' : *part, out);
	}
}

static void put_member(FILE *out, const json_t *posting, const char *name)
{
	const char *part = json_string_value(json_object_get(posting, name));

	if (!part)
		return;
	fputc(':', out);
	put_part(out, part);
}

/* "资产:1002银行存款:QX-F01", "净资产:3102限定性净资产:QX-F01:限定:为老服务"; malloc'd. */
static char *account_name(const json_t *posting)
{
	const char *number = json_string_value(json_object_get(posting, "account"));
	const char *title = json_string_value(json_object_get(posting, "title"));
	char *name = NULL;
	size_t length;
	FILE *out = open_memstream(&name, &length);

	if (!out)
		BUG("no memory stream");
	fprintf(out, "%s:", top_of(number ? number : ""));
	put_part(out, number ? number : "?");
	put_part(out, title ? title : "");
	put_member(out, posting, "owner");
	if (json_is_true(json_object_get(posting, "restricted")))
		fputs(":限定", out);
	put_member(out, posting, "purpose");
	fclose(out);
	return name;
}

static void put_posting(struct journal *journal, FILE *out, const json_t *posting, bool is_money)
{
	const char *amount = json_string_value(json_object_get(posting, "amount"));
	_cleanup_free_ char *name = account_name(posting);
	_cleanup_free_ char *yuan = is_money ? value_yuan(amount ? amount : "0", false) : NULL;

	json_object_set_new(journal->accounts, name, json_true());
	fprintf(out, "    %s  %s %s\n", name, is_money ? yuan : amount ? amount : "0", is_money ? "CNY" : "积分");
}

static void put_tag(FILE *out, const json_t *row, const char *name)
{
	const json_t *value = json_object_get(row, name);

	if (json_is_string(value))
		fprintf(out, "    ; %s: %s\n", name, json_string_value(value));
	else if (json_is_integer(value))
		fprintf(out, "    ; %s: %" JSON_INTEGER_FORMAT "\n", name, json_integer_value(value));
}

static void put_entry(struct journal *journal, FILE *out, const json_t *row)
{
	const char *date = json_string_value(json_object_get(row, "occurred_on"));
	const struct field kinds = {.type = FIELD_CHOICE, .choices = op_entry_kinds};
	_cleanup_free_ char *kind = value_text(&kinds, json_object_get(row, "kind"));
	const char *book = json_string_value(json_object_get(row, "book"));
	const json_t *posting;
	size_t i;

	fprintf(out, "%s (%" JSON_INTEGER_FORMAT ") %s\n", date ? date : "", json_integer_value(json_object_get(row, "entry")), kind);
	put_tag(out, row, "recorded_at");
	put_tag(out, row, "reverses");
	json_array_foreach(json_object_get(row, "postings"), i, posting)
		put_posting(journal, out, posting, book && strcmp(book, "money") == 0);
	fputc('\n', out);
}

static void add_entry(struct journal *journal, const json_t *row)
{
	const char *date = json_string_value(json_object_get(row, "occurred_on"));
	struct entry entry = {.date = xstrdup(date ? date : ""), .number = json_integer_value(json_object_get(row, "entry"))};
	size_t length;
	FILE *out = open_memstream(&entry.text, &length);

	if (!out)
		BUG("no memory stream");
	put_entry(journal, out, row);
	fclose(out);
	if ((journal->count & (journal->count - 1)) == 0)
		journal->entries = xrealloc(journal->entries, (journal->count ? journal->count * 2 : 1) * sizeof(*journal->entries));
	journal->entries[journal->count++] = entry;
}

/* Takes a page over; the cursor of the next one, new, or NULL after the last. */
static json_t *add_page(struct journal *journal, const struct answer *answer)
{
	const json_t *row;
	size_t i;

	json_array_foreach(json_object_get(answer->result, "rows"), i, row)
		add_entry(journal, row);
	journal->size = answer->size;
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r%zu", journal->count);
	return json_incref(json_object_get(answer->result, "next"));
}

static int read_pages(struct client *client, struct journal *journal)
{
	const struct op *op = op_find("ledger", "journal");
	json_auto_t *input = json_object();
	json_t *next;

	do {
		struct answer answer = {0};
		int code = exchange_read(client, op, input, &answer, NULL);

		if (code != EXIT_OK)
			return code;
		if (answer.problem) {
			trouble_say(answer.problem, op->input, NULL);
			answer_clear(&answer);
			return EXIT_REFUSED;
		}
		next = add_page(journal, &answer);
		answer_clear(&answer);
		if (next)
			json_object_set_new(input, "cursor", next);
	} while (next);
	if (isatty(STDERR_FILENO))
		fputc('\n', stderr);
	return EXIT_OK;
}

static int by_day(const void *a, const void *b)
{
	const struct entry *left = a, *right = b;
	int order = strcmp(left->date, right->date);

	return order ? order : (left->number > right->number) - (left->number < right->number);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void put_accounts(FILE *out, json_t *accounts)
{
	const char **names = xcalloc(json_object_size(accounts), sizeof(*names));
	const char *name;
	size_t count = 0;
	json_t *used;

	json_object_foreach(accounts, name, used)
		names[count++] = name;
	qsort(names, count, sizeof(*names), by_name);
	for (const struct top *top = tops; top->digit; top++)
		fprintf(out, "account %s  ; type: %s\n", top->name, top->type);
	for (size_t i = 0; i < count; i++)
		fprintf(out, "account %s\n", names[i]);
	free(names);
}

static void put_journal(FILE *out, struct journal *journal, const char *aud)
{
	fprintf(out, "; %s, as of log size %lld\n\ncommodity CNY\ncommodity 积分\n\n", aud, (long long)journal->size);
	put_accounts(out, journal->accounts);
	fputc('\n', out);
	if (journal->count)
		qsort(journal->entries, journal->count, sizeof(*journal->entries), by_day);
	for (size_t i = 0; i < journal->count; i++)
		fputs(journal->entries[i].text, out);
}

static void journal_clear(struct journal *journal)
{
	for (size_t i = 0; i < journal->count; i++) {
		free(journal->entries[i].date);
		free(journal->entries[i].text);
	}
	free(journal->entries);
	json_decref(journal->accounts);
}

int journal_write(struct client *client, FILE *out)
{
	struct journal journal = {.accounts = json_object()};
	int code = read_pages(client, &journal);

	if (code == EXIT_OK) {
		put_journal(out, &journal, client->ledger->aud);
		say_note(_("As of log size %lld."), (long long)journal.size);
	}
	journal_clear(&journal);
	return code;
}
