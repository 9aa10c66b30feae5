"""Reads (balances and receipts in turn) and redemptions, each alone and both at once."""

import load
import measure

READS_IN_FLIGHT = 1  # one after the other: more of them take from the redemptions what CPU they get
WRITES_IN_FLIGHT = 64
RUNS = 3


def run(bench):
    bench.make("small")
    results = bench.results
    for n in bench.rounds("reads"):
        reads, writes = (bench.small, bench.seconds, READS_IN_FLIGHT), (bench.small, bench.seconds, WRITES_IN_FLIGHT)
        alone = [said["per_second"] for said in measure.in_turn(n, lambda: load.read(*reads), lambda: load.redeem(*writes))]
        under_way = load.begin_read(*reads), load.begin_redeem(*writes)
        both = [one.finish()["per_second"] for one in under_way]
        for name, one, other, with_other in zip(("reads", "writes"), alone, both, ("write", "read")):
            results.figure(f"{name}_per_s_alone", one)
            results.figure(f"{name}_per_s_under_{with_other}", other)
            results.ratio(f"{name}_under_{with_other}_vs_alone", other / one)
