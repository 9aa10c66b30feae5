/* The chart of accounts; see chart.h. */
#include "audit/chart.h"

#include <stddef.h>
#include <string.h>

#define LOTS true, true /* nobody spends points that they do not have */

const struct chart chart[] = {
	{"1001", "money", "debit", "fund", "库存现金", "cash", false, false},
	{"1002", "money", "debit", "fund", "银行存款", "bank", false, false},
	{"1009", "money", "debit", "fund", "其他货币资金", "in transit", false, false},
	{"1122", "money", "debit", "fund", "其他应收款", "other receivables", false, false},
	{"1201", "money", "debit", "fund", "存货-捐赠物资", "donated goods", false, false},
	{"1891", "money", "debit", "fund", "受托代理资产", "agency assets", false, false},
	{"2202", "money", "credit", "fund", "应付超市款", "payable to shops", false, false},
	{"2206", "money", "credit", "fund", "应交税金", "taxes", false, false},
	{"2209", "money", "credit", "fund", "其他应付款", "other payable", false, false},
	{"2401", "money", "credit", "fund", "预计负债", "provision", false, false},
	{"2601", "money", "credit", "fund", "受托代理负债", "agency liability", false, false},
	{"3101", "money", "credit", "fund", "非限定性净资产", "unrestricted net assets", false, false},
	{"3102", "money", "credit", "fund", "限定性净资产", "restricted net assets", false, false},
	{"3199", "money", "credit", "fund", "基金间往来", "between funds of one host", false, false},
	{"4101", "money", "credit", "fund", "捐赠收入", "donations", false, false},
	{"4301", "money", "credit", "fund", "提供服务收入", "service income", false, false},
	{"4401", "money", "credit", "fund", "政府补助收入", "grants", false, false},
	{"4501", "money", "credit", "fund", "商品销售收入", "sales", false, false},
	{"4901", "money", "credit", "fund", "其他收入", "other income", false, false},
	{"5101", "money", "debit", "fund", "业务活动成本", "programme cost", false, false},
	{"5201", "money", "debit", "fund", "管理费用", "management", false, false},
	{"5301", "money", "debit", "fund", "筹资费用", "fundraising", false, false},
	{"5401", "money", "debit", "fund", "其他费用", "other cost", false, false},
	{"P1000", "points", "debit", "scheme", "已发行积分", "points issued", false, false},
	{"P2100", "points", "credit", "volunteer", "可用积分", "points available", LOTS},
	{"P2200", "points", "credit", "volunteer", "冻结积分", "points held", LOTS},
	{"P2300", "points", "credit", "pool", "家庭积分", "family pool", LOTS},
	{"P2400", "points", "credit", "shop", "待结算积分", "points unsettled at a shop", false, false},
	{"P2500", "points", "credit", "pool", "公共积分池", "public pool", LOTS},
	{"P2900", "points", "debit", "volunteer", "追缴欠分", "claw-back debt", false, true},
	{"P3100", "points", "credit", "scheme", "过期积分", "points expired", false, false},
	{"P3300", "points", "credit", "scheme", "已结算积分", "points settled", false, false},
	{.number = NULL},
};

#define ACCOUNTS (sizeof(chart) / sizeof(*chart) - 1)

const struct chart *chart_find(const char *number)
{
	size_t low = 0, high = ACCOUNTS;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(number, chart[middle].number);

		if (order == 0)
			return &chart[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}
