#!/usr/bin/python3
"""PostgreSQL and lovebankd are killed with SIGKILL at random moments while many clients move points; then the history is checked.

With --control the daemon answers before its COMMIT is confirmed (LOVEBANKD_FAULT, debug builds only) and the run is good
only if the checker says that acknowledged commands were lost: a zero counts only beside a control that must fail.
"""

import argparse
import os
import random
import shutil
import socket
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", default="build", help="folder of the programs")
    parser.add_argument("--seconds", type=float, default=40, help="length of the load")
    parser.add_argument("--kills", type=int, default=6, help="kills of PostgreSQL, and as many of the daemon")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--control", action="store_true", help="the daemon answers before COMMIT; the checker must find what is lost")
    return parser.parse_args()


def free_port():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


class Run:
    def __init__(self, chosen):
        import harness
        import world
        from cluster import Cluster

        self.chosen = chosen
        self.seed = chosen.seed if chosen.seed is not None else random.randrange(1 << 30)
        self.dice = random.Random(self.seed)
        # Each commit waits before it writes its WAL: kills meet it there, with and without the fault.
        self.cluster = Cluster(in_memory=False, commit_delay=50000 if chosen.control else 10000, commit_siblings=0)
        self.directory = tempfile.mkdtemp(prefix="lbkill", dir="/tmp")
        self.cluster.psql("postgres", "CREATE DATABASE kill TEMPLATE template0")
        # One port for all daemons of the run: clients meet the next one where the last one was.
        self.ledger = harness.Ledger(self.cluster, "kill", self.directory, clock=None, config={"listen": f"127.0.0.1:{free_port()}"})
        world.make_load(self.ledger, chosen.clients)
        self.environment = {"LOVEBANKD_FAULT": "answer-before-commit"} if chosen.control else {}
        self.killed = {"PostgreSQL": 0, "lovebankd": 0}

    def close(self):
        for daemon in self.ledger.daemons:
            if daemon.process.poll() is None:
                daemon.kill()
        self.cluster.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def start_daemon(self):
        return self.ledger.start(wait="lovebankd:", **self.environment)

    def kill_postgres(self):
        self.cluster.kill()
        self.cluster.start()
        self.killed["PostgreSQL"] += 1

    def kill_daemon(self):
        self.ledger.daemon.kill()
        self.start_daemon()
        self.killed["lovebankd"] += 1

    def kill(self, load):
        """Spreads the kills over the time, at random moments."""
        chosen = self.chosen
        plan = sorted((self.dice.uniform(0.05, 0.95) * chosen.seconds, kill) for kill in [self.kill_postgres, self.kill_daemon] * chosen.kills)
        started = time.monotonic()
        for moment, kill in plan:
            while time.monotonic() < started + moment and not load.stopping.is_set():
                time.sleep(0.005)
            if self.ledger.daemon.process.poll() is not None:
                raise AssertionError(f"lovebankd ended by itself, {self.ledger.daemon.process.returncode}")
            kill()
        while time.monotonic() < started + chosen.seconds and not load.stopping.is_set():
            time.sleep(0.05)

    def run(self):
        """The history and the faults that its check found."""
        import history

        ledger, chosen = self.ledger, self.chosen
        if ledger.daemons and ledger.daemon.process.poll() is None:
            ledger.stop()
        before = ledger.value("SELECT max(number) FROM ledger.request")
        start = history.balances(ledger)
        self.start_daemon().wait_for("ready")
        known = ledger.trust()
        told = history.History(lambda: known)
        keys = [(ledger.key(f"till{n}"), ledger.key(f"leader{n}"), ledger.key(f"worker{n}")) for n in range(chosen.clients)]
        load = history.Load(told, ledger, ledger.facts["volunteers"], keys, self.seed)
        load.start()
        try:
            self.kill(load)
        finally:
            load.stop()
        told.resolve()
        return told, told.check(ledger, before, start)


def main():
    chosen = options()
    os.environ["LOVEBANK_BUILD"] = os.path.abspath(chosen.build)
    run = Run(chosen)
    code = 1
    try:
        started = time.monotonic()
        told, faults = run.run()
        kinds = {}
        for fault in faults:
            kinds.setdefault(fault.split(":")[0], []).append(fault)
        again = sum(c.sent > 1 for c in told.calls)
        print(
            f"seed {run.seed}: {len(told.calls)} commands by {chosen.clients} clients in {time.monotonic() - started:.0f} s, {told.count('ok')} acknowledged, "
            f"{told.count('refused')} refused, {again} sent more than once, {sum(c.answer.replay for c in told.calls if c.answer)} answered by replay; "
            f"killed: PostgreSQL {run.killed['PostgreSQL']}, lovebankd {run.killed['lovebankd']}"
        )
        for kind, found in kinds.items():
            print(f"{kind}: {len(found)}, such as\n    " + "\n    ".join(fault[:700] for fault in found[:2 if chosen.control else 5]))
        if chosen.control:
            code = 0 if "LOST" in kinds else 1
            print("the control was caught: " + str(len(kinds["LOST"])) + " acknowledged commands were lost" if code == 0 else "THE CONTROL WAS NOT CAUGHT")
        else:
            reports = run.ledger.sanitizer_reports()
            code = 1 if faults or reports or told.count("ok") < 100 else 0
            print(reports, end="")
            print("nothing lost, nothing doubled, no limit passed" if code == 0 else "FAILED")
        if code:
            print(run.ledger.logs())
    except BaseException:
        print(f"seed {run.seed}\n{run.ledger.logs()}")
        raise
    finally:
        run.close()
    return code


if __name__ == "__main__":
    sys.exit(main())
