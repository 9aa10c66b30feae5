"""What the ledger signs holds for programs that this project did not write, and what was altered does not."""

import base64
import json
import tempfile

import foreign
import protocol
from expect import equal
from invariants import LEAVES
from protocol import Personal, canonical, unb64
from world import activity, earn, line, proof_path

LOG = "/log"


def business(ledger):
    """Some of each kind: the answers to commands, as they came."""
    people = ledger.facts["volunteers"]
    answers = []

    def say(who, noun, verb, fields, **more):
        answers.append(ledger.client_of(who).command(noun, verb, fields, **more))
        assert answers[-1].ok, answers[-1]
        return answers[-1].result

    for day in ("2025-03-05", "2025-03-06", "2025-03-07"):
        made = say("leader", "service", "record", activity([line(v, day=day) for v in people], in_charge=Personal("王大爷")))
        say("worker", "service", "confirm", {"activity": made["activity"]})
    made = say("till", "redemption", "make", {"shop": "QX-S1", "volunteer": people[0], "points": "7"})
    say("till", "redemption", "refund", {"redemption": made["entry"], "points": "2"})
    say("treasurer", "fund", "transfer", {"from": "QX-GF", "to": "QX-F1", "kind": "seed", "amount": "200000"})
    return answers


def public(ledger, path):
    """GET without a client certificate: (status, headers, body)."""
    connection = protocol.Connection(ledger.trust(), None)
    try:
        return connection.many([("GET", path, None, ())])[0]
    finally:
        connection.close()


def checkpoint(ledger):
    status, headers, body = public(ledger, f"{LOG}/checkpoint")
    equal((status, headers["content-type"]), (200, "text/plain; charset=utf-8"))
    return body.decode()


def flipped(text, place=10):
    """Base64url text with one character changed."""
    return text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]


def altered(question, other):
    """The same signed thing in ways in which nobody may take it."""
    jws = question["jws"]
    if isinstance(jws, str):
        protected, payload, signature = jws.split(".")
    else:
        protected, payload, signature = (jws[name] for name in ("protected", "payload", "signature"))
    header = json.loads(unb64(protected))

    def again(p=protected, c=payload, s=signature, jwk=question["jwk"]):
        return {**question, "jws": {"protected": p, "payload": c, "signature": s}, "jwk": jwk}

    none = protocol.b64(canonical({**header, "alg": "none"}))
    longer = protocol.b64(unb64(payload).replace(b"{", b'{ "more":1,', 1))
    return {
        "payload": again(c=longer),
        "one bit of the payload": again(c=flipped(payload)),
        "signature": again(s=flipped(signature)),
        "signature of zeros": again(s=protocol.b64(bytes(64))),
        "no signature": again(p=none, s=""),
        "another key": again(jwk=other),
        "another type": {**question, "typ": protocol.ENROL if question["typ"] != protocol.ENROL else protocol.REQUEST},
    }


def questions_of_requests(ledger):
    """Every stored request, with its operator's key."""
    questions = []
    for row in ledger.rows(
        "SELECT r.number, o.jwk, encode(protected, 'hex') AS a, encode(payload, 'hex') AS b, encode(signature, 'hex') AS c, r.operator "
        "FROM ledger.request r JOIN ledger.operator o ON o.id = CASE r.operator WHEN 0 THEN 1 ELSE r.operator END ORDER BY number"
    ):
        compact = ".".join(protocol.b64(bytes.fromhex(row[part])) for part in "abc")
        questions.append({"jws": compact, "jwk": row["jwk"], "typ": protocol.REQUEST if row["operator"] else protocol.ENROL})
    return questions


def test_answers_and_requests_verify_with_jose_and_jwcrypto(ledger):
    """Signed answers, signed refusals, every stored request and enrolment; each altered in seven ways is refused by both."""
    answers = business(ledger)
    answers.append(ledger.client_of("till").read("redemption", "list", shop="QX-S1"))
    answers.append(ledger.client_of("till").command("redemption", "make", shop="QX-S1", volunteer=ledger.facts["volunteers"][0], points="9999"))
    equal(answers[-1].code, "not_enough_points")
    jwk = ledger.trust().answers_jwk
    good = [{"jws": json.loads(a.body), "jwk": jwk, "typ": protocol.RESPONSE} for a in answers]
    payloads = [json.loads(a.body)["payload"] for a in answers]
    for question in questions_of_requests(ledger):
        good.append(question)
        payloads.append(question["jws"].split(".")[1])
    with open(proof_path(ledger, "till")) as file:
        enrolment = file.read().strip()
    good.append({"jws": enrolment, "jwk": ledger.key("till").jwk, "typ": protocol.ENROL})
    payloads.append(enrolment.split(".")[1])
    equal(len(good) > 60, True, f"{len(good)} signatures")
    bad = [(what, q) for one in (good[0], good[-1], good[len(answers)], good[-2]) for what, q in altered(one, protocol.Key().jwk).items()]
    for judge in (foreign.jose, foreign.jwcrypto):
        said = judge(good + [q for _, q in bad])
        for question, answer, payload in zip(good, said, payloads):
            assert answer["ok"], (judge.__name__, question, answer)
            equal(answer["payload"], payload)
        for (what, question), answer in zip(bad, said[len(good) :]):
            assert not answer["ok"], f"{judge.__name__} takes what was altered ({what}): {question}"


def leaf_bytes(receipt):
    return [canonical(leaf) for leaf in receipt["leaves"]]


def questions_of_receipt(receipt, vkey):
    """What a receipt claims: its first leaf and its last, as records of the log."""
    if "leaves" in receipt:
        made = [{"leaf": base64.b64encode(leaf).decode()} for leaf in leaf_bytes(receipt)]
    else:
        made = [{"hash": base64.b64encode(unb64(hash)).decode()} for hash in receipt["hashes"]]
    equal("last_proof" in receipt, len(made) > 1, "a last proof where there is more than one leaf")
    ends = [(made[0], receipt["proof"])] + ([(made[-1], receipt["last_proof"])] if len(made) > 1 else [])
    return [{"what": "record", "vkey": vkey, "proof": proof, **leaf} for leaf, proof in ends]


def test_receipts_hold_with_sumdb(ledger):
    """The receipt of each answer proves its first and last leaf; altered leaf, index, hash, root and signature are refused."""
    vkey = ledger.known()["log"]
    answers = business(ledger)
    good = [q for answer in answers for q in questions_of_receipt(answer.payload["receipt"], vkey)]
    closed = ledger.ask("till", "receipt", "show", entry=answers[-3].result["entry"])["receipt"]
    middle = ledger.ask("inspector", "receipt", "show", index=answers[0].payload["receipt"]["first"] + 20)["receipt"]
    equal(("hashes" in closed, "leaves" in closed), (True, False), "a till's receipt holds no leaf")
    good += questions_of_receipt(closed, vkey) + questions_of_receipt(middle, vkey)
    bad = []
    one = next(q for q in good if "leaf" in q)
    lines = one["proof"].split("\n")
    index = int(lines[1].split()[1])
    leaf = base64.b64decode(one["leaf"])
    bad.append({**one, "leaf": base64.b64encode(leaf.replace(b'"v":1', b'"v":2')).decode()})
    bad.append({**one, "proof": one["proof"].replace(f"index {index}\n", f"index {index + 1}\n")})
    bad.append({**one, "proof": one["proof"].replace(lines[2], base64.b64encode(bytes(32)).decode())})
    bad.append({**one, "proof": "\n".join(lines[:2] + lines[3:])})
    bad.append({**one, "proof": "\n".join(lines[:3] + lines[2:])})
    bad.append({**one, "vkey": make_vkey(ledger.known()["aud"])})
    note = one["proof"].split("\n\n", 1)[1]
    for other in altered_notes(note):
        bad.append({**one, "proof": one["proof"].replace(note, other)})
    said = foreign.sumdb(good + bad)
    for question, answer in zip(good, said):
        assert answer["ok"], (question, answer)
    for question, answer in zip(bad, said[len(good) :]):
        assert not answer["ok"], question
    equal(len(bad), 10)


def altered_notes(note):
    text, signatures = note.split("\n\n")
    origin, size, root = text.split("\n")
    return [
        note.replace(f"\n{size}\n", f"\n{int(size) + 1}\n"),
        note.replace(root, base64.b64encode(bytes(31) + b"\1").decode()),
        note.replace(signatures, signatures[:-12] + ("AAAA" if signatures[-12:-8] != "AAAA" else "BBBB") + signatures[-8:]),
        note.replace(origin, "other." + origin),
    ]


def make_vkey(aud):
    """A verifier key of nobody's, for this ledger's name."""
    import hashlib

    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    raw = b"\1" + Ed25519PrivateKey.generate().public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return f"{aud}+{hashlib.sha256(aud.encode() + chr(10).encode() + raw).hexdigest()[:8]}+{base64.b64encode(raw).decode()}"


def test_checkpoints_and_tiles_hold_with_sumdb_and_openssl(ledger):
    """Every leaf and an older checkpoint are proved from tiles fetched from /log; a leaf or a checkpoint that is another is refused."""
    vkey = ledger.known()["log"]
    before = checkpoint(ledger)
    business(ledger)
    earn(ledger, ledger.facts["volunteers"], day="2025-03-02")
    note = checkpoint(ledger)
    hashes = [r["hash"] for r in ledger.rows(f"SELECT replace(encode(sha256('\\x00'::bytea || body), 'base64'), chr(10), '') AS hash FROM {LEAVES} ORDER BY index")]
    equal(len(hashes) > 256, True, "more leaves than a tile")
    base = {"what": "tiles", "vkey": vkey, "note": note, "old": before, "base": f"https://{ledger.daemon.address()}{LOG}", "pin": ledger.trust().tls_pin}
    wrong = [hashes[0], *hashes[2:3], *hashes[2:]]
    other = ledger.key("till").sign(b"x")[:32]
    good = [{**base, "hashes": hashes}, {**base, "note": "", "hashes": hashes[-3:][:0]}, {"what": "note", "vkey": vkey, "note": note}, {"what": "note", "vkey": vkey, "note": before}]
    bad = [
        {**base, "hashes": wrong},
        {**base, "hashes": hashes + [base64.b64encode(other).decode()]},
        {**base, "old": "", "note": altered_notes(note)[1], "hashes": hashes},
        {**base, "pin": "sha256//" + base64.b64encode(other).decode(), "hashes": hashes},
        *({"what": "note", "vkey": vkey, "note": n} for n in altered_notes(note)),
        {"what": "note", "vkey": make_vkey(ledger.known()["aud"]), "note": note},
    ]
    said = foreign.sumdb(good + bad)
    for question, answer in zip(good, said):
        assert answer["ok"], (question["what"], answer)
    equal((said[0]["size"], said[0]["tiles"] >= 2), (len(hashes), True))
    for question, answer in zip(bad, said[len(good) :]):
        assert not answer["ok"], question
    with tempfile.TemporaryDirectory() as folder:
        key = base64.b64decode(vkey.split("+", 2)[2])[1:]
        text, lines = note.split("\n\n")
        signature = base64.b64decode(lines.strip().split("\n")[0].split(" ")[2])[4:]
        signed = f"{text}\n".encode()
        equal(foreign.openssl_ed25519(key, signed, signature, folder), True, "openssl and the checkpoint")
        equal(foreign.openssl_ed25519(key, signed.replace(b"\n", b"\n1", 1), signature, folder), False, "openssl and another size")
        equal(foreign.openssl_ed25519(key, signed, bytes([signature[0] ^ 1]) + signature[1:], folder), False, "openssl and another signature")


def test_consistency_proofs_hold_with_sumdb(ledger):
    """lovebank log prove: the proof between two checkpoints holds with CheckTree, and not for another root, size or proof."""
    vkey = ledger.known()["log"]
    before = checkpoint(ledger)
    business(ledger)
    note = checkpoint(ledger)
    done = ledger.cli("inspector", "log", "prove", as_json=False, **{"from": before.split("\n")[1]})
    assert done.code == 0, done
    ends, proof = (part.split("\n") for part in done.out.rstrip("\n").split("\n\n"))
    equal(ends, [*before.split("\n")[1:3], *note.split("\n")[1:3]], "the two trees")
    good = {"what": "tree", "vkey": vkey, "old": before, "new": note, "proof": proof}
    bad = [{**good, "proof": proof[:-1]}, {**good, "proof": [*proof[1:], proof[0]]}, {**good, "old": note, "new": before}, {**good, "proof": proof + proof[:1]}]
    said = foreign.sumdb([good, *bad])
    assert said[0]["ok"], said[0]
    for question, answer in zip(bad, said[1:]):
        assert not answer["ok"], question
