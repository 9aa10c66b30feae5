"""The audit's part of the bench: a bundle of 100,000 individually signed entries, and how long verifying it takes.

The bundle comes from a real ledger: four tills redeem one point at a time through lovebankd, each redemption signed by its
till, posted, sealed; an auditor exports the whole log. It is made once and kept in build/. Then `lovebank audit verify` and
the bare ES256 checks of the same requests (signatures.c, as many threads as cores) run in turn.
"""

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time

import harness
import world
from protocol import Personal

ENTRIES = 100_000
SECONDS = 17  # of a round, about
TILLS = ("till0", "till1", "till2", "till3")
VOLUNTEERS = 200
SIGNATURES = os.path.join(harness.BUILD, "tests", "bench", "signatures")
LOAD = os.path.join(harness.BUILD, "tests", "bench", "load")


def bundle_folder(entries):
    return os.path.join(os.path.dirname(harness.BUILD), f"bench-bundle-{entries}")


def points_for_all(ledger):
    """Half an hour at the highest rate there is: 5,000 points for everybody."""
    numbers = world.add_volunteers(ledger, "worker", "C", VOLUNTEERS)
    lines = [{"volunteer": v, "start": "2020-01-01T08:00:00+08:00", "end": "2020-01-01T08:30:00+08:00"} for v in numbers]
    made = ledger.do("leader", "service", "record", world.activity(lines, team="T", community="C", in_charge=Personal("组长")))
    ledger.do("worker", "service", "confirm", activity=made["activity"])
    path = os.path.join(ledger.directory, "volunteers")
    with open(path, "w") as file:
        file.writelines(f"{n}\n" for n in numbers)
    return path


def make_ledger(ledger):
    world.found(ledger)
    ledger.start()
    do = ledger.do
    do("admin", "org", "add", parent="CITY", kind="community", code="C", name="社区")
    do("admin", "org", "add", parent="CITY", kind="host", code="H", name="慈善会")
    do("admin", "team", "add", parent="C", code="T", name="服务队", colour="red")
    do("admin", "fund", "open", host="H", parent="CITY", code="F", name="基金", kind="general")
    for n, _ in enumerate(TILLS):
        do("admin", "shop", "add", parent="C", code=f"S{n}", name=f"超市{n}", fund="F", unsettled_limit="1000000000")
    do("admin", "rule", "set", {**world.RULE, "effective_from": "2000-01-01", "points": 10000, "lot_days": 36500,
                               "till_daily_points": "1000000000", "volunteer_daily_points": "1000000000"})
    for who, role, node in [("leader", "leader", "T"), ("worker", "worker", "C"), ("auditor", "auditor", "CITY")] + [(t, "till", "CITY") for t in TILLS]:
        world.enrol(ledger, who, role, node)
        ledger.share(who)
    return points_for_all(ledger)


def redeem(ledger, volunteers, entries):
    """Entries by all tills, one after the other."""
    done = ledger.value("SELECT count(*) FROM ledger.redemption")
    while done < entries:
        till = TILLS[done * len(TILLS) // entries]
        command = [LOAD, "redeem", "--home", ledger.home(till), "--count", str(min(entries - done, entries // len(TILLS))), "--seconds", "3600", "--in-flight", "256",
                   "--volunteers", volunteers, "--shops", ",".join(f"S{n}" for n in range(len(TILLS)))]
        said = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
        assert said["refused"] == 0, said
        done = ledger.value("SELECT count(*) FROM ledger.redemption")
        print(f"audit: {done} of {entries} entries, {said['per_second']:.0f} a second", file=sys.stderr, flush=True)


def make_bundle(cluster, entries):
    """The folder of the bundle, made unless it is there."""
    folder = bundle_folder(entries)
    if os.path.exists(os.path.join(folder, "SHA256SUMS")):
        return folder
    directory = os.path.join(cluster.directory, "audited")
    os.makedirs(directory)
    cluster.psql("postgres", "CREATE DATABASE audited;")
    with harness.Ledger(cluster, "audited", directory, clock=None) as ledger:
        redeem(ledger, make_ledger(ledger), entries)
        shutil.rmtree(folder, ignore_errors=True)
        print("audit: exporting", file=sys.stderr, flush=True)
        done = ledger.cli("auditor", "audit", "export", "--out", folder + ".new", as_json=False, timeout=1200)
        assert done.code == 0, done
    os.rename(folder + ".new", folder)
    return folder


def seconds_of(command):
    """Wall clock and CPU time of a program."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "LC_ALL": "C.UTF-8"})
    wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, f"{command}: exit {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout


def measure(results, folder, times, threads=os.cpu_count()):
    """Verify and bare checks in turn, the same requests on the same cores."""
    verify = [harness.LOVEBANK, "audit", "verify", "--bundle", folder, "--format", "json"]
    for turn in range(times + 1):
        _, bare_cpu, bare = seconds_of([SIGNATURES, folder, str(threads)])
        bare = json.loads(bare)
        wall, cpu, said = seconds_of(verify)
        again = json.loads(seconds_of([SIGNATURES, folder, str(threads)])[2])
        report = json.loads(said)
        assert report["holds"] and report["requests"] == bare["checked"], report
        if turn == 0:
            continue  # the first time reads the files from the disk
        checks = statistics.mean((bare["seconds"], again["seconds"]))
        for name, value in (("audit_verify_s", wall), ("audit_verify_cpu_s", cpu), ("bare_es256_s", checks), ("bare_es256_cpu_s", bare_cpu), ("audit_entries_per_s", report["entries"] / wall)):
            results.figure(name, value)
        results.ratio("audit_vs_signatures", wall / checks)


def run(bench):
    entries = round(ENTRIES * bench.scale)
    began = time.monotonic()
    folder = make_bundle(bench.cluster, entries)
    bench.progress.apart += time.monotonic() - began
    bench.progress.say("audit")
    bench.results.report["audit_entries"] = entries
    measure(bench.results, folder, bench.plan.rounds)
