#include "wire/op_fields.h"

/* No sum of a ledger's postings comes near the limit of 64 bits. */
#define MONEY_MAX INT64_C(10000000000000)

#define AMOUNT(title, what) \
	{.name = "amount", .type = FIELD_MONEY, .flags = FIELD_REQUIRED, .max = MONEY_MAX, .zh = (title), .help = (what)}
#define SUM(member, title, what) {.name = (member), .type = FIELD_MONEY, .flags = FIELD_SIGNED, .zh = (title), .help = (what)}
#define FUND {.name = "fund", .type = FIELD_CODE, .flags = FIELD_REQUIRED, .zh = "基金|基金代码", .help = "code of the fund"}
#define ONLY_FUND {.name = "fund", .type = FIELD_CODE, .zh = "基金", .help = "only of this fund"}
#define FUND_CODE {.name = "fund", .type = FIELD_CODE, .zh = "基金", .help = "code of the fund"}
#define ENTRY {.name = "entry", .type = FIELD_ID, .zh = "凭证号", .help = "number of the entry"}
#define PURPOSE {.name = "purpose", .type = FIELD_LABEL, .zh = "用途|限定用途", .help = "what it is restricted to; absent: free"}
#define OCCURRED_ON {.name = "occurred_on", .type = FIELD_DATE, .zh = "日期|到账日期", .help = "business date, today when absent"}
#define BANK_REFERENCE \
	{.name = "bank_reference", .type = FIELD_TEXT, .max = 64, .zh = "银行流水号|流水号", .help = "the bank's reference"}
#define NOTE {.name = "note", .type = FIELD_TEXT, .max = 200, .zh = "备注|摘要", .help = "a remark; no personal data"}

/* Funds */

static const struct choice fund_kinds[] = {
	{"general", "综合基金"},
	{"community", "社区慈善基金"},
	{"micro", "微基金"},
	{"designated", "专项基金"},
	{"named", "冠名基金"},
	{NULL, NULL},
};

static const struct choice transfer_kinds[] = {
	{"seed", "种子资金"},
	{"charge", "管理费"},
	{"transfer", "划转"},
	{NULL, NULL},
};

static const struct field fund_open_input[] = {
	{.name = "code", .type = FIELD_CODE, .flags = FIELD_REQUIRED, .max = 40, .zh = "代码", .help = "code of the new fund"},
	{.name = "parent", .type = FIELD_CODE, .flags = FIELD_REQUIRED, .zh = "所属组织|所属", .help = "code of the place or host that it belongs to"},
	{.name = "host", .type = FIELD_CODE, .flags = FIELD_REQUIRED, .zh = "托管慈善会|慈善会", .help = "code of the host charity that holds its money"},
	{.name = "kind", .type = FIELD_CHOICE, .flags = FIELD_REQUIRED, .choices = fund_kinds, .zh = "类型", .help = "kind of fund; a host has one general fund"},
	{.name = "name", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .max = 100, .zh = "名称|基金名称", .help = "name of the fund"},
	{.name = "opening", .type = FIELD_MONEY, .max = MONEY_MAX, .zh = "期初余额", .help = "what a general fund, or one taken over, has in the bank"},
	{.name = "opened_on", .type = FIELD_DATE, .zh = "设立日期", .help = "day it was opened, today when absent"},
	{.name = "min_balance", .type = FIELD_MONEY, .flags = FIELD_ZERO, .max = MONEY_MAX, .zh = "最低余额", .help = "what must stay in the bank, nothing when absent"},
	END,
};

static const struct field fund_open_result[] = {
	{.name = "node", .type = FIELD_ID, .zh = "节点", .help = "number of its node"},
	FUND_CODE,
	ENTRY,
	END,
};

static const struct field fund_transfer_input[] = {
	{.name = "kind", .type = FIELD_CHOICE, .flags = FIELD_REQUIRED, .choices = transfer_kinds, .zh = "类型", .help = "seed money, the host's charge, or another transfer"},
	{.name = "from", .type = FIELD_CODE, .flags = FIELD_REQUIRED, .zh = "转出基金", .help = "code of the fund that pays"},
	{.name = "to", .type = FIELD_CODE, .flags = FIELD_REQUIRED, .zh = "转入基金", .help = "code of the fund that receives, of the same host"},
	AMOUNT("金额", "how much"),
	NOTE,
	OCCURRED_ON,
	END,
};

static const struct field fund_transfer_result[] = {
	ENTRY,
	{.name = "from", .type = FIELD_CODE, .zh = "转出基金", .help = "code of the fund that paid"},
	{.name = "to", .type = FIELD_CODE, .zh = "转入基金", .help = "code of the fund that received"},
	SUM("amount", "金额", "how much"),
	END,
};

static const struct field fund_list_input[] = {
	{.name = "node", .type = FIELD_CODE, .zh = "组织", .help = "only funds below this node"},
	LIMIT,
	CURSOR,
	END,
};

static const struct field fund_list_row[] = {
	FUND_CODE,
	{.name = "name", .type = FIELD_TEXT, .zh = "名称", .help = "name of the fund"},
	{.name = "kind", .type = FIELD_CHOICE, .choices = fund_kinds, .zh = "类型", .help = "kind of fund"},
	{.name = "host", .type = FIELD_CODE, .zh = "托管慈善会", .help = "code of its host charity"},
	{.name = "parent", .type = FIELD_CODE, .zh = "所属组织", .help = "code of the node it belongs to"},
	{.name = "opened_on", .type = FIELD_DATE, .zh = "设立日期", .help = "day it was opened"},
	SUM("min_balance", "最低余额", "what must stay in the bank"),
	SUM("bank", "银行存款", "what it has in the bank"),
	SUM("payable", "应付款", "what it owes"),
	SUM("restricted", "限定性净资产", "net assets restricted to purposes"),
	SUM("unrestricted", "非限定性净资产", "net assets that are free"),
	END,
};

static const struct field fund_list_result[] = {PAGE(fund_list_row), END};

static const struct field fund_input[] = {FUND, END};

static const struct field purpose_row[] = {
	{.name = "purpose", .type = FIELD_LABEL, .zh = "限定用途", .help = "what money is restricted to"},
	SUM("restricted", "余额", "what is left for it"),
	END,
};

static const struct field fund_balance_result[] = {
	FUND_CODE,
	{.name = "name", .type = FIELD_TEXT, .zh = "名称", .help = "name of the fund"},
	SUM("bank", "银行存款", "what it has in the bank"),
	SUM("other_assets", "其他资产", "what else it has"),
	SUM("payable", "应付款", "what it owes"),
	SUM("restricted", "限定性净资产", "net assets restricted to purposes"),
	SUM("unrestricted", "非限定性净资产", "net assets that are free"),
	SUM("min_balance", "最低余额", "what must stay in the bank"),
	SUM("spendable", "可用余额", "what may be spent on anything"),
	{.name = "purposes", .type = FIELD_LIST, .items = purpose_row, .zh = "限定用途余额", .help = "what is left for each purpose"},
	END,
};

static const struct field fund_rollup_input[] = {
	{.name = "node", .type = FIELD_CODE, .flags = FIELD_REQUIRED, .zh = "组织", .help = "code of the node whose children are summed"},
	END,
};

static const struct field fund_rollup_row[] = {
	{.name = "node", .type = FIELD_CODE, .zh = "组织", .help = "code of the node; the node itself in the last row"},
	{.name = "name", .type = FIELD_TEXT, .zh = "名称", .help = "its name"},
	{.name = "kind", .type = FIELD_CHOICE, .choices = op_node_kinds, .zh = "类型", .help = "kind of node"},
	{.name = "total", .type = FIELD_FLAG, .zh = "合计", .help = "whether this is the row of totals"},
	{.name = "funds", .type = FIELD_COUNT, .zh = "基金数", .help = "funds below it"},
	SUM("opening", "期初余额", "what funds brought with them"),
	SUM("seed", "种子资金", "seed money received less given"),
	SUM("public", "公开募捐", "income by public fundraising"),
	SUM("sponsorship", "企业赞助", "income by sponsorship"),
	SUM("service_commission", "服务提成", "income by service commission"),
	SUM("lottery_share", "福彩返还", "income by lottery shares"),
	SUM("grant", "政府补助", "income by grants"),
	SUM("other", "其他收入", "other income"),
	SUM("spending", "支出", "what was spent"),
	SUM("transfers", "划转", "charges and other transfers, received less given"),
	SUM("closing", "净资产", "net assets now"),
	SUM("restricted", "限定性净资产", "of them restricted to purposes"),
	SUM("unrestricted", "非限定性净资产", "of them free"),
	END,
};

static const struct field fund_rollup_result[] = {PAGE(fund_rollup_row), END};

static const struct field fund_statement_input[] = {
	FUND,
	{.name = "from", .type = FIELD_DATE, .flags = FIELD_REQUIRED, .zh = "开始日期", .help = "first day"},
	{.name = "to", .type = FIELD_DATE, .flags = FIELD_REQUIRED, .zh = "结束日期", .help = "last day"},
	END,
};

static const struct choice sections[] = {
	{"taken_over", "期初转入"},
	{"income", "收入"},
	{"spending", "支出"},
	{"transfer", "基金间划转"},
	{"otherwise", "其他变动"},
	{NULL, NULL},
};

/* Everything that a line of a statement can be about. */
static const struct choice items[] = {
	{"fund_opening", "期初余额"},
	{"public", "公开募捐"},
	{"sponsorship", "企业赞助"},
	{"service_commission", "服务提成"},
	{"lottery_share", "福彩返还"},
	{"grant", "政府补助"},
	{"other", "其他收入"},
	{"disbursement", "拨付"},
	{"settlement", "超市结算"},
	{"seed", "种子资金"},
	{"charge", "管理费"},
	{"transfer", "划转"},
	{NULL, NULL},
};

static const struct field statement_line[] = {
	{.name = "section", .type = FIELD_CHOICE, .choices = sections, .zh = "部分", .help = "part of the statement"},
	{.name = "item", .type = FIELD_CHOICE, .choices = items, .zh = "项目", .help = "channel of income, kind of spending or transfer"},
	{.name = "purpose", .type = FIELD_LABEL, .zh = "用途", .help = "what it was given or spent for"},
	{.name = "counterparty", .type = FIELD_CODE, .zh = "对方基金", .help = "code of the other fund"},
	SUM("restricted", "限定性", "of it restricted money"),
	SUM("unrestricted", "非限定性", "of it free money"),
	SUM("amount", "金额", "both; spending counts as positive"),
	END,
};

static const struct choice proofs[] = {
	{"movements", "期初+转入+收入-支出+划转=期末"},
	{"position", "资产-负债=净资产"},
	{"purposes", "各限定用途合计=限定性净资产"},
	{NULL, NULL},
};

static const struct field statement_proof[] = {
	{.name = "check", .type = FIELD_CHOICE, .choices = proofs, .zh = "核对", .help = "what is compared"},
	SUM("computed", "计算数", "the sum"),
	SUM("stated", "报表数", "what the statement says"),
	{.name = "holds", .type = FIELD_FLAG, .zh = "相符", .help = "whether they are the same"},
	END,
};

static const struct field fund_statement_result[] = {
	FUND_CODE,
	{.name = "name", .type = FIELD_TEXT, .zh = "名称", .help = "name of the fund"},
	{.name = "host", .type = FIELD_CODE, .zh = "托管慈善会", .help = "code of its host charity"},
	{.name = "from", .type = FIELD_DATE, .zh = "开始日期", .help = "first day"},
	{.name = "to", .type = FIELD_DATE, .zh = "结束日期", .help = "last day"},
	SUM("opening", "期初净资产", "net assets before the first day"),
	SUM("opening_restricted", "期初限定性", "of them restricted"),
	SUM("opening_unrestricted", "期初非限定性", "of them free"),
	SUM("taken_over", "期初转入", "opening balances taken over in these days"),
	SUM("income", "收入合计", "all income"),
	SUM("spending", "支出合计", "all spending"),
	SUM("transfer", "划转净额", "transfers received less given, the host's charge among them"),
	SUM("otherwise", "其他变动", "everything else"),
	SUM("closing", "期末净资产", "net assets at the end of the last day"),
	SUM("restricted", "期末限定性", "of them restricted"),
	SUM("unrestricted", "期末非限定性", "of them free"),
	SUM("bank", "银行存款", "in the bank at the end"),
	SUM("other_assets", "其他资产", "other assets at the end"),
	SUM("payable", "应付款", "owed at the end"),
	{.name = "lines", .type = FIELD_LIST, .items = statement_line, .zh = "明细", .help = "income, spending and transfers"},
	{.name = "purposes", .type = FIELD_LIST, .items = purpose_row, .zh = "限定用途余额", .help = "what is left for each purpose at the end"},
	{.name = "proof", .type = FIELD_LIST, .items = statement_proof, .zh = "勾稽关系", .help = "sums reckoned by two ways"},
	{.name = "consistent", .type = FIELD_FLAG, .zh = "勾稽相符", .help = "whether all of them hold"},
	END,
};

/* Campaigns and income */

static const struct field campaign_open_input[] = {
	{.name = "code", .type = FIELD_CODE, .flags = FIELD_REQUIRED, .max = 40, .zh = "代码", .help = "code of the new campaign"},
	FUND,
	{.name = "filing_no", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .max = 64, .zh = "备案编号", .help = "filing number of the public campaign"},
	{.name = "name", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .max = 100, .zh = "名称|活动名称", .help = "name of the campaign"},
	{.name = "starts_on", .type = FIELD_DATE, .flags = FIELD_REQUIRED, .zh = "开始日期", .help = "first day on which gifts are taken"},
	{.name = "ends_on", .type = FIELD_DATE, .flags = FIELD_REQUIRED, .zh = "结束日期", .help = "last day"},
	END,
};

static const struct field campaign_open_result[] = {
	{.name = "campaign", .type = FIELD_CODE, .zh = "募捐活动", .help = "code of the campaign"},
	FUND_CODE,
	END,
};

static const struct field campaign_list_input[] = {ONLY_FUND, LIMIT, CURSOR, END};

static const struct field campaign_list_row[] = {
	{.name = "campaign", .type = FIELD_CODE, .zh = "募捐活动", .help = "code of the campaign"},
	FUND_CODE,
	{.name = "filing_no", .type = FIELD_TEXT, .zh = "备案编号", .help = "filing number"},
	{.name = "name", .type = FIELD_TEXT, .zh = "名称", .help = "name of the campaign"},
	{.name = "starts_on", .type = FIELD_DATE, .zh = "开始日期", .help = "first day"},
	{.name = "ends_on", .type = FIELD_DATE, .zh = "结束日期", .help = "last day"},
	{.name = "gifts", .type = FIELD_COUNT, .zh = "捐赠笔数", .help = "how many gifts came in"},
	SUM("raised", "募集金额", "what it raised"),
	END,
};

static const struct field campaign_list_result[] = {PAGE(campaign_list_row), END};

static const struct choice channels[] = {
	{"public", "公开募捐"},
	{"sponsorship", "企业赞助"},
	{"service_commission", "服务提成"},
	{"lottery_share", "福彩返还"},
	{"grant", "政府补助"},
	{"other", "其他"},
	{NULL, NULL},
};

static const struct choice party_kinds[] = {
	{"person", "个人"},
	{"company", "企业"},
	{"organisation", "社会组织"},
	{"government", "政府机关"},
	{"other", "其他"},
	{NULL, NULL},
};

#define CHANNEL {.name = "channel", .type = FIELD_CHOICE, .flags = FIELD_REQUIRED, .choices = channels, .zh = "渠道|收入渠道", .help = "how it came in"}
#define CAMPAIGN {.name = "campaign", .type = FIELD_CODE, .zh = "募捐活动", .help = "code of the campaign; public fundraising needs one"}
#define DONOR {.name = "donor", .type = FIELD_TEXT, .flags = FIELD_PERSONAL, .max = 100, .zh = "捐赠人|捐赠方", .help = "who gave it; a gift or grant needs one unless anonymous"}
#define DONOR_KIND {.name = "donor_kind", .type = FIELD_CHOICE, .choices = party_kinds, .zh = "捐赠人类型", .help = "what the donor is"}
#define ANONYMOUS {.name = "anonymous", .type = FIELD_FLAG, .zh = "匿名", .help = "the donor is shown to nobody"}
#define INCOME FUND, CHANNEL, AMOUNT("金额", "how much"), CAMPAIGN, PURPOSE, DONOR, DONOR_KIND, ANONYMOUS, BANK_REFERENCE, NOTE, OCCURRED_ON

static const struct field income_line[] = {INCOME, END};

static const struct field income_receive_result[] = {ENTRY, FUND_CODE, SUM("amount", "金额", "how much"), END};

static const struct field income_import_input[] = {
	{.name = "lines", .type = FIELD_LIST, .flags = FIELD_REQUIRED, .min = 1, .max = 1000, .items = income_line, .zh = "收入明细", .help = "one entry a line, all or none"},
	{.name = "file", .type = FIELD_TEXT, .flags = FIELD_REQUIRED | FIELD_PERSONAL, .min = 64, .max = 64, .zh = "文件摘要", .help = "SHA-256 of the rows, in hex: the same file is taken once"},
	END,
};

static const struct field income_import_result[] = {
	{.name = "lines", .type = FIELD_COUNT, .zh = "笔数", .help = "how many lines were booked"},
	{.name = "first_entry", .type = FIELD_ID, .zh = "首笔凭证", .help = "number of the first entry"},
	{.name = "last_entry", .type = FIELD_ID, .zh = "末笔凭证", .help = "number of the last entry"},
	SUM("amount", "合计金额", "sum of all lines"),
	END,
};

static const struct field income_list_input[] = {
	ONLY_FUND,
	{.name = "channel", .type = FIELD_CHOICE, .choices = channels, .zh = "渠道", .help = "only this channel"},
	{.name = "purpose", .type = FIELD_LABEL, .zh = "用途", .help = "only what is restricted to this purpose"},
	{.name = "from", .type = FIELD_DATE, .zh = "开始日期", .help = "first day"},
	{.name = "to", .type = FIELD_DATE, .zh = "结束日期", .help = "last day"},
	LIMIT,
	CURSOR,
	END,
};

static const struct field income_list_row[] = {
	ENTRY,
	{.name = "occurred_on", .type = FIELD_DATE, .zh = "日期", .help = "business date"},
	FUND_CODE,
	{.name = "channel", .type = FIELD_CHOICE, .choices = channels, .zh = "渠道", .help = "how it came in"},
	{.name = "campaign", .type = FIELD_CODE, .zh = "募捐活动", .help = "code of the campaign"},
	{.name = "purpose", .type = FIELD_LABEL, .zh = "限定用途", .help = "what it is restricted to"},
	{.name = "donor", .type = FIELD_TEXT, .zh = "捐赠人", .help = "who gave it, masked for auditors"},
	{.name = "donor_kind", .type = FIELD_CHOICE, .choices = party_kinds, .zh = "捐赠人类型", .help = "what the donor is"},
	SUM("amount", "金额", "how much"),
	{.name = "bank_reference", .type = FIELD_TEXT, .zh = "银行流水号", .help = "the bank's reference"},
	{.name = "note", .type = FIELD_TEXT, .zh = "备注", .help = "a remark"},
	{.name = "reversed_by", .type = FIELD_ID, .zh = "红冲凭证", .help = "number of the entry that reverses it"},
	END,
};

static const struct field income_list_result[] = {PAGE(income_list_row), END};

/* Disbursements */

static const struct choice disbursement_states[] = {
	{"requested", "待审批"},
	{"approved_once", "一人已批"},
	{"approved", "已批准待付"},
	{"paid", "已支付"},
	{NULL, NULL},
};

#define STATE(choices_of) {.name = "state", .type = FIELD_CHOICE, .choices = (choices_of), .zh = "状态", .help = "how far it has come"}
#define DISBURSEMENT {.name = "disbursement", .type = FIELD_ID, .flags = FIELD_REQUIRED, .zh = "拨付编号", .help = "number of the disbursement"}
#define DISBURSEMENT_NUMBER {.name = "disbursement", .type = FIELD_ID, .zh = "拨付编号", .help = "number of the disbursement"}
#define BOOKED_ON {.name = "occurred_on", .type = FIELD_DATE, .zh = "记账日期", .help = "business date of the cost, today when absent; counts with the second approval"}
#define PAID_ON {.name = "paid_on", .type = FIELD_DATE, .zh = "支付日期", .help = "day of the payment, today when absent"}
#define PAID_BY_BANK {.name = "bank_reference", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .max = 64, .zh = "银行流水号", .help = "the bank's reference of the payment"}
#define APPROVALS {.name = "approvals", .type = FIELD_COUNT, .zh = "批准人数", .help = "how many have approved; two are needed"}

static const struct field disbursement_request_input[] = {
	FUND,
	{.name = "purpose", .type = FIELD_LABEL, .zh = "用途", .help = "what it is for; money restricted to it is used first"},
	AMOUNT("金额", "how much"),
	{.name = "payee", .type = FIELD_TEXT, .flags = FIELD_REQUIRED | FIELD_PERSONAL, .max = 100, .zh = "收款人", .help = "who is to be paid"},
	{.name = "payee_kind", .type = FIELD_CHOICE, .choices = party_kinds, .zh = "收款人类型", .help = "what the payee is"},
	{.name = "resolution", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .max = 100, .zh = "决议文号|决议", .help = "reference of the committee's resolution"},
	{.name = "content", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .max = 300, .zh = "事由|内容", .help = "what is paid for; no personal data"},
	END,
};

static const struct field disbursement_request_result[] = {
	DISBURSEMENT_NUMBER,
	FUND_CODE,
	SUM("amount", "金额", "how much"),
	STATE(disbursement_states),
	END,
};

static const struct field disbursement_approve_input[] = {DISBURSEMENT, BOOKED_ON, END};
static const struct field disbursement_approve_result[] = {DISBURSEMENT_NUMBER, APPROVALS, ENTRY, STATE(disbursement_states), END};
static const struct field disbursement_pay_input[] = {DISBURSEMENT, PAID_BY_BANK, PAID_ON, END};
static const struct field disbursement_pay_result[] = {
	DISBURSEMENT_NUMBER,
	ENTRY,
	SUM("amount", "金额", "how much"),
	STATE(disbursement_states),
	END,
};

static const struct field disbursement_list_input[] = {ONLY_FUND, STATE(disbursement_states), LIMIT, CURSOR, END};

static const struct field disbursement_list_row[] = {
	DISBURSEMENT_NUMBER,
	STATE(disbursement_states),
	FUND_CODE,
	{.name = "purpose", .type = FIELD_LABEL, .zh = "用途", .help = "what it is for"},
	SUM("amount", "金额", "how much"),
	{.name = "payee", .type = FIELD_TEXT, .zh = "收款人", .help = "who is paid, masked for auditors"},
	{.name = "payee_kind", .type = FIELD_CHOICE, .choices = party_kinds, .zh = "收款人类型", .help = "what the payee is"},
	{.name = "resolution", .type = FIELD_TEXT, .zh = "决议文号", .help = "reference of the resolution"},
	{.name = "content", .type = FIELD_TEXT, .zh = "事由", .help = "what is paid for"},
	{.name = "requested_on", .type = FIELD_DATE, .zh = "申请日期", .help = "day of the request"},
	{.name = "entry", .type = FIELD_ID, .zh = "凭证号", .help = "number of the entry of its cost"},
	{.name = "paid_on", .type = FIELD_DATE, .zh = "支付日期", .help = "day of the payment"},
	{.name = "bank_reference", .type = FIELD_TEXT, .zh = "银行流水号", .help = "the bank's reference"},
	END,
};

static const struct field disbursement_list_result[] = {PAGE(disbursement_list_row), END};

/* Settlements of shops */

static const struct choice settlement_states[] = {
	{"claimed", "待审批"},
	{"approved_once", "一人已批"},
	{"approved", "已批准待付"},
	{"paid", "已结算"},
	{NULL, NULL},
};

#define SETTLEMENT {.name = "settlement", .type = FIELD_ID, .flags = FIELD_REQUIRED, .zh = "结算编号", .help = "number of the settlement"}
#define SETTLEMENT_NUMBER {.name = "settlement", .type = FIELD_ID, .zh = "结算编号", .help = "number of the settlement"}
#define SHOP_CODE {.name = "shop", .type = FIELD_CODE, .zh = "慈善超市|超市", .help = "code of the shop"}
#define POINTS {.name = "points", .type = FIELD_POINTS, .flags = FIELD_SIGNED, .zh = "积分", .help = "points redeemed less refunded"}
#define POINTS_ENTRY {.name = "points_entry", .type = FIELD_ID, .zh = "积分凭证号", .help = "number of the entry in the points book"}

static const struct field settlement_claim_input[] = {
	{.name = "shop", .type = FIELD_CODE, .flags = FIELD_REQUIRED, .zh = "慈善超市|超市", .help = "code of the shop"},
	END,
};

static const struct field settlement_claim_result[] = {
	SETTLEMENT_NUMBER,
	SHOP_CODE,
	FUND_CODE,
	POINTS,
	SUM("amount", "金额", "what they come to, at each day's rate"),
	STATE(settlement_states),
	END,
};

static const struct field settlement_approve_input[] = {SETTLEMENT, BOOKED_ON, END};
static const struct field settlement_approve_result[] = {SETTLEMENT_NUMBER, APPROVALS, ENTRY, STATE(settlement_states), END};
static const struct field settlement_pay_input[] = {SETTLEMENT, PAID_BY_BANK, PAID_ON, END};
static const struct field settlement_pay_result[] = {
	SETTLEMENT_NUMBER,
	ENTRY,
	POINTS_ENTRY,
	POINTS,
	SUM("amount", "金额", "what was paid"),
	STATE(settlement_states),
	END,
};

static const struct field settlement_list_input[] = {
	{.name = "shop", .type = FIELD_CODE, .zh = "慈善超市", .help = "only of this shop"},
	ONLY_FUND,
	STATE(settlement_states),
	LIMIT,
	CURSOR,
	END,
};

static const struct field settlement_list_row[] = {
	SETTLEMENT_NUMBER,
	STATE(settlement_states),
	SHOP_CODE,
	FUND_CODE,
	POINTS,
	SUM("amount", "金额", "what they come to"),
	{.name = "from_entry", .type = FIELD_COUNT, .zh = "起始凭证(不含)", .help = "redemptions after this entry ..."},
	{.name = "upto_entry", .type = FIELD_ID, .zh = "截止凭证", .help = "... up to this one"},
	{.name = "entry", .type = FIELD_ID, .zh = "凭证号", .help = "number of the entry of its cost"},
	{.name = "payment_entry", .type = FIELD_ID, .zh = "付款凭证号", .help = "number of the entry of its payment"},
	POINTS_ENTRY,
	{.name = "paid_on", .type = FIELD_DATE, .zh = "支付日期", .help = "day of the payment"},
	{.name = "bank_reference", .type = FIELD_TEXT, .zh = "银行流水号", .help = "the bank's reference"},
	END,
};

static const struct field settlement_list_result[] = {PAGE(settlement_list_row), END};

const struct op op_money[] = {
	{.name = "fund_open", .noun = "fund", .verb = "open", .kind = OP_COMMAND, .scope = "parent",
	 .input = fund_open_input, .result = fund_open_result, .help = "open a fund under a host charity"},
	{.name = "fund_transfer", .noun = "fund", .verb = "transfer", .kind = OP_COMMAND, .scope = "from",
	 .input = fund_transfer_input, .result = fund_transfer_result, .help = "move free money between funds of one host: seed money, the host's charge"},
	{.name = "fund_list", .noun = "fund", .verb = "list", .kind = OP_READ, .scope = "node",
	 .input = fund_list_input, .result = fund_list_result, .help = "list funds with what they have"},
	{.name = "fund_balance", .noun = "fund", .verb = "balance", .kind = OP_READ, .scope = "fund",
	 .input = fund_input, .result = fund_balance_result, .help = "show what a fund has and may spend"},
	{.name = "fund_rollup", .noun = "fund", .verb = "rollup", .kind = OP_READ, .scope = "node",
	 .input = fund_rollup_input, .result = fund_rollup_result, .help = "sum all funds below each child of a node"},
	{.name = "fund_statement", .noun = "fund", .verb = "statement", .kind = OP_READ, .scope = "fund",
	 .input = fund_statement_input, .result = fund_statement_result, .help = "show what a fund received, spent and has left"},
	{.name = "campaign_open", .noun = "campaign", .verb = "open", .kind = OP_COMMAND, .scope = "fund",
	 .input = campaign_open_input, .result = campaign_open_result, .help = "open a public fundraising campaign with its filing number"},
	{.name = "campaign_list", .noun = "campaign", .verb = "list", .kind = OP_READ, .scope = "fund",
	 .input = campaign_list_input, .result = campaign_list_result, .help = "list campaigns with what they raised"},
	{.name = "income_receive", .noun = "income", .verb = "receive", .kind = OP_COMMAND, .scope = "fund",
	 .input = income_line, .result = income_receive_result, .help = "book money that came in"},
	{.name = "income_import", .noun = "income", .verb = "import", .kind = OP_COMMAND,
	 .input = income_import_input, .result = income_import_result, .help = "book a file of income, all lines or none"},
	{.name = "income_list", .noun = "income", .verb = "list", .kind = OP_READ, .scope = "fund",
	 .input = income_list_input, .result = income_list_result, .help = "list income"},
	{.name = "disbursement_request", .noun = "disbursement", .verb = "request", .kind = OP_COMMAND, .scope = "fund",
	 .input = disbursement_request_input, .result = disbursement_request_result, .help = "ask the committee for money of a fund"},
	{.name = "disbursement_approve", .noun = "disbursement", .verb = "approve", .kind = OP_COMMAND,
	 .input = disbursement_approve_input, .result = disbursement_approve_result, .help = "approve a disbursement; two people do"},
	{.name = "disbursement_pay", .noun = "disbursement", .verb = "pay", .kind = OP_COMMAND,
	 .input = disbursement_pay_input, .result = disbursement_pay_result, .help = "book the payment of an approved disbursement"},
	{.name = "disbursement_list", .noun = "disbursement", .verb = "list", .kind = OP_READ, .scope = "fund",
	 .input = disbursement_list_input, .result = disbursement_list_result, .help = "list disbursements and how far each has come"},
	{.name = "settlement_claim", .noun = "settlement", .verb = "claim", .kind = OP_COMMAND, .scope = "shop",
	 .input = settlement_claim_input, .result = settlement_claim_result, .help = "claim what a shop redeemed since its last claim"},
	{.name = "settlement_approve", .noun = "settlement", .verb = "approve", .kind = OP_COMMAND,
	 .input = settlement_approve_input, .result = settlement_approve_result, .help = "approve a shop's claim; two people do"},
	{.name = "settlement_pay", .noun = "settlement", .verb = "pay", .kind = OP_COMMAND,
	 .input = settlement_pay_input, .result = settlement_pay_result, .help = "book the payment of an approved claim"},
	{.name = "settlement_list", .noun = "settlement", .verb = "list", .kind = OP_READ,
	 .input = settlement_list_input, .result = settlement_list_result, .help = "list shops' claims and how far each has come"},
	{.name = NULL},
};
