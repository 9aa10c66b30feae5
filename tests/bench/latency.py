"""Latency of redemptions at half of the highest rate, open loop: a request is due when it is due, and waiting counts.
Twice a round: as it comes, and while PostgreSQL makes a checkpoint at once in the middle, as hard as it can. The highest rate is that of the
same round, right before: on a machine that is shared, that of some minutes ago is another machine's."""

import time

import load
import measure
import posting

WARM_UP = 1  # the generator makes its table of the daemon's key then
RUN = 20
RATES = posting.IN_FLIGHT[1:]  # the best of these is the highest rate
RUNS = 1 + len(RATES)  # of a round: what the machine holds up by itself, and the rates
SECONDS = 2 * (RUN + WARM_UP)
IN_FLIGHT_MAX = 256


def checkpoint(bench):
    began = time.monotonic()
    bench.cluster.psql("postgres", "CHECKPOINT;")
    bench.results.figure("checkpoint_s", time.monotonic() - began)


def highest_rate(bench):
    return max(load.redeem(bench.small, bench.seconds, n)["per_second"] for n in RATES)


def pauses(bench):
    """A second in which a core stands still for five milliseconds, though nothing else runs, has a 99th percentile of its own."""
    said = load.pauses(bench.seconds)
    bench.results.figure("bare_pauses_per_s", said["per_second"])
    bench.results.figure("bare_pause_max_ms", said.get("max_ms", 0))


def measured(bench, rate, in_the_middle, of_what):
    """One run; figures of the names in of_what."""
    seconds = RUN * bench.scale
    stolen = measure.Stolen()
    under_way = load.begin_redeem(bench.small, seconds, IN_FLIGHT_MAX, rate=rate, warm_up=WARM_UP)
    time.sleep(WARM_UP + seconds / 2)
    in_the_middle()
    said = under_way.finish()
    bench.results.figure("half_load_per_s", said["per_second"])
    bench.results.figure("half_load_stolen_percent", 100 * stolen.share())
    for name, figure in of_what.items():
        bench.results.figure(figure, said[name])


def run(bench):
    bench.make("small")
    for _ in bench.rounds("latency"):
        pauses(bench)
        rate = round(highest_rate(bench) / 2)
        measured(bench, rate, lambda: None, {"p50_ms": "p50_ms_half_load", "p99_ms": "p99_ms_half_load", "p999_ms": "p999_ms_half_load_no_checkpoint"})
        measured(bench, rate, lambda: checkpoint(bench), {"p99_ms": "p99_ms_half_load_checkpoint", "p999_ms": "p999_ms_half_load", "max_ms": "max_ms_half_load"})
