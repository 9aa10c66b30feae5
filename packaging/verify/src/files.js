/* The files of a bundle that follow from its leaves, made again to the byte: journal.hledger, postings.csv, statement tables, keys.json. */
"use strict";

const KINDS = {
	service_credit: ["服务积分", "service credit"],
	redemption: ["兑换", "redemption"],
	redemption_refund: ["兑换退还", "refund of a redemption"],
	fund_opening: ["期初余额", "opening balance"],
	fund_transfer: ["基金划转", "fund transfer"],
	income: ["收入", "income"],
	disbursement_approval: ["拨付批准", "disbursement approved"],
	disbursement_payment: ["拨付付款", "disbursement paid"],
	settlement_approval: ["结算批准", "settlement approved"],
	settlement_payment: ["结算付款", "settlement paid"],
	entry_reversal: ["红字冲销", "reversal"],
};
const TOPS = { 1: ["资产", "A"], 2: ["负债", "L"], 3: ["净资产", "E"], 4: ["收入", "R"], 5: ["费用", "X"], P: ["积分", "E"] };

/* Fen as yuan, plain: "-1234.56". */
function yuan(fen) {
	const [sign, digits] = fen.startsWith("-") ? ["-", fen.slice(1)] : ["", fen];
	const padded = digits.padStart(3, "0");
	return `${sign}${padded.slice(0, -2)}.${padded.slice(-2)}`;
}

const writtenAmount = (text, isMoney) => (/^-?[0-9]{1,19}$/.test(text) ? (isMoney ? yuan(text) : text) : isMoney ? "0.00" : "0");

/* A part of an account's name in the journal: what hledger gives a meaning is replaced. */
const SPACES = /[\u0000- \u007f-\u00a0\u1680\u2000-\u200f\u2028-\u202f\u205f\u3000]/g;
const namePart = (text) => text.replace(SPACES, "_").replace(/:/g, "：").replace(/;/g, "；");

function ownerText(registry, posting) {
	const isNode = !posting.account.startsWith("P") || posting.account === "P2400";
	const code = isNode ? registry.code(posting.owner) : null;
	return code ?? (posting.owner ? String(posting.owner) : "");
}

function accountName(registry, p) {
	let name = `${TOPS[p.account[0]]?.[0] ?? "其他"}:${namePart(p.account)}${CHART[p.account]?.[0] ?? ""}`;
	const owner = ownerText(registry, p);
	if (owner) name += ":" + namePart(owner);
	if (p.restricted) name += ":限定";
	if (p.purpose) name += ":" + namePart(registry.purposes.get(p.purpose) ?? String(p.purpose));
	return name;
}

/* A cell of a table: quoted where it must be, text that a spreadsheet would run with an apostrophe in front. */
function cell(text, isNumber = false) {
	const guard = !isNumber && /^[=+\-@\t\r\n＝＋－＠]/.test(text) ? "'" : "";
	return guard || /[,"\r\n]/.test(text) || text.startsWith(" ") ? `"${guard}${text.replace(/"/g, '""')}"` : text;
}

class Writers {
	constructor(registry) {
		this.registry = registry;
		this.names = new Map(); /* of accounts */
		this.entries = [];      /* {day, number, text} */
		this.rows = ["\ufeff凭证号,行,业务日期,记账时间,类型,账簿,科目,科目名称,归属,基金,限定性,用途,金额,余额,序次,红冲原凭证,日志序号\r\n"];
	}

	name(posting) {
		const key = accountKey(posting);
		if (!this.names.has(key)) this.names.set(key, accountName(this.registry, posting));
		return this.names.get(key);
	}

	add(index, leaf) {
		const isMoney = leaf.book === "money";
		const kind = KINDS[leaf.kind]?.[0] ?? leaf.kind;
		let text = `${leaf.occurred_on} (${leaf.entry}) ${kind}\n    ; leaf: ${index}\n    ; recorded_at: ${leaf.recorded_at}\n`;
		if (leaf.reverses) text += `    ; reverses: ${leaf.reverses}\n`;
		leaf.postings.forEach((p, i) => {
			text += `    ${this.name(p)}  ${writtenAmount(p.amount, isMoney)} ${isMoney ? "CNY" : "积分"}\n`;
			this.rows.push(this.row(index, leaf, p, i + 1, kind, isMoney));
		});
		this.entries.push({ day: leaf.occurred_on, number: leaf.entry, text: text + "\n" });
	}

	row(index, leaf, p, line, kind, isMoney) {
		const amounts = [p.amount, p.balance].map((amount) => writtenAmount(amount, isMoney));
		return (
			[leaf.entry, line, leaf.occurred_on, leaf.recorded_at, cell(kind), isMoney ? "资金" : "积分", cell(p.account), CHART[p.account]?.[0] ?? "",
				cell(ownerText(this.registry, p)), cell(this.registry.code(p.fund) ?? ""), p.restricted ? "是" : "",
				cell(this.registry.purposes.get(p.purpose) ?? ""), ...amounts, p.version, leaf.reverses ?? "", index].join(",") + "\r\n"
		);
	}

	/* The journal as parts of text, in order. */
	*journal(aud, size) {
		yield `; ${aud}, log size ${size}\n\ncommodity CNY\ncommodity 积分\n\ntag leaf\ntag recorded_at\ntag reverses\n\n`;
		for (const [name, type] of Object.values(TOPS)) yield `account ${name}\n    ; type: ${type}\n`;
		const names = [...new Set(this.names.values())].map((name) => [utf8.encode(name), name]);
		names.sort(([a], [b]) => {
			for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a[i] - b[i];
			return a.length - b.length;
		});
		for (const [, name] of names) yield `account ${name}\n`;
		yield "\n";
		this.entries.sort((a, b) => (a.day < b.day ? -1 : a.day > b.day ? 1 : a.number - b.number));
		for (const entry of this.entries) yield entry.text;
	}
}

/* keys.json of the leaves. */
function keysJson(registry) {
	const operators = [...registry.operators.values()].map((operator) => ({
		operator: operator.id,
		person: operator.person ?? null,
		kid: operator.kid ?? null,
		jwk: operator.jwk ?? null,
		enrolled: operator.enrolled,
		revoked: operator.revoked,
		roles: operator.grants.map((grant) => ({ role: grant.role ?? null, node: registry.code(grant.node), granted: grant.granted, revoked: grant.revoked })),
	}));
	const ledger = [...registry.ledgerKeys.values()].map(({ use, kid, public: text, added, ended }) => ({ use, kid, public: text, added, ended }));
	return canonical({ operators, ledger }) + "\n";
}

/* Titles of a statement's members, in the order of its table; a list has its own. */
const SECTION_NAMES = {
	taken_over: ["期初转入", "Opening balances taken over"],
	income: ["收入", "Income"],
	spending: ["支出", "Spending"],
	transfer: ["基金间划转", "Transfers between funds"],
	otherwise: ["其他变动", "Everything else"],
};
const ITEM_NAMES = {
	fund_opening: ["期初余额", "opening balance"],
	public: ["公开募捐", "public fundraising"],
	sponsorship: ["企业赞助", "sponsorship"],
	service_commission: ["服务提成", "service commission"],
	lottery_share: ["福彩返还", "lottery share"],
	grant: ["政府补助", "government grant"],
	other: ["其他收入", "other income"],
	disbursement: ["拨付", "disbursements"],
	settlement: ["超市结算", "settlements with shops"],
	seed: ["种子资金", "seed money"],
	charge: ["管理费", "the host's charge"],
	transfer: ["划转", "transfer"],
};
const PROOF_NAMES = {
	movements: ["期初+转入+收入-支出+划转=期末", "opening + taken over + income - spending + transfers = closing"],
	position: ["资产-负债=净资产", "assets - debts = net assets"],
	purposes: ["各限定用途合计=限定性净资产", "sum of what is restricted to purposes = restricted net assets"],
};
const plainText = (value) => value;
const choice = (names) => (code) => names[code]?.[0] ?? code;
const STATEMENT_TITLES = [
	["fund", "基金", plainText], ["name", "名称", plainText], ["host", "托管慈善会", plainText], ["from", "开始日期", plainText], ["to", "结束日期", plainText],
	["opening", "期初净资产"], ["opening_restricted", "期初限定性"], ["opening_unrestricted", "期初非限定性"], ["taken_over", "期初转入"],
	["income", "收入合计"], ["spending", "支出合计"], ["transfer", "划转净额"], ["otherwise", "其他变动"], ["closing", "期末净资产"],
	["restricted", "期末限定性"], ["unrestricted", "期末非限定性"], ["bank", "银行存款"], ["other_assets", "其他资产"], ["payable", "应付款"],
];
const STATEMENT_LISTS = [
	["lines", "明细", [["section", "部分", choice(SECTION_NAMES)], ["item", "项目", choice(ITEM_NAMES)], ["purpose", "用途", plainText],
		["counterparty", "对方基金", plainText], ["restricted", "限定性"], ["unrestricted", "非限定性"], ["amount", "金额"]]],
	["purposes", "限定用途余额", [["purpose", "限定用途", plainText], ["restricted", "余额"]]],
	["proof", "勾稽关系", [["check", "核对", choice(PROOF_NAMES)], ["computed", "计算数"], ["stated", "报表数"], ["holds", "相符", plainText]]],
];

/* A value's cell; without a way to write it, it is money. */
function statementCell(value, write) {
	if (value === undefined || value === null) return "";
	if (typeof value === "boolean") return value ? "是" : "否";
	if (typeof value !== "string") return String(value);
	return write ? cell(write(value)) : cell(writtenAmount(value, true), true);
}

function statementTable(payload) {
	const result = payload.result;
	let text = "\ufeff";
	const pair = (title, value, write) => (text += value === undefined || value === null ? "" : `${title},${statementCell(value, write)}\r\n`);
	for (const [name, title, write] of STATEMENT_TITLES) pair(title, result[name], write);
	pair("勾稽相符", result.consistent);
	for (const [name, title, columns] of STATEMENT_LISTS) {
		if (!Array.isArray(result[name])) continue;
		text += `\r\n${title}\r\n${columns.map(([, heading]) => heading).join(",")}\r\n`;
		for (const row of result[name]) text += columns.map(([member, , write]) => statementCell(row[member], write)).join(",") + "\r\n";
	}
	text += "\r\n";
	pair("账本", payload.aud, plainText);
	pair("日志条数", payload.log?.size);
	pair("日志根", payload.log?.root, plainText);
	return text;
}

/* Compares a file with the text that it should have, given in parts; null, or {line, expected, found} of the first difference. */
async function compareFile(bytes, parts, pause) {
	let at = 0;
	let line = 1;
	for (const part of parts) {
		await pause();
		const wanted = utf8.encode(part);
		const same = bytes.length - at >= wanted.length && sameBytes(bytes.subarray(at, at + wanted.length), wanted);
		if (!same) return firstDifference(bytes, at, wanted, line);
		for (const byte of wanted) if (byte === 10) line++;
		at += wanted.length;
	}
	return at === bytes.length ? null : firstDifference(bytes, at, new Uint8Array(), line);
}

function firstDifference(bytes, at, wanted, line) {
	let i = 0;
	while (i < wanted.length && at + i < bytes.length && bytes[at + i] === wanted[i]) if (wanted[i++] === 10) line++;
	const show = (all, from) => {
		const start = all.lastIndexOf(10, from - 1) + 1;
		const end = all.indexOf(10, from);
		return from >= all.length && start >= all.length ? undefined : new TextDecoder().decode(all.subarray(start, end < 0 ? all.length : end)).trimEnd().slice(0, 300);
	};
	return { line, expected: wanted.length ? show(wanted, i) : undefined, found: show(bytes, at + i) };
}
