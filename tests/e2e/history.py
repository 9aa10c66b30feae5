"""The history checker: many clients move points while faults are injected; what they were told is compared with what is there.

Each call is kept with the moments of its first sending and of its conclusive answer, and its outcome: ok, refused, or
unknown. When all is quiet every unknown is sent again, the same bytes, until it is known. Then History.check() wants:
acknowledged = stored once with the same bytes and the same result; refused = not stored; nothing stored that nobody
asked; an answer that finished before another began comes earlier in the log; the balances are what was acknowledged;
a refusal for want of points had its reason; and every invariant of invariants.py, at every version of every account.
"""

import datetime
import random
import threading
import time

import invariants
import protocol
import world

OK, REFUSED, UNKNOWN = "ok", "refused", "unknown"
SHANGHAI = datetime.timezone(datetime.timedelta(hours=8))


class Call:
    """One signed command and what became of it."""

    def __init__(self, client, noun, verb, fields):
        self.client = client
        self.op = f"{noun}_{verb}"
        self.fields = fields
        self.request = client.sign(noun, verb, fields, life=300)
        self.began = self.ended = None
        self.outcome = UNKNOWN
        self.answer = None
        self.sent = 0

    @property
    def result(self):
        return self.answer.result

    def __repr__(self):
        return f"{self.op} {self.fields} jti {self.request.jti}: {self.outcome} {self.answer} after {self.sent} sendings"


class History:
    """What all clients did. trust() says where the ledger is at the moment."""

    def __init__(self, trust):
        self.trust = trust
        self.calls = []
        self.lock = threading.Lock()
        self.seen_size = 0

    def send(self, call):
        """Sends once. True when the outcome is known now."""
        if call.began is None:
            with self.lock:
                self.calls.append(call)
                call.size_before = self.seen_size
            call.began = time.monotonic()
        call.sent += 1
        try:
            call.client.trust = self.trust()
            answer = call.client.send(call.request)
        except (protocol.Unknown, OSError, ValueError, KeyError):
            return False
        if not answer.signed:
            return False
        call.ended = time.monotonic()
        call.answer = answer
        call.outcome = OK if answer.ok else REFUSED
        with self.lock:
            self.seen_size = max(self.seen_size, answer.log["size"])
        return True

    def call(self, client, noun, verb, fields, stopping, tries=20):
        """A client's call with its retries; it may stay unknown."""
        call = Call(client, noun, verb, fields)
        for attempt in range(tries):
            if self.send(call) or stopping.is_set():
                break
            time.sleep(min(0.5, 0.02 * 2**attempt) * random.random())
        return call

    def resolve(self, patience=60):
        """Sends every unknown again until it is known."""
        deadline = time.monotonic() + patience
        for call in self.calls:
            while call.outcome == UNKNOWN:
                if self.send(call):
                    break
                if time.monotonic() > deadline:
                    raise AssertionError(f"still not known: {call}")
                time.sleep(0.1)

    def count(self, outcome):
        return sum(c.outcome == outcome for c in self.calls)

    # ---- the check

    def check(self, ledger, asked_before, start):
        """All faults, as sentences. asked_before: requests that were there at the start; start: P2100 balances then."""
        stored = {
            (r["kid"], r["jti"]): r
            for r in ledger.rows(
                "SELECT o.kid, r.number, encode(uuid_send(r.jti), 'hex') AS jti, encode(r.hash, 'hex') AS hash, "
                "encode(r.protected, 'hex') AS protected, encode(r.payload, 'hex') AS payload, encode(r.signature, 'hex') AS signature, "
                f"r.leaf_first, r.leaf_count, r.result FROM ledger.request r JOIN ledger.operator o ON o.id = r.operator WHERE r.number > {asked_before}"
            )
        }
        faults = []
        for call in self.calls:
            row = stored.pop((call.client.key.kid, protocol.unb64(call.request.jti).hex()), None)
            faults += self.faults_of_call(call, row)
        faults += [f"STRANGE: request {row['number']} is there and nobody asked for it" for row in stored.values()]
        faults += self.faults_of_order()
        faults += self.faults_of_balances(ledger, start)
        faults += self.faults_of_entries(ledger, asked_before)
        faults += self.faults_of_refusals(ledger)
        faults += [f"BROKEN: {rule}: {rows}" for rule, rows in invariants.broken(ledger.rows).items()]
        faults += [f"BROKEN: {fault}" for fault in invariants.faults_of_log(ledger.rows, ledger.known()["log"])]
        return faults

    def faults_of_call(self, call, row):
        call.leaf = row and row["leaf_first"]
        if call.outcome == UNKNOWN:
            return [f"UNKNOWN: {call}"]
        if call.outcome == REFUSED:
            return [f"REFUSED BUT THERE: {call}"] if row else []
        if not row:
            return [f"LOST: {call}"]
        faults = []
        parts = [protocol.b64(bytes.fromhex(row[part])) for part in ("protected", "payload", "signature")]
        if ".".join(parts).encode() != call.request.compact or row["hash"] != call.request.hash.hex():
            faults.append(f"OTHER BYTES: {call}")
        if row["result"] != call.answer.result:
            faults.append(f"OTHER RESULT: {call}, stored {row['result']}")
        if call.answer.log["size"] < row["leaf_first"] + row["leaf_count"]:
            faults.append(f"TOO EARLY: the answer's log has size {call.answer.log['size']}, the leaf is {row['leaf_first']}: {call}")
        return faults

    def faults_of_order(self):
        """Real-time order: what had been answered before this began comes earlier in the log, and its answer says so."""
        faults = []
        done = sorted((c for c in self.calls if c.outcome == OK and c.leaf is not None), key=lambda c: c.ended)
        place, newest = 0, None
        for call in sorted((c for c in self.calls if c.outcome != UNKNOWN), key=lambda c: c.began):
            while place < len(done) and done[place].ended < call.began:
                if newest is None or done[place].leaf > newest.leaf:
                    newest = done[place]
                place += 1
            if newest is None:
                continue
            if call.outcome == OK and call.leaf is not None and call.leaf <= newest.leaf:
                faults.append(f"DISORDER: {call} at leaf {call.leaf} began after the answer to {newest} at leaf {newest.leaf}")
            if call.answer.log["size"] <= newest.leaf:
                faults.append(f"STALE: {call} answered as of size {call.answer.log['size']}, leaf {newest.leaf} had been acknowledged")
        return faults

    def faults_of_balances(self, ledger, start):
        """Available points of every volunteer = those at the start and what was acknowledged since."""
        owed = dict(start)
        lines = {}
        for call in self.calls:
            if call.outcome != OK:
                continue
            if call.op == "redemption_make":
                owed[call.fields["volunteer"]] = owed.get(call.fields["volunteer"], 0) - int(call.fields["points"])
            elif call.op == "redemption_refund":
                owed[call.of.fields["volunteer"]] += int(call.fields["points"])
            elif call.op == "service_record":
                lines[call.result["activity"]] = call.fields["lines"]
        for call in self.calls:
            if call.outcome == OK and call.op == "service_confirm":
                for line in lines.get(call.fields["activity"], []):
                    owed[line["volunteer"]] = owed.get(line["volunteer"], 0) + POINTS_OF_A_LINE
        return [
            f"BALANCE: volunteer {number} was told {owed.get(number, 0)}, the database says {there}"
            for number, there in balances(ledger).items()
            if owed.get(number, 0) != there
        ]

    def faults_of_entries(self, ledger, asked_before):
        """Each acknowledged redemption or refund made the entry that its answer names, and no entry came from nothing."""
        there = {
            r["number"]: r
            for r in ledger.rows(
                "SELECT e.number, e.kind, encode(q.hash, 'hex') AS hash FROM ledger.entry e "
                f"JOIN ledger.request q ON q.number = e.request WHERE e.request > {asked_before}"
            )
        }
        named = {}
        faults = []
        for call in self.calls:
            if call.outcome == OK and call.op in ("redemption_make", "redemption_refund"):
                entry = call.result["entry"]
                if entry in named:
                    faults.append(f"DOUBLED: entry {entry} was given to {named[entry]} and to {call}")
                named[entry] = call
                if entry in there and there[entry]["hash"] != call.request.hash.hex():
                    faults.append(f"MIXED UP: entry {entry} comes from another request than {call}")
        kinds = {c.op for c in self.calls} & {"redemption_make", "redemption_refund"}
        for number, row in there.items():
            if row["kind"] in ("redemption", "redemption_refund") and kinds and number not in named:
                faults.append(f"STRANGE: entry {number} of kind {row['kind']} was never acknowledged to anybody")
        return faults

    def faults_of_refusals(self, ledger):
        """A redemption refused for want of points: at some moment while it was under way there were too few."""
        steps = {}
        for row in ledger.rows(
            "SELECT a.owner, -p.balance AS balance, q.leaf_first AS leaf FROM core.postings() p JOIN ledger.account a ON a.id = p.account AND a.number = 'P2100' "
            "JOIN ledger.entry e ON e.number = p.entry JOIN ledger.request q ON q.number = e.request ORDER BY a.owner, p.version"
        ):
            steps.setdefault(row["owner"], []).append((row["leaf"], row["balance"]))
        faults = []
        for call in self.calls:
            if call.op != "redemption_make" or call.outcome != REFUSED or call.answer.code != "not_enough_points":
                continue
            lowest = 0
            for leaf, balance in steps.get(call.fields["volunteer"], []):
                if leaf < call.size_before:
                    lowest = balance
                elif leaf < call.answer.log["size"]:
                    lowest = min(lowest, balance)
            if lowest >= int(call.fields["points"]):
                faults.append(f"NO REASON: {call}: there were never fewer than {lowest} points")
        return faults


POINTS_OF_A_LINE = 10


def balances(ledger):
    return {r["owner"]: r["points"] for r in ledger.rows("SELECT owner, -balance AS points FROM ledger.account WHERE number = 'P2100'")}


class Load:
    """Clients that redeem, refund, record and confirm until they are told to stop."""

    def __init__(self, history, ledger, volunteers, keys, seed):
        self.history = history
        self.volunteers = volunteers
        self.stopping = threading.Event()
        self.pausing = threading.Event()
        self.threads = []
        self.errors = []
        now = ledger.clock.now if ledger.clock else time.time
        for number, (till, leader, worker) in enumerate(keys):
            clients = [protocol.Client(history.trust(), key, now) for key in (till, leader, worker)]
            thread = threading.Thread(target=self.guarded, args=(number, random.Random(seed + number), *clients))
            self.threads.append(thread)
        self.facts = ledger.facts

    def start(self):
        for thread in self.threads:
            thread.start()

    def stop(self):
        self.stopping.set()
        for thread in self.threads:
            thread.join(60)
        if self.errors:
            raise self.errors[0]

    def guarded(self, *args):
        try:
            self.run(*args)
        except BaseException as error:
            self.errors.append(error)
            self.stopping.set()

    def run(self, number, dice, till, leader, worker):
        made = []
        slot = 0
        while not self.stopping.is_set():
            choice = dice.random()
            if choice < 0.6:
                fields = {"shop": "QX-S1", "volunteer": dice.choice(self.volunteers), "points": str(dice.randint(1, 30))}
                call = self.history.call(till, "redemption", "make", fields, self.stopping)
                if call.outcome == OK:
                    made.append(call)
            elif choice < 0.75 and made:
                of = made.pop(dice.randrange(len(made)))
                fields = {"redemption": of.result["entry"], "points": str(dice.randint(1, int(of.fields["points"])))}
                call = Call(till, "redemption", "refund", fields)
                call.of = of
                self.repeat(call)
            else:
                slot += 1
                self.serve(number, slot, dice, leader, worker)

    def repeat(self, call):
        for attempt in range(20):
            if self.history.send(call) or self.stopping.is_set():
                return
            time.sleep(min(0.5, 0.02 * 2**attempt) * random.random())

    def serve(self, number, slot, dice, leader, worker):
        """An activity of an hour that no other meets: each client has its own hour, each slot its own day."""
        day = datetime.datetime.now(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0) - datetime.timedelta(days=slot)
        begin = day + datetime.timedelta(hours=number)
        people = dice.sample(self.volunteers, min(3, len(self.volunteers)))
        lines = [{"volunteer": v, "start": begin.isoformat(), "end": (begin + datetime.timedelta(hours=1)).isoformat()} for v in people]
        call = self.history.call(leader, "service", "record", world.activity(lines), self.stopping)
        if call.outcome == OK:
            self.history.call(worker, "service", "confirm", {"activity": call.result["activity"]}, self.stopping)
