/* The log: checkpoints (C2SP signed notes), hash tiles (C2SP tlog-tiles), RFC 6962 tree, inclusion and consistency. */
"use strict";

const WIDTH = 256;
const leafHash = (bytes) => sha256(joined(Uint8Array.of(0), bytes));
const nodeHash = (left, right) => sha256(joined(Uint8Array.of(1), left, right));

/* "name+hash+base64": {name, id, publicKey}; null when it is no verifier key of a log. */
async function readVerifier(text) {
	const match = /^([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(text.trim());
	const bytes = match && fromBase64(match[3]);
	if (!bytes || bytes.length !== 33 || bytes[0] !== 1) return null;
	const id = (await sha256(joined(utf8.encode(match[1] + "\n"), bytes))).slice(0, 4);
	if (hex(id) !== match[2]) return null;
	return { text: text.trim(), name: match[1], id, publicKey: bytes.slice(1), fingerprint: hex(await sha256(bytes.slice(1))) };
}

/* A checkpoint's text taken apart, strictly: {origin, size, root, text, signatures: [{name, bytes}]}; null when it is none. */
function readNote(note) {
	const cut = note.indexOf("\n\n");
	if (cut < 0 || !note.endsWith("\n")) return null;
	const [origin, size, root, ...more] = note.slice(0, cut).split("\n");
	const hash = root && fromBase64(root);
	if (more.length || !/^(0|[1-9][0-9]{0,15})$/.test(size || "") || !hash || hash.length !== 32 || !/^[^\s+]+$/.test(origin)) return null;
	const signatures = [];
	for (const line of note.slice(cut + 2, -1).split("\n")) {
		const match = /^\u2014 (\S+) (\S+)$/.exec(line);
		const bytes = match && fromBase64(match[2]);
		if (!bytes || bytes.length < 5) return null;
		signatures.push({ name: match[1], bytes });
	}
	return { origin, size: Number(size), root: hash, text: note.slice(0, cut + 1), signatures };
}

/* Whether a key's line stands under a note and is right: true, false (no line, or a wrong one), null (no Ed25519 here). */
async function noteHolds(note, key) {
	if (key.name !== note.origin) return false;
	const own = note.signatures.filter((line) => line.name === key.name && sameBytes(line.bytes.slice(0, 4), key.id));
	if (own.length !== 1 || own[0].bytes.length !== 68) return false;
	return ed25519(key.publicKey, utf8.encode(note.text), own[0].bytes.slice(4));
}

/* Width of a tile in a tree of a size; 0: there is none. */
function tileWidth(level, index, size) {
	const count = Math.floor(size / WIDTH ** level) - index * WIDTH;
	return Math.max(0, Math.min(WIDTH, count));
}

function tilePath(level, index, width) {
	const parts = [String(index % 1000).padStart(3, "0")];
	for (let rest = Math.floor(index / 1000); rest > 0; rest = Math.floor(rest / 1000)) parts.unshift("x" + String(rest % 1000).padStart(3, "0"));
	return `tile/${level}/${parts.join("/")}` + (width < WIDTH ? `.p/${width}` : "");
}

/* The root of hashes that stand side by side, as RFC 6962 splits them. */
async function rootOf(hashes) {
	if (!hashes.length) return sha256(new Uint8Array());
	let level = hashes;
	while (level.length > 1) {
		const pairs = [];
		for (let i = 0; i + 1 < level.length; i += 2) pairs.push(nodeHash(level[i], level[i + 1]));
		const next = await Promise.all(pairs);
		if (level.length % 2) next.push(level[level.length - 1]);
		level = next;
	}
	return level[0];
}

/* The tiles of a bundle. get(path) gives a file's bytes or null. */
class Tiles {
	constructor(size, get) {
		this.size = size;
		this.get = get;
		this.known = new Map();
	}

	/* The hashes of a tile, null when it is missing or of the wrong length. */
	async hashes(level, index) {
		const width = tileWidth(level, index, this.size);
		const path = tilePath(level, index, width);
		if (!width) return null;
		if (!this.known.has(path)) {
			const bytes = await this.get(path);
			let list = null;
			if (bytes && bytes.length === width * 32) list = Array.from({ length: width }, (_, i) => bytes.subarray(i * 32, i * 32 + 32));
			if (this.known.size > 4096) this.known.clear();
			this.known.set(path, list);
		}
		return this.known.get(path);
	}

	/* Hash of the node over leaves first .. first + 2^height - 1, from the tile that has it or from those below it. */
	async node(height, first) {
		const level = Math.floor(height / 8);
		const at = first / WIDTH ** level;
		const index = Math.floor(at / WIDTH);
		const hashes = await this.hashes(level, index);
		if (!hashes) return null;
		const count = 2 ** (height % 8);
		return rootOf(hashes.slice(at % WIDTH, (at % WIDTH) + count));
	}

	/* Root over leaves first .. last - 1; first is a multiple of the largest power of two below their count. */
	async range(first, last) {
		const count = last - first;
		if (count === 0) return sha256(new Uint8Array());
		const height = Math.floor(Math.log2(count));
		const half = 2 ** height;
		if (half === count) return this.node(height, first);
		const [left, right] = [await this.node(height, first), await this.range(first + half, last)];
		return left && right && nodeHash(left, right);
	}

	/* Inclusion: the hashes from a leaf up to the root (RFC 6962, 2.1.1). */
	async path(index) {
		const steps = [];
		let [first, last] = [0, this.size];
		while (last - first > 1) {
			const half = 2 ** (Math.ceil(Math.log2(last - first)) - 1);
			if (index < first + half) {
				steps.unshift({ side: "right", hash: await this.range(first + half, last) });
				last = first + half;
			} else {
				steps.unshift({ side: "left", hash: await this.range(first, first + half) });
				first += half;
			}
		}
		return steps;
	}
}

async function climb(hash, steps) {
	for (const step of steps) {
		if (!step.hash) return null;
		hash = step.side === "right" ? await nodeHash(hash, step.hash) : await nodeHash(step.hash, hash);
	}
	return hash;
}

/* RFC 9162, 2.1.4.2: whether a tree of one size and root is the beginning of another. */
async function consistent(proof, before, beforeRoot, size, root) {
	if (before > size) return false;
	if (before === size) return !proof.length && sameBytes(beforeRoot, root);
	if (before === 0) return !proof.length;
	const rest = proof.slice();
	if (Number.isInteger(Math.log2(before))) rest.unshift(beforeRoot);
	if (!rest.length) return false;
	let [fn, sn] = [before - 1, size - 1];
	while (fn % 2) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
	let [fr, sr] = [rest[0], rest[0]];
	for (const hash of rest.slice(1)) {
		if (sn === 0) return false;
		if (fn % 2 || fn === sn) {
			[fr, sr] = [await nodeHash(hash, fr), await nodeHash(hash, sr)];
			while (fn && !(fn % 2)) [fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
		} else {
			sr = await nodeHash(sr, hash);
		}
		[fn, sn] = [Math.floor(fn / 2), Math.floor(sn / 2)];
	}
	return sn === 0 && sameBytes(fr, beforeRoot) && sameBytes(sr, root);
}
