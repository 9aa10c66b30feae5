"""Hot spots: everything at one shop or into one fund, and the same spread, in turn."""

import load
import measure
import posting

IN_FLIGHT = 64
INCOME_LINES = 40
RUNS = 4


def pair(bench, n, name, spread, hot):
    spread, hot = (said["per_second"] for said in measure.in_turn(n, spread, hot))
    bench.results.figure(f"{name}_per_s_spread", spread)
    bench.results.figure(f"{name}_per_s_hot", hot)
    bench.results.ratio(f"{name}_vs_spread", hot / spread)


def run(bench):
    bench.make("small")
    ledger, seconds = bench.small, bench.seconds
    for n in bench.rounds("spots"):
        pair(bench, n, "hot_shop", lambda: load.redeem(ledger, seconds, IN_FLIGHT), lambda: load.redeem(ledger, seconds, IN_FLIGHT, shops=load.SHOPS[:1]))
        income = seconds, posting.BULK[INCOME_LINES], INCOME_LINES
        pair(bench, n, "hot_fund", lambda: load.income(ledger, *income), lambda: load.income(ledger, *income, funds=load.FUNDS[1:2]))
