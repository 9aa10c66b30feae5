"""Every role x operation x scope, against the table of the domain written down here once more; nothing is read from SQL.

Each role has a key on the county QX. Objects of QX are its own, objects of the district DH are foreign, others are missing:
a foreign object must be answered exactly as a missing one.
"""

import json
import os

import protocol
from expect import equal, nothing_posted, refused
from invariants import LEAVES
from protocol import Key, Personal, enrolment
from public_log import check_receipt, hashes_of
from world import activity, enrol, line

ROLES = ("administrator", "leader", "worker", "till", "manager", "treasurer", "approver", "auditor")
ALL = " ".join(ROLES)
# Reads, submits and confirms of the domain's matrix, operation by operation.
MAY = {
    # operators, roles
    "operator enrol": "administrator",
    "operator revoke": "administrator",
    "operator list": "administrator auditor",
    "operator rotate": ALL,  # the own key
    "role grant": "administrator",
    "role revoke": "administrator",
    # organisation, teams, shops
    "org add": "administrator",
    "org list": ALL,
    "org tree": ALL,
    "team add": "administrator",
    "team list": ALL,
    "shop add": "administrator",
    "shop list": ALL,
    # volunteers' register
    "volunteer add": "worker",
    "volunteer import": "worker",
    "volunteer show": "leader worker auditor",
    # erasure of personal values
    "person erase": "administrator",
    "person purge": "administrator",
    # points rules, shop and fund settings
    "rule set": "administrator",
    "rule show": ALL,
    "fund open": "administrator treasurer",  # who posts its opening balance is the treasurer: see the test of that
    # service records
    "service record": "leader",
    "service confirm": "worker",
    "service reject": "worker",
    "service list": "leader worker auditor",
    # points, redemptions
    "points show": "worker auditor",
    "points history": "worker auditor",
    "redemption make": "worker till",
    "redemption refund": "worker till",
    "redemption list": "worker till manager auditor",
    # settlement
    "settlement claim": "manager",
    "settlement approve": "approver",
    "settlement pay": "treasurer",
    "settlement list": "till manager treasurer approver auditor",
    # income, disbursements
    "fund transfer": "treasurer",
    "campaign open": "treasurer",
    "income receive": "treasurer",
    "income import": "treasurer",
    "disbursement request": "treasurer",
    "disbursement approve": "approver",
    "disbursement pay": "treasurer",
    "entry reverse": "treasurer",
    "campaign list": "treasurer approver auditor",
    "income list": "treasurer approver auditor",
    "disbursement list": "treasurer approver auditor",
    # statements, journal, log
    "fund list": "administrator worker treasurer approver auditor",
    "fund balance": "worker treasurer approver auditor",
    "fund rollup": "worker treasurer approver auditor",
    "fund statement": "worker treasurer approver auditor",
    "entry show": "worker manager treasurer approver auditor",
    "entry list": "worker manager treasurer approver auditor",
    "ledger trial-balance": "treasurer approver auditor",
    "ledger journal": "treasurer approver auditor",
    "ledger status": ALL,
    # evidence
    "ledger leaves": "auditor",
    "ledger requests": "auditor",
    "ledger rows": "auditor",
    "receipt show": ALL,  # of what one did, or may see
    "ledger keys": ALL,
    "ledger key-add": "administrator",
    "ledger key-end": "administrator",
}
READS = {"list", "tree", "show", "history", "balance", "rollup", "statement", "trial-balance", "journal", "status", "leaves", "requests", "rows", "keys"}
WHOLE = {"rule set", "person purge", "ledger key-add", "ledger key-end", "ledger rows"}  # of the whole ledger: nobody of a county
YEAR = {"from": "2025-01-01", "to": "2025-12-31"}
INCOME = {"channel": "sponsorship", "amount": "100", "donor_kind": "company"}
DISBURSEMENT = {"amount": "100", "payee_kind": "organisation", "resolution": "1", "content": "x"}
counter = iter(range(1, 1 << 30))


def fresh(prefix):
    return f"{prefix}-{next(counter)}"


class Things:
    """What belongs to a place: its codes, and the numbers of one of each kind of thing. Missing ones never were."""

    def __init__(self, place, **numbers):
        self.place = place
        self.__dict__.update(numbers)

    def code(self, tail):
        return f"{self.place}-{tail}"


def inputs(t, role=None):
    """Input for every operation upon things t."""
    day = "2025-03-01"
    opening = {"opening": "100"} if role == "treasurer" else {}
    return {
        "operator enrol": {"name": Personal("某人"), "role": "auditor", "node": t.code("C1"), "request": enrolment(Key(), {"iat": 1})},
        "operator revoke": {"operator": t.operator, "reason": "x"},
        "operator list": {},
        "operator rotate": {"request": enrolment(Key(), {"iat": 1})},
        "role grant": {"operator": t.operator, "role": "auditor", "node": t.code("C2")},
        "role revoke": {"operator": t.operator, "role": "worker", "node": t.code("C2")},
        "org add": {"parent": t.code("C1"), "kind": "grid", "code": fresh("G"), "name": "网格"},
        "org list": {"node": t.code("C1")},
        "org tree": {"node": t.code("C1")},
        "team add": {"parent": t.code("C1"), "code": fresh("T"), "name": "队", "colour": "blue"},
        "team list": {"node": t.code("C1")},
        "shop add": {"parent": t.code("C1"), "code": fresh("S"), "name": "店", "fund": t.code("F1"), "unsettled_limit": "5"},
        "shop list": {"node": t.code("C1")},
        "volunteer add": {"community": t.code("C1"), "name": Personal("某人")},
        "volunteer import": {"community": t.code("C1"), "lines": [{"name": Personal("某人")}], "file": Personal(os.urandom(32).hex())},
        "volunteer show": {"volunteer": t.volunteer},
        "person erase": {"volunteer": t.volunteer, "reason": "x"},
        "person purge": {},
        "rule set": {"effective_from": "2030-01-01", "points": 1, "minutes": 60, "daily_minutes": 480, "lot_days": 365, "fen_per_point": 1, "till_daily_points": "1", "volunteer_daily_points": "1"},
        "rule show": {},
        "fund open": {"parent": t.code("C1"), "host": t.code("H"), "code": fresh("F"), "name": "基金", "kind": "micro", **opening},
        "service record": activity([line(t.volunteer, f"{next(counter) % 20:02d}:00", f"{20}:30", day="2025-02-01")], team=t.code("T1"), community="QX-C1"),
        "service confirm": {"activity": t.activity},
        "service reject": {"activity": t.activity2, "reason": "x"},
        "service list": {},
        "points show": {"volunteer": t.volunteer},
        "points history": {"volunteer": t.volunteer},
        "redemption make": {"shop": t.code("S1"), "volunteer": t.volunteer, "points": "1"},
        "redemption refund": {"redemption": t.redemption, "points": "1"},
        "redemption list": {},
        "settlement claim": {"shop": t.code("S1")},
        "settlement approve": {"settlement": t.settlement},
        "settlement pay": {"settlement": t.settlement, "bank_reference": "x"},
        "settlement list": {},
        "fund transfer": {"from": t.code("GF"), "to": t.code("F1"), "kind": "seed", "amount": "100"},
        "campaign open": {"fund": t.code("F1"), "code": fresh("MZ"), "filing_no": "1", "name": "x", "starts_on": day, "ends_on": day},
        "income receive": {**INCOME, "fund": t.code("F1"), "donor": Personal("公司")},
        "income import": {"lines": [{**INCOME, "fund": t.code("F1"), "donor": Personal("公司")}], "file": Personal(os.urandom(32).hex())},
        "disbursement request": {**DISBURSEMENT, "fund": t.code("F1"), "payee": Personal("食堂")},
        "disbursement approve": {"disbursement": t.disbursement},
        "disbursement pay": {"disbursement": t.disbursement, "bank_reference": "x"},
        "entry reverse": {"entry": t.entry, "reason": "x"},
        "campaign list": {},
        "income list": {},
        "disbursement list": {},
        "fund list": {"node": t.code("C1")},
        "fund balance": {"fund": t.code("F1")},
        "fund rollup": {"node": t.code("C1")},
        "fund statement": {"fund": t.code("F1"), **YEAR},
        "entry show": {"entry": t.entry},
        "entry list": {},
        "ledger trial-balance": {"node": t.code("C1")},
        "ledger journal": {},
        "ledger status": {},
        "ledger leaves": {"from": 0, "node": t.code("C1")},
        "ledger requests": {"from": 1, "node": t.code("C1")},
        "ledger rows": {"table": "node"},
        "receipt show": {"entry": t.entry},
        "ledger keys": {},
        "ledger key-add": {"use": "log", "key": "x"},
        "ledger key-end": {"key": "x", "reason": "x"},
    }


def furnish(ledger, place, pre, volunteers):
    """One of each kind of thing in a place, made by its own people."""
    do = ledger.do
    day = "2025-03-02"

    def serve(start):
        lines = [line(volunteers[0], f"{start:02d}:00", f"{start + 2:02d}:00", day)]
        return do(f"{pre}leader", "service", "record", activity(lines, team=f"{place}-T1", community=f"{place}-C1"))["activity"]

    do(f"{pre}worker", "service", "confirm", activity=serve(8))
    open_ones = [serve(10), serve(12)]
    redemptions = [do(f"{pre}till", "redemption", "make", shop=f"{place}-S1", volunteer=volunteers[0], points="4")["entry"] for _ in range(2)]
    settlement = do(f"{pre}manager", "settlement", "claim", shop=f"{place}-S1")["settlement"]
    do(f"{pre}till", "redemption", "make", shop=f"{place}-S1", volunteer=volunteers[0], points="2")
    entry = do(f"{pre}treasurer", "fund", "transfer", {"from": f"{place}-GF", "to": f"{place}-F1", "kind": "seed", "amount": "100000"})["entry"]
    asked = do(f"{pre}treasurer", "disbursement", "request", {**DISBURSEMENT, "fund": f"{place}-F1", "payee": Personal("食堂")})["disbursement"]
    operator = enrol(ledger, f"{pre}spare", "worker", f"{place}-C2")["operator"]
    return Things(place, volunteer=volunteers[0], activity=open_ones[0], activity2=open_ones[1], redemption=redemptions[0], settlement=settlement, entry=entry, disbursement=asked, operator=operator)


def prepare(ledger):
    own = furnish(ledger, "QX", "", ledger.facts["volunteers"])
    far = furnish(ledger, "DH", "far_", ledger.facts["far_volunteers"])
    # Of the length that foreign codes and numbers have.
    missing = Things("ZZ", volunteer=4000000001, activity=990001, activity2=990002, redemption=990003, settlement=990004, entry=990005, disbursement=990006, operator=990007)
    for role in ROLES:
        enrol(ledger, f"r_{role}", role, "QX")
    return own, far, missing


def ask(client, operation, fields):
    noun, verb = operation.split()
    if verb in READS:
        return client.read(noun, verb, {k: v for k, v in fields.items()})
    return client.command(noun, verb, fields)


def is_about_scope(answer):
    return answer.code is not None and (answer.code.startswith("unknown_") or answer.code == "not_allowed")


def test_every_operation_is_in_the_table(ledger):
    """The client's help names no operation that the table here does not hold, and the other way round."""
    import subprocess

    from harness import LOVEBANK

    known = set()
    for operation in MAY:
        noun, verb = operation.split()
        done = subprocess.run([LOVEBANK, "--lang", "en", "help", noun, verb], capture_output=True, text=True)
        assert done.returncode == 0, done
        known.add(operation)
    held = {f"{noun} {verb.replace('_', '-')}" for noun, verb in (row["op"].split("_", 1) for row in ledger.rows("SELECT DISTINCT op FROM core.matrix"))}
    equal(held, known, "operations that anybody may call")


def test_who_lacks_the_role_is_refused_everywhere(ledger):
    """A role that may not: signed 403 not_allowed, for own, foreign and missing objects alike; nothing is posted."""
    places = prepare(ledger)
    wrong = []
    with nothing_posted(ledger):
        for role in ROLES:
            client = ledger.client(f"r_{role}")
            for things in places:
                for operation, fields in inputs(things, role).items():
                    if role in MAY[operation].split():
                        continue
                    answer = ask(client, operation, fields)
                    if answer.code != "not_allowed" or answer.status != 403 or not answer.signed:
                        wrong.append(f"{role} {operation} on {things.place}: {answer}")
    assert not wrong, f"{len(wrong)} cells:\n" + "\n".join(wrong[:20])


def neutral(value, things):
    """A problem without what was asked for, so that foreign and missing can be compared."""
    if isinstance(value, dict):
        return {name: neutral(one, things) for name, one in value.items() if name != "status"}
    if isinstance(value, str):
        return value.replace(f"{things.place}-", "XX-")
    names = [name for name, one in vars(things).items() if one == value]
    return "<number>" if names else value


def test_foreign_objects_look_like_missing_ones(ledger):
    """A role that may, upon another county's objects: refused word for word as for objects that never were."""
    _, far, missing = prepare(ledger)
    wrong = []
    with nothing_posted(ledger):
        for role in ROLES:
            client = ledger.client(f"r_{role}")
            for operation in MAY:
                if role not in MAY[operation].split():
                    continue
                if not names_a_place(far, operation):
                    continue
                answers = [ask(client, operation, inputs(things, role)[operation]) for things in (far, missing)]
                texts = [neutral(a.problem, t) for a, t in zip(answers, (far, missing))]
                if any(a.ok for a in answers) or texts[0] != texts[1]:
                    wrong.append(f"{role} {operation}: foreign {answers[0]}, missing {answers[1]}")
    assert not wrong, f"{len(wrong)} cells:\n" + "\n".join(wrong[:20])


# Points are good in every shop of the ledger, so a volunteer from elsewhere is no secret there: only the shop is scoped.
def names_a_place(things, operation):
    text = json.dumps(inputs(things)[operation], default=str)
    numbers = [v for v in vars(things).values() if isinstance(v, int)]
    return f'"{things.place}-' in text or any(f": {n}" in text for n in numbers)


def test_who_has_the_role_may_in_the_own_place(ledger):
    """A role that may, upon the county's own objects: done, or refused for a reason that is not its authority."""
    own, _, _ = prepare(ledger)
    wrong, done = [], set()
    # What uses its object up comes after what only looks at it, and what ends the key itself last of all.
    order = sorted(MAY, key=lambda o: (o == "operator rotate", o.split()[1] not in READS, o in ("operator revoke", "role revoke", "entry reverse")))
    for role in ROLES:
        client = ledger.client(f"r_{role}")
        for operation in order:
            if role not in MAY[operation].split():
                continue
            answer = ask(client, operation, inputs(own, role)[operation])
            if answer.ok:
                done.add(operation)
            elif answer.status >= 500 or is_about_scope(answer) and operation not in WHOLE | {"receipt show"}:
                wrong.append(f"{role} {operation}: {answer}")
    assert not wrong, f"{len(wrong)} cells:\n" + "\n".join(wrong[:20])
    never = set(MAY) - done - WHOLE - {"service confirm", "settlement approve", "settlement pay", "disbursement pay", "service record"}
    equal(never, set(), "operations that nobody could do")


def test_an_administrator_never_posts_money(ledger):
    """A fund with an opening balance is opened by a treasurer, one without by an administrator; neither does the other's part."""
    fields = {"parent": "QX-C1", "host": "QX-H", "code": "QX-F8", "name": "基金", "kind": "micro"}
    with nothing_posted(ledger):
        refused(ledger.client_of("admin").command("fund", "open", fields, opening="100"), "not_allowed", "opening")
        refused(ledger.client_of("treasurer").command("fund", "open", fields), "not_allowed", "opening")
    assert ledger.client_of("admin").command("fund", "open", fields).ok
    assert ledger.client_of("treasurer").command("fund", "open", {**fields, "code": "QX-F9"}, opening="100").ok


def test_some_things_are_of_the_whole_ledger(ledger):
    """A county's people neither set the rule of all, nor register the ledger's keys, nor purge, nor read its tables; the city's do."""
    asked = inputs(Things("QX", volunteer=1, activity=1, activity2=1, redemption=1, settlement=1, entry=1, disbursement=1, operator=1))
    with nothing_posted(ledger):
        for operation in WHOLE:
            refused(ask(ledger.client_of("auditor" if operation == "ledger rows" else "far_admin"), operation, asked[operation]), "not_allowed")
        refused(ask(ledger.client_of("admin"), "ledger key-add", asked["ledger key-add"]), "bad_key", "key")
        refused(ask(ledger.client_of("admin"), "ledger key-end", asked["ledger key-end"]), "unknown_ledger_key", "key")
        refused(ask(ledger.client_of("admin"), "person purge", asked["person purge"]), "nothing_to_purge")
    assert ledger.client_of("admin").command("rule", "set", asked["rule set"]).ok
    assert ledger.ask("inspector", "ledger", "rows", asked["ledger rows"])["rows"]


def test_lists_hold_nothing_foreign(ledger):
    """Every list that a county's role may see names no code, volunteer or number of the other county."""
    own, far, _ = prepare(ledger)
    wrong = []
    for role in ROLES:
        client = ledger.client(f"r_{role}")
        for operation, fields in inputs(own, role).items():
            noun, verb = operation.split()
            if verb not in ("list", "tree", "journal", "rollup", "trial-balance") or role not in MAY[operation].split():
                continue
            answer = client.read(noun, verb, {k: v for k, v in fields.items() if k != "node" or verb == "rollup"})
            text = json.dumps(answer.result, ensure_ascii=False)
            if '"DH-' in text or '"DH"' in text or "东湖" in text or str(far.volunteer) in text:
                wrong.append(f"{role} {operation}: {text[:300]}")
    assert not wrong, "\n".join(wrong)


def test_a_team_leader_sees_one_team_only(ledger):
    """Scope is the grant's node: a leader of one team neither lists nor records for another of the same county."""
    prepare(ledger)
    do = ledger.do
    do("leader2", "service", "record", activity([line(ledger.facts["volunteers2"][0])], team="QX-T2", community="QX-C2"))
    listed = ledger.ask("leader", "service", "list")["rows"]
    assert listed and all(row["team"] == "QX-T1" for row in listed), listed
    with nothing_posted(ledger):
        refused(ledger.client_of("leader").command("service", "record", activity([line(ledger.facts["volunteers"][5])], team="QX-T2")), "unknown_team", "team")


def test_a_worker_confirms_only_for_the_community_served(ledger):
    """The worker of another community does not find the activity; the one of the community served does."""
    made = ledger.do("leader", "service", "record", activity([line(ledger.facts["volunteers"][0])], community="QX-C2"))
    with nothing_posted(ledger):
        for verb, more in (("confirm", {}), ("reject", {"reason": "x"})):
            refused(ledger.client_of("worker").command("service", verb, activity=made["activity"], **more), "unknown_activity", "activity")
    ledger.do("worker2", "service", "confirm", activity=made["activity"])


def test_revoked_role_ends_at_once(ledger):
    """After role revoke the key is known but may nothing."""
    number = ledger.facts["operators"]["till"]
    assert ledger.client_of("till").read("redemption", "list").ok
    ledger.do("admin", "role", "revoke", operator=number, role="till", node="QX-S1")
    with nothing_posted(ledger):
        refused(ledger.client_of("till").read("redemption", "list"), "not_allowed", status=403)
        refused(ledger.client_of("till").command("redemption", "make", shop="QX-S1", volunteer=ledger.facts["volunteers"][0], points="1"), "not_allowed", status=403)


def test_a_replaced_key_ends_and_the_new_one_goes_on(ledger):
    """operator rotate, signed by the old key: the same person with the same roles under the new one, even the last administrator."""
    for who, read in (("till", ("redemption", "list")), ("admin", ("operator", "list"))):
        old, new = ledger.client_of(who), Key()
        with nothing_posted(ledger):
            refused(old.command("operator", "rotate", request=enrolment(ledger.key(who), {"iat": 1})), "key_already_enrolled", "request")
            refused(old.command("operator", "rotate", request="x.y.z"), "bad_proof", "request")
        made = old.command("operator", "rotate", request=enrolment(new, {"iat": 1}))
        assert made.ok, made
        equal(made.result["person"], ledger.facts["persons"].get(who, 1), "the person")
        assert ledger.client(new).read(*read).ok
        with nothing_posted(ledger):
            refused(ledger.client(who).read(*read), "revoked_key", status=403)
            refused(ledger.client(who).command("operator", "rotate", request=enrolment(Key(), {"iat": 1})), "revoked_key", status=403)


def leaves_seen(ledger, who, **more):
    """Leaves that an auditor reads, by their index."""
    seen, at = {}, 0
    while at is not None:
        page = ledger.ask(who, "ledger", "leaves", {"from": at, "limit": 50, **more})
        seen.update({row["index"]: json.loads(protocol.unb64(row["leaf"])) for row in page["rows"]})
        at = page.get("next")
    return seen


def test_an_auditor_of_a_part_reads_its_leaves_and_the_registry(ledger):
    """No posting, volunteer or activity of another county; all keys and roles; the requests of which every leaf is among them."""
    own, far, _ = prepare(ledger)
    everything = leaves_seen(ledger, "inspector")
    equal(sorted(everything), list(range(ledger.value(f"SELECT count(*) FROM {LEAVES}"))), "leaves of the whole log")
    mine, theirs = leaves_seen(ledger, "auditor"), leaves_seen(ledger, "far_auditor")
    registry = {"identity", "node", "person", "operator", "operator_revocation", "role_grant", "role_revocation", "team", "shop", "fund", "rule", "purpose", "ledger_key"}
    common = set(mine) & set(theirs)
    assert common and all(set(everything[i]["rows"]) <= registry and "postings" not in everything[i] for i in common), "what both see is more than the registry"
    equal(set(mine) | set(theirs), set(everything), "nothing is hidden from everybody")
    equal(mine, leaves_seen(ledger, "inspector", node="QX"), "the county as the city's auditor asks for it")
    text = json.dumps([mine[i] for i in set(mine) - common], ensure_ascii=False)
    assert str(own.volunteer) in text and str(far.volunteer) not in text, "volunteers"
    requests = {row["number"]: row for row in ledger.ask("auditor", "ledger", "requests", {"from": 1, "limit": 500})["rows"]}
    for row in ledger.rows("SELECT number, leaf_first AS first, leaf_count AS count FROM ledger.request"):
        equal(row["number"] in requests, set(range(row["first"], row["first"] + row["count"])) <= set(mine), f"request {row['number']}")
    refused(ledger.client_of("auditor").read("ledger", "leaves", {"from": 0, "node": "DH"}), "unknown_node", "node")


def test_who_gets_which_receipt(ledger):
    """The leaf for its author and its auditors; for the till that redeemed its hash alone; for everybody else nothing, as if it were missing."""
    own, _, missing = prepare(ledger)
    index = ledger.value(f"SELECT leaf_first FROM ledger.request q JOIN ledger.entry e ON e.request = q.number WHERE e.number = {own.redemption}")
    vkey = ledger.known()["log"]
    for who, member in (("auditor", "leaves"), ("inspector", "leaves"), ("worker", "leaves"), ("till", "hashes")):
        by_entry, by_index = (ledger.ask(who, "receipt", "show", fields)["receipt"] for fields in ({"entry": own.redemption}, {"index": index}))
        equal(by_entry, by_index, f"the receipt of {who}")
        assert member in by_entry and by_entry["first"] == index, (who, by_entry)
        check_receipt(by_entry, vkey)
        equal(hashes_of(by_entry), hashes_of(ledger.ask("auditor", "receipt", "show", index=index)["receipt"]), "the leaf's hash")
    equal(str(own.volunteer) in json.dumps(ledger.ask("till", "receipt", "show", entry=own.redemption)), False, "what a till learns")
    with nothing_posted(ledger):
        for who in ("manager", "till2", "leader", "far_till", "far_auditor", "treasurer"):
            answers = [ledger.client_of(who).read("receipt", "show", entry=entry) for entry in (own.redemption, missing.redemption)]
            for answer in answers:
                refused(answer, "unknown_entry", "entry")
            equal(neutral(answers[0].problem, own), neutral(answers[1].problem, missing), f"what {who} is told")
        refused(ledger.client_of("auditor").read("receipt", "show"), "not_exactly_one", "entry")


def test_the_last_administrator_stays(ledger):
    """The ledger is never left without an administrator."""
    with nothing_posted(ledger):
        refused(ledger.client_of("admin").command("operator", "revoke", operator=1, reason="x"), "last_administrator", "operator")
        refused(ledger.client_of("admin").command("role", "revoke", operator=1, role="administrator", node="CITY"), "last_administrator")


def test_an_administrator_of_a_part_cannot_reach_beyond_it(ledger):
    """A district's administrator enrols, grants, adds and revokes in the district only."""
    far = ledger.client_of("far_admin")
    assert far.command("org", "add", parent="DH-C1", kind="grid", code="DH-G1", name="网格").ok
    with nothing_posted(ledger):
        refused(far.command("org", "add", parent="CITY", kind="county", code="NEW", name="新县"), "unknown_node", "parent")
        refused(far.command("role", "grant", operator=ledger.facts["operators"]["far_admin"], role="administrator", node="CITY"), "unknown_node", "node")
        refused(far.command("role", "grant", operator=ledger.facts["operators"]["till"], role="auditor", node="DH"), "unknown_operator", "operator")
        refused(far.command("operator", "revoke", operator=ledger.facts["operators"]["till"], reason="x"), "unknown_operator", "operator")
        refused(far.command("operator", "enrol", name=Personal("x"), role="auditor", node="QX", request=enrolment(Key(), {"iat": 1})), "unknown_node", "node")
        refused(far.command("shop", "add", parent="DH-C1", code="DH-S9", name="x", fund="QX-F1", unsettled_limit="5"), "unknown_fund", "fund")
