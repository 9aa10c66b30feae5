#!/usr/bin/python3
"""make bench: how fast the ledger is, as ratios to PostgreSQL's own benchmark on the same cluster in the same run; and how fast
an audit is, as a ratio to the bare signature checks (audit.py).

Everything goes through the real lovebankd over TLS: each redemption is signed by a till and its answer verified, each service
line stands in a leader's signed command of 500 and is confirmed by a worker's. Figures go to build/bench.json.
"""

import argparse
import json
import os
import platform
import random
import re
import resource
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e"))
os.environ.setdefault("LOVEBANK_BUILD", os.path.join(HERE, "..", "..", "build", "release"))

import audit  # noqa: E402
import cluster as pg  # noqa: E402
import harness  # noqa: E402
import protocol  # noqa: E402
import world  # noqa: E402

LOAD = os.path.join(harness.BUILD, "tests", "bench", "load")
SHOPS = 19
SETTINGS = {"shared_buffers": "256MB", "max_wal_size": "2GB", "log_min_messages": "warning", "log_error_verbosity": "terse"}


class BenchCluster(pg.Cluster):
    """Durability as PostgreSQL comes (fsync and synchronous_commit on), the same settings for both sides of a ratio."""

    def __init__(self):
        super().__init__(fsync=True)

    def start(self, patience=60):
        self.settings.update(SETTINGS)
        super().start(patience)


def make_ledger(ledger, volunteers):
    world.found(ledger)
    ledger.start()
    do = ledger.do
    do("admin", "org", "add", parent="CITY", kind="community", code="C", name="社区")
    do("admin", "org", "add", parent="CITY", kind="host", code="H", name="慈善会")
    do("admin", "team", "add", parent="C", code="T", name="服务队", colour="red")
    do("admin", "fund", "open", host="H", parent="CITY", code="F", name="基金", kind="general", min_balance="0")
    for n in range(SHOPS):
        do("admin", "shop", "add", parent="C", code=f"S{n}", name=f"超市{n}", fund="F", unsettled_limit="1000000000", return_limit="0")
    do("admin", "rule", "set", {**world.RULE, "effective_from": "2000-01-01", "daily_minutes": 1440, "lot_days": 36500,
                               "till_daily_points": "1000000000", "volunteer_daily_points": "1000000000"})
    for who, role, node in (("till", "till", "CITY"), ("leader", "leader", "T"), ("worker", "worker", "C")):
        world.enrol(ledger, who, role, node)
        ledger.share(who)
    numbers = []
    for first in range(0, volunteers, 1000):
        numbers += world.add_volunteers(ledger, "worker", "C", min(1000, volunteers - first))
    path = os.path.join(ledger.directory, "volunteers")
    random.Random(1).shuffle(numbers)
    with open(path, "w") as file:
        file.writelines(f"{n}\n" for n in numbers)
    return path


def load(ledger, kind, seconds, in_flight, **more):
    command = [LOAD, kind, "--home", ledger.home("leader" if kind == "credit" else "till"), "--seconds", str(seconds), "--in-flight", str(in_flight),
               "--volunteers", ledger.volunteers]
    if kind == "credit":
        command += ["--confirm-home", ledger.home("worker"), "--team", "T", "--community", "C", "--skip", str(ledger.skip)]
    else:
        command += ["--shops", ",".join(f"S{n}" for n in range(SHOPS))]
    for name, value in more.items():
        command += ["--" + name, str(value)]
    said = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    if kind == "credit":
        ledger.skip += said["done"]
    assert said["refused"] == 0, said
    return said


def pgbench(cluster, seconds):
    done = subprocess.run([f"{pg.bindir()}/pgbench", "-h", cluster.directory, "-U", cluster.superuser, "-c", "16", "-j", "2", "-T", str(round(seconds)), "tpcb"],
                          check=True, capture_output=True, text=True)
    return float(re.search(r"tps = ([0-9.]+)", done.stdout).group(1))


def cpu_seconds(pids):
    total = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/stat") as file:
                fields = file.read().rsplit(")", 1)[1].split()
            total += int(fields[11]) + int(fields[12])
        except OSError:
            pass
    return total / os.sysconf("SC_CLK_TCK")


def where_time_goes(cluster, ledger, seconds):
    """CPU time per redemption of daemon, PostgreSQL and client apart."""
    postgres = [cluster.process.pid, *cluster.backends()]
    before = cpu_seconds([ledger.daemon.process.pid]), cpu_seconds(postgres), resource.getrusage(resource.RUSAGE_CHILDREN)
    said = load(ledger, "redeem", seconds, 64)
    after = cpu_seconds([ledger.daemon.process.pid]), cpu_seconds(postgres), resource.getrusage(resource.RUSAGE_CHILDREN)
    client = (after[2].ru_utime + after[2].ru_stime) - (before[2].ru_utime + before[2].ru_stime)
    us = 1e6 / said["done"]
    return {"daemon": (after[0] - before[0]) * us, "postgresql": (after[1] - before[1]) * us, "client": client * us}


def summary(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def rounds(cluster, ledger, count, seconds):
    """Each figure once a round, the yardstick before and after; ratios are taken inside a round."""
    figures, ratios = {}, {}

    def note(table, name, value):
        table.setdefault(name, []).append(value)

    for n in range(count):
        print(f"round {n + 1} of {count}", file=sys.stderr, flush=True)
        yard = [pgbench(cluster, seconds)]
        for in_flight in (1, 16, 64, 256):
            said = load(ledger, "redeem", seconds, in_flight)
            note(figures, f"redeem_per_s_{in_flight}", said["per_second"])
            note(figures, f"redeem_p99_ms_{in_flight}", said["p99_ms"])
        yard.append(pgbench(cluster, seconds))
        said = load(ledger, "credit", seconds, 4, lines=500)
        note(figures, "credit_lines_per_s", said["per_second"])
        tpcb = statistics.mean(yard)
        note(figures, "tpcb_per_s", tpcb)
        note(ratios, "redeem_vs_tpcb", max(figures[f"redeem_per_s_{i}"][-1] for i in (16, 64, 256)) / tpcb)
        note(ratios, "credit_vs_tpcb", said["per_second"] / tpcb)
    return figures, ratios


def of_ledger(cluster, given):
    """Figures, ratios and the rest of the report for posting."""
    cluster.psql("postgres", "CREATE DATABASE tpcb; CREATE DATABASE ledger;")
    subprocess.run([f"{pg.bindir()}/pgbench", "-h", cluster.directory, "-U", cluster.superuser, "-q", "-i", "-s", "16", "tpcb"], check=True, capture_output=True)
    directory = os.path.join(cluster.directory, "bench")
    os.makedirs(directory)
    with harness.Ledger(cluster, "ledger", directory, clock=None) as ledger:
        ledger.skip = 0
        ledger.volunteers = make_ledger(ledger, given.volunteers)
        print("crediting the volunteers", file=sys.stderr, flush=True)
        while ledger.skip < given.volunteers * 8:
            load(ledger, "credit", 2, 4, lines=500)
        figures, ratios = rounds(cluster, ledger, given.rounds, given.seconds)
        cpu = where_time_goes(cluster, ledger, given.seconds)
        bytes_posted = ledger.value("SELECT pg_database_size(current_database())") / ledger.value("SELECT count(*) FROM ledger.posting")
    return figures, ratios, {"cpu_us_per_redemption": cpu, "disk_bytes_per_posting": bytes_posted}


def table(title, rows, digits):
    print(f"\n{title:<28}{'median':>12}{'min':>12}{'max':>12}")
    for name, row in rows.items():
        print(f"{name:<28}{row['median']:>12.{digits}f}{row['min']:>12.{digits}f}{row['max']:>12.{digits}f}")


def main():
    parse = argparse.ArgumentParser(description=__doc__)
    parse.add_argument("--rounds", type=int, default=3)
    parse.add_argument("--seconds", type=float, default=5)
    parse.add_argument("--volunteers", type=int, default=5000)
    parse.add_argument("--only", choices=("ledger", "audit"), help="half of it; its figures replace those in the file")
    parse.add_argument("--entries", type=int, default=audit.ENTRIES, help="of the bundle that is audited")
    parse.add_argument("--out", default=os.path.join(HERE, "..", "..", "build", "bench.json"))
    given = parse.parse_args()
    cluster = BenchCluster()
    began = time.monotonic()
    figures, ratios, report = {}, {}, {}
    try:
        if given.only != "audit":
            figures, ratios, report = of_ledger(cluster, given)
        if given.only != "ledger":
            for table_of, more in zip((figures, ratios), audit.run(cluster, given.entries)):
                table_of.update(more)
            report["audit_entries"] = given.entries
    finally:
        cluster.stop()
    figures, ratios = ({name: summary(values) for name, values in t.items()} for t in (figures, ratios))
    table("ratios", ratios, 2)
    table("figures", figures, 1)
    if "cpu_us_per_redemption" in report:
        print("\nCPU time of a redemption, us    " + "   ".join(f"{who} {us:.0f}" for who, us in report["cpu_us_per_redemption"].items()))
    if given.only and os.path.exists(given.out):
        with open(given.out) as file:
            before = json.load(file)
        ratios, figures, report = {**before["ratios"], **ratios}, {**before["figures"], **figures}, {**before, **report}
    report = {**report, "ratios": ratios, "figures": figures, "cores": os.cpu_count(), "seconds": time.monotonic() - began,
              "postgresql": subprocess.run([f"{pg.bindir()}/postgres", "-V"], capture_output=True, text=True).stdout.strip(),
              "settings": cluster.settings, "machine": platform.platform(), "rounds": given.rounds}
    with open(given.out, "w") as file:
        json.dump(report, file, indent=2, ensure_ascii=False)
        file.write("\n")
    print(f"\n{os.path.relpath(given.out)} written after {report['seconds']:.0f} s")


if __name__ == "__main__":
    main()
