"""What a landed migration does to the rows of a ledger that was made before it."""

import contextlib
import glob

from cluster import ROOT
from expect import equal
from invariants import LEAVES


def migrate(cluster, database, first, last):
    paths = sorted(glob.glob(f"{ROOT}/schema/migrations/*.sql"))
    cluster.psql(database, "BEGIN;\n" + "".join(f"\\i {path}\n" for path in paths[first - 1 : last]) + "COMMIT;\n")


@contextlib.contextmanager
def migrated(cluster, number, rows):
    """A database in which rows were inserted before migration number: a function that gives the rows of a query."""
    database = f"before_{number}"
    cluster.psql("postgres", f"CREATE DATABASE {database} TEMPLATE template0;")
    migrate(cluster, database, 1, number - 1)
    cluster.psql(database, rows)
    migrate(cluster, database, number, number)
    yield lambda query: cluster.rows(database, query)
    cluster.drop(database)


def test_days_of_volunteers_move_to_their_accounts(cluster):
    """Migration 6: a volunteer's cap goes on where it was, also over the midnight before; tills keep their days."""
    rows = """
        INSERT INTO ledger.account (id, owner, number) VALUES (1, 0, 'P1000'), (2, 1000001, 'P2100'), (3, 1000002, 'P2100'), (4, 7, 'P2400');
        INSERT INTO ledger.daily_use (id, day, kind, points) VALUES (1000001, '2025-03-09', 'v', 90), (1000001, '2025-03-10', 'v', 15),
            (7, '2025-03-09', 't', 90), (7, '2025-03-10', 't', 15);"""
    with migrated(cluster, 6, rows) as found:
        equal(
            found("SELECT id, redeemed_on, redeemed FROM ledger.account ORDER BY id"),
            [{"id": 1, "redeemed_on": None, "redeemed": 0}, {"id": 2, "redeemed_on": "2025-03-10", "redeemed": 15},
             {"id": 3, "redeemed_on": None, "redeemed": 0}, {"id": 4, "redeemed_on": None, "redeemed": 0}],
        )
        equal(
            found("SELECT * FROM ledger.daily_use ORDER BY day"),
            [{"operator": 7, "day": "2025-03-09", "points": 90}, {"operator": 7, "day": "2025-03-10", "points": 15}],
        )


def test_records_that_wait_are_counted(cluster):
    """Migration 7: of each activity those without a decision; an activity of which all are decided has a row too."""
    rows = """
        INSERT INTO ledger.service_record (id, activity, volunteer, starts_at, ends_at, minutes, request)
            SELECT n, 1 + n / 4, 1000001, timestamptz '2025-03-01 01:00Z' + n * interval '1 day', timestamptz '2025-03-01 02:00Z' + n * interval '1 day', 60, 1
            FROM generate_series(1, 9) AS n;
        INSERT INTO ledger.service_decision (record, confirmed, credited_minutes, points, person, request)
            VALUES (1, true, 60, 0, 1, 2), (2, true, 60, 0, 1, 2), (3, false, 0, 0, 1, 2), (5, false, 0, 0, 1, 2);"""
    with migrated(cluster, 7, rows) as found:
        equal(found("SELECT * FROM ledger.service_open ORDER BY activity"), [{"activity": n, "records": open} for n, open in ((1, 0), (2, 3), (3, 2))])


def test_leaves_move_into_runs(cluster):
    """Migration 8: 150 leaves stand in runs of 64, 64 and 22; each is what it was, at its index; nobody changes them."""
    body = "convert_to(repeat(n::text || '叶', n), 'UTF8')"
    rows = f"INSERT INTO ledger.leaf (index, body) SELECT n, {body} FROM generate_series(149, 0, -1) AS n;"
    with migrated(cluster, 8, rows) as found:
        equal(found("SELECT first, cardinality(bodies) AS leaves FROM ledger.leaf ORDER BY first"), [{"first": first, "leaves": leaves} for first, leaves in ((0, 64), (64, 64), (128, 22))])
        equal(
            found(f"SELECT index, encode(body, 'hex') AS body FROM {LEAVES} ORDER BY index"),
            [{"index": n, "body": (f"{n}叶" * n).encode().hex()} for n in range(150)],
        )
        equal(found("SELECT tgname FROM pg_trigger WHERE tgrelid = 'ledger.leaf'::regclass AND tgenabled = 'O'"), [{"tgname": "append_only"}])
