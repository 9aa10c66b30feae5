/* The books made again from the leaves: entries that balance, accounts without a gap, a fund's statement. */
"use strict";

const accountKey = (p) => `${p.account}|${p.owner}|${p.purpose || 0}|${p.restricted ? 1 : 0}`;
const isNet = (number) => /^[345]/.test(number);
const SECTIONS = ["taken_over", "income", "spending", "transfer", "otherwise"];

/* What an entry is for the statement: a reversal stands under what it reverses. */
function sourceOf(leaf) {
	const rows = leaf.rows || {};
	const income = rows.income?.[0];
	const transfer = rows.fund_transfer?.[0];
	return { kind: leaf.kind, item: income?.channel ?? transfer?.kind ?? "", from: transfer?.from_fund, to: transfer?.to_fund };
}

/* Section, item and counterparty of a movement. */
function lineOf(source, fund) {
	switch (source.kind) {
		case "fund_opening":
			return { section: "taken_over", item: "fund_opening", other: 0 };
		case "income":
			return { section: "income", item: source.item, other: 0 };
		case "fund_transfer":
			return { section: "transfer", item: source.item, other: source.to === fund ? source.from : source.to };
		case "disbursement_approval":
			return { section: "spending", item: "disbursement", other: 0 };
		case "settlement_approval":
			return { section: "spending", item: "settlement", other: 0 };
		default:
			return { section: "otherwise", item: source.kind, other: 0 };
	}
}

const emptyPosition = () => ({ bank: 0n, other_assets: 0n, payable: 0n, restricted: 0n, unrestricted: 0n });

function addTo(position, number, restricted, amount) {
	if (number === "1002") position.bank += amount;
	else if (number.startsWith("1")) position.other_assets += amount;
	else if (number.startsWith("2")) position.payable -= amount;
	else if (isNet(number)) position[restricted ? "restricted" : "unrestricted"] -= amount;
}

/* One fund's statement, made again from the leaves below the size of the log that it was signed for. */
class Statement {
	constructor(file, answer) {
		this.file = file;
		this.answer = answer;
		this.found = answer.payload.result;
		this.size = answer.payload.log?.size;
		this.had = emptyPosition();
		this.has = emptyPosition();
		this.lines = new Map();
		this.purposes = new Map();
		this.touched = []; /* leaves, by their place in the bundle, that touch the fund */
	}

	/* What an entry does to a figure of this fund: {position deltas, line, purpose}; null when it does not touch the fund. */
	effect(leaf, source, fund) {
		const own = leaf.postings.filter((p) => p.owner === fund && !p.account.startsWith("P"));
		if (!own.length) return null;
		const effect = { delta: emptyPosition(), net: false, purpose: 0, purposes: new Map() };
		for (const posting of own) {
			const amount = amountOf(posting.amount) ?? 0n;
			addTo(effect.delta, posting.account, posting.restricted, amount);
			if (!isNet(posting.account)) continue;
			effect.net = true;
			effect.purpose = Math.max(effect.purpose, posting.purpose || 0);
			if (posting.restricted) effect.purposes.set(posting.purpose || 0, (effect.purposes.get(posting.purpose || 0) ?? 0n) - amount);
		}
		effect.before = leaf.occurred_on < this.found.from;
		effect.within = !effect.before && leaf.occurred_on <= this.found.to;
		effect.line = effect.net && effect.within ? lineOf(source, fund) : null;
		if (effect.line) effect.key = [effect.line.section, effect.line.item, effect.purpose, effect.line.other || 0].join("|");
		return effect;
	}

	add(index, place, leaf, source, fund) {
		if (index >= this.size) return;
		const effect = this.effect(leaf, source, fund);
		if (!effect) return;
		this.touched.push(place);
		const into = (position) => Object.keys(position).forEach((name) => (position[name] += effect.delta[name]));
		if (effect.before) into(this.had);
		if (!effect.before && !effect.within) return;
		into(this.has);
		for (const [purpose, amount] of effect.purposes) this.purposes.set(purpose, (this.purposes.get(purpose) ?? 0n) + amount);
		if (!effect.line) return;
		const line = this.lines.get(effect.key) ?? { ...effect.line, purpose: effect.purpose, restricted: 0n, unrestricted: 0n, key: effect.key };
		const sign = line.section === "spending" ? -1n : 1n;
		line.restricted += sign * effect.delta.restricted;
		line.unrestricted += sign * effect.delta.unrestricted;
		this.lines.set(effect.key, line);
	}

	/* The result as the ledger should have stated it. */
	result(registry) {
		const fund = registry.fundCoded(this.found.fund);
		const text = (value) => value.toString();
		const out = { fund: this.found.fund, from: this.found.from, to: this.found.to, name: registry.nodes.get(fund)?.name };
		const host = registry.code(registry.funds.get(fund)?.host);
		if (host) out.host = host;
		const lines = [...this.lines.values()].sort((a, b) => SECTIONS.indexOf(a.section) - SECTIONS.indexOf(b.section) || (a.key < b.key ? -1 : 1));
		const sums = Object.fromEntries(SECTIONS.map((name) => [name, 0n]));
		out.lines = lines.map((line) => {
			const row = { section: line.section, item: line.item };
			/* null: not known from the leaves of a part of a log */
			if (line.purpose) row.purpose = registry.purposes.get(line.purpose) ?? null;
			if (line.other) row.counterparty = registry.code(line.other);
			row.key = line.key;
			sums[line.section] += line.restricted + line.unrestricted;
			return { ...row, restricted: text(line.restricted), unrestricted: text(line.unrestricted), amount: text(line.restricted + line.unrestricted) };
		});
		for (const name of SECTIONS) out[name] = text(sums[name]);
		const [had, has] = [this.had, this.has];
		Object.assign(out, {
			opening: text(had.restricted + had.unrestricted),
			opening_restricted: text(had.restricted),
			opening_unrestricted: text(had.unrestricted),
			closing: text(has.restricted + has.unrestricted),
			restricted: text(has.restricted),
			unrestricted: text(has.unrestricted),
			bank: text(has.bank),
			other_assets: text(has.other_assets),
			payable: text(has.payable),
		});
		const purposes = [...this.purposes.entries()].sort((a, b) => a[0] - b[0]);
		out.purposes = purposes.map(([purpose, amount]) => ({ purpose: registry.purposes.get(purpose) ?? null, restricted: text(amount) }));
		const moved = sums.taken_over + sums.income - sums.spending + sums.transfer + sums.otherwise;
		const closing = has.restricted + has.unrestricted;
		const proof = [
			["movements", had.restricted + had.unrestricted + moved, closing],
			["position", has.bank + has.other_assets - has.payable, closing],
			["purposes", purposes.reduce((sum, [, amount]) => sum + amount, 0n), has.restricted],
		];
		out.proof = proof.map(([check, computed, stated]) => ({ check, computed: text(computed), stated: text(stated), holds: computed === stated }));
		out.consistent = proof.every(([, computed, stated]) => computed === stated);
		return out;
	}
}

const ROW_KEYS = ["section", "item", "purpose", "counterparty", "check"];
const rowKey = (row) => ROW_KEYS.map((name) => row?.[name]).filter((value) => value !== undefined && value !== null).join("/");
const sameRow = (wanted, got) => ROW_KEYS.every((name) => wanted[name] === null || (wanted[name] ?? "") === (got?.[name] ?? ""));

/* The stated row that is meant by one made from the leaves: that with the right amounts when names leave a choice. */
function rowFor(wanted, rows) {
	const alike = rows.filter((row) => sameRow(wanted, row));
	return alike.find((row) => row.restricted === wanted.restricted && row.unrestricted === wanted.unrestricted) ?? alike[0];
}

/* Every figure that differs: [field, expected, found]. */
function differences(expected, found, prefix = "") {
	const list = [];
	for (const name of new Set([...Object.keys(expected), ...Object.keys(found || {})])) {
		const [wanted, got] = [expected[name], found?.[name]];
		const field = prefix + name;
		if (Array.isArray(wanted) && Array.isArray(got)) {
			const rest = new Set(got);
			for (const { key, ...row } of wanted) {
				const stated = rowFor(row, [...rest]);
				rest.delete(stated);
				if (stated) list.push(...differences(row, stated, `${field}/${rowKey(stated)}/`));
				else list.push([`${field}/${rowKey(row)}`, canonical(row), undefined]);
			}
			for (const row of rest) list.push([`${field}/${rowKey(row)}`, undefined, canonical(row)]);
		} else if (wanted === null && typeof got === "string") {
			continue;
		} else if (wanted === undefined || got === undefined || canonical(wanted) !== canonical(got)) {
			list.push([field, wanted === undefined ? undefined : String(wanted), got === undefined ? undefined : String(got)]);
		}
	}
	return list;
}

/* Entries and accounts, in log order. find(code, place, expected, found) hears what is wrong. */
class Books {
	constructor(whole, fund, find) {
		this.whole = whole;
		this.fund = fund; /* function: the fund's node, 0 before it is known */
		this.find = find;
		this.accounts = new Map();
		this.sources = new Map(); /* entry -> what a reversal must know */
		this.entry = 0;
		this.entries = 0;
		this.postings = 0;
		this.recorded = "";
	}

	/* Judges an entry's leaf and takes it over; what it is for statements. */
	add(index, place, leaf) {
		const where = { leaf: index, entry: leaf.entry };
		this.entries++;
		if (this.whole && leaf.entry !== this.entry + 1) this.find("entry_number", where, this.entry + 1, leaf.entry);
		else if (leaf.entry <= this.entry) this.find("entry_number", where, `> ${this.entry}`, leaf.entry);
		if (leaf.recorded_at <= this.recorded) this.find("entry_order", where, `> ${this.recorded}`, leaf.recorded_at);
		[this.entry, this.recorded] = [leaf.entry, leaf.recorded_at];
		this.balance(where, leaf);
		leaf.postings.forEach((posting, i) => this.post({ ...where, line: i + 1 }, posting));
		return this.source(where, place, leaf);
	}

	balance(where, leaf) {
		const sums = new Map();
		let sum = 0n;
		for (const p of leaf.postings) {
			const amount = amountOf(p.amount);
			if (amount === null || amount === 0n) this.find("leaf_malformed", where, undefined, `amount ${p.amount}`);
			sum += amount ?? 0n;
			sums.set(p.fund ?? 0, (sums.get(p.fund ?? 0) ?? 0n) + (amount ?? 0n));
			const book = p.account.startsWith("P") ? "points" : "money";
			if (book !== leaf.book || !CHART[p.account]) this.find("books_mixed", where, leaf.book, p.account);
		}
		if (sum !== 0n) this.find("entry_unbalanced", where, "0", sum.toString());
		else for (const [fund, rest] of sums) if (rest !== 0n) this.find("fund_unbalanced", { ...where, field: String(fund) }, "0", rest.toString());
	}

	post(where, p) {
		const state = this.accounts.get(accountKey(p)) ?? { version: 0, balance: 0n };
		const balance = state.balance + (amountOf(p.amount) ?? 0n);
		this.postings++;
		if (this.whole || (p.owner === this.fund() && !p.account.startsWith("P"))) {
			if (p.version !== state.version + 1) this.find("posting_version", { ...where, field: p.account }, state.version + 1, p.version);
			if (amountOf(p.balance) !== balance) this.find("posting_balance", { ...where, field: p.account }, balance.toString(), p.balance);
		}
		this.accounts.set(accountKey(p), { version: p.version, balance: amountOf(p.balance) ?? balance });
	}

	source(where, place, leaf) {
		const lines = leaf.postings.map((p) => [accountKey(p), p.amount]);
		if (!leaf.reverses) {
			const source = { ...sourceOf(leaf), lines: lines.map(([key, amount]) => `${key}|${amount}`).sort().join(), reversed: false };
			if (["income", "fund_transfer", "fund_opening"].includes(leaf.kind)) this.sources.set(leaf.entry, source);
			return source;
		}
		const source = this.sources.get(leaf.reverses);
		if (!source) {
			if (this.whole) this.find("reversal_differs", where, undefined, `${leaf.reverses}`);
			return sourceOf(leaf);
		}
		if (source.reversed) this.find("reversed_twice", where, undefined, `${leaf.reverses}`);
		source.reversed = true;
		const opposite = lines.map(([key, amount]) => `${key}|${String(amount).startsWith("-") ? String(amount).slice(1) : "-" + amount}`);
		if (opposite.sort().join() !== source.lines) this.find("reversal_differs", where, source.lines, opposite.join());
		return source;
	}
}
