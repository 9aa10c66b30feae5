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

#define CONCERNS {.name = "node", .type = FIELD_CODE, .zh = "组织", .help = "only what concerns this node and those below it"}
#define TO_INDEX {.name = "next", .type = FIELD_COUNT, .zh = "续接序号", .help = "index or number to go on from, absent at the log's end"}

static const struct field leaves_input[] = {
	{.name = "from", .type = FIELD_COUNT, .flags = FIELD_REQUIRED, .max = JSON_INTEGER_MAX, .zh = "起始序号", .help = "index of the first leaf, from 0"},
	{.name = "limit", .type = FIELD_COUNT, .min = 1, .max = 1000, .zh = "条数", .help = "leaves in a page at most"},
	CONCERNS,
	END,
};

static const struct field leaves_row[] = {
	{.name = "index", .type = FIELD_COUNT, .zh = "序号", .help = "place in the log"},
	{.name = "leaf", .type = FIELD_TEXT, .zh = "叶", .help = "base64url of the leaf's bytes"},
	END,
};

static const struct field leaves_result[] = {
	{.name = "rows", .type = FIELD_LIST, .items = leaves_row, .zh = "列表", .help = "the leaves of this page"},
	TO_INDEX,
	END,
};

static const struct field requests_input[] = {
	{.name = "from", .type = FIELD_ID, .flags = FIELD_REQUIRED, .zh = "起始请求号", .help = "number of the first request, from 1"},
	LIMIT,
	CONCERNS,
	END,
};

static const struct field requests_row[] = {
	{.name = "number", .type = FIELD_ID, .zh = "请求号", .help = "number of the request"},
	{.name = "first", .type = FIELD_COUNT, .zh = "首叶序号", .help = "index of its first leaf"},
	{.name = "count", .type = FIELD_ID, .zh = "叶数", .help = "how many leaves it added"},
	{.name = "op", .type = FIELD_TEXT, .zh = "操作", .help = "name of the operation"},
	{.name = "operator", .type = FIELD_COUNT, .zh = "操作员编号", .help = "who signed it; 0 for the founding"},
	{.name = "recorded_at", .type = FIELD_TIME, .zh = "记账时间", .help = "when it was posted"},
	{.name = "jws", .type = FIELD_TEXT, .zh = "签名请求", .help = "the signed request as it was sent, compact"},
	{.name = "result", .type = FIELD_JSON, .zh = "结果", .help = "what it was answered"},
	END,
};

static const struct field requests_result[] = {
	{.name = "rows", .type = FIELD_LIST, .items = requests_row, .zh = "列表", .help = "the requests of this page"},
	TO_INDEX,
	END,
};

static const struct field rows_input[] = {
	{.name = "table", .type = FIELD_CODE, .flags = FIELD_REQUIRED, .zh = "数据表", .help = "name of the table"},
	LIMIT_OF(1000),
	CURSOR,
	END,
};

static const struct field rows_row[] = {
	{.name = "row", .type = FIELD_JSON, .zh = "行", .help = "the row as it stands in a leaf"},
	END,
};

static const struct field rows_result[] = {PAGE(rows_row), END};

static const struct field receipt_input[] = {
	{.name = "entry", .type = FIELD_ID, .zh = "凭证号", .help = "number of the entry"},
	{.name = "index", .type = FIELD_COUNT, .max = JSON_INTEGER_MAX, .zh = "日志序号", .help = "index of the leaf in the log, instead of an entry"},
	END,
};

static const struct field receipt_result[] = {
	{.name = "receipt", .type = FIELD_JSON, .zh = "回执", .help = "the leaf, or its hash where the caller may not see it, and its proof"},
	END,
};

/* Keys of the ledger itself */

static const struct choice key_uses[] = {
	{"answers", "应答签名"},
	{"log", "日志签名"},
	{"tls", "传输加密"},
	{NULL, NULL},
};

static const struct choice key_states[] = {
	{"active", "有效"},
	{"ended", "已停用"},
	{NULL, NULL},
};

#define KEY_ID {.name = "id", .type = FIELD_ID, .zh = "序号", .help = "number of the key"}
#define KEY_USE {.name = "use", .type = FIELD_CHOICE, .choices = key_uses, .zh = "用途", .help = "what it signs"}
#define KEY_KID {.name = "kid", .type = FIELD_CODE, .zh = "密钥指纹", .help = "thumbprint of the key, of a log key its key id"}

static const struct field keys_input[] = {END};

static const struct field keys_row[] = {
	KEY_ID,
	KEY_USE,
	{.name = "state", .type = FIELD_CHOICE, .choices = key_states, .zh = "状态", .help = "whether it is in force"},
	KEY_KID,
	{.name = "public", .type = FIELD_TEXT, .zh = "公钥", .help = "its public part: a JWK, of a log key its verifier key"},
	{.name = "made", .type = FIELD_COUNT, .zh = "登记叶", .help = "index of the leaf from which on it is in force"},
	{.name = "ended", .type = FIELD_COUNT, .zh = "停用叶", .help = "index of the leaf that ended it"},
	{.name = "reason", .type = FIELD_TEXT, .zh = "原因", .help = "why it was ended"},
	END,
};

static const struct field keys_result[] = {
	{.name = "rows", .type = FIELD_LIST, .items = keys_row, .zh = "列表", .help = "the keys, the oldest first"},
	END,
};

static const struct field key_add_input[] = {
	{.name = "use", .type = FIELD_CHOICE, .flags = FIELD_REQUIRED, .choices = key_uses, .zh = "用途", .help = "what it is to sign"},
	{.name = "key", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .max = 400, .zh = "公钥", .help = "its public part, as 'lovebankd new-key' prints it"},
	END,
};

static const struct field key_end_input[] = {
	{.name = "key", .type = FIELD_CODE, .flags = FIELD_REQUIRED, .max = 43, .zh = "密钥指纹", .help = "kid of the key that ends"},
	{.name = "reason", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .max = 200, .zh = "原因", .help = "why: renewed, stolen"},
	END,
};

static const struct field key_result[] = {KEY_ID, KEY_USE, KEY_KID, END};

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
	{.name = "entry_show", .noun = "entry", .verb = "show", .kind = OP_READ,
	 .input = entry_show_input, .result = entry_show_result, .help = "show an entry with its lines and its evidence"},
	{.name = "entry_list", .noun = "entry", .verb = "list", .kind = OP_READ, .scope = "fund",
	 .input = entry_list_input, .result = entry_list_result, .help = "list entries by number"},
	{.name = "entry_reverse", .noun = "entry", .verb = "reverse", .kind = OP_COMMAND,
	 .input = entry_reverse_input, .result = entry_reverse_result, .help = "take back an opening balance, a transfer or income by a reversal"},
	{.name = "ledger_trial_balance", .noun = "ledger", .verb = "trial-balance", .kind = OP_READ, .scope = "node",
	 .input = trial_balance_input, .result = trial_balance_result, .help = "sum debits and credits of every account"},
	{.name = "ledger_journal", .noun = "ledger", .verb = "journal", .kind = OP_READ,
	 .input = journal_input, .result = journal_result, .help = "page through the journal with all its lines"},
	{.name = "ledger_leaves", .noun = "ledger", .verb = "leaves", .kind = OP_READ, .scope = "node",
	 .input = leaves_input, .result = leaves_result, .help = "page through the leaves of the log"},
	{.name = "ledger_requests", .noun = "ledger", .verb = "requests", .kind = OP_READ, .scope = "node",
	 .input = requests_input, .result = requests_result, .help = "page through the signed requests"},
	{.name = "ledger_rows", .noun = "ledger", .verb = "rows", .kind = OP_READ,
	 .input = rows_input, .result = rows_result, .help = "page through a table of the database, to compare it with the log"},
	{.name = "ledger_status", .noun = "ledger", .verb = "status", .kind = OP_READ,
	 .input = status_input, .result = status_result, .help = "show how far the ledger has come"},
	{.name = "ledger_keys", .noun = "ledger", .verb = "keys", .kind = OP_READ,
	 .input = keys_input, .result = keys_result, .help = "list the keys of the ledger itself"},
	{.name = "ledger_key_add", .noun = "ledger", .verb = "key-add", .kind = OP_COMMAND,
	 .input = key_add_input, .result = key_result, .help = "register a new key of the ledger itself"},
	{.name = "ledger_key_end", .noun = "ledger", .verb = "key-end", .kind = OP_COMMAND,
	 .input = key_end_input, .result = key_result, .help = "end a key of the ledger itself"},
	{.name = "receipt_show", .noun = "receipt", .verb = "show", .kind = OP_READ,
	 .input = receipt_input, .result = receipt_result, .help = "show the receipt of an entry or of a leaf of the log"},
	{.name = NULL},
};
