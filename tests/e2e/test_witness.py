"""The public log: checkpoints, proofs and copies of it for anybody, and witnesses who watch it from outside."""

import base64
import glob
import hashlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time

import liar
from expect import equal, stopped, unchecked
from harness import LOVEBANK, Ledger, discard
from invariants import LEAVES
from test_client import LOCAL, OK, UNKNOWN, UNVERIFIED, USAGE
from test_receipts import included, read, write
from world import activity, line


def outsider(ledger):
    """Somebody with ledger.json and no key."""
    os.makedirs(ledger.home("outsider"), mode=0o700, exist_ok=True)
    return "outsider"


def log(ledger, *words, **more):
    return ledger.cli(outsider(ledger), "log", *words, as_json=False, **more)


def grow(ledger, count=1):
    """Adds leaves."""
    for _ in range(count):
        ledger.do("admin", "org", "add", parent="CITY", kind="county", code="N" + os.urandom(6).hex(), name="新")


def size_of(ledger):
    return ledger.value("SELECT max(size) FROM ledger.checkpoint")


def root_of(ledger, size):
    """Of the first leaves as they stand in the database, by RFC 6962 section 2.1."""

    def root(hashes):
        if len(hashes) == 1:
            return hashes[0]
        left = 1 << (len(hashes) - 1).bit_length() - 1
        return hashlib.sha256(b"\1" + root(hashes[:left]) + root(hashes[left:])).digest()

    rows = ledger.rows(f"SELECT encode(sha256('\\x00'::bytea || body), 'hex') AS hash FROM {LEAVES} WHERE index < {size} ORDER BY index")
    return base64.b64encode(root([bytes.fromhex(row["hash"]) for row in rows])).decode()


def test_a_checkpoint_for_anybody(ledger):
    """log checkpoint without a key: size, root and note are the log's; JSON and --out; not witnessed is said."""
    path = os.path.join(ledger.directory, "note")
    done = log(ledger, "checkpoint", out=path)
    equal(done.code, OK, done)
    size = size_of(ledger)
    assert f"{size}" in done.out and root_of(ledger, size) in done.out and "No checkpoint has been witnessed" in done.err, done
    equal(read(path).decode().split("\n")[:4], ["test.example", str(size), root_of(ledger, size), ""])
    shown = ledger.cli("outsider", "log", "checkpoint", "--url", "https://" + ledger.known()["daemons"][0]["address"])
    equal(json.loads(shown.out), {"aud": "test.example", "size": size, "root": root_of(ledger, size)})
    equal(log(ledger, "checkpoint", url="http://127.0.0.1:1").code, USAGE)
    equal(log(ledger, "checkpoint", url="https://127.0.0.1:1").code, UNKNOWN)


def test_proofs_for_anybody(ledger):
    """log prove: inclusion of every leaf and consistency of many sizes hold by RFC 6962; what cannot be is refused."""
    size = size_of(ledger)
    for index in sorted({0, 1, 2, size // 2, size - 2, size - 1}):
        done = log(ledger, "prove", index=index)
        equal(done.code, OK, done)
        body = ledger.value(f"SELECT encode(body, 'hex') FROM {LEAVES} WHERE index = {index}")
        equal(included(hashlib.sha256(b"\0" + bytes.fromhex(body)).digest(), done.out), (True, index, size))
    for start, end in ((0, size), (1, size), (64, size), (63, 65), (size - 1, None), (size, size), (7, 7)):
        done = log(ledger, "prove", **{"from": start}, **({"to": end} if end else {}))
        equal(done.code, OK, done)
        head = done.out.split("\n\n")[0].split("\n")
        equal(head[2:], [str(end or size), root_of(ledger, end or size)])
        equal(head[0], str(start))
        if start:
            equal(head[1], root_of(ledger, start))
    for words in (["--index", str(size)], ["--from", "5", "--to", "3"], ["--from", "0", "--to", str(size + 1)], [], ["--index", "1", "--from", "1"], ["--index", "1", "--size", "5"]):
        done = log(ledger, "prove", *words)
        equal((done.code, done.out), (USAGE, ""), done)


def test_a_proof_in_a_kept_checkpoint(ledger):
    """A checkpoint of before, kept in a file: a leaf's inclusion in it is proven from the tiles of now."""
    path = os.path.join(ledger.directory, "note")
    log(ledger, "checkpoint", out=path)
    before = size_of(ledger)
    grow(ledger, 3)
    done = log(ledger, "prove", index=before - 1, checkpoint=path)
    equal(done.code, OK, done)
    body = ledger.value(f"SELECT encode(body, 'hex') FROM {LEAVES} WHERE index = {before - 1}")
    equal(included(hashlib.sha256(b"\0" + bytes.fromhex(body)).digest(), done.out), (True, before - 1, before))
    equal(log(ledger, "prove", index=before - 1, size=before, checkpoint=path).code, OK)
    equal(log(ledger, "prove", index=before - 1, size=before + 1, checkpoint=path).code, USAGE)
    write(path, read(path).replace(b"\n%d\n" % before, b"\n%d\n" % (before + 1)))
    equal(log(ledger, "prove", index=0, checkpoint=path).code, UNVERIFIED)


def files(folder):
    return {os.path.relpath(path, folder): read(path) for path in glob.glob(folder + "/**", recursive=True) if os.path.isfile(path)}


def test_a_copy_of_the_log(ledger):
    """log mirror: checkpoint and tiles, hashes those of the leaves; goes on later; mends a damaged tile; another log is refused."""
    folder = os.path.join(ledger.directory, "copy")
    done = log(ledger, "mirror", folder)
    equal(done.code, OK, done)
    for hour in range(8, 21):
        lines = [line(v, start=f"{hour:02d}:00", end=f"{hour:02d}:30") for v in ledger.facts["volunteers"][:40]]
        ledger.do("leader", "service", "record", activity(lines))
    before = files(folder)
    done = log(ledger, "mirror", folder)
    equal(done.code, OK, done)
    size = size_of(ledger)
    now = files(folder)
    equal(set(before) - set(now), set(), "nothing is taken away")
    rows = [bytes.fromhex(row["hash"]) for row in ledger.rows(f"SELECT encode(sha256('\\x00'::bytea || body), 'hex') AS hash FROM {LEAVES} ORDER BY index")]
    for index in range(size // 256):
        equal(now[f"tile/0/{index:03d}"], b"".join(rows[256 * index : 256 * index + 256]))
    if size % 256:
        equal(now[f"tile/0/{size // 256:03d}.p/{size % 256}"], b"".join(rows[size - size % 256 :]))
    equal(len(now[f"tile/1/000.p/{size // 256}"]), size // 256 * 32)
    assert f"\n{size}\n".encode() in now["checkpoint"]
    assert os.stat(folder + "/tile/0").st_mode & 0o055 == 0o055 and os.stat(folder + "/checkpoint").st_mode & 0o044 == 0o044
    write(folder + "/tile/0/000", now["tile/0/000"][:-1] + b"\0")
    assert "damaged" in log(ledger, "mirror", folder).err
    equal(files(folder)["tile/0/000"], now["tile/0/000"])
    write(folder + "/checkpoint", b"something else")
    equal(log(ledger, "mirror", folder).code, LOCAL)


# ---- witnesses


def make_witness(ledger, name="witness.example"):
    """A key; the ledger is told of it by its configuration. The verifier key."""
    key = os.path.join(ledger.directory, "witness.pem")
    done = ledger.cli(outsider(ledger), "witness", "key", as_json=False, out=key, name=name)
    equal(done.code, OK, done)
    equal(os.stat(key).st_mode & 0o777, 0o600)
    with open(os.path.join(ledger.directory, "witnesses"), "w") as file:
        file.write("# of the tests\n" + done.out)
    ledger.write_config(witnesses=file.name, witnesses_required=1)
    return done.out.strip()


def follow(ledger, *words, home=None, **more):
    flags = {"key": os.path.join(ledger.directory, "witness.pem"), "state": os.path.join(ledger.directory, "state.note"), "name": "witness.example", **more}
    return (home or ledger).cli(outsider(home or ledger), "witness", "follow", *words, as_json=False, **flags)


def state(ledger):
    return read(os.path.join(ledger.directory, "state.note")).decode()


@stopped
def test_a_witness_cosigns_what_grows(ledger):
    """Once, and again after more: its cosignature is in its state and at the ledger, and is checked by its verifier key."""
    verifier = make_witness(ledger)
    ledger.start()
    done = follow(ledger, "--once")
    equal(done.code, OK, done)
    size = size_of(ledger)
    equal(state(ledger).split("\n")[1], str(size))
    equal(sum(line.startswith("— ") for line in state(ledger).split("\n")), 2)
    shown = json.loads(ledger.cli("outsider", "log", "checkpoint", "--witness", verifier).out)
    equal((shown["witnessed_size"], shown["witnesses"], shown["verified_witnesses"]), (size, "witness.example", "witness.example"))
    grow(ledger, 5)
    equal(json.loads(ledger.cli("outsider", "log", "checkpoint").out)["witnessed_size"], size)
    equal(follow(ledger, "--once").code, OK)
    equal(json.loads(ledger.cli("outsider", "log", "checkpoint").out)["witnessed_size"], size + 5)
    before = state(ledger)
    equal(follow(ledger, "--once").code, OK)
    equal(state(ledger), before, "one checkpoint is cosigned once")


@stopped
def test_a_witness_follows_until_a_signal(ledger):
    """In the foreground: new checkpoints are cosigned as they come, a daemon's restart is waited out, SIGTERM ends it with 0."""
    make_witness(ledger)
    port = {"listen": "127.0.0.1:%d" % free_port()}
    ledger.write_config(witnesses=os.path.join(ledger.directory, "witnesses"), witnesses_required=1, **port)
    ledger.start()
    ledger.share(outsider(ledger))
    words = [LOVEBANK, "--home", ledger.home("outsider"), "--lang", "en", "witness", "follow", "--key", ledger.directory + "/witness.pem", "--state", ledger.directory + "/state.note", "--name", "witness.example", "--interval", "1"]
    process = subprocess.Popen(words, env=ledger.environment(), stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
    try:
        wait_for(lambda: os.path.exists(ledger.directory + "/state.note"))
        second = follow(ledger, "--once")
        assert second.code == LOCAL and "another witness" in second.err, second
        grow(ledger, 2)
        wait_for(lambda: state(ledger).split("\n")[1] == str(size_of(ledger)))
        ledger.daemon.stop()
        time.sleep(1.5)
        ledger.start()
        ledger.__dict__.pop("_client_of")
        grow(ledger, 1)
        wait_for(lambda: state(ledger).split("\n")[1] == str(size_of(ledger)))
    finally:
        process.send_signal(signal.SIGTERM)
        _, said = process.communicate(timeout=20)
    equal(process.returncode, OK, said)
    assert "was not got" in said and "can be reached again" in said, said


def free_port():
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def wait_for(condition, patience=15):
    deadline = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.1)


def twin(ledger):
    """The same ledger once more, from here on with a history of its own; the daemon is not running."""
    database = ledger.database + "_twin"
    directory = tempfile.mkdtemp(prefix="lbtwin", dir="/tmp")
    shutil.copytree(ledger.directory, directory, dirs_exist_ok=True, ignore=shutil.ignore_patterns("daemon*.log", "clock"))
    ledger.cluster.clone(ledger.database, database)
    return Ledger(ledger.cluster, database, directory)


def evidence(ledger):
    return sorted(os.path.basename(path) for path in glob.glob(ledger.directory + "/state.note.s*"))


@stopped
def test_a_forked_log_is_not_cosigned(ledger):
    """Two ledgers with the same keys and different histories: loud, exit 5, both notes kept, the state as it was; same size too."""
    make_witness(ledger)
    other = twin(ledger)
    try:
        with ledger, other:
            ledger.start()
            other.start()
            grow(ledger, 4)
            grow(other, 4)
            equal(follow(ledger, "--once").code, OK)
            before = state(ledger)
            same_size = follow(ledger, "--once", home=other)
            assert same_size.code == UNVERIFIED and "THE LOG FORKED" in same_size.err, same_size
            grow(other, 300)
            longer = follow(ledger, "--once", home=other)
            assert longer.code == UNVERIFIED and "THE LOG FORKED" in longer.err, longer
            equal(state(ledger), before)
            equal(evidence(ledger), sorted([f"state.note.seen-{size_of(ledger)}", f"state.note.shown-{size_of(ledger)}", f"state.note.shown-{size_of(other)}"]))
            chinese = follow(ledger, "--once", home=other, lang="zh")
            assert chinese.code == UNVERIFIED and "分叉" in chinese.err, chinese
            equal(follow(ledger, "--once").code, OK, "the true log is still followed")
            folder = os.path.join(ledger.directory, "copy")
            equal(log(ledger, "mirror", folder).code, OK)
            before = files(folder)
            wrong = log(other, "mirror", folder)
            equal(wrong.code, UNVERIFIED, wrong)
            equal(files(folder), before, "the copy stays as it was")
    finally:
        discard(other)


@stopped
def test_a_shrunk_log_is_not_cosigned(ledger):
    """A ledger restored from yesterday's copy: loud, exit 5, both notes kept."""
    make_witness(ledger)
    yesterday = twin(ledger)
    try:
        with ledger, yesterday:
            ledger.start()
            grow(ledger, 3)
            equal(follow(ledger, "--once").code, OK)
            yesterday.start()
            done = follow(ledger, "--once", home=yesterday)
            assert done.code == UNVERIFIED and "THE LOG SHRANK" in done.err, done
            equal(evidence(ledger), [f"state.note.seen-{size_of(ledger)}", f"state.note.shown-{size_of(yesterday)}"])
    finally:
        discard(yesterday)


@stopped
def test_a_witness_and_wrong_things(ledger):
    """Another's state, a text for a state, another name, no key, a P-256 key: exit 3 and nothing cosigned; no daemon: exit 4."""
    make_witness(ledger)
    equal(follow(ledger, "--once", url="https://127.0.0.1:1").code, UNKNOWN)
    ledger.start()
    equal(follow(ledger, "--once").code, OK)
    good = state(ledger)
    equal(follow(ledger, "--once", name="another.example").code, LOCAL)
    equal(follow(ledger, "--once", name="two words").code, USAGE)
    equal(follow(ledger, "--once", key=ledger.home("treasurer") + "/key.pem").code, LOCAL)
    equal(follow(ledger, "--once", key="/nonexistent").code, LOCAL)
    path = os.path.join(ledger.directory, "state.note")
    for wrong in (b"", b"hello", good.encode().replace(b"\n%d\n" % size_of(ledger), b"\n1\n"), good.encode()[:-10]):
        write(path, wrong)
        done = follow(ledger, "--once")
        equal(done.code, LOCAL, done)
        equal(read(path), wrong, "the state is left for somebody to look at")
    again = ledger.cli("outsider", "witness", "key", as_json=False, out=ledger.directory + "/witness.pem", name="witness.example")
    equal((again.code, again.out), (LOCAL, ""), "a key is never replaced")


@stopped
def test_a_log_that_stalls(ledger):
    """With --stall no new checkpoint for so long ends it, exit 4, whether the log answers or not."""
    make_witness(ledger)
    ledger.start()
    done = follow(ledger, interval=1, stall=2)
    assert done.code == UNKNOWN and "STALLS" in done.err, done
    ledger.stop()
    done = follow(ledger, interval=1, stall=2)
    assert done.code == UNKNOWN and "SILENT" in done.err, done


@stopped
def test_a_witness_of_a_copy(ledger):
    """--from a folder: cosigned into the state without the daemon; a copy that was tampered with is not cosigned."""
    make_witness(ledger)
    ledger.start()
    folder = os.path.join(ledger.directory, "copy")
    equal(log(ledger, "mirror", folder).code, OK)
    equal(follow(ledger, "--once", **{"from": folder}).code, OK)
    grow(ledger, 2)
    equal(log(ledger, "mirror", folder).code, OK)
    size = size_of(ledger)
    ledger.stop()
    path = f"{folder}/tile/0/{size // 256:03d}.p/{size % 256}"
    good = read(path)
    write(path, good[:40] + bytes([good[40] ^ 1]) + good[41:])
    wrong = follow(ledger, "--once", **{"from": folder})
    assert wrong.code == UNVERIFIED and "FORKED" not in wrong.err, wrong
    os.remove(path)
    equal(follow(ledger, "--once", **{"from": folder}).code, UNKNOWN)
    write(path, good)
    equal(follow(ledger, "--once", **{"from": folder}).code, OK)
    equal(state(ledger).split("\n")[1], str(size))


@unchecked
def test_a_liar_cannot_have_a_checkpoint_believed(ledger):
    """A checkpoint by another log key, an altered one, rubbish: not verified; the real one from the same address is taken."""
    real = ledger.cli(outsider(ledger), "log", "checkpoint", "--out", "-").out.encode()
    say = {}

    def answer(method, path, body):
        if path == "/log/checkpoint":
            return 200, "text/plain", say["note"]
        return 404, "text/plain", b""

    size = size_of(ledger)
    with liar.Liar(ledger, answer) as server:
        for note in (b"", b"\0", b"hello", real.replace(b"\n%d\n" % size, b"\n%d\n" % (size + 1)), real[:-20] + b"A" + real[-19:], real + real, real[: real.index(b"\xe2")], b"x" * 9000):
            say["note"] = note
            done = log(ledger, "checkpoint", url="https://" + server.address)
            equal((done.code, done.out), (UNVERIFIED, ""), (note, done))
        say["note"] = real
        equal(log(ledger, "checkpoint", url="https://" + server.address).code, OK)
