"""Latency of redemptions at half of the highest rate of this run, open loop: a request is due when it is due, and waiting counts.
Twice a round: as it comes, and while PostgreSQL makes a checkpoint at once in the middle, as hard as it can."""

import statistics
import time

import load
import measure
import posting

RUN = 20
SECONDS = 2 * RUN
IN_FLIGHT_MAX = 256


def highest_rate(bench):
    figures = bench.results.figures
    names = [name for name in (f"redeem_per_s_{n}" for n in posting.IN_FLIGHT) if name in figures]
    return max([statistics.median(figures[name]) for name in names] or [load.redeem(bench.small, bench.seconds, n)["per_second"] for n in posting.IN_FLIGHT[1:]])


def checkpoint(bench):
    began = time.monotonic()
    bench.cluster.psql("postgres", "CHECKPOINT;")
    bench.results.figure("checkpoint_s", time.monotonic() - began)


def measured(bench, rate, in_the_middle, of_what):
    """One run; figures of the names in of_what."""
    seconds = RUN * bench.scale
    stolen = measure.Stolen()
    under_way = load.begin_redeem(bench.small, seconds, IN_FLIGHT_MAX, rate=rate)
    time.sleep(seconds / 2)
    in_the_middle()
    said = under_way.finish()
    bench.results.figure("half_load_per_s", said["per_second"])
    bench.results.figure("half_load_stolen_percent", 100 * stolen.share())
    for name, figure in of_what.items():
        bench.results.figure(figure, said[name])


def run(bench):
    bench.make("small")
    rate = round(highest_rate(bench) / 2)
    for _ in bench.rounds("latency"):
        measured(bench, rate, lambda: None, {"p50_ms": "p50_ms_half_load", "p99_ms": "p99_ms_half_load", "p999_ms": "p999_ms_half_load_no_checkpoint"})
        measured(bench, rate, lambda: checkpoint(bench), {"p99_ms": "p99_ms_half_load_checkpoint", "p999_ms": "p999_ms_half_load", "max_ms": "max_ms_half_load"})
