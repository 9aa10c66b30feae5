#include "audit/journal.h"

#include "audit/chart.h"
#include "audit/csv_cell.h"
#include "audit/text_buffer.h"
#include "wire/base.h"
#include "wire/op.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define BOM "\xef\xbb\xbf"

/* An entry's text in the temporary file. They are sorted by day at the end: a back-dated entry has a later number. */
struct place_in_text {
	int64_t number, offset;
	int32_t day, length; /* day: since 1970 */
};

/* An account and its name in the journal. */
struct account {
	char number[8];
	int64_t owner, purpose;
	bool restricted;
	char *name;  /* NULL: a free slot */
	char *cells; /* its columns in the table: number, title, owner, fund, restricted, purpose; for fund below */
	int64_t fund;
};

struct journal {
	const struct names *names;
	struct text_buffer entry, rows; /* of the leaf at hand */
	FILE *text, *csv;
	int64_t length; /* of text */
	struct place_in_text *entries;
	size_t count, room;
	struct account *accounts; /* hash table, a power of two */
	size_t account_count, account_room;
};

struct journal *journal_new(const struct names *names, FILE *csv)
{
	struct journal *journal = xcalloc(1, sizeof(*journal));

	journal->names = names;
	journal->csv = csv;
	journal->text = tmpfile();
	if (!journal->text)
		return journal_free(journal);
	fputs(BOM "凭证号,行,业务日期,记账时间,类型,账簿,科目,科目名称,归属,基金,限定性,用途,金额,余额,序次,红冲原凭证,日志序号\r\n", journal->csv);
	journal->account_room = 256;
	journal->accounts = xcalloc(journal->account_room, sizeof(*journal->accounts));
	return journal;
}

struct journal *journal_free(struct journal *journal)
{
	int error = errno;

	if (!journal)
		return NULL;
	if (journal->text)
		fclose(journal->text);
	for (size_t i = 0; i < journal->account_room; i++) {
		free(journal->accounts[i].name);
		free(journal->accounts[i].cells);
	}
	free(journal->accounts);
	free(journal->entries);
	free(journal->entry.bytes);
	free(journal->rows.bytes);
	free(journal);
	errno = error;
	return NULL;
}

/* ---- names of accounts */

/* Bytes of the white space or control character at text, 0 if there is none: what hledger may take for the name's end. */
static size_t space_at(const unsigned char *text)
{
	if (*text <= ' ' || *text == 0x7f)
		return 1;
	if (text[0] == 0xc2 && text[1] >= 0x80 && text[1] <= 0xa0)
		return 2;
	if (text[0] == 0xe1 && text[1] == 0x9a && text[2] == 0x80)
		return 3;
	if (text[0] == 0xe2 && text[1] == 0x80 && ((text[2] >= 0x80 && text[2] <= 0x8f) || (text[2] >= 0xa8 && text[2] <= 0xaf)))
		return 3;
	if (text[0] == 0xe2 && text[1] == 0x81 && text[2] == 0x9f)
		return 3;
	return text[0] == 0xe3 && text[1] == 0x80 && text[2] == 0x80 ? 3 : 0;
}

/* Copies a part of a name without what the tools give a meaning: colons, semicolons, white space. */
static void put_part(FILE *out, const char *part)
{
	while (*part) {
		size_t space = space_at((const unsigned char *)part);

		if (space)
			fputc('_', out);
		else if (*part == ':' || *part == ';')
			fputs(*part == ':' ? "：" : "；", out);
		else
			fputc(*part, out);
		part += space ? space : 1;
	}
}

/* The first part of an account's name, and hledger's type of it. */
static const struct account_top {
	char digit; /* the first of the account's number */
	const char *name, *type;
} account_tops[] = {
	{'1', "资产", "A"}, {'2', "负债", "L"}, {'3', "净资产", "E"}, {'4', "收入", "R"}, {'5', "费用", "X"}, {'P', "积分", "E"}, {0, NULL, NULL},
};

static const char *top_of(const char *number)
{
	const struct account_top *top = account_tops;

	while (top->digit && top->digit != *number)
		top++;
	return top->digit ? top->name : "其他";
}

/* Whether an account's owner is a node; else it is a volunteer's number, or 0. */
static bool is_node_account(const char *number)
{
	return *number != 'P' || strcmp(number, "P2400") == 0;
}

/* Code or number of an owner, "" for the scheme; buffer has 24 bytes. */
static const char *owner_text(const struct journal *journal, const char *number, int64_t owner, char *buffer)
{
	const char *code = is_node_account(number) ? names_code(journal->names, owner) : NULL;

	snprintf(buffer, 24, "%" PRId64, owner);
	return code ? code : owner ? buffer : "";
}

/* "资产:1002银行存款:QX-F01", "净资产:3102限定性净资产:QX-F01:限定:为老服务"; malloc'd. */
static char *make_name(const struct journal *journal, const struct account *account)
{
	const struct chart *known = chart_find(account->number);
	const char *purpose = names_purpose(journal->names, account->purpose);
	char buffer[24], *name = NULL;
	const char *owner = owner_text(journal, account->number, account->owner, buffer);
	size_t length;
	FILE *out = open_memstream(&name, &length);

	if (!out)
		BUG("no memory stream");
	fprintf(out, "%s:", top_of(account->number));
	put_part(out, account->number);
	put_part(out, known ? known->name : "");
	if (*owner) {
		fputc(':', out);
		put_part(out, owner);
	}
	if (account->restricted)
		fputs(":限定", out);
	if (purpose || account->purpose) {
		snprintf(buffer, sizeof(buffer), "%" PRId64, account->purpose);
		fputc(':', out);
		put_part(out, purpose ? purpose : buffer);
	}
	fclose(out);
	return name;
}

/* "1002,银行存款,QX-F01,QX-F01,,"; malloc'd. */
static char *make_cells(const struct journal *journal, const struct account *account)
{
	const struct chart *known = chart_find(account->number);
	const char *fund = names_code(journal->names, account->fund), *purpose = names_purpose(journal->names, account->purpose);
	struct text_buffer text = {0};
	char owner[24];

	text_add_cell(&text, account->number);
	text_add(&text, ",");
	text_add(&text, known ? known->name : "");
	text_add(&text, ",");
	text_add_cell(&text, owner_text(journal, account->number, account->owner, owner));
	text_add(&text, ",");
	text_add_cell(&text, fund ? fund : "");
	text_add(&text, account->restricted ? ",是," : ",,");
	text_add_cell(&text, purpose ? purpose : "");
	text_add_bytes(&text, "", 1);
	return text.bytes;
}

static struct account *slot_of(struct account *accounts, size_t room, const struct account *key)
{
	uint64_t hash = UINT64_C(1469598103934665603);
	size_t i;

	for (i = 0; i < sizeof(key->number); i++)
		hash = (hash ^ (unsigned char)key->number[i]) * UINT64_C(1099511628211);
	hash = (hash ^ (uint64_t)key->owner) * UINT64_C(0x9e3779b97f4a7c15);
	hash = (hash ^ (uint64_t)key->purpose ^ ((uint64_t)key->restricted << 40)) * UINT64_C(0x9e3779b97f4a7c15);
	for (i = (hash >> 20) & (room - 1); accounts[i].name; i = (i + 1) & (room - 1))
		if (memcmp(accounts[i].number, key->number, sizeof(key->number)) == 0 && accounts[i].owner == key->owner &&
		    accounts[i].purpose == key->purpose && accounts[i].restricted == key->restricted)
			break;
	return &accounts[i];
}

static void grow_accounts(struct journal *journal)
{
	size_t room = journal->account_room * 2;
	struct account *accounts = xcalloc(room, sizeof(*accounts));

	for (size_t i = 0; i < journal->account_room; i++)
		if (journal->accounts[i].name)
			*slot_of(accounts, room, &journal->accounts[i]) = journal->accounts[i];
	free(journal->accounts);
	journal->accounts = accounts;
	journal->account_room = room;
}

static struct account *account_of(struct journal *journal, const struct posting *posting)
{
	struct account key = {.owner = posting->owner, .purpose = posting->purpose, .restricted = posting->restricted};
	struct account *slot;

	strcpy(key.number, posting->account); /* five characters at most */
	slot = slot_of(journal->accounts, journal->account_room, &key);
	if (slot->name)
		return slot;
	key.name = make_name(journal, &key);
	*slot = key;
	if (++journal->account_count * 2 < journal->account_room)
		return slot;
	grow_accounts(journal);
	return slot_of(journal->accounts, journal->account_room, &key);
}

/* An amount as the files have it: yuan, or whole points. */
static void put_amount(struct text_buffer *text, int64_t amount, bool is_money)
{
	char fen[24], yuan[CSV_YUAN];

	if (!is_money) {
		text_add_number(text, amount);
		return;
	}
	snprintf(fen, sizeof(fen), "%" PRId64, amount);
	text_add(text, csv_yuan(fen, yuan));
}

static const char *kind_text(const char *kind)
{
	for (const struct choice *choice = op_entry_kinds; choice->code; choice++)
		if (strcmp(choice->code, kind) == 0)
			return choice->zh;
	return kind;
}

/* ---- one entry */

static void put_posting(struct text_buffer *text, const struct account *account, const struct posting *posting, bool is_money)
{
	text_add(text, "    ");
	text_add(text, account->name);
	text_add(text, "  ");
	put_amount(text, posting->amount, is_money);
	text_add(text, is_money ? " CNY\n" : " 积分\n");
}

static void put_head(struct text_buffer *text, const struct leaf *leaf, const char *kind)
{
	text_add(text, leaf->occurred_on);
	text_add(text, " (");
	text_add_number(text, leaf->entry);
	text_add(text, ") ");
	text_add(text, kind);
	text_add(text, "\n    ; leaf: ");
	text_add_number(text, leaf->index);
	text_add(text, "\n    ; recorded_at: ");
	text_add(text, leaf->recorded_at);
	if (leaf->reverses) {
		text_add(text, "\n    ; reverses: ");
		text_add_number(text, leaf->reverses);
	}
	text_add(text, "\n");
}

/* What stands before the account's columns in each row of an entry: entry, line, days, kind, book. */
static void put_row_head(struct text_buffer *text, const struct leaf *leaf, const char *kind, size_t line, bool is_money)
{
	text_add_number(text, leaf->entry);
	text_add(text, ",");
	text_add_number(text, (int64_t)line);
	text_add(text, ",");
	text_add(text, leaf->occurred_on);
	text_add(text, ",");
	text_add(text, leaf->recorded_at);
	text_add(text, ",");
	if (kind == leaf->kind)
		text_add_cell(text, kind);
	else
		text_add(text, kind);
	text_add(text, is_money ? ",资金," : ",积分,");
}

static const char *cells_of(const struct journal *journal, struct account *account, int64_t fund)
{
	if (!account->cells || account->fund != fund) {
		free(account->cells);
		account->fund = fund;
		account->cells = make_cells(journal, account);
	}
	return account->cells;
}

/* The columns after the account's. */
static void put_row_tail(struct text_buffer *text, const struct leaf *leaf, const struct posting *posting, bool is_money)
{
	text_add(text, ",");
	put_amount(text, posting->amount, is_money);
	text_add(text, ",");
	put_amount(text, posting->balance, is_money);
	text_add(text, ",");
	text_add_number(text, posting->version);
	text_add(text, ",");
	if (leaf->reverses)
		text_add_number(text, leaf->reverses);
	text_add(text, ",");
	text_add_number(text, leaf->index);
	text_add(text, "\r\n");
}

static void put_entry(struct journal *journal, const struct leaf *leaf)
{
	const char *kind = kind_text(leaf->kind);
	bool is_money = strcmp(leaf->book, "money") == 0;

	journal->entry.length = journal->rows.length = 0;
	put_head(&journal->entry, leaf, kind);
	for (size_t i = 0; i < leaf->posting_count; i++) {
		const struct posting *posting = &leaf->postings[i];
		struct account *account = account_of(journal, posting);

		put_posting(&journal->entry, account, posting, is_money);
		put_row_head(&journal->rows, leaf, kind, i + 1, is_money);
		text_add(&journal->rows, cells_of(journal, account, posting->fund));
		put_row_tail(&journal->rows, leaf, posting, is_money);
	}
	text_add(&journal->entry, "\n");
	fwrite(journal->entry.bytes, 1, journal->entry.length, journal->text);
	fwrite(journal->rows.bytes, 1, journal->rows.length, journal->csv);
}

void journal_add(struct journal *journal, const struct leaf *leaf)
{
	struct place_in_text place = {.number = leaf->entry, .offset = journal->length, .day = leaf->occurred_day};

	if (!leaf->entry)
		return;
	put_entry(journal, leaf);
	place.length = (int32_t)journal->entry.length;
	journal->length += place.length;
	if (journal->count == journal->room) {
		journal->room = journal->room ? journal->room * 2 : 256;
		journal->entries = xrealloc(journal->entries, journal->room * sizeof(*journal->entries));
	}
	journal->entries[journal->count++] = place;
}

/* ---- the whole */

static int by_day(const void *a, const void *b)
{
	const struct place_in_text *left = a, *right = b;

	if (left->day != right->day)
		return left->day < right->day ? -1 : 1;
	return (left->number > right->number) - (left->number < right->number);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void put_accounts(struct journal *journal, FILE *out)
{
	const char **names = xcalloc(journal->account_count + 1, sizeof(*names));
	size_t count = 0;

	for (size_t i = 0; i < journal->account_room; i++)
		if (journal->accounts[i].name)
			names[count++] = journal->accounts[i].name;
	qsort(names, count, sizeof(*names), by_name);
	for (const struct account_top *top = account_tops; top->digit; top++)
		fprintf(out, "account %s\n    ; type: %s\n", top->name, top->type);
	for (size_t i = 0; i < count; i++)
		if (!i || strcmp(names[i], names[i - 1]) != 0)
			fprintf(out, "account %s\n", names[i]);
	free(names);
}

static int copy_text(FILE *from, int64_t offset, int64_t length, FILE *out)
{
	char block[65536];

	if (offset >= 0 && fseeko(from, (off_t)offset, SEEK_SET) < 0)
		return -1;
	while (length) {
		size_t got = fread(block, 1, length < (int64_t)sizeof(block) ? (size_t)length : sizeof(block), from);

		if (!got || fwrite(block, 1, got, out) != got)
			return -1;
		length -= (int64_t)got;
	}
	return 0;
}

int journal_put(struct journal *journal, const char *aud, int64_t size, FILE *out)
{
	int64_t at = -1;

	if (fflush(journal->text) != 0)
		return -1;
	fprintf(out, "; %s, log size %" PRId64 "\n\ncommodity CNY\ncommodity 积分\n\ntag leaf\ntag recorded_at\ntag reverses\n\n", aud, size);
	put_accounts(journal, out);
	fputc('\n', out);
	if (journal->count)
		qsort(journal->entries, journal->count, sizeof(*journal->entries), by_day);
	for (size_t i = 0; i < journal->count; i++) {
		const struct place_in_text *entry = &journal->entries[i];

		if (copy_text(journal->text, entry->offset == at ? -1 : entry->offset, entry->length, out) < 0)
			return -1;
		at = entry->offset + entry->length;
	}
	return ferror(out) ? -1 : 0;
}
