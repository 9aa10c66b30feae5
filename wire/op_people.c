#include "wire/op_fields.h"

static const struct choice roles[] = {
	{"administrator", "管理员"},
	{"leader", "队长"},
	{"worker", "社区工作者"},
	{"till", "收银员"},
	{"manager", "店长"},
	{"treasurer", "财务"},
	{"approver", "管委会委员"},
	{"auditor", "审计员"},
	{NULL, NULL},
};

static const struct choice states[] = {
	{"active", "有效"},
	{"role_revoked", "角色已撤销"},
	{"key_revoked", "密钥已撤销"},
	{NULL, NULL},
};

static const struct choice org_kinds[] = {
	{"city", "市"},
	{"county", "县"},
	{"street", "街道"},
	{"community", "社区"},
	{"grid", "网格"},
	{"building", "楼栋"},
	{"household", "中心户"},
	{"host", "慈善会"},
	{NULL, NULL},
};

const struct choice op_node_kinds[] = {
	{"city", "市"},
	{"county", "县"},
	{"street", "街道"},
	{"community", "社区"},
	{"grid", "网格"},
	{"building", "楼栋"},
	{"household", "中心户"},
	{"host", "慈善会"},
	{"team", "志愿服务队"},
	{"shop", "慈善超市"},
	{"fund", "基金"},
	{NULL, NULL},
};

static const struct choice colours[] = {
	{"red", "先锋红"},
	{"orange", "活力橙"},
	{"blue", "平安蓝"},
	{"green", "生态绿"},
	{"white", "卫士白"},
	{NULL, NULL},
};

#define BELOW {.name = "node", .type = FIELD_CODE, .zh = "所属", .help = "only what lies below this node"}
#define NODE_NUMBER {.name = "node", .type = FIELD_ID, .zh = "序号", .help = "number of the node"}
#define NODE_CODE {.name = "code", .type = FIELD_CODE, .zh = "编码", .help = "code of the node"}
#define NODE_NAME {.name = "name", .type = FIELD_TEXT, .zh = "名称", .help = "name of the node"}
#define NODE_PARENT {.name = "parent", .type = FIELD_CODE, .zh = "上级", .help = "code of the node above"}
#define NEW_CODE \
	{.name = "code", .type = FIELD_CODE, .flags = FIELD_REQUIRED, .zh = "编码", .help = "its code, unique in the ledger"}
#define NEW_NAME \
	{.name = "name", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .max = 60, .zh = "名称", .help = "its name"}
#define NEW_PARENT \
	{.name = "parent", .type = FIELD_CODE, .flags = FIELD_REQUIRED, .zh = "上级", .help = "code of the node above it"}

/* Operators and roles */

static const struct field operator_enrol_input[] = {
	{.name = "request", .type = FIELD_PROOF, .flags = FIELD_REQUIRED, .zh = "登记申请", .help = "enrolment request made by 'key new', proves possession of the key"},
	{.name = "name", .type = FIELD_TEXT, .flags = FIELD_PERSONAL, .max = 40, .zh = "姓名", .help = "the person's name, for a person not known yet"},
	{.name = "person", .type = FIELD_ID, .zh = "人员编号", .help = "person who gets a further key, instead of a name"},
	{.name = "role", .type = FIELD_CHOICE, .flags = FIELD_REQUIRED, .choices = roles, .zh = "角色", .help = "first role of the key"},
	{.name = "node", .type = FIELD_CODE, .flags = FIELD_REQUIRED, .zh = "范围", .help = "code of the node where the role holds"},
	END,
};

static const struct field operator_enrol_result[] = {
	{.name = "operator", .type = FIELD_ID, .zh = "操作员编号", .help = "number of the operator: one key of one person"},
	{.name = "person", .type = FIELD_ID, .zh = "人员编号", .help = "number of the person"},
	{.name = "kid", .type = FIELD_HASH, .zh = "密钥指纹", .help = "thumbprint of the key"},
	{.name = "role", .type = FIELD_CHOICE, .choices = roles, .zh = "角色", .help = "role granted"},
	{.name = "node", .type = FIELD_CODE, .zh = "范围", .help = "where the role holds"},
	END,
};

static const struct field operator_revoke_input[] = {
	{.name = "operator", .type = FIELD_ID, .flags = FIELD_REQUIRED, .zh = "操作员编号", .help = "operator whose key ends"},
	{.name = "reason", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .max = 200, .zh = "原因", .help = "why: lost, left, stolen"},
	END,
};

static const struct field operator_revoke_result[] = {
	{.name = "operator", .type = FIELD_ID, .zh = "操作员编号", .help = "number of the operator"},
	{.name = "kid", .type = FIELD_HASH, .zh = "密钥指纹", .help = "thumbprint of the key that ended"},
	END,
};

static const struct field operator_rotate_input[] = {
	{.name = "request", .type = FIELD_PROOF, .flags = FIELD_REQUIRED, .zh = "登记申请", .help = "enrolment request of the new key, proves possession of it"},
	END,
};

static const struct field operator_rotate_result[] = {
	{.name = "operator", .type = FIELD_ID, .zh = "操作员编号", .help = "number of the operator with the new key"},
	{.name = "person", .type = FIELD_ID, .zh = "人员编号", .help = "number of the person"},
	{.name = "kid", .type = FIELD_HASH, .zh = "密钥指纹", .help = "thumbprint of the new key"},
	{.name = "roles", .type = FIELD_COUNT, .zh = "角色数", .help = "roles that went over to it"},
	{.name = "replaced", .type = FIELD_ID, .zh = "原操作员编号", .help = "operator whose key ended"},
	END,
};

static const struct field operator_list_input[] = {LIMIT, CURSOR, END};

static const struct field operator_list_row[] = {
	{.name = "operator", .type = FIELD_ID, .zh = "操作员编号", .help = "number of the operator"},
	{.name = "person", .type = FIELD_ID, .zh = "人员编号", .help = "number of the person"},
	{.name = "name", .type = FIELD_TEXT, .zh = "姓名", .help = "the person's name"},
	{.name = "role", .type = FIELD_CHOICE, .choices = roles, .zh = "角色", .help = "role granted"},
	{.name = "node", .type = FIELD_CODE, .zh = "范围", .help = "where the role holds"},
	{.name = "state", .type = FIELD_CHOICE, .choices = states, .zh = "状态", .help = "whether the grant still holds"},
	{.name = "kid", .type = FIELD_HASH, .zh = "密钥指纹", .help = "thumbprint of the key"},
	END,
};

static const struct field operator_list_result[] = {PAGE(operator_list_row), END};

static const struct field role_input[] = {
	{.name = "operator", .type = FIELD_ID, .flags = FIELD_REQUIRED, .zh = "操作员编号", .help = "operator that gets or loses the role"},
	{.name = "role", .type = FIELD_CHOICE, .flags = FIELD_REQUIRED, .choices = roles, .zh = "角色", .help = "the role"},
	{.name = "node", .type = FIELD_CODE, .flags = FIELD_REQUIRED, .zh = "范围", .help = "code of the node where the role holds"},
	END,
};

static const struct field role_result[] = {
	{.name = "operator", .type = FIELD_ID, .zh = "操作员编号", .help = "number of the operator"},
	{.name = "role", .type = FIELD_CHOICE, .choices = roles, .zh = "角色", .help = "the role"},
	{.name = "node", .type = FIELD_CODE, .zh = "范围", .help = "code of the node"},
	END,
};

/* Organisation, teams, shops */

static const struct field node_result[] = {NODE_NUMBER, NODE_CODE, END};

static const struct field org_add_input[] = {
	NEW_PARENT,
	{.name = "kind", .type = FIELD_CHOICE, .flags = FIELD_REQUIRED, .choices = org_kinds, .zh = "类别", .help = "level of the organisation, or host charity"},
	NEW_CODE,
	NEW_NAME,
	END,
};

static const struct field org_list_input[] = {
	BELOW,
	{.name = "kind", .type = FIELD_CHOICE, .choices = op_node_kinds, .zh = "类别", .help = "only nodes of this kind"},
	LIMIT,
	CURSOR,
	END,
};

static const struct field org_list_row[] = {
	NODE_NUMBER,
	NODE_CODE,
	NODE_NAME,
	{.name = "kind", .type = FIELD_CHOICE, .choices = op_node_kinds, .zh = "类别", .help = "kind of the node"},
	NODE_PARENT,
	END,
};

static const struct field org_list_result[] = {PAGE(org_list_row), END};

static const struct field org_tree_input[] = {
	{.name = "node", .type = FIELD_CODE, .zh = "所属", .help = "top of the tree to show"},
	{.name = "depth", .type = FIELD_COUNT, .min = 0, .max = 16, .zh = "层级", .help = "how many levels below the top"},
	LIMIT_OF(2000),
	CURSOR,
	END,
};

static const struct field org_tree_row[] = {
	{.name = "name", .type = FIELD_TEXT, .zh = "名称", .help = "name, indented by depth"},
	NODE_CODE,
	{.name = "kind", .type = FIELD_CHOICE, .choices = org_kinds, .zh = "类别", .help = "kind of the node"},
	{.name = "depth", .type = FIELD_COUNT, .zh = "层级", .help = "levels below the top"},
	{.name = "volunteers", .type = FIELD_COUNT, .zh = "志愿者数", .help = "volunteers registered in and below it"},
	{.name = "teams", .type = FIELD_COUNT, .zh = "服务队数", .help = "teams below it"},
	{.name = "shops", .type = FIELD_COUNT, .zh = "超市数", .help = "charity shops below it"},
	{.name = "funds", .type = FIELD_COUNT, .zh = "基金数", .help = "funds below it"},
	END,
};

static const struct field org_tree_result[] = {PAGE(org_tree_row), END};

static const struct field team_add_input[] = {
	NEW_PARENT,
	NEW_CODE,
	NEW_NAME,
	{.name = "colour", .type = FIELD_CHOICE, .flags = FIELD_REQUIRED, .choices = colours, .zh = "颜色", .help = "which of the five colours"},
	END,
};

static const struct field team_list_input[] = {
	BELOW,
	{.name = "colour", .type = FIELD_CHOICE, .choices = colours, .zh = "颜色", .help = "only teams of this colour"},
	LIMIT,
	CURSOR,
	END,
};

static const struct field team_list_row[] = {
	NODE_NUMBER,
	NODE_CODE,
	NODE_NAME,
	{.name = "colour", .type = FIELD_CHOICE, .choices = colours, .zh = "颜色", .help = "its colour"},
	NODE_PARENT,
	{.name = "activities", .type = FIELD_COUNT, .zh = "活动数", .help = "activities recorded"},
	END,
};

static const struct field team_list_result[] = {PAGE(team_list_row), END};

static const struct field shop_add_input[] = {
	NEW_PARENT,
	NEW_CODE,
	NEW_NAME,
	{.name = "fund", .type = FIELD_CODE, .flags = FIELD_REQUIRED, .zh = "结算基金", .help = "code of the fund that pays its settlements"},
	{.name = "unsettled_limit", .type = FIELD_POINTS, .flags = FIELD_REQUIRED, .max = 1000000000, .zh = "待结算上限", .help = "points it may have unsettled at most"},
	{.name = "return_limit", .type = FIELD_POINTS, .flags = FIELD_ZERO, .max = 1000000000, .zh = "退货透支上限", .help = "points it may owe after refunds; none when absent"},
	END,
};

static const struct field shop_list_input[] = {BELOW, LIMIT, CURSOR, END};

static const struct field shop_list_row[] = {
	NODE_NUMBER,
	NODE_CODE,
	NODE_NAME,
	NODE_PARENT,
	{.name = "fund", .type = FIELD_CODE, .zh = "结算基金", .help = "fund that pays its settlements"},
	{.name = "unsettled", .type = FIELD_POINTS, .flags = FIELD_SIGNED, .zh = "待结算", .help = "points unsettled now"},
	{.name = "unsettled_limit", .type = FIELD_POINTS, .zh = "待结算上限", .help = "points it may have unsettled at most"},
	{.name = "return_limit", .type = FIELD_POINTS, .flags = FIELD_SIGNED, .zh = "退货透支上限", .help = "points it may owe after refunds"},
	END,
};

static const struct field shop_list_result[] = {PAGE(shop_list_row), END};

/* Volunteers */

#define VOLUNTEER_NUMBER \
	{.name = "number", .type = FIELD_ID, .min = 100000, .max = 999999999999, .zh = "志愿者编号|编号", .help = "number in the register taken over; a random one when absent"}
#define VOLUNTEER_NAME \
	{.name = "name", .type = FIELD_TEXT, .flags = FIELD_REQUIRED | FIELD_PERSONAL, .max = 40, .zh = "姓名|志愿者姓名", .help = "the volunteer's name"}
#define VOLUNTEER_PHONE \
	{.name = "phone", .type = FIELD_TEXT, .flags = FIELD_PERSONAL, .min = 5, .max = 20, .zh = "手机号|手机|电话|联系电话", .help = "the volunteer's phone number"}

static const struct field volunteer_add_input[] = {
	{.name = "community", .type = FIELD_CODE, .flags = FIELD_REQUIRED, .zh = "社区", .help = "code of the volunteer's own community"},
	VOLUNTEER_NUMBER,
	VOLUNTEER_NAME,
	VOLUNTEER_PHONE,
	END,
};

static const struct field volunteer_add_result[] = {
	{.name = "volunteer", .type = FIELD_ID, .zh = "志愿者编号", .help = "the volunteer's number"},
	{.name = "community", .type = FIELD_CODE, .zh = "社区", .help = "code of the community"},
	END,
};

static const struct field volunteer_import_line[] = {
	VOLUNTEER_NUMBER,
	VOLUNTEER_NAME,
	VOLUNTEER_PHONE,
	{.name = "community", .type = FIELD_CODE, .zh = "社区编码|社区", .help = "code of the volunteer's community, if not the same for all"},
	END,
};

static const struct field volunteer_import_input[] = {
	{.name = "community", .type = FIELD_CODE, .zh = "社区", .help = "code of the community of lines that name none"},
	{.name = "lines", .type = FIELD_LIST, .flags = FIELD_REQUIRED, .min = 1, .max = 1000, .items = volunteer_import_line, .zh = "名册", .help = "one record a volunteer"},
	{.name = "file", .type = FIELD_TEXT, .flags = FIELD_PERSONAL, .min = 64, .max = 64, .zh = "文件摘要", .help = "SHA-256 of the rows, in hex: the same file is taken once"},
	END,
};

static const struct field volunteer_import_row[] = {
	{.name = "line", .type = FIELD_COUNT, .zh = "行", .help = "line of the request, from 1"},
	{.name = "volunteer", .type = FIELD_ID, .zh = "志愿者编号", .help = "the volunteer's number"},
	END,
};

static const struct field volunteer_import_result[] = {
	{.name = "imported", .type = FIELD_COUNT, .zh = "导入人数", .help = "volunteers registered"},
	{.name = "rows", .type = FIELD_LIST, .items = volunteer_import_row, .zh = "列表", .help = "the number of each line's volunteer"},
	END,
};

static const struct field volunteer_show_input[] = {
	{.name = "volunteer", .type = FIELD_ID, .flags = FIELD_REQUIRED, .zh = "志愿者编号", .help = "the volunteer's number"},
	END,
};

static const struct field volunteer_show_result[] = {
	{.name = "volunteer", .type = FIELD_ID, .zh = "志愿者编号", .help = "the volunteer's number"},
	{.name = "name", .type = FIELD_TEXT, .zh = "姓名", .help = "the name, masked outside the own community"},
	{.name = "phone", .type = FIELD_TEXT, .zh = "手机号", .help = "the phone number, masked for auditors"},
	{.name = "community", .type = FIELD_CODE, .zh = "社区", .help = "code of the community"},
	{.name = "community_name", .type = FIELD_TEXT, .zh = "社区名称", .help = "name of the community"},
	{.name = "registered_at", .type = FIELD_TIME, .zh = "登记时间", .help = "when the volunteer was registered here"},
	END,
};

/* Erasure of personal values */

static const struct choice subjects[] = {
	{"volunteer", "志愿者"},
	{"person", "人员"},
	{"activity", "活动"},
	{"income", "收入"},
	{"disbursement", "拨付"},
	{NULL, NULL},
};

static const struct field person_erase_input[] = {
	{.name = "volunteer", .type = FIELD_ID, .zh = "志愿者编号", .help = "volunteer whose name and phone number go"},
	{.name = "person", .type = FIELD_ID, .zh = "人员编号", .help = "person of the register whose name goes"},
	{.name = "activity", .type = FIELD_ID, .zh = "活动编号", .help = "activity of which the name of who was in charge goes"},
	{.name = "income", .type = FIELD_ID, .zh = "收入凭证号", .help = "entry of income whose donor is sealed"},
	{.name = "disbursement", .type = FIELD_ID, .zh = "拨付编号", .help = "disbursement whose payee is sealed"},
	{.name = "reason", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .max = 200, .zh = "原因", .help = "why; no personal data"},
	END,
};

static const struct field person_erase_result[] = {
	{.name = "erasure", .type = FIELD_ID, .zh = "注销编号", .help = "number of the erasure"},
	{.name = "subject_kind", .type = FIELD_CHOICE, .choices = subjects, .zh = "对象类别", .help = "what the values belonged to"},
	{.name = "subject", .type = FIELD_ID, .zh = "对象编号", .help = "its number"},
	{.name = "values", .type = FIELD_COUNT, .zh = "条数", .help = "values that are gone, or sealed"},
	{.name = "sealed_until", .type = FIELD_DATE, .zh = "封存至", .help = "day to the end of which the law keeps them; absent when they are gone"},
	END,
};

static const struct field person_purge_input[] = {END};

static const struct field person_purge_result[] = {
	{.name = "purge", .type = FIELD_ID, .zh = "清除编号", .help = "number of the purge"},
	{.name = "values", .type = FIELD_COUNT, .zh = "条数", .help = "sealed values that are gone"},
	END,
};

const struct op op_people[] = {
	{.name = "operator_enrol", .noun = "operator", .verb = "enrol", .kind = OP_COMMAND, .scope = "node",
	 .input = operator_enrol_input, .result = operator_enrol_result, .help = "enrol a key with its first role"},
	{.name = "operator_revoke", .noun = "operator", .verb = "revoke", .kind = OP_COMMAND,
	 .input = operator_revoke_input, .result = operator_revoke_result, .help = "end a key for good"},
	{.name = "operator_rotate", .noun = "operator", .verb = "rotate", .kind = OP_COMMAND,
	 .input = operator_rotate_input, .result = operator_rotate_result, .help = "replace the own key by a new one"},
	{.name = "operator_list", .noun = "operator", .verb = "list", .kind = OP_READ,
	 .input = operator_list_input, .result = operator_list_result, .help = "list keys and their roles"},
	{.name = "role_grant", .noun = "role", .verb = "grant", .kind = OP_COMMAND, .scope = "node",
	 .input = role_input, .result = role_result, .help = "give an operator a role on a node"},
	{.name = "role_revoke", .noun = "role", .verb = "revoke", .kind = OP_COMMAND, .scope = "node",
	 .input = role_input, .result = role_result, .help = "take a role on a node back"},
	{.name = "org_add", .noun = "org", .verb = "add", .kind = OP_COMMAND, .scope = "parent",
	 .input = org_add_input, .result = node_result, .help = "add a part of the organisation"},
	{.name = "org_list", .noun = "org", .verb = "list", .kind = OP_READ, .scope = "node",
	 .input = org_list_input, .result = org_list_result, .help = "list nodes of the organisation"},
	{.name = "org_tree", .noun = "org", .verb = "tree", .kind = OP_READ, .scope = "node",
	 .input = org_tree_input, .result = org_tree_result, .help = "show the organisation as a tree, with counts"},
	{.name = "team_add", .noun = "team", .verb = "add", .kind = OP_COMMAND, .scope = "parent",
	 .input = team_add_input, .result = node_result, .help = "add a volunteer team"},
	{.name = "team_list", .noun = "team", .verb = "list", .kind = OP_READ, .scope = "node",
	 .input = team_list_input, .result = team_list_result, .help = "list volunteer teams"},
	{.name = "shop_add", .noun = "shop", .verb = "add", .kind = OP_COMMAND, .scope = "parent",
	 .input = shop_add_input, .result = node_result, .help = "add a charity shop"},
	{.name = "shop_list", .noun = "shop", .verb = "list", .kind = OP_READ, .scope = "node",
	 .input = shop_list_input, .result = shop_list_result, .help = "list charity shops"},
	{.name = "volunteer_add", .noun = "volunteer", .verb = "add", .kind = OP_COMMAND, .scope = "community",
	 .input = volunteer_add_input, .result = volunteer_add_result, .help = "register a volunteer"},
	{.name = "volunteer_import", .noun = "volunteer", .verb = "import", .kind = OP_COMMAND, .scope = "community",
	 .input = volunteer_import_input, .result = volunteer_import_result, .help = "register the volunteers of a file"},
	{.name = "volunteer_show", .noun = "volunteer", .verb = "show", .kind = OP_READ, .scope = "volunteer",
	 .input = volunteer_show_input, .result = volunteer_show_result, .help = "show a volunteer"},
	{.name = "person_erase", .noun = "person", .verb = "erase", .kind = OP_COMMAND,
	 .input = person_erase_input, .result = person_erase_result, .help = "erase somebody's personal values for good"},
	{.name = "person_purge", .noun = "person", .verb = "purge", .kind = OP_COMMAND,
	 .input = person_purge_input, .result = person_purge_result, .help = "delete sealed values that the law keeps no longer"},
	{.name = NULL},
};
