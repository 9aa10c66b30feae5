"""Two daemons on one database: one writes, the other waits for the lock, serves reads, and takes over."""

import os
import re
import shutil
import signal
import threading
import time

import protocol
from expect import equal, nothing_posted, unsigned
from protocol import Client
from world import earn

ORG = {"parent": "QX-C1", "kind": "grid", "code": "QX-G1", "name": "第一网格"}


def second_state(ledger):
    """The configuration of a second daemon of the same ledger: the same keys and database, a state of its own."""
    state = os.path.join(ledger.directory, "state2")
    os.makedirs(state, mode=0o700)
    shutil.copytree(os.path.join(ledger.state, "keys"), os.path.join(state, "keys"))
    return ledger.write_config(os.path.join(ledger.directory, "second.conf"), state_dir=state)


def beside(ledger):
    """A second daemon on the same database, which must wait."""
    return ledger.start(config=second_state(ledger), wait="waiting for the writer's lock")


def address(daemon):
    return re.findall(r"127\.0\.0\.1:\d+", daemon.text())[-1]


def client_at(ledger, who, where):
    trust = ledger.trust()
    return Client(protocol.Trust(trust.aud, where, trust.tls_pin, trust.answers_jwk), ledger.key(who), ledger.clock.now)


def until_ok(client, request, patience=20):
    deadline = time.monotonic() + patience
    while True:
        try:
            answer = client.send(request)
            if answer.signed:
                return answer
        except protocol.Unknown:
            answer = None
        assert time.monotonic() < deadline, f"no signed answer: {answer}"
        time.sleep(0.1)


def test_the_second_daemon_waits_reads_and_takes_over(ledger):
    """The second serves reads and answers commands 503 until the first is killed; then it writes, and replays work there."""
    first = ledger.daemon
    second = beside(ledger)
    admin = client_at(ledger, "admin", address(second))
    assert admin.read("org", "list").ok
    request = admin.sign("org", "add", ORG)
    with nothing_posted(ledger):
        unsigned(admin.send(request), 503)
    at_first = client_at(ledger, "admin", address(first))
    done = at_first.send(request)
    assert done.ok, done
    first.kill()
    second.wait_for("ready on")
    again = until_ok(admin, request)
    assert again.ok and again.replay, f"posted by the first, replayed by the second: {again}"
    equal(again.result, done.result)
    answer = until_ok(admin, admin.sign("org", "add", {**ORG, "code": "QX-G2"}))
    assert answer.ok, answer


def test_two_daemons_cannot_share_a_state_directory(ledger):
    """A second daemon in the first one's state directory ends at once and says so; the first goes on."""
    done = ledger.lovebankd("serve", timeout=20)
    equal(done.code, 1, done)
    assert "state_dir" in done.err, done
    assert ledger.client("admin").command("org", "add", ORG).ok


def test_takeover_after_a_clean_stop(ledger):
    """A first daemon that stops cleanly hands the lock over at once."""
    first = ledger.daemon
    second = beside(ledger)
    first.stop()
    second.wait_for("ready on")
    assert until_ok(client_at(ledger, "admin", address(second)), ledger.client("admin").sign("org", "add", ORG)).ok


def test_daemon_takes_up_after_its_backends_were_terminated(ledger):
    """All sessions of the daemon are terminated: it connects again, takes the lock again, and nothing is posted twice."""
    volunteer = ledger.facts["volunteers"][0]
    earn(ledger, [volunteer])
    till = ledger.client_of("till")
    request = till.sign("redemption", "make", {"shop": "QX-S1", "volunteer": volunteer, "points": "5"})
    for n in range(5):
        ledger.cluster.psql("postgres", f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{ledger.database}'")
        answer = until_ok(till, request)
        assert answer.ok and answer.replay == (n > 0), answer
    equal(ledger.balance("P2100", volunteer), 15)


def test_a_stopped_daemon_finishes_what_it_took(ledger):
    """SIGTERM under load: every acknowledged command is there, every other one is unknown or not taken."""
    admin = ledger.client_of("admin")
    acknowledged = []

    def load():
        for n in range(100000):
            try:
                answer = admin.send(admin.sign("org", "add", {**ORG, "code": f"QX-N{n}"}))
            except protocol.Unknown:
                return
            if not answer.signed:
                return
            acknowledged.append(answer.result["code"])

    thread = threading.Thread(target=load)
    thread.start()
    time.sleep(1)
    ledger.daemon.signal(signal.SIGTERM)
    equal(ledger.daemon.process.wait(20), 0, "exit code")
    thread.join()
    there = {row["code"] for row in ledger.rows("SELECT code FROM ledger.node WHERE kind = 'grid'")}
    assert set(acknowledged) <= there and len(there) - len(set(acknowledged)) <= 1, (len(acknowledged), len(there))


def test_address_in_ledger_json_is_the_real_one(ledger):
    """serve rewrites ledger.json with the port it really has."""
    trust = ledger.trust()
    equal(f"{trust.address[0]}:{trust.address[1]}", ledger.daemon.address())
