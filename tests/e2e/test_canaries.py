"""Personal data stand in the erasable tables and nowhere else: not in logs, leaves, stored requests, errors or masked views."""

import base64
import json
import os
import re
import subprocess

from cluster import bindir
from expect import refused
from invariants import LEAVES
from protocol import Key, Personal, enrolment
from test_cases import csv_file
from world import activity, earn, line

NAMES = {
    "volunteer": "欧阳金丝雀",
    "imported": "司马金丝雀",
    "in_charge": "诸葛金丝雀",
    "operator": "慕容金丝雀",
    "donor": "东方金丝雀有限公司",
    "imported donor": "西门金丝雀",
    "payee": "南宫金丝雀食堂",
}
PHONES = {"volunteer": "13977701234", "imported": "13977705678"}
CANARIES = [*NAMES.values(), *PHONES.values(), "金丝雀"]


def forms(canary):
    """The ways in which a canary could be written down."""
    raw = canary.encode()
    found = {raw, raw.hex().encode(), "".join(f"\\u{ord(c):04x}" for c in canary).encode() if not canary.isascii() else raw}
    for spread in (b"", b" ", b"  "):
        # Base64 depends on the place: leave out what the neighbours decide.
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            text = encode(spread + raw).rstrip(b"=")
            cut = 0 if not spread else 2 if len(spread) == 1 else 3
            found.add(text[cut : len(text) - 2])
    found.add("".join(f"%{b:02X}" for b in raw).encode())
    found.add(canary.encode("gb18030"))
    return {f for f in found if len(f) >= 6}


PATTERN = re.compile(b"|".join(re.escape(f) for c in CANARIES for f in forms(c)), re.I)


def leaks(name, data):
    return [f"{name}: ...{data[max(0, m.start() - 60) : m.end() + 40]!r}" for m in PATTERN.finditer(data)][:5]


def plant(ledger):
    """Every personal field of every operation gets a canary, through daemon and command line."""
    admin, worker, leader = (ledger.client_of(w) for w in ("admin", "worker", "leader"))
    made = ledger.do("worker", "volunteer", "add", community="QX-C1", name=Personal(NAMES["volunteer"]), phone=Personal(PHONES["volunteer"]))
    sheet = csv_file(ledger, "volunteers.csv", ["姓名", "手机号"], [(NAMES["imported"], PHONES["imported"])])
    done = ledger.cli("worker", "volunteer", "import", community="QX-C1", csv=sheet)
    assert done.code == 0, done
    recorded = ledger.do("leader", "service", "record", activity([line(made["volunteer"])], in_charge=Personal(NAMES["in_charge"])))
    ledger.do("worker", "service", "confirm", activity=recorded["activity"])
    key = Key()
    ledger.do("admin", "operator", "enrol", name=Personal(NAMES["operator"]), role="auditor", node="QX-C1", request=enrolment(key, {"iat": 1}))
    income = {"fund": "QX-F1", "channel": "sponsorship", "amount": "100000", "donor_kind": "company"}
    ledger.do("treasurer", "income", "receive", {**income, "donor": Personal(NAMES["donor"])})
    ledger.do("treasurer", "income", "import", lines=[{**income, "donor": Personal(NAMES["imported donor"])}], file=Personal(os.urandom(32).hex()))
    spent = {"fund": "QX-F1", "amount": "5000", "payee": Personal(NAMES["payee"]), "payee_kind": "organisation", "resolution": "2025-3", "content": "午餐"}
    ledger.do("treasurer", "disbursement", "request", spent)
    refusals = [
        worker.command("volunteer", "add", community="NO-SUCH", name=Personal(NAMES["volunteer"]), phone=Personal(PHONES["volunteer"])),
        worker.command("volunteer", "add", community="QX-C1", name=Personal(NAMES["volunteer"]), phone=Personal(PHONES["volunteer"] + "\u202e")),
        worker.command("volunteer", "add", community="QX-C1", name=NAMES["volunteer"]),
        leader.command("service", "record", activity([line(4000000001)], in_charge=Personal(NAMES["in_charge"]))),
        admin.command("operator", "enrol", name=Personal(NAMES["operator"]), role="auditor", node="NO-SUCH", request=enrolment(Key(), {"iat": 1})),
        ledger.client_of("treasurer").command("income", "receive", {**income, "fund": "NO-SUCH", "donor": Personal(NAMES["donor"])}),
        ledger.client_of("treasurer").command("disbursement", "request", {**spent, "amount": "999999999"}),
    ]
    return made["volunteer"], refusals


def database_without_personal(ledger):
    """A dump of all rows but those of ledger.personal, and all stored requests and leaves decoded."""
    dump = subprocess.run(
        [f"{bindir()}/pg_dump", "-h", ledger.cluster.directory, "-U", ledger.cluster.superuser, "--exclude-table-data=ledger.personal", ledger.database],
        capture_output=True, check=True,
    ).stdout  # fmt: skip
    parts = {"pg_dump": dump}
    for name, query in (
        ("requests", "SELECT encode(payload, 'base64') AS data FROM ledger.request"),
        ("headers of requests", "SELECT encode(protected, 'base64') AS data FROM ledger.request"),
        ("leaves", f"SELECT encode(body, 'base64') AS data FROM {LEAVES}"),
        ("results", "SELECT encode(convert_to(result::text, 'UTF8'), 'base64') AS data FROM ledger.request"),
    ):
        parts[name] = b"\n".join(base64.b64decode(row["data"]) for row in ledger.rows(query))
    return parts


def test_personal_values_stand_in_the_erasable_table_only(ledger):
    """Canaries in every personal field are found in ledger.personal and in no other row, leaf, request, log or error."""
    _, refusals = plant(ledger)
    kept = ledger.rows("SELECT value FROM ledger.personal")
    values = {row["value"] for row in kept}
    for canary in (*NAMES.values(), *PHONES.values()):
        assert canary in values, f"{canary} is not even in ledger.personal"
    found = []
    for name, data in database_without_personal(ledger).items():
        found += leaks(name, data)
    for answer in refusals:
        assert answer.status >= 400, answer
        found += leaks(f"the answer {answer.code}", answer.body)
        found += leaks(f"the problem {answer.code}", repr(answer.problem).encode())
    ledger.stop()
    for file in sorted(os.listdir(ledger.directory)):
        path = os.path.join(ledger.directory, file)
        if file.startswith("daemon") and os.path.isfile(path):
            with open(path, "rb") as log:
                found += leaks(file, log.read())
    for folder, _, files in os.walk(ledger.state):
        for file in files:
            with open(os.path.join(folder, file), "rb") as data:
                found += leaks(f"state_dir/{file}", data.read())
    assert not found, "\n".join(found)


def test_postgresql_logs_hold_no_personal_values(ledger):
    """Not even when the statements that carry them fail."""
    ledger.sql(
        "CREATE FUNCTION public.sabotage() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM 1 / 0; END $$;"
        "CREATE TRIGGER sabotage BEFORE INSERT ON ledger.volunteer FOR EACH ROW EXECUTE FUNCTION public.sabotage();"
    )
    answer = ledger.client_of("worker").command("volunteer", "add", community="QX-C1", name=Personal(NAMES["volunteer"]), phone=Personal(PHONES["volunteer"]))
    refused(answer, "internal", status=500)
    ledger.sql("DROP TRIGGER sabotage ON ledger.volunteer")
    plant(ledger)
    found = leaks("the daemon's log", ledger.daemon.text().encode()) + leaks("the refusal", answer.body)
    with open(ledger.cluster.log, "rb") as log:
        text = log.read()
    assert b"division by zero" in text, "the failure is not in PostgreSQL's log: this test proves nothing"
    found += leaks("PostgreSQL's log", text)
    assert not found, "\n".join(found)


def test_masked_views_mask(ledger):
    """An auditor sees 欧** and 139****1234; the worker of the community sees the whole name."""
    volunteer, _ = plant(ledger)
    earn(ledger, [volunteer], day="2025-03-06")
    auditor = ledger.client_of("auditor")
    shown = auditor.read("volunteer", "show", volunteer=volunteer)
    assert shown.ok, shown
    assert shown.result["name"] == "欧**" and shown.result["phone"] == "139****1234", shown
    found = leaks("volunteer show", repr(shown.result).encode())
    for noun, verb, fields in (
        ("points", "show", {"volunteer": volunteer}),
        ("points", "history", {"volunteer": volunteer}),
        ("service", "list", {}),
        ("redemption", "list", {}),
        ("entry", "list", {}),
        ("ledger", "journal", {}),
        ("ledger", "trial-balance", {}),
        ("fund", "list", {}),
        ("income", "list", {}),
        ("disbursement", "list", {}),
        ("settlement", "list", {}),
        ("fund", "statement", {"fund": "QX-F1", "from": "2025-01-01", "to": "2025-12-31"}),
    ):
        answer = auditor.read(noun, verb, fields)
        assert answer.ok, answer
        found += leaks(f"{noun} {verb}", repr(answer.result).encode())
    leader = ledger.client_of("leader").read("service", "list")
    found += leaks("a leader's list", repr(leader.result).encode())
    assert not found, "\n".join(found)
    mine = ledger.ask("worker", "volunteer", "show", volunteer=volunteer)
    assert mine["name"] == NAMES["volunteer"] and mine["phone"] == PHONES["volunteer"], mine


def test_exports_hold_no_personal_values(ledger):
    """The book as a journal, statements as JSON and CSV, and what verify reads: no name of anybody."""
    volunteer, _ = plant(ledger)
    ledger.do("till", "redemption", "make", shop="QX-S1", volunteer=volunteer, points="3")
    out = os.path.join(ledger.directory, "out")
    year = {"fund": "QX-F1", "from": "2025-01-01", "to": "2025-12-31"}
    found = []
    for who, words, flags in (
        ("inspector", ("export", "journal"), {}),
        ("auditor", ("export", "statement"), {**year, "format": "json"}),
        ("auditor", ("export", "statement"), {**year, "format": "csv"}),
    ):
        done = ledger.cli(who, *words, as_json=False, out=out, **flags)
        assert done.code == 0, done
        with open(out, "rb") as file:
            data = file.read()
        assert len(data) > 500, data
        found += leaks(" ".join(words), data)
        if data.startswith(b"{"):
            found += leaks("the signed statement", base64.urlsafe_b64decode(json.loads(data)["payload"] + "=="))
    leaves = ledger.ask("inspector", "ledger", "leaves", {"from": 0, "limit": 500})
    found += leaks("leaves", b"\n".join(base64.urlsafe_b64decode(row["leaf"] + "==") for row in leaves["rows"]))
    assert not found, "\n".join(found)


def everything_planted(ledger):
    """What the canaries belong to, by the field of person erase that names it."""
    numbers = ledger.rows(
        "SELECT p.value, v.number AS volunteer, r.id AS person, a.id AS activity, i.entry AS income, d.id AS disbursement FROM ledger.personal p "
        "LEFT JOIN ledger.volunteer v ON p.commitment = v.name LEFT JOIN ledger.person r ON p.commitment = r.name LEFT JOIN ledger.activity a ON p.commitment = a.in_charge "
        "LEFT JOIN ledger.income i ON p.commitment = i.donor LEFT JOIN ledger.disbursement d ON p.commitment = d.payee"
    )
    return [(kind, row[kind], row["value"]) for row in numbers if row["value"] in NAMES.values() for kind in ("volunteer", "person", "activity", "income", "disbursement") if row[kind]]


def database_dump(ledger, *flags):
    """All rows as text, and as PostgreSQL writes bytea."""
    dump = subprocess.run([f"{bindir()}/pg_dump", "-h", ledger.cluster.directory, "-U", ledger.cluster.superuser, *flags, ledger.database], capture_output=True, check=True).stdout
    return dump + b"\n".join(bytes.fromhex(m.group(1).decode()) for m in re.finditer(rb"\\\\x((?:[0-9a-f]{2})+)", dump))


def test_what_is_erased_is_nowhere_and_everything_still_verifies(ledger):
    """Worked case 27. Every canary's owner erased: no dump of the database holds one but where the law keeps donors and payees sealed;
    totals, leaves and proofs are as before, and everybody is shown as 已注销."""
    volunteer, _ = plant(ledger)
    earn(ledger, [volunteer], day="2025-03-06")
    ledger.do("till", "redemption", "make", shop="QX-S1", volunteer=volunteer, points="3")
    before = ledger.rows("SELECT number, owner, balance FROM ledger.account ORDER BY id")
    statement = ledger.ask("auditor", "fund", "statement", {"fund": "QX-F1", "from": "2025-01-01", "to": "2025-12-31"})
    leaves = ledger.rows(f"SELECT encode(body, 'hex') AS body FROM {LEAVES} ORDER BY index")
    things = everything_planted(ledger)
    assert {name for _, _, name in things} == set(NAMES.values()), things
    assert leaks("control", database_dump(ledger)), "the search does not find what is there: this test proves nothing"
    for kind, number, name in things:
        made = ledger.do("admin", "person", "erase", {kind: number, "reason": "本人申请"})
        assert ("sealed_until" in made) == (kind in ("income", "disbursement")), (name, made)
    found = leaks("pg_dump", database_dump(ledger, "--exclude-table-data=ledger.personal_sealed"))
    for name, data in database_without_personal(ledger).items():
        if name != "pg_dump":
            found += leaks(name, data)
    assert not found, "\n".join(found)
    sealed = {row["value"]: row["until"] for row in ledger.rows("SELECT value, until::text AS until FROM ledger.personal_sealed")}
    assert sealed == {NAMES[who]: "2055-12-31" for who in ("donor", "imported donor", "payee")}, sealed
    assert ledger.ok("worker", "volunteer", "show", volunteer=volunteer)["name"] == "已注销"
    assert "phone" not in ledger.ask("worker", "volunteer", "show", volunteer=volunteer)
    names = {row["name"] for row in ledger.ask("admin", "operator", "list", {"limit": 500})["rows"]}
    donors = {row.get("donor") for row in ledger.ask("treasurer", "income", "list")["rows"]}
    payees = {row.get("payee") for row in ledger.ask("treasurer", "disbursement", "list")["rows"]}
    assert "已注销" in names and donors == payees == {"已注销"}, (names, donors, payees)
    assert ledger.rows("SELECT number, owner, balance FROM ledger.account ORDER BY id") == before
    assert ledger.ask("auditor", "fund", "statement", {"fund": "QX-F1", "from": "2025-01-01", "to": "2025-12-31"}) == statement
    assert ledger.rows(f"SELECT encode(body, 'hex') AS body FROM {LEAVES} ORDER BY index")[: len(leaves)] == leaves
    ledger.check()
    ledger.clock.set("2056-01-01T00:00:00+08:00")
    assert ledger.do("admin", "person", "purge")["values"] == 3
    found = leaks("pg_dump", database_dump(ledger))
    assert not found, "\n".join(found)


def test_the_search_finds_a_leak():
    """The control: a canary hidden in text, base64 or hex is found."""
    for canary in ("欧阳金丝雀", "13977701234"):
        for data in (canary.encode(), b"x" + base64.b64encode(b"{" + canary.encode() + b"}"), b"\\x" + canary.encode().hex().encode(), base64.urlsafe_b64encode(b"ab" + canary.encode() + b"yz")):
            assert leaks("control", data), data
