#include "wire/json.h"
#include "wire/op_fields.h"

static const struct choice books[] = {
	{"money", "资金账"},
	{"points", "积分账"},
	{NULL, NULL},
};

const struct choice op_entry_kinds[] = {
	{"service_credit", "服务积分"},
	{"redemption", "兑换"},
	{"redemption_refund", "兑换退还"},
	{"fund_opening", "期初余额"},
	{"fund_transfer", "基金划转"},
	{"income", "收入"},
	{"disbursement_approval", "拨付批准"},
	{"disbursement_payment", "拨付付款"},
	{"settlement_approval", "结算批准"},
	{"settlement_payment", "结算付款"},
	{"entry_reversal", "红字冲销"},
	{NULL, NULL},
};

static const struct choice owner_kinds[] = {
	{"scheme", "积分方案"},
	{"volunteer", "志愿者"},
	{"pool", "积分池"},
	{"shop", "慈善超市"},
	{"fund", "基金"},
	{NULL, NULL},
};

#define ENTRY {.name = "entry", .type = FIELD_ID, .flags = FIELD_REQUIRED, .zh = "凭证号", .help = "number of the entry"}
#define FROM_ENTRY {.name = "from", .type = FIELD_ID, .zh = "起始凭证号", .help = "first entry"}
#define TO_ENTRY {.name = "to", .type = FIELD_ID, .zh = "截止凭证号", .help = "last entry"}

/* What every view of an entry begins with. */
#define ENTRY_HEAD \
	{.name = "entry", .type = FIELD_ID, .zh = "凭证号", .help = "number of the entry"}, \
	{.name = "kind", .type = FIELD_CHOICE, .choices = op_entry_kinds, .zh = "类型", .help = "what it books"}, \
	{.name = "book", .type = FIELD_CHOICE, .choices = books, .zh = "账簿", .help = "money (fen) or points"}, \
	{.name = "occurred_on", .type = FIELD_DATE, .zh = "业务日期", .help = "business date"}, \
	{.name = "recorded_at", .type = FIELD_TIME, .zh = "记账时间", .help = "when it was posted"}, \
	{.name = "reverses", .type = FIELD_ID, .zh = "红冲原凭证", .help = "number of the entry it reverses"}

/* Amounts of both books: fen, or whole points. */
#define BOOKED(member, title, what) {.name = (member), .type = FIELD_POINTS, .flags = FIELD_SIGNED, .zh = (title), .help = (what)}

static const struct field posting[] = {
	{.name = "account", .type = FIELD_CODE, .zh = "科目", .help = "number of the account"},
	{.name = "title", .type = FIELD_TEXT, .zh = "科目名称", .help = "name of the account"},
	{.name = "owner_kind", .type = FIELD_CHOICE, .choices = owner_kinds, .zh = "归属", .help = "what the owner is"},
	{.name = "owner", .type = FIELD_CODE, .zh = "归属代码", .help = "code of the fund or shop, number of the volunteer"},
	{.name = "fund", .type = FIELD_CODE, .zh = "基金", .help = "code of the fund, in the money book"},
	{.name = "restricted", .type = FIELD_FLAG, .zh = "限定性", .help = "whether the account is a restricted one"},
	{.name = "purpose", .type = FIELD_LABEL, .zh = "用途", .help = "purpose of the account"},
	BOOKED("amount", "金额(借正贷负)", "fen or points, debit positive"),
	BOOKED("balance", "余额(借正贷负)", "the account's balance after it; absent where the caller may not know it"),
	{.name = "version", .type = FIELD_ID, .zh = "账户版本", .help = "which posting of the account it is"},
	END,
};

#define POSTINGS {.name = "postings", .type = FIELD_LIST, .items = posting, .zh = "分录", .help = "the lines of the entry"}

static const struct field entry_show_input[] = {ENTRY, END};

static const struct field entry_show_result[] = {
	ENTRY_HEAD,
	{.name = "reversed_by", .type = FIELD_ID, .zh = "红冲凭证", .help = "number of the entry that reverses it"},
	{.name = "reason", .type = FIELD_TEXT, .zh = "红冲原因", .help = "why it reverses another"},
	{.name = "operator", .type = FIELD_ID, .zh = "经办人编号", .help = "operator whose key signed it"},
	{.name = "kid", .type = FIELD_HASH, .zh = "密钥指纹", .help = "thumbprint of the key that signed it"},
	{.name = "request", .type = FIELD_HASH, .zh = "请求摘要", .help = "SHA-256 of the signed request"},
	{.name = "leaf", .type = FIELD_COUNT, .zh = "日志序号", .help = "index of its leaf in the log"},
	POSTINGS,
	END,
};

static const struct field entry_list_input[] = {
	{.name = "kind", .type = FIELD_CHOICE, .choices = op_entry_kinds, .zh = "类型", .help = "only this kind"},
	{.name = "fund", .type = FIELD_CODE, .zh = "基金", .help = "only entries of this fund"},
	FROM_ENTRY,
	TO_ENTRY,
	LIMIT,
	CURSOR,
	END,
};

static const struct field entry_list_row[] = {
	ENTRY_HEAD,
	BOOKED("amount", "金额", "sum of its debits, fen or points"),
	{.name = "reversed_by", .type = FIELD_ID, .zh = "红冲凭证", .help = "number of the entry that reverses it"},
	END,
};

static const struct field entry_list_result[] = {PAGE(entry_list_row), END};

static const struct field entry_reverse_input[] = {
	ENTRY,
	{.name = "reason", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .max = 200, .zh = "红冲原因|原因", .help = "why; no personal data"},
	END,
};

static const struct field entry_reverse_result[] = {
	{.name = "entry", .type = FIELD_ID, .zh = "凭证号", .help = "number of the reversing entry"},
	{.name = "reverses", .type = FIELD_ID, .zh = "红冲原凭证", .help = "number of the entry it reverses"},
	END,
};

static const struct field trial_balance_input[] = {
	{.name = "node", .type = FIELD_CODE, .zh = "组织", .help = "only funds below this node"},
	END,
};

static const struct field trial_balance_row[] = {
	{.name = "book", .type = FIELD_CHOICE, .choices = books, .zh = "账簿", .help = "money (fen) or points"},
	{.name = "account", .type = FIELD_CODE, .zh = "科目", .help = "number of the account"},
	{.name = "title", .type = FIELD_TEXT, .zh = "科目名称", .help = "name of the account"},
	BOOKED("debit", "借方合计", "sum of all debits"),
	BOOKED("credit", "贷方合计", "sum of all credits"),
	BOOKED("balance", "余额(借正贷负)", "debits less credits"),
	END,
};

static const struct field trial_balance_total[] = {
	{.name = "book", .type = FIELD_CHOICE, .choices = books, .zh = "账簿", .help = "money (fen) or points"},
	BOOKED("debit", "借方合计", "sum of all debits"),
	BOOKED("credit", "贷方合计", "sum of all credits"),
	BOOKED("difference", "差额", "zero when the book balances"),
	END,
};

static const struct field trial_balance_result[] = {
	{.name = "rows", .type = FIELD_LIST, .items = trial_balance_row, .zh = "列表", .help = "one row an account number"},
	{.name = "totals", .type = FIELD_LIST, .items = trial_balance_total, .zh = "合计", .help = "one row a book"},
	{.name = "balanced", .type = FIELD_FLAG, .zh = "试算平衡", .help = "whether every book balances"},
	END,
};

static const struct field journal_input[] = {
	{.name = "book", .type = FIELD_CHOICE, .choices = books, .zh = "账簿", .help = "only this book"},
	FROM_ENTRY,
	TO_ENTRY,
	LIMIT,
	CURSOR,
	END,
};

static const struct field journal_row[] = {ENTRY_HEAD, POSTINGS, END};

static const struct field journal_result[] = {PAGE(journal_row), END};

static const struct field leaves_input[] = {
	{.name = "from", .type = FIELD_COUNT, .flags = FIELD_REQUIRED, .max = JSON_INTEGER_MAX, .zh = "起始序号", .help = "index of the first leaf, from 0"},
	{.name = "limit", .type = FIELD_COUNT, .min = 1, .max = 1000, .zh = "条数", .help = "leaves in a page at most"},
	END,
};

static const struct field leaves_row[] = {
	{.name = "index", .type = FIELD_COUNT, .zh = "序号", .help = "place in the log"},
	{.name = "leaf", .type = FIELD_TEXT, .zh = "叶", .help = "base64url of the leaf's bytes"},
	END,
};

static const struct field leaves_result[] = {
	{.name = "rows", .type = FIELD_LIST, .items = leaves_row, .zh = "列表", .help = "the leaves of this page"},
	END,
};

static const struct field status_input[] = {END};

static const struct field status_result[] = {
	{.name = "aud", .type = FIELD_TEXT, .zh = "账本", .help = "name of the ledger"},
	{.name = "log_size", .type = FIELD_COUNT, .zh = "日志条数", .help = "leaves in the log"},
	{.name = "log_root", .type = FIELD_HASH, .zh = "日志根", .help = "root of their tree"},
	{.name = "as_of", .type = FIELD_TIME, .zh = "截至", .help = "when the last command was posted"},
	{.name = "requests", .type = FIELD_COUNT, .zh = "请求数", .help = "commands carried out"},
	{.name = "entries", .type = FIELD_COUNT, .zh = "凭证数", .help = "number of the last entry"},
	{.name = "accounts", .type = FIELD_COUNT, .zh = "账户数", .help = "accounts opened"},
	{.name = "nodes", .type = FIELD_COUNT, .zh = "组织节点数", .help = "nodes of the organisation"},
	{.name = "operators", .type = FIELD_COUNT, .zh = "经办密钥数", .help = "keys enrolled"},
	{.name = "volunteers", .type = FIELD_COUNT, .zh = "志愿者数", .help = "volunteers registered"},
	{.name = "teams", .type = FIELD_COUNT, .zh = "服务队数", .help = "teams"},
	{.name = "shops", .type = FIELD_COUNT, .zh = "慈善超市数", .help = "shops"},
	{.name = "funds", .type = FIELD_COUNT, .zh = "基金数", .help = "funds"},
	END,
};

const struct op op_ledger[] = {
	{"entry_show", "entry", "show", OP_READ, NULL, entry_show_input, entry_show_result, "show an entry with its lines and its evidence"},
	{"entry_list", "entry", "list", OP_READ, "fund", entry_list_input, entry_list_result, "list entries by number"},
	{"entry_reverse", "entry", "reverse", OP_COMMAND, NULL, entry_reverse_input, entry_reverse_result, "take back an opening balance, a transfer or income by a reversal"},
	{"ledger_trial_balance", "ledger", "trial-balance", OP_READ, "node", trial_balance_input, trial_balance_result, "sum debits and credits of every account"},
	{"ledger_journal", "ledger", "journal", OP_READ, NULL, journal_input, journal_result, "page through the journal with all its lines"},
	{"ledger_leaves", "ledger", "leaves", OP_READ, NULL, leaves_input, leaves_result, "page through the leaves of the log"},
	{"ledger_status", "ledger", "status", OP_READ, NULL, status_input, status_result, "show how far the ledger has come"},
	{.name = NULL},
};
