"""The sweep of the tampering suite: what no list of cases can forget. It asks the database which tables and columns there are."""

import json

from tamper import Finding, Query

# Where a change cannot be seen by an audit of the log, and why that is right.
UNSEEN = {
    "migration.applied_at": "when an upgrade ran is in no leaf, and nothing follows from it",
    "import_file.digest": "erasable, and only a salted commitment of it was ever signed",
}
# Cells that the table's own constraints keep as they are.
FIXED = {("identity", "one")}
# Tables of which a further row cannot be told from an honest one, or cannot be added.
NOT_ADDED = {
    "identity": "the table takes one row only",
}
NOT_DROPPED = {
    "checkpoint": "where commits ended is in no leaf, so an old one cannot be missed; when the newest is gone the log is shorter (test_tampering.py)",
}
# A row's name in findings, where it is not its primary key.
KEYS = {
    "account": "number || ' ' || owner || ' ' || purpose || ' ' || restricted",
    "posting": "entry || ' ' || line",
    "posting_run": "entry || ' ' || line",
    "import_file": "op || ' ' || request",
    "personal": "core.base64url(commitment)",
    "personal_sealed": "core.base64url(commitment)",
}
# A cell that no image shows: what hangs on it goes astray instead.
ELSEWHERE = {"account.id": "posting", "lot.version": "posting", "lot.balance": "posting"}
# A table whose rows auditors see as another's.
SHOWN_AS = {"posting_run": "posting"}
# Damage to these hides other rows from the audit: each alone.
ALONE = ("leaf", "identity", "checkpoint", "tile", "tile_root")

SETUP = """
CREATE TABLE saved.swept (place serial, tab text, col text, before text, after text);
-- What a value of a column could be instead, as SQL, the likeliest first.
CREATE FUNCTION saved.others(tab text, col text, type text) RETURNS text[] LANGUAGE sql AS $$
    SELECT CASE
        WHEN type IN ('smallint', 'integer', 'bigint') THEN ARRAY['coalesce(%1$I, 0) + 1', 'coalesce(%1$I, 0) - 1', 'coalesce(%1$I, 0) + 1000', '1', '2', '0']
        WHEN type = 'boolean' THEN ARRAY['NOT %1$I']
        WHEN type = 'date' THEN ARRAY['coalesce(%1$I, ''2025-01-01'') + 1', '%1$I - 1']
        WHEN type LIKE 'timestamp%%' THEN ARRAY['%1$I + interval ''1 microsecond''', '%1$I - interval ''1 minute''']
        WHEN type = 'bytea' THEN ARRAY['set_byte(%1$I, octet_length(%1$I) - 1, get_byte(%1$I, octet_length(%1$I) - 1) # 1)', 'sha256('''')']
        WHEN type = 'jsonb' THEN ARRAY['%1$I || ''{"more": 1}''']
        WHEN type = 'uuid' THEN ARRAY['gen_random_uuid()']
        WHEN type = 'bytea[]' THEN ARRAY['ARRAY[set_byte(%1$I[1], 20, get_byte(%1$I[1], 20) # 1)] || %1$I[2:]']
        WHEN type LIKE '%%[]' THEN ARRAY['ARRAY[%1$I[1] + 1] || %1$I[2:]', 'ARRAY[1]']
        WHEN type IN ('ltree', 'ledger.ltree') THEN ARRAY['%1$I || ''x''']
        WHEN type = '"char"' THEN ARRAY['''z''']
        ELSE ARRAY['coalesce(%1$I, '''') || ''x''', 'overlay(%1$I PLACING ''7'' FROM 1 FOR 1)']
            || ARRAY(SELECT quote_literal(m[1]) FROM pg_constraint c, regexp_matches(pg_get_constraintdef(c.oid), '''([^'']*)''', 'g') AS m
                WHERE c.conrelid = ('ledger.' || quote_ident(tab))::regclass AND c.contype = 'c')
        END $$;
-- Changes one cell of a table's last row that has a value there (of any row, if none has), so that it is another afterwards.
CREATE FUNCTION saved.change(tab text, col text, type text, name text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE other text; one record; after record;
BEGIN
    FOR one IN EXECUTE format('SELECT ctid, %1$I::text AS was, (%3$s)::text AS called FROM ledger.%2$I ORDER BY %1$I IS NULL, ctid DESC LIMIT 8', col, tab, name) LOOP
        FOREACH other IN ARRAY saved.others(tab, col, type) LOOP
            BEGIN
                EXECUTE format('UPDATE ledger.%1$I SET %2$I = ' || replace(other, '%1$I', quote_ident(col)) || ' WHERE ctid = $1 RETURNING ctid, %2$I::text AS now_is, (%3$s)::text AS called', tab, col, name)
                    INTO STRICT after USING one.ctid;
                IF after.now_is IS DISTINCT FROM one.was THEN
                    INSERT INTO saved.swept (tab, col, before, after) VALUES (tab, col, one.called, after.called);
                    RETURN;
                END IF;
                one.ctid := after.ctid;
            EXCEPTION WHEN integrity_constraint_violation OR data_exception OR undefined_function OR syntax_error THEN
            END;
        END LOOP;
    END LOOP;
    RAISE EXCEPTION 'ledger.%.% cannot be changed', tab, col;
END $$;
-- Adds a copy of a table's last row under a key of its own.
CREATE FUNCTION saved.add(tab text, name text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    one record; key_columns text[]; col text; many int; at int; sets text; called text; chosen text[];
BEGIN
    SELECT array_agg(DISTINCT a.attname::text) INTO key_columns FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
        WHERE i.indrelid = ('ledger.' || quote_ident(tab))::regclass AND i.indisunique;
    FOR one IN SELECT t.columns, n FROM (SELECT ARRAY[c] AS columns, 1 AS place FROM unnest(key_columns) AS c UNION ALL SELECT key_columns, 2) AS t,
            generate_series(1, 6) AS n ORDER BY t.place DESC, n LOOP
        BEGIN
            SELECT string_agg(CASE WHEN a.attname = ANY (one.columns)
                    THEN replace((saved.others(tab, a.attname, format_type(a.atttypid, NULL)))[least(one.n, cardinality(saved.others(tab, a.attname, format_type(a.atttypid, NULL))))],
                        '%1$I', quote_ident(a.attname))
                    ELSE quote_ident(a.attname) END, ', ' ORDER BY a.attnum)
                INTO sets FROM pg_attribute a WHERE a.attrelid = ('ledger.' || quote_ident(tab))::regclass AND a.attnum > 0 AND NOT a.attisdropped;
            EXECUTE format('INSERT INTO ledger.%1$I SELECT %2$s FROM (SELECT * FROM ledger.%1$I ORDER BY ctid DESC LIMIT 1) AS x RETURNING (%3$s)::text', tab, sets, name) INTO called;
            INSERT INTO saved.swept (tab, before, after) VALUES (tab, called, called);
            RETURN;
        EXCEPTION WHEN integrity_constraint_violation OR data_exception OR undefined_function OR syntax_error THEN
        END;
    END LOOP;
    RAISE EXCEPTION 'no row can be added to ledger.%', tab;
END $$;
CREATE FUNCTION saved.drop(tab text, name text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE called text;
BEGIN
    EXECUTE format('DELETE FROM ledger.%1$I WHERE ctid = (SELECT max(ctid) FROM ledger.%1$I) RETURNING (%2$s)::text', tab, name) INTO called;
    INSERT INTO saved.swept (tab, before, after) VALUES (tab, called, called);
END $$;
"""
COLUMNS = """
SELECT c.relname AS tab, a.attname AS col, format_type(a.atttypid, NULL) AS type,
    (SELECT string_agg(quote_ident(k.attname) || '::text', ' || '' '' || ' ORDER BY array_position(i.indkey::int2[], k.attnum)) FROM pg_index i
        JOIN pg_attribute k ON k.attrelid = i.indrelid AND k.attnum = ANY (i.indkey) WHERE i.indrelid = c.oid AND i.indisprimary) AS key
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = 'ledger'::regnamespace AND c.relkind = 'r' ORDER BY c.relname, a.attnum"""


def quoted(text):
    return "'" + text.replace("'", "''") + "'"


def names(finding, table, row):
    """Whether a finding is about that row."""
    table = SHOWN_AS.get(table, table)
    if finding.get("table") == table and str(finding.get("key")) == row:
        return True
    place = {"request": ("request",), "leaf": ("leaf",), "entry": ("entry",), "posting": ("entry", "line")}.get(table)
    return bool(place) and " ".join(str(finding.get(p)) for p in place) == row


def round_of(victim, calls):
    """Does some damage at once; what the audit did not name."""
    try:
        victim.damage("TRUNCATE saved.swept; " + "; ".join(f"DO $d$ BEGIN PERFORM saved.{call}; END $d$" for call in calls))
        done = victim.ledger.rows("SELECT tab, col, before, after FROM saved.swept ORDER BY place")
        report = victim.audit()
    finally:
        victim.restore()
    missed = []
    for row in done:
        where = row["tab"] + (f".{row['col']}" if row["col"] else "")
        found = any(names(f, row["tab"], key) for f in report["findings"] for key in {row["before"], row["after"]})
        if where in ELSEWHERE:
            found = any(f.get("table") == ELSEWHERE[where] for f in report["findings"])
        if where not in UNSEEN and not found:
            near = [f for f in report["findings"] if f.get("table") == row["tab"]][:3]
            missed.append(f"{where}, row {row['before']}" + (f" (now {row['after']})" if row["after"] != row["before"] else "") + f": {json.dumps(near, ensure_ascii=False)}")
    return missed


def run(victim):
    victim.ledger.sql(SETUP)
    tables = {}
    for row in victim.ledger.rows(COLUMNS):
        if (row["tab"], row["col"]) not in FIXED:
            tables.setdefault(row["tab"], []).append((row["col"], row["type"], KEYS.get(row["tab"], row["key"])))
    missed = []
    rounds = [[(tab, columns[n]) for tab, columns in tables.items() if n < len(columns) and tab not in ALONE] for n in range(max(map(len, tables.values())))]
    rounds += [[(tab, column)] for tab in ALONE for column in tables[tab]]
    for some in rounds:
        for wrong in round_of(victim, [f"change({quoted(tab)}, {quoted(col)}, {quoted(kind)}, {quoted(key)})" for tab, (col, kind, key) in some]):
            missed.append(f"a changed cell: {wrong}")
    for verb, apart in (("drop", NOT_DROPPED), ("add", NOT_ADDED)):
        call = {tab: f"{verb}({quoted(tab)}, {quoted(columns[0][2])})" for tab, columns in tables.items() if tab not in apart}
        for some in [[c for tab, c in call.items() if tab not in ALONE], *([call[tab]] for tab in ALONE if tab in call)]:
            missed += [f"a row, {verb}: {wrong}" for wrong in round_of(victim, some)]
    assert not victim.audit()["findings"], "after the sweep"
    assert not missed, f"{len(missed)} not found:\n" + "\n".join(missed)


# ---- a ledger put back to what it was

EARLIER = "earlier"
LOG_TABLES = "'request', 'leaf', 'tile', 'tile_root', 'checkpoint'"


def keep_earlier(ledger):
    """Keeps a copy of all tables as they are now, for rolled_back()."""
    ledger.sql(
        f"""CREATE SCHEMA {EARLIER};
        DO $$ DECLARE t text; BEGIN
            FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'ledger' LOOP
                EXECUTE format('CREATE TABLE {EARLIER}.%I AS TABLE ledger.%I', t, t);
            END LOOP;
        END $$;"""
    )


def rolled_back(log, rows):
    """SQL that puts the log, the other tables, or both back to the copy."""
    which = "true" if log and rows else f"tablename IN ({LOG_TABLES})" if log else f"tablename NOT IN ({LOG_TABLES})"
    return f"""DO $$ DECLARE t text; BEGIN
        FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'ledger' AND {which} LOOP
            EXECUTE format('DELETE FROM ledger.%1$I; INSERT INTO ledger.%1$I TABLE {EARLIER}.%1$I', t);
        END LOOP;
    END $$"""


def since(rows_back):
    """What the audit says of the transfer made after keep_earlier(): its rows are missing, or are there without leaves; so are the balances."""
    last, word = "(SELECT max(number) FROM ledger.entry)", "row_missing" if rows_back else "row_extra"
    entry = Query(f"SELECT {last}")
    found = [Finding(word, table="entry", key=entry), Finding(word, table="fund_transfer", key=entry)]
    found += [Finding(word, table="posting", key=Query(f"SELECT {last} || ' {line}'"), line=line) for line in (1, 2, 3, 4)]
    for line in (1, 2, 3, 4):
        of = f"FROM ledger.posting p JOIN ledger.account a ON a.id = p.account WHERE p.entry = {last} AND p.line = {line}"
        for field, then, now in (("balance", "p.balance - p.amount", "p.balance"), ("version", "p.version - 1", "p.version")):
            expected, got = (now, then) if rows_back else (then, now)
            found.append(Finding("balance_differs", table="account", key=Query(f"SELECT a.number || ' ' || a.owner || ' 0 false' {of}"), field=field,
                                 expected=Query(f"SELECT {expected} {of}"), found=Query(f"SELECT {got} {of}", before=True)))
    return found
