"""Keys that change: the ledger's own are learned from its log, a person's is replaced; and what goes for good is asked about."""

import copy
import os
import pty
import shutil
import subprocess

import liar
import protocol
from expect import equal, nothing_posted, unchecked
from harness import LOVEBANK
from test_client import LOCAL, OK, REFUSED, UNKNOWN, UNVERIFIED, USAGE, outbox
from test_receipts import INCOME, kept, offline, read, receive, write


def keep_knowledge(ledger):
    """From now on homes keep the ledger.json that they have, whatever the daemon publishes."""
    for who in ("admin", "treasurer", "worker", "till"):
        ledger.share(who)
    ledger.share = lambda who: os.makedirs(ledger.home(who), mode=0o700, exist_ok=True)


def known(ledger, who):
    return protocol.strict(read(os.path.join(ledger.home(who), "ledger.json")))


def move(ledger, who):
    """The daemon has another port after a restart: the only thing in ledger.json that is not of keys."""
    file = known(ledger, who)
    file["daemons"][0]["address"] = ledger.known()["daemons"][0]["address"]
    write(os.path.join(ledger.home(who), "ledger.json"), file)


def add_key(ledger, use):
    made = ledger.lovebankd("new-key", "--use", use)
    equal(made.code, OK, made)
    return ledger.ok("admin", "ledger", "key-add", use=use, key=made.out.strip())["kid"]


def end_first_key(ledger, use):
    rows = ledger.ok("admin", "ledger", "keys")["rows"]
    first = next(row for row in rows if row["use"] == use and row["state"] == "active")
    ledger.ok("admin", "ledger", "key-end", key=first["kid"], reason="renewed")
    return first["kid"]


def test_new_keys_of_each_use_are_learned_from_the_log(ledger):
    """Answers, log and TLS keys replaced one after the other: clients that know the old ones go on, and old receipts still hold."""
    keep_knowledge(ledger)
    receive(ledger)
    (old_receipt,) = kept(ledger, "treasurer")
    before = known(ledger, "treasurer")
    equal(before["keys"], 3)
    for use in ("answers", "log"):
        add_key(ledger, use)
        end_first_key(ledger, use)
    done = ledger.cli("treasurer", "org", "list", as_json=False)
    equal(done.code, OK, done)
    assert "new keys" in done.err, done
    after = known(ledger, "treasurer")
    assert after["answers"] != before["answers"] and after["log"] != before["log"], after
    equal((len(after["answers_keys"]), len(after["log_keys"]), after["keys"], len(after["ended"])), (2, 2, 7, 2))
    receive(ledger)
    held = offline(ledger, "treasurer", *kept(ledger, "treasurer"))
    equal(held.code, OK, held)
    assert "has ended since" in offline(ledger, "treasurer", old_receipt).out
    equal(ledger.cli("treasurer", "org", "list", as_json=False).err.count("new keys"), 0, "they are learned once")
    os.makedirs(ledger.home("joiner"))
    shutil.copy(os.path.join(ledger.state, "ledger.json"), ledger.home("joiner"))
    equal(offline(ledger, "joiner", old_receipt).code, UNVERIFIED, "the keys of before are not in what the daemon publishes")
    shutil.copy(os.path.join(ledger.home("treasurer2"), "key.pem"), ledger.home("joiner"))
    joined = ledger.cli("joiner", "org", "list", as_json=False)
    equal(joined.code, OK, joined)
    equal(offline(ledger, "joiner", old_receipt).code, OK, "they are learned from the log, as leaves of the newest checkpoint")


def test_a_new_tls_key_is_learned(ledger):
    """Registered beside the old one it is pinned too; after the old one ended and the daemon shows the new one, clients go on."""
    keep_knowledge(ledger)
    add_key(ledger, "tls")
    equal(ledger.cli("worker", "org", "list").code, OK)
    assert len(known(ledger, "worker")["daemons"][0]["tls_more"]) == 1, known(ledger, "worker")
    end_first_key(ledger, "tls")
    ledger.daemon.stop()
    ledger.start()
    for who in ("worker", "treasurer"):
        move(ledger, who)
        done = ledger.cli(who, "org", "list")
        equal(done.code, OK, (who, done))
        pins = known(ledger, who)["daemons"][0]
        equal((pins["tls"], pins.get("tls_more")), (ledger.known()["daemons"][0]["tls"], None), who)


@unchecked
def test_keys_that_the_log_does_not_prove_are_not_taken_over(ledger):
    """A ledger that shows keys of its own making, fewer than there are, or others' receipts: nothing changes, nothing is shown."""
    keep_knowledge(ledger)
    equal(ledger.cli("worker", "org", "list").code, OK)
    path = os.path.join(ledger.home("worker"), "ledger.json")
    good = known(ledger, "worker")
    connection = protocol.Connection(ledger.trust(), None)
    real = protocol.strict(connection.many([("GET", "/log/keys", None, ())])[0][2])["keys"]
    connection.close()
    thief = protocol.Key()
    say = {}

    def answer(method, target, body):
        if target == "/log/keys":
            return 200, "application/json", say["keys"]
        if target.startswith("/log/"):
            return 404, "text/plain", b""
        payload = {"aud": "test.example", "iat": 1, "log": {"size": 500, "root": protocol.b64(bytes(32)), "keys": 99}, "request": protocol.b64(protocol.line_hash(method, target)), "result": {"rows": []}, "status": 200}
        return server.sign(payload, thief)

    forged = copy.deepcopy(real)
    rows = forged[0]["leaf"]["rows"]["ledger_key"]
    rows.append({"id": 9, "use": "answers", "kid": thief.kid, "public": protocol.canonical(thief.jwk).decode(), "request": 1})
    with liar.Liar(ledger, answer) as server:
        good["daemons"][0]["address"] = server.address
        for keys in ({"keys": forged}, {"keys": real + forged}, {"keys": []}, {"keys": real}, {"keys": [7]}, {"keys": "x"}, [], b"", b"\0"):
            say["keys"] = keys if isinstance(keys, bytes) else protocol.canonical(keys)
            write(path, good)
            done = ledger.cli("worker", "org", "list")
            equal((done.code, done.out), (UNVERIFIED, ""), (keys, done))
            equal(protocol.strict(read(path)), good, "ledger.json stays as it was")


# ---- a person's key


def test_a_person_replaces_the_key(ledger):
    """key rotate: the old key ends, the new one has its roles, the home works on; the receipts of before still hold."""
    receive(ledger)
    before = read(os.path.join(ledger.home("treasurer"), "key.pem"))
    old = ledger.key("treasurer")
    done = ledger.cli("treasurer", "key", "rotate", as_json=False)
    equal(done.code, OK, done)
    after = ledger.key("treasurer")
    assert after.kid != old.kid and after.kid in done.err, done
    equal(os.stat(os.path.join(ledger.home("treasurer"), "key.pem")).st_mode & 0o777, 0o600)
    assert not os.path.exists(os.path.join(ledger.home("treasurer"), "key.new.pem"))
    equal(outbox(ledger, "treasurer"), [])
    receive(ledger)
    equal(offline(ledger, "treasurer", *kept(ledger, "treasurer")).code, OK)
    write(os.path.join(ledger.home("treasurer"), "key.pem"), before)
    revoked = ledger.cli("treasurer", "org", "list")
    equal((revoked.code, revoked.problem["code"]), (REFUSED, "revoked_key"))


def test_a_rotation_whose_answer_was_lost(ledger):
    """Nothing answers: both keys stay. Posted meanwhile by those bytes: the next try finds the new key enrolled and takes it."""
    home = ledger.home("treasurer")
    old = ledger.key("treasurer")
    ledger.stop()
    done = ledger.cli("treasurer", "key", "rotate", as_json=False)
    equal(done.code, UNKNOWN, done)
    equal(ledger.key("treasurer").kid, old.kid)
    new = protocol.Key.load(os.path.join(home, "key.new.pem"))
    (name,) = os.listdir(os.path.join(home, "outbox"))
    ledger.start()
    other = ledger.cli("treasurer", "outbox", "drop", "nothing.json", "--yes")
    equal(other.code, LOCAL)
    body = read(os.path.join(home, "outbox", name))
    outer = protocol.strict(body)
    compact = f"{outer['protected']}.{outer['payload']}.{outer['signature']}".encode()
    assert ledger.client("treasurer").send(protocol.Request("/v1/operator/rotate", body, compact, None)).ok
    with nothing_posted(ledger):
        again = ledger.cli("treasurer", "key", "rotate", as_json=False)
        equal(again.code, OK, again)
    equal(ledger.key("treasurer").kid, new.kid)
    equal(outbox(ledger, "treasurer"), [])
    receive(ledger)


def test_a_rotation_that_never_arrived_goes_on(ledger):
    """The command waits in the outbox: the next try sends the same bytes. Another command waiting there: it goes first."""
    ledger.stop()
    equal(ledger.cli("treasurer", "key", "rotate", as_json=False).code, UNKNOWN)
    new = protocol.Key.load(os.path.join(ledger.home("treasurer"), "key.new.pem"))
    ledger.start()
    equal(ledger.cli("treasurer", "key", "rotate", as_json=False).code, OK)
    equal((ledger.key("treasurer").kid, outbox(ledger, "treasurer")), (new.kid, []))
    ledger.stop()
    equal(ledger.cli("treasurer2", "income", "receive", **INCOME).code, UNKNOWN)
    refused = ledger.cli("treasurer2", "key", "rotate", as_json=False)
    assert refused.code == USAGE and "outbox" in refused.err, refused
    ledger.start()


# ---- what goes for good


def typed(ledger, who, text, *words):
    """Runs lovebank on a terminal where somebody types; exit code and what the terminal showed."""
    ledger.share(who)
    main, terminal = pty.openpty()
    process = subprocess.Popen([LOVEBANK, "--home", ledger.home(who), "--lang", "en", *words], stdin=terminal, stdout=terminal, stderr=terminal, env=ledger.environment())
    os.close(terminal)
    os.write(main, text.encode())
    shown = b""
    while True:
        try:
            part = os.read(main, 4096)
        except OSError:
            break
        if not part:
            break
        shown += part
    os.close(main)
    return process.wait(20), shown.decode(errors="replace")


def test_erasure_is_asked_about(ledger):
    """Without a terminal and --yes nothing is erased; on a terminal only the typed word does it; --yes does it."""
    first, second = ledger.facts["volunteers"][:2]
    with nothing_posted(ledger):
        silent = ledger.cli("admin", "person", "erase", volunteer=first, reason="本人申请", as_json=False)
        assert silent.code == USAGE and "--yes" in silent.err, silent
        purge = ledger.cli("admin", "person", "purge", as_json=False)
        assert purge.code == USAGE and "--yes" in purge.err, purge
        code, shown = typed(ledger, "admin", "y\n", "person", "erase", "--volunteer", str(first), "--reason", "x")
        assert code == USAGE and "Nothing was done" in shown, shown
    code, shown = typed(ledger, "admin", "erase\n", "person", "erase", "--volunteer", str(first), "--reason", "x")
    assert code == OK and "Type erase" in shown, (code, shown)
    done = ledger.cli("admin", "person", "erase", "--yes", volunteer=second, reason="本人申请")
    equal(done.code, OK, done)
