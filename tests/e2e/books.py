"""Business of every kind for tests of evidence: what bundles, audits and exports are made of. Case 18's fund statement among it."""

import os

import test_money
from protocol import Personal
from world import earn

FUND = "QX-F1"


def business(ledger):
    """Case 18, then points earned, redeemed, given back, income and its reversal."""
    test_money.test_case_18_fund_statement_without_its_goods(ledger)
    people = ledger.facts["volunteers"][5:8]
    earn(ledger, people, hours=4)
    made = [ledger.do("till", "redemption", "make", shop="QX-S1", volunteer=v, points="12") for v in people]
    ledger.do("till", "redemption", "refund", redemption=made[0]["entry"], points="5")
    income = {"fund": FUND, "donor_kind": "person", "donor": Personal("王善人")}
    booked = ledger.do("treasurer", "income", "receive", {**income, "channel": "sponsorship", "amount": "300000", "note": "=1+1"})
    ledger.do("treasurer", "entry", "reverse", entry=booked["entry"], reason="重复")
    ledger.do("far_treasurer", "fund", "transfer", {"from": "DH-GF", "to": "DH-F1", "kind": "seed", "amount": "12345"})


def export(ledger, who="inspector", name="bundle", **flags):
    """lovebank audit export; the folder."""
    out = os.path.join(ledger.directory, name)
    done = ledger.cli(who, "audit", "export", out=out, as_json=False, **flags)
    assert done.code == 0, done
    return out
