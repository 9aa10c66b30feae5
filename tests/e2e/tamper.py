"""Damage done to a ledger behind the daemon's back, with SQL as the superuser and every trigger off, and what the audit says of it.

A Victim is a ledger that keeps a copy of all its tables: after each damage everything is put back as it was.
"""

import json

from harness import Ledger
from invariants import LEAVES

OFF = "SET session_replication_role = replica; SET search_path = ledger, public, pg_catalog;\n"
SAVE = """
CREATE SCHEMA saved;
DO $$
DECLARE t record;
BEGIN
    FOR t IN SELECT schemaname AS s, tablename AS n FROM pg_tables WHERE schemaname = 'ledger' OR schemaname = 'core' AND tablename = 'matrix' LOOP
        EXECUTE format('CREATE TABLE saved.%I AS TABLE %I.%I', t.n, t.s, t.n);
    END LOOP;
END $$;
-- Puts back what is not as it was.
CREATE FUNCTION saved.restore() RETURNS void LANGUAGE plpgsql AS $$
DECLARE t record; same boolean;
BEGIN
    FOR t IN SELECT schemaname AS s, tablename AS n FROM pg_tables WHERE schemaname = 'ledger' OR schemaname = 'core' AND tablename = 'matrix' LOOP
        EXECUTE format('SELECT NOT EXISTS ((SELECT x::text FROM %1$I.%2$I x EXCEPT ALL SELECT y::text FROM saved.%2$I y) UNION ALL '
            '(SELECT y::text FROM saved.%2$I y EXCEPT ALL SELECT x::text FROM %1$I.%2$I x))', t.s, t.n) INTO same;
        IF NOT same THEN
            EXECUTE format('DELETE FROM %1$I.%2$I; INSERT INTO %1$I.%2$I TABLE saved.%2$I', t.s, t.n);
        END IF;
    END LOOP;
END $$;
"""


def leaf_changed(index, new):
    """SQL that puts another body in the place of a leaf: new is an expression of what stands there, body."""
    body = f"bodies[{index} - first + 1]"
    return f"UPDATE ledger.leaf SET {body} = (SELECT {new} FROM (SELECT {body} AS body) AS old) WHERE {index} BETWEEN first AND first + cardinality(bodies) - 1"


def leaf_dropped(index):
    """SQL that takes one leaf out of its run: those before it and those after it stay, each under its own index."""
    return (
        f"WITH run AS (DELETE FROM ledger.leaf WHERE {index} BETWEEN first AND first + cardinality(bodies) - 1 RETURNING {index} AS gone, first, bodies) "
        "INSERT INTO ledger.leaf SELECT first, bodies[:gone - first] FROM run WHERE first < gone "
        "UNION ALL SELECT gone + 1, bodies[gone - first + 2:] FROM run WHERE gone < first + cardinality(bodies) - 1"
    )


def leaves_exchanged(one, other):
    """SQL that puts each of two leaves in the other's place."""
    return (
        f"CREATE TEMP TABLE pair AS SELECT (SELECT body FROM {LEAVES} WHERE index = {one}) AS one, (SELECT body FROM {LEAVES} WHERE index = {other}) AS other;"
        f"{leaf_changed(one, '(SELECT other FROM pair)')}; {leaf_changed(other, '(SELECT one FROM pair)')}"
    )


class Victim:
    def __init__(self, ledger: Ledger, auditor="inspector"):
        self.ledger = ledger
        self.auditor = auditor
        ledger.sql(SAVE)

    def audit(self, *words):
        """The report of lovebank audit run, everything verified anew unless words say otherwise."""
        done = self.ledger.cli(self.auditor, "audit", "run", *(words or ("--full",)), "--format", "json", as_json=False)
        assert done.code in (0, 5), done
        report = json.loads(done.out)
        assert report["holds"] == (not report["findings"]) == (done.code == 0), done
        return report

    def damage(self, sql):
        self.ledger.sql(OFF + "BEGIN;\n" + sql.rstrip().rstrip(";") + ";\nCOMMIT;")

    def restore(self):
        self.ledger.sql(OFF + "SELECT saved.restore();")

    def values(self, *queries):
        """The value of each query as text, in one go; None where there is none."""
        if not queries:
            return []
        text = "SELECT json_build_array(" + ", ".join(f"({query})::text" for query in queries) + ");"
        return json.loads(self.ledger.sql("SET search_path = ledger, public, pg_catalog;\n" + text))


class Query(str):
    """SQL for a text that an expectation wants. What was expected, and where, is asked of the whole ledger; what was found, of the damaged one, unless before is set."""

    def __new__(cls, text, before=False):
        query = super().__new__(cls, text)
        query.before = before
        return query


class Finding:
    """What the audit must say: its code, and every member that is given here."""

    def __init__(self, code, **members):
        self.members = {"code": code, **members}

    def queries(self, found):
        return {name: value for name, value in self.members.items() if isinstance(value, Query) and (name == "found" and not value.before) == found}

    def said(self, answers):
        return {name: answers.get(name, value) for name, value in self.members.items()}


def fits(wanted, finding):
    return all(str(finding.get(name)) == str(value) if value is not None else name not in finding for name, value in wanted.items())


def ask_all(victim, findings, found):
    """For each finding the values of its queries."""
    asked = [(place, name, query) for place, finding in enumerate(findings) for name, query in finding.queries(found).items()]
    answers = victim.values(*(query for _, _, query in asked))
    out = [{} for _ in findings]
    for (place, name, _), value in zip(asked, answers):
        out[place][name] = value
    return out


class Follows(Finding):
    """What may be said besides, any number of times: a consequence of the damage."""


def fault_of(victim, name, damage, findings, *words):
    """Does one damage, runs the audit, puts everything back; None, or what was wrong with what the audit said."""
    before = ask_all(victim, findings, found=False)
    try:
        if callable(damage):
            damage(victim)
        else:
            victim.damage(damage)
        after = ask_all(victim, findings, found=True)
        report = victim.audit(*words)
    finally:
        victim.restore()
    rest = list(report["findings"])
    missing = []
    for finding, one, two in zip(findings, before, after):
        wanted = finding.said({**one, **two})
        if isinstance(finding, Follows):
            rest = [f for f in rest if not fits(wanted, f)]
            continue
        there = next((f for f in rest if fits(wanted, f)), None)
        if there:
            rest.remove(there)
        else:
            missing.append(wanted)
    if not missing and not rest:
        return None
    lines = [f"{name}:"] + [f"  not said: {json.dumps(m, ensure_ascii=False)}" for m in missing] + [f"  said besides: {json.dumps(f, ensure_ascii=False)}" for f in rest[:12]]
    return "\n".join(lines)


def check_all(victim, cases):
    """Every case, then once more the whole ledger: no alarm."""
    faults = [fault for fault in (fault_of(victim, name, *case) for name, case in cases.items()) if fault]
    clean = victim.audit()
    if clean["findings"]:
        faults.append(f"after all was put back: {clean['findings'][:5]}")
    assert not faults, f"{len(faults)} of {len(cases)} kinds of damage:\n" + "\n".join(faults)
