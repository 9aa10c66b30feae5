#include "wire/op_fields.h"

static const struct choice categories[] = {
	{"community", "社区服务"},
	{"elderly_mutual_help", "银龄互助"},
	{"errands", "代购代办"},
	{"elderly_care", "助老服务"},
	{"children", "助学护幼"},
	{"disabled", "扶残助困"},
	{"environment", "生态环保"},
	{"safety", "平安巡防"},
	{"mediation", "矛盾调解"},
	{"culture", "文体活动"},
	{"health", "健康义诊"},
	{"emergency", "应急救援"},
	{"publicity", "政策宣传"},
	{"other", "其他"},
	{NULL, NULL},
};

static const struct choice states[] = {
	{"recorded", "待核实"},
	{"confirmed", "已核实"},
	{"rejected", "已退回"},
	{NULL, NULL},
};

/* Rules */

#define POINTS_MAX 1000000000

static const struct field rule_set_input[] = {
	{.name = "effective_from", .type = FIELD_DATE, .flags = FIELD_REQUIRED, .zh = "生效日期", .help = "first day it is in force, today at the earliest"},
	{.name = "points", .type = FIELD_COUNT, .flags = FIELD_REQUIRED, .min = 1, .max = 10000, .zh = "积分", .help = "so many points ..."},
	{.name = "minutes", .type = FIELD_COUNT, .flags = FIELD_REQUIRED, .min = 1, .max = 1440, .zh = "分钟", .help = "... for so many minutes"},
	{.name = "daily_minutes", .type = FIELD_COUNT, .flags = FIELD_REQUIRED, .min = 1, .max = 1440, .zh = "每日计分上限分钟", .help = "minutes that bear points, per volunteer and day"},
	{.name = "lot_days", .type = FIELD_COUNT, .flags = FIELD_REQUIRED, .min = 1, .max = 36500, .zh = "有效天数", .help = "days until points expire"},
	{.name = "fen_per_point", .type = FIELD_COUNT, .flags = FIELD_REQUIRED, .min = 1, .max = 1000000, .zh = "每分折合(分钱)", .help = "fen that a point redeemed costs the shop's fund"},
	{.name = "till_daily_points", .type = FIELD_POINTS, .flags = FIELD_REQUIRED, .max = POINTS_MAX, .zh = "收银员每日上限", .help = "points a till operator may redeem in a day"},
	{.name = "volunteer_daily_points", .type = FIELD_POINTS, .flags = FIELD_REQUIRED, .max = POINTS_MAX, .zh = "志愿者每日上限", .help = "points a volunteer may redeem in a day"},
	END,
};

static const struct field rule_set_result[] = {
	{.name = "rule", .type = FIELD_ID, .zh = "细则编号", .help = "number of the rule"},
	{.name = "effective_from", .type = FIELD_DATE, .zh = "生效日期", .help = "first day it is in force"},
	END,
};

static const struct field rule_show_input[] = {
	{.name = "date", .type = FIELD_DATE, .zh = "日期", .help = "only the rule in force on this day"},
	LIMIT,
	CURSOR,
	END,
};

static const struct field rule_show_row[] = {
	{.name = "rule", .type = FIELD_ID, .zh = "细则编号", .help = "number of the rule"},
	{.name = "effective_from", .type = FIELD_DATE, .zh = "生效日期", .help = "first day it is in force"},
	{.name = "points", .type = FIELD_COUNT, .zh = "积分", .help = "so many points ..."},
	{.name = "minutes", .type = FIELD_COUNT, .zh = "分钟", .help = "... for so many minutes"},
	{.name = "daily_minutes", .type = FIELD_COUNT, .zh = "每日计分上限分钟", .help = "minutes that bear points, per volunteer and day"},
	{.name = "lot_days", .type = FIELD_COUNT, .zh = "有效天数", .help = "days until points expire"},
	{.name = "fen_per_point", .type = FIELD_COUNT, .zh = "每分折合(分钱)", .help = "fen that a point redeemed costs"},
	{.name = "till_daily_points", .type = FIELD_POINTS, .zh = "收银员每日上限", .help = "points a till operator may redeem in a day"},
	{.name = "volunteer_daily_points", .type = FIELD_POINTS, .zh = "志愿者每日上限", .help = "points a volunteer may redeem in a day"},
	END,
};

static const struct field rule_show_result[] = {PAGE(rule_show_row), END};

/* Service */

static const struct field service_line[] = {
	{.name = "volunteer", .type = FIELD_ID, .flags = FIELD_REQUIRED, .zh = "志愿者编号|编号", .help = "the volunteer's number"},
	{.name = "start", .type = FIELD_TIME, .flags = FIELD_REQUIRED, .zh = "开始时间|开始", .help = "when the service began, to the minute"},
	{.name = "end", .type = FIELD_TIME, .flags = FIELD_REQUIRED, .zh = "结束时间|结束", .help = "when it ended, within a day"},
	END,
};

static const struct field service_record_input[] = {
	{.name = "team", .type = FIELD_CODE, .flags = FIELD_REQUIRED, .zh = "服务队", .help = "code of the team that served"},
	{.name = "community", .type = FIELD_CODE, .flags = FIELD_REQUIRED, .zh = "服务社区", .help = "code of the community served, whose worker confirms"},
	{.name = "name", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .max = 100, .zh = "活动名称|活动", .help = "name of the activity"},
	{.name = "place", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .max = 100, .zh = "活动地点|地点", .help = "where it was"},
	{.name = "content", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .max = 500, .zh = "服务内容|内容", .help = "what was done"},
	{.name = "category", .type = FIELD_CHOICE, .flags = FIELD_REQUIRED, .choices = categories, .zh = "服务类别|类别", .help = "kind of service"},
	{.name = "in_charge", .type = FIELD_TEXT, .flags = FIELD_PERSONAL, .max = 40, .zh = "负责人", .help = "person in charge"},
	{.name = "served", .type = FIELD_COUNT, .max = 10000000, .zh = "惠及群众", .help = "how many people were served"},
	{.name = "lines", .type = FIELD_LIST, .flags = FIELD_REQUIRED, .min = 1, .max = 1000, .items = service_line, .zh = "服务记录", .help = "one record a volunteer"},
	{.name = "file", .type = FIELD_TEXT, .flags = FIELD_PERSONAL, .min = 64, .max = 64, .zh = "文件摘要", .help = "SHA-256 of the rows, in hex: the same file is taken once"},
	END,
};

static const struct field service_record_result[] = {
	{.name = "activity", .type = FIELD_ID, .zh = "活动编号", .help = "number of the activity"},
	{.name = "records", .type = FIELD_COUNT, .zh = "记录数", .help = "how many records it has"},
	{.name = "first", .type = FIELD_ID, .zh = "首条记录", .help = "number of the first record"},
	{.name = "last", .type = FIELD_ID, .zh = "末条记录", .help = "number of the last record"},
	{.name = "minutes", .type = FIELD_COUNT, .zh = "服务分钟", .help = "minutes served, all records"},
	END,
};

static const struct field record_line[] = {
	{.name = "record", .type = FIELD_ID, .flags = FIELD_REQUIRED, .zh = "记录编号", .help = "number of a record of the activity"},
	END,
};

#define ACTIVITY \
	{.name = "activity", .type = FIELD_ID, .flags = FIELD_REQUIRED, .zh = "活动编号", .help = "number of the activity"}
#define RECORDS \
	{.name = "records", .type = FIELD_LIST, .min = 1, .max = 1000, .items = record_line, .zh = "服务记录", .help = "only these records; all open ones when absent"}

static const struct field service_confirm_input[] = {ACTIVITY, RECORDS, END};

static const struct field service_confirm_result[] = {
	{.name = "activity", .type = FIELD_ID, .zh = "活动编号", .help = "number of the activity"},
	{.name = "confirmed", .type = FIELD_COUNT, .zh = "核实记录数", .help = "records confirmed"},
	{.name = "minutes", .type = FIELD_COUNT, .zh = "服务分钟", .help = "minutes served"},
	{.name = "credited_minutes", .type = FIELD_COUNT, .zh = "计分分钟", .help = "minutes that bore points under the daily cap"},
	{.name = "points", .type = FIELD_POINTS, .flags = FIELD_SIGNED, .zh = "发放积分", .help = "points issued"},
	{.name = "first_entry", .type = FIELD_ID, .zh = "首笔凭证", .help = "number of the first entry, absent when there is none"},
	{.name = "last_entry", .type = FIELD_ID, .zh = "末笔凭证", .help = "number of the last entry"},
	END,
};

static const struct field service_reject_input[] = {
	ACTIVITY,
	RECORDS,
	{.name = "reason", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .max = 200, .zh = "退回原因", .help = "why"},
	END,
};

static const struct field service_reject_result[] = {
	{.name = "activity", .type = FIELD_ID, .zh = "活动编号", .help = "number of the activity"},
	{.name = "rejected", .type = FIELD_COUNT, .zh = "退回记录数", .help = "records rejected"},
	END,
};

static const struct field service_list_input[] = {
	{.name = "team", .type = FIELD_CODE, .zh = "服务队", .help = "only records of this team"},
	{.name = "community", .type = FIELD_CODE, .zh = "服务社区", .help = "only services to this community"},
	{.name = "activity", .type = FIELD_ID, .zh = "活动编号", .help = "only records of this activity"},
	{.name = "volunteer", .type = FIELD_ID, .zh = "志愿者编号", .help = "only records of this volunteer"},
	{.name = "state", .type = FIELD_CHOICE, .choices = states, .zh = "状态", .help = "only records in this state"},
	LIMIT,
	CURSOR,
	END,
};

static const struct field service_list_row[] = {
	{.name = "record", .type = FIELD_ID, .zh = "记录编号", .help = "number of the record"},
	{.name = "activity", .type = FIELD_ID, .zh = "活动编号", .help = "number of the activity"},
	{.name = "name", .type = FIELD_TEXT, .zh = "活动名称", .help = "name of the activity"},
	{.name = "team", .type = FIELD_CODE, .zh = "服务队", .help = "team that served"},
	{.name = "community", .type = FIELD_CODE, .zh = "服务社区", .help = "community served"},
	{.name = "volunteer", .type = FIELD_ID, .zh = "志愿者编号", .help = "the volunteer's number"},
	{.name = "volunteer_name", .type = FIELD_TEXT, .zh = "姓名", .help = "the name, masked outside the own community"},
	{.name = "start", .type = FIELD_TIME, .zh = "开始时间", .help = "when the service began"},
	{.name = "end", .type = FIELD_TIME, .zh = "结束时间", .help = "when it ended"},
	{.name = "minutes", .type = FIELD_COUNT, .zh = "服务分钟", .help = "minutes served"},
	{.name = "state", .type = FIELD_CHOICE, .choices = states, .zh = "状态", .help = "what became of it"},
	{.name = "credited_minutes", .type = FIELD_COUNT, .zh = "计分分钟", .help = "minutes that bore points"},
	{.name = "points", .type = FIELD_POINTS, .flags = FIELD_SIGNED, .zh = "积分", .help = "points credited"},
	{.name = "reason", .type = FIELD_TEXT, .zh = "退回原因", .help = "why it was rejected"},
	END,
};

static const struct field service_list_result[] = {PAGE(service_list_row), END};

/* Points */

static const struct field points_show_input[] = {
	{.name = "volunteer", .type = FIELD_ID, .flags = FIELD_REQUIRED, .zh = "志愿者编号", .help = "the volunteer's number"},
	END,
};

static const struct field points_show_lot[] = {
	{.name = "lot", .type = FIELD_ID, .zh = "批次", .help = "number of the lot"},
	{.name = "entry", .type = FIELD_ID, .zh = "凭证", .help = "entry that credited it"},
	{.name = "points", .type = FIELD_POINTS, .zh = "原有积分", .help = "points credited"},
	{.name = "remaining", .type = FIELD_POINTS, .flags = FIELD_SIGNED, .zh = "剩余积分", .help = "points left"},
	{.name = "expires_on", .type = FIELD_DATE, .zh = "到期日", .help = "last day they can be spent"},
	END,
};

static const struct field points_show_result[] = {
	{.name = "volunteer", .type = FIELD_ID, .zh = "志愿者编号", .help = "the volunteer's number"},
	{.name = "name", .type = FIELD_TEXT, .zh = "姓名", .help = "the name, masked for auditors"},
	{.name = "community", .type = FIELD_CODE, .zh = "社区", .help = "the volunteer's own community"},
	{.name = "points", .type = FIELD_POINTS, .flags = FIELD_SIGNED, .zh = "可用积分", .help = "points that can be spent today"},
	{.name = "expired", .type = FIELD_POINTS, .flags = FIELD_SIGNED, .zh = "已过期积分", .help = "points whose day has gone, not written off yet"},
	{.name = "service_minutes", .type = FIELD_COUNT, .zh = "服务分钟", .help = "minutes served and confirmed"},
	{.name = "lots", .type = FIELD_LIST, .items = points_show_lot, .zh = "批次", .help = "lots in the order they are spent"},
	END,
};

static const struct field points_history_input[] = {
	{.name = "volunteer", .type = FIELD_ID, .flags = FIELD_REQUIRED, .zh = "志愿者编号", .help = "the volunteer's number"},
	LIMIT,
	CURSOR,
	END,
};

static const struct field points_history_row[] = {
	{.name = "version", .type = FIELD_ID, .zh = "序号", .help = "version of the account"},
	{.name = "entry", .type = FIELD_ID, .zh = "凭证", .help = "number of the entry"},
	{.name = "date", .type = FIELD_DATE, .zh = "日期", .help = "business date"},
	{.name = "kind", .type = FIELD_CHOICE, .choices = op_entry_kinds, .zh = "摘要", .help = "kind of the entry"},
	{.name = "points", .type = FIELD_POINTS, .flags = FIELD_SIGNED, .zh = "积分", .help = "points that came or went"},
	{.name = "balance", .type = FIELD_POINTS, .flags = FIELD_SIGNED, .zh = "余额", .help = "points after it"},
	{.name = "shop", .type = FIELD_CODE, .zh = "超市", .help = "shop of a redemption or refund"},
	END,
};

static const struct field points_history_result[] = {PAGE(points_history_row), END};

/* Redemptions */

static const struct field redemption_make_input[] = {
	{.name = "shop", .type = FIELD_CODE, .flags = FIELD_REQUIRED, .zh = "超市", .help = "code of the shop"},
	{.name = "volunteer", .type = FIELD_ID, .flags = FIELD_REQUIRED, .zh = "志愿者编号|编号", .help = "the volunteer's number"},
	{.name = "points", .type = FIELD_POINTS, .flags = FIELD_REQUIRED, .max = POINTS_MAX, .zh = "积分", .help = "points to redeem"},
	{.name = "goods", .type = FIELD_TEXT, .max = 100, .zh = "物品", .help = "what they are redeemed for"},
	END,
};

static const struct field redemption_make_result[] = {
	{.name = "entry", .type = FIELD_ID, .zh = "兑换凭证", .help = "number of the entry, which names the redemption"},
	{.name = "shop", .type = FIELD_CODE, .zh = "超市", .help = "code of the shop"},
	{.name = "volunteer", .type = FIELD_ID, .zh = "志愿者编号", .help = "the volunteer's number"},
	{.name = "points", .type = FIELD_POINTS, .zh = "积分", .help = "points redeemed"},
	END,
};

static const struct field redemption_refund_input[] = {
	{.name = "redemption", .type = FIELD_ID, .flags = FIELD_REQUIRED, .zh = "兑换凭证", .help = "entry number of the redemption"},
	{.name = "points", .type = FIELD_POINTS, .flags = FIELD_REQUIRED, .max = POINTS_MAX, .zh = "积分", .help = "points to give back"},
	END,
};

static const struct field redemption_refund_result[] = {
	{.name = "entry", .type = FIELD_ID, .zh = "退还凭证", .help = "number of the entry"},
	{.name = "redemption", .type = FIELD_ID, .zh = "兑换凭证", .help = "entry number of the redemption"},
	{.name = "shop", .type = FIELD_CODE, .zh = "超市", .help = "code of the shop"},
	{.name = "points", .type = FIELD_POINTS, .zh = "积分", .help = "points given back"},
	{.name = "left", .type = FIELD_POINTS, .flags = FIELD_SIGNED, .zh = "可退积分", .help = "points of it that can still be given back"},
	END,
};

static const struct field redemption_list_input[] = {
	{.name = "shop", .type = FIELD_CODE, .zh = "超市", .help = "only redemptions at this shop"},
	{.name = "volunteer", .type = FIELD_ID, .zh = "志愿者编号", .help = "only redemptions of this volunteer"},
	LIMIT,
	CURSOR,
	END,
};

static const struct field redemption_list_row[] = {
	{.name = "entry", .type = FIELD_ID, .zh = "兑换凭证", .help = "number of the entry"},
	{.name = "date", .type = FIELD_DATE, .zh = "日期", .help = "day of the redemption"},
	{.name = "shop", .type = FIELD_CODE, .zh = "超市", .help = "code of the shop"},
	{.name = "volunteer", .type = FIELD_ID, .zh = "志愿者编号", .help = "the volunteer's number"},
	{.name = "points", .type = FIELD_POINTS, .zh = "积分", .help = "points redeemed"},
	{.name = "refunded", .type = FIELD_POINTS, .flags = FIELD_SIGNED, .zh = "已退积分", .help = "points given back"},
	{.name = "fen", .type = FIELD_MONEY, .zh = "折合金额", .help = "what it costs the shop's fund, before refunds"},
	{.name = "operator", .type = FIELD_ID, .zh = "操作员编号", .help = "who redeemed it"},
	{.name = "goods", .type = FIELD_TEXT, .zh = "物品", .help = "what it was redeemed for"},
	END,
};

static const struct field redemption_list_result[] = {PAGE(redemption_list_row), END};

const struct op op_points[] = {
	{.name = "rule_set", .noun = "rule", .verb = "set", .kind = OP_COMMAND,
	 .input = rule_set_input, .result = rule_set_result, .help = "set the rule of points from a day on"},
	{.name = "rule_show", .noun = "rule", .verb = "show", .kind = OP_READ,
	 .input = rule_show_input, .result = rule_show_result, .help = "show the rules of points"},
	{.name = "service_record", .noun = "service", .verb = "record", .kind = OP_COMMAND, .scope = "team",
	 .input = service_record_input, .result = service_record_result, .help = "record who served in an activity"},
	{.name = "service_confirm", .noun = "service", .verb = "confirm", .kind = OP_COMMAND, .scope = "activity",
	 .input = service_confirm_input, .result = service_confirm_result, .help = "confirm an activity's records and credit their points"},
	{.name = "service_reject", .noun = "service", .verb = "reject", .kind = OP_COMMAND, .scope = "activity",
	 .input = service_reject_input, .result = service_reject_result, .help = "reject an activity's records"},
	{.name = "service_list", .noun = "service", .verb = "list", .kind = OP_READ,
	 .input = service_list_input, .result = service_list_result, .help = "list service records"},
	{.name = "points_show", .noun = "points", .verb = "show", .kind = OP_READ, .scope = "volunteer",
	 .input = points_show_input, .result = points_show_result, .help = "show a volunteer's points with their lots"},
	{.name = "points_history", .noun = "points", .verb = "history", .kind = OP_READ, .scope = "volunteer",
	 .input = points_history_input, .result = points_history_result, .help = "list every movement of a volunteer's points"},
	{.name = "redemption_make", .noun = "redemption", .verb = "make", .kind = OP_COMMAND, .scope = "shop",
	 .input = redemption_make_input, .result = redemption_make_result, .help = "redeem points at a shop", .closed = true},
	{.name = "redemption_refund", .noun = "redemption", .verb = "refund", .kind = OP_COMMAND, .scope = "redemption",
	 .input = redemption_refund_input, .result = redemption_refund_result, .help = "give points of a redemption back", .closed = true},
	{.name = "redemption_list", .noun = "redemption", .verb = "list", .kind = OP_READ,
	 .input = redemption_list_input, .result = redemption_list_result, .help = "list redemptions"},
	{.name = NULL},
};
