/* The page. What comes from a bundle is put in as text, never as markup. */
"use strict";

const view = { check: null, files: null, error: null, trusted: "", statement: null, trace: null };
const SHOWN_ENTRIES = 100;

/* An element: attributes, listeners (onclick), children; null and false are left out. */
function h(tag, attributes = {}, ...children) {
	const element = document.createElement(tag);
	for (const [name, value] of Object.entries(attributes)) {
		if (typeof value === "function") element.addEventListener(name.slice(2), value);
		else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
	}
	element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
	return element;
}

const grouped = (text) => text.replace(/\B(?=(\d{3})+(?!\d))/g, ",");
const money = (fen) => {
	const plain = writtenAmount(String(fen), true);
	return grouped(plain.slice(0, -3)) + plain.slice(-3);
};
const code = (text) => h("code", {}, text);

/* ---- choosing the files */

/* Names inside the bundle: what stands before manifest.json's own folder is left out. */
function insideBundle(list) {
	const manifest = list.map(([path]) => path).filter((path) => /(^|\/)manifest\.json$/.test(path)).sort((a, b) => a.length - b.length)[0] ?? "";
	const prefix = manifest.slice(0, -"manifest.json".length);
	return new Map(list.filter(([path]) => path.startsWith(prefix)).map(([path, file]) => [path.slice(prefix.length), file]));
}

async function walk(entry, list) {
	if (entry.isFile) {
		list.push([entry.fullPath.replace(/^\//, ""), await new Promise((resolve, reject) => entry.file(resolve, reject))]);
		return;
	}
	const reader = entry.createReader();
	for (;;) {
		const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
		if (!some.length) return;
		for (const one of some) await walk(one, list);
	}
}

async function dropped(event) {
	event.preventDefault();
	document.body.classList.remove("over");
	const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
	const list = [];
	try {
		for (const entry of entries) await walk(entry, list);
		await load(list);
	} catch (error) {
		fail(error);
	}
}

const chosen = (event) => load([...event.target.files].map((file) => [file.webkitRelativePath || file.name, file]));

/* list: [path, File] of each file. */
async function load(list) {
	view.files = insideBundle(list);
	await start();
}

function fail(error) {
	view.error = `${error.name ?? ""}: ${error.message ?? error}`;
	render();
}

async function start() {
	Object.assign(view, { error: null, trace: null, statement: null });
	const check = new Check(view.files, view.trusted, (one) => one === view.check && progress());
	view.check = check;
	render();
	try {
		await check.run();
	} catch (error) {
		if (check === view.check) fail(error);
		return;
	}
	if (check !== view.check) return;
	view.statement = check.statements[0] ?? null;
	render();
}

/* ---- verdict and steps */

function welcome() {
	const input = h("input", { type: "file", id: "folder", webkitdirectory: true, multiple: true, onchange: chosen });
	return h("section", { class: "drop", id: "drop" }, h("label", { class: "button", for: "folder" }, say("choose")), input, h("p", {}, say("drop")));
}

function trustForm() {
	const area = h("textarea", { id: "trusted", rows: 2, spellcheck: "false", "aria-describedby": "trust-help", oninput: (event) => (view.trusted = event.target.value.trim()), onchange: () => view.files && start() });
	area.value = view.trusted;
	return h("details", { class: "trust", open: view.trusted ? true : null }, h("summary", {}, say("trust_title")), h("label", { for: "trusted" }, say("trust_label")), area, h("p", { id: "trust-help", class: "quiet" }, say("trust_help")));
}

function verdict(check) {
	if (view.error) return h("section", { class: "verdict bad", id: "verdict", "data-state": "broken", role: "alert" }, h("h2", {}, say("broken")), h("p", {}, code(view.error)));
	if (!check.done) return h("section", { class: "verdict", id: "verdict", "data-state": "running", role: "status" }, h("h2", {}, say("working")));
	const wrong = check.steps.reduce((sum, step) => sum + step.found, 0);
	const { manifest, note } = check;
	const lead = h("p", {}, say("holds_lead", { aud: note?.origin ?? manifest.aud ?? "?", size: note?.size ?? "?", when: String(manifest.exported_at ?? "?").replace(/^(.{10})T(.{5}).*Z$/, "$1 $2 UTC") }));
	const part = check.whole ? null : h("p", {}, say("part_lead", { fund: manifest.fund, leaves: check.leaves.length, requests: check.requests.length, withheld: check.step("requests").facts.withheld }));
	if (!wrong) return h("section", { class: "verdict good", id: "verdict", "data-state": "holds", role: "status" }, h("h2", {}, say("holds")), lead, part, trusted(check), h("p", { class: "quiet" }, say("limits")));
	return h("section", { class: "verdict bad", id: "verdict", "data-state": "fails", role: "alert" }, h("h2", {}, say(wrong === 1 ? "fails_one" : "fails", { n: wrong })), h("p", {}, say("fails_lead")), lead, part, trusted(check));
}

/* Which key the verdict rests on. */
function trusted(check) {
	const keys = check.judge ? [check.judge] : check.judges ?? [];
	return h("div", { class: "key", id: "key" }, h("p", {}, say(check.trusted ? "trusted_given" : "trusted_own")),
		keys.map((key) => h("dl", {}, h("dt", {}, say("trust_label").replace(/ *[(（].*/, "")), h("dd", {}, code(key.text)), h("dt", {}, say("fingerprint")), h("dd", {}, code(key.fingerprint.replace(/.{4}(?=.)/g, "$& "))))));
}

function placeText(place) {
	const parts = [];
	if (place.file) parts.push(place.file);
	if (place.line !== undefined && place.file) parts.push(say("place_line", { n: place.line }));
	if (place.leaf !== undefined) parts.push(say("place_leaf", { n: place.leaf }));
	if (place.request !== undefined) parts.push(say("place_request", { n: place.request }));
	if (place.entry !== undefined) parts.push(say("place_entry", { n: place.entry }));
	if (place.line !== undefined && !place.file) parts.push(say("place_line", { n: place.line }));
	if (place.field) parts.push(place.field);
	return parts.join(language ? ", " : ",");
}

function findingItem(check, finding) {
	const { code: name, place, expected, found } = finding;
	const open = place.entry !== undefined && check.entryPlace.has(place.entry) ? () => showEntry(check.entryPlace.get(place.entry)) : null;
	const where = placeText(place);
	return h("li", { "data-code": name, "data-file": place.file, "data-leaf": place.leaf, "data-entry": place.entry, "data-field": place.field },
		h("strong", {}, word(FINDINGS, name)), where ? h("span", { class: "place" }, open ? h("button", { class: "link", onclick: open }, where) : where) : null,
		expected !== undefined || found !== undefined ? h("dl", { class: "compare" }, expected !== undefined ? [h("dt", {}, say("expected")), h("dd", {}, code(String(expected)))] : null, found !== undefined ? [h("dt", {}, say("found")), h("dd", {}, code(String(found)))] : null) : null);
}

const MARKS = { waiting: "·", running: "…", holds: "✓", fails: "✗" };

function factText(check, step) {
	const values = { count: step.count, total: step.total, size: check.note?.size, ...step.facts };
	const name = step.name === "books" && !check.whole ? "fact_books_part" : `fact_${step.name}`;
	const texts = [say(name, values)];
	if (step.name === "checkpoint" && step.facts.previous !== undefined) texts.push(say("fact_previous", values));
	if (step.name === "requests" && step.facts.withheld) texts.push(say("fact_withheld", values));
	return texts.join(language ? " " : "");
}

function stepItem(check, step) {
	const body = [];
	if (step.state === "holds") body.push(h("p", {}, factText(check, step)));
	if (step.state === "running" && step.total) body.push(h("progress", { max: step.total, value: step.count }), h("span", { class: "quiet" }, say("progress", step)));
	if (step.found) {
		const more = step.found - step.findings.length;
		body.push(h("ul", { class: "findings" }, step.findings.map((finding) => findingItem(check, finding))), more ? h("p", {}, say("more_problems", { n: more })) : null);
	}
	return h("li", { class: step.state, "data-step": step.name, "data-state": step.state }, h("span", { class: "mark", "aria-hidden": "true" }, MARKS[step.state]),
		h("div", {}, h("h3", {}, say(`step_${step.name}`), h("span", { class: "hidden" }, step.state === "holds" ? ` – ${say("yes")}` : step.state === "fails" ? ` – ${say("no")}` : "")), body));
}

const stepList = (check) => h("section", { id: "checks" }, h("h2", {}, say("checks")), h("ol", {}, check.steps.map((step) => stepItem(check, step))));

/* While it runs only the list of steps changes. */
function progress() {
	const list = document.getElementById("checks");
	if (list) list.replaceWith(stepList(view.check));
}

/* ---- statements */

function statementSection(check) {
	if (!check.done || !check.statements.length) return null;
	const pick = h("select", { id: "fund", onchange: (event) => show({ statement: check.statements[event.target.selectedIndex], trace: null }) }, check.statements.map((one) => h("option", { selected: one === view.statement }, `${one.found.fund}  ${one.found.name ?? ""}`)));
	const one = view.statement;
	return h("section", { id: "statement" }, h("h2", {}, say("statements")), check.statements.length > 1 ? h("p", { class: "controls" }, h("label", { for: "fund" }, say("statement_of")), pick) : null,
		h("h3", { class: "name" }, `${one.found.fund}  ${one.found.name ?? ""}`), h("p", { class: "quiet" }, say("period", one.found), "　", say("as_of", { size: one.size })),
		h("p", { class: one.wrong.length ? "bad" : "good" }, one.wrong.length ? say("statement_wrong", { n: one.wrong.length }) : say("statement_right")), statementTables(check, one));
}

/* A figure as the ledger stated it, a button that traces it; beside it what it should be when that is another one. */
function figure(one, field, value, label, pick) {
	const wrong = one.wrong.find(([name]) => name === field);
	const button = h("button", { class: "figure", "data-field": field, onclick: () => showFigure(one, label, pick) }, typeof value === "string" ? money(value) : "?");
	return h("td", { class: wrong ? "number wrong" : "number" }, button, wrong ? h("small", {}, say("should_be", { value: wrong[1] === undefined ? say("none") : money(wrong[1]) })) : null);
}

const upTo = (pick) => (effect) => (effect.before || effect.within ? pick(effect.delta) : null);
const net = (delta) => delta.restricted + delta.unrestricted;

function lineRow(one, row) {
	const meant = one.expected.lines.find((line) => rowFor(line, one.found.lines) === row);
	const line = meant && one.lines.get(meant.key);
	const field = (name) => `lines/${rowKey(row)}/${name}`;
	const sign = row.section === "spending" ? -1n : 1n;
	const label = [word(ITEM_NAMES, row.item), row.purpose, row.counterparty].filter(Boolean).join(" · ");
	const by = (pick) => (effect) => (line && effect.key === line.key ? sign * pick(effect.delta) : null);
	const wrong = one.wrong.find(([name]) => name === `lines/${rowKey(row)}`);
	return h("tr", { class: wrong ? "wrong" : null }, h("td", { class: "item" }, label, wrong ? h("small", {}, say("should_be", { value: say("none") })) : null), figure(one, field("restricted"), row.restricted, label, by((d) => d.restricted)),
		figure(one, field("unrestricted"), row.unrestricted, label, by((d) => d.unrestricted)), figure(one, field("amount"), row.amount, label, by(net)));
}

function sumRow(one, cls, title, fields, picks) {
	return h("tr", { class: cls }, h("th", { scope: "row" }, title), fields.map((field, i) => (field ? figure(one, field, one.found[field], title, picks[i]) : h("td", {}))));
}

function statementTables(check, one) {
	const { found } = one;
	const before = (pick) => (effect) => (effect.before ? pick(effect.delta) : null);
	const rows = [sumRow(one, "sum", say("opening"), ["opening_restricted", "opening_unrestricted", "opening"], [before((d) => d.restricted), before((d) => d.unrestricted), before(net)])];
	for (const section of SECTIONS) {
		const list = Array.isArray(found.lines) ? found.lines.filter((row) => row?.section === section) : [];
		const missing = one.wrong.filter(([field, , got]) => field.startsWith(`lines/${section}/`) && got === undefined);
		if (!list.length && !missing.length && found[section] === "0") continue;
		const sign = section === "spending" ? -1n : 1n;
		rows.push(sumRow(one, "section", word(SECTION_NAMES, section), [null, null, section], [null, null, (effect) => (effect.line?.section === section ? sign * net(effect.delta) : null)]));
		rows.push(...list.map((row) => lineRow(one, row)), ...missing.map(([field]) => h("tr", { class: "wrong" }, h("td", { colspan: 4 }, say("should_be", { value: field })))));
	}
	rows.push(sumRow(one, "sum", say("closing"), ["restricted", "unrestricted", "closing"], [upTo((d) => d.restricted), upTo((d) => d.unrestricted), upTo(net)]));
	const head = h("tr", {}, [say("item"), say("restricted"), say("unrestricted"), say("amount")].map((text, i) => h("th", { scope: "col", class: i ? "number" : null }, text)));
	return [h("div", { class: "wide" }, h("table", { class: "statement" }, h("thead", {}, head), h("tbody", {}, rows))), positionTable(one), purposeTable(check, one), proofTable(one)];
}

function positionTable(one) {
	const fields = ["bank", "other_assets", "payable"];
	return h("div", { class: "beside" }, h("h4", {}, say("position")), h("table", {}, h("tbody", {}, fields.map((field) => sumRow(one, null, say(field), [field], [upTo((d) => d[field])])))));
}

function purposeTable(check, one) {
	const rows = Array.isArray(one.found.purposes) ? one.found.purposes : [];
	if (!rows.length) return null;
	const ids = new Map([...check.registry.purposes].map(([id, label]) => [label, id]));
	return h("div", { class: "beside" }, h("h4", {}, say("purposes")), h("table", {}, h("tbody", {}, rows.map((row) => {
		const id = ids.get(row.purpose) ?? 0;
		const label = row.purpose ?? say("without_purpose");
		const pick = (effect) => (effect.before || effect.within ? effect.purposes.get(id) ?? null : null);
		return h("tr", {}, h("th", { scope: "row" }, label), figure(one, `purposes/${rowKey(row)}/restricted`, row.restricted, label, pick));
	}))));
}

function proofTable(one) {
	const rows = Array.isArray(one.found.proof) ? one.found.proof : [];
	return h("div", { class: "beside" }, h("h4", {}, say("proof")), h("table", {}, h("tbody", {}, rows.map((row) => {
		const wrong = one.wrong.some(([field]) => field.startsWith(`proof/${rowKey(row)}`));
		const good = row.holds === true && row.computed === row.stated && !wrong;
		return h("tr", { class: wrong ? "wrong" : null }, h("th", { scope: "row" }, word(PROOF_NAMES, row.check)), h("td", { class: "number" }, money(row.computed ?? "")), h("td", { class: "number" }, money(row.stated ?? "")), h("td", {}, say(good ? "yes" : "no")));
	}))));
}

/* ---- tracing */

function show(change) {
	Object.assign(view, change);
	render();
	if (view.trace) document.getElementById("trace")?.focus();
}

const sourceFor = (check, leaf) => (leaf.reverses ? check.books.sources.get(leaf.reverses) ?? sourceOf(leaf) : sourceOf(leaf));

/* The entries that make up a figure: [place, leaf, amount]. */
async function entriesBehind(check, one, pick) {
	const fund = check.registry.fundCoded(one.found.fund);
	const pause = pauser();
	const list = [];
	for (const place of one.touched) {
		const leaf = check.content(place);
		const amount = pick(one.effect(leaf, sourceFor(check, leaf), fund));
		if (amount !== null && amount !== 0n) list.push({ place, leaf, amount });
		await pause();
	}
	return list;
}

async function showFigure(one, label, pick) {
	const entries = await entriesBehind(view.check, one, pick);
	show({ trace: { label, entries, shown: SHOWN_ENTRIES, entry: null } });
}

const showEntry = async (place) => show({ trace: { ...(view.trace ?? {}), entry: await describeEntry(view.check, place) } });

/* Everything about an entry, checked once more on the way. */
async function describeEntry(check, place) {
	const { index, bytes } = check.leaf(place);
	const leaf = check.content(place);
	const group = check.groups.find((one) => one.first <= place && place <= one.last);
	const request = group?.requestRow ?? null;
	const steps = await check.tiles.path(index);
	const hash = await leafHash(bytes);
	const root = await climb(hash, steps);
	return { place, index, leaf, group, request, jws: request && readJws(check.compact(request)), compact: request && check.compact(request), steps, hash, tied: sameBytes(root, check.note?.root), text: new TextDecoder().decode(bytes) };
}

function crumbs(trace) {
	const items = [h("li", {}, h("button", { class: "link", onclick: () => show({ trace: null }) }, view.statement ? `${view.statement.found.fund}` : say("statements")))];
	if (trace.entries) items.push(h("li", {}, trace.entry ? h("button", { class: "link", onclick: () => show({ trace: { ...trace, entry: null } }) }, trace.label) : trace.label));
	if (trace.entry) items.push(h("li", { "aria-current": "true" }, say("entry_no", { n: trace.entry.leaf.entry })));
	return h("nav", { "aria-label": say("trace") }, h("ol", { class: "crumbs" }, items));
}

function traceSection() {
	const { trace } = view;
	if (!trace) return null;
	return h("section", { id: "trace", tabindex: "-1", "aria-label": say("trace") }, h("h2", {}, say("trace")), crumbs(trace), trace.entry ? entryView(trace.entry) : entryList(trace));
}

function entryList(trace) {
	const sum = trace.entries.reduce((total, entry) => total + entry.amount, 0n);
	const rows = trace.entries.slice(0, trace.shown).map(({ place, leaf, amount }) => h("tr", {}, h("td", {}, h("button", { class: "link", "data-entry": leaf.entry, onclick: () => showEntry(place) }, String(leaf.entry))),
		h("td", {}, leaf.occurred_on), h("td", {}, word(KINDS, leaf.kind)), h("td", { class: "number" }, money(amount))));
	const head = h("tr", {}, h("th", { scope: "col" }, say("entry")), h("th", { scope: "col" }, say("day")), h("th", { scope: "col" }, say("kind")), h("th", { scope: "col", class: "number" }, say("effect")));
	const more = trace.entries.length - trace.shown;
	return [h("p", {}, say("entries_behind", { what: trace.label, n: trace.entries.length, sum: money(sum) })), h("div", { class: "wide" }, h("table", {}, h("thead", {}, head), h("tbody", {}, rows))),
		more > 0 ? h("button", { class: "button", onclick: () => show({ trace: { ...trace, shown: trace.shown + SHOWN_ENTRIES } }) }, say("show_more", { n: Math.min(more, SHOWN_ENTRIES) })) : null];
}

const pairs = (list) => h("dl", { class: "pairs" }, list.filter(([, value]) => value !== null && value !== undefined && value !== "").map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));

function postingRow(leaf, p) {
	const { registry } = view.check;
	const amount = amountOf(p.amount) ?? 0n;
	const written = (value) => (leaf.book === "money" ? money(value) : grouped(String(value)));
	const purpose = [p.restricted ? say("restricted") : null, registry.purposes.get(p.purpose)].filter(Boolean).join(" · ");
	return h("tr", {}, h("td", {}, `${p.account} ${CHART[p.account]?.[language] ?? ""}`), h("td", {}, ownerText(registry, p)), h("td", {}, purpose), h("td", { class: "number" }, amount > 0n ? written(amount) : ""),
		h("td", { class: "number" }, amount < 0n ? written(-amount) : ""), h("td", { class: "number" }, written(amountOf(p.balance) ?? 0n)), h("td", { class: "number" }, String(p.version)));
}

function entryView(entry) {
	const { leaf } = entry;
	const head = ["account", "owner", "purpose", "debit", "credit", "balance", "version"].map((name, i) => h("th", { scope: "col", class: i > 2 ? "number" : null }, say(name)));
	return [h("h3", {}, say("entry_no", { n: leaf.entry }), "　", word(KINDS, leaf.kind)),
		pairs([[say("occurred"), leaf.occurred_on], [say("recorded"), leaf.recorded_at], [say("book"), say(leaf.book === "money" ? "book_money" : "book_points")], [say("reverses"), leaf.reverses && String(leaf.reverses)]]),
		h("div", { class: "wide" }, h("table", {}, h("thead", {}, h("tr", {}, head)), h("tbody", {}, leaf.postings.map((p) => postingRow(leaf, p))))), requestView(entry), leafView(entry)];
}

function requestView(entry) {
	const { group, request, jws } = entry;
	const good = group?.verdict === true;
	if (!request || !jws) return [h("h4", {}, say("request")), h("p", {}, say("withheld"))];
	const { aud, htm, htu, iat, exp, jti, ...asked } = jws.payload;
	const operator = group.operator;
	return [h("h4", {}, say("request")),
		pairs([[say("verdict"), h("span", { class: good ? "good" : "bad", id: "request-verdict" }, good ? `✓ ${say("verdict_good")}` : `✗ ${word(FINDINGS, group.verdict)}`)], [say("operation"), code(`${htu ?? jws.header.typ}`)], [say("request_no"), String(request.number)],
			[say("signer"), code(group.kid)], [say("person"), operator ? say("person_text", { person: operator.person, leaf: operator.enrolled }) : null], [say("roles_then"), group.roles.join(", ")]]),
		h("h5", {}, say("content")), h("pre", {}, JSON.stringify(asked, null, 2)), h("details", {}, h("summary", {}, say("raw")), h("pre", { class: "bytes" }, entry.compact))];
}

function leafView(entry) {
	return [h("h4", {}, say("leaf_place")), h("p", {}, say("leaf_text", { index: entry.index, size: view.check.note?.size })), pairs([[say("leaf_hash"), code(toBase64(entry.hash))]]),
		h("p", { class: entry.tied ? "good" : "bad", id: "leaf-verdict" }, `${entry.tied ? "✓" : "✗"} ${say("path", { n: entry.steps.length })}${language ? ". " : "。"}${say(entry.tied ? "path_good" : "path_bad")}`),
		h("details", {}, h("summary", {}, say("path", { n: entry.steps.length })), h("ol", {}, entry.steps.map((step) => h("li", {}, `${say(step.side)} `, code(step.hash ? toBase64(step.hash) : "?"))))),
		h("details", {}, h("summary", {}, say("leaf_content")), h("pre", { class: "bytes" }, entry.text))];
}

/* ---- the whole page */

function heading() {
	const tongue = (name, number) => h("button", { lang: number ? "en" : "zh-CN", "aria-pressed": String(language === number), id: number ? "english" : "chinese", onclick: () => { language = number; render(); } }, name);
	return h("header", {}, h("h1", {}, say("title")), h("div", { class: "tongues" }, tongue("中文", 0), tongue("English", 1), view.check?.done ? h("button", { onclick: () => print() }, say("print")) : null));
}

function render() {
	document.documentElement.lang = language ? "en" : "zh-CN";
	document.title = say("title");
	const { check } = view;
	const main = h("main", {}, h("p", { class: "lead" }, say("lead")));
	if (!globalThis.crypto?.subtle) main.append(h("p", { class: "bad", role: "alert" }, say("no_crypto")));
	else main.append(...[check || view.error ? null : welcome(), trustForm(), check ? verdict(check) : null, check ? stepList(check) : null, check ? statementSection(check) : null, traceSection(),
		check || view.error ? h("p", { class: "controls" }, h("button", { class: "button", id: "again", onclick: () => show({ check: null, files: null, error: null, trace: null }) }, say("again"))) : null].filter(Boolean));
	const focused = document.activeElement?.id;
	document.body.replaceChildren(heading(), main, h("footer", {}, say("footer")));
	if (focused) document.getElementById(focused)?.focus();
}

document.addEventListener("dragover", (event) => { event.preventDefault(); document.body.classList.add("over"); });
document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) document.body.classList.remove("over"); });
document.addEventListener("drop", dropped);
render();
