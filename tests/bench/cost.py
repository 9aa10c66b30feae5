"""What one redemption costs: CPU time of each party, bytes on the disk, signatures, statements and round trips."""

import os

import load
import measure

IN_FLIGHT = 64
REDEMPTIONS = 20_000
SECONDS = 8  # of a round, about
SIZES = "SELECT relname, pg_total_relation_size(c.oid) AS bytes FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE nspname = 'ledger' AND relkind = 'r'"
STATEMENTS = "FROM pg_stat_statements WHERE dbid = (SELECT oid FROM pg_database WHERE datname = 'ledger')"


def folder_bytes(folder):
    return sum(os.path.getsize(os.path.join(path, name)) for path, _, names in os.walk(folder) for name in names)


def bytes_now(ledger):
    """Tables with their indexes, by name, and what the daemon keeps and says beside them."""
    sizes = {row["relname"]: row["bytes"] for row in ledger.rows(SIZES)}
    sizes["daemon's files"] = folder_bytes(ledger.state) + os.path.getsize(ledger.daemon.log)
    return sizes


def batches(ledger):
    return ledger.value("SELECT count(*) FROM ledger.checkpoint")


def cpu_now(bench):
    return {"daemon": measure.cpu_of(bench.small.daemon.process.pid), "postgresql": measure.cpu_of_postgres(bench.cluster)}


def one_round(bench):
    """CPU and bytes in the same run. Its batches are counted by their checkpoints: one signed for each, two round trips each."""
    ledger, results = bench.small, bench.results
    sizes, signed, cpu = bytes_now(ledger), batches(ledger), cpu_now(bench)
    said = load.redeem(ledger, 60, IN_FLIGHT, count=round(REDEMPTIONS * bench.scale))
    cpu = {who: after - cpu[who] for who, after in cpu_now(bench).items()} | {"generator": said["cpu_s"]}
    signed, done = batches(ledger) - signed, said["done"]
    grown = {name: (after - sizes.get(name, 0)) / done for name, after in bytes_now(ledger).items()}
    for who, seconds in cpu.items():
        results.figure(f"cpu_us_per_redemption_{who}", seconds / done * 1e6)
    results.figure("disk_bytes_per_redemption", sum(grown.values()))
    results.figure("redemptions_per_batch", done / signed)
    results.figure("round_trips_per_redemption", 2 * signed / done)
    # The request's is checked; the answer's is made, and the checkpoint's that its batch shares.
    results.figure("signatures_checked_per_redemption", 1)
    results.figure("signatures_made_per_redemption", 1 + signed / done)
    results.report["disk_bytes_per_redemption_by_table"] = {name: round(b, 1) for name, b in sorted(grown.items(), key=lambda item: -item[1]) if b}


def statements(bench):
    """Counted in a short run of its own, since counting costs time."""
    bench.progress.say("cost: statements")
    ledger, cluster = bench.small, bench.cluster
    plain = cluster.settings
    ledger.daemon.stop()
    cluster.restart({**plain, "shared_preload_libraries": "pg_stat_statements", "pg_stat_statements.track": "all"})
    cluster.psql("postgres", "CREATE EXTENSION IF NOT EXISTS pg_stat_statements;")
    ledger.start()
    load.redeem(ledger, 1, IN_FLIGHT)
    cluster.psql("postgres", "SELECT pg_stat_statements_reset();")
    done = load.redeem(ledger, bench.seconds, IN_FLIGHT)["done"]
    counts = cluster.rows("postgres", f"SELECT sum(calls) FILTER (WHERE toplevel) AS sent, coalesce(sum(calls) FILTER (WHERE NOT toplevel), 0) AS inside {STATEMENTS}")[0]
    bench.results.figure("statements_per_redemption", counts["sent"] / done)
    bench.results.figure("statements_in_functions_per_redemption", counts["inside"] / done)
    bench.results.report["statements_of_a_redemption"] = cluster.rows("postgres", f"""SELECT left(regexp_replace(query, '\\s+', ' ', 'g'), 100) AS statement,
        round(calls / {done}::numeric, 4) AS calls, round((total_exec_time * 1000 / {done})::numeric, 1) AS us, NOT toplevel AS in_function
        {STATEMENTS} ORDER BY total_exec_time DESC LIMIT 16""")
    ledger.daemon.stop()
    cluster.restart(plain)
    ledger.start()


def run(bench):
    bench.make("small")
    for n in bench.rounds("cost"):
        one_round(bench)
    statements(bench)
