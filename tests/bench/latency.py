"""Latency of redemptions at half of the highest rate of this run, open loop: a request is due when it is due, and waiting counts.
In the middle of each run PostgreSQL makes a checkpoint at once, as hard as it can."""

import statistics
import time

import load
import measure
import posting

SECONDS = 20
IN_FLIGHT_MAX = 256


def highest_rate(bench):
    figures = bench.results.figures
    names = [name for name in (f"redeem_per_s_{n}" for n in posting.IN_FLIGHT) if name in figures]
    return max([statistics.median(figures[name]) for name in names] or [load.redeem(bench.small, bench.seconds, n)["per_second"] for n in posting.IN_FLIGHT[1:]])


def run(bench):
    bench.make("small")
    rate = round(highest_rate(bench) / 2)
    seconds = SECONDS * bench.scale
    for n in bench.rounds("latency"):
        stolen = measure.Stolen()
        under_way = load.begin_redeem(bench.small, seconds, IN_FLIGHT_MAX, rate=rate)
        time.sleep(seconds / 2)
        began = time.monotonic()
        bench.cluster.psql("postgres", "CHECKPOINT;")
        bench.results.figure("checkpoint_s", time.monotonic() - began)
        said = under_way.finish()
        bench.results.figure("half_load_per_s", said["per_second"])
        bench.results.figure("half_load_stolen_percent", 100 * stolen.share())
        for name in ("p50_ms", "p99_ms", "p999_ms", "max_ms"):
            bench.results.figure(f"{name}_half_load", said[name])
