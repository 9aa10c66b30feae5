#!/usr/bin/python3
"""Runs tests/sql/*.sql, pgTAP scripts, each in a database of its own that holds the schema; counts their lines."""

import glob
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from cluster import ROOT, Cluster  # noqa: E402

FUNCTIONS = ["00-*.sql", "01-*.sql", "core/*.sql", "op/*.sql", "api/*.sql", "99-*.sql"]


def load_schema(cluster, database):
    cluster.psql(
        "postgres",
        f"CREATE ROLE lovebank_owner NOLOGIN; CREATE ROLE lovebankd LOGIN; CREATE DATABASE {database} OWNER lovebank_owner TEMPLATE template0;",
    )
    files = sorted(glob.glob(f"{ROOT}/schema/migrations/*.sql"))
    for pattern in FUNCTIONS:
        files += sorted(glob.glob(f"{ROOT}/schema/functions/{pattern}"))
    cluster.psql(database, "BEGIN;\nSET ROLE lovebank_owner;\n" + "".join(f"\\i {file}\n" for file in files) + "COMMIT;\n")
    cluster.psql(database, "CREATE EXTENSION pgtap SCHEMA public; CREATE EXTENSION plpgsql_check SCHEMA public;")
    cluster.psql("postgres", f"ALTER DATABASE {database} SET search_path = ledger, public, pg_catalog")


def run_file(cluster, path, database):
    """Numbers of assertions that held and failed, and the log."""
    cluster.clone("template_sql", database)
    cluster.psql("postgres", f"ALTER DATABASE {database} SET search_path = ledger, public, pg_catalog")
    done = subprocess.run(
        ["psql", "-qXAt", "-h", cluster.directory, "-U", cluster.superuser, "-d", database, "-v", "ON_ERROR_STOP=1", "-f", path],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=os.path.dirname(path),
    )
    cluster.drop(database)
    good = len(re.findall(r"^ok \d+", done.stdout, re.M))
    bad = len(re.findall(r"^not ok \d+", done.stdout, re.M))
    plan = re.search(r"^1\.\.(\d+)", done.stdout, re.M)
    if done.returncode or not plan or int(plan.group(1)) != good + bad:
        bad = max(1, bad)
    return good, bad, done.stdout


def main():
    sys.stdout.reconfigure(line_buffering=True)
    cluster = Cluster()
    passed = failed = 0
    try:
        load_schema(cluster, "template_sql")
        for number, path in enumerate(p for p in sorted(glob.glob(f"{ROOT}/tests/sql/*.sql")) if not p.endswith("setup.sql")):
            if sys.argv[1:] and not any(word in path for word in sys.argv[1:]):
                continue
            good, bad, log = run_file(cluster, path, f"sql{number}")
            passed += good
            failed += bad
            print(f"{'not ok' if bad else 'ok    '}  {os.path.relpath(path, ROOT)}: {good}")
            if bad:
                print("    " + log.replace("\n", "\n    "))
    except RuntimeError as error:
        print(error)
        failed += 1
    finally:
        cluster.stop()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
