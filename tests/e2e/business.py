"""Random business of a city, the same for the same seed: every operation, by the people who may, through the real daemon.

Business.all_kinds() does each kind once, in an order in which all succeed; Business.run(n) does n things at random, among
them what is refused, what is sent twice, keys that end and begin, people who are forgotten, days that pass.
"""

import datetime
import json
import os
import random

import protocol
import world
from protocol import Personal

CATEGORIES = ("community", "elderly_mutual_help", "errands", "elderly_care", "children", "environment", "safety", "culture", "health")
PURPOSES = ("为老服务", "助学", "助残")
DONORS = (("person", "陈先生"), ("company", "示例食品厂"), ("organisation", "示例商会"), ("government", "民政局"))
SHANGHAI = datetime.timezone(datetime.timedelta(hours=8))


class Place:
    """A county of world.py and who works there."""

    def __init__(self, code, prefix, volunteers):
        self.code = code
        self.funds = [f"{code}-GF", f"{code}-F1", f"{code}-F2"]
        self.communities = {f"{code}-C1": prefix + "worker"}
        self.teams = {f"{code}-T1": prefix + "leader"}
        self.shops = {f"{code}-S1": [prefix + "till", prefix + "manager"]}
        self.treasurers = [prefix + "treasurer", prefix + "treasurer2"]
        self.approvers = [prefix + "approver", prefix + "approver2"]
        self.volunteers = list(volunteers)
        self.campaigns = []


class Business:
    def __init__(self, ledger, seed=1):
        self.ledger = ledger
        self.dice = random.Random(seed)
        self.places = [Place("QX", "", ledger.facts["volunteers"][:12] + ledger.facts["volunteers2"]), Place("DH", "far_", ledger.facts["far_volunteers"])]
        self.places[0].communities["QX-C2"] = "worker2"
        self.places[0].teams["QX-T2"] = "leader2"
        self.activities = []  # (number, community's worker, records)
        self.redemptions = []  # (entry, till)
        self.settlements = []  # (number, place, approvals)
        self.disbursements = []  # (number, place, requested by, approvals)
        self.reversible = []  # (entry, place)
        self.sent = []  # (client's person, request, answer)
        self.temporary = []  # (who, operator) that may lose their keys
        self.keys = {}  # use -> public texts added
        self.numbers = iter(range(1, 1 << 20))
        self.done = {}  # operation -> how often it was posted
        self.refused = {}

    # ---- saying it

    def say(self, who, noun, verb, fields=None, **more):
        """A command; its answer, posted or refused. Anything else is a fault of the program."""
        client = self.ledger.client_of(who)
        request = client.sign(noun, verb, {**(fields or {}), **more})
        answer = client.send(request)
        assert answer.signed and answer.status < 500 and answer.status not in (400, 404, 405), f"{who} {noun} {verb} {fields} {more}: {answer}"
        count = self.done if answer.ok else self.refused
        count[f"{noun}_{verb}".replace("-", "_")] = count.get(f"{noun}_{verb}".replace("-", "_"), 0) + 1
        if answer.ok:
            self.sent.append((client, request, answer))
        return answer

    def must(self, who, noun, verb, fields=None, **more):
        answer = self.say(who, noun, verb, fields, **more)
        assert answer.ok, f"{who} {noun} {verb} {fields} {more}: {answer}"
        return answer.result

    def today(self, days=0):
        return (self.ledger.clock.moment + datetime.timedelta(days=days)).astimezone(SHANGHAI).date().isoformat()

    def place(self):
        return self.dice.choice(self.places)

    def fen(self, most=100000):
        return str(self.dice.randint(1, most))

    def code(self, prefix):
        return f"{prefix}-{next(self.numbers)}"

    def line(self, place):
        day = self.today(-self.dice.randint(1, 12))
        start, minutes = self.dice.randint(6, 16), self.dice.choice((30, 45, 60, 90, 120, 240))
        end = datetime.datetime.fromisoformat(f"{day}T{start:02d}:00:00+08:00") + datetime.timedelta(minutes=minutes)
        return {"volunteer": self.dice.choice(place.volunteers), "start": f"{day}T{start:02d}:00:00+08:00", "end": end.isoformat()}

    # ---- points

    def record(self, place=None, count=None):
        place = place or self.place()
        team, leader = self.dice.choice(list(place.teams.items()))
        community, worker = self.dice.choice(list(place.communities.items()))
        lines = [self.line(place) for _ in range(count or self.dice.randint(1, 5))]
        more = {"in_charge": Personal("组长" + self.fen(99))} if self.dice.random() < 0.5 else {}
        if self.dice.random() < 0.3:
            more["file"] = Personal(os.urandom(32).hex())
        answer = self.say(leader, "service", "record", world.activity(lines, team=team, community=community, category=self.dice.choice(CATEGORIES), **more))
        if answer.ok:
            first = answer.result["first"]
            self.activities.append((answer.result["activity"], worker, list(range(first, first + len(lines)))))
        return answer

    def decide(self, verb=None):
        if not self.activities:
            return self.record()
        activity, worker, records = self.activities.pop(self.dice.randrange(len(self.activities)))
        verb = verb or self.dice.choice(("confirm", "confirm", "confirm", "reject"))
        more = {"reason": "不属实"} if verb == "reject" else {}
        some = []
        if len(records) > 1 and self.dice.random() < 0.5:
            some = self.dice.sample(records, self.dice.randint(1, len(records) - 1))
            more["records"] = [{"record": n} for n in some]
        answer = self.say(worker, "service", verb, activity=activity, **more)
        if answer.ok and some:
            self.activities.append((activity, worker, [n for n in records if n not in some]))
        return answer

    def redeem(self, place=None, volunteer=None, points=None):
        place = place or self.place()
        shop, (till, _) = self.dice.choice(list(place.shops.items()))
        who = till if self.dice.random() < 0.7 else place.communities[f"{place.code}-C1"]
        goods = {"goods": "大米"} if self.dice.random() < 0.3 else {}
        answer = self.say(till if who == till else who, "redemption", "make", shop=shop, volunteer=volunteer or self.dice.choice(place.volunteers),
                          points=points or str(self.dice.randint(1, 12)), **goods)
        if answer.ok:
            self.redemptions.append((answer.result["entry"], till))
        return answer

    def refund(self):
        if not self.redemptions:
            return self.redeem()
        entry, till = self.dice.choice(self.redemptions)
        return self.say(till, "redemption", "refund", redemption=entry, points=str(self.dice.randint(1, 6)))

    def claim(self):
        place = self.place()
        shop, (_, manager) = self.dice.choice(list(place.shops.items()))
        answer = self.say(manager, "settlement", "claim", shop=shop)
        if answer.ok:
            self.settlements.append([answer.result["settlement"], place, 0])
        return answer

    def settle(self):
        if not self.settlements:
            return self.claim()
        item = self.dice.choice(self.settlements)
        number, place, approvals = item
        if approvals < 2:
            answer = self.say(place.approvers[approvals], "settlement", "approve", settlement=number)
            item[2] += answer.ok
        else:
            answer = self.say(self.dice.choice(place.treasurers), "settlement", "pay", settlement=number, bank_reference="S" + self.fen())
            if answer.ok:
                self.settlements.remove(item)
        return answer

    def rule(self):
        return self.say("admin", "rule", "set", effective_from=self.today(self.dice.randint(0, 3)), points=self.dice.randint(5, 20), minutes=60,
                        daily_minutes=self.dice.choice((120, 240, 480)), lot_days=self.dice.choice((3, 20, 365)), fen_per_point=self.dice.randint(5, 20),
                        till_daily_points=str(self.dice.randint(100, 10000)), volunteer_daily_points=str(self.dice.randint(20, 1000)))

    # ---- money

    def open_fund(self):
        place = self.place()
        code = self.code(f"{place.code}-N")
        fields = {"code": code, "parent": f"{place.code}-C2", "host": f"{place.code}-H", "name": "冠名基金", "kind": self.dice.choice(("named", "micro", "designated"))}
        if self.dice.random() < 0.5:
            answer = self.say(self.dice.choice(place.treasurers), "fund", "open", **fields, opening=self.fen(), min_balance=self.fen(100), opened_on=self.today(-3))
        else:
            answer = self.say("admin", "fund", "open", **fields)
        if answer.ok:
            place.funds.append(code)
            if "entry" in answer.result:
                self.reversible.append((answer.result["entry"], place))
        return answer

    def transfer(self):
        place = self.place()
        kind = self.dice.choice(("seed", "seed", "charge", "transfer"))
        one, two = self.dice.sample(place.funds, 2)
        payer, payee = {"seed": (place.funds[0], one), "charge": (one, place.funds[0]), "transfer": (one, two)}[kind]
        more = {"note": "年度安排"} if self.dice.random() < 0.3 else {}
        if self.dice.random() < 0.3:
            more["occurred_on"] = self.today(-self.dice.randint(0, 9))
        answer = self.say(self.dice.choice(place.treasurers), "fund", "transfer", {"from": payer, "to": payee, "kind": kind, "amount": self.fen(), **more})
        if answer.ok:
            self.reversible.append((answer.result["entry"], place))
        return answer

    def campaign(self):
        place = self.place()
        code, fund = self.code("MZ"), self.dice.choice(place.funds)
        answer = self.say(place.treasurers[0], "campaign", "open", code=code, fund=fund, filing_no=f"5311{code}", name="公开募捐", starts_on=self.today(-5), ends_on=self.today(30))
        if answer.ok:
            place.campaigns.append((code, fund))
        return answer

    def gift(self, place):
        """Fields of one income."""
        channel = self.dice.choice(("public", "sponsorship", "sponsorship", "service_commission", "lottery_share", "grant", "other"))
        fields = {"fund": self.dice.choice(place.funds), "channel": channel, "amount": self.fen()}
        if channel == "public" and place.campaigns:
            fields["campaign"], fields["fund"] = self.dice.choice(place.campaigns)
        if channel in ("public", "sponsorship", "grant"):
            kind, name = self.dice.choice(DONORS)
            if self.dice.random() < 0.2:
                fields["anonymous"] = True
            else:
                fields.update(donor=Personal(name), donor_kind=kind)
            if self.dice.random() < 0.6:
                fields["purpose"] = self.dice.choice(PURPOSES)
        for name, value in (("bank_reference", "B" + self.fen()), ("note", "到账"), ("occurred_on", self.today(-self.dice.randint(0, 3)))):
            if self.dice.random() < 0.4:
                fields[name] = value
        return fields

    def income(self):
        place = self.place()
        answer = self.say(self.dice.choice(place.treasurers), "income", "receive", **self.gift(place))
        if answer.ok:
            self.reversible.append((answer.result["entry"], place))
        return answer

    def incomes(self):
        place = self.place()
        answer = self.say(self.dice.choice(place.treasurers), "income", "import", lines=[self.gift(place) for _ in range(self.dice.randint(1, 4))], file=Personal(os.urandom(32).hex()))
        if answer.ok:
            self.reversible.append((answer.result["last_entry"], place))
        return answer

    def request(self):
        place = self.place()
        who = self.dice.choice(place.treasurers)
        more = {"purpose": self.dice.choice(PURPOSES)} if self.dice.random() < 0.6 else {}
        if self.dice.random() < 0.5:
            more["payee_kind"] = "company"
        answer = self.say(who, "disbursement", "request", fund=self.dice.choice(place.funds), amount=self.fen(60000), payee=Personal("幸福食堂"), resolution="第3号", content="老年人午餐", **more)
        if answer.ok:
            self.disbursements.append([answer.result["disbursement"], place, who, 0])
        return answer

    def disburse(self):
        if not self.disbursements:
            return self.request()
        item = self.dice.choice(self.disbursements)
        number, place, asked, approvals = item
        if approvals < 2:
            more = {"occurred_on": self.today(-1)} if self.dice.random() < 0.2 else {}
            answer = self.say(place.approvers[approvals], "disbursement", "approve", disbursement=number, **more)
            item[3] += answer.ok
        else:
            payer = next(t for t in place.treasurers if t != asked)
            answer = self.say(payer, "disbursement", "pay", disbursement=number, bank_reference="D" + self.fen())
            if answer.ok:
                self.disbursements.remove(item)
        return answer

    def reverse(self):
        if not self.reversible:
            return self.transfer()
        entry, place = self.reversible.pop(self.dice.randrange(len(self.reversible)))
        return self.say(place.treasurers[1], "entry", "reverse", entry=entry, reason="登记有误")

    # ---- organisation and people

    def org(self):
        place = self.place()
        return self.say("admin", "org", "add", parent=f"{place.code}-C1", kind=self.dice.choice(("grid", "building")), code=self.code(f"{place.code}-G"), name="网格")

    def team(self):
        place = self.place()
        code = self.code(f"{place.code}-T")
        return self.say("admin", "team", "add", parent=f"{place.code}-C1", code=code, name="新服务队", colour=self.dice.choice(("red", "blue", "green")))

    def shop(self):
        place = self.place()
        more = {"return_limit": "50"} if self.dice.random() < 0.5 else {}
        return self.say("admin", "shop", "add", parent=f"{place.code}-C1", code=self.code(f"{place.code}-S"), name="慈善超市", fund=self.dice.choice(place.funds), unsettled_limit="5000", **more)

    def volunteer(self):
        place = self.place()
        more = {"number": 200000 + next(self.numbers)} if self.dice.random() < 0.5 else {"phone": Personal("1390000" + self.fen(9999))}
        answer = self.say(place.communities[f"{place.code}-C1"], "volunteer", "add", community=f"{place.code}-C1", name=Personal("新人" + self.fen(999)), **more)
        if answer.ok:
            place.volunteers.append(answer.result["volunteer"])
        return answer

    def register(self):
        place = self.place()
        lines = [{"name": Personal(f"名册{n}"), **({"phone": Personal("1381111" + self.fen(9999))} if n else {})} for n in range(self.dice.randint(1, 3))]
        answer = self.say(place.communities[f"{place.code}-C1"], "volunteer", "import", community=f"{place.code}-C1", lines=lines, file=Personal(os.urandom(32).hex()))
        if answer.ok:
            place.volunteers += [row["volunteer"] for row in answer.result["rows"]]
        return answer

    def enrol_as(self, role, node, **of):
        key = protocol.Key()
        made = self.must("admin", "operator", "enrol", request=protocol.enrolment(key), role=role, node=node, **(of or {"name": Personal("临时人员")}))
        who = f"temporary{made['operator']}"
        self.ledger.__dict__.setdefault("_client_of", {})[who] = self.ledger.client(key)
        self.temporary.append([who, made["operator"], made["person"], role, node])
        return made

    def enrolment(self):
        role, node = self.dice.choice((("treasurer", "QX"), ("worker", "QX-C2"), ("till", "QX-S1"), ("approver", "DH")))
        of = {"person": self.dice.choice(self.temporary)[2]} if self.temporary and self.dice.random() < 0.3 else {}
        return self.enrol_as(role, node, **of)

    def grant(self):
        if not self.temporary:
            return self.enrolment()
        item = self.dice.choice(self.temporary)
        return self.say("admin", "role", "grant", operator=item[1], role="auditor", node=self.dice.choice(("QX", "DH", "CITY")))

    def ungrant(self):
        if not self.temporary:
            return self.enrolment()
        item = self.dice.choice(self.temporary)
        return self.say("admin", "role", "revoke", operator=item[1], role=item[3], node=item[4])

    def revoke(self):
        if not self.temporary:
            return self.enrolment()
        item = self.temporary.pop(self.dice.randrange(len(self.temporary)))
        answer = self.say("admin", "operator", "revoke", operator=item[1], reason="手机丢失")
        after = self.ledger.client_of(item[0]).read("ledger", "status")
        assert after.code == "revoked_key", after
        return answer

    def rotate(self):
        """Somebody changes their key for another: the old one signs for the new one, and ends."""
        if not self.temporary:
            self.enrolment()
        item = self.dice.choice(self.temporary)
        key = protocol.Key()
        answer = self.say(item[0], "operator", "rotate", request=protocol.enrolment(key))
        if answer.ok:
            self.ledger._client_of[item[0]] = self.ledger.client(key)
            item[1] = answer.result["operator"]
        return answer

    def erase(self, kind=None):
        kind = kind or self.dice.choice(("volunteer", "person", "activity", "income", "disbursement"))
        wanted = {
            "volunteer": "SELECT number FROM ledger.volunteer ORDER BY number",
            "person": "SELECT id AS number FROM ledger.person WHERE id > 2 ORDER BY id DESC LIMIT 5",
            "activity": "SELECT id AS number FROM ledger.activity WHERE in_charge IS NOT NULL ORDER BY id",
            "income": "SELECT entry AS number FROM ledger.income WHERE donor IS NOT NULL ORDER BY entry",
            "disbursement": "SELECT id AS number FROM ledger.disbursement ORDER BY id",
        }[kind]
        there = [row["number"] for row in self.ledger.rows(wanted)]
        if not there:
            return self.record()
        return self.say("admin", "person", "erase", {kind: self.dice.choice(there), "reason": "本人要求"})

    def purge(self):
        return self.say("admin", "person", "purge")

    # ---- keys of the ledger

    def new_key(self, use):
        done = self.ledger.lovebankd("new-key", "--use", use)
        assert done.code == 0, done
        text = done.out.strip()
        answer = self.say("admin", "ledger", "key-add", use=use, key=text)
        if answer.ok:
            self.keys.setdefault(use, []).append(answer.result)
        return answer

    def end_key(self, use):
        """The oldest key of a use ends, and everybody takes up the next one: the answer to this is signed by it already."""
        old, new = self.ledger.rows(
            "SELECT k.kid, k.public FROM ledger.ledger_key k LEFT JOIN ledger.ledger_key_end e ON e.ledger_key = k.id "
            f"WHERE k.use = '{use}' AND e.ledger_key IS NULL ORDER BY k.id LIMIT 2"
        )
        if use == "answers":
            trust = self.ledger.client_of("admin").trust
            trust.answers_jwk = json.loads(new["public"])
            trust.answers_kid = new["kid"]
        answer = self.say("admin", "ledger", "key-end", key=old["kid"], reason="到期更换")
        assert answer.ok, answer
        self.trust_anew()
        return answer

    def trust_anew(self):
        trust = self.ledger.trust()
        for client in self.ledger.clients:
            client.close()
            client.trust = trust

    def change_key(self, use=None):
        use = use or self.dice.choice(("answers", "log"))
        answer = self.new_key(use)
        if answer.ok:
            self.say("treasurer", "fund", "transfer", {"from": "QX-GF", "to": "QX-F1", "kind": "seed", "amount": "1"})
            answer = self.end_key(use)
        return answer

    # ---- what goes wrong

    def again(self):
        """The same bytes once more: the same result, marked as a replay."""
        if not self.sent:
            return None
        client, request, answer = self.dice.choice(self.sent[-40:])
        said = client.send(request)
        if said.code != "revoked_key":
            assert said.replay and said.result == answer.result, (said, answer)
        return said

    def wrong(self):
        """Refusals: a role that may not, too much, an expired or a reused jti, nonsense."""
        place = self.place()
        client = self.ledger.client_of("till")
        case = self.dice.randrange(6)
        if case == 0:
            return self.say("till", "fund", "transfer", {"from": place.funds[0], "to": place.funds[1], "kind": "seed", "amount": "1"})
        if case == 1:
            return self.redeem(points="99999")
        if case == 2:
            return client.send(client.forge("redemption", "make", {"shop": "QX-S1", "volunteer": place.volunteers[0], "points": "1"}, envelope={"iat": 1, "exp": 2}))
        if case == 3 and self.sent:
            other, request, _ = self.dice.choice(self.sent[-10:])
            return other.send(other.forge("redemption", "make", {"shop": "QX-S1", "volunteer": place.volunteers[0], "points": "1"}, jti=request.jti))
        if case == 4:
            return client.send(client.forge("redemption", "make", {"shop": "QX-S1"}, signature=lambda s: s[:-1] + bytes([s[-1] ^ 1])))
        return self.say(place.treasurers[0], "fund", "transfer", {"from": place.funds[1], "to": place.funds[0], "kind": "transfer", "amount": "10000000000000"})

    def pass_time(self):
        self.ledger.clock.advance(minutes=self.dice.choice((1, 7, 60, 60 * 24, 60 * 24 * 4)))

    # ---- all of it

    ODDS = {
        record: 14, decide: 14, redeem: 14, refund: 5, claim: 3, settle: 6, rule: 2, open_fund: 2, transfer: 6, campaign: 3, income: 8, incomes: 3,
        request: 6, disburse: 10, reverse: 4, org: 1, team: 1, shop: 1, volunteer: 2, register: 2, enrolment: 2, grant: 2, ungrant: 1, revoke: 1,
        rotate: 1, erase: 2, purge: 1, change_key: 1, again: 5, wrong: 5, pass_time: 6,
    }

    def run(self, count):
        things, odds = list(self.ODDS), list(self.ODDS.values())
        for _ in range(count):
            self.dice.choices(things, odds)[0](self)

    def all_kinds(self):
        """Every kind of business, each successful: the smallest ledger in which every table has rows."""
        place = self.places[0]
        must, first = self.must, place.volunteers[0]
        must("admin", "rule", "set", world.RULE, effective_from=self.today(1), lot_days=300)
        for thing in (self.org, self.team, self.shop, self.volunteer, self.register):
            assert thing().ok
        hours = [{"volunteer": v, "start": f"2025-03-0{d}T0{h}:00:00+08:00", "end": f"2025-03-0{d}T0{h + 2}:00:00+08:00"} for v in place.volunteers[:2] for d in (3, 4) for h in (5, 7)]
        made = must("leader", "service", "record", world.activity(hours, in_charge=Personal("王大爷"), file=Personal("ab" * 32)))
        records = [{"record": n} for n in range(made["first"], made["last"] + 1)]
        must("worker", "service", "reject", activity=made["activity"], records=records[-1:], reason="不属实")
        must("worker", "service", "confirm", activity=made["activity"])
        must("leader", "service", "record", world.activity([world.line(first)]))
        entries = [must("till", "redemption", "make", shop="QX-S1", volunteer=first, points=n, goods="大米")["entry"] for n in ("25", "7")]
        must("till", "redemption", "refund", redemption=entries[0], points="10")
        must("treasurer", "fund", "transfer", {"from": "QX-GF", "to": "QX-F1", "kind": "seed", "amount": "200000", "note": "启动资金"})
        for _ in range(2):
            claim = must("manager", "settlement", "claim", shop="QX-S1")["settlement"]
            for who in ("approver", "approver2"):
                must(who, "settlement", "approve", settlement=claim)
            must("treasurer", "settlement", "pay", settlement=claim, bank_reference="S-1")
            must("till", "redemption", "make", shop="QX-S1", volunteer=first, points="3")
        must("approver", "settlement", "approve", settlement=must("manager", "settlement", "claim", shop="QX-S1")["settlement"])
        must("treasurer", "campaign", "open", code="MZ2025", fund="QX-F1", filing_no="5311MZ2025", name="公开募捐", starts_on="2025-01-01", ends_on="2025-12-31")
        given = must("treasurer", "income", "receive", fund="QX-F1", channel="public", campaign="MZ2025", purpose="为老服务", amount="60000", donor=Personal("陈先生"),
                     donor_kind="person", bank_reference="B-1", note="到账")
        lines = [{"fund": "QX-F2", "channel": c, "amount": "7000", **m} for c, m in (("grant", {"donor": Personal("民政局"), "donor_kind": "government", "purpose": "助学"}), ("other", {}))]
        must("treasurer", "income", "import", lines=lines, file=Personal("cd" * 32))
        wrong = must("treasurer", "income", "receive", fund="QX-F1", channel="sponsorship", amount="900", anonymous=True)
        must("treasurer2", "entry", "reverse", entry=wrong["entry"], reason="重复登记")
        asked = [must("treasurer", "disbursement", "request", fund="QX-F1", purpose="为老服务", amount=n, payee=Personal("幸福食堂"), payee_kind="organisation",
                      resolution="第3号", content="老年人午餐")["disbursement"] for n in ("80000", "500", "300")]
        must("approver", "disbursement", "approve", disbursement=asked[1])
        for who in ("approver", "approver2"):
            must(who, "disbursement", "approve", disbursement=asked[0])
        must("treasurer2", "disbursement", "pay", disbursement=asked[0], bank_reference="D-1")
        self.people(given["entry"], asked[1])
        for use in ("answers", "log", "tls"):
            assert self.change_key(use).ok

    def people(self, income, disbursement):
        """Keys and roles that come and go, and people who are forgotten."""
        for _ in range(3):
            self.enrol_as("treasurer", "QX")
        assert self.rotate().ok
        spare = self.enrol_as("worker", "QX-C2")
        self.must("admin", "role", "grant", operator=spare["operator"], role="till", node="QX-S2")
        self.must("admin", "role", "revoke", operator=spare["operator"], role="worker", node="QX-C2")
        self.must("admin", "operator", "revoke", operator=self.temporary[1][1], reason="手机丢失")
        del self.temporary[1]
        place = self.places[0]
        for kind, number in (("volunteer", place.volunteers[3]), ("person", spare["person"]), ("activity", 1), ("income", income), ("disbursement", disbursement)):
            self.must("admin", "person", "erase", {kind: number, "reason": "本人要求"})
        # The law keeps vouchers for thirty years; then what was sealed is deleted, and the next one is sealed.
        self.ledger.clock.set("2056-01-10T10:00:00+08:00")
        self.must("admin", "person", "purge")
        given = self.must("treasurer", "income", "receive", fund="QX-F1", channel="sponsorship", amount="100", donor=Personal("后来人"), donor_kind="person")
        self.must("admin", "person", "erase", income=given["entry"], reason="本人要求")
