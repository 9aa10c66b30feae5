#!/usr/bin/python3
"""Makes the history that test_derive.c replays, anew: every operation that changes something, through the real daemon.

    LOVEBANK_BUILD=build /usr/bin/python3 tests/unit/data/make_history.py

Writes history.leaves (a leaf a line, as sealed) and history.requests (first leaf, count of leaves, compact request). The edits in
test_derive.c name things by their numbers, which are the same each time; keys and salts are not.
"""

import base64
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(HERE, "..", "..", "e2e"))

import protocol  # noqa: E402
import world  # noqa: E402
from cluster import Cluster  # noqa: E402
from harness import Template, discard  # noqa: E402
from invariants import LEAVES  # noqa: E402
from protocol import Personal  # noqa: E402

RULE = {"effective_from": "2020-01-01", "points": 10, "minutes": 60, "daily_minutes": 240, "lot_days": 365, "fen_per_point": 10}
RULE.update(till_daily_points="1000", volunteer_daily_points="500")


def enrol(ledger, who, role, node, **of):
    key = protocol.Key()
    made = ledger.do("admin", "operator", "enrol", request=protocol.enrolment(key), role=role, node=node, **(of or {"name": Personal(who)}))
    ledger.__dict__.setdefault("_client_of", {})[who] = ledger.client(key)
    return made


def place(do, ledger):
    do("admin", "org", "add", parent="CITY", kind="county", code="QX", name="青溪县")
    do("admin", "org", "add", parent="QX", kind="community", code="C1", name="社区一")
    do("admin", "org", "add", parent="QX", kind="host", code="H", name="慈善会")
    do("admin", "team", "add", parent="C1", code="T1", name="服务队", colour="red")
    people = (("leader", "leader", "T1"), ("worker", "worker", "C1"), ("treasurer", "treasurer", "QX"), ("treasurer2", "treasurer", "QX"))
    for who, role, node in (*people, ("approver", "approver", "QX"), ("approver2", "approver", "QX"), ("governor", "administrator", "QX")):
        enrol(ledger, who, role, node)
    do("treasurer", "fund", "open", host="H", parent="H", code="GF", name="总基金", kind="general", opening="1000000")
    do("admin", "fund", "open", host="H", parent="C1", code="F1", name="社区基金", kind="community", min_balance="1000")
    do("admin", "shop", "add", parent="C1", code="S1", name="慈善超市", fund="F1", unsettled_limit="1000", return_limit="100")
    enrol(ledger, "till", "till", "S1")
    enrol(ledger, "manager", "manager", "S1")
    do("admin", "rule", "set", RULE)


def line(volunteer, day, start, end):
    return {"volunteer": volunteer, "start": f"{day}T{start}:00+08:00", "end": f"{day}T{end}:00+08:00"}


def activity(do, lines, **more):
    return do("leader", "service", "record", world.activity(lines, team="T1", community="C1", **more))["activity"]


def service(do, ledger):
    do("worker", "volunteer", "add", community="C1", number=100001, name=Personal("志愿者一"), phone=Personal("13900000001"))
    lines = [{"number": 100002, "name": Personal("志愿者二")}, {"name": Personal("志愿者三"), "phone": Personal("13900000003")}]
    do("worker", "volunteer", "import", community="C1", lines=lines, file=Personal("0" * 64))
    first = activity(do, [line(100001, "2025-03-01", "09:00", "12:00"), line(100002, "2025-03-01", "09:00", "09:05"), line(100001, "2025-03-01", "13:00", "16:00")],
                     in_charge=Personal("组长"))
    do("worker", "service", "confirm", activity=first, records=[{"record": 1}])
    do("worker", "service", "confirm", activity=first)
    second = activity(do, [line(100001, "2025-03-02", "09:00", "11:00"), line(100002, "2025-03-02", "09:00", "11:00")])
    do("worker", "service", "reject", activity=second, records=[{"record": 5}], reason="未参加")
    do("worker", "service", "confirm", activity=second)
    do("admin", "rule", "set", {**RULE, "effective_from": "2025-03-08", "points": 20, "lot_days": 3, "fen_per_point": 15})
    ledger.clock.advance(days=1)
    do("worker", "service", "confirm", activity=activity(do, [line(100001, "2025-03-08", "18:00", "19:00")]))


def redemption(do, ledger):
    paid = do("till", "redemption", "make", shop="S1", volunteer=100001, points="40", goods="大米")["entry"]
    do("till", "redemption", "refund", redemption=paid, points="5")
    do("worker", "redemption", "make", shop="S1", volunteer=100001, points="3")
    do("till", "redemption", "refund", redemption=paid, points="25")
    ledger.clock.advance(days=6)
    do("till", "redemption", "make", shop="S1", volunteer=100001, points="7")


def money(do):
    do("treasurer", "fund", "transfer", {"from": "GF", "to": "F1", "kind": "seed", "amount": "20000", "note": "种子"})
    do("treasurer", "fund", "transfer", {"from": "F1", "to": "GF", "kind": "charge", "amount": "100", "occurred_on": "2025-03-14"})
    do("treasurer", "campaign", "open", code="MZ", fund="F1", filing_no="5311", name="公开募捐", starts_on="2025-03-01", ends_on="2025-04-30")
    do("treasurer", "income", "receive", fund="F1", channel="public", campaign="MZ", amount="3000", purpose="助老", donor=Personal("陈先生"), donor_kind="person")
    do("treasurer", "income", "import", lines=[
        {"fund": "F1", "channel": "grant", "amount": "2000", "purpose": "助老", "donor": Personal("民政局"), "donor_kind": "government"},
        {"fund": "GF", "channel": "sponsorship", "amount": "700", "purpose": "助学", "anonymous": True, "bank_reference": "B1", "note": "到账"},
        {"fund": "F1", "channel": "lottery_share", "amount": "400", "occurred_on": "2025-03-13"}], file=Personal("1" * 64))
    do("treasurer", "disbursement", "request", fund="F1", amount="6000", purpose="助老", payee=Personal("食堂"), resolution="第3号", content="午餐")
    do("approver", "disbursement", "approve", disbursement=1)
    do("approver2", "disbursement", "approve", disbursement=1, occurred_on="2025-03-14")
    do("treasurer2", "disbursement", "pay", disbursement=1, bank_reference="D1")
    gift = do("treasurer", "income", "receive", fund="F1", channel="sponsorship", amount="900", purpose="助学", donor=Personal("食品厂"), donor_kind="company")
    do("treasurer2", "entry", "reverse", entry=gift["entry"], reason="登记有误")
    seed = do("treasurer", "fund", "transfer", {"from": "GF", "to": "F1", "kind": "seed", "amount": "50"})
    do("treasurer2", "entry", "reverse", entry=seed["entry"], reason="登记有误")


def settlement(do):
    do("manager", "settlement", "claim", shop="S1")
    do("approver", "settlement", "approve", settlement=1)
    do("approver2", "settlement", "approve", settlement=1)
    do("treasurer", "settlement", "pay", settlement=1, bank_reference="S1")


def people(do, ledger):
    extra = enrol(ledger, "extra", "worker", "C1", person=3)
    do("admin", "role", "grant", operator=extra["operator"], role="auditor", node="QX")
    do("admin", "role", "revoke", operator=extra["operator"], role="worker", node="C1")
    do("extra", "operator", "rotate", request=protocol.enrolment(protocol.Key()))
    gone = enrol(ledger, "gone", "till", "S1")
    do("governor", "operator", "revoke", operator=gone["operator"], reason="丢失")
    for kind, number in (("volunteer", 100002), ("person", gone["person"]), ("activity", 1), ("income", 14), ("disbursement", 1)):
        do("admin", "person", "erase", {kind: number, "reason": "本人要求"})
    ledger.clock.set("2057-01-01T10:00:00+08:00")
    do("admin", "person", "purge")


def keys(do, ledger):
    text = ledger.lovebankd("new-key", "--use", "log").out.strip()
    do("admin", "ledger", "key-add", use="log", key=text)
    do("admin", "ledger", "key-end", key=ledger.value("SELECT kid FROM ledger.ledger_key WHERE use = 'log' ORDER BY id LIMIT 1"), reason="到期")


def encode(text):
    return base64.urlsafe_b64encode(bytes.fromhex(text)).rstrip(b"=").decode()


def write(ledger):
    with open(os.path.join(HERE, "history.leaves"), "w") as file:
        for row in ledger.rows(f"SELECT convert_from(body, 'UTF8') AS body FROM {LEAVES} ORDER BY index"):
            file.write(row["body"] + "\n")
    with open(os.path.join(HERE, "history.requests"), "w") as file:
        for row in ledger.rows("SELECT leaf_first, leaf_count, encode(protected, 'hex') AS a, encode(payload, 'hex') AS b, encode(signature, 'hex') AS c "
                               "FROM ledger.request ORDER BY number"):
            file.write(f"{row['leaf_first']}\t{row['leaf_count']}\t{encode(row['a'])}.{encode(row['b'])}.{encode(row['c'])}\n")


def main():
    cluster = Cluster()
    try:
        ledger = Template(cluster, "bare", world.MAKERS["bare"]).copy()
        try:
            ledger.start()
            place(ledger.do, ledger)
            service(ledger.do, ledger)
            redemption(ledger.do, ledger)
            money(ledger.do)
            settlement(ledger.do)
            keys(ledger.do, ledger)
            people(ledger.do, ledger)
            write(ledger)
        finally:
            ledger.stop()
            discard(ledger)
    finally:
        cluster.stop(remove=True)


if __name__ == "__main__":
    main()
