"""Ledgers of random business raise no alarm: audit run, and an exported bundle with audit verify. More of them: make clean-ledgers."""

import json
import os
import re
import time

from business import Business
from cluster import ROOT
from expect import equal, stopped
from harness import Ledger
from invariants import LEAVES

STEPS = 120


def audit(ledger: Ledger, *words):
    """lovebank audit ..., which must hold; its report."""
    done = ledger.cli("inspector", "audit", *words, "--format", "json", as_json=False, timeout=200)
    report = json.loads(done.out) if done.out.startswith("{") else {}
    assert done.code == 0 and report.get("holds") and report["findings"] == [], done
    return report


def all_clean(ledger, seed, steps=STEPS):
    """Business of a seed, audited on the way and at the end, online and as a bundle."""
    business = Business(ledger, seed)
    business.run(steps // 2)
    first = audit(ledger, "run")
    equal(first["from"], 0)
    business.run(steps - steps // 2)
    second = audit(ledger, "run")
    equal(second["from"], first["log"]["size"], "the second audit goes on where the first one ended")
    leaves = ledger.value(f"SELECT count(*) FROM {LEAVES}")
    whole = audit(ledger, "run", "--full")
    counted = ledger.rows(f"SELECT (SELECT count(*) FROM {LEAVES}) AS leaves, (SELECT count(*) FROM ledger.request) AS requests, (SELECT count(*) FROM ledger.entry) AS entries")[0]
    equal({name: whole[name] for name in counted}, counted)
    equal((second["log"]["size"], whole["withheld"]), (leaves, 0))
    for name, words in (("whole", ()), ("fund", ("--fund", "QX-F1", "--from", "2025-01-01", "--to", "2025-12-31"))):
        folder = os.path.join(ledger.directory, f"bundle-{name}")
        done = ledger.cli("inspector", "audit", "export", *words, "--out", folder, as_json=False, timeout=200)
        assert done.code == 0, done
        report = audit(ledger, "verify", "--bundle", folder)
        equal(report["log"], whole["log"])
        if name == "whole":
            equal({n: report[n] for n in counted}, counted)
    return business


def commands():
    """Every operation that changes the ledger, from the protocol's tables."""
    with open(os.path.join(ROOT, "docs", "protocol.md")) as file:
        return {f"{noun}_{verb}".replace("-", "_") for noun, verb in re.findall(r"^`POST /v1/([a-z]+)/([a-z-]+)`", file.read(), re.M)}


@stopped
def test_a_servers_formats_do_not_reach_the_log(ledger):
    """Dates and times that the server would write in its own way stand in leaves as everywhere."""
    for setting, value in (("datestyle", "German"), ("timezone", "Asia/Shanghai"), ("intervalstyle", "sql_standard")):
        ledger.sql(f'ALTER ROLE lovebankd IN DATABASE "{ledger.database}" SET {setting} = "{value}"')
    ledger.start()
    business = Business(ledger)
    business.all_kinds()
    audit(ledger, "run", "--full")


def test_business_of_every_kind_raises_no_alarm(ledger):
    """Each operation that there is, posted at least once: an operation that is added must be added to business.py, and the audit must know it."""
    business = Business(ledger)
    business.all_kinds()
    business.run(10)
    equal(sorted(commands() - set(business.done) - {"fund_open"}), [], "operations that were never posted")
    audit(ledger, "run")
    folder = os.path.join(ledger.directory, "bundle")
    done = ledger.cli("inspector", "audit", "export", "--out", folder, as_json=False)
    assert done.code == 0, done
    audit(ledger, "verify", "--bundle", folder)


def some_clean(ledger, seed):
    started = time.monotonic()
    business = all_clean(ledger, seed)
    assert sum(business.done.values()) > STEPS // 4, business.done
    print(f"seed {seed}: {sum(business.done.values())} posted, {sum(business.refused.values())} refused, {time.monotonic() - started:.1f} s", flush=True)


def test_random_business_1_raises_no_alarm(ledger):
    """A ledger of random business, audited in two steps, whole, and as bundles of everything and of one fund."""
    some_clean(ledger, 1)


def test_random_business_2_raises_no_alarm(ledger):
    """The same with other dice."""
    some_clean(ledger, 2)


def test_random_business_3_raises_no_alarm(ledger):
    """The same with other dice."""
    some_clean(ledger, 3)
