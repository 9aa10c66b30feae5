/* Bytes: hex, base64, hashing by the browser's own cryptography, lines of a file, canonical JSON. */
"use strict";

const utf8 = new TextEncoder();
const strictText = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
const sha256Text = (text) => sha256(utf8.encode(text));

function hex(bytes) {
	let text = "";
	for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
	return text;
}

function toBase64(bytes) {
	let text = "";
	for (const byte of bytes) text += String.fromCharCode(byte);
	return btoa(text);
}

const toBase64url = (bytes) => toBase64(bytes).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

/* Canonical base64 only: what decodes but is written otherwise is null. */
function fromBase64(text) {
	if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text) || text.length % 4) return null;
	try {
		const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
		return toBase64(bytes) === text ? bytes : null;
	} catch {
		return null;
	}
}

function fromBase64url(text) {
	if (typeof text !== "string" || !/^[A-Za-z0-9_-]*$/.test(text)) return null;
	const padded = text.replace(/-/g, "+").replace(/_/g, "/") + "===".slice((text.length + 3) % 4);
	const bytes = fromBase64(padded);
	return bytes && toBase64url(bytes) === text ? bytes : null;
}

function sameBytes(a, b) {
	if (!a || !b || a.length !== b.length) return false;
	for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
	return true;
}

function joined(...parts) {
	const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
	let at = 0;
	for (const part of parts) {
		all.set(part, at);
		at += part.length;
	}
	return all;
}

/* Canonical form of the protocol's JSON profile: members sorted, compact. Integers below 2^53 only. */
function canonical(value) {
	if (Array.isArray(value)) return "[" + value.map(canonical).join(",") + "]";
	if (value && typeof value === "object") {
		const names = Object.keys(value).sort();
		return "{" + names.map((name) => JSON.stringify(name) + ":" + canonical(value[name])).join(",") + "}";
	}
	if (typeof value === "number" && !Number.isSafeInteger(value)) return "not an integer";
	return JSON.stringify(value);
}

/* Offsets of the lines of a file: [start, end) without the line feed; a last line without one counts too. */
function* lines(bytes) {
	let start = 0;
	while (start < bytes.length) {
		let end = bytes.indexOf(10, start);
		if (end < 0) end = bytes.length;
		yield [start, end];
		start = end + 1;
	}
}

/* A decimal string of the leaves as BigInt; null for what is none. */
const amountOf = (text) => (typeof text === "string" && /^-?(0|[1-9][0-9]{0,18})$/.test(text) && text !== "-0" ? BigInt(text) : null);

const ED25519_SPKI = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];
const P256_SPKI = [
	0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07,
	0x03, 0x42, 0x00, 0x04,
];

const thumbprint = async (jwk) => toBase64url(await sha256Text(canonical({ crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y })));

/* A P-256 public key for checking ES256; null when the JWK is none. */
async function importJwk(jwk) {
	if (!jwk || Object.keys(jwk).sort().join() !== "crv,kty,x,y" || jwk.kty !== "EC" || jwk.crv !== "P-256") return null;
	try {
		return await crypto.subtle.importKey("jwk", { kty: "EC", crv: "P-256", x: jwk.x, y: jwk.y }, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
	} catch {
		return null;
	}
}

function pemOf(jwk) {
	const x = fromBase64url(jwk.x);
	const y = fromBase64url(jwk.y);
	if (!x || !y || x.length !== 32 || y.length !== 32) return null;
	const text = toBase64(joined(Uint8Array.from(P256_SPKI), x, y));
	return "-----BEGIN PUBLIC KEY-----\n" + text.replace(/.{1,64}/g, "$&\n") + "-----END PUBLIC KEY-----\n";
}

async function es256(key, text, signature) {
	if (!key || !signature || signature.length !== 64) return false;
	return crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, signature, utf8.encode(text));
}

/* True, false, or null when this browser has no Ed25519. */
async function ed25519(publicKey, bytes, signature) {
	let key;
	try {
		key = await crypto.subtle.importKey("spki", joined(Uint8Array.from(ED25519_SPKI), publicKey), { name: "Ed25519" }, false, ["verify"]);
	} catch (error) {
		return error.name === "NotSupportedError" ? null : false;
	}
	return crypto.subtle.verify({ name: "Ed25519" }, key, signature, bytes);
}

/* A signed JSON object, compact or flattened: {header, payload, signature, signed, compact}; null when it is none. */
function readJws(text) {
	let parts = text.split(".");
	if (text.startsWith("{")) {
		try {
			const outer = JSON.parse(text);
			parts = [outer.protected, outer.payload, outer.signature];
		} catch {
			return null;
		}
	}
	if (parts.length !== 3) return null;
	const [header, payload, signature] = parts.map(fromBase64url);
	if (!header || !payload || !signature) return null;
	try {
		const read = { header: JSON.parse(strictText.decode(header)), payload: JSON.parse(strictText.decode(payload)), signature };
		if (!read.header || typeof read.header !== "object" || !read.payload || typeof read.payload !== "object") return null;
		return { ...read, alg: read.header.alg, signed: parts[0] + "." + parts[1], compact: parts.join(".") };
	} catch {
		return null;
	}
}
