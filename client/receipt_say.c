#include "client/receipt_say.h"

#include "audit/chart.h"
#include "client/escape.h"
#include "client/render.h"
#include "client/say.h"
#include "wire/base.h"
#include "wire/base64.h"
#include "wire/base64url.h"
#include "wire/op.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const struct choice books[] = {{"money", "资金"}, {"points", "积分"}, {NULL, NULL}};

static const struct field line_fields[] = {
	{.name = "account", .type = FIELD_CODE, .zh = "科目", .help = ""},
	{.name = "title", .type = FIELD_TEXT, .zh = "科目名称", .help = ""},
	{.name = "owner", .type = FIELD_TEXT, .zh = "归属", .help = ""},
	{.name = "amount", .type = FIELD_POINTS, .flags = FIELD_SIGNED, .zh = "金额(借正贷负)", .help = ""},
	{.name = "balance", .type = FIELD_POINTS, .flags = FIELD_SIGNED, .zh = "余额(借正贷负)", .help = ""},
	{.name = "version", .type = FIELD_ID, .zh = "账户版本", .help = ""},
	{.name = NULL},
};
static const struct field leaf_fields[] = {
	{.name = "leaf", .type = FIELD_COUNT, .zh = "日志序号", .help = ""},
	{.name = "what", .type = FIELD_TEXT, .zh = "事项", .help = ""},
	{.name = "entry", .type = FIELD_ID, .zh = "凭证号", .help = ""},
	{.name = "book", .type = FIELD_CHOICE, .choices = books, .zh = "账簿", .help = ""},
	{.name = "occurred_on", .type = FIELD_DATE, .zh = "业务日期", .help = ""},
	{.name = "recorded_at", .type = FIELD_TIME, .zh = "记账时间", .help = ""},
	{.name = "reverses", .type = FIELD_ID, .zh = "红冲原凭证", .help = ""},
	{.name = "signed_by", .type = FIELD_TEXT, .zh = "签名密钥", .help = ""},
	{.name = "request", .type = FIELD_TEXT, .zh = "请求摘要", .help = ""},
	{.name = "hash", .type = FIELD_TEXT, .zh = "叶哈希", .help = ""},
	{.name = "lines", .type = FIELD_LIST, .items = line_fields, .zh = "分录", .help = ""},
	{.name = NULL},
};

char *receipt_kind(const json_t *leaf)
{
	const char *kind = json_string_value(json_object_get(leaf, "kind"));
	const struct op *op;

	for (const struct choice *choice = op_entry_kinds; kind && choice->code; choice++)
		if (strcmp(choice->code, kind) == 0 && say_is_chinese())
			return xstrndup(choice->zh, strcspn(choice->zh, "|"));
	for (size_t i = 0; kind && (op = op_at(i))->name; i++)
		if (strcmp(op->name, kind) == 0)
			return xstrdup(say_translated(op->help));
	return xstrdup(kind ? kind : "");
}

/* Whose account a line is of, in words; malloc'd. */
static char *owner_text(const struct chart *account, json_int_t owner)
{
	const char *kind = account ? account->owner : "";
	long long number = owner;

	if (strcmp(kind, "volunteer") == 0)
		return xasprintf(_("volunteer %lld"), number);
	if (strcmp(kind, "pool") == 0)
		return xasprintf(_("pool of node %lld"), number);
	if (strcmp(kind, "shop") == 0)
		return xasprintf(_("shop, node %lld"), number);
	if (strcmp(kind, "fund") == 0)
		return xasprintf(_("fund, node %lld"), number);
	return owner ? xasprintf("%lld", number) : xstrdup(_("the scheme"));
}

static json_t *line_of(const json_t *posting)
{
	const char *number = json_string_value(json_object_get(posting, "account"));
	const struct chart *account = number ? chart_find(number) : NULL;
	_cleanup_free_ char *owner = owner_text(account, json_integer_value(json_object_get(posting, "owner")));
	const char *title = account ? say_is_chinese() ? account->name : account->name_en : NULL;

	return json_pack("{s:s*, s:s*, s:s, s:O*, s:O*, s:O*}", "account", number, "title", title, "owner", owner, "amount",
			 json_object_get(posting, "amount"), "balance", json_object_get(posting, "balance"), "version", json_object_get(posting, "version"));
}

static void print_value(FILE *out, const json_t *value)
{
	_cleanup_free_ char *text = json_is_string(value) ? xstrdup(json_string_value(value)) : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
	_cleanup_free_ char *safe = escape(text);

	fputs(safe, out);
}

/* What else was written, row by row, by the names of the tables. */
static void print_rows(FILE *out, const json_t *rows)
{
	const char *table, *member;
	const json_t *row;
	json_t *list, *value;
	size_t i;

	json_object_foreach((json_t *)(uintptr_t)rows, table, list) {
		json_array_foreach(list, i, row) {
			const char *parted = "";

			fprintf(out, "  %s: ", table);
			json_object_foreach((json_t *)(uintptr_t)row, member, value) {
				fprintf(out, "%s%s ", parted, member);
				print_value(out, value);
				parted = ", ";
			}
			fputc('\n', out);
		}
	}
}

static void copy(json_t *to, const json_t *from, const char *name, const char *as)
{
	json_t *value = json_object_get(from, name);

	if (value)
		json_object_set(to, as, value);
}

static void print_leaf(FILE *out, const json_t *leaf, uint64_t index)
{
	static const char *const plain[] = {"entry", "book", "occurred_on", "recorded_at", "reverses", "request"};
	_cleanup_free_ char *kind = receipt_kind(leaf);
	json_auto_t *shown = json_pack("{s:I, s:s}", "leaf", (json_int_t)index, "what", kind), *lines = json_array();
	const json_t *posting, *rows = json_object_get(leaf, "rows");
	size_t i;

	for (i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		copy(shown, leaf, plain[i], plain[i]);
	copy(shown, leaf, "kid", "signed_by");
	json_array_foreach(json_object_get(leaf, "postings"), i, posting)
		json_array_append_new(lines, line_of(posting));
	if (json_array_size(lines))
		json_object_set(shown, "lines", lines);
	render_result(out, leaf_fields, shown);
	if (json_object_size(rows)) {
		fprintf(out, "%s\n", _("Recorded with it:"));
		print_rows(out, rows);
	}
}

static void print_hash(FILE *out, const struct receipt *receipt, size_t i)
{
	char hash[BASE64URL_LENGTH(TREE_HASH) + 1];
	json_auto_t *shown = NULL;

	base64url_encode(receipt->hashes[i], TREE_HASH, hash);
	shown = json_pack("{s:I, s:s}", "leaf", (json_int_t)(receipt->first + i), "hash", hash);
	render_result(out, leaf_fields, shown);
}

/* What the ledger answered, beside the receipt itself. */
static void print_answered(FILE *out, const struct answer *answer)
{
	const char *request = json_string_value(json_object_get(answer->jws->content, "request"));
	json_auto_t *result = json_copy((json_t *)(uintptr_t)answer->result);

	json_object_del(result, "receipt");
	if (!json_object_size(result))
		return;
	fprintf(out, _("The ledger answered the request %s: "), request);
	print_value(out, result);
	fputc('\n', out);
}

void receipt_say_leaves(FILE *out, const struct receipt *receipt, const struct answer *answer)
{
	for (size_t i = 0; i < receipt->count; i++) {
		fputs(i ? "\n" : "", out);
		if (receipt->leaves)
			print_leaf(out, json_array_get(receipt->leaves, i), receipt->first + i);
		else
			print_hash(out, receipt, i);
	}
	if (!receipt->leaves && answer)
		print_answered(out, answer);
}

void receipt_say_place(FILE *out, const struct ledger *ledger, const struct receipt *receipt)
{
	char root[BASE64_LENGTH(TREE_HASH) + 1];
	uint64_t last = receipt->first + receipt->count - 1;

	base64_encode(receipt->root, TREE_HASH, root);
	if (receipt->count == 1)
		fprintf(out, _("Proven: leaf %" PRIu64 " is in the log of %s; its hash leads to the root of the checkpoint of size %" PRIu64 ",\n%s, which the ledger's log key signed.\n"),
			receipt->first, ledger->aud, receipt->size, root);
	else
		fprintf(out, _("Proven: leaves %" PRIu64 " to %" PRIu64 " are in the log of %s; their hashes lead to the root of the checkpoint of size %" PRIu64 ",\n%s, which the ledger's log key signed.\n"),
			receipt->first, last, ledger->aud, receipt->size, root);
	if (!receipt->leaves)
		fputs(_("The leaf itself is closed to whoever asked: what it says beyond the answer, balances among it, only an auditor of the ledger sees.\n"), out);
}
