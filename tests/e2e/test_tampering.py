"""Case 29: whatever is changed behind the ledger's back is found by the audit and named exactly; what is whole raises no alarm.

Each case does one kind of damage with SQL, as the superuser and with all triggers off, to a ledger in which every kind of
business was done; the audit must say exactly the findings listed, no more; then everything is put back. The sweep at the
end changes one cell of every column of every table, drops a row of each table and adds one: nothing may stay unseen.
"""

import base64
import glob
import hashlib
import os
import shutil

import sweep
import world
from business import Business
from cryptography.hazmat.primitives import serialization
from expect import unchecked
from invariants import LEAVES, Tree
from protocol import b64, canonical, strict, unb64
from tamper import Finding, Follows, Query, Victim, check_all, fault_of, leaf_changed, leaf_dropped, leaves_exchanged


def make_whole(ledger):
    """A city in which everything happened, with more leaves than a tile of the log holds."""
    world.make_city(ledger)
    business = Business(ledger)
    business.all_kinds()
    world.earn(ledger, ledger.facts["volunteers"][:45], day="2056-01-02")
    sweep.keep_earlier(ledger)
    business.must("treasurer", "fund", "transfer", {"from": "QX-GF", "to": "QX-F1", "kind": "seed", "amount": "1234"})


world.MAKERS["whole"] = make_whole

REDEMPTION = "(SELECT min(entry) FROM redemption)"
REDEEMER = "number = 'P2100' AND owner = (SELECT volunteer FROM redemption ORDER BY entry LIMIT 1)"
SECOND = "(SELECT max(entry) FROM redemption)"
PAID = "(SELECT min(disbursement) FROM disbursement_payment)"
FUND = "(SELECT id FROM node WHERE code = 'QX-F1')"
SHOP = "(SELECT id FROM node WHERE code = 'QX-S1')"
LAST_ENTRY = "(SELECT max(number) FROM entry)"
RUN = "(SELECT max(entry) FROM posting_run)"   # of 45 postings
LAST_LEAF = f"(SELECT max(index) FROM {LEAVES})"
SPEND = "(SELECT request FROM redemption ORDER BY entry LIMIT 1)"


def cell(table, where, column, value, code="table_differs", shown=None, key=None, field=None, **more):
    """One cell of one row is another than the log says."""
    text = f"SELECT {shown or column} FROM {table} WHERE {where}"
    place = {"key": Query(f"SELECT {key} FROM {table} WHERE {where}")} if key else {}
    return (
        f"UPDATE {table} SET {column} = {value} WHERE {where}",
        [Finding(code, table=table, **place, field=field or column, expected=Query(text), found=Query(text), **more)],
    )


def posting(column, value, **more):
    where = f"entry = {REDEMPTION} AND line = 1"
    return cell("posting", where, column, value, entry=Query(f"SELECT {REDEMPTION}"), line=1, **more)


def lot_posting(column, value):
    """What a lot says of the posting that made it is shown as a posting."""
    text = f"SELECT {column} FROM lot WHERE id = 1"
    return (
        f"UPDATE lot SET {column} = {value} WHERE id = 1",
        [Finding("table_differs", table="posting", entry=Query("SELECT entry FROM lot WHERE id = 1"), line=2, field=column, expected=Query(text), found=Query(text))],
    )


def gone(table, where, key, **more):
    return f"DELETE FROM {table} WHERE {where}", [Finding("row_missing", table=table, key=Query(f"SELECT {key} FROM {table} WHERE {where}"), **more)]


def added(table, sql, key, **more):
    return sql, [Finding("row_extra", table=table, key=key, **more)]


ONCE_MORE = f"INSERT INTO posting SELECT account, version + 44, entry + 44, amounts[45], balance + (SELECT sum(u) FROM unnest(amounts) AS u), line FROM posting_run WHERE entry = {RUN}"
BOOKS = {
    # name: (damage, what the audit must say)
    "a posting's amount": posting("amount", "amount - 1"),
    "a posting's balance": posting("balance", "balance + 5"),
    "a posting's version": posting("version", "version + 1000"),
    "a posting's lots": posting("lot_amounts", "ARRAY[lot_amounts[1] + 1] || lot_amounts[2:]", field="lots",
                                shown="(SELECT '[' || string_agg(format('[%s,\"%s\"]', l, m), ',') || ']' FROM unnest(lots, lot_amounts) AS u (l, m))"),
    "a posting moved to another account": posting("account", "(SELECT max(id) FROM account WHERE number = 'P2100' AND version = 1)", field="owner",
                                                  shown="(SELECT owner FROM account a WHERE a.id = account)"),
    "an amount within a run": (
        f"UPDATE posting_run SET amounts[3] = amounts[3] + 1 WHERE entry = {RUN}",
        [Finding("table_differs", table="posting", entry=Query(f"SELECT {RUN} + 2"), line=1, field="amount", expected=Query(f"SELECT amounts[3] FROM posting_run WHERE entry = {RUN}"),
                 found=Query(f"SELECT amounts[3] FROM posting_run WHERE entry = {RUN}")),
         Follows("table_differs", table="posting", field="balance")],
    ),
    "the balance before a run": (
        f"UPDATE posting_run SET balance = balance - 1 WHERE entry = {RUN}",
        [Finding("table_differs", table="posting", entry=Query(f"SELECT {RUN} + {n}"), line=1, field="balance") for n in range(45)],
    ),
    "a run dropped": (f"DELETE FROM posting_run WHERE entry = {RUN}", [Finding("row_missing", table="posting", entry=Query(f"SELECT {RUN} + {n}"), line=1) for n in range(45)]),
    "a run of entries that are not there": (
        f"INSERT INTO posting_run SELECT account, version + 1000, {LAST_ENTRY} + 1, balance, line, amounts[:2] FROM posting_run WHERE entry = {RUN}",
        [Finding("row_extra", table="posting", entry=Query(f"SELECT {LAST_ENTRY} + {n}"), line=1) for n in (1, 2)],
    ),
    "a posting of a run once more": (ONCE_MORE, [Finding("row_extra", table="posting", entry=Query(f"SELECT {RUN} + 44"), line=1)]),
    "a posting in a row of its own instead, which is no damage": (f"{ONCE_MORE}; UPDATE posting_run SET amounts = amounts[:44] WHERE entry = {RUN}", []),
    "what made a lot in a row of its own instead, which is none either": (
        "INSERT INTO posting SELECT account, version, entry, -amount, balance, 2, ARRAY[id], ARRAY[amount] FROM lot WHERE id = 1; UPDATE lot SET version = NULL, balance = NULL WHERE id = 1",
        [],
    ),
    "what made a lot in neither": ("UPDATE lot SET version = NULL, balance = NULL WHERE id = 1", [Finding("row_missing", table="posting", entry=Query("SELECT entry FROM lot WHERE id = 1"), line=2)]),
    "an entry dropped": (
        f"DELETE FROM posting WHERE entry = {LAST_ENTRY}; DELETE FROM entry WHERE number = {LAST_ENTRY}",
        [Finding("row_missing", table="entry", key=Query(f"SELECT {LAST_ENTRY}")),
         *(Finding("row_missing", table="posting", entry=Query(f"SELECT {LAST_ENTRY}"), line=line) for line in (1, 2, 3, 4))],
    ),
    "an entry inserted": (
        f"INSERT INTO posting SELECT account, version + 500, {LAST_ENTRY} + 1, amount, balance, line, lots, lot_amounts FROM posting WHERE entry = {LAST_ENTRY};"
        f"INSERT INTO entry SELECT number + 1, recorded_at + interval '1 second', request, NULL, occurred_on, kind, book FROM entry WHERE number = {LAST_ENTRY}",
        [Finding("row_extra", table="entry", key=Query(f"SELECT {LAST_ENTRY} + 1")),
         *(Finding("row_extra", table="posting", entry=Query(f"SELECT {LAST_ENTRY} + 1"), line=line) for line in (1, 2, 3, 4))],
    ),
    "the kind of an entry": cell("entry", f"number = {REDEMPTION}", "kind", "'redemption_refund'", key="number"),
    "the day of an entry": cell("entry", f"number = {REDEMPTION}", "occurred_on", "occurred_on - 1", key="number"),
    "the moment of an entry": cell("entry", f"number = {REDEMPTION}", "recorded_at", "recorded_at - interval '1 microsecond'", key="number", shown="core.utc_text(recorded_at)"),
    "the request of an entry": cell("entry", f"number = {REDEMPTION}", "request", "request - 1", key="number"),
    "an account's balance": cell("account", "number = '1002' AND owner = " + FUND, "balance", "balance - 100", code="balance_differs", key="number || ' ' || owner || ' 0 false'"),
    "an account's version": cell("account", "number = '1002' AND owner = " + FUND, "version", "version + 1", code="balance_differs", key="number || ' ' || owner || ' 0 false'"),
    "a lot's amount": (
        "UPDATE lot SET amount = amount + 5 WHERE id = 1",
        [Finding("balance_differs", table="lot", key=1, field="amount"),
         *(Finding("table_differs", table="posting", entry=Query("SELECT entry FROM lot WHERE id = 1"), line=2, field=field) for field in ("amount", "lots"))],
    ),
    "the version that a lot says": lot_posting("version", "version + 1000"),
    "the balance that a lot says": lot_posting("balance", "balance - 5"),
    "a lot's last day": cell("lot", "id = 1", "expires_on", "expires_on + 365", code="balance_differs", key="id"),
    "what is left of a lot": cell("lot", "id = (SELECT max(id) FROM lot)", "remaining", "remaining - 1", code="balance_differs", key="id"),
    "records that wait": cell("service_open", "activity = 1", "records", "records + 1", code="balance_differs", key="activity"),
    "a till's total of a day": cell("daily_use", "operator = (SELECT operator FROM redemption ORDER BY entry LIMIT 1)", "points", "points - 7", code="balance_differs", key="operator || ' ' || day"),
    "a volunteer's total of a day": cell("account", REDEEMER, "redeemed", "redeemed - 7", code="balance_differs", key="number || ' ' || owner || ' 0 false'"),
    "the day of a volunteer's total": cell("account", REDEEMER, "redeemed_on", "redeemed_on - 1", code="balance_differs", key="number || ' ' || owner || ' 0 false'"),
}


@unchecked
def test_damage_to_the_books_is_found(whole):
    """Entries, postings, accounts and lots, each in its own way."""
    check_all(Victim(whole), BOOKS)


ROWS = {
    "minutes of a service record": cell("service_record", "id = 1", "minutes", "minutes + 60", key="id"),
    "points of a decision": cell("service_decision", "record = 1", "points", "points * 10", key="record"),
    "a rejected record taken for confirmed": cell("service_decision", "record = (SELECT record FROM service_decision WHERE request = (SELECT number FROM request WHERE op = 'service_reject'))", "confirmed", "true", key="record"),
    "a rule of points": cell("rule", "id = 1", "points", "points * 2", key="id"),
    "a rule dated back": cell("rule", "id = 2", "effective_from", "'2021-01-01'", key="id"),
    "the price of a redemption": cell("redemption", f"entry = {REDEMPTION}", "fen", "fen * 2", key="entry"),
    "who redeemed": cell("redemption", f"entry = {REDEMPTION}", "operator", "operator + 1", key="entry"),
    "points given back": cell("redemption_refund", "true", "points", "points + 5", key="entry"),
    "the sums of a settlement": (
        "UPDATE settlement SET points = points + 10, fen = fen + 100 WHERE id = 1",
        [Finding("table_differs", table="settlement", key=1, field=f, expected=Query(f"SELECT {f} FROM settlement WHERE id = 1"), found=Query(f"SELECT {f} FROM settlement WHERE id = 1"))
         for f in ("points", "fen")],
    ),
    "who approved a settlement": cell("settlement_approval", "settlement = 1 AND ordinal = 2", "person", "person + 1", key="settlement || ' ' || ordinal"),
    "who approved a disbursement": cell("disbursement_approval", f"disbursement = {PAID} AND ordinal = 1", "person", "person + 1", key="disbursement || ' ' || ordinal"),
    "an approval removed": gone("disbursement_approval", f"disbursement = {PAID} AND ordinal = 2", "disbursement || ' ' || ordinal"),
    "an approval added": added("disbursement_approval", "INSERT INTO disbursement_approval SELECT d.id, 1, p.id, NULL, d.request FROM disbursement d, (SELECT max(id) AS id FROM person) p "
                               "WHERE NOT EXISTS (SELECT FROM disbursement_approval a WHERE a.disbursement = d.id)", Query("SELECT max(id) || ' 1' FROM disbursement")),
    "the amount of a disbursement": cell("disbursement", f"id = {PAID}", "amount", "amount * 10", key="id"),
    "the day of a payment": cell("disbursement_payment", f"disbursement = {PAID}", "paid_on", "paid_on - 30", key="disbursement"),
    "what a gift is for": cell("income", "channel = 'public'", "purpose", "0", key="entry"),
    "the campaign of a gift": cell("income", "channel = 'public'", "campaign", "NULL", key="entry", shown="campaign"),
    "a donor's commitment": cell("income", "channel = 'public'", "donor", "sha256(donor)", key="entry", shown="core.base64url(donor)"),
    "the days of a campaign": cell("campaign", "code = 'MZ2025'", "ends_on", "ends_on + 400", key="id"),
    "what a fund must keep": cell("fund", f"node = {FUND}", "min_balance", "min_balance + 1", key="node"),
    "the limit of a shop": cell("shop", f"node = {SHOP}", "unsettled_limit", "unsettled_limit * 10", key="node"),
    "the fund of a shop": cell("shop", f"node = {SHOP}", "fund", "(SELECT id FROM node WHERE code = 'QX-F2')", key="node"),
    "the volunteers of another community": cell("volunteer", "number = (SELECT min(volunteer) FROM service_record)", "community", "(SELECT id FROM node WHERE code = 'DH-C1')", key="number"),
    "the place of a node": cell("node", "code = 'QX-T2'", "path", "(SELECT path FROM node WHERE code = 'DH-C1') || id::text", key="id"),
    "a name behind its commitment": (
        "UPDATE personal SET value = '冒名' WHERE commitment = (SELECT name FROM volunteer ORDER BY number LIMIT 1)",
        [Finding("personal_unopened", table="personal", key=Query("SELECT core.base64url(name) FROM volunteer ORDER BY number LIMIT 1"))],
    ),
    "a reversal's reason": cell("entry_reversal", "true", "reason", "'另有原因'", key="entry"),
}


@unchecked
def test_damage_to_other_tables_is_found(whole):
    """Service, rules, redemptions, settlements, funds, gifts, disbursements, places and names."""
    check_all(Victim(whole), ROWS)


JWK = """format('{"crv":"%s","kty":"%s","x":"%s","y":"%s"}', jwk ->> 'crv', jwk ->> 'kty', jwk ->> 'x', jwk ->> 'y')"""
VICTIM_KEY = "(SELECT max(id) FROM operator)"
AUTHORITY = {
    "a key's name": cell("operator", f"id = {VICTIM_KEY}", "kid", "overlay(kid PLACING 'AAAA' FROM 3)", key="id"),
    "a key": cell("operator", f"id = {VICTIM_KEY}", "jwk", "(SELECT jwk FROM operator WHERE id = 1)", key="id", shown=JWK),
    "whose a key is": cell("operator", f"id = {VICTIM_KEY}", "person", "1", key="id"),
    "a role granted by hand": added("role_grant", f"INSERT INTO role_grant SELECT max(id) + 1, {VICTIM_KEY}, 'treasurer', 1, max(request) FROM role_grant",
                                    Query("SELECT max(id) + 1 FROM role_grant")),
    "a role raised": cell("role_grant", "id = (SELECT max(id) FROM role_grant)", "role", "'administrator'", key="id"),
    "a key's revocation removed": gone("operator_revocation", "operator = (SELECT max(operator) FROM operator_revocation)", "operator"),
    "a role's revocation removed": gone("role_revocation", "role_grant = (SELECT max(role_grant) FROM role_revocation)", "role_grant"),
    "a right for a role": ("INSERT INTO core.matrix VALUES ('till', 'fund_transfer')", [Finding("matrix_differs", key="till fund_transfer")]),
    "a key of the ledger": cell("ledger_key", "use = 'log' AND id = (SELECT max(id) FROM ledger_key WHERE use = 'log')", "public", "replace(public, '+A', '+B')", key="id"),
    "the end of a key of the ledger removed": gone("ledger_key_end", "ledger_key = (SELECT max(ledger_key) FROM ledger_key_end)", "ledger_key"),
    "the ledger's name": cell("identity", "true", "aud", "'other.example'", key="one"),
    "a request's payload": (
        f"UPDATE request SET payload = convert_to(replace(convert_from(payload, 'UTF8'), '\"25\"', '\"24\"'), 'UTF8') WHERE number = {SPEND}",
        [Finding("request_altered", request=Query(f"SELECT {SPEND}"), expected=Query(f"SELECT core.base64url(hash) FROM request WHERE number = {SPEND}"),
                 found=Query("SELECT core.base64url(sha256(convert_to(core.base64url(protected) || '.' || core.base64url(payload) || '.' || core.base64url(signature), 'UTF8'))) "
                             f"FROM request WHERE number = {SPEND}"))],
    ),
    "a request's signature": (
        f"UPDATE request SET signature = set_byte(signature, 63, get_byte(signature, 63) # 1) WHERE number = {SPEND}",
        [Finding("request_altered", request=Query(f"SELECT {SPEND}"))],
    ),
    "a request's hash": cell("request", f"number = {SPEND}", "hash", "sha256(hash)", code="request_row_differs", shown="core.base64url(hash)", key="number"),
    "a request's answer": (
        f"UPDATE request SET result = jsonb_set(result, '{{points}}', '\"24\"') WHERE number = {SPEND}",
        [Finding("request_row_differs", table="request", key=Query(f"SELECT {SPEND}"), field="result")],
    ),
    "who made a request": cell("request", f"number = {SPEND}", "operator", "operator + 1", code="request_row_differs", key="number"),
    "what a request asked": cell("request", f"number = {SPEND}", "op", "'redemption_refund'", code="request_row_differs", key="number"),
    "a request's jti": cell("request", f"number = {SPEND}", "jti", "gen_random_uuid()", code="request_row_differs", shown="core.base64url(uuid_send(jti))", key="number"),
    "a request dropped": (f"DELETE FROM request WHERE number = {SPEND}", [Finding("request_missing", request=Query(f"SELECT {SPEND}")), Finding("row_missing", table="request", key=Query(f"SELECT {SPEND}"))]),
}


@unchecked
def test_damage_to_keys_and_requests_is_found(whole):
    """Keys, roles, revocations, the rights of roles, and the signed requests with all that is stored of them."""
    check_all(Victim(whole), AUTHORITY)


LEAF = f"(SELECT leaf_first FROM request WHERE number = {SPEND})"
WITHIN = "(SELECT min(first) + 5 FROM leaf WHERE cardinality(bodies) > 20)"   # neither the first nor the last of its run
FORGED = "convert_to('{\"forged\":true}', 'UTF8')"
HASH = "core.base64url(sha256('\\x00'::bytea || body))"
NEWEST = "(SELECT max(size) FROM checkpoint)"
OLDEST = "(SELECT min(size) FROM checkpoint)"


def leaves():
    """Whatever else follows when the leaves are not the sealed ones: what was derived from them, the tables, the roots from there on."""
    return [Follows(code) for code in ("checkpoint_differs", "effect_unknown", "effect_differs", "effect_missing", "table_differs", "balance_differs", "rule_broken", "row_number",
                                       "row_request", "row_missing", "row_extra", "entry_number", "entry_order", "posting_version", "posting_balance", "lots_differ", "lot_overdrawn", "request_altered",
                                       "request_row_differs", "tile_wrong", "tile_differs", "root_wrong", "leaf_hash", "below_zero", "purpose_overdrawn", "request_missing", "not_allowed", "bad_signature")]


def second(index):
    """A leaf at an index that had one already: the line after that one's does not go on."""
    return Finding("leaf_malformed", table="leaves.tsv", key=Query(f"SELECT {index} + 2"))


LOG = {
    "a leaf": (
        leaf_changed(LEAF, "convert_to(replace(convert_from(body, 'UTF8'), 'redemption', 'redemptiom'), 'UTF8')"),
        [Finding("leaf_hash", leaf=Query(f"SELECT {LEAF}"), expected=Query(f"SELECT {HASH} FROM {LEAVES} WHERE index = {LEAF}"), found=Query(f"SELECT {HASH} FROM {LEAVES} WHERE index = {LEAF}")), *leaves()],
    ),
    "a leaf dropped": (leaf_dropped(LEAF), [Finding("leaf_missing", leaf=Query(f"SELECT {LEAF}")), *leaves()]),
    "a leaf dropped from within a run": (leaf_dropped(WITHIN), [Finding("leaf_missing", leaf=Query(f"SELECT {WITHIN}")), *leaves()]),
    "the last leaf dropped": (leaf_dropped(LAST_LEAF), [Finding("leaf_missing", leaf=Query(f"SELECT {LAST_LEAF}")), *leaves()]),
    "two leaves exchanged": (leaves_exchanged(LEAF, f"{LEAF} + 1"), [Finding("leaf_hash", leaf=Query(f"SELECT {LEAF}")), Finding("leaf_hash", leaf=Query(f"SELECT {LEAF} + 1")), *leaves()]),
    "two leaves of a run exchanged": (leaves_exchanged(WITHIN, f"{WITHIN} + 1"), [Finding("leaf_hash", leaf=Query(f"SELECT {WITHIN}")), Finding("leaf_hash", leaf=Query(f"SELECT {WITHIN} + 1")), *leaves()]),
    "a leaf twice": (f"INSERT INTO leaf SELECT index, ARRAY[body] FROM {LEAVES} WHERE index = {WITHIN}", [second(WITHIN), Finding("row_extra", table="leaf", key=Query(f"SELECT {WITHIN}"))]),
    "another leaf at an index": (f"INSERT INTO leaf SELECT {WITHIN}, ARRAY[{FORGED}]", [second(WITHIN), Finding("row_extra", table="leaf", key=Query(f"SELECT {WITHIN}")), Follows("leaf_malformed"), *leaves()]),
    "a run from before the first leaf": (
        f"INSERT INTO leaf SELECT -1, ARRAY[{FORGED}, {FORGED}]",
        [Finding("row_extra", table="leaf", key=-1), second(0), Follows("leaf_malformed"), Follows("key_unknown"), *leaves()],
    ),
    "a run beyond the last leaf": (
        f"INSERT INTO leaf SELECT {LAST_LEAF} + 1, ARRAY[{FORGED}, {FORGED}]",
        [Finding("row_extra", table="leaf", key=Query(f"SELECT {LAST_LEAF} + {n}")) for n in (1, 2)],
    ),
    "a run far beyond it": (f"INSERT INTO leaf SELECT {LAST_LEAF} + 1000, ARRAY[{FORGED}]", [Finding("row_extra", table="leaf", key=Query(f"SELECT {LAST_LEAF} + 1000"))]),
    "a tile": (
        "UPDATE tile SET hashes = overlay(hashes PLACING sha256('') FROM 33)",
        [Finding("tile_differs", table="tile", key="0 0"), Finding("tile_wrong", table="tile/0/000")],
    ),
    "a tile's root": (
        "UPDATE tile_root SET root = sha256(root)",
        [Finding("tile_differs", table="tile_root", key="0 0"), Finding("tile_wrong", table="tile/1/000.p/1"), Follows("tile_wrong", table="tile/1/000.p/1")],
    ),
    "the newest checkpoint's root": (
        f"UPDATE checkpoint SET root = sha256(root) WHERE size = {NEWEST}",
        [Finding("checkpoint_differs", table="checkpoint", key=Query(f"SELECT {NEWEST}"), field="root", expected=Query(f"SELECT core.base64url(root) FROM checkpoint WHERE size = {NEWEST}"),
                 found=Query(f"SELECT core.base64url(root) FROM checkpoint WHERE size = {NEWEST}")),
         Finding("checkpoint_signature"), Finding("root_wrong", found=Query(f"SELECT core.base64url(root) FROM checkpoint WHERE size = {NEWEST}", before=True)), Follows("root_wrong"),
         Follows("checkpoint_differs", field="signature")],
    ),
    "an old checkpoint's root": (
        f"UPDATE checkpoint SET root = sha256(root) WHERE size = {OLDEST}",
        [Finding("checkpoint_differs", table="checkpoint", key=Query(f"SELECT {OLDEST}"), field="root", expected=Query(f"SELECT core.base64url(root) FROM checkpoint WHERE size = {OLDEST}"),
                 found=Query(f"SELECT core.base64url(root) FROM checkpoint WHERE size = {OLDEST}")), Follows("checkpoint_differs", field="signature")],
    ),
    "a checkpoint's signature": (
        f"UPDATE checkpoint SET signature = set_byte(signature, 40, get_byte(signature, 40) # 1) WHERE size = {OLDEST}",
        [Finding("checkpoint_differs", table="checkpoint", key=Query(f"SELECT {OLDEST}"), field="signature", found=Query(f"SELECT core.base64url(signature) FROM checkpoint WHERE size = {OLDEST}"))],
    ),
    "the newest checkpoint dropped": (
        f"DELETE FROM checkpoint WHERE size = {NEWEST}",
        [Finding("row_extra", table="leaf", key=Query(f"SELECT {LAST_LEAF}")), Finding("row_extra", table="request", key=Query("SELECT max(number) FROM request")), *sweep.since(rows_back=False)],
    ),
}


@unchecked
def test_damage_to_the_log_is_found(whole):
    """Leaves, tiles, roots and checkpoints."""
    check_all(Victim(whole), LOG)


# ---- those who do it with care

def rewrite(victim, change, first):
    """Leaves are changed, and whoever has stolen the log's key seals them anew: tiles, their roots, and every checkpoint."""
    ledger = victim.ledger
    leaves = [bytes.fromhex(r["body"]) for r in ledger.rows(f"SELECT encode(body, 'hex') AS body FROM {LEAVES} ORDER BY index")]
    signers = log_keys(ledger)
    sql, tree, hashes = [], Tree(), []
    checkpoints = {r["size"]: r["lines"] for r in ledger.rows("SELECT size, encode(signature, 'hex') AS lines FROM ledger.checkpoint")}
    for index, body in enumerate(leaves):
        leaf = strict(body)
        new = canonical(change(leaf)) if index >= first else body
        if new != body:
            sql.append(leaf_changed(index, f"'\\x{new.hex()}'::bytea"))
        tree.append(new)
        hashes.append(hashlib.sha256(b"\0" + new).digest())
        if tree.size > first and tree.size in checkpoints:
            sql.append(f"UPDATE ledger.checkpoint SET root = '\\x{tree.root().hex()}', signature = '\\x{resigned(ledger, signers, checkpoints[tree.size], tree).hex()}' WHERE size = {tree.size}")
    for tile in range(len(leaves) // 256):
        full = Tree()
        for leaf_hash in hashes[tile * 256 : tile * 256 + 256]:
            append_hash(full, leaf_hash)
        sql.append(f"UPDATE ledger.tile SET hashes = '\\x{b''.join(hashes[tile * 256 : tile * 256 + 256]).hex()}' WHERE level = 0 AND index = {tile}")
        sql.append(f"UPDATE ledger.tile_root SET root = '\\x{full.root().hex()}' WHERE level = 0 AND index = {tile}")
    return ";\n".join(sql)


def append_hash(tree, node):
    size = tree.size
    while size & 1:
        node = hashlib.sha256(b"\1" + tree.roots.pop() + node).digest()
        size >>= 1
    tree.roots.append(node)
    tree.size += 1


def log_keys(ledger):
    """Key id -> private key, of every log key in the daemon's state directory."""
    keys = {}
    for path in glob.glob(os.path.join(ledger.state, "keys", "log*.pem")):
        with open(path, "rb") as file:
            private = serialization.load_pem_private_key(file.read(), None)
        raw = b"\1" + private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        keys[hashlib.sha256(ledger.known()["aud"].encode() + b"\n" + raw).digest()[:4].hex()] = private
    return keys


def resigned(ledger, signers, lines, tree):
    text = f"{ledger.known()['aud']}\n{tree.size}\n{base64.b64encode(tree.root()).decode()}\n".encode()
    ids = [lines[i : i + 8] for i in range(0, len(lines), 136)]
    return b"".join(bytes.fromhex(i) + signers[i].sign(text) for i in ids)


def cheaper(leaf):
    """A redemption of 25 points becomes one of 24, in all that the leaf says of it."""
    if leaf.get("kind") == "redemption" and leaf["postings"][0]["amount"] == "25":
        leaf = strict(canonical(leaf).replace(b'"25"', b'"24"').replace(b'"-25"', b'"-24"'))
    return leaf


def milder(leaf):
    """The first rule gives twice the points."""
    for rule in leaf.get("rows", {}).get("rule", []):
        if rule["id"] == 1:
            rule["points"] = "20"
    return leaf


@unchecked
def test_history_rewritten_with_the_log_key_is_found(whole):
    """A leaf, its tiles and every checkpoint after it changed and signed anew with the stolen key: the auditor's checkpoint and the signed requests tell."""
    victim = Victim(whole)
    assert victim.audit()["holds"]
    said = []
    for name, change, codes in (("a redemption", cheaper, {"consistency_broken", "effect_differs"}), ("a rule", milder, {"consistency_broken", "effect_differs"})):
        first = next(r["index"] for r in whole.rows(f"SELECT index, convert_from(body, 'UTF8') AS body FROM {LEAVES} ORDER BY index") if canonical(change(strict(r["body"]))) != r["body"].encode())
        try:
            victim.damage(rewrite(victim, change, first))
            findings = victim.audit()["findings"]
        finally:
            victim.restore()
        missing = codes - {f["code"] for f in findings}
        if missing or not any(f["code"] == "effect_differs" and f.get("leaf") == first for f in findings):
            said.append(f"{name} (leaf {first}): {missing} not said, but {findings[:10]}")
    assert victim.audit()["holds"]
    assert not said, "\n".join(said)


@unchecked
def test_history_rolled_back_is_found(whole):
    """A suffix of the log taken away, with or without its rows: the auditor's checkpoint tells, and so does what is left behind."""
    victim = Victim(whole)
    assert victim.audit()["holds"]
    size = Query("SELECT max(size) FROM checkpoint")
    shrank = Finding("log_shrank", expected=size, found=size)
    faults = [
        fault_of(victim, "rows rolled back, the log left", sweep.rolled_back(log=False, rows=True), sweep.since(rows_back=True)),
        fault_of(victim, "the log rolled back, rows left", sweep.rolled_back(log=True, rows=False), [shrank, *sweep.since(rows_back=False)]),
        fault_of(victim, "all rolled back together", sweep.rolled_back(log=True, rows=True), [shrank]),
    ]
    assert victim.audit()["holds"]
    assert not any(faults), "\n".join(f for f in faults if f)


@unchecked
def test_every_cell_of_every_table_counts(whole):
    """One cell of each column of each table changed, one row of each dropped, one added: the audit names table and row. No table is left out."""
    sweep.run(Victim(whole))


# ---- bundles

BUNDLE = {
    # file: {what: (change of its bytes, codes that must be said, file or place that must be named)}
    "a leaf": ("leaves.tsv", lambda b: b.replace(b'"kind":"redemption"', b'"kind":"redemptiom"', 1), "leaf_hash"),
    "a leaf dropped": ("leaves.tsv", lambda b: without_line(b, 40), "leaf_missing"),
    "a request": ("requests.tsv", lambda b: with_line(b, 40, lambda line: line[:-20] + (b"A" if line[-20:-19] != b"A" else b"B") + line[-19:]), "request_altered"),
    "a request dropped": ("requests.tsv", lambda b: without_line(b, 40), "request_missing"),
    "the checkpoint's root": ("checkpoint", lambda b: with_line(b, 3, lambda line: base64.b64encode(hashlib.sha256(line).digest())), "checkpoint_signature"),
    "the checkpoint's size": ("checkpoint", lambda b: with_line(b, 2, lambda line: b"%d" % (int(line) - 1)), "checkpoint_signature"),
    "a tile": ("tile/0/000", lambda b: b[:32] + hashlib.sha256(b).digest() + b[64:], "tile_wrong"),
    "the list of keys": ("keys.json", lambda b: b.replace(b'"approver"', b'"treasurer"', 1), "keys_differ"),
    "the journal": ("journal.hledger", lambda b: swap_digit(b), "journal_differs"),
    "the postings": ("postings.csv", lambda b: swap_digit(b), "csv_differs"),
    "a statement": ("statement/QX-F1.json", lambda b: flip_payload(b), "bad_signature"),
    "a statement's table": ("statement/QX-F1.csv", lambda b: swap_digit(b), "csv_differs"),
    "the manifest": ("manifest.json", lambda b: b.replace(b'"leaves":', b'"leaves":1', 1), "manifest_differs"),
}


def without_line(data, number):
    lines = data.split(b"\n")
    return b"\n".join(lines[: number - 1] + lines[number:])


def with_line(data, number, change):
    lines = data.split(b"\n")
    lines[number - 1] = change(lines[number - 1])
    return b"\n".join(lines)


def swap_digit(data):
    """The last digit of the text is another."""
    place = max(data.rfind(b"%d" % n) for n in range(1, 10))
    return data[:place] + (b"2" if data[place : place + 1] == b"1" else b"1") + data[place + 1 :]


def flip_payload(data):
    jws = strict(data)
    payload = strict(unb64(jws["payload"]))
    payload["result"]["closing"] = "1"
    return canonical({**jws, "payload": b64(canonical(payload))})


def sums(folder):
    """SHA256SUMS made anew, as whoever changes a bundle would do."""
    names = sorted(os.path.relpath(os.path.join(d, f), folder) for d, _, files in os.walk(folder) for f in files if f != "SHA256SUMS")
    with open(os.path.join(folder, "SHA256SUMS"), "w") as out:
        for name in names:
            with open(os.path.join(folder, name), "rb") as file:
                out.write(f"{hashlib.sha256(file.read()).hexdigest()}  {name}\n")


def verify(ledger, folder):
    done = ledger.cli("inspector", "audit", "verify", "--bundle", folder, "--format", "json", as_json=False)
    assert done.code in (0, 5), done
    return strict(done.out)["findings"]


def test_damage_to_a_bundle_is_found(whole):
    """Each file of a bundle changed, with its sum in SHA256SUMS and without, one taken away and one added: found by its name."""
    good, bad = (os.path.join(whole.directory, name) for name in ("good", "bad"))
    done = whole.cli("inspector", "audit", "export", "--fund", "QX-F1", "--from", "2025-01-01", "--to", "2056-12-31", "--out", good, as_json=False)
    assert done.code == 0, done
    everything = os.path.join(whole.directory, "everything")
    done = whole.cli("inspector", "audit", "export", "--out", everything, as_json=False)
    assert done.code == 0, done
    faults = []
    for what, (name, change, code) in BUNDLE.items():
        source = good if name.startswith("statement") else everything
        shutil.rmtree(bad, ignore_errors=True)
        shutil.copytree(source, bad)
        path = os.path.join(bad, name)
        with open(path, "rb") as file:
            before = file.read()
        after = change(before)
        assert after != before, what
        with open(path, "wb") as file:
            file.write(after)
        plain = verify(whole, bad)
        if not any(f["code"] == "file_sum" and f.get("table") == name for f in plain):
            faults.append(f"{what}: file_sum of {name} not said: {plain[:4]}")
        sums(bad)
        said = verify(whole, bad)
        if not any(f["code"] == code for f in said) or any(f["code"].startswith("file_") for f in said):
            faults.append(f"{what}: {code} not said: {said[:4]}")
    shutil.rmtree(bad)
    shutil.copytree(everything, bad)
    os.remove(os.path.join(bad, "journal.hledger"))
    with open(os.path.join(bad, "more"), "w"):
        pass
    said = [(f["code"], f.get("table")) for f in verify(whole, bad)]
    for wanted in (("file_missing", "journal.hledger"), ("file_extra", "more")):
        if wanted not in said:
            faults.append(f"{wanted} not said: {said}")
    for folder in (good, everything):
        said = verify(whole, folder)
        assert said == [], f"{folder}: {said[:5]}"
    assert not faults, "\n".join(faults)
