"""Worked cases of the money book with their numbers, through the real daemon and the real command line. Amounts typed are yuan."""

from expect import equal, nothing_posted, refused
from protocol import Personal
from test_cases import csv_file
from world import add_volunteers, earn, enrol

YEAR = {"from": "2025-01-01", "to": "2025-12-31"}


def bank(ledger, fund):
    return ledger.balance("1002", fund)


def campaign(ledger, fund, code="MZ2025", who="treasurer"):
    ledger.ok(who, "campaign", "open", fund=fund, code=code, filing_no=f"5311{code}", name="公开募捐", starts_on="2025-01-01", ends_on="2025-12-31")
    return code


def spend(ledger, fund, yuan, purpose=None, paid=True):
    """A disbursement from request to payment by four people."""
    more = {"purpose": purpose} if purpose else {}
    made = ledger.ok("treasurer", "disbursement", "request", fund=fund, amount=yuan, payee="幸福食堂", payee_kind="organisation", resolution="管委会2025第3号", content="老年人午餐", **more)
    for who in ("approver", "approver2"):
        ledger.ok(who, "disbursement", "approve", disbursement=made["disbursement"])
    if paid:
        ledger.ok("treasurer2", "disbursement", "pay", disbursement=made["disbursement"], bank_reference="B-77")
    return made["disbursement"]


def redeem_12000(ledger):
    """12,340 points redeemed at QX-S1 less 340 refunded."""
    people = ledger.facts["volunteers"]
    for day in ("2025-03-03", "2025-03-04", "2025-03-05", "2025-03-06"):
        earn(ledger, people, hours=8, day=day)
    till = ledger.client_of("till")
    wanted = [280] * 44 + [20]
    answers = till.send_all([till.sign("redemption", "make", {"shop": "QX-S1", "volunteer": v, "points": str(n)}) for v, n in zip(people, wanted)])
    assert all(a.ok for a in answers), [a for a in answers if not a.ok][:3]
    for answer, points in zip(answers, ("280", "60")):
        ledger.do("till", "redemption", "refund", redemption=answer.result["entry"], points=points)
    equal(ledger.balance("P2400", "QX-S1"), 12000)


def settle(ledger):
    claim = ledger.ok("manager", "settlement", "claim", shop="QX-S1")
    equal((claim["points"], claim["amount"]), ("12000", "120000"))
    number = claim["settlement"]
    ledger.ok("approver", "settlement", "approve", settlement=number)
    equal(ledger.balance("2202", "QX-F1"), 0, "the first approval moves nothing")
    ledger.ok("approver2", "settlement", "approve", settlement=number)
    return number


def test_case_16_settlement(ledger):
    """12,340 points less 340: 12,000 points, 120,000 fen. Two approvals: payable 120,000, bank unchanged. Paid by a third person: all zero, bank -120,000."""
    ledger.ok("treasurer", "fund", "transfer", **{"from": "QX-GF", "to": "QX-F1"}, kind="seed", amount="2000.00")
    redeem_12000(ledger)
    number = settle(ledger)
    equal((ledger.balance("2202", "QX-F1"), bank(ledger, "QX-F1")), (120000, 200000))
    with nothing_posted(ledger):
        for who in ("manager", "approver", "approver2"):
            done = ledger.cli(who, "settlement", "pay", settlement=number, bank_reference="B-1")
            equal((done.code, done.problem["code"]), (1, "not_allowed"))
    paid = ledger.ok("treasurer", "settlement", "pay", settlement=number, bank_reference="B-1")
    equal(paid["amount"], "120000")
    equal((ledger.balance("P2400", "QX-S1"), ledger.balance("2202", "QX-F1"), bank(ledger, "QX-F1")), (0, 0, 80000))
    equal(ledger.balance("P3300"), 12000)
    with nothing_posted(ledger):
        equal(ledger.cli("treasurer", "settlement", "pay", settlement=number, bank_reference="B-1").problem["code"], "already_paid")
        equal(ledger.cli("manager", "settlement", "claim", shop="QX-S1").problem["code"], "nothing_to_settle")


def test_case_16_who_approved_does_not_pay(ledger):
    """Claim, two approvals and payment are by different people, whatever roles one person has."""
    ledger.ok("treasurer", "fund", "transfer", **{"from": "QX-GF", "to": "QX-F1"}, kind="seed", amount="2000.00")
    redeem_12000(ledger)
    for who, role in (("manager", "approver"), ("approver", "treasurer")):
        ledger.ok("admin", "role", "grant", operator=ledger.facts["operators"][who], role=role, node="QX")
    number = ledger.ok("manager", "settlement", "claim", shop="QX-S1")["settlement"]
    with nothing_posted(ledger):
        equal(ledger.cli("manager", "settlement", "approve", settlement=number).problem["code"], "same_person")
        equal(ledger.cli("treasurer", "settlement", "pay", settlement=number, bank_reference="B-1").problem["code"], "not_approved")
    ledger.ok("approver", "settlement", "approve", settlement=number)
    with nothing_posted(ledger):
        equal(ledger.cli("approver", "settlement", "approve", settlement=number).problem["code"], "same_person")
    ledger.ok("approver2", "settlement", "approve", settlement=number)
    with nothing_posted(ledger):
        equal(ledger.cli("approver", "settlement", "pay", settlement=number, bank_reference="B-1").problem["code"], "same_person")
        equal(ledger.cli("approver3", "settlement", "approve", settlement=number).problem["code"], "already_approved")
    ledger.ok("treasurer", "settlement", "pay", settlement=number, bank_reference="B-1")


def test_case_17_a_county_of_22_micro_funds(bare):
    """General fund 4,400,000, 22 seeds of 200,000, 35,000,000 by three channels: funds 39,400,000, general 0, 3199 zero, bank 39,400,000."""
    ledger = bare
    ok = ledger.ok
    ok("admin", "org", "add", parent="CITY", kind="county", code="KX", name="示例县")
    ok("admin", "org", "add", parent="KX", kind="host", code="KX-H", name="示例县慈善会")
    enrol(ledger, "treasurer", "treasurer", "KX")
    enrol(ledger, "auditor", "auditor", "CITY")
    ok("treasurer", "fund", "open", parent="KX-H", host="KX-H", code="KX-GF", name="总基金", kind="general", opening="44,000.00")
    rows = []
    for n in range(22):
        code = f"KX-F{n:02d}"
        ok("admin", "org", "add", parent="KX", kind="community", code=f"KX-C{n:02d}", name=f"第{n}社区")
        ok("admin", "fund", "open", parent=f"KX-C{n:02d}", host="KX-H", code=code, name=f"第{n}社区微基金", kind="micro")
        ok("treasurer", "fund", "transfer", **{"from": "KX-GF", "to": code}, kind="seed", amount="2000")
        campaign(ledger, code, f"MZ{n:02d}")
        rest = 35000000 // 22 if n < 21 else 35000000 - 35000000 // 22 * 21
        public, company = rest // 2, rest // 3
        for channel, fen, purpose, donor in (("公开募捐", public, "为老服务", "社会公众"), ("企业赞助", company, "", "示例公司"), ("服务提成", rest - public - company, "", "")):
            rows.append((code, channel, f"MZ{n:02d}" if channel == "公开募捐" else "", purpose, f"{fen // 100}.{fen % 100:02d}", donor, "2025年3月1日"))
    equal(bank(ledger, "KX-GF"), 0)
    sheet = csv_file(ledger, "income.csv", ["基金", "渠道", "募捐活动", "用途", "金额", "捐赠人", "日期"], rows, encoding="gb18030")
    done = ledger.cli("treasurer", "income", "import", csv=sheet)
    assert done.code == 0 and done.result["amount"] == "35000000", done
    funds = [f"KX-F{n:02d}" for n in range(22)]
    equal(sum(bank(ledger, f) for f in funds), 39400000)
    equal(bank(ledger, "KX-GF"), 0)
    equal(ledger.value("SELECT sum(balance)::bigint FROM ledger.account WHERE number = '3199'"), 0)
    equal(ledger.value("SELECT sum(balance)::bigint FROM ledger.account WHERE number = '1002'"), 39400000)
    rolled = ok("auditor", "fund", "rollup", node="KX")
    total = rolled["rows"][-1]
    equal(total["total"], True)
    equal((total["closing"], total["funds"]), ("39400000", 23))
    equal(int(total["public"]) + int(total["sponsorship"]) + int(total["service_commission"]), 35000000)
    trial = ok("auditor", "ledger", "trial-balance")
    equal(trial["balanced"], True)
    with nothing_posted(ledger):
        again = ledger.cli("treasurer", "income", "import", csv=sheet, as_json=False)
        assert again.code == 0 and "imported before" in again.err, again


def test_case_18_fund_statement_without_its_goods(ledger):
    """Opening 200,000; income 900,000; spending 470,000; charge 40,000; closing 590,000 in the bank, restricted 150,000, unrestricted 440,000."""
    ledger.ok("treasurer", "fund", "transfer", **{"from": "QX-GF", "to": "QX-F1"}, kind="seed", amount="2000.00", occurred_on="2024-12-31")
    campaign(ledger, "QX-F1")
    income = {"fund": "QX-F1", "donor": "众人", "donor_kind": "other"}
    for channel, yuan, more in (
        ("public", "5000.00", {"campaign": "MZ2025", "purpose": "为老服务"}),
        ("sponsorship", "3000.00", {}),
        ("service_commission", "600", {}),
        ("lottery_share", "400.00", {}),
    ):
        ledger.ok("treasurer", "income", "receive", **income, channel=channel, amount=yuan, **more)
    spend(ledger, "QX-F1", "3500.00", "为老服务")
    redeem_12000(ledger)
    ledger.ok("treasurer", "settlement", "pay", settlement=settle(ledger), bank_reference="B-2")
    ledger.ok("treasurer", "fund", "transfer", **{"from": "QX-F1", "to": "QX-GF"}, kind="charge", amount="400.00")
    said = ledger.ok("auditor", "fund", "statement", fund="QX-F1", **YEAR)
    equal(
        {k: said[k] for k in ("opening", "closing", "bank", "restricted", "unrestricted", "payable", "other_assets")},
        {"opening": "200000", "closing": "590000", "bank": "590000", "restricted": "150000", "unrestricted": "440000", "payable": "0", "other_assets": "0"},
    )
    equal((said["income"], said["spending"]), ("900000", "470000"))
    equal(said["consistent"], True)
    now = ledger.ok("auditor", "fund", "balance", fund="QX-F1")
    equal((now["bank"], now["restricted"], now["unrestricted"]), ("590000", "150000", "440000"))
    equal([(p["purpose"], p["restricted"]) for p in now["purposes"]], [("为老服务", "150000")])
    table = ledger.cli("auditor", "fund", "statement", fund="QX-F1", lang="zh", as_json=False, **YEAR)
    assert table.code == 0 and "5,900.00" in table.out and "4,400.00" in table.out, table


def test_case_19_approval_by_two_others(ledger):
    """The submitter approving, one person twice, also with another key: refused. The first approval moves nothing."""
    ledger.ok("treasurer", "fund", "transfer", **{"from": "QX-GF", "to": "QX-F1"}, kind="seed", amount="2000.00")
    ledger.ok("admin", "role", "grant", operator=ledger.facts["operators"]["treasurer"], role="approver", node="QX")
    made = ledger.ok("treasurer", "disbursement", "request", fund="QX-F1", amount="500", payee="食堂", resolution="3号", content="午餐")
    number = made["disbursement"]

    def approve(who):
        return ledger.cli(who, "disbursement", "approve", disbursement=number)

    with nothing_posted(ledger):
        equal((approve("treasurer").code, approve("treasurer").problem["code"]), (1, "same_person"))
        equal(ledger.cli("treasurer2", "disbursement", "pay", disbursement=number, bank_reference="B").problem["code"], "not_approved")
    entries = ledger.counts()["entries"]
    equal(approve("approver").result["approvals"], 1)
    equal((ledger.counts()["entries"], ledger.balance("2209", "QX-F1")), (entries, 0), "the first approval moves nothing")
    second_key(ledger, "approver", "approver_b", "approver")
    with nothing_posted(ledger):
        equal(approve("approver").problem["code"], "same_person")
        equal(approve("approver_b").problem["code"], "same_person", "one person with two keys")
    equal(approve("approver2").result["state"], "approved")
    equal((ledger.balance("2209", "QX-F1"), bank(ledger, "QX-F1")), (50000, 200000))
    with nothing_posted(ledger):
        equal(approve("approver3").problem["code"], "already_approved")
        equal(ledger.cli("treasurer", "disbursement", "pay", disbursement=number, bank_reference="B").problem["code"], "same_person", "request and payment by two people")
    ledger.ok("treasurer2", "disbursement", "pay", disbursement=number, bank_reference="B")
    equal((ledger.balance("2209", "QX-F1"), bank(ledger, "QX-F1")), (0, 150000))


def second_key(ledger, who, name, role):
    """A further key for a person who has one."""
    import world

    world.new_key(ledger, name)
    ledger.ok("admin", "operator", "enrol", request=world.proof_path(ledger, name), person=ledger.facts["persons"][who], role=role, node="QX")


def test_service_is_confirmed_by_another_person_than_recorded_it(ledger):
    """Who recorded does not confirm, not with a second role and not with a second key."""
    from world import activity, line

    ledger.ok("admin", "role", "grant", operator=ledger.facts["operators"]["leader"], role="worker", node="QX-C1")
    second_key(ledger, "leader", "leader_b", "worker")
    made = ledger.do("leader", "service", "record", activity([line(ledger.facts["volunteers"][0])]))
    with nothing_posted(ledger):
        for who in ("leader", "leader_b"):
            for verb, more in (("confirm", {}), ("reject", {"reason": "不属实"})):
                equal(ledger.cli(who, "service", verb, activity=made["activity"], **more).problem["code"], "maker_is_checker")
    ledger.ok("worker", "service", "confirm", activity=made["activity"])


def test_case_20_minimum_balance(ledger):
    """Balance 60,000, minimum 50,000, pay 20,000: refused."""
    ledger.ok("treasurer", "fund", "open", parent="QX-C1", host="QX-H", code="QX-F9", name="有底线的基金", kind="named", opening="600.00", min_balance="500.00")
    with nothing_posted(ledger):
        done = ledger.cli("treasurer", "disbursement", "request", fund="QX-F9", amount="200.00", payee="x", resolution="1", content="x")
        equal((done.code, done.problem["code"], done.problem["field"]), (1, "below_minimum_balance", "amount"))
        done = ledger.cli("treasurer", "fund", "transfer", **{"from": "QX-F9", "to": "QX-GF"}, kind="transfer", amount="100.01")
        equal(done.problem["code"], "below_minimum_balance")
    spend(ledger, "QX-F9", "100.00")
    equal(bank(ledger, "QX-F9"), 50000)


def test_case_20_restricted_money_is_for_its_purpose(ledger):
    """Restricted to elders 100,000 and unrestricted 30,000, pay 50,000 for children: refused, 30,000 available; in yuan where people read it."""
    income = {"fund": "QX-F1", "channel": "sponsorship", "donor": "公司", "donor_kind": "company"}
    ledger.ok("treasurer", "income", "receive", **income, amount="1000.00", purpose="为老服务")
    ledger.ok("treasurer", "income", "receive", **income, amount="300.00")
    asked = {"fund": "QX-F1", "amount": "500.00", "purpose": "助学护幼", "payee": "学校", "resolution": "2", "content": "书本"}
    with nothing_posted(ledger):
        done = ledger.cli("treasurer", "disbursement", "request", **asked)
        equal((done.code, done.problem["code"], done.problem["params"]["available"]), (1, "not_enough_money", "30000"))
        done = ledger.cli("treasurer", "disbursement", "request", **asked, as_json=False)
        assert "300.00" in done.err, done
    spend(ledger, "QX-F1", "1300.00", "为老服务")
    equal((bank(ledger, "QX-F1"), ledger.balance("3102", "QX-F1")), (0, 0))
    now = ledger.ok("auditor", "fund", "balance", fund="QX-F1")
    equal((now["restricted"], now["unrestricted"]), ("0", "0"))


def test_two_requests_for_the_same_money(ledger):
    """Both requests are taken while the money is there; the second approval of the second one finds it gone."""
    ledger.ok("treasurer", "fund", "transfer", **{"from": "QX-GF", "to": "QX-F1"}, kind="seed", amount="1000.00")
    first = spend(ledger, "QX-F1", "600.00", paid=False)
    with nothing_posted(ledger):
        done = ledger.cli("treasurer", "disbursement", "request", fund="QX-F1", amount="600.00", payee="x", resolution="1", content="x")
        equal(done.problem["code"], "not_enough_money", "a payable is gone already")
    ledger.ok("treasurer2", "disbursement", "pay", disbursement=first, bank_reference="B")
    equal(bank(ledger, "QX-F1"), 40000)


def test_income_rules(ledger):
    """Public money needs an open campaign of the fund; only gifts and grants can be restricted; a donor or anonymous; nothing from the future."""
    client = ledger.client_of("treasurer")
    campaign(ledger, "QX-F1")
    good = {"fund": "QX-F1", "channel": "public", "campaign": "MZ2025", "amount": "100", "donor_kind": "person", "donor": Personal("张三")}
    for change, code, field in (
        ({"campaign": None}, "campaign_required", "campaign"),
        ({"campaign": "NO"}, "unknown_campaign", "campaign"),
        ({"fund": "QX-F2"}, "unknown_campaign", "campaign"),
        ({"channel": "sponsorship"}, "campaign_not_allowed", "campaign"),
        ({"occurred_on": "2024-12-31"}, "outside_campaign_window", "occurred_on"),
        ({"occurred_on": "2025-03-09"}, "dated_in_future", "occurred_on"),
        ({"channel": "lottery_share", "campaign": None, "purpose": "为老服务"}, "cannot_be_restricted", "purpose"),
        ({"donor": None}, "donor_required", "donor"),
        ({"fund": "DH-F1"}, "unknown_fund", "fund"),
        ({"amount": "0"}, "not_positive", "amount"),
        ({"amount": "-1"}, ("too_small", "ill_typed", "not_positive"), "amount"),
        ({"channel": "gambling"}, "bad_choice", "channel"),
    ):
        fields = {k: v for k, v in {**good, **change}.items() if v is not None}
        with nothing_posted(ledger):
            refused(client.command("income", "receive", fields), code, field)
            lines = [good, fields]
            refused(client.command("income", "import", lines=lines, file=Personal("ab" * 32)), code, f"lines/1/{field}")
    assert client.command("income", "receive", {k: v for k, v in {**good, "anonymous": True}.items() if k != "donor"}).ok


def test_reversal_once_and_only_of_what_has_no_way_back_of_its_own(ledger):
    """Income and transfers can be reversed once, while the money is there; disbursements, redemptions and reversals cannot."""
    ledger.ok("treasurer", "fund", "transfer", **{"from": "QX-GF", "to": "QX-F1"}, kind="seed", amount="1000.00")
    got = ledger.ok("treasurer", "income", "receive", fund="QX-F1", channel="sponsorship", amount="500", donor="公司", donor_kind="company", purpose="为老服务")["entry"]
    back = ledger.ok("treasurer", "entry", "reverse", entry=got, reason="重复入账")
    equal(back["reverses"], got)
    equal((bank(ledger, "QX-F1"), ledger.balance("4101", "QX-F1")), (100000, 0))

    def reverse(entry):
        return ledger.cli("treasurer", "entry", "reverse", entry=entry, reason="x").problem["code"]

    with nothing_posted(ledger):
        equal(reverse(got), "already_reversed")
        equal(reverse(back["entry"]), "not_reversible")
        equal(reverse(99999), "unknown_entry")
    number = spend(ledger, "QX-F1", "800.00")
    entries = [row["entry"] for row in ledger.rows(f"SELECT entry FROM ledger.disbursement_approval WHERE disbursement = {number} AND entry IS NOT NULL")]
    seed = ledger.value("SELECT entry FROM ledger.fund_transfer")
    with nothing_posted(ledger):
        equal(reverse(entries[0]), "not_reversible")
        equal(reverse(seed), "not_enough_money", "the money has been spent")


def test_transfers_stay_within_one_host(ledger):
    """Between hosts, to itself, seed from a fund that is not general, without money: refused."""
    enrol(ledger, "chief", "treasurer", "CITY")
    client = ledger.client_of("chief")
    for change, code, field in (
        ({"to": "DH-F1"}, "different_hosts", "to"),
        ({"to": "QX-GF"}, "same_fund", "to"),
        ({"from": "QX-F2"}, "fund_not_general", "from"),
        ({"kind": "charge"}, "fund_not_general", "to"),
        ({"amount": "10000001"}, "not_enough_money", "amount"),
        ({"to": "NO"}, "unknown_fund", "to"),
    ):
        with nothing_posted(ledger):
            refused(client.command("fund", "transfer", {"from": "QX-GF", "to": "QX-F1", "kind": "seed", "amount": "100", **change}), code, field)


def test_a_volunteer_of_another_community_redeems_here(ledger):
    """Points are good at any shop of the ledger."""
    (v,) = add_volunteers(ledger, "worker2", "QX-C2", 1)
    earn(ledger, [v], community="QX-C2", team="QX-T2", leader="leader2", worker="worker2")
    ledger.ok("till", "redemption", "make", shop="QX-S1", volunteer=v, points=5)
    equal(ledger.balance("P2100", v), 15)
