/* The whole check of a bundle, step by step. Nothing here touches the page: it reports to what it is given. */
"use strict";

const KEPT_FINDINGS = 200; /* of a step; more are only counted */
const STEPS = ["files", "checkpoint", "tree", "leaves", "requests", "books", "statements", "derived"];

/* Lets the page breathe now and then. */
function pauser(limit = 30) {
	let since = performance.now();
	return async () => {
		if (performance.now() - since < limit) return;
		await new Promise((resolve) => setTimeout(resolve));
		since = performance.now();
	};
}

class Step {
	constructor(name) {
		this.name = name;
		this.state = "waiting"; /* running, holds, fails, skipped */
		this.count = 0;
		this.total = 0;
		this.findings = [];
		this.found = 0;
		this.facts = {};
	}

	find(code, place = {}, expected, found) {
		this.found++;
		if (this.findings.length < KEPT_FINDINGS) this.findings.push({ code, place, expected, found });
	}
}

/* A leaf that the rest may rely on: its members have the types they must have. */
function isLeaf(leaf) {
	const text = (value) => typeof value === "string";
	const whole = (value) => Number.isSafeInteger(value);
	if (!leaf || leaf.v !== 1 || !text(leaf.kind) || !text(leaf.kid) || !text(leaf.request) || !text(leaf.recorded_at)) return false;
	if (leaf.rows !== undefined && (typeof leaf.rows !== "object" || leaf.rows === null || !Object.values(leaf.rows).every(Array.isArray))) return false;
	if (leaf.postings === undefined) return leaf.entry === undefined && leaf.book === undefined;
	if (!Array.isArray(leaf.postings) || !leaf.postings.length || !whole(leaf.entry) || !text(leaf.occurred_on) || !/^\d{4}-\d\d-\d\d$/.test(leaf.occurred_on)) return false;
	if (leaf.book !== "money" && leaf.book !== "points") return false;
	return leaf.postings.every((p) => p && text(p.account) && whole(p.owner) && text(p.amount) && text(p.balance) && whole(p.version));
}

class Check {
	/* files: Map of name in the bundle -> File; trusted: a verifier key that the reader knows, or ""; tell() is called now and then. */
	constructor(files, trusted, tell) {
		this.files = files;
		this.trusted = trusted;
		this.tell = tell;
		this.pause = pauser();
		this.steps = STEPS.map((name) => new Step(name));
		this.bytes = new Map();
		this.registry = new Registry();
		this.statements = [];
		this.leaves = [];   /* [index, start, end] in leaves.tsv */
		this.requests = []; /* {number, first, count, start, end} in requests.tsv */
		this.entryPlace = new Map();
		this.verdicts = []; /* of each request: true, or the code of what is wrong */
		this.keys = new Map();
		this.ownKeys = []; /* of log.vkey */
		this.judges = [];  /* the keys that the reader trusts */
	}

	step(name) {
		return this.steps.find((step) => step.name === name);
	}

	async read(name) {
		if (!this.files.has(name)) return null;
		if (!this.bytes.has(name)) this.bytes.set(name, new Uint8Array(await this.files.get(name).arrayBuffer()));
		return this.bytes.get(name);
	}

	async readText(name) {
		const bytes = await this.read(name);
		if (!bytes) return null;
		try {
			return strictText.decode(bytes);
		} catch {
			return null;
		}
	}

	async readJson(name) {
		try {
			return JSON.parse(await this.readText(name));
		} catch {
			return null;
		}
	}

	async advance(step, count) {
		step.count = count;
		if (performance.now() - (this.told ?? 0) < 100) return this.pause();
		this.told = performance.now();
		this.tell(this);
		return this.pause();
	}

	async run() {
		this.manifest = (await this.readJson("manifest.json")) ?? {};
		this.whole = !this.manifest.fund && !this.manifest.node;
		for (const step of this.steps) {
			step.state = "running";
			this.tell(this);
			await this[`check${step.name[0].toUpperCase()}${step.name.slice(1)}`](step);
			step.state = step.found ? "fails" : "holds";
			this.tell(this);
		}
		this.done = true;
		this.tell(this);
		return this;
	}

	get holds() {
		return this.done && this.steps.every((step) => step.state === "holds");
	}

	/* ---- the files and their sums */

	async sums(step, listed) {
		for (const [name, sum] of listed) {
			if (!this.files.has(name)) step.find("file_missing", { file: name });
			else if (hex(await sha256(await this.files.get(name).arrayBuffer())) !== sum) step.find("file_sum", { file: name });
			await this.advance(step, step.count + 1);
		}
		for (const name of this.files.keys()) if (name !== "SHA256SUMS" && !listed.has(name)) step.find("file_extra", { file: name });
	}

	async manifestFaults(step) {
		const { log, fund, previous } = this.manifest;
		if (this.manifest.format !== "lovebank-bundle/1" || !Number.isSafeInteger(log?.size) || !fromBase64url(log?.root)) step.find("manifest_differs", { file: "manifest.json", field: "format" });
		else if (canonical(this.manifest) + "\n" !== (await this.readText("manifest.json"))) step.find("manifest_differs", { file: "manifest.json" });
		if (!previous !== !this.files.has("previous-checkpoint")) step.find("manifest_differs", { file: "manifest.json", field: "previous" });
		if (fund && !this.files.has(`statement/${fund}.json`)) step.find("file_missing", { file: `statement/${fund}.json` });
	}

	async checkFiles(step) {
		const listed = new Map();
		for (const line of ((await this.readText("SHA256SUMS")) ?? "").split("\n")) {
			const match = /^([0-9a-f]{64}) [ *](.+)$/.exec(line);
			if (match) listed.set(match[2], match[1]);
			else if (line) step.find("file_sum", { file: "SHA256SUMS" }, undefined, line.slice(0, 100));
		}
		step.total = listed.size;
		for (const name of ["SHA256SUMS", "manifest.json", "checkpoint", "log.vkey", "leaves.tsv", "requests.tsv", "keys.json", "journal.hledger", "postings.csv"])
			if (!this.files.has(name)) step.find("file_missing", { file: name });
		await this.sums(step, listed);
		await this.manifestFaults(step);
	}

	/* ---- the checkpoint, and what came before it */

	async checkCheckpoint(step) {
		const note = readNote((await this.readText("checkpoint")) ?? "");
		this.note = note;
		step.total = step.count = 1;
		if (!note) return step.find("checkpoint_wrong", { file: "checkpoint" });
		const { aud, log } = this.manifest;
		if (note.origin !== aud) step.find("checkpoint_wrong", { file: "checkpoint", field: "origin" }, aud, note.origin);
		if (note.size !== log?.size) step.find("manifest_differs", { file: "manifest.json", field: "log/size" }, note.size, log?.size);
		if (toBase64url(note.root) !== log?.root) step.find("manifest_differs", { file: "manifest.json", field: "log/root" }, toBase64url(note.root), log?.root);
		await this.logKey(step, note);
		await this.previous(step, note);
	}

	async logKey(step, note) {
		const texts = ((await this.readText("log.vkey")) ?? "").split("\n").filter(Boolean);
		this.ownKeys = (await Promise.all(texts.map(readVerifier))).filter(Boolean);
		const given = this.trusted ? await readVerifier(this.trusted) : null;
		if (this.trusted && !given) return step.find("key_unknown", { field: "trusted" }, undefined, this.trusted.slice(0, 200));
		this.judges = given ? [given] : this.ownKeys;
		for (const key of this.judges) {
			const holds = await noteHolds(note, key);
			if (holds === null) return step.find("no_ed25519");
			if (holds) this.judge ??= key;
		}
		if (!this.judge) step.find("checkpoint_signature", { file: "checkpoint" }, this.judges.map((key) => key.text).join(" "), note.signatures.map((s) => `${s.name}+${hex(s.bytes.slice(0, 4))}`).join(" "));
	}

	async previous(step, note) {
		const text = await this.readText("previous-checkpoint");
		if (text === null) return;
		const before = readNote(text);
		step.facts.previous = before?.size;
		if (!before || before.origin !== note.origin || before.size !== this.manifest.previous?.size || toBase64url(before.root) !== this.manifest.previous?.root)
			return step.find("checkpoint_wrong", { file: "previous-checkpoint" });
		const signed = await Promise.all([...this.judges, ...this.ownKeys].map((key) => noteHolds(before, key)));
		if (!signed.includes(true)) step.find("checkpoint_signature", { file: "previous-checkpoint" });
		const proof = ((await this.readText("consistency")) ?? "").split("\n").filter(Boolean).map(fromBase64);
		if (proof.includes(null) || !(await consistent(proof, before.size, before.root, note.size, note.root))) step.find("consistency_broken", { file: "consistency" });
	}

	/* ---- the hash tree: every tile hangs on the signed root */

	async checkTree(step) {
		const size = this.note?.size ?? 0;
		this.tiles = new Tiles(size, (path) => this.read(path));
		const names = [...this.files.keys()].filter((name) => name.startsWith("tile/"));
		step.total = names.length;
		for (const name of names) {
			await this.tile(step, name, size);
			await this.advance(step, step.count + 1);
		}
		if (this.note && !sameBytes(await this.tiles.range(0, size), this.note.root)) step.find("root_wrong", { file: "tile/" }, toBase64(this.note.root));
	}

	async tile(step, name, size) {
		const match = /^tile\/(\d)\/((?:x\d{3}\/)*\d{3})(?:\.p\/(\d{1,3}))?$/.exec(name);
		const level = match ? Number(match[1]) : 0;
		const index = match ? Number(match[2].replace(/[x/]/g, "")) : -1;
		const width = match ? tileWidth(level, index, size) : 0;
		if (!width || tilePath(level, index, width) !== name) return step.find("tile_wrong", { file: name });
		const hashes = await this.tiles.hashes(level, index);
		if (!hashes) return step.find("tile_wrong", { file: name });
		if (width < WIDTH || WIDTH ** (level + 1) > size) return undefined;
		const above = await this.tiles.hashes(level + 1, Math.floor(index / WIDTH));
		if (!above || !sameBytes(await rootOf(hashes), above[index % WIDTH])) step.find("tile_wrong", { file: name });
		return undefined;
	}

	/* ---- leaves: form, hash, place; then what they say */

	leaf(place) {
		const [index, start, end] = this.leaves[place];
		return { index, bytes: this.leafBytes.subarray(start, end) };
	}

	/* The content of a leaf, for reading it again. */
	content(place) {
		return JSON.parse(strictText.decode(this.leaf(place).bytes));
	}

	async checkLeaves(step) {
		this.leafBytes = (await this.read("leaves.tsv")) ?? new Uint8Array();
		this.groups = []; /* commands: {request, kid, places: [first, last], ...} */
		this.listLeaves(step);
		step.total = this.leaves.length;
		this.books = new Books(this.whole, () => this.registry.fundCoded(this.manifest.fund), (...finding) => this.step("books").find(...finding));
		this.writers = new Writers(this.registry);
		await this.readStatements();
		for (let place = 0; place < this.leaves.length; place += 256) await this.someLeaves(step, place, Math.min(this.leaves.length, place + 256));
		if (this.whole && this.leaves.length !== this.note?.size) step.find("leaf_missing", {}, this.note?.size, this.leaves.length);
		if (this.leaves.length !== this.manifest.leaves) step.find("manifest_differs", { file: "manifest.json", field: "leaves" }, this.leaves.length, this.manifest.leaves);
	}

	listLeaves(step) {
		let last = -1;
		for (const [start, end] of lines(this.leafBytes)) {
			const tab = this.leafBytes.indexOf(9, start);
			const number = tab > start && tab < end && tab - start < 17 ? new TextDecoder().decode(this.leafBytes.subarray(start, tab)) : "";
			const index = /^(0|[1-9][0-9]*)$/.test(number) ? Number(number) : -1;
			if (index <= last) {
				step.find("leaf_malformed", { file: "leaves.tsv" }, undefined, number);
				continue;
			}
			if (this.whole && index !== last + 1) step.find("leaf_missing", { leaf: last + 1 }, last + 1, index);
			this.leaves.push([index, tab + 1, end]);
			last = index;
		}
	}

	async someLeaves(step, first, last) {
		const hashes = await Promise.all(this.leaves.slice(first, last).map((_, i) => leafHash(this.leaf(first + i).bytes)));
		for (let place = first; place < last; place++) {
			await this.oneLeaf(step, place, hashes[place - first]);
			await this.advance(step, place + 1);
		}
	}

	async oneLeaf(step, place, hash) {
		const { index, bytes } = this.leaf(place);
		const tile = await this.tiles.hashes(0, Math.floor(index / WIDTH));
		if (!tile || !tile[index % WIDTH] || !sameBytes(tile[index % WIDTH], hash)) step.find("leaf_hash", { leaf: index }, tile?.[index % WIDTH] && toBase64(tile[index % WIDTH]), toBase64(hash));
		let text;
		let leaf;
		try {
			text = strictText.decode(bytes);
			leaf = JSON.parse(text);
		} catch {
			return step.find("leaf_malformed", { leaf: index });
		}
		if (!isLeaf(leaf)) return step.find("leaf_malformed", { leaf: index });
		if (canonical(leaf) !== text) step.find("leaf_not_canonical", { leaf: index });
		return this.learn(place, index, leaf);
	}

	/* The command of a leaf is judged by what was registered before its first leaf. */
	learn(place, index, leaf) {
		const last = this.groups[this.groups.length - 1];
		if (!last || last.request !== leaf.request) this.groups.push(this.group(place, index, leaf));
		const group = this.groups[this.groups.length - 1];
		group.last = place;
		if (leaf.kid !== group.kid) this.step("requests").find("effect_differs", { leaf: index, field: "kid" }, group.kid, leaf.kid);
		group.kinds.add(leaf.postings ? `entry:${leaf.kind}` : leaf.kind);
		if (index) this.registry.learn(index, leaf);
		if (!leaf.postings) return;
		const source = this.books.add(index, place, leaf);
		this.entryPlace.set(leaf.entry, place);
		this.writers.add(index, leaf);
		for (const fund of new Set(leaf.postings.map((p) => p.owner)))
			if (this.registry.funds.has(fund)) this.byFund.get(this.registry.code(fund))?.add(index, place, leaf, source, fund);
	}

	group(place, index, leaf) {
		if (index === 0) this.registry.learn(index, leaf); /* the founding enrols who signed it */
		const operator = this.registry.byKid.get(leaf.kid);
		return {
			request: leaf.request, kid: leaf.kid, first: place, index, founding: index === 0, kinds: new Set(), operator, known: !!operator,
			revoked: index > 0 && !!operator && operator.revoked !== null, roles: operator ? this.registry.roles(operator) : [],
		};
	}

	/* ---- signed requests */

	async checkRequests(step) {
		this.requestBytes = (await this.read("requests.tsv")) ?? new Uint8Array();
		this.jtis = new Set();
		this.listRequests(step);
		step.total = this.groups.length;
		const byFirst = new Map(this.requests.map((request) => [request.first, request]));
		let withheld = 0;
		for (let i = 0; i < this.groups.length; i += 64) {
			const verdicts = await Promise.all(this.groups.slice(i, i + 64).map((group) => this.request(step, group, byFirst.get(group.index))));
			withheld += verdicts.filter((verdict) => verdict === null).length;
			await this.advance(step, Math.min(this.groups.length, i + 64));
		}
		step.facts.withheld = withheld;
		const unused = this.requests.filter((request) => !request.group);
		for (const request of unused) step.find("request_altered", { request: request.number }, undefined, String(request.first));
		if (withheld !== this.manifest.withheld) step.find("manifest_differs", { file: "manifest.json", field: "withheld" }, withheld, this.manifest.withheld);
		if (this.requests.length !== this.manifest.requests) step.find("manifest_differs", { file: "manifest.json", field: "requests" }, this.requests.length, this.manifest.requests);
	}

	listRequests(step) {
		let last = 0;
		for (const [start, end] of lines(this.requestBytes)) {
			const line = new TextDecoder().decode(this.requestBytes.subarray(start, end));
			const match = /^([1-9]\d{0,15})\t(\d{1,16})\t([1-9]\d{0,15})\t([A-Za-z0-9_.-]+)$/.exec(line);
			if (!match || Number(match[1]) <= last) {
				step.find("request_malformed", { file: "requests.tsv" }, undefined, line.slice(0, 60));
				continue;
			}
			last = Number(match[1]);
			this.requests.push({ number: last, first: Number(match[2]), count: Number(match[3]), start: end - match[4].length, end });
		}
	}

	compact(request) {
		return new TextDecoder().decode(this.requestBytes.subarray(request.start, request.end));
	}

	/* True, null (withheld), or the code of what is wrong with a command's request. */
	async request(step, group, request) {
		const place = { leaf: group.index, request: request?.number };
		const wrong = (code, expected, found, field) => {
			step.find(code, field ? { ...place, field } : place, expected, found);
			group.verdict ??= code;
		};
		if (!request) {
			if (this.whole) wrong("request_missing", group.request);
			return group.verdict ?? null;
		}
		request.group = group;
		group.requestRow = request;
		const compact = this.compact(request);
		const hash = toBase64url(await sha256Text(compact));
		if (hash !== group.request) wrong("request_altered", group.request, hash);
		const jws = readJws(compact);
		if (group.last - group.first + 1 !== request.count) wrong("leaf_missing", request.count, group.last - group.first + 1);
		if (!jws || jws.alg !== "ES256") wrong("request_malformed");
		else await this.signature(group, jws, wrong);
		group.verdict ??= true;
		return group.verdict;
	}

	async keyOf(kid, jwk) {
		const name = kid + canonical(jwk ?? null);
		if (!this.keys.has(name)) this.keys.set(name, (async () => ((await thumbprint(jwk)) === kid ? importJwk(jwk) : null))().catch(() => null));
		return this.keys.get(name);
	}

	async signature(group, jws, wrong) {
		const { header, payload } = jws;
		if (header.kid !== group.kid) wrong("effect_differs", group.kid, String(header.kid), "kid");
		if (!group.known) wrong("key_unknown", undefined, String(header.kid));
		else if (group.revoked) wrong("key_revoked", undefined, String(header.kid));
		const key = await this.keyOf(group.kid, group.operator?.jwk);
		if (group.known && !(await es256(key, jws.signed, jws.signature))) wrong("bad_signature", undefined, String(header.kid));
		if (!payload.jti || this.jtis.has(`${group.kid} ${payload.jti}`)) wrong("request_reused", undefined, String(payload.jti));
		this.jtis.add(`${group.kid} ${payload.jti}`);
		if (group.founding) {
			if (header.typ !== "lovebank-enrol+jws") wrong("request_malformed");
			return;
		}
		if (header.typ !== "lovebank-request+jws") wrong("request_malformed");
		if (payload.aud !== this.registry.aud) wrong("wrong_ledger", this.registry.aud, String(payload.aud));
		this.operation(group, payload, wrong);
	}

	operation(group, payload, wrong) {
		const match = /^\/v1\/([a-z]+)\/([a-z-]+)$/.exec(payload.htu ?? "");
		const op = match ? `${match[1]}_${match[2].replace(/-/g, "_")}` : "";
		group.op = op;
		if (!MATRIX[op]) return wrong("wrong_operation", undefined, String(payload.htu));
		for (const kind of group.kinds) if (kind !== op && kind !== `entry:${ENTRY_OF[op]}`) wrong("wrong_operation", kind.replace("entry:", ""), op);
		if (group.known && !MATRIX[op].some((role) => group.roles.includes(role))) wrong("not_allowed", MATRIX[op].join(" "), op);
		return undefined;
	}

	/* ---- books: judged while the leaves were read */

	async checkBooks(step) {
		step.total = step.count = this.books.entries;
		step.facts.postings = this.books.postings;
		step.facts.accounts = this.books.accounts.size;
	}

	/* ---- statements */

	async readStatements() {
		this.byFund = new Map();
		for (const name of this.files.keys()) {
			if (!/^statement\/[^/]+\.json$/.test(name)) continue;
			const jws = readJws((await this.readText(name)) ?? "");
			const result = jws?.payload.result;
			if (!result || typeof result.from !== "string" || typeof result.to !== "string" || `statement/${result.fund}.json` !== name) {
				this.badStatements = [...(this.badStatements ?? []), name];
				continue;
			}
			const statement = new Statement(name, jws);
			this.statements.push(statement);
			this.byFund.set(result.fund, statement);
		}
	}

	async checkStatements(step) {
		step.total = this.statements.length;
		for (const name of this.badStatements ?? []) step.find("statement_differs", { file: name, field: "format" });
		for (const statement of this.statements) {
			statement.expected = statement.result(this.registry);
			statement.wrong = differences(statement.expected, statement.found);
			for (const [field, expected, found] of statement.wrong) step.find("statement_differs", { file: statement.file, field }, expected, found);
			await this.answer(step, statement);
			await this.advance(step, step.count + 1);
		}
		const asked = Math.min(...this.statements.map((statement) => statement.size));
		for (const [node, { leaf }] of this.registry.funds)
			if (this.whole && leaf < asked && !this.byFund.has(this.registry.code(node))) step.find("file_missing", { file: `statement/${this.registry.code(node)}.json` });
	}

	/* The ledger's signature under a statement, and the log that it speaks of. */
	async answer(step, statement) {
		const { header, payload, signed, signature } = statement.answer;
		const place = { file: statement.file };
		const row = this.registry.inForce("answers", header.kid, payload.log?.size);
		let jwk = null;
		try {
			jwk = row && JSON.parse(row.public);
		} catch {
			jwk = null;
		}
		if (header.typ !== "lovebank-response+jws" || payload.aud !== this.manifest.aud || !(payload.log?.size <= this.note?.size)) step.find("statement_differs", { ...place, field: "aud" }, this.manifest.aud, payload.aud);
		if (this.manifest.from && (payload.result.from !== this.manifest.from || payload.result.to !== this.manifest.to)) step.find("statement_differs", { ...place, field: "from" }, this.manifest.from, payload.result.from);
		if (!jwk) step.find("key_unknown", place, undefined, header.kid);
		else if (!(await es256(await this.keyOf(header.kid, jwk), signed, signature))) step.find("bad_signature", place, undefined, header.kid);
		if (!this.whole) return;
		const root = await new Tiles(this.note?.size ?? 0, (path) => this.read(path)).range(0, payload.log?.size ?? 0);
		if (!root || toBase64url(root) !== payload.log?.root) step.find("statement_differs", { ...place, field: "log/root" }, root && toBase64url(root), payload.log?.root);
	}

	/* ---- files that follow from the leaves */

	async checkDerived(step) {
		const pems = [];
		for (const item of [...this.registry.operators.values(), ...[...this.registry.ledgerKeys.values()].filter((key) => key.use === "answers")]) {
			const jwk = item.jwk ?? (await this.jwkOf(item.public));
			const pem = jwk && pemOf(jwk);
			if (pem) pems.push([`keys/${item.kid}.pem`, "keys_differ", [pem]]);
		}
		const wanted = [
			["journal.hledger", "journal_differs", this.writers.journal(this.manifest.aud, this.note?.size)],
			["postings.csv", "csv_differs", this.writers.rows],
			["keys.json", "keys_differ", [keysJson(this.registry)]],
			...this.statements.map((statement) => [statement.file.replace(/json$/, "csv"), "csv_differs", [statementTable(statement.answer.payload)]]),
			...pems,
		];
		step.total = wanted.length;
		for (const [name, code, parts] of wanted) {
			const bytes = await this.read(name);
			const difference = bytes && (await compareFile(bytes, parts, this.pause));
			if (!bytes) step.find("file_missing", { file: name });
			else if (difference) step.find(code, { file: name, line: difference.line }, difference.expected, difference.found);
			await this.advance(step, step.count + 1);
		}
		this.logKeys(step);
	}

	async jwkOf(text) {
		try {
			return JSON.parse(text);
		} catch {
			return null;
		}
	}

	/* log.vkey is what the leaves registered; the key that signed must have been in force. */
	logKeys(step) {
		const registered = [...this.registry.ledgerKeys.values()].filter((key) => key.use === "log");
		if (!registered.length) return;
		const texts = registered.map((key) => key.public);
		if (this.ownKeys.map((key) => key.text).join() !== texts.join()) step.find("keys_differ", { file: "log.vkey" }, texts.join(" "), this.ownKeys.map((key) => key.text).join(" "));
		const judge = registered.find((key) => key.public === this.judge?.text);
		if (this.judge && !judge) step.find("key_unknown", { field: "log" }, texts.join(" "), this.judge.text);
		if (judge && !this.registry.inForce("log", judge.kid, this.note.size)) step.find("key_revoked", { field: "log" }, undefined, this.judge.text);
	}
}
