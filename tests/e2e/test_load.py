"""The bench's load on a ledger of the tests: many commands at once fill batches, and everything that they posted must hold."""

import datetime
import json
import os
import subprocess

import world
from expect import equal
from harness import BUILD
from tamper import Victim

LOAD = os.path.join(BUILD, "tests", "bench", "load")
SHOPS = ["S0", "S1", "S2"]


def load(ledger, kind, home, **flags):
    """What one load printed."""
    command = [LOAD, kind, "--home", ",".join(ledger.home(one) for one in home.split(",")), "--volunteers", ledger.volunteers]
    for name, value in flags.items():
        command += ["--" + name.replace("_", "-"), str(value)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done
    return json.loads(done.stdout)


def prepare(ledger, volunteers, **rule):
    """Shops, two tills, a team, and so many volunteers. The generator signs by the real clock."""
    ledger.clock.set(datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0).isoformat())
    do = ledger.do
    do("admin", "org", "add", parent="CITY", kind="community", code="C", name="社区")
    do("admin", "org", "add", parent="CITY", kind="host", code="H", name="慈善会")
    do("admin", "team", "add", parent="C", code="T", name="服务队", colour="red")
    do("admin", "fund", "open", host="H", parent="CITY", code="F0", name="基金", kind="general", min_balance="0")
    for shop in SHOPS:
        do("admin", "shop", "add", parent="C", code=shop, name=shop, fund="F0", unsettled_limit="1000000", return_limit="0")
    do("admin", "rule", "set", {**world.RULE, "lot_days": 36500, "till_daily_points": "100000", "volunteer_daily_points": "100000", **rule})
    for who, role, node in (("till0", "till", "CITY"), ("till1", "till", "CITY"), ("leader", "leader", "T"), ("worker", "worker", "C"), ("cashier", "treasurer", "CITY"),
                            ("inspector", "auditor", "CITY")):
        world.enrol(ledger, who, role, node)
        ledger.share(who)
    ledger.volunteers = os.path.join(ledger.directory, "volunteers")
    with open(ledger.volunteers, "w") as file:
        file.writelines(f"{n}\n" for n in world.add_volunteers(ledger, "worker", "C", volunteers))


def credit(ledger, lines, commands, skip=0):
    return load(ledger, "credit", "leader", confirm_home=ledger.home("worker"), team="T", community="C", lines=lines, count=commands, in_flight=4, skip=skip)


def test_whatever_was_under_load_holds(bare):
    prepare(bare, 60)
    said = credit(bare, 120, 10)
    equal((said["done"], said["refused"]), (1200, 0), said)
    said = load(bare, "income", "cashier", funds="F0", lines=50, count=4, in_flight=2)
    equal((said["done"], said["refused"]), (200, 0), said)
    said = load(bare, "redeem", "till0,till1", shops=",".join(SHOPS), count=1000, in_flight=128)
    equal((said["done"], said["refused"]), (1000, 0), said)
    said = load(bare, "read", "inspector", count=60, in_flight=4)
    equal((said["done"], said["refused"]), (60, 0), said)
    assert bare.value("SELECT count(*) FROM ledger.checkpoint") < 800, "commands that are under way at once share batches"
    equal(bare.value("SELECT count(*) FROM ledger.redemption"), 1000, "redemptions")
    equal(Victim(bare).audit()["findings"], [], "what the audit finds")


def test_what_is_refused_under_load_writes_nothing(bare):
    """Each volunteer has five points: more than these cannot be redeemed, whoever asks at once."""
    prepare(bare, 20)
    equal(credit(bare, 20, 1)["done"], 20, "each served half an hour")
    said = load(bare, "redeem", "till0,till1", shops=",".join(SHOPS), count=300, in_flight=64)
    equal((said["done"], said["refused"]), (100, 200), said)
    equal(bare.value("SELECT sum(remaining) FROM ledger.lot"), 0, "points left")
    equal(bare.value("SELECT count(*) FROM ledger.request WHERE op = 'redemption_make'"), 100, "requests kept")
    equal(Victim(bare).audit()["findings"], [], "what the audit finds")
