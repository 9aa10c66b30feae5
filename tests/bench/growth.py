"""The large ledger next to an all but empty one; how soon it answers after a start, and what memory its daemon takes."""

import time

import load
import measure
import posting

IN_FLIGHT = 64
CONNECTIONS = 1000
RUNS = 8  # of a round, with what is measured once


def first_answer(ledger, volunteer):
    """Seconds from the start of lovebankd to the first redemption posted and answered, its answer verified."""
    ledger.daemon.stop()
    began = time.monotonic()
    ledger.start()
    answer = ledger.client_of("till0").command("redemption", "make", shop=load.SHOPS[0], volunteer=volunteer, points="1")
    assert answer.ok, answer
    return time.monotonic() - began


def start_and_memory(bench, ledger):
    with open(ledger.spenders) as file:
        volunteer = int(file.readline())
    for n in bench.rounds("growth: start-up, memory"):
        bench.results.figure("startup_s_large", first_answer(ledger, volunteer))
        pid = ledger.daemon.process.pid
        resident, own = measure.memory_mib(pid)
        bench.results.figure("rss_mib_idle", resident)
        bench.results.figure("rss_own_mib_idle", own)
        with load.Connections(ledger, CONNECTIONS):
            resident, own = measure.memory_mib(pid)
        bench.results.figure("rss_mib_1000_connections", resident)
        bench.results.figure("rss_own_mib_1000_connections", own)


def pair(bench, n, name, of):
    """The same load on both ledgers, one after the other."""
    rates = [said["per_second"] for said in measure.in_turn(n, lambda: of(bench.small), lambda: of(bench.large))]
    for which, rate in zip(("empty", "large"), rates):
        bench.results.figure(name.format(which), rate)
    return rates[1] / rates[0]


def other_levels(bench):
    """The rest of what is measured on the small ledger, once."""
    for in_flight in set(posting.IN_FLIGHT) - {IN_FLIGHT}:
        bench.results.figure(f"redeem_per_s_large_{in_flight}", load.redeem(bench.large, bench.seconds, in_flight)["per_second"])
    for lines, in_flight in posting.BULK.items():
        bench.results.figure(f"income_lines_per_s_large_{lines}", load.income(bench.large, bench.seconds, in_flight, lines)["per_second"])
    bench.results.figure("credit_lines_per_s_large_40", load.credit(bench.large, bench.seconds, posting.BULK[40], 40)["per_second"])


def run(bench):
    """Comes first, while the small ledger is small."""
    bench.make("large", "small")
    bench.results.figure("large_ledger_postings", bench.large.postings())
    if bench.large.made_s:
        bench.results.report["large_ledger_made_s"] = round(bench.large.made_s)
    load.redeem(bench.large, 2 * bench.seconds, IN_FLIGHT)  # warms it up
    for n in bench.rounds("growth"):
        bench.results.ratio("redeem_large_vs_empty", pair(bench, n, f"redeem_per_s_{{}}_{IN_FLIGHT}", lambda ledger: load.redeem(ledger, bench.seconds, IN_FLIGHT)))
        bench.results.ratio("credit_large_vs_empty", pair(bench, n, "credit_lines_per_s_{}_500", lambda ledger: load.credit(ledger, bench.seconds, posting.BULK[500], 500)))
    other_levels(bench)
    start_and_memory(bench, bench.large)
    bench.done_with("large")
