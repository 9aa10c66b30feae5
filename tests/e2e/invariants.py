"""What must be true of every ledger at every moment, asked of the database behind the daemon's back.

Each query of QUERIES lists what breaks its rule: it must give no row. check() runs all of them, then re-derives the log:
stored requests against their keys, leaves against the postings, the tree against every checkpoint.
"""

import base64
import hashlib
import json
import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

import protocol

# The leaves one by one, as a table of a query: they stand in runs, each under the index of its first.
LEAVES = "(SELECT l.first + u.place - 1 AS index, u.body FROM ledger.leaf l CROSS JOIN LATERAL unnest(l.bodies) WITH ORDINALITY AS u (body, place)) AS leaf"
# The postings one by one: some stand in runs, which have the balance before the first, some in the lots that they made. Read by the queries below as ledger.posting.
POSTINGS = """SELECT p.account, p.version, p.entry, p.amount, p.balance, p.line, p.lots, p.lot_amounts FROM ledger.posting p
    UNION ALL SELECT r.account, r.version + u.place - 1, r.entry + u.place - 1, u.amount,
        r.balance + (SELECT sum(m) FROM unnest(r.amounts[:u.place]) AS m)::bigint, r.line, NULL, NULL
    FROM ledger.posting_run r CROSS JOIN LATERAL unnest(r.amounts) WITH ORDINALITY AS u (amount, place)
    UNION ALL SELECT l.account, l.version, l.entry, -l.amount, l.balance, 2, ARRAY[l.id], ARRAY[l.amount] FROM ledger.lot l WHERE l.version IS NOT NULL"""

QUERIES = {
    "entries are numbered without a gap": """
        SELECT number FROM (SELECT number, row_number() OVER (ORDER BY number) AS n FROM ledger.entry) e WHERE number <> n""",
    "requests are numbered without a gap": """
        SELECT number FROM (SELECT number, row_number() OVER (ORDER BY number) AS n FROM ledger.request) r WHERE number <> n""",
    "recorded_at of entries is strictly increasing": """
        SELECT number FROM (SELECT number, recorded_at, lag(recorded_at) OVER (ORDER BY number) AS before FROM ledger.entry) e
        WHERE recorded_at <= before""",
    "recorded_at of requests is strictly increasing": """
        SELECT number FROM (SELECT number, recorded_at, lag(recorded_at) OVER (ORDER BY number) AS before FROM ledger.request) r
        WHERE recorded_at <= before""",
    "every entry has postings": """
        SELECT number FROM ledger.entry e WHERE NOT EXISTS (SELECT FROM ledger.posting p WHERE p.entry = e.number)""",
    "every posting has its entry and its account": """
        SELECT p.account, p.version FROM ledger.posting p LEFT JOIN ledger.entry e ON e.number = p.entry
        LEFT JOIN ledger.account a ON a.id = p.account WHERE e.number IS NULL OR a.id IS NULL""",
    "every entry sums to zero in its book and per fund": """
        SELECT p.entry, CASE c.book WHEN 'money' THEN a.owner END AS fund, sum(p.amount) AS rest FROM ledger.posting p
        JOIN ledger.account a ON a.id = p.account JOIN ledger.chart c USING (number)
        GROUP BY p.entry, c.book, CASE c.book WHEN 'money' THEN a.owner END HAVING sum(p.amount) <> 0""",
    "the books never share an entry": """
        SELECT e.number FROM ledger.entry e JOIN ledger.posting p ON p.entry = e.number JOIN ledger.account a ON a.id = p.account
        JOIN ledger.chart c ON c.number = a.number WHERE c.book <> e.book""",
    "versions of an account have no gap and no fork": """
        SELECT account, version FROM (SELECT account, version, row_number() OVER (PARTITION BY account ORDER BY version) AS n
        FROM ledger.posting) p WHERE version <> n""",
    "the balance after a posting is the sum so far": """
        SELECT account, version FROM (SELECT account, version, balance, sum(amount) OVER (PARTITION BY account ORDER BY version) AS sum
        FROM ledger.posting) p WHERE balance <> sum""",
    "versions of an account follow the entries": """
        SELECT account, version FROM (SELECT account, version, entry, lag(entry) OVER (PARTITION BY account ORDER BY version) AS before
        FROM ledger.posting) p WHERE entry < before""",
    "an account stands where its last posting left it": """
        SELECT a.id, a.number, a.owner FROM ledger.account a LEFT JOIN ledger.posting p ON p.account = a.id AND p.version = a.version
        WHERE a.balance <> coalesce(p.balance, 0) OR a.version <> (SELECT count(*) FROM ledger.posting q WHERE q.account = a.id)""",
    "an account says what its volunteer redeemed on the last day that he did": """
        SELECT a.number, a.owner FROM ledger.account a LEFT JOIN LATERAL (
            SELECT core.shanghai_date(e.recorded_at) AS day, sum(r.points) AS points FROM ledger.redemption r JOIN ledger.entry e ON e.number = r.entry
            WHERE a.number = 'P2100' AND r.volunteer = a.owner GROUP BY 1 ORDER BY 1 DESC LIMIT 1) d ON true
        WHERE a.redeemed_on IS DISTINCT FROM d.day OR a.redeemed <> coalesce(d.points, 0)""",
    "what each till redeemed is counted by days": """
        SELECT operator, day, d.points, u.points FROM (
            SELECT r.operator, core.shanghai_date(e.recorded_at) AS day, sum(r.points) AS points
            FROM ledger.redemption r JOIN ledger.entry e ON e.number = r.entry GROUP BY 1, 2) d
        FULL JOIN ledger.daily_use u USING (operator, day) WHERE d.points IS DISTINCT FROM u.points""",
    "of each activity it is counted how many records wait for a decision": """
        SELECT activity, r.open, o.records FROM (SELECT r.activity, count(*) FILTER (WHERE d.record IS NULL) AS open
            FROM ledger.service_record r LEFT JOIN ledger.service_decision d ON d.record = r.id GROUP BY r.activity) r
        FULL JOIN ledger.service_open o USING (activity) WHERE r.open IS DISTINCT FROM o.records""",
    "points issued and owed are all somewhere": """
        SELECT * FROM (SELECT sum(balance) FILTER (WHERE side = 'debit') AS debit, -sum(balance) FILTER (WHERE side = 'credit') AS credit
        FROM ledger.account JOIN ledger.chart USING (number) WHERE book = 'points') s WHERE debit <> credit""",
    "lots of an account sum to its balance": """
        SELECT a.id, a.number, a.owner, a.balance, l.sum FROM ledger.account a
        LEFT JOIN (SELECT account, sum(remaining) AS sum FROM ledger.lot GROUP BY account) l ON l.account = a.id
        WHERE a.number IN ('P2100', 'P2200', 'P2300', 'P2500') AND -a.balance <> coalesce(l.sum, 0)""",
    "what is left of a lot is what its postings left": """
        SELECT l.id FROM ledger.lot l LEFT JOIN (
            SELECT u.lot, sum(u.moved) AS sum FROM ledger.posting p
            JOIN ledger.account a ON a.id = p.account AND a.number IN ('P2100', 'P2200', 'P2300', 'P2500'),
            unnest(p.lots, p.lot_amounts) AS u (lot, moved) GROUP BY u.lot) m ON m.lot = l.id
        WHERE l.remaining <> abs(coalesce(m.sum, 0))""",
    "no volunteer or pool was ever below zero": """
        SELECT p.account, p.version, p.balance FROM ledger.posting p JOIN ledger.account a ON a.id = p.account
        WHERE a.number IN ('P2100', 'P2200', 'P2300', 'P2500') AND p.balance > 0 OR a.number = 'P2900' AND p.balance < 0""",
    "no shop was ever outside its limits": """
        SELECT p.account, p.version, p.balance FROM ledger.posting p JOIN ledger.account a ON a.id = p.account AND a.number = 'P2400'
        JOIN ledger.shop s ON s.node = a.owner WHERE -p.balance > s.unsettled_limit OR -p.balance < -s.return_limit""",
    "restricted money of a purpose was never below zero": """
        SELECT * FROM (SELECT a.owner AS fund, a.purpose, p.entry, p.line,
            sum(-p.amount) OVER (PARTITION BY a.owner, a.purpose ORDER BY p.entry RANGE UNBOUNDED PRECEDING) AS left
        FROM ledger.posting p JOIN ledger.account a ON a.id = p.account
        WHERE a.restricted AND (a.number = '3102' OR a.number LIKE '4%')) s WHERE s.left < 0""",
    "between funds of one host is zero in sum": """
        SELECT f.host, sum(a.balance) FROM ledger.account a JOIN ledger.fund f ON f.node = a.owner WHERE a.number = '3199'
        GROUP BY f.host HAVING sum(a.balance) <> 0""",
    "a reversal is the opposite of what it reverses": """
        SELECT e.number FROM ledger.entry e WHERE reverses IS NOT NULL AND (
            EXISTS (SELECT account, sum(amount) FROM ledger.posting WHERE entry = e.number GROUP BY account
                EXCEPT SELECT account, -sum(amount) FROM ledger.posting WHERE entry = e.reverses GROUP BY account)
            OR EXISTS (SELECT account, -sum(amount) FROM ledger.posting WHERE entry = e.reverses GROUP BY account
                EXCEPT SELECT account, sum(amount) FROM ledger.posting WHERE entry = e.number GROUP BY account))""",
    "a redemption is refunded up to its points": """
        SELECT r.entry FROM ledger.redemption r WHERE r.points < (SELECT sum(points) FROM ledger.redemption_refund f WHERE f.redemption = r.entry)""",
    "a refund is of a redemption at its own shop": """
        SELECT f.entry FROM ledger.redemption_refund f LEFT JOIN ledger.redemption r ON r.entry = f.redemption
        WHERE r.entry IS NULL OR r.shop <> f.shop""",
    "service records of a volunteer do not overlap": """
        SELECT a.id, b.id AS other FROM ledger.service_record a JOIN ledger.service_record b ON b.volunteer = a.volunteer AND b.id > a.id
        AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at
        WHERE NOT EXISTS (SELECT FROM ledger.service_decision d WHERE d.record IN (a.id, b.id) AND NOT d.confirmed)""",
    "points credited are what the decisions say": """
        SELECT * FROM (SELECT (SELECT coalesce(sum(points), 0) FROM ledger.service_decision WHERE confirmed) AS decided,
            (SELECT coalesce(sum(p.amount), 0) FROM ledger.posting p JOIN ledger.account a ON a.id = p.account AND a.number = 'P1000'
             JOIN ledger.entry e ON e.number = p.entry WHERE p.entry IN (SELECT entry FROM ledger.service_decision)) AS issued) s
        WHERE decided <> issued""",
    "maker and checker are two people": """
        SELECT d.id FROM ledger.disbursement d JOIN ledger.disbursement_approval a ON a.disbursement = d.id AND a.person = d.person
        UNION ALL SELECT a.disbursement FROM ledger.disbursement_approval a GROUP BY a.disbursement HAVING count(DISTINCT a.person) < count(*)
        UNION ALL SELECT d.id FROM ledger.settlement d JOIN ledger.settlement_approval a ON a.settlement = d.id AND a.person = d.person
        UNION ALL SELECT a.settlement FROM ledger.settlement_approval a GROUP BY a.settlement HAVING count(DISTINCT a.person) < count(*)
        UNION ALL SELECT p.disbursement FROM ledger.disbursement_payment p JOIN ledger.disbursement d ON d.id = p.disbursement AND d.person = p.person
        UNION ALL SELECT s.record FROM ledger.service_decision s JOIN ledger.service_record r ON r.id = s.record
            JOIN ledger.activity v ON v.id = r.activity AND v.person = s.person""",
    "what is paid was approved twice": """
        SELECT p.disbursement FROM ledger.disbursement_payment p WHERE 2 <> (SELECT count(*) FROM ledger.disbursement_approval a WHERE a.disbursement = p.disbursement)
        UNION ALL SELECT p.settlement FROM ledger.settlement_payment p WHERE 2 <> (SELECT count(*) FROM ledger.settlement_approval a WHERE a.settlement = p.settlement)""",
    "what was erased is gone": """
        SELECT v.number FROM ledger.erasure e JOIN ledger.volunteer v ON e.subject_kind = 'volunteer' AND v.number = e.subject JOIN ledger.personal p ON p.commitment IN (v.name, v.phone)
        UNION ALL SELECT r.id FROM ledger.erasure e JOIN ledger.person r ON e.subject_kind = 'person' AND r.id = e.subject JOIN ledger.personal p ON p.commitment = r.name
        UNION ALL SELECT a.id FROM ledger.erasure e JOIN ledger.activity a ON e.subject_kind = 'activity' AND a.id = e.subject JOIN ledger.personal p ON p.commitment = a.in_charge
        UNION ALL SELECT i.entry FROM ledger.erasure e JOIN ledger.income i ON e.subject_kind = 'income' AND i.entry = e.subject JOIN ledger.personal p ON p.commitment = i.donor
        UNION ALL SELECT d.id FROM ledger.erasure e JOIN ledger.disbursement d ON e.subject_kind = 'disbursement' AND d.id = e.subject JOIN ledger.personal p ON p.commitment = d.payee""",
    "what is sealed can be read nowhere": """
        SELECT encode(s.commitment, 'hex') AS commitment FROM ledger.personal_sealed s JOIN ledger.personal p USING (commitment)""",
    "personal values open their commitments": """
        SELECT encode(commitment, 'hex') AS commitment FROM (SELECT commitment, salt, value FROM ledger.personal UNION ALL SELECT commitment, salt, value FROM ledger.personal_sealed) p
        WHERE sha256(salt || convert_to(value, 'UTF8')) <> commitment""",
    "a key of the ledger is in force for every use that has one": """
        SELECT k.use FROM ledger.ledger_key k LEFT JOIN ledger.ledger_key_end e ON e.ledger_key = k.id GROUP BY k.use HAVING count(*) = count(e.ledger_key)""",
    "leaves are numbered without a gap": f"""
        SELECT index FROM (SELECT index, row_number() OVER (ORDER BY index) - 1 AS n FROM {LEAVES}) l WHERE index <> n""",
    "a run holds up to 64 leaves": """
        SELECT first FROM ledger.leaf WHERE cardinality(bodies) NOT BETWEEN 1 AND 64""",
    "a run holds up to 64 postings": """
        SELECT account, version FROM ledger.posting_run WHERE cardinality(amounts) NOT BETWEEN 1 AND 64""",
    "every leaf belongs to one request": f"""
        SELECT number FROM (SELECT number, leaf_first, coalesce(sum(leaf_count) OVER (ORDER BY number ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS first
        FROM ledger.request) r WHERE leaf_first <> first
        UNION ALL SELECT leaves FROM (SELECT (SELECT count(*) FROM {LEAVES}) AS leaves, (SELECT coalesce(sum(leaf_count), 0) FROM ledger.request) AS asked) s WHERE leaves <> asked""",
}


def broken(ask):
    """Names of the rules that are broken, with some of the rows that break them. ask(sql) gives rows."""
    parts = [
        f"SELECT '{name}' AS rule, (SELECT json_agg(q) FROM (SELECT * FROM ({query}) AS i LIMIT 5) AS q) AS rows" for name, query in QUERIES.items()
    ]
    asked = re.sub(r"\bledger\.posting\b", "posting", " UNION ALL ".join(parts).replace("json_agg(q)", "json_agg(q)::text"))
    return {row["rule"]: row["rows"] for row in ask(f"WITH posting AS NOT MATERIALIZED ({POSTINGS}) {asked}") if row["rows"]}


class Tree:
    """RFC 6962, kept as the roots of its complete subtrees."""

    def __init__(self):
        self.size = 0
        self.roots = []

    def append(self, leaf):
        node = hashlib.sha256(b"\0" + leaf).digest()
        size = self.size
        while size & 1:
            node = hashlib.sha256(b"\1" + self.roots.pop() + node).digest()
            size >>= 1
        self.roots.append(node)
        self.size += 1

    def root(self):
        if not self.roots:
            return hashlib.sha256(b"").digest()
        node = self.roots[-1]
        for left in reversed(self.roots[:-1]):
            node = hashlib.sha256(b"\1" + left + node).digest()
        return node


def faults_of_log(ask, verifier=None):
    """What is wrong with the stored requests, the leaves, the tree and, given the log's verifier key, the checkpoints, as sentences."""
    faults = faults_of_checkpoints(ask, verifier) if verifier else []
    leaves = [bytes.fromhex(r["body"]) for r in ask(f"SELECT encode(body, 'hex') AS body FROM {LEAVES} ORDER BY index")]
    faults += faults_of_tree(ask, leaves)
    postings = {}
    for row in ask(
        "SELECT p.entry, p.line, a.number, a.owner, p.amount::text AS amount, p.version, p.balance::text AS balance "
        f"FROM ({POSTINGS}) AS p JOIN ledger.account a ON a.id = p.account ORDER BY p.entry, p.line"
    ):
        entry = row.pop("entry")
        row.pop("line")
        postings.setdefault(entry, []).append(row)
    keys = {r["id"]: r for r in ask("SELECT id, kid, jwk FROM ledger.operator")}
    keys[0] = keys.get(1)
    for request in ask(
        "SELECT number, operator, leaf_first, leaf_count, encode(hash, 'hex') AS hash, encode(protected, 'hex') AS protected, "
        "encode(payload, 'hex') AS payload, encode(signature, 'hex') AS signature, result::text AS result FROM ledger.request ORDER BY number"
    ):
        faults += faults_of_request(request, keys, leaves)
    entry = 0
    for body in leaves:
        leaf = protocol.strict(body)
        if protocol.canonical(leaf) != body:
            faults.append(f"a leaf is not canonical: {body[:200]!r}")
        if "postings" not in leaf:
            continue
        entry += 1
        sums = {}
        for posting in leaf["postings"]:
            sums[posting.get("fund")] = sums.get(posting.get("fund"), 0) + int(posting["amount"])
        if any(sums.values()) or (None in sums) != (leaf["book"] == "points"):
            faults.append(f"leaf of entry {leaf['entry']} does not balance: {sums}")
        said = [{"number": p["account"], **{k: p[k] for k in ("owner", "amount", "version", "balance")}} for p in leaf["postings"]]
        if leaf["entry"] != entry or said != postings.get(entry):
            faults.append(f"leaf of entry {leaf['entry']} says {said}, the database {postings.get(entry)}")
    if entry != len(postings):
        faults.append(f"{len(postings)} entries, {entry} leaves of entries")
    return faults


def faults_of_request(request, keys, leaves):
    name = f"request {request['number']}"
    protected, payload, signature = (bytes.fromhex(request[part]) for part in ("protected", "payload", "signature"))
    signing = f"{protocol.b64(protected)}.{protocol.b64(payload)}".encode()
    faults = []
    digest = hashlib.sha256(signing + b"." + protocol.b64(signature).encode()).digest()
    if digest.hex() != request["hash"]:
        faults.append(f"{name}: its hash is not that of its bytes")
    try:
        protocol.verify(keys[request["operator"]]["jwk"], signing, signature)
    except protocol.Violation as fault:
        faults.append(f"{name}: {fault}")
    for body in leaves[request["leaf_first"] : request["leaf_first"] + request["leaf_count"]]:
        leaf = json.loads(body)
        if (leaf.get("v"), leaf.get("kid"), leaf.get("request")) != (1, keys[request["operator"]]["kid"], protocol.b64(digest)):
            faults.append(f"{name}: its leaf does not name it: {body[:200]!r}")
    said = protocol.b64(hashlib.sha256(protocol.canonical(json.loads(request["result"]))).digest())
    if [json.loads(body).get("result") for body in leaves[request["leaf_first"] : request["leaf_first"] + request["leaf_count"]]] != [said] + [None] * (request["leaf_count"] - 1):
        faults.append(f"{name}: its first leaf does not name its result, or another one does")
    return faults


def log_keys(verifiers):
    """Public keys of verifier keys by their key id, and what is malformed."""
    keys, faults = {}, []
    for verifier in verifiers:
        origin, key_id, encoded = verifier.split("+", 2)
        raw = base64.b64decode(encoded)
        if raw[0] != 1 or hashlib.sha256(origin.encode() + b"\n" + raw).hexdigest()[:8] != key_id:
            faults.append(f"the verifier key is malformed: {verifier}")
        keys[bytes.fromhex(key_id)] = Ed25519PublicKey.from_public_bytes(raw[1:])
    return keys, faults


def faults_of_checkpoints(ask, verifier):
    """Every checkpoint is signed by keys of the log, as a signed note: all lines of it are good."""
    keys, faults = log_keys([verifier, *(row["public"] for row in ask("SELECT public FROM ledger.ledger_key WHERE use = 'log'"))])
    origin = verifier.split("+", 1)[0]
    for row in ask("SELECT size, encode(root, 'base64') AS root, encode(signature, 'hex') AS signature FROM ledger.checkpoint"):
        raw, text = bytes.fromhex(row["signature"]), f"{origin}\n{row['size']}\n{row['root']}\n".encode()
        lines = [raw[at : at + 68] for at in range(0, len(raw), 68)]
        try:
            for line in lines:
                keys[line[:4]].verify(line[4:], text)
        except (InvalidSignature, KeyError):
            faults.append(f"the checkpoint of size {row['size']} is not signed by the log's key")
        if len({line[:4] for line in lines}) < len(lines):
            faults.append(f"the checkpoint of size {row['size']} is signed twice by one key")
    return faults


def faults_of_tree(ask, leaves):
    faults = []
    checkpoints = {r["size"]: r["root"] for r in ask("SELECT size, encode(root, 'hex') AS root FROM ledger.checkpoint")}
    tiles = {r["index"]: r["hashes"] for r in ask("SELECT index, encode(hashes, 'hex') AS hashes FROM ledger.tile WHERE level = 0")}
    tree = Tree()
    for leaf in leaves:
        tree.append(leaf)
        if tree.size in checkpoints and tree.root().hex() != checkpoints.pop(tree.size):
            faults.append(f"the checkpoint of size {tree.size} has another root than the leaves")
    if checkpoints:
        faults.append(f"checkpoints beyond the leaves: {sorted(checkpoints)}")
    elif leaves and not ask(f"SELECT size FROM ledger.checkpoint WHERE size = {tree.size}"):
        faults.append("the last leaves are under no checkpoint")
    for index in range(tree.size // 256):
        made = b"".join(hashlib.sha256(b"\0" + leaf).digest() for leaf in leaves[index * 256 : index * 256 + 256])
        if tiles.pop(index, None) != made.hex():
            faults.append(f"tile {index} is not that of its leaves")
    if tiles:
        faults.append(f"tiles beyond the leaves: {sorted(tiles)}")
    return faults + faults_of_tile_roots(ask)


def faults_of_tile_roots(ask):
    """Each full tile has its root, of which the tiles above are made."""
    tiles = {(r["level"], r["index"]): bytes.fromhex(r["hashes"]) for r in ask("SELECT level, index, encode(hashes, 'hex') AS hashes FROM ledger.tile")}
    roots = {(r["level"], r["index"]): bytes.fromhex(r["root"]) for r in ask("SELECT level, index, encode(root, 'hex') AS root FROM ledger.tile_root")}
    faults = [f"tile {place} has no root, or a root has no tile" for place in set(tiles) ^ set(roots)]
    for (level, index), hashes in tiles.items():
        nodes = [hashes[at : at + 32] for at in range(0, len(hashes), 32)]
        above = b"".join(roots.get((level - 1, index * 256 + n), b"") for n in range(256))
        if level and above != hashes:
            faults.append(f"tile {level}/{index} is not made of the roots below it")
        while len(nodes) > 1:
            nodes = [hashlib.sha256(b"\1" + a + b).digest() for a, b in zip(nodes[::2], nodes[1::2])]
        if roots.get((level, index)) != nodes[0]:
            faults.append(f"the root of tile {level}/{index} is not that of its hashes")
    return faults


def check(ask, verifier=None):
    found = broken(ask)
    log = faults_of_log(ask, verifier)
    if found or log:
        raise AssertionError("invariants broken:\n" + json.dumps(found, ensure_ascii=False, indent=1) + "\n" + "\n".join(log[:20]))
