"""The daemon's own PostgreSQL: made, supervised, started again, stopped; another cluster is never touched."""

import os
import signal
import stat
import subprocess
import time

from cluster import is_running, wait_gone
from expect import equal, stopped, unchecked
from protocol import Key, Personal, enrolment, Unknown

ORG = {"parent": "CITY", "kind": "county", "code": "QX", "name": "青溪县"}


def found(ledger):
    """A ledger without `database` in its configuration, in a state directory of its own."""
    ledger.state = os.path.join(ledger.directory, "s")  # made by init
    if os.geteuid() == 0:
        os.chmod(ledger.directory, 0o711)
    ledger.write_config(database=None, database_owner=None)
    done = ledger.lovebankd("init", "--admin", os.path.join(ledger.directory, "admin.enrol"), "--code", "CITY", "--name", "示例市", timeout=120)
    equal(done.code, 0, done)
    return ledger.start()


def postmaster(ledger):
    with open(os.path.join(ledger.state, "postgres", "data", "postmaster.pid")) as file:
        return int(file.readline())


def next_postmaster(ledger, killed, patience=30):
    """The postmaster after a killed one, whose last backends may answer for a moment still."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        try:
            if postmaster(ledger) != killed:
                return postmaster(ledger)
        except (FileNotFoundError, ValueError):
            pass
        time.sleep(0.1)
    raise AssertionError("PostgreSQL was not started again")


def until_ok(client, request, patience=40):
    deadline = time.monotonic() + patience
    while True:
        try:
            answer = client.send(request)
            if answer.signed:
                return answer
        except Unknown as error:
            answer = error
        assert time.monotonic() < deadline, f"no signed answer: {answer}"
        time.sleep(0.1)


@stopped
@unchecked
def test_killed_daemon_and_killed_postgresql_lose_nothing(bare):
    """init, serve, PostgreSQL killed, the daemon killed, a clean stop: every acknowledged command is there, nothing runs at the end."""
    ledger = bare
    found(ledger)
    admin = ledger.client("admin")
    assert admin.command("org", "add", ORG).ok
    first = postmaster(ledger)
    os.kill(first, signal.SIGKILL)
    request = admin.sign("org", "add", {**ORG, "code": "QX2"})
    answer = until_ok(admin, request)
    assert answer.ok, answer
    second = next_postmaster(ledger, first)
    ledger.daemon.kill()
    assert wait_gone(second), "the killed daemon's PostgreSQL goes on"
    ledger.start()
    admin = ledger.client("admin")
    again = until_ok(admin, request)
    assert again.replay, again
    listed = ledger.ok("admin", "org", "list")["rows"]  # the command line waits while reads are not served yet
    equal({row["code"] for row in listed}, {"CITY", "QX", "QX2"})
    last = postmaster(ledger)
    ledger.stop()
    assert not is_running(last), "PostgreSQL outlives a clean stop"


@stopped
@unchecked
def test_nobody_else_gets_in(bare):
    """No TCP, a socket only; peer authentication; keys and data are for their owner's eyes."""
    ledger = bare
    found(ledger)
    with open(os.path.join(ledger.state, "postgres", "data", "postgresql.conf")) as file:
        assert "listen_addresses = ''" in file.read()
    for folder, _, files in os.walk(os.path.join(ledger.state, "keys")):
        for name in files:
            equal(stat.S_IMODE(os.stat(os.path.join(folder, name)).st_mode), 0o600, name)
    if os.geteuid() == 0:
        done = subprocess.run(
            ["psql", "-h", os.path.join(ledger.state, "postgres", "socket"), "-U", "lovebankd", "-d", "lovebank", "-c", "SELECT 1"],
            capture_output=True, text=True, user="nobody", env={"PATH": os.environ["PATH"]}, cwd="/",
        )  # fmt: skip
        assert done.returncode != 0, done


@stopped
@unchecked
def test_its_log_holds_no_personal_values(bare):
    """The embedded PostgreSQL's log names nobody, not even when statements fail."""
    ledger = bare
    found(ledger)
    for _ in range(3):
        answer = ledger.client("admin").command("operator", "enrol", name=Personal("欧阳金丝雀"), role="auditor", node="CITY", request=enrolment(Key(), {"iat": 1}))
        assert answer.ok, answer
    postgres = postmaster(ledger)
    os.kill(postgres, signal.SIGKILL)
    ledger.daemon.wait_for("starting it again")
    ledger.stop()
    with open(os.path.join(ledger.state, "postgres", "log"), "rb") as file:
        text = file.read()
    assert "金丝雀".encode() not in text and b"ready to accept" in text, text[-2000:]
