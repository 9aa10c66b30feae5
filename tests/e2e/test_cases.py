"""Worked cases of the domain with their numbers, through the real daemon and the real command line. Amounts typed are yuan."""

import os
import threading

from expect import equal, nothing_posted, refused
from world import activity, earn, enrol, line


def csv_file(ledger, name, titles, rows, encoding="utf-8"):
    path = os.path.join(ledger.directory, name)
    with open(path, "w", encoding=encoding, newline="") as file:
        file.write("\r\n".join(",".join(str(c) for c in row) for row in [titles, *rows]) + "\r\n")
    return path


def record(ledger, rows, who="leader", name="sheet.csv", team="QX-T1", community="QX-C1", **more):
    """lovebank service record of a sheet as offices keep them; how it ended."""
    path = csv_file(ledger, name, ["志愿者编号", "开始时间", "结束时间"], rows)
    return ledger.cli(who, "service", "record", team=team, community=community, name="环境整治", place="河边", content="清理垃圾", category="environment", served=200, csv=path, **more)


def show(ledger, volunteer, who="worker"):
    return ledger.ok(who, "points", "show", volunteer=volunteer)


def test_case_1_a_batch_of_40_gives_20_each(ledger):
    """40 people x 120 min recorded by a leader and confirmed by a worker give 20 each, 800 issued; again: still 800; one unknown in 41: nothing."""
    people = ledger.facts["volunteers"][:40]
    rows = [(v, "2025-03-07 09:00", "2025-03-07 11:00") for v in people]
    done = record(ledger, rows)
    assert done.code == 0, done
    made = done.result
    equal((made["records"], made["minutes"]), (40, 4800))
    equal(ledger.balance("P1000"), 0, "nothing is issued before confirmation")
    given = ledger.ok("worker", "service", "confirm", activity=made["activity"])
    equal((given["confirmed"], given["points"]), (40, "800"))
    equal(ledger.balance("P1000"), 800)
    for v in people:
        equal(ledger.balance("P2100", v), 20)
    shown = show(ledger, people[0])
    equal((shown["points"], shown["service_minutes"], len(shown["lots"])), ("20", 120, 1))
    equal(shown["lots"][0]["remaining"], "20")
    with nothing_posted(ledger):
        again = record(ledger, rows)
        assert again.code == 0 and "Rows 2 to 41" in again.err, f"the same sheet again: {again}"
        answer = ledger.client_of("worker").command("service", "confirm", activity=made["activity"])
        refused(answer, "already_decided", "activity")
    with nothing_posted(ledger):
        bad = record(ledger, [(v, "2025-03-06 09:00", "2025-03-06 11:00") for v in people] + [(4000000001, "2025-03-06 09:00", "2025-03-06 11:00")])
        assert bad.code == 1 and bad.problem["code"] == "unknown_volunteer" and bad.problem["field"] == "lines/40/volunteer", bad
        bad = record(ledger, [(v, "2025-03-06 09:00", "2025-03-06 11:00") for v in people] + [(4000000001, "2025-03-06 09:00", "2025-03-06 11:00")], as_json=False)
        assert bad.code == 1 and "42" in bad.err and "sheet.csv" in bad.err, f"the row of the sheet is named: {bad}"
    equal(ledger.balance("P1000"), 800)


def test_case_1_the_same_request_gives_the_same_receipt(ledger):
    """The bytes of the recording and of the confirmation sent again: the same receipts, still 800."""
    leader, worker = ledger.client_of("leader"), ledger.client_of("worker")
    asked = leader.sign("service", "record", activity([line(v) for v in ledger.facts["volunteers"][:40]]))
    first = leader.send(asked)
    confirmed = worker.sign("service", "confirm", {"activity": first.result["activity"]})
    second = worker.send(confirmed)
    after = ledger.counts()
    for client, request, answer in ((leader, asked, first), (worker, confirmed, second)):
        again = client.send(request)
        assert again.replay, again
        equal(again.result, answer.result)
    equal(ledger.counts(), after)
    equal(ledger.balance("P1000"), 800)


def test_case_2_overlap(ledger):
    """09-11 exists; 10-12 is refused naming it; 11-12 is allowed; an end in the future is refused."""
    v = ledger.facts["volunteers"][0]
    first = record(ledger, [(v, "2025-03-07 9:00", "2025年3月7日 11:00")])
    assert first.code == 0, first
    with nothing_posted(ledger):
        bad = record(ledger, [(v, "2025-03-07 10:00", "2025-03-07 12:00")])
        assert bad.code == 1, bad
        equal((bad.problem["code"], bad.problem["field"], bad.problem["params"]["record"]), ("overlapping_service", "lines/0/start", first.result["first"]))
        bad = record(ledger, [(v, "2025-03-08 09:00", "2025-03-08 10:01")])
        equal((bad.code, bad.problem["code"]), (1, "ends_in_future"))
    assert record(ledger, [(v, "2025-03-07 11:00", "2025-03-07 12:00")]).code == 0
    for number in (1, 2):
        assert ledger.cli("worker", "service", "confirm", activity=number).code == 0
    equal(show(ledger, v)["points"], "30")


def test_case_3_daily_cap(ledger):
    """600 min with 8 h a day: 600 min recorded, 80 points."""
    v = ledger.facts["volunteers"][0]
    assert record(ledger, [(v, "2025-03-07 08:00", "2025-03-07 18:00")]).code == 0
    given = ledger.ok("worker", "service", "confirm", activity=1)
    equal((given["minutes"], given["credited_minutes"], given["points"]), (600, 480, "80"))
    equal((show(ledger, v)["service_minutes"], show(ledger, v)["points"]), (600, "80"))


def test_case_3_daily_cap_over_several_records(ledger):
    """The cap is the day's, not the record's: 5 h and 5 h on one day give 80 points, in one activity or in two."""
    a, b = ledger.facts["volunteers"][:2]
    lines = [line(a, "08:00", "13:00"), line(a, "13:00", "18:00")]
    ledger.do("leader", "service", "record", activity(lines))
    ledger.do("worker", "service", "confirm", activity=1)
    equal(ledger.balance("P2100", a), 80)
    for n, (start, end) in enumerate((("08:00", "13:00"), ("13:00", "18:00"))):
        ledger.do("leader", "service", "record", activity([line(b, start, end)]))
        ledger.do("worker", "service", "confirm", activity=2 + n)
    equal(ledger.balance("P2100", b), 80)


def test_case_5_spending_takes_the_lot_that_expires_first(ledger):
    """Lot 1 of 30, lot 2 of 50 that lives longer: redeem 40, lot 2 has 40 left."""
    v = ledger.facts["volunteers"][0]
    earn(ledger, [v], hours=3, day="2025-03-06")
    ledger.clock.set("2025-03-20T10:00:00+08:00")
    earn(ledger, [v], hours=5, day="2025-03-19")
    lots = show(ledger, v)["lots"]
    equal([lot["remaining"] for lot in lots], ["30", "50"])
    assert lots[0]["expires_on"] < lots[1]["expires_on"], lots
    ledger.ok("till", "redemption", "make", shop="QX-S1", volunteer=v, points=40)
    equal([lot["remaining"] for lot in show(ledger, v)["lots"]], ["40"])


def test_case_5_a_lot_lives_to_the_end_of_its_day_in_shanghai(ledger):
    """At 23:59 of its last day a lot can be spent, a minute later it cannot."""
    v, w = ledger.facts["volunteers"][:2]
    earn(ledger, [v, w])
    last = show(ledger, v)["lots"][0]["expires_on"]
    ledger.clock.set(f"{last}T23:59:30+08:00")
    ledger.ok("till", "redemption", "make", shop="QX-S1", volunteer=v, points=20)
    ledger.clock.advance(seconds=30)
    done = ledger.cli("till", "redemption", "make", shop="QX-S1", volunteer=w, points=20)
    equal((done.code, done.problem["code"]), (1, "not_enough_points"))
    shown = show(ledger, w)
    equal((shown["points"], shown["expired"]), ("0", "20"))


def test_case_10_race_for_the_same_points(ledger):
    """Balance 50, two redemptions of 40 at once: exactly one succeeds, 10 left; ten times over."""
    people = ledger.facts["volunteers"][:10]
    earn(ledger, people, hours=5)
    enrol(ledger, "till_b", "till", "QX-S1")
    for v in people:
        outcomes = []
        threads = [
            threading.Thread(target=lambda who=who: outcomes.append(ledger.cli(who, "redemption", "make", shop="QX-S1", volunteer=v, points=40)))
            for who in ("till", "till_b")
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        equal(sorted(done.code for done in outcomes), [0, 1], "exit codes")
        loser = next(done for done in outcomes if done.code)
        equal(loser.problem["code"], "not_enough_points")
        equal(ledger.balance("P2100", v), 10)
    equal(ledger.balance("P2400", "QX-S1"), 400)


def test_case_10_a_hundred_at_once(ledger):
    """Balance 50, a hundred redemptions of 7 in one flight: exactly seven succeed, 1 left."""
    v = ledger.facts["volunteers"][0]
    earn(ledger, [v], hours=5)
    till = ledger.client_of("till")
    answers = till.send_all([till.sign("redemption", "make", {"shop": "QX-S1", "volunteer": v, "points": "7"}) for _ in range(100)])
    equal(sum(a.ok for a in answers), 7)
    for answer in answers:
        if not answer.ok:
            refused(answer, "not_enough_points")
    equal(ledger.balance("P2100", v), 1)


def test_case_13_refund_goes_back_to_the_lots(ledger):
    """45 of lots 30 and 50; return 15: lot 2 gets it back first; more than is left of it is refused."""
    v = ledger.facts["volunteers"][0]
    earn(ledger, [v], hours=3, day="2025-03-06")
    ledger.clock.set("2025-03-20T10:00:00+08:00")
    earn(ledger, [v], hours=5, day="2025-03-19")
    made = ledger.ok("till", "redemption", "make", shop="QX-S1", volunteer=v, points=45)
    equal([lot["remaining"] for lot in show(ledger, v)["lots"]], ["35"])
    back = ledger.ok("till", "redemption", "refund", redemption=made["entry"], points=15)
    equal(back["left"], "30")
    equal([lot["remaining"] for lot in show(ledger, v)["lots"]], ["50"])
    with nothing_posted(ledger):
        done = ledger.cli("till", "redemption", "refund", redemption=made["entry"], points=31)
        equal((done.code, done.problem["code"], done.problem["field"]), (1, "more_than_redeemed", "points"))
    ledger.ok("till", "redemption", "refund", redemption=made["entry"], points=30)
    equal([lot["remaining"] for lot in show(ledger, v)["lots"]], ["30", "50"])
    with nothing_posted(ledger):
        equal(ledger.cli("till", "redemption", "refund", redemption=made["entry"], points=1).problem["code"], "already_refunded")
    equal(ledger.balance("P2400", "QX-S1"), 0)


def test_daily_caps_of_till_and_volunteer(ledger):
    """A till's and a volunteer's day have their caps; the next day begins anew."""
    v, w = ledger.facts["volunteers"][:2]
    earn(ledger, [v, w], hours=5)
    ledger.ok("admin", "rule", "set", effective_from="2025-03-08", points=10, minutes=60, daily_minutes=480, lot_days=365, fen_per_point=10, till_daily_points=60, volunteer_daily_points=40)
    ledger.ok("till", "redemption", "make", shop="QX-S1", volunteer=v, points=40)
    with nothing_posted(ledger):
        equal(ledger.cli("till", "redemption", "make", shop="QX-S1", volunteer=v, points=1).problem["code"], "daily_cap_volunteer")
        equal(ledger.cli("till", "redemption", "make", shop="QX-S1", volunteer=w, points=21).problem["code"], "daily_cap_till")
    ledger.ok("till", "redemption", "make", shop="QX-S1", volunteer=w, points=20)
    ledger.clock.set("2025-03-09T00:00:00+08:00")
    ledger.ok("till", "redemption", "make", shop="QX-S1", volunteer=w, points=21)


def test_a_shop_stays_within_its_unsettled_limit(ledger):
    """A redemption beyond what the sponsor lets a shop have unsettled is refused."""
    v = ledger.facts["volunteers"][0]
    earn(ledger, [v], hours=8)
    ledger.do("admin", "shop", "add", parent="QX-C1", code="QX-S9", name="小店", fund="QX-F1", unsettled_limit="50")
    enrol(ledger, "till9", "till", "QX-S9")
    ledger.ok("till9", "redemption", "make", shop="QX-S9", volunteer=v, points=50)
    with nothing_posted(ledger):
        equal(ledger.cli("till9", "redemption", "make", shop="QX-S9", volunteer=v, points=1).problem["code"], "shop_limit")
