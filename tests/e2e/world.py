"""The ledgers that tests start from, set up through the real programs: every name here may be used in tests.

    CITY 示例市
      QX 青溪县: communities QX-C1, QX-C2; teams QX-T1, QX-T2; shops QX-S1, QX-S2; host QX-H with its general fund QX-GF and the
                 funds QX-F1, QX-F2 (their shops' fund too)
      DH 东湖区: the same with DH: what nobody of QX may see

People are called by their role; far_* are their likes in DH, second ones have a 2.
"""

import os
import subprocess

import protocol
from protocol import Personal

FOUNDED = ("bare",)
PEOPLE = {
    # who: (role, node)
    "leader": ("leader", "QX-T1"),
    "leader2": ("leader", "QX-T2"),
    "worker": ("worker", "QX-C1"),
    "worker2": ("worker", "QX-C2"),
    "till": ("till", "QX-S1"),
    "till2": ("till", "QX-S2"),
    "manager": ("manager", "QX-S1"),
    "treasurer": ("treasurer", "QX"),
    "treasurer2": ("treasurer", "QX"),
    "approver": ("approver", "QX"),
    "approver2": ("approver", "QX"),
    "approver3": ("approver", "QX"),
    "auditor": ("auditor", "QX"),
    "inspector": ("auditor", "CITY"),
    "far_leader": ("leader", "DH-T1"),
    "far_worker": ("worker", "DH-C1"),
    "far_till": ("till", "DH-S1"),
    "far_manager": ("manager", "DH-S1"),
    "far_treasurer": ("treasurer", "DH"),
    "far_treasurer2": ("treasurer", "DH"),
    "far_approver": ("approver", "DH"),
    "far_approver2": ("approver", "DH"),
    "far_auditor": ("auditor", "DH"),
    "far_admin": ("administrator", "DH"),
}
RULE = {
    "effective_from": "2020-01-01",
    "points": 10,
    "minutes": 60,
    "daily_minutes": 480,
    "lot_days": 365,
    "fen_per_point": 10,
    "till_daily_points": "1000000",
    "volunteer_daily_points": "100000",
}


def found(ledger):
    """The administrator's key, and a ledger that knows nobody else."""
    new_key(ledger, "admin")
    done = ledger.lovebankd("init", "--admin", proof_path(ledger, "admin"), "--code", "CITY", "--name", "示例市")
    assert done.code == 0, done


def new_key(ledger, who):
    """lovebank key new: the key stays in the home, the enrolment request is what others get."""
    os.makedirs(ledger.home(who), mode=0o700, exist_ok=True)
    done = ledger.cli(who, "key", "new", as_json=False)
    assert done.code == 0, done
    with open(proof_path(ledger, who), "w") as file:
        file.write(done.out)


def proof_path(ledger, who):
    return os.path.join(ledger.directory, f"{who}.enrol")


def enrol(ledger, who, role, node, name=None):
    """A new person with a key of the real client's making, enrolled by the administrator's command line."""
    new_key(ledger, who)
    made = ledger.ok("admin", "operator", "enrol", request=proof_path(ledger, who), name=name or f"姓名{who}", role=role, node=node)
    ledger.facts.setdefault("operators", {})[who] = made["operator"]
    ledger.facts.setdefault("persons", {})[who] = made["person"]
    return made


def make_bare(ledger):
    found(ledger)


def make_place(ledger, p, name):
    """A county with all that belongs to it, by the protocol client."""
    do = ledger.do
    do("admin", "org", "add", parent="CITY", kind="county", code=p, name=name)
    for n in "12":
        do("admin", "org", "add", parent=p, kind="community", code=f"{p}-C{n}", name=f"{name}社区{n}")
        do("admin", "team", "add", parent=f"{p}-C{n}", code=f"{p}-T{n}", name=f"{name}服务队{n}", colour="red")
    do("admin", "org", "add", parent=p, kind="host", code=f"{p}-H", name=f"{name}慈善会")
    enrol(ledger, f"opener_{p}", "treasurer", p)
    do(f"opener_{p}", "fund", "open", host=f"{p}-H", parent=f"{p}-H", code=f"{p}-GF", name=f"{name}总基金", kind="general", opening="10000000")
    for n in "12":
        do("admin", "fund", "open", host=f"{p}-H", parent=f"{p}-C{n}", code=f"{p}-F{n}", name=f"{name}社区基金{n}", kind="community")
        do("admin", "shop", "add", parent=f"{p}-C{n}", code=f"{p}-S{n}", name=f"{name}慈善超市{n}", fund=f"{p}-F{n}", unsettled_limit="100000", return_limit="100")


def make_city(ledger):
    found(ledger)
    ledger.start()
    make_place(ledger, "QX", "青溪县")
    make_place(ledger, "DH", "东湖区")
    for who, (role, node) in PEOPLE.items():
        enrol(ledger, who, role, node)
    ledger.do("admin", "rule", "set", RULE)
    ledger.facts["volunteers"] = add_volunteers(ledger, "worker", "QX-C1", 45)
    ledger.facts["volunteers2"] = add_volunteers(ledger, "worker2", "QX-C2", 2)
    ledger.facts["far_volunteers"] = add_volunteers(ledger, "far_worker", "DH-C1", 2)


def add_volunteers(ledger, who, community, count):
    """Numbers of new volunteers."""
    lines = [{"name": Personal(f"志愿者{community}第{n}号"), "phone": Personal(f"139{n:04d}{os.getpid() % 10000:04d}")} for n in range(count)]
    made = ledger.do(who, "volunteer", "import", community=community, lines=lines, file=Personal(os.urandom(32).hex()))
    return [row["volunteer"] for row in made["rows"]]


def activity(lines, **more):
    """The fields of a service record."""
    return {"team": "QX-T1", "community": "QX-C1", "name": "社区巡逻", "place": "文化广场", "content": "夜间巡逻", "category": "safety", "served": 10, "lines": lines, **more}


def line(volunteer, start="09:00", end="11:00", day="2025-03-07"):
    return {"volunteer": volunteer, "start": f"{day}T{start}:00+08:00", "end": f"{day}T{end}:00+08:00"}


def earn(ledger, volunteers, hours=2, day="2025-03-07", start=8, community="QX-C1", team="QX-T1", leader="leader", worker="worker"):
    """Volunteers serve some hours on a day, recorded and confirmed; the activity."""
    lines = [{"volunteer": v, "start": f"{day}T{start:02d}:00:00+08:00", "end": f"{day}T{start + hours:02d}:00:00+08:00"} for v in volunteers]
    made = ledger.do(leader, "service", "record", activity(lines, team=team, community=community))
    ledger.do(worker, "service", "confirm", activity=made["activity"])
    return made["activity"]


def make_load(ledger, clients):
    """A ledger for load: a till, a leader and a worker for each client, few volunteers with points to fight for."""
    found(ledger)
    ledger.start()
    make_place(ledger, "QX", "青溪县")
    for n in range(clients):
        enrol(ledger, f"till{n}", "till", "QX-S1")
        enrol(ledger, f"leader{n}", "leader", "QX-T1")
        enrol(ledger, f"worker{n}", "worker", "QX-C1")
    ledger.do("admin", "rule", "set", {**RULE, "effective_from": "2000-01-01", "daily_minutes": 1440, "till_daily_points": "100000000", "volunteer_daily_points": "100000000"})
    ledger.facts["volunteers"] = add_volunteers(ledger, "worker0", "QX-C1", 6)


MAKERS = {"bare": make_bare, "ledger": make_city}
