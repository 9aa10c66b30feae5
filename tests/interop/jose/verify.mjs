// Checks signatures with npm's jose. Standard input: one JSON object a line,
//   {"jws": flattened or compact JWS, "jwk": public key, "typ": expected type}
// Standard output: one a line, {"ok": true, "payload": base64url} or {"ok": false, "why": text}.
import { createInterface } from "node:readline";
import { calculateJwkThumbprint, compactVerify, flattenedVerify, importJWK } from "jose";

async function check({ jws, jwk, typ }) {
	const key = await importJWK({ ...jwk, alg: "ES256" });
	const options = { algorithms: ["ES256"] };
	const { payload, protectedHeader } =
		typeof jws === "string" ? await compactVerify(jws, key, options) : await flattenedVerify(jws, key, options);
	if (protectedHeader.typ !== typ) throw new Error(`typ is ${protectedHeader.typ}`);
	if (protectedHeader.kid !== (await calculateJwkThumbprint(jwk, "sha256"))) throw new Error("kid is not the key's thumbprint");
	return Buffer.from(payload).toString("base64url");
}

for await (const line of createInterface({ input: process.stdin })) {
	let said;
	try {
		said = { ok: true, payload: await check(JSON.parse(line)) };
	} catch (error) {
		said = { ok: false, why: `${error.code ?? error.name}: ${error.message}` };
	}
	console.log(JSON.stringify(said));
}
