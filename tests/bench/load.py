"""The load generator (load.c) on a ledger of the bench: every request signed there, every answer and receipt checked there.

Each function gives what it printed; a refusal anywhere ends the bench, since refusing is cheaper than posting.
"""

import json
import os
import random
import subprocess

import harness

LOAD = os.path.join(harness.BUILD, "tests", "bench", "load")
SHOPS = [f"S{n}" for n in range(19)]
FUNDS = [f"F{n}" for n in range(8)]
TILLS = [f"till{n}" for n in range(4)]


def homes(ledger, who):
    return ",".join(ledger.home(one) for one in who)


def command(kind, **flags):
    words = [LOAD, kind]
    for name, value in flags.items():
        if value is not None:
            words += ["--" + name.replace("_", "-"), str(value)]
    return words


def anywhere():
    """Where in the file of volunteers a run begins: each at others, or all would know the same few pages."""
    return random.randrange(1 << 30)


class Running:
    """A load under way; finish() waits for its figures."""

    def __init__(self, *kind, **flags):
        self.process = subprocess.Popen(command(*kind, **flags), stdout=subprocess.PIPE, text=True)

    def finish(self):
        out, _ = self.process.communicate()
        assert self.process.returncode == 0, f"{self.process.args} ended with {self.process.returncode}"
        said = json.loads(out)
        assert said["refused"] == 0, said
        return said


def begin_redeem(ledger, seconds, in_flight, shops=SHOPS, rate=None, count=None, warm_up=None):
    """Redemptions of one point by four tills, each on a connection of its own."""
    return Running("redeem", home=homes(ledger, TILLS), seconds=seconds, in_flight=in_flight, volunteers=ledger.spenders, skip=anywhere(), shops=",".join(shops), rate=rate,
                   count=count, warm_up=warm_up)


def redeem(*args, **more):
    return begin_redeem(*args, **more).finish()


def begin_read(ledger, seconds, in_flight):
    """Points of volunteers and receipts in turn, by an auditor."""
    return Running("read", home=ledger.home("auditor"), seconds=seconds, in_flight=in_flight, volunteers=ledger.spenders, skip=anywhere())


def read(*args):
    return begin_read(*args).finish()


def credit(ledger, seconds, in_flight, lines, people=None):
    """Service lines, recorded by a leader's command and confirmed by a worker's. No service is recorded twice."""
    people = people or ledger.earners
    said = Running("credit", home=ledger.home("leader"), confirm_home=ledger.home("worker"), seconds=seconds, in_flight=in_flight, lines=lines, volunteers=people,
                   team="T", community="C", skip=ledger.credited[people]).finish()
    ledger.credited[people] += max(said["done"], said["recorded"])
    return said


def income(ledger, seconds, in_flight, lines, funds=FUNDS):
    return Running("income", home=ledger.home("cashier"), seconds=seconds, in_flight=in_flight, lines=lines, funds=",".join(funds)).finish()


def handshake(seconds):
    return Running("handshake", seconds=seconds).finish()


def pauses(seconds):
    """Pauses of the machine's cores while nobody but a clock is at work."""
    return Running("pauses", seconds=seconds).finish()


class Connections:
    """So many TLS connections held open, for a with statement."""

    def __init__(self, ledger, count):
        self.process = subprocess.Popen(command("connect", home=ledger.home("till0"), connections=count, hold=600), stdout=subprocess.PIPE, text=True)
        self.count = count

    def __enter__(self):
        said = json.loads(self.process.stdout.readline() or "{}")
        assert said.get("connected") == self.count, said
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.communicate()
