#!/usr/bin/python3
"""make bench: how fast the ledger is, as ratios to others measured in the same run on the same machine.

Everything goes through the real lovebankd over TLS; every request is signed and every answer and receipt checked by the load
generator. What is compared stands in the same round, one right after the other. Prints a table and writes build/bench.json.
docs/performance.md says what each name means.
"""

import argparse
import contextlib
import functools
import json
import os
import platform
import resource
import signal
import subprocess
import sys
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests", "e2e"))
os.environ.setdefault("LOVEBANK_BUILD", os.path.join(ROOT, "build", "release"))

import audit  # noqa: E402
import bare  # noqa: E402
import cluster as pg  # noqa: E402
import cost  # noqa: E402
import growth  # noqa: E402
import kernel  # noqa: E402
import latency  # noqa: E402
import ledgers  # noqa: E402
import measure  # noqa: E402
import posting  # noqa: E402
import reads  # noqa: E402
import spots  # noqa: E402
import yardsticks  # noqa: E402

# In this order: growth while the small ledger is small, latency once the highest rate is known, cost last of those that load it.
GROUPS = {"growth": growth, "posting": posting, "reads": reads, "spots": spots, "latency": latency, "cost": cost, "bare": bare, "audit": audit}
SET_UP = 60  # seconds
ROUNDS, SECONDS, VOLUNTEERS = 3, 3, 2000
LARGE = {"default": (1_000_000, 54_000), "full": (10_000_000, 540_000), "quick": (20_000, 1_000)}  # postings, volunteers
BUDGET = 600


class Bench:
    """One run of it: the plan, what it measures on (each made when a group first asks for it), and the results."""

    def __init__(self, plan):
        self.plan = plan
        self.seconds = plan.seconds
        self.scale = 0.1 if plan.quick else 1  # of whatever is not a number of plan.seconds
        self.results = measure.Results()
        self.progress = measure.Progress(SET_UP + sum(self.expected(GROUPS[name]) for name in plan.only))

    def expected(self, group):
        return self.plan.rounds * (getattr(group, "SECONDS", 0) * self.scale + getattr(group, "RUNS", 0) * (self.seconds + 0.5))

    def rounds(self, name):
        for n in range(self.plan.rounds):
            self.progress.say(f"{name}: {n + 1} of {self.plan.rounds}")
            yield n

    @functools.cached_property
    def cluster(self):
        made = ledgers.BenchCluster(ledgers.temporary_folder())
        self.results.report["settings"] = {**made.settings, "file_system": ledgers.file_system(made.data)}
        if ledgers.file_system(made.data) == "tmpfs":
            self.progress.say("build/ is in memory: nothing here says how fast a durable ledger is")
        return made

    @functools.cached_property
    def small(self):
        self.progress.say("making the small ledger")
        return self.with_wal(ledgers.small(self.cluster, VOLUNTEERS if self.scale == 1 else VOLUNTEERS // 4, self.progress.say))

    @functools.cached_property
    def large(self):
        return self.with_wal(ledgers.large(*LARGE["quick" if self.plan.quick else self.plan.size], self.progress))

    def with_wal(self, ledger):
        if not self.plan.quick:
            self.progress.say("making WAL files to use again")
            ledger.cluster.fill_wal()
        return ledger

    @functools.cached_property
    def tpcb(self):
        self.progress.say("filling pgbench's tables")
        return yardsticks.tpcb(self.cluster)

    @functools.cached_property
    def yardsticks(self):
        self.progress.say("filling the other yardsticks' tables")
        return yardsticks.of_folders(self.cluster)

    def make(self, *names):
        """Makes what a group needs before its clock runs."""
        for name in names:
            getattr(self, name)

    def done_with(self, name):
        """Stops a ledger with its cluster, or the cluster."""
        made = self.__dict__.pop(name, None)
        if made:
            made.stop()

    def close(self):
        with contextlib.ExitStack() as stack:
            for name in ("cluster", "small", "large"):  # the last one first, all of them whatever happens
                stack.callback(self.done_with, name)

    def run(self, names):
        """Runs these groups; the names of those that failed. The others' figures stand."""
        failed = []
        for name in names:
            try:
                GROUPS[name].run(self)
            except (AssertionError, RuntimeError, OSError, KeyError, ValueError, subprocess.SubprocessError):
                traceback.print_exc()
                failed.append(name)
        return failed

    def measure(self, state):
        """What failed; state gets how the kernel of the server was set. An auditor's machine is another: its kernel is as it comes."""
        of_server = [name for name in self.plan.only if name != "audit"]
        with contextlib.nullcontext({}) if self.plan.quick else kernel.settled() as state["kernel"]:
            failed = self.run(of_server)
        return failed + self.run(name for name in self.plan.only if name not in of_server)


def said_by(*command):
    try:
        return subprocess.run(command, capture_output=True, text=True, cwd=ROOT).stdout.split("\n")[0].strip()
    except OSError:
        return ""


def versions():
    return {
        "lovebank": said_by("git", "rev-parse", "--short", "HEAD"),
        "postgresql": said_by(f"{pg.bindir()}/postgres", "-V"),
        "openssl": said_by("openssl", "version"),
        **{name: said_by("pkg-config", "--modversion", package) for name, package in (("nghttp2", "libnghttp2"), ("libevent", "libevent"))},
        "gcc": said_by("gcc", "--version"),
        "kernel": platform.release(),
    }


def machine():
    with open("/proc/cpuinfo") as file:
        model = next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), platform.machine())
    return {"cpu": model, "memory_mib": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20, "load_at_start": os.getloadavg()[0]}


def merged(report, path):
    """The report on top of that of the last run: what was not measured now stays as it was."""
    if not os.path.exists(path):
        return report
    with open(path) as file:
        before = json.load(file)
    return {**before, **report, **{name: {**before.get(name, {}), **report[name]} for name in ("ratios", "figures")}}


def groups(text):
    names = text.split(",")
    if set(names) - set(GROUPS):
        raise argparse.ArgumentTypeError(f"groups are {', '.join(GROUPS)}")
    return [name for name in GROUPS if name in names]


def arguments():
    parse = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parse.add_argument("--only", type=groups, help=f"some of {','.join(GROUPS)}; their figures replace those in the file")
    parse.add_argument("--quick", action="store_true", help="whether it all works, in about a minute; its figures say little")
    parse.add_argument("--rounds", type=int)
    parse.add_argument("--seconds", type=float, help=f"of each load ({SECONDS})")
    parse.add_argument("--out", help="build/bench.json, with --quick build/bench-quick.json")
    plan = parse.parse_args()
    plan.out = plan.out or os.path.join(ledgers.BUILD, "bench-quick.json" if plan.quick else "bench.json")
    plan.partial = plan.only is not None
    plan.only = plan.only or [name for name in GROUPS if not plan.quick or name != "audit"]
    plan.rounds = plan.rounds or (1 if plan.quick else ROUNDS)
    plan.seconds = plan.seconds or (1 if plan.quick else SECONDS)
    plan.size = "full" if os.environ.get("BENCH") == "full" else "default"
    return plan


def main():
    plan = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    state, others = machine(), measure.Others()
    bench = Bench(plan)
    try:
        failed = bench.measure(state)
    finally:
        bench.close()
    results = bench.results
    state["cpu_share_of_others"] = round(others.share(), 3)
    report = {"ratios": measure.summaries(results.ratios), "figures": measure.summaries(results.figures), "cores": os.cpu_count(), "machine": state, "versions": versions(),
              "rounds": plan.rounds, "seconds_of_a_load": plan.seconds, "seconds": round(bench.progress.elapsed()), "failed": failed, **results.report}
    measure.table("ratios", report["ratios"])
    measure.table("figures", report["figures"])
    print(f"\nothers had {state['cpu_share_of_others']:.0%} of the machine's CPU time")
    if plan.partial:
        report = merged(report, plan.out)
    with open(plan.out, "w") as file:
        json.dump(report, file, indent=2, ensure_ascii=False)
        file.write("\n")
    print(f"\n{os.path.relpath(plan.out)} written after {bench.progress.elapsed():.0f} s" + (f"; failed: {', '.join(failed)}" if failed else ""))
    if bench.progress.elapsed() > BUDGET:
        print(f"that is over the budget of {BUDGET} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
