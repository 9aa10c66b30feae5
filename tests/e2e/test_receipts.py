"""Receipts: every command's is checked and kept, anybody can verify one offline, and whatever was altered does not hold."""

import base64
import copy
import glob
import hashlib
import json
import os
import random
import shutil
import subprocess

import liar
import protocol
from expect import equal, nothing_posted
from harness import LOVEBANK
from test_client import LOCAL, OK, REFUSED, UNVERIFIED, USAGE, other_log_key, outbox, redeem
from world import earn

INCOME = {"fund": "QX-F1", "channel": "sponsorship", "amount": "5,000.00", "donor": "示例食品厂", "donor_kind": "company", "purpose": "为老服务"}


def receive(ledger, who="treasurer", **more):
    """Income booked at the command line; the done command."""
    done = ledger.cli(who, "income", "receive", as_json=False, **{**INCOME, **more})
    equal(done.code, OK, done)
    return done


def kept(ledger, who):
    folder = os.path.join(ledger.home(who), "ledgers", "test.example", "receipts")
    return sorted(glob.glob(folder + "/*.json"))


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, data):
    with open(path, "wb") as file:
        file.write(data if isinstance(data, bytes) else protocol.canonical(data) + b"\n")
    return path


def offline(at, who, *words, **more):
    return at.cli(who, "receipt", "verify", *words, as_json=False, **more)


def included(leaf_hash, proof):
    """RFC 6962 from a tlog-proof text: whether the leaf's hash leads to the checkpoint's root; and its index and size."""
    head, note = proof.split("\n\n", 1)
    lines = head.split("\n")
    assert lines[0] == "c2sp.org/tlog-proof@v1", lines
    index, hashes = int(lines[1].removeprefix("index ")), [base64.b64decode(line) for line in lines[2:]]
    _, size, root = note.split("\n")[:3]
    place, last, found = index, int(size) - 1, leaf_hash
    for node in hashes:
        if place & 1 or place == last:
            found = hashlib.sha256(b"\1" + node + found).digest()
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = hashlib.sha256(b"\1" + found + node).digest()
        place, last = place >> 1, last >> 1
    return last == 0 and found == base64.b64decode(root), index, int(size)


def test_a_command_keeps_its_receipt(ledger):
    """After income: a line says where the receipt is, private; it verifies offline, by the client and by RFC 6962 alone."""
    done = receive(ledger)
    (path,) = kept(ledger, "treasurer")
    assert f"kept as {os.path.basename(path)}\n" in done.err, done
    equal(os.stat(path).st_mode & 0o777, 0o600)
    equal(os.path.basename(path), "entry-%d.json" % ledger.value("SELECT max(number) FROM ledger.entry"))
    ledger.stop()
    held = offline(ledger, "treasurer", path)
    equal(held.code, OK, held)
    for words in ("5,000.00", "fund, node", "Proven: leaf"):
        assert words in held.out, held
    shown = ledger.cli("treasurer", "receipt", "show", path, as_json=False)
    equal((shown.code, shown.out), (OK, held.out), "a receipt at hand is shown while the ledger is down")
    payload = protocol.strict(protocol.unb64(protocol.strict(read(path))["payload"]))
    receipt = payload["receipt"]
    leaf = protocol.canonical(receipt["leaves"][0])
    equal(included(hashlib.sha256(b"\0" + leaf).digest(), receipt["proof"]), (True, receipt["first"], payload["log"]["size"]))
    listed = ledger.cli("treasurer", "receipt", "list")
    (row,) = json.loads(listed.out)
    equal((row["leaf"], row["entry"]), (receipt["first"], receipt["leaves"][0]["entry"]))
    chinese = offline(ledger, "treasurer", path, lang="zh")
    assert "凭证号" in chinese.out and "已证明" in chinese.out, chinese


def test_every_leaf_of_a_bulk_command_is_proven(ledger):
    """An activity of 30 records: one answer, all leaves in its receipt; one altered leaf in the middle and it does not hold."""
    lines = [f"volunteer={v},start=2025-03-07 09:00,end=2025-03-07 11:00" for v in ledger.facts["volunteers"][:30]]
    done = ledger.cli("leader", "service", "record", as_json=False, team="QX-T1", community="QX-C1", name="巡逻", place="广场", content="夜间", category="safety", served=10, line=lines)
    equal(done.code, OK, done)
    (path,) = kept(ledger, "leader")
    payload = protocol.strict(protocol.unb64(protocol.strict(read(path))["payload"]))
    assert len(payload["receipt"]["leaves"]) > 30, payload
    equal(offline(ledger, "leader", path).code, OK)
    with liar.Liar(ledger, None) as forger:
        for at in (0, 1, 15, len(payload["receipt"]["leaves"]) - 1):
            wrong = copy.deepcopy(payload)
            wrong["receipt"]["leaves"][at]["kid"] = "A" * 43
            bad = offline(ledger, "leader", write(path + ".bad", forger.sign(wrong)[2]))
            equal(bad.code, UNVERIFIED, bad)
            assert "does NOT hold" in bad.err and not bad.out, bad


def test_a_receipt_for_somebody_else(ledger):
    """receipt show --out by entry and by index; verified from file and standard input, with ledger.json or a log key alone."""
    receive(ledger)
    entry = ledger.value("SELECT max(number) FROM ledger.entry")
    path = os.path.join(ledger.directory, "receipt.json")
    shown = ledger.cli("treasurer", "receipt", "show", as_json=False, entry=entry, out=path)
    equal(shown.code, OK, shown)
    assert "5,000.00" in shown.out, shown
    receipt = protocol.strict(read(path))
    equal(set(receipt), {"leaf", "proof"})
    holds, index, size = included(hashlib.sha256(b"\0" + protocol.canonical(receipt["leaf"])).digest(), receipt["proof"])
    assert holds and size == ledger.value("SELECT max(size) FROM ledger.checkpoint")
    by_index = ledger.cli("treasurer", "receipt", "show", index=index)
    equal(by_index.result["receipt"]["leaves"], [receipt["leaf"]])
    known = shutil.copy(os.path.join(ledger.state, "ledger.json"), ledger.directory)
    ledger.stop()
    os.makedirs(ledger.home("nobody"))
    for words in ([path], ["--file", path], [path, path]):
        held = offline(ledger, "nobody", *words, ledger=known)
        equal(held.code, OK, held)
    equal(offline(ledger, "nobody", stdin=read(path)).code, OK)
    equal(offline(ledger, "nobody", path, log_key=ledger.known()["log"]).code, OK)
    other = offline(ledger, "nobody", path, log_key=other_log_key("test.example"))
    equal((other.code, other.out), (UNVERIFIED, ""), other)
    equal(offline(ledger, "nobody", path, log_key="nonsense").code, LOCAL)
    equal(offline(ledger, "nobody", path + ".not-there").code, LOCAL)


def test_show_is_refused_where_the_entry_is_hidden(ledger):
    """An entry of another county looks like none; entry and index together, or neither, are refused."""
    receive(ledger)
    entry = ledger.value("SELECT max(number) FROM ledger.entry")
    with nothing_posted(ledger):
        hidden = ledger.cli("far_treasurer", "receipt", "show", entry=entry)
        equal((hidden.code, hidden.problem["code"]), (REFUSED, "unknown_entry"), hidden)
        missing = ledger.cli("treasurer", "receipt", "show", entry=entry + 1000)
        equal((missing.code, missing.problem["code"]), (REFUSED, "unknown_entry"), missing)
        equal(ledger.cli("treasurer", "receipt", "show").problem["code"], "not_exactly_one")
        equal(ledger.cli("treasurer", "receipt", "show", entry=1, index=1).problem["code"], "not_exactly_one")


def test_a_till_gets_a_closed_receipt(ledger):
    """The till's receipt has the leaf's hash and not the balance; its file verifies offline; an auditor's has that very leaf."""
    v = ledger.facts["volunteers"][0]
    earn(ledger, [v])
    done = redeem(ledger, v, as_json=False)
    equal(done.code, OK, done)
    (path,) = kept(ledger, "till")
    payload = protocol.strict(protocol.unb64(protocol.strict(read(path))["payload"]))
    equal(set(payload["receipt"]), {"first", "hashes", "proof"})
    held = offline(ledger, "till", path)
    equal(held.code, OK, held)
    assert "auditor" in held.out, held
    closed = os.path.join(ledger.directory, "closed.json")
    equal(ledger.cli("till", "receipt", "show", index=payload["receipt"]["first"], out=closed).code, OK)
    equal(set(protocol.strict(read(closed))), {"hash", "proof", "answer"})
    seen = ledger.cli("inspector", "receipt", "show", index=payload["receipt"]["first"])
    (leaf,) = seen.result["receipt"]["leaves"]
    assert "salt" in leaf and any("balance" in posting for posting in leaf["postings"]), leaf
    equal(protocol.b64(hashlib.sha256(b"\0" + protocol.canonical(leaf)).digest()), payload["receipt"]["hashes"][0])
    ledger.stop()
    held = offline(ledger, "till", closed)
    equal(held.code, OK, held)
    keyless = offline(ledger, "till", closed, log_key=ledger.known()["log"])
    assert keyless.code == OK and "was not checked" in keyless.out, keyless
    swapped = protocol.strict(read(closed))
    swapped["hash"] = protocol.b64(os.urandom(32))
    equal(offline(ledger, "till", write(closed + ".bad", swapped)).code, UNVERIFIED)


def test_no_altered_byte_holds(ledger):
    """Each byte of an open and of a closed receipt file, changed to another one: none of the thousands of files holds."""
    v = ledger.facts["volunteers"][0]
    earn(ledger, [v])
    equal(redeem(ledger, v).code, OK)
    receive(ledger)
    chance = random.Random(7)
    files = []
    for who, entry in (("treasurer", ledger.value("SELECT max(number) FROM ledger.entry WHERE book = 'money'")), ("till", ledger.value("SELECT max(number) FROM ledger.entry WHERE book = 'points'"))):
        path = os.path.join(ledger.directory, f"{who}.json")
        equal(ledger.cli(who, "receipt", "show", entry=entry, out=path).code, OK)
        good = read(path).rstrip(b"\n")
        equal(offline(ledger, who, path).code, OK)
        for at in range(len(good)):
            bad = bytearray(good)
            bad[at] = chance.choice([b for b in range(256) if b != good[at]] if at % 3 else [good[at] ^ 1])
            files.append(write(f"{path}.{at}", bytes(bad)))
    for start in range(0, len(files), 400):
        done = ledger.cli("till", "receipt", "verify", *files[start : start + 400])
        equal(done.code, UNVERIFIED, done)
        rows = [json.loads(line) for line in done.out.splitlines()]
        equal(len(rows), len(files[start : start + 400]))
        holding = [row["file"] for row in rows if row["holds"]]
        equal(holding, [], "altered and held")


def test_things_that_are_no_receipts(ledger):
    """Empty, text, other JSON, a read's answer, a receipt with a member too many or too few: exit code 5, nothing shown."""
    receive(ledger)
    path = os.path.join(ledger.directory, "file")
    equal(ledger.cli("treasurer", "receipt", "show", entry=ledger.value("SELECT max(number) FROM ledger.entry"), out=path).code, OK)
    good = protocol.strict(read(path))
    statement = ledger.cli("treasurer", "export", "statement", "QX-F1", "2025-01-01", "2025-12-31").out.encode()
    wrong = [b"", b"\n", b"hello", b"[]", b"{}", b"\x00", statement, {**good, "more": 1}, {"leaf": good["leaf"]}, {"proof": good["proof"]}, {**good, "proof": 7}, {**good, "leaf": "x"}]
    wrong += [{**good, "proof": good["proof"].replace("\n", "\r\n")}, {**good, "proof": good["proof"] + "\n"}, {**good, "proof": good["proof"].replace("index ", "index 0")}]
    wrong += [{"hash": protocol.b64(bytes(32)), "proof": good["proof"], "answer": "x.y.z"}, {**good, "leaf": {**good["leaf"], "kind": "a\tb"}}]
    for one in wrong:
        done = offline(ledger, "treasurer", write(path + ".wrong", one))
        equal((done.code, done.out), (UNVERIFIED, ""), (one, done))


def forged(ledger, who, change, command=None):
    """Books income through a ledger that changes its answer's payload and signs it anew; the done command."""

    def answer(method, path, body):
        if method != "POST":
            return 404, "text/plain", b""
        request = protocol.Request(path, body, b"", None)
        request.hash = liar.request_hash(body)
        payload = copy.deepcopy(ledger.client(who).send(request).payload)
        change(payload)
        return server.sign(payload)

    with liar.Liar(ledger, answer) as server:
        home = ledger.home(who)
        known = ledger.known()
        known["daemons"][0]["address"] = server.address
        known["keys"] = 3
        write(os.path.join(home, "ledger.json"), known)
        flags = [f"--{name.replace('_', '-')}={value}" for name, value in (command or INCOME).items()]
        words = [LOVEBANK, "--home", home, "--lang", "en", "income", "receive", *flags]
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, env=ledger.environment(), stdin=subprocess.DEVNULL)
        done.code = done.returncode
        return done


def test_answers_forged_by_the_ledger_itself_are_caught(ledger):
    """Signed by the real answers key, but the receipt is missing, another's, of another result or state: not verified, kept."""
    ledger.cli("treasurer", "org", "list")
    earlier = {}

    def remember(payload):
        earlier.update(copy.deepcopy(payload))

    honest = forged(ledger, "treasurer", remember)
    assert honest.code == OK and honest.stdout, honest
    (first,) = kept(ledger, "treasurer")

    def set_leaf(payload, name, value):
        payload["receipt"]["leaves"][0][name] = value

    lies = {
        "no receipt": lambda p: p.pop("receipt"),
        "an earlier receipt": lambda p: p.update(receipt=earlier["receipt"]),
        "an earlier receipt with its state": lambda p: p.update(receipt=earlier["receipt"], log=earlier["log"]),
        "another result": lambda p: p["result"].update(amount="1"),
        "another amount in the leaf": lambda p: p["receipt"]["leaves"][0]["postings"][0].update(amount="1"),
        "another author": lambda p: set_leaf(p, "kid", "A" * 43),
        "another index": lambda p: p["receipt"].update(first=p["receipt"]["first"] - 1),
        "another state of the log": lambda p: p["log"].update(root=protocol.b64(bytes(32))),
        "an older state of the log": lambda p: p["log"].update(earlier["log"]),
        "a replay that is none": lambda p: p.update(replay=True, receipt=earlier["receipt"]),
        "hashes in place of leaves": lambda p: (p["receipt"].pop("leaves"), p["receipt"].update(hashes=[protocol.b64(bytes(32))])),
        "two proofs of one leaf": lambda p: p["receipt"].update(last_proof=p["receipt"]["proof"]),
        "no leaves": lambda p: p["receipt"].update(leaves=[]),
        "a proof of nothing": lambda p: p["receipt"].update(proof="c2sp.org/tlog-proof@v1\nindex 0\n\n"),
    }
    waiting = 0
    for name, lie in lies.items():
        done = forged(ledger, "treasurer", lie)
        assert done.code == UNVERIFIED and not done.stdout and done.stderr, (name, done)
        waiting += 1
        equal(len(outbox(ledger, "treasurer")), waiting, f"{name}: the command is kept")
    equal(kept(ledger, "treasurer"), [first], "nothing forged was kept as a receipt")
    sent = ledger.cli("treasurer", "outbox", "send")
    equal(sent.code, OK, sent)
    equal(outbox(ledger, "treasurer"), [])
    equal(len(kept(ledger, "treasurer")), 1 + waiting, "each got its own receipt in the end")


def test_a_receipt_that_cannot_be_kept(ledger):
    """Something is in the way of the folder: the result is shown, the exit code is 3, and the command can be sent again."""
    ledger.cli("treasurer", "org", "list")
    place = os.path.join(ledger.home("treasurer"), "ledgers")
    write(place, b"in the way")
    done = ledger.cli("treasurer", "income", "receive", as_json=False, **INCOME)
    assert done.code == LOCAL and "5,000.00" in done.out and "receipt" in done.err, done
    equal(len(outbox(ledger, "treasurer")), 1)
    os.remove(place)
    with nothing_posted(ledger):
        equal(ledger.cli("treasurer", "outbox", "send").code, OK)
    equal((len(outbox(ledger, "treasurer")), len(kept(ledger, "treasurer"))), (0, 1))
