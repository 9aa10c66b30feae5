"""Redemptions, service lines and income lines a second, next to the yardsticks in the same round."""

import statistics

import load

IN_FLIGHT = (1, 16, 64, 256)
BULK = {500: 4, 40: 16}  # commands of so many lines: so many in flight
RUNS = len(IN_FLIGHT) + 2 * len(BULK) + 4  # of a round: TPC-B twice, two more yardsticks


def redemptions(bench):
    """The best rate of the round, whichever number in flight gives it."""
    rates = {}
    for in_flight in IN_FLIGHT:
        said = load.redeem(bench.small, bench.seconds, in_flight)
        rates[in_flight] = said["per_second"]
        bench.results.figure(f"redeem_per_s_{in_flight}", said["per_second"])
        bench.results.figure(f"redeem_p50_ms_{in_flight}", said["p50_ms"])
        bench.results.figure(f"redeem_p99_ms_{in_flight}", said["p99_ms"])
    best = max(rates, key=rates.get)
    bench.results.report.setdefault("redeem_vs_tpcb_in_flight", []).append(best)
    return rates[best]


def service_lines(bench, lines):
    said = load.credit(bench.small, bench.seconds, BULK[lines], lines)
    bench.results.figure(f"credit_lines_per_s_{lines}", said["per_second"])
    for half in ("record", "confirm"):
        bench.results.figure(f"credit_{half}_ms_{lines}", said[f"{half}_s"] * 1000 * lines / said["recorded"])
    return said["per_second"]


def income_lines(bench, lines):
    bench.results.figure(f"income_lines_per_s_{lines}", load.income(bench.small, bench.seconds, BULK[lines], lines)["per_second"])


def yardstick(bench, one):
    rate = one.run(bench.seconds)
    bench.results.figure(f"{one.name}_per_s", rate)
    return rate


def one_round(bench):
    before = yardstick(bench, bench.tpcb)
    redeemed = redemptions(bench)
    tpcb = statistics.mean((before, yardstick(bench, bench.tpcb)))
    credited = service_lines(bench, 500)
    bench.results.ratio("redeem_vs_tpcb", redeemed / tpcb)
    bench.results.ratio("credit_vs_tpcb", credited / tpcb)
    for one in bench.yardsticks:
        bulk = one.transfers > 1
        bench.results.ratio(f"{'credit' if bulk else 'redeem'}_vs_{one.name}", (credited if bulk else redeemed) / yardstick(bench, one))
    service_lines(bench, 40)
    for lines in BULK:
        income_lines(bench, lines)


def run(bench):
    bench.make("small", "tpcb", "yardsticks")
    bench.cluster.psql("postgres", "CHECKPOINT;")  # what filling the tables left to write is written
    bench.results.report["yardsticks"] = {one.name: {"clients": one.clients, "transfers_per_transaction": one.transfers} for one in [bench.tpcb, *bench.yardsticks]}
    for n in bench.rounds("posting"):
        one_round(bench)
