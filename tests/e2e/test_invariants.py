"""The control of every other test: the check that runs after each of them finds what a hand with SQL has changed."""

import invariants
from expect import equal, unchecked
from protocol import Personal
from tamper import leaf_changed, leaf_dropped, leaves_exchanged
from world import earn

DAMAGE = {
    # what was done: (SQL, a phrase that the check must say)
    "a posting's amount": ("UPDATE ledger.posting SET amount = amount + 1 WHERE entry = 1 AND line = 2", "sums to zero"),
    "a balance after a posting": ("UPDATE ledger.posting SET balance = balance + 1 WHERE entry = 1 AND line = 2", "the sum so far"),
    "an amount in a run": ("UPDATE ledger.posting_run SET amounts[2] = amounts[2] + 1", "sums to zero"),
    "the balance before a run": ("UPDATE ledger.posting_run SET balance = balance + 1", "the sum so far"),
    "a run cut short": ("UPDATE ledger.posting_run SET amounts = amounts[:cardinality(amounts) - 1]", "its last posting left it"),
    "a run moved": ("UPDATE ledger.posting_run SET entry = entry + 1 WHERE entry = (SELECT max(entry) FROM ledger.posting_run)", "sums to zero"),
    "an account's balance": ("UPDATE ledger.account SET balance = balance - 1 WHERE number = 'P2100' AND id = (SELECT min(id) FROM ledger.account WHERE number = 'P2100')", "its last posting left it"),
    "a version skipped": ("UPDATE ledger.posting SET version = version + 1 WHERE entry = (SELECT max(entry) FROM ledger.posting) AND line = 1", "no gap and no fork"),
    "an entry deleted": ("DELETE FROM ledger.posting WHERE entry = 2; DELETE FROM ledger.entry WHERE number = 2", "without a gap"),
    "an entry's postings deleted": ("DELETE FROM ledger.posting WHERE entry = (SELECT max(number) FROM ledger.entry)", "every entry has postings"),
    "both legs raised alike": (
        "UPDATE ledger.posting SET amount = amount * 2, balance = balance + amount WHERE entry = (SELECT max(number) FROM ledger.entry);"
        "UPDATE ledger.account a SET balance = p.balance FROM ledger.posting p WHERE p.account = a.id AND p.version = a.version",
        "leaf of entry",
    ),
    "the balance that a lot says": ("UPDATE ledger.lot SET balance = balance - 1 WHERE id = 1", "the sum so far"),
    "a lot topped up": ("UPDATE ledger.lot SET remaining = amount, amount = amount + 5; UPDATE ledger.lot SET remaining = amount", "lot"),
    "entries in another order": (
        "UPDATE ledger.entry SET number = -1 WHERE number = 1; UPDATE ledger.entry SET number = 1 WHERE number = 2; UPDATE ledger.entry SET number = 2 WHERE number = -1",
        "strictly increasing",
    ),
    "a leaf edited": (leaf_changed(5, "convert_to(replace(convert_from(body, 'UTF8'), '\"1\"', '\"2\"') || ' ', 'UTF8')"), "another root"),
    "the last leaf deleted": (leaf_dropped(f"(SELECT max(index) FROM {invariants.LEAVES})"), "every leaf belongs"),
    "a leaf deleted": (leaf_dropped(5), "leaves are numbered"),
    "two leaves exchanged": (leaves_exchanged(3, 4), "another root"),
    "a run of leaves moved": ("UPDATE ledger.leaf SET first = first + 1 WHERE first = (SELECT max(first) FROM ledger.leaf)", "leaves are numbered"),
    "a leaf twice": ("INSERT INTO ledger.leaf SELECT first + 1, bodies[2:2] FROM ledger.leaf WHERE cardinality(bodies) > 1 LIMIT 1", "leaves are numbered"),
    "all leaves in one run": (
        f"CREATE TEMP TABLE whole AS SELECT array_agg(body ORDER BY index) AS bodies FROM {invariants.LEAVES}; DELETE FROM ledger.leaf;"
        "ALTER TABLE ledger.leaf DROP CONSTRAINT leaf_bodies_check; INSERT INTO ledger.leaf SELECT 0, bodies FROM whole",
        "a run holds",
    ),
    "a checkpoint's root": ("UPDATE ledger.checkpoint SET root = sha256(root) WHERE size = (SELECT max(size) FROM ledger.checkpoint)", "another root"),
    "a checkpoint's signature": ("UPDATE ledger.checkpoint SET signature = sha256(signature) || sha256(root) WHERE size = (SELECT max(size) FROM ledger.checkpoint)", "not signed by the log's key"),
    "a personal value edited": ("UPDATE ledger.personal SET value = value || '1' WHERE commitment IN (SELECT commitment FROM ledger.personal LIMIT 1)", "open their commitments"),
    "an erasure without its effect": ("INSERT INTO ledger.erasure SELECT 1, 'volunteer', min(number), NULL, 1, 'x', 1 FROM ledger.volunteer", "what was erased is gone"),
    "a sealed value that can be read": ("INSERT INTO ledger.personal_sealed SELECT *, '2055-12-31' FROM ledger.personal LIMIT 1", "what is sealed"),
    "the only key of a use ended": ("INSERT INTO ledger.ledger_key_end SELECT id, 'x', 1 FROM ledger.ledger_key WHERE use = 'tls'", "a key of the ledger is in force"),
    "a stored request's bytes": ("UPDATE ledger.request SET payload = payload || ' ' WHERE number = 3", "its hash is not"),
    "a stored request with its hash": (
        "UPDATE ledger.request SET payload = payload || ' ' WHERE number = 3; UPDATE ledger.request SET hash = sha256(convert_to(core.base64url(protected) || '.' || "
        "core.base64url(payload) || '.' || core.base64url(signature), 'UTF8')) WHERE number = 3",
        "the signature is wrong",
    ),
    "a stored answer": ("UPDATE ledger.request SET result = result || '{\"code\": \"X\"}' WHERE number = 3", "does not name its result"),
    "a request deleted": ("DELETE FROM ledger.request WHERE number = 4", "requests are numbered"),
    "a volunteer's day started again": ("UPDATE ledger.account SET redeemed = redeemed - 1 WHERE redeemed > 0", "the last day that he did"),
    "a record that waits forgotten": ("UPDATE ledger.service_open SET records = records + 1 WHERE activity = 1", "wait for a decision"),
    "a till's day started again": ("DELETE FROM ledger.daily_use", "counted by days"),
    "a second redemption of thin air": ("UPDATE ledger.redemption_refund SET points = points + 100", "refunded up to its points"),
    "a points decision raised": ("UPDATE ledger.service_decision SET points = points + 1 WHERE record = 1", "what the decisions say"),
    "an approval given to the one who asked": ("UPDATE ledger.disbursement SET person = (SELECT person FROM ledger.disbursement_approval WHERE ordinal = 1)", "two people"),
    "an approval removed after payment": ("DELETE FROM ledger.disbursement_approval WHERE ordinal = 1", "approved twice"),
}


def book(ledger):
    """A little of everything."""
    people = ledger.facts["volunteers"][:3]
    earn(ledger, people)
    made = ledger.do("till", "redemption", "make", shop="QX-S1", volunteer=people[0], points="7")
    ledger.do("till", "redemption", "refund", redemption=made["entry"], points="2")
    ledger.do("treasurer", "fund", "transfer", {"from": "QX-GF", "to": "QX-F1", "kind": "seed", "amount": "200000"})
    asked = ledger.do("treasurer", "disbursement", "request", fund="QX-F1", amount="1000", payee=Personal("食堂"), resolution="3", content="午餐")["disbursement"]
    for who in ("approver", "approver2"):
        ledger.do(who, "disbursement", "approve", disbursement=asked)
    ledger.do("treasurer2", "disbursement", "pay", disbursement=asked, bank_reference="B-1")


def said(ledger):
    try:
        invariants.check(ledger.rows, ledger.known()["log"])
    except AssertionError as found:
        return str(found)
    return ""


@unchecked
def test_every_kind_of_damage_is_found(ledger):
    """Rows changed past every trigger are found, each by the rule that it breaks; a whole ledger raises no alarm."""
    book(ledger)
    ledger.stop()
    equal(said(ledger), "", "the check of a good ledger")
    whole = ledger.database
    missed = []
    for number, (what, (sql, phrase)) in enumerate(DAMAGE.items()):
        ledger.database = f"{whole}_{number}"
        ledger.cluster.clone(whole, ledger.database)
        ledger.sql("SET session_replication_role = replica;" + sql)
        found = said(ledger)
        if phrase not in found:
            missed.append(f"{what}: the check said: {found[:500]}")
        ledger.cluster.drop(ledger.database)
    ledger.database = whole
    assert not missed, "\n".join(missed)


@unchecked
def test_posted_rows_cannot_be_changed_by_anybody(ledger):
    """UPDATE, DELETE and TRUNCATE of posted rows are refused to the superuser too; the daemon's role reaches no table at all."""
    book(ledger)
    tables = [r["tablename"] for r in ledger.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'ledger'")]
    first = {t: ledger.value(f"SELECT attname FROM pg_attribute WHERE attrelid = 'ledger.{t}'::regclass AND attnum = 1") for t in tables}
    changes = {t: [f"UPDATE ledger.{t} SET {first[t]} = {first[t]}", f"DELETE FROM ledger.{t}", f"TRUNCATE ledger.{t} CASCADE"] for t in tables}
    posted = [t for t in tables if t not in ("account", "lot", "daily_use", "service_open", "personal", "personal_sealed", "import_file")]
    refused_with(ledger, "postgres", "23000", [sql for t in posted for sql in changes[t]])
    refused_with(ledger, "postgres", "23000", ["DELETE FROM ledger.account", "DELETE FROM ledger.lot", "DELETE FROM ledger.service_open", "UPDATE ledger.service_open SET activity = 1", "UPDATE ledger.lot SET expires_on = expires_on + 1", "UPDATE ledger.account SET owner = 1"])
    others = ["SELECT core.now()", "SELECT op.rule_show(NULL, '{}')", "CREATE TABLE public.x ()", "CREATE SCHEMA x"]
    for table in tables:
        others += [*changes[table], f"SELECT FROM ledger.{table}", f"INSERT INTO ledger.{table} DEFAULT VALUES"]
    refused_with(ledger, "lovebankd", "42501", others)
    ledger.check()


def refused_with(ledger, role, state, statements):
    """Each statement fails with that SQLSTATE."""
    quoted = ", ".join("'" + sql.replace("'", "''") + "'" for sql in statements)
    ledger.sql(
        f"""SET ROLE {role};
        DO $$
        DECLARE sql text; state text;
        BEGIN
            FOREACH sql IN ARRAY ARRAY[{quoted}] LOOP
                state := '00000';
                BEGIN
                    EXECUTE sql;
                EXCEPTION WHEN OTHERS THEN
                    state := SQLSTATE;
                END;
                IF state <> '{state}' THEN
                    RAISE EXCEPTION '% gave %', sql, state;
                END IF;
            END LOOP;
        END $$;"""
    )
