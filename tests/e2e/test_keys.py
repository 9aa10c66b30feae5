"""The ledger's own keys change without anybody losing it, and the daemon knows a database that it has not acknowledged."""

import json
import os
import shutil
import time

import protocol
from expect import equal, nothing_posted, refused, stopped, unchecked
from harness import Daemon
from public_log import Note, Proof, check_receipt, fetch, leaf_hash
from test_log import restart
from test_takeover import address, beside, client_at, second_state

GRID = {"parent": "QX-C1", "kind": "grid", "code": "QX-G1", "name": "第一网格"}


def org(n):
    return {**GRID, "code": f"QX-N{n}"}


def new_key(ledger, use, config=None):
    """lovebankd new-key: what it prints is registered; the key itself stays in its file."""
    done = ledger.lovebankd("new-key", "--use", use, config=config)
    assert done.code == 0 and done.out.count("\n") == 1, done
    return done.out.rstrip("\n")


def kid_of(use, text):
    return text.split("+")[1] if use == "log" else protocol.thumbprint(json.loads(text))


def add(client, use, text):
    answer = client.command("ledger", "key-add", use=use, key=text)
    assert answer.ok, answer
    return answer


def end(client, kid):
    answer = client.command("ledger", "key-end", key=kid, reason="更换")
    assert answer.ok, answer
    return answer


def trusting(ledger, who, trust):
    client = protocol.Client(trust, ledger.key(who), ledger.clock.now)
    ledger.clients.append(client)
    return client


def test_a_new_key_is_a_file_and_a_text(ledger):
    """new-key makes keys/USE-<id>.pem, 0600, and prints the public part; show-keys lists all; other uses are refused."""
    for use in ("answers", "tls", "log"):
        text = new_key(ledger, use)
        path = os.path.join(ledger.state, "keys", f"{use}-{kid_of(use, text)}.pem")
        equal(os.stat(path).st_mode & 0o777, 0o600)
        assert text in ledger.lovebankd("show-keys").out
    equal(len(ledger.lovebankd("show-keys").out.splitlines()), 6)
    for use in ("jobs", "nonsense", ""):
        done = ledger.lovebankd("new-key", "--use", use)
        assert done.code == 1 and "--use" in done.err, done
    equal(ledger.lovebankd("new-key").code, 2)


def test_two_log_keys_sign_while_they_overlap(ledger):
    """A new log key: its registration is signed by the old one, then both sign, then the new one alone; old receipts still hold."""
    admin = ledger.client_of("admin")
    old = ledger.known()["log"]
    first = admin.command("org", "add", org(0))
    new = new_key(ledger, "log")
    added = add(admin, "log", new)
    equal(added.log["keys"], 4)
    note = check_receipt(added.receipt, old)
    equal(len(note.lines), 1, "the registering commit is signed by those who were in force")
    both = admin.command("org", "add", org(1))
    equal(len(check_receipt(both.receipt, old).lines), 2)
    check_receipt(both.receipt, new)
    current = Note(fetch(ledger, "/log/checkpoint").text)
    assert current.is_signed_by(old) and current.is_signed_by(new)
    equal(ledger.known()["log_keys"], [old, new])
    ended = end(admin, kid_of("log", old))
    equal((ended.log["keys"], ledger.known()["log"]), (5, new))
    after = admin.command("org", "add", org(2))
    note = check_receipt(after.receipt, new)
    assert len(note.lines) == 1 and not note.is_signed_by(old)
    check_receipt(first.receipt, old)
    replay = admin.read("receipt", "show", index=first.receipt["first"])
    check_receipt(replay.result["receipt"], new)
    keys = protocol.strict(fetch(ledger, "/log/keys").body)["keys"]
    trusted = [old]
    for receipt in keys:
        assert any(Proof(receipt["proof"]).holds(leaf_hash(protocol.canonical(receipt["leaf"])), key) for key in trusted), receipt
        trusted += [row["public"] for row in receipt["leaf"]["rows"].get("ledger_key", []) if row["use"] == "log"]
    equal(trusted[-1], new)
    equal([list(r["leaf"]["rows"]) for r in keys[1:]], [["ledger_key"], ["ledger_key_end"]])
    restart(ledger)
    again = ledger.client("admin").command("org", "add", org(3))
    note = check_receipt(again.receipt, new)
    equal((len(note.lines), again.log["keys"]), (1, 5), "after a restart")


def test_answers_are_signed_by_the_oldest_key_in_force(ledger):
    """A new answers key is used from the moment that the old one is ended; the answer that says so is signed by it already."""
    admin = ledger.client_of("admin")
    known = ledger.known()
    text = new_key(ledger, "answers")
    add(admin, "answers", text)
    assert admin.command("org", "add", org(0)).ok, "the old key goes on"
    equal([protocol.thumbprint(k) for k in ledger.known()["answers_keys"]], [protocol.thumbprint(known["answers"]), kid_of("answers", text)])
    trust = ledger.trust()
    renewed = protocol.Trust(trust.aud, f"{trust.address[0]}:{trust.address[1]}", trust.tls_pin, json.loads(text))
    request = admin.sign("ledger", "key-end", {"key": trust.answers_kid, "reason": "更换"})
    ended = trusting(ledger, "admin", renewed).send(request)
    assert ended.ok and ended.log["keys"] == 5, ended
    equal(ledger.known()["answers"], json.loads(text))
    assert "answers_keys" not in ledger.known()
    assert trusting(ledger, "till", ledger.trust()).read("shop", "list").ok
    refused(trusting(ledger, "admin", ledger.trust()).command("ledger", "key-end", key=kid_of("answers", text), reason="x"), "last_key")
    restart(ledger)
    equal(ledger.known()["answers"], json.loads(text), "after a restart")
    assert ledger.client("admin").command("org", "add", org(1)).ok


def test_tls_changes_without_a_restart(ledger):
    """New connections show the new TLS key once the old one is ended; open ones go on."""
    admin = ledger.client_of("admin")
    old = ledger.trust()
    text = new_key(ledger, "tls")
    add(admin, "tls", text)
    equal(ledger.known()["daemons"][0]["tls"], old.tls_pin)
    (more,) = ledger.known()["daemons"][0]["tls_more"]
    rows = ledger.ask("admin", "ledger", "keys")["rows"]
    (kid,) = [r["kid"] for r in rows if r["use"] == "tls" and "ended" not in r and r["kid"] != kid_of("tls", text)]
    end(admin, kid)
    assert admin.command("org", "add", org(0)).ok, "on the open connection"
    equal(ledger.known()["daemons"][0]["tls"], more)
    assert ledger.client("admin").command("org", "add", org(1)).ok, "pinned to the new key"
    try:
        trusting(ledger, "admin", old).read("org", "list")
    except protocol.Violation as violation:
        assert "server's key" in str(violation), violation
    else:
        raise AssertionError("a new connection shows the old key")
    restart(ledger)
    equal(ledger.known()["daemons"][0]["tls"], more)


def test_a_key_in_force_without_a_file(ledger):
    """A key registered whose file the daemon has not: others go on; when none is left it says so, stops, and starts again with the file."""
    admin = ledger.client_of("admin")
    text = new_key(ledger, "answers")
    kid = kid_of("answers", text)
    path = os.path.join(ledger.state, "keys", f"answers-{kid}.pem")
    away = os.path.join(ledger.directory, "away.pem")
    os.rename(path, away)
    add(admin, "answers", text)
    assert f"the key {kid} is in force for answers and has no file here" in ledger.daemon.text(), ledger.daemon.text()
    assert admin.command("org", "add", org(0)).ok
    admin.command("ledger", "key-end", key=ledger.trust().answers_kid, reason="更换")
    equal(ledger.daemon.process.wait(20), 1)
    assert f"no file of a key in force for answers ({kid})" in ledger.daemon.text(), ledger.daemon.text()
    does_not_serve(ledger, "no file of a key in force for answers")
    os.rename(away, path)
    ledger.start()
    assert ledger.client("admin").command("org", "add", org(1)).ok


def test_a_waiting_daemon_changes_keys_too(ledger):
    """The second daemon learns from the database which keys are in force, and signs with them."""
    admin = ledger.client_of("admin")
    text = new_key(ledger, "answers")
    second = beside(ledger)  # has the new file too
    old = client_at(ledger, "admin", address(second))
    assert old.read("org", "list").ok
    add(admin, "answers", text)
    trust = ledger.trust()
    trusting(ledger, "admin", protocol.Trust(trust.aud, f"{trust.address[0]}:{trust.address[1]}", trust.tls_pin, json.loads(text))).command(
        "ledger", "key-end", key=trust.answers_kid, reason="更换"
    )
    new = protocol.Trust(trust.aud, address(second), trust.tls_pin, json.loads(text))
    deadline = time.monotonic() + 10
    while True:
        try:
            answer = trusting(ledger, "admin", new).read("org", "list")
            break
        except (protocol.Violation, protocol.Unknown) as error:
            assert time.monotonic() < deadline, error
    assert answer.ok and answer.log["keys"] == 5, answer


@stopped
def test_a_file_under_a_wrong_name_is_refused(ledger):
    """A key file whose name says another key, or that holds none, ends the start with its name."""
    keys = os.path.join(ledger.state, "keys")
    wrong = os.path.join(keys, "log-00000000.pem")
    shutil.copy(os.path.join(keys, "log.pem"), wrong)
    does_not_serve(ledger, "log-00000000.pem holds another key than its name says")
    os.rename(wrong, os.path.join(keys, "answers-x.pem"))
    does_not_serve(ledger, "answers-x.pem is not a key for answers")


def test_a_ledger_without_registered_keys_goes_on_with_its_files(ledger):
    """A ledger of before: no rows. It serves with the files of init; its first registration is of the key that it has."""
    ledger.stop()
    ledger.sql("SET session_replication_role = replica; DELETE FROM ledger.ledger_key;")
    ledger.start()
    admin = ledger.client("admin")
    old = ledger.known()["log"]
    answer = admin.command("org", "add", org(0))
    assert answer.log["keys"] == 0, answer
    check_receipt(answer.receipt, old)
    equal(protocol.strict(fetch(ledger, "/log/keys").body), {"keys": []})
    add(admin, "log", old)
    new = new_key(ledger, "log")
    add(admin, "log", new)
    both = admin.command("org", "add", org(1))
    check_receipt(both.receipt, old)
    check_receipt(both.receipt, new)


def test_checkpoints_of_before_hold_a_bare_signature(ledger):
    """Rows from before notes had several lines: receipts and /log are made of them all the same, also under a second log key."""
    admin = ledger.client("admin")
    old = ledger.known()["log"]
    request = admin.sign("org", "add", org(0))
    first = admin.send(request)
    ledger.sql("SET session_replication_role = replica; UPDATE ledger.checkpoint SET signature = substr(signature, 5);")
    equal(Note(fetch(ledger, "/log/checkpoint").text).text, Note(first.receipt["proof"].partition("\n\n")[2]).text)
    equal(admin.send(request).receipt, first.receipt)
    restart(ledger)
    admin = ledger.client("admin")
    add(admin, "log", new_key(ledger, "log"))
    end(admin, kid_of("log", old))
    equal(admin.send(request).receipt, first.receipt, "the first key's, also when it has ended")
    (founding, *_) = protocol.strict(fetch(ledger, "/log/keys").body)["keys"]
    assert Proof(founding["proof"]).holds(leaf_hash(protocol.canonical(founding["leaf"])), old)
    ledger.sql("SET session_replication_role = replica; UPDATE ledger.checkpoint SET signature = ledger_note.line FROM "
               f"(SELECT size, decode('{kid_of('log', old)}', 'hex') || signature AS line FROM ledger.checkpoint WHERE octet_length(signature) = 64) AS ledger_note "
               "WHERE ledger_note.size = checkpoint.size;")  # fmt: skip


# ---- the checkpoint that was acknowledged


def does_not_serve(ledger, word):
    """lovebankd serve ends with exit code 1 and names what is wrong."""
    daemon = Daemon(ledger, ledger.config, {})
    ledger.daemons.append(daemon)
    equal(daemon.process.wait(30), 1, "exit code")
    assert word in daemon.text() and "ready on" not in daemon.text(), daemon.text()


def kept(ledger, name="checkpoint"):
    return os.path.join(ledger.state, name)


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def acknowledge(ledger):
    """Posts something and stops: both files have the checkpoint."""
    ledger.start()
    assert ledger.client("admin").command("org", "add", GRID).ok
    ledger.stop()
    text = read(kept(ledger))
    equal(read(kept(ledger, "checkpoint.synced")), text)
    return text


def serves(ledger, phrase=None):
    ledger.start()
    assert phrase is None or phrase in ledger.daemon.text(), ledger.daemon.text()
    ledger.stop()


def roll_back(ledger):
    ledger.cluster.drop(ledger.database)
    ledger.cluster.clone("template_ledger", ledger.database)


@stopped
def test_a_torn_checkpoint_does_not_stop_an_honest_database(ledger):
    """What a loss of power leaves of the newest file: empty, cut anywhere, zeros, nothing. The database is served, and said."""
    text = acknowledge(ledger)
    for torn in (b"", text[:1], text[:30], text[:-1], text[: text.index(b"\n\n") + 2], bytes(len(text)), text[:40] + bytes(len(text) - 40)):
        write(kept(ledger), torn)
        serves(ledger, "empty or torn, as a loss of power can leave it; its synced copy is used")
    os.remove(kept(ledger))
    serves(ledger)
    write(kept(ledger), b"")
    os.remove(kept(ledger, "checkpoint.synced"))
    serves(ledger, "which commits were acknowledged is not known any more")


@unchecked
@stopped
def test_a_torn_checkpoint_does_not_hide_a_rolled_back_database(ledger):
    """One good copy of the two is enough to refuse a database that lost commits."""
    text = acknowledge(ledger)
    roll_back(ledger)
    for newest, synced in ((text, text), (b"", text), (text[:30], text), (None, text), (text, None), (text, b"")):
        for path, data in ((kept(ledger), newest), (kept(ledger, "checkpoint.synced"), synced)):
            if data is not None:
                write(path, data)
            elif os.path.exists(path):
                os.remove(path)
        does_not_serve(ledger, "behind or beside the last checkpoint that this daemon acknowledged")
    for name in ("checkpoint", "checkpoint.synced"):
        os.remove(kept(ledger, name))
    serves(ledger)  # the control: without them nobody knows


@stopped
def test_a_damaged_synced_checkpoint_is_no_crash(ledger):
    """The synced copy is never torn by a crash: with no good newest one beside it the daemon does not go on as if nothing was."""
    text = acknowledge(ledger)
    write(kept(ledger, "checkpoint.synced"), text[:20])
    serves(ledger, "checkpoint.synced is damaged; it is made anew")
    write(kept(ledger, "checkpoint.synced"), text[:20])
    for newest in (b"", text[:10]):
        write(kept(ledger), newest)
        does_not_serve(ledger, "checkpoint.synced is damaged: which commits were acknowledged is not known any more")
    write(kept(ledger), text)
    serves(ledger)


@stopped
def test_an_older_checkpoint_is_behind_and_harmless(ledger):
    """Files of an earlier commit, as a crash leaves them: the database is ahead of them, and honest."""
    text = acknowledge(ledger)
    ledger.start()
    assert ledger.client("admin").command("org", "add", org(1)).ok
    ledger.daemon.kill()
    for name in ("checkpoint", "checkpoint.synced"):
        write(kept(ledger, name), text)
    serves(ledger)
    write(kept(ledger, "checkpoint.synced"), text)
    serves(ledger)


@stopped
def test_a_foreign_checkpoint_is_refused(ledger):
    """A whole checkpoint that another key signed, or of another ledger: the files or the keys are not this ledger's."""
    text = acknowledge(ledger)
    note = Note(text.decode())
    strange = note.text.replace(note.text[-20:-10], "AAAAAAAAAA")
    for name in ("checkpoint", "checkpoint.synced"):
        before = read(kept(ledger, name))
        for other in (strange, note.text.replace("test.example", "other.example"), note.text.replace(f"\n{note.size}\n", "\n7\n")):
            write(kept(ledger, name), other.encode())
            does_not_serve(ledger, "not signed by a log key of this ledger")
        write(kept(ledger, name), before)
    serves(ledger)


@unchecked
@stopped
def test_a_forked_database_is_refused(ledger):
    """A database that went another way since: longer than the checkpoint, and with another root at its size."""
    acknowledge(ledger)
    roll_back(ledger)
    state = os.path.join(ledger.directory, "other")
    os.makedirs(state, mode=0o700)
    shutil.copytree(os.path.join(ledger.state, "keys"), os.path.join(state, "keys"))
    other = ledger.start(config=ledger.write_config(os.path.join(ledger.directory, "other.conf"), state_dir=state))
    client = protocol.Client(ledger.trust(state), ledger.key("admin"), ledger.clock.now)
    for n in range(3):
        assert client.command("org", "add", org(n)).ok
    client.close()
    other.stop()
    does_not_serve(ledger, "behind or beside")


@unchecked
def test_a_waiting_daemon_refuses_a_rolled_back_database_too(ledger):
    """A second daemon, which knows a newer checkpoint than the database that the first one serves, does not even answer reads."""
    config = second_state(ledger)
    state = os.path.join(ledger.directory, "state2")
    assert ledger.client("admin").command("org", "add", GRID).ok
    ledger.stop()
    shutil.copy(kept(ledger), os.path.join(state, "checkpoint"))
    roll_back(ledger)
    for name in ("checkpoint", "checkpoint.synced"):
        os.remove(kept(ledger, name))
    ledger.start()
    second = Daemon(ledger, config, {})
    ledger.daemons.append(second)
    equal(second.process.wait(30), 1, "exit code")
    assert "behind or beside" in second.text() and "reads are served" not in second.text(), second.text()


@stopped
def test_the_newest_checkpoint_is_written_over(ledger):
    """In place while its length stays the same; anew when it is gone or of another length. What is kept is always of the last commit."""
    ledger.start()
    inodes = []
    for n in range(1, 7):
        if n == 4:
            os.remove(kept(ledger))
        elif n == 5:
            write(kept(ledger), b"nothing")
        before = read(kept(ledger)) if os.path.exists(kept(ledger)) else b""
        assert ledger.client("admin").command("org", "add", org(n)).ok
        after = read(kept(ledger))
        assert after != before
        inodes.append((len(before) == len(after), os.stat(kept(ledger)).st_ino))
    written_over = [inode == earlier for (_, earlier), (same, inode) in zip(inodes, inodes[1:]) if same]
    assert len(written_over) >= 2 and all(written_over), inodes
    ledger.stop()
    equal(read(kept(ledger, "checkpoint.synced")), read(kept(ledger)))
    serves(ledger)


@stopped
def test_the_synced_copy_follows_soon(ledger):
    """Some seconds after a commit it is on the disk too, without a stop."""
    ledger.start()
    assert ledger.client("admin").command("org", "add", GRID).ok
    deadline = time.monotonic() + 30
    while not os.path.exists(kept(ledger, "checkpoint.synced")) or read(kept(ledger, "checkpoint.synced")) != read(kept(ledger)):
        assert time.monotonic() < deadline, "the copy never comes"
        time.sleep(0.1)
    with nothing_posted(ledger):
        ledger.daemon.kill()
    serves(ledger)
