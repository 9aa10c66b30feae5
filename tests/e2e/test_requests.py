"""Requests as a thief, a gambler or a broken client would send them, by a client that shares no code with ours."""

import base64
import json
import os

import protocol
from expect import equal, nothing_posted, refused, unsigned
from protocol import Key, Personal, canonical, new_jti
from world import activity, earn

ORG = {"parent": "QX-C1", "kind": "grid", "code": "QX-G1", "name": "第一网格"}


def forged(ledger, fields=None, **forge):
    """The answer to a forged org add, which must leave no trace."""
    admin = ledger.client_of("admin")
    with nothing_posted(ledger):
        return admin.send(admin.forge("org", "add", fields or ORG, **forge))


def refuse_then_accept(ledger, code, field=None, status=None, **forge):
    refused(forged(ledger, **forge), code, field, status)
    assert ledger.client_of("admin").command("org", "add", ORG).ok, "the good request must pass afterwards"


def test_good_request_is_answered_signed_and_logged(ledger):
    """A good request gets a signed answer, one row, one leaf at least, and the log grows by its leaves."""
    before = ledger.counts()
    answer = ledger.client_of("admin").command("org", "add", ORG)
    assert answer.ok, answer
    after = ledger.counts()
    equal(after["requests"] - before["requests"], 1)
    equal(answer.log["size"], after["leaves"])
    equal(answer.result["code"], "QX-G1")


def test_reads_say_as_of_which_log_size(ledger):
    """A read carries the log's size and root as they are in the database."""
    answer = ledger.client_of("worker").read("org", "list")
    assert answer.ok, answer
    root = ledger.value(f"SELECT encode(root, 'hex') AS root FROM ledger.checkpoint WHERE size = {answer.log['size']}")
    equal(protocol.unb64(answer.log["root"]).hex(), root)
    equal(answer.log["size"], ledger.counts()["leaves"])


def test_same_bytes_1000_times_post_once(ledger):
    """A thousand replays of one redemption give one posting and a thousand times the same receipt."""
    volunteer = ledger.facts["volunteers"][0]
    earn(ledger, [volunteer])
    till = ledger.client_of("till")
    request = till.sign("redemption", "make", {"shop": "QX-S1", "volunteer": volunteer, "points": "5"})
    first = till.send(request)
    assert first.ok and not first.replay, first
    after = ledger.counts()
    for _ in range(10):
        for answer in till.send_all([request] * 100):
            assert answer.ok and answer.replay, answer
            equal(answer.result, first.result)
    equal(ledger.counts(), after)
    equal(ledger.balance("P2100", volunteer), 15)


def test_sixteen_at_once_post_once(ledger):
    """The same bytes sixteen times at once, on several connections: one posting, one receipt."""
    volunteer = ledger.facts["volunteers"][0]
    earn(ledger, [volunteer])
    clients = [ledger.client("till") for _ in range(4)]
    for round_ in range(5):
        request = clients[0].sign("redemption", "make", {"shop": "QX-S1", "volunteer": volunteer, "points": "1"})
        answers = together(clients, request)
        assert all(a.ok for a in answers), answers
        equal(len({canonical(a.result) for a in answers}), 1, "receipts")
        equal(sum(not a.replay for a in answers), 1, "answers that are no replay")
        equal(ledger.balance("P2100", volunteer), 20 - round_ - 1)


def together(clients, request):
    import threading

    answers = []
    threads = [threading.Thread(target=lambda c=c: answers.extend(c.send_all([request] * 4))) for c in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 4 * len(clients), "an answer is missing"
    return answers


def test_same_jti_with_other_bytes_is_a_conflict(ledger):
    """The same jti with other content, or signed again: 409, and nothing is posted."""
    admin = ledger.client_of("admin")
    jti = new_jti()
    assert admin.command("org", "add", ORG).ok
    first = admin.send(admin.forge("org", "add", {**ORG, "code": "QX-G2"}, jti=jti))
    assert first.ok, first
    with nothing_posted(ledger):
        refused(admin.send(admin.forge("org", "add", {**ORG, "code": "QX-G3"}, jti=jti)), "jti_reused", "jti", 409)
        refused(admin.send(admin.forge("org", "add", {**ORG, "code": "QX-G2"}, jti=jti)), "jti_reused", "jti", 409)


def test_one_jti_sixteen_contents_at_once(ledger):
    """Sixteen different requests with one jti at once: exactly one is posted, the others are conflicts."""
    admin = ledger.client_of("admin")
    jti = new_jti()
    answers = admin.send_all([admin.forge("org", "add", {**ORG, "code": f"QX-G{n}"}, jti=jti) for n in range(16)])
    equal(sorted(a.status for a in answers), [200] + [409] * 15)
    equal(ledger.value("SELECT count(*) FROM ledger.node WHERE kind = 'grid'"), 1)


def test_a_number_is_any_sixteen_bytes_and_its_keys_own(ledger):
    """Numbers of any shape and in any order are posted once each; the same number by another key is another request."""
    admin, till, volunteer = ledger.client_of("admin"), ledger.client_of("till"), ledger.facts["volunteers"][0]
    earn(ledger, [volunteer])
    numbers = [protocol.b64(number) for number in (b"\xff" * 16, b"\0" * 16, os.urandom(16), b"\x7f" + os.urandom(15))] + [new_jti()]
    for n, jti in enumerate(numbers):
        first = admin.forge("org", "add", {**ORG, "code": f"QX-G{n}"}, jti=jti)
        assert admin.send(first).ok and admin.send(first).replay
        assert till.send(till.forge("redemption", "make", {"shop": "QX-S1", "volunteer": volunteer, "points": "1"}, jti=jti)).ok
    with nothing_posted(ledger):
        for jti in numbers:
            refused(admin.send(admin.forge("org", "add", {**ORG, "code": "QX-G9"}, jti=jti)), "jti_reused", "jti", 409)
            refused(till.send(till.forge("redemption", "make", {"shop": "QX-S1", "volunteer": volunteer, "points": "2"}, jti=jti)), "jti_reused", "jti", 409)


def test_the_clients_numbers_begin_with_the_time(ledger):
    """What `lovebank` signs is numbered by the time first, so that a new request stands behind the old ones."""
    for n in range(3):
        ledger.clock.set(f"2025-03-08T09:10:00.{n}00700+08:00")
        ledger.ok("admin", "org", "add", **{**ORG, "code": f"QX-G{n}"})
    numbers = ledger.value("SELECT string_agg(encode(uuid_send(jti), 'hex'), ' ' ORDER BY number DESC) FROM (SELECT * FROM ledger.request ORDER BY number DESC LIMIT 3) AS r").split()
    equal(numbers, sorted(numbers, reverse=True))
    for number in numbers:
        equal((number[12:16], number[16] in "89ab"), (f"7{700 * 4096 // 1000:03x}", True))
        assert abs(int(number[:12], 16) / 1000 - ledger.clock.now()) < 60, number


def test_refusal_is_not_stored(ledger):
    """A refused request may be sent again once its reason is gone."""
    volunteer = ledger.facts["volunteers"][0]
    till = ledger.client_of("till")
    request = till.sign("redemption", "make", {"shop": "QX-S1", "volunteer": volunteer, "points": "5"})
    with nothing_posted(ledger):
        refused(till.send(request), "not_enough_points", "points")
    earn(ledger, [volunteer])
    answer = till.send(request)
    assert answer.ok and not answer.replay, answer


def test_other_ledger_is_refused(ledger):
    """A request for another ledger is refused."""
    refuse_then_accept(ledger, "wrong_audience", "aud", envelope={"aud": "other.example"})


def test_other_path_is_refused(ledger):
    """A request signed for another path is refused, and so is one signed for another method."""
    refused(forged(ledger, envelope={"htu": "/v1/team/add"}), "wrong_path", "htu")
    refused(forged(ledger, envelope={"htm": "GET"}), "wrong_method", "htm")
    refuse_then_accept(ledger, "wrong_path", "htu", path=None, envelope={"htu": "/v1/org/add?x=1"})


def test_retargeted_request_is_refused(ledger):
    """A good request sent to another operation's address is refused."""
    admin = ledger.client_of("admin")
    request = admin.sign("org", "add", ORG)
    request.path = "/v1/team/add"
    with nothing_posted(ledger):
        refused(admin.send(request), "wrong_path", "htu")


def test_expired_and_future_requests_are_refused_with_the_servers_time(ledger):
    """Expired beyond the skew, from the future beyond the skew: refused, and told what time it is."""
    now = int(ledger.clock.now())
    late = forged(ledger, envelope={"iat": now - 300, "exp": now - 61})
    refused(late, "expired", "exp")
    assert "server_time" in late.params, late
    early = forged(ledger, envelope={"iat": now + 61, "exp": now + 100})
    refused(early, "from_the_future", "iat")
    assert "server_time" in early.params, early
    admin = ledger.client_of("admin")
    assert admin.command("org", "add", ORG).ok
    for n, (iat, exp) in enumerate([(now - 200, now - 60), (now + 60, now + 100)]):
        answer = admin.send(admin.forge("org", "add", {**ORG, "code": f"QX-W{n}"}, envelope={"iat": iat, "exp": exp}))
        assert answer.ok, f"within the skew of 60 s: {answer}"


def test_expired_replay_still_gives_its_receipt(ledger):
    """A stored request gets its receipt long after it expired."""
    admin = ledger.client_of("admin")
    request = admin.sign("org", "add", ORG)
    first = admin.send(request)
    ledger.clock.advance(days=30)
    again = admin.send(request)
    assert again.ok and again.replay, again
    equal(again.result, first.result)


def test_lifetime_is_limited(ledger):
    """More than 300 s from iat to exp, or exp before iat: refused."""
    now = int(ledger.clock.now())
    refused(forged(ledger, envelope={"exp": now + 301}), "lifetime_too_long", "exp")
    refused(forged(ledger, envelope={"exp": now}), "lifetime_too_long", "exp")
    refuse_then_accept(ledger, "lifetime_too_long", "exp", envelope={"exp": now - 1})


def test_missing_and_ill_typed_envelope(ledger):
    """Each member of the envelope must be there and of its type."""
    for name in ("aud", "htm", "htu", "iat", "exp", "jti"):
        refused(forged(ledger, drop=(name,)), "missing_field", name)
    now = int(ledger.clock.now())
    for name, value in (("aud", 1), ("htm", None), ("htu", []), ("iat", str(now)), ("exp", True), ("jti", "short"), ("jti", 7), ("iat", -1)):
        refused(forged(ledger, envelope={name: value}), "ill_typed", name)


def test_altered_payload_is_refused(ledger):
    """One byte of the payload changed after signing: refused."""
    admin = ledger.client_of("admin")
    request = admin.sign("org", "add", ORG)
    outer = json.loads(request.body)
    payload = protocol.unb64(outer["payload"]).replace("第一".encode(), "第二".encode())
    outer["payload"] = protocol.b64(payload)
    compact = f"{outer['protected']}.{outer['payload']}.{outer['signature']}".encode()
    with nothing_posted(ledger):
        refused(admin.send(protocol.Request(request.path, canonical(outer), compact, request.jti)), "bad_signature")


def test_wrong_signatures_are_refused(ledger):
    """A flipped bit, zeros, a swapped half: refused; a signature of another length is no request at all."""
    for change in (lambda s: bytes([s[0] ^ 1]) + s[1:], lambda s: bytes(64), lambda s: s[32:] + s[:32], lambda s: b"\xff" * 64):
        refused(forged(ledger, signature=change), "bad_signature")
    for change in (lambda s: s[:-1], lambda s: s + b"\0", lambda s: b""):
        unsigned(forged(ledger, signature=change), 400)


def test_key_must_be_that_of_the_connection(ledger):
    """Signed by another enrolled key than the certificate's: refused; so is another's kid over one's own signature."""
    other = ledger.key("far_admin")
    refused(forged(ledger, key=other), "key_mismatch")
    refused(forged(ledger, header={"kid": other.kid}), "key_mismatch")
    refused(forged(ledger, header={"kid": Key().kid}), "key_mismatch")


def test_signed_with_a_key_that_the_header_does_not_name(ledger):
    """The right kid over a signature by another key: refused."""
    other = Key()
    other.kid = ledger.key("admin").kid
    refused(forged(ledger, key=other), "bad_signature")


def test_headers_other_than_ours_are_no_requests(ledger):
    """Other algorithms, none, extra members, crit, b64, jwk, other types, a duplicate member: 400, unsigned."""
    kid = ledger.key("admin").kid
    for header in (
        {"alg": "none"}, {"alg": "HS256"}, {"alg": "ES384"}, {"alg": "EdDSA"}, {"alg": "es256"}, {"alg": None}, {"typ": None}, {"kid": None},
        {"typ": "JWT"}, {"typ": protocol.RESPONSE}, {"typ": protocol.ENROL}, {"crit": ["b64"], "b64": False}, {"b64": False}, {"crit": []},
        {"jwk": ledger.key("admin").jwk}, {"x5c": []}, {"jku": "https://example"}, {"kid": 7}, {"alg": ["ES256"]}, {"zip": "DEF"},
    ):  # fmt: skip
        unsigned(forged(ledger, header=header), 400)
    twice = f'{{"alg":"none","alg":"ES256","kid":"{kid}","typ":"{protocol.REQUEST}"}}'.encode()
    for header in (twice, b"", b"[]", b"null", b"{", b"\xff", b'{"alg":"ES256"}', json.dumps({"alg": "ES256", "kid": kid, "typ": protocol.REQUEST})[:-1].encode()):
        unsigned(forged(ledger, header=header), 400)


def test_outer_members_are_exactly_four(ledger):
    """Extra, missing or doubled members of the outer object, other serialisations, things that are no JSON: 400."""
    for members in ({"header": {}}, {"signatures": []}, {"unprotected": {}}, {"protected": None}, {"payload": None}, {"signature": None}, {"personal": {}}, {"personal": "x"}, {"protected": 7}):
        answer = forged(ledger, members=members)
        assert answer.status in (400, 422) and answer.code, f"{members}: {answer}"
    admin = ledger.client_of("admin")
    good = admin.sign("org", "add", ORG)
    text = good.body.decode()
    signature = json.loads(text)["signature"]
    bodies = [b"", b"{}", b"[]", b"null", b"nonsense", good.compact, good.body + b"x", good.body + b"\0", b"\xef\xbb\xbf" + good.body, b"\0" + good.body, good.body[:-1],
              text.replace('"signature":', f'"signature":"{signature}","signature":').encode(), text.replace(signature, signature + "==").encode(),
              text.replace(signature, signature[:-1] + "\\u0000").encode(), b"[" * 100000, b'{"a":' * 50000]  # fmt: skip
    for body in bodies:
        unsigned(forged(ledger, body=body), 400)


def test_base64_must_be_canonical(ledger):
    """Padding, other alphabets, spare bits and line breaks in base64url: 400, so that one request has one form."""
    admin = ledger.client_of("admin")
    outer = json.loads(admin.sign("org", "add", ORG).body)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    signature = outer["signature"]
    spare = signature[:-1] + alphabet[alphabet.index(signature[-1]) | 1]
    for other in (spare, signature + "=", signature + "\n", " " + signature, base64.b64encode(protocol.unb64(signature)).decode()):
        if other != signature:
            unsigned(forged(ledger, body=canonical({**outer, "signature": other})), 400)


def raw(ledger, change):
    """The answer to an org add whose payload's text was changed before signing."""
    admin = ledger.client_of("admin")
    now = int(ledger.clock.now())
    content = {"aud": "test.example", "htm": "POST", "htu": "/v1/org/add", "iat": now, "exp": now + 100, "jti": new_jti(), **ORG}
    payload = change(canonical(content).decode())
    with nothing_posted(ledger):
        return admin.send(admin.forge("org", "add", {}, payload=payload if isinstance(payload, bytes) else payload.encode()))


def test_payload_outside_the_profile_is_no_request(ledger):
    """Duplicate members, reals, huge integers, NUL, control characters, bad UTF-8, too deep, not an object: 400."""
    name = '"name":"第一网格"'
    for change in (
        lambda t: t.replace(name, f'{name},{name}'),
        lambda t: t.replace(name, '"name":1.5'),
        lambda t: t.replace(name, '"name":1e3'),
        lambda t: t.replace(name, '"name":1.0'),
        lambda t: t.replace(name, '"name":-0.0'),
        lambda t: t.replace(name, '"name":9007199254740992'),
        lambda t: t.replace(name, '"name":123456789012345678901234567890'),
        lambda t: t.replace(name, '"name":"a\\u0000b"'),
        lambda t: t.replace(name, '"n\\u00e4me":"x"'),
        lambda t: t.replace(name, '"name":"\\ud800"'),
        lambda t: t.replace(name, '"name":"a\tb"'),
        lambda t: t.encode().replace("第".encode(), b"\xe7\xac"),
        lambda t: t.encode() + b"\0",
        lambda t: t.encode().replace(b"1", b"1\0", 1),
        lambda t: t + "{}",
        lambda t: "[" + t + "]",
        lambda t: '"text"',
        lambda t: "",
        lambda t: "{",
        lambda t: t.replace(name, '"name":' + "[" * 20 + "]" * 20),
        lambda t: t.replace(name, "'name':'x'"),
        lambda t: t.replace(name, '"name":NaN'),
    ):  # fmt: skip
        answer = raw(ledger, change)
        unsigned(answer, 400)
        assert answer.problem.get("params", {}).get("reason"), f"it says no reason: {answer}"


def test_text_that_is_not_nfc_is_refused(ledger):
    """Text in another normal form than NFC is refused, signed."""
    with nothing_posted(ledger):
        refused(ledger.client_of("admin").command("org", "add", {**ORG, "name": "Cafe\u0301"}), "not_normalized")


def test_personal_values_must_open_their_commitments(ledger):
    """Personal values missing, wrong, twice, left over, unnamed or plain: refused, and nothing of them is kept."""
    worker = ledger.client_of("worker")
    fields = {"community": "QX-C1", "name": Personal("李明"), "phone": Personal("13900001111")}

    def send(personal=None, given=None):
        with nothing_posted(ledger):
            return worker.send(worker.forge("volunteer", "add", given or fields, personal=personal))

    hidden, aside = protocol.hide(fields)
    salt = protocol.b64(bytes(16))
    refused(send(personal=[]), "personal_missing", "name")
    refused(send(personal=[], given=hidden), "personal_missing", "name")
    refused(send(personal=aside[1:], given=hidden), "personal_missing", "name")
    refused(send(personal=[{**aside[0], "value": "李四"}, aside[1]], given=hidden), "personal_wrong", "name")
    refused(send(personal=[{**aside[0], "salt": salt}, aside[1]], given=hidden), "personal_wrong", "name")
    refused(send(personal=[{**aside[0], "salt": salt[:-2]}, aside[1]], given=hidden), "personal_wrong", "name")
    refused(send(personal=[*aside, aside[0]], given=hidden), ("personal_extra", "personal_wrong"))
    refused(send(personal=[*aside, {"name": "community", "salt": salt, "value": "x"}], given=hidden), "personal_extra")
    refused(send(personal=[*aside, {"name": "nobody", "salt": salt, "value": "x"}], given=hidden), "personal_extra")
    refused(send(personal=[{**aside[0], "more": "x"}, aside[1]], given=hidden), "personal_wrong")
    refused(send(personal=[{"name": "name", "value": "李明"}, aside[1]], given=hidden), "personal_wrong")
    refused(send(given={"community": "QX-C1", "name": "李明"}), "personal_plain", "name")
    assert worker.send(worker.forge("volunteer", "add", hidden, personal=aside)).ok


def test_personal_text_with_control_characters_is_refused(ledger):
    """A name with a control or bidi character in it is refused at its field."""
    worker = ledger.client_of("worker")
    for value in ("李\u0085明", "李\u202e明", "李\u2028明"):
        with nothing_posted(ledger):
            refused(worker.command("volunteer", "add", community="QX-C1", name=Personal(value)), "control_character", "name")


def test_unregistered_key_gets_a_signed_403_and_the_connection_ends(ledger):
    """A key that nobody enrolled: signed 403 for commands and reads, and the connection is closed."""
    stranger = ledger.client(Key())
    with nothing_posted(ledger):
        refused(stranger.command("org", "add", ORG), "unknown_key", status=403)
        refused(stranger.read("org", "list"), "unknown_key", status=403)


def test_revoked_key_fails_on_the_next_request_of_an_open_connection(ledger):
    """Revocation works at once, on connections that are open too."""
    till = ledger.client("till")
    assert till.read("shop", "list").ok
    connection = till.connection
    ledger.do("admin", "operator", "revoke", operator=ledger.facts["operators"]["till"], reason="遗失")
    assert till.connection is connection
    with nothing_posted(ledger):
        refused(till.command("redemption", "make", shop="QX-S1", volunteer=ledger.facts["volunteers"][0], points="1"), "revoked_key", status=403)
        refused(till.read("shop", "list"), "revoked_key", status=403)


def test_revoked_key_gets_no_replay(ledger):
    """Not even what it did before is answered to a revoked key."""
    till = ledger.client_of("till")
    earn(ledger, ledger.facts["volunteers"][:1])
    request = till.sign("redemption", "make", {"shop": "QX-S1", "volunteer": ledger.facts["volunteers"][0], "points": "5"})
    assert till.send(request).ok
    ledger.do("admin", "operator", "revoke", operator=ledger.facts["operators"]["till"], reason="遗失")
    refused(till.send(request), "revoked_key", status=403)


def test_no_certificate_no_service(ledger):
    """Without a client key nothing is answered but a refusal."""
    try:
        connection = protocol.Connection(ledger.trust(), None)
        status, _, _ = connection.many([("GET", "/v1/org/list", None, ())])[0]
    except protocol.Unknown:
        return
    assert status >= 400, status


def test_unknown_paths_and_methods(ledger):
    """An unknown path is a signed 404, a known one with another method a signed 405."""
    admin = ledger.client_of("admin")
    refused(admin.get("/v1/org/nothing"), "not_found", status=404)
    refused(admin.get("/"), "not_found", status=404)
    refused(admin.get("/v1/org/add"), "method_not_allowed", status=405)
    refused(admin.get("/v1/org/list", method="DELETE"), ("method_not_allowed", "not_found"))
    refused(admin.get("/v1/org/list/../list"), "not_found", status=404)
    refused(admin.get("/v1/ORG/LIST"), "not_found", status=404)


def test_reads_check_their_query(ledger):
    """Unknown, doubled, ill-typed and malformed parameters of a read are refused at their field."""
    worker = ledger.client_of("worker")
    volunteer = ledger.facts["volunteers"][0]
    refused(worker.get(f"/v1/points/show?volunteer={volunteer}&more=1"), "unknown_field", "more")
    refused(worker.get(f"/v1/points/show?volunteer={volunteer}&volunteer={volunteer}"), "duplicate_field", "volunteer")
    refused(worker.get("/v1/points/show"), "missing_field", "volunteer")
    for value in ("x", "1.5", "-1", "", "1e3", "99999999999999999999", "0x10", "%31%", "+1", "01"):
        assert worker.get(f"/v1/points/show?volunteer={value}").status in (400, 422), value
    assert worker.get(f"/v1/points/show?volunteer={volunteer}").ok


def test_foreign_cursor_is_refused(ledger):
    """A cursor of nobody's making does not break the list."""
    worker = ledger.client_of("worker")
    for cursor in ("AAAA", "!!", "_" * 11, "A" * 200):
        answer = worker.read("service", "list", cursor=cursor)
        assert answer.signed and answer.status < 500, answer


def test_lists_page_without_loss(ledger):
    """Pages by cursor give every row once, in order."""
    earn(ledger, ledger.facts["volunteers"][:23])
    seen, cursor = [], None
    while True:
        page = ledger.ask("worker", "service", "list", {"limit": 5, **({"cursor": cursor} if cursor else {})})
        assert len(page["rows"]) <= 5
        seen += [row["record"] for row in page["rows"]]
        cursor = page.get("next")
        if not cursor:
            break
    equal(seen, sorted(set(seen)))
    equal(len(seen), 23)


def test_body_over_the_limit_is_413(ledger):
    """A body over 1 MiB is refused before it is read whole, and the daemon goes on."""
    admin = ledger.client("admin")
    with nothing_posted(ledger):
        try:
            answer = admin.send(admin.forge("org", "add", ORG, body=b'{"protected":"' + b"A" * (1 << 20) + b'"}'))
            unsigned(answer, 413, "body_too_large")
        except protocol.Unknown:
            raise AssertionError("the connection was cut instead of an answer with 413") from None
    assert ledger.client("admin").command("org", "add", ORG).ok


def test_twelve_hundred_lines_are_too_many(ledger):
    """A command holds at most 1,000 lines."""
    lines = [{"volunteer": ledger.facts["volunteers"][0], "start": "2025-03-07T09:00:00+08:00", "end": "2025-03-07T10:00:00+08:00"}] * 1001
    with nothing_posted(ledger):
        refused(ledger.client_of("leader").command("service", "record", activity(lines)), ("too_long", "too_large"), "lines")
