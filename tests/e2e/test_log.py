"""Receipts in answers, the public log without a key, witnesses, and the keys of the ledger."""

import hashlib
import json
import os
import threading
import time

import protocol
from expect import equal, nothing_posted, refused, stopped, unsigned
from invariants import LEAVES, Tree
from protocol import Personal, b64
from public_log import Note, Proof, Witness, check_receipt, fetch, hashes_of, leaf_hash
from test_takeover import address, beside, client_at
from world import activity, earn, line

GRID = {"parent": "QX-C1", "kind": "grid", "code": "QX-G1", "name": "第一网格"}


def leaves_of(ledger):
    return [bytes.fromhex(r["body"]) for r in ledger.rows(f"SELECT encode(body, 'hex') AS body FROM {LEAVES} ORDER BY index")]


def grow(ledger, leaves):
    """Adds so many leaves at least, 200 to a command."""
    treasurer = ledger.client_of("treasurer")
    for n in range(0, leaves, 200):
        lines = [{"fund": "QX-F1", "channel": "other", "amount": str(n + i + 1)} for i in range(200)]
        answer = treasurer.command("income", "import", lines=lines, file=Personal(hashlib.sha256(str(n).encode()).hexdigest()))
        assert answer.ok and len(answer.receipt["leaves"]) >= 200, answer
        yield answer


def restart(ledger):
    ledger.stop()
    ledger.start()


# ---- receipts


def test_a_command_is_answered_with_its_receipt(ledger):
    """The leaf, its proof, the signed checkpoint: they hold on their own, and the first leaf names the result by its hash."""
    vkey = ledger.known()["log"]
    answer = ledger.client_of("admin").command("org", "add", GRID)
    note = check_receipt(answer.receipt, vkey)
    equal((note.origin, note.size, b64(note.root)), (answer.payload["aud"], answer.log["size"], answer.log["root"]))
    (leaf,) = answer.receipt["leaves"]
    equal(protocol.canonical(leaf), leaves_of(ledger)[answer.receipt["first"]])
    equal(leaf["result"], b64(hashlib.sha256(protocol.canonical(answer.result)).digest()))
    with nothing_posted(ledger):
        bad = ledger.client_of("admin").command("org", "add", GRID)
        refused(bad, "already_exists")
        equal(bad.receipt, None, "a refusal has no receipt")
        equal(ledger.client_of("admin").read("org", "list").receipt, None, "a read has no receipt")


def test_a_bulk_command_has_two_proofs(ledger):
    """All leaves of a bulk command come with the first's and the last's proof; only the first has the result's hash."""
    vkey = ledger.known()["log"]
    volunteers = ledger.facts["volunteers"]
    answer = ledger.client_of("leader").command("service", "record", activity([line(v) for v in volunteers]))
    check_receipt(answer.receipt, vkey)
    made = ledger.client_of("worker").command("service", "confirm", activity=answer.result["activity"])
    check_receipt(made.receipt, vkey)
    assert len(made.receipt["leaves"]) == len(volunteers), made
    equal(["result" in leaf for leaf in made.receipt["leaves"]], [True] + [False] * (len(volunteers) - 1))
    there = leaves_of(ledger)
    equal([protocol.canonical(leaf) for leaf in made.receipt["leaves"]], there[made.receipt["first"] :])


def test_receipts_hold_at_every_size(ledger):
    """Sixteen clients at once, past several full tiles: every receipt of every batch holds, whatever its place in the tree."""
    vkey = ledger.known()["log"]
    receipts = []

    def load(who, n):
        client = ledger.client(who)
        for i in range(25):
            answer = client.command("org", "add", {**GRID, "code": f"G{n}-{i}"})
            assert answer.ok, answer
            receipts.append(answer)

    threads = [threading.Thread(target=load, args=("admin", n)) for n in range(16)]
    for thread in threads:
        thread.start()
    bulk = list(grow(ledger, 600))
    for thread in threads:
        thread.join()
    equal(len(receipts), 400)
    tree, roots = Tree(), {}
    for leaf in leaves_of(ledger):
        tree.append(leaf)
        roots[tree.size] = tree.root()
    assert tree.size > 512
    for answer in receipts + bulk:
        note = check_receipt(answer.receipt, vkey)
        equal(note.root, roots[note.size])
        equal((answer.log["size"], answer.log["root"]), (note.size, b64(note.root)))
    sizes = {answer.log["size"] for answer in receipts}
    assert len(sizes) < len(receipts), "some were sealed together"


def test_a_replay_brings_the_receipt_of_before(ledger):
    """The same bytes again get the same receipt: against the checkpoint of their own commit, also after a restart and more leaves."""
    vkey = ledger.known()["log"]
    admin = ledger.client_of("admin")
    request = admin.sign("org", "add", GRID)
    first = admin.send(request)
    bulk = list(grow(ledger, 400))[0]
    for again in (admin.send(request), None):
        if again is None:
            restart(ledger)
            again = ledger.client("admin").send(request)
        assert again.ok and again.replay, again
        equal(again.receipt, first.receipt)
        assert again.log["size"] > first.log["size"]
        check_receipt(again.receipt, vkey)
    check_receipt(bulk.receipt, vkey)


def test_a_till_gets_hashes_only(ledger):
    """What a till redeems is receipted by the leaf's salted hash: the volunteer's balance is in the leaf."""
    vkey = ledger.known()["log"]
    volunteer = ledger.facts["volunteers"][0]
    earn(ledger, [volunteer])
    till = ledger.client_of("till")
    request = till.sign("redemption", "make", {"shop": "QX-S1", "volunteer": volunteer, "points": "5"})
    answer = till.send(request)
    assert "leaves" not in answer.receipt and "balance" not in json.dumps(answer.receipt), answer.receipt
    check_receipt(answer.receipt, vkey)
    leaf = leaves_of(ledger)[answer.receipt["first"]]
    equal(hashes_of(answer.receipt), [leaf_hash(leaf)])
    assert len(protocol.unb64(json.loads(leaf)["salt"])) == 16
    equal(till.send(request).receipt, answer.receipt, "the replay's")
    refund = till.command("redemption", "refund", redemption=answer.result["entry"], points="2")
    assert refund.ok and "hashes" in refund.receipt and "leaves" not in refund.receipt, refund
    shown = till.read("receipt", "show", index=answer.receipt["first"])
    assert shown.ok and set(shown.result) == {"receipt"} and "leaves" not in shown.result["receipt"], shown
    equal(shown.result["receipt"]["hashes"], answer.receipt["hashes"])
    check_receipt(shown.result["receipt"], vkey)


def test_receipt_show_brings_the_receipt_of_its_commit(ledger):
    """The author of a command, and an auditor, get its receipt again as it was, byte for byte; of a line of a bulk command, which has others
    beside it, a proof of its own."""
    vkey = ledger.known()["log"]
    answer = ledger.client_of("admin").command("org", "add", GRID)
    *_, last = grow(ledger, 400)
    for who in ("admin", "inspector"):
        shown = ledger.client_of(who).read("receipt", "show", index=answer.receipt["first"])
        assert shown.ok, shown
        equal(shown.result["receipt"], answer.receipt)
    shown = ledger.client_of("inspector").read("receipt", "show", index=last.receipt["first"] + 77)
    note = check_receipt(shown.result["receipt"], vkey)
    equal((note.size, b64(note.root)), (last.log["size"], last.log["root"]))
    equal(shown.result["receipt"]["leaves"], last.receipt["leaves"][77:78])
    refused(ledger.client_of("till").read("receipt", "show", index=answer.receipt["first"]), "unknown_entry")


# ---- the public log


def test_anybody_reads_checkpoint_and_tiles(ledger):
    """Without a key: the newest checkpoint, and tiles of which its root follows."""
    list(grow(ledger, 600))
    got = fetch(ledger, "/log/checkpoint")
    equal((got.status, got.headers["content-type"], got.headers["cache-control"]), (200, "text/plain; charset=utf-8", "no-store"), got)
    note = Note(got.text)
    assert note.is_signed_by(ledger.known()["log"])
    leaves = leaves_of(ledger)
    tree, level1 = Tree(), []
    equal(note.size, len(leaves))
    for index in range(0, note.size // 256 + 1):
        width = min(256, note.size - 256 * index)
        if width == 0:
            break
        tile = fetch(ledger, f"/log/tile/0/{index:03}" + (f".p/{width}" if width < 256 else ""))
        equal((tile.status, tile.headers["content-type"]), (200, "application/octet-stream"), tile)
        assert "immutable" in tile.headers["cache-control"], tile
        equal(tile.body, b"".join(leaf_hash(leaf) for leaf in leaves[256 * index : 256 * index + width]))
    for leaf in leaves:
        tree.append(leaf)
        if tree.size % 256 == 0 and len(tree.roots) >= 1:
            level1.append(tree.size)
    equal(note.root, tree.root())
    above = fetch(ledger, f"/log/tile/1/000.p/{len(level1)}")
    equal((above.status, len(above.body)), (200, 32 * len(level1)))
    whole = Tree()
    for leaf in leaves[:256]:
        whole.append(leaf)
    equal(above.body[:32], whole.root())


def test_the_public_log_has_nothing_else(ledger):
    """Other paths, other methods, queries, odd spellings, entries and tiles that are not there yet: 404 in plain text."""
    size = Note(fetch(ledger, "/log/checkpoint").text).size
    assert 1 < size < 256, size
    paths = ["/log/", "/log", "/log/checkpoint/", "/log/checkpoint?x=1", "/log/../v1/org/list", "/log//checkpoint", "/log/Checkpoint", "/log/witnessed",
             "/log/tile/0/000", f"/log/tile/0/000.p/{size + 1}", "/log/tile/0/000.p/0", "/log/tile/0/000.p/256", "/log/tile/0/0.p/1", "/log/tile/0/0000.p/1",
             "/log/tile/00/000.p/1", "/log/tile/0/000.p/01", "/log/tile/0/000.p/-1", "/log/tile/0/x000/000.p/1", "/log/tile/0/001.p/1", "/log/tile/1/000.p/1",
             "/log/tile/64/000.p/1", "/log/tile/-1/000.p/1", "/log/tile/entries/000.p/1", "/log/tile/0/x999/x999/x999/x999/x999/x999/999.p/1",
             "/log/tile/0/%30%30%30.p/1", "/log/tile/0/000.p/1/", "/log/tile/0/000.p/" + "9" * 400]  # fmt: skip
    for path in paths:
        got = fetch(ledger, path)
        if path == "/log":  # not below it: an operation's path, which needs a key
            equal((got.status, json.loads(got.body)["code"]), (400, "no_client_key"))
            continue
        equal((got.status, got.headers["content-type"]), (404, "text/plain; charset=utf-8"), (path, got))
    for method in ("POST", "PUT", "DELETE", "OPTIONS"):
        equal(fetch(ledger, "/log/checkpoint", method).status, 404, method)
    equal(fetch(ledger, "/log/cosignature").status, 404)
    equal(fetch(ledger, f"/log/tile/0/000.p/{size}").status, 200, "the control")
    with_key = fetch(ledger, "/log/checkpoint", key=ledger.key("till"))
    equal(with_key.status, 200, "those with a key may read it too")


def test_without_a_key_there_is_only_the_log(ledger):
    """An anonymous connection gets the log, and on the same connection no operation."""
    connection = protocol.Connection(ledger.trust(), None)
    answers = connection.many([("GET", "/log/checkpoint", None, ()), ("GET", "/v1/org/list", None, ()), ("POST", "/v1/org/add", b"{}", ())])
    connection.close()
    equal([a[0] for a in answers], [200, 400, 400], answers)
    equal([json.loads(a[2])["code"] for a in answers[1:]], ["no_client_key"] * 2)


def few(function):
    function.options = {"config": {"connections": 20}}
    return function


@few
def test_strangers_take_a_quarter_of_the_connections(ledger):
    """Of 20 connections five may be without a key: more are refused, and those with a key still get in."""
    open_ones = [protocol.Connection(ledger.trust(), None) for _ in range(8)]
    got = [c.many([("GET", "/log/checkpoint", None, ())])[0][0] for c in open_ones]
    equal(got, [200] * 5 + [429] * 3)
    assert ledger.client("admin").read("org", "list").ok
    for connection in open_ones:
        connection.close()


def test_a_waiting_daemon_serves_the_log(ledger):
    """The second daemon gives checkpoint, tiles and keys too, and the same ones."""
    second = beside(ledger)
    assert ledger.client_of("admin").command("org", "add", GRID).ok
    there = client_at(ledger, "admin", address(second)).trust
    for path in ("/log/checkpoint", "/log/tile/0/000.p/3", "/log/keys"):
        equal(fetch(ledger, path, trust=there).body, fetch(ledger, path).body, path)


def test_keys_come_with_their_receipts(bare):
    """/log/keys gives the leaf that founded the ledger and named its keys, with its proof."""
    known = bare.known()
    got = fetch(bare, "/log/keys")
    equal((got.status, got.headers["content-type"]), (200, "application/json"), got)
    (first,) = protocol.strict(got.body)["keys"]
    equal(set(first), {"leaf", "proof"})
    proof = Proof(first["proof"])
    assert proof.holds(leaf_hash(protocol.canonical(first["leaf"])), known["log"])
    equal((proof.index, proof.note.size), (0, 1))
    keys = first["leaf"]["rows"]["ledger_key"]
    equal([k["use"] for k in keys], ["answers", "log", "tls"])
    equal((json.loads(keys[0]["public"]), keys[1]["public"]), (known["answers"], known["log"]))
    equal(bare.client("admin").read("org", "list").log["keys"], 3)


# ---- witnesses

ONE, TWO, OTHER = Witness("witness.example/one"), Witness("two.example"), Witness("other.example")


def witnessed(required):
    def decorate(function):
        function.stopped = True

        def run(ledger):
            path = os.path.join(ledger.directory, "witnesses")
            with open(path, "w") as file:
                file.write(f"# who watches\n{ONE.verifier}\n\n{TWO.verifier}\n")
            ledger.extra = {"witnesses": path, "witnesses_required": required}
            ledger.write_config()
            ledger.start()
            function(ledger)

        run.__name__, run.__doc__, run.__module__, run.stopped = function.__name__, function.__doc__, function.__module__, True
        return run

    return decorate


def post(ledger, text):
    return fetch(ledger, "/log/cosignature", "POST", text if isinstance(text, bytes) else text.encode()).status


def witnessed_note(ledger, patience=5):
    deadline = time.monotonic() + patience
    while (got := fetch(ledger, "/log/witnessed")).status == 404 and time.monotonic() < deadline:
        time.sleep(0.02)
    return got


@witnessed(2)
def test_two_witnesses_make_a_witnessed_checkpoint(ledger):
    """It is served when both have signed, survives a restart, and gives way to a newer one that both signed."""
    note = Note(fetch(ledger, "/log/checkpoint").text)
    equal(post(ledger, ONE.cosign(note)), 200)
    equal(fetch(ledger, "/log/witnessed").status, 404, "one is not enough")
    equal(post(ledger, ONE.cosign(note)), 422, "nothing new")
    equal(post(ledger, TWO.cosign(note)), 200)
    got = witnessed_note(ledger)
    equal(got.text, note.text + ONE.line(note) + TWO.line(note))
    assert ledger.client_of("admin").command("org", "add", GRID).ok
    newer = Note(fetch(ledger, "/log/checkpoint").text)
    assert newer.size > note.size
    restart(ledger)
    assert f"witnessed log size {note.size}" in ledger.daemon.text(), ledger.daemon.text()
    equal(fetch(ledger, "/log/witnessed").text, got.text, "after a restart")
    assert f"witnessed  {note.size}\n" in ledger.lovebankd("status").out
    equal(post(ledger, newer.text + ONE.line(newer) + TWO.line(newer)), 200, "both at once")
    for _ in range(250):
        if Note(witnessed_note(ledger).text).size == newer.size:
            break
    equal(Note(fetch(ledger, "/log/witnessed").text).size, newer.size)
    equal(post(ledger, TWO.cosign(note, 1741400001)), 422, "older than the witnessed one")


@witnessed(1)
def test_what_is_no_cosignature_of_ours_is_refused(ledger):
    """Lines of strangers, forged lines, checkpoints that are not this log's, and things that are no notes: 422, and 413 beyond 8 KiB."""
    assert ledger.client_of("admin").command("org", "add", GRID).ok
    note = Note(fetch(ledger, "/log/checkpoint").text)
    origin, size, root = note.signed.decode().splitlines()
    other_root = Note(note.text.replace(root, "A" * 43 + "="))
    other_size = Note(note.text.replace(f"\n{size}\n", f"\n{int(size) + 1}\n"))
    other_log = Note(note.text.replace(f"{origin}\n", "other.example\n", 1))
    good = ONE.line(note)
    bad = {
        "no line": note.text,
        "a stranger's": OTHER.cosign(note),
        "another checkpoint's": note.text + ONE.line(other_root),
        "another root": ONE.cosign(other_root),
        "another size": ONE.cosign(other_size),
        "another log": ONE.cosign(other_log),
        "one of them twice": note.text + good + good,
        "a flipped bit": note.text + good[:-10] + ("A" if good[-10] != "A" else "B") + good[-9:],
        "empty": "",
        "no note": "hello\n",
        "not UTF-8": b"\xff\xfe" * 40,
        "a NUL": note.text.encode() + b"\0" + good.encode(),
        "the name of one, the key of another": note.text + OTHER.line(note).replace(OTHER.name, ONE.name),
    }
    for name, text in bad.items():
        equal(post(ledger, text), 422, name)
    equal(post(ledger, note.text + "x" * 9000), 413)
    equal(fetch(ledger, "/log/witnessed").status, 404)
    equal(post(ledger, note.text + OTHER.line(note) + good), 200, "the control: a stranger's line beside a good one")
    equal(witnessed_note(ledger).text, note.text + good, "strangers' lines are left out")


@stopped
def test_a_file_of_witnesses_is_checked(ledger):
    """A file that is missing, damaged or names too few ends the start with its name."""
    path = os.path.join(ledger.directory, "witnesses")
    for content, required, word in ((None, 1, "No such file"), ("nonsense\n", 1, ":1: that is no verifier key"), (f"{ONE.verifier}\n{ONE.verifier}\n", 1, "twice"),
                                    (f"{ONE.verifier}\n", 2, "names 1 witnesses"), (ledger.known()["log"] + "\n", 1, "no verifier key")):  # fmt: skip
        if content is not None:
            with open(path, "w") as file:
                file.write(content)
        ledger.extra = {"witnesses": path, "witnesses_required": required}
        done = ledger.lovebankd("serve", config=ledger.write_config(os.path.join(ledger.directory, "w.conf")))
        assert done.code == 1 and word in done.err, done
    ledger.extra = {"witnesses_required": 1}
    done = ledger.lovebankd("serve", config=ledger.write_config(os.path.join(ledger.directory, "w.conf")))
    assert done.code == 2 and "witnesses" in done.err, done


def test_without_witnesses_cosignatures_are_refused(ledger):
    note = Note(fetch(ledger, "/log/checkpoint").text)
    equal(post(ledger, ONE.cosign(note)), 422)
    got = fetch(ledger, "/v1/org/list")
    unsigned_code = json.loads(got.body)["code"]
    equal(unsigned_code, "no_client_key")
