"""What the write lane does when PostgreSQL refuses in the middle of a batch, and what odd but well-signed input gets."""

from expect import equal, nothing_posted, refused
from protocol import canonical, new_jti
from public_log import check_receipt
from world import activity, earn, line

ORG = {"parent": "QX-C1", "kind": "grid", "code": "QX-G1", "name": "第一网格"}


def grid(n):
    return {**ORG, "code": f"QX-G{n}", "name": f"第{n}网格"}


def refuse_leaves(ledger, word):
    """From now on PostgreSQL refuses every leaf that holds that word, when the batch is sealed."""
    ledger.sql(
        f"CREATE FUNCTION ledger.refuse_leaf() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF position('{word}' IN array_to_string(ARRAY(SELECT convert_from(body, 'UTF8') FROM unnest(NEW.bodies) AS body), ' ')) > 0 "
        "THEN RAISE EXCEPTION 'this leaf is refused'; END IF; RETURN NEW; END $$; "
        "CREATE TRIGGER refuse BEFORE INSERT ON ledger.leaf FOR EACH ROW EXECUTE FUNCTION ledger.refuse_leaf()"
    )


def test_a_batch_that_cannot_be_sealed_hurts_only_its_culprit(ledger):
    """An error while leaves are written undoes the whole batch; it runs again one by one, and only the culprit fails."""
    refuse_leaves(ledger, "QX-G3")
    admin = ledger.client_of("admin")
    answers = admin.send_all([admin.sign("org", "add", grid(n)) for n in range(1, 7)])
    equal([a.status for a in answers], [200, 200, 500, 200, 200, 200])
    equal(answers[2].code, "internal")
    equal(ledger.value("SELECT string_agg(code, ' ' ORDER BY code) FROM ledger.node WHERE code LIKE 'QX-G_' AND kind = 'grid'"), "QX-G1 QX-G2 QX-G4 QX-G5 QX-G6")


def test_answers_prepared_for_a_commit_that_fails_are_not_given(ledger):
    """Long answers are in the making while the batch is written; when that fails, what is answered is what the second try wrote."""
    refuse_leaves(ledger, "QX-BAD")
    leader = ledger.client_of("leader")
    days = [f"2025-02-{day:02d}" for day in range(1, 15)]

    def record(hour, name):
        lines = [line(v, f"{hour:02d}:00", f"{hour:02d}:30", day) for v in ledger.facts["volunteers"] for day in days]
        return leader.sign("service", "record", activity(lines, name=name))

    answers = leader.send_all([record(8, "早"), record(9, "上午"), record(10, "QX-BAD"), record(11, "中午"), record(12, "下午")])
    equal([a.status for a in answers], [200, 200, 500, 200, 200])
    equal(answers[2].code, "internal")
    for answer in answers[:2] + answers[3:]:
        check_receipt(answer.receipt, ledger.known()["log"])
        equal(answer.receipt["leaves"][0]["rows"]["activity"][0]["id"], answer.result["activity"])
        equal(len(answer.receipt["leaves"]), answer.result["records"] + 1)
    equal(ledger.value("SELECT count(*) FROM ledger.activity"), 4)


def test_a_request_says_how_many_leaves_it_has(ledger):
    """A command whose row counts other leaves than it gives is not written: those after it would have no place in the log."""
    done = "CREATE OR REPLACE FUNCTION core.done_lines(result jsonb, lines text, count int) RETURNS core.outcome LANGUAGE sql IMMUTABLE RETURN ROW(NULL, NULL, NULL, result, NULL, lines, {0})::core.outcome"
    record = activity([line(v) for v in ledger.facts["volunteers"]])
    leader = ledger.client_of("leader")
    for wrong in ("count - 1", "count + 1"):
        ledger.sql(done.format(wrong))
        with nothing_posted(ledger):
            refused(leader.command("service", "record", record), "internal", status=500)
    ledger.sql(done.format("count"))
    assert ledger.client_of("admin").command("org", "add", grid(1)).ok, "what comes after it is not hurt"
    assert leader.command("service", "record", record).ok, "nor what it asked, when it counts right"


def test_the_next_command_after_a_failed_one_is_carried_out(ledger):
    """Alone in its batch the culprit fails; what comes after it is not hurt, and the culprit's own bytes may come again."""
    refuse_leaves(ledger, "QX-G1")
    admin = ledger.client_of("admin")
    request = admin.sign("org", "add", grid(1))
    with nothing_posted(ledger):
        refused(admin.send(request), "internal", status=500)
    assert admin.command("org", "add", grid(2)).ok, "an innocent command after a failed one"
    ledger.sql("DROP TRIGGER refuse ON ledger.leaf")
    again = admin.send(request)
    assert again.ok and not again.replay, again


def test_one_jti_twice_in_a_batch(ledger):
    """The same bytes twice at once post once and give one receipt; the same jti with other bytes beside them gives 409."""
    volunteer = ledger.facts["volunteers"][0]
    earn(ledger, [volunteer])
    till = ledger.client_of("till")
    fields = {"shop": "QX-S1", "volunteer": volunteer, "points": "5"}
    request, jti = till.sign("redemption", "make", fields), new_jti()
    answers = till.send_all([request] * 5)
    assert all(a.ok for a in answers), answers
    equal(sorted(a.replay for a in answers), [False, True, True, True, True])
    equal(len({a.result["entry"] for a in answers}), 1)
    equal(ledger.balance("P2100", volunteer), 15)
    answers = till.send_all([till.forge("redemption", "make", fields, jti=jti) for _ in range(3)])
    equal(sorted(a.status for a in answers), [200, 409, 409])
    equal(ledger.balance("P2100", volunteer), 10)


def test_refusals_in_a_batch_are_those_of_its_final_run(ledger):
    """Two redemptions of all there is, beside one that cannot be sealed: exactly one is carried out, and what is refused is refused for what was posted."""
    volunteer = ledger.facts["volunteers"][0]
    earn(ledger, [volunteer])
    refuse_leaves(ledger, "大米")
    till = ledger.client_of("till")
    fields = {"shop": "QX-S1", "volunteer": volunteer, "points": "20"}
    answers = till.send_all([till.sign("redemption", "make", {**fields, "goods": goods}) for goods in ("大米", "食用油", "食盐")])
    equal([a.code for a in answers].count(None), 1)
    assert all(a.code in (None, "internal", "not_enough_points") for a in answers) and answers[0].code is not None, answers
    equal(ledger.balance("P2100", volunteer), 0)


def test_offsets_that_no_clock_has(ledger):
    """A time zone beyond 15:59 is a bad time, not an internal error."""
    volunteer = ledger.facts["volunteers"][0]
    for offset, code in (("+16:00", "bad_time"), ("-16:00", "bad_time"), ("+23:59", "bad_time")):
        lines = [{"volunteer": volunteer, "start": f"2025-03-07T09:00:00{offset}", "end": f"2025-03-07T10:00:00{offset}"}]
        with nothing_posted(ledger):
            refused(ledger.client_of("leader").command("service", "record", activity(lines)), code, "lines/0/start")


def test_cursors_of_nobodys_making(ledger):
    """What this ledger cannot have made is refused, never an internal error and never the list's beginning: whoever reads on would not know."""
    for noun, verb in (("entry", "list"), ("ledger", "journal"), ("org", "list"), ("org", "tree"), ("fund", "list"), ("income", "list")):
        for cursor in ("f_________8", "gAAAAAAAAAA", "___________", "AAAAAAAAAA", "-", "A" * 128):
            answer = ledger.client_of("auditor").read(noun, verb, cursor=cursor)
            equal((answer.status, answer.code, answer.field), (422, "bad_cursor", "cursor"), (noun, verb, cursor))
        equal(ledger.client_of("auditor").read(noun, verb, cursor="AAAAAAAAAAA").code, "bad_cursor" if verb == "tree" else None, (noun, verb))  # before the first


def test_large_payloads_do_not_share_one_batch_without_end(ledger):
    """Twelve commands of 600 kB each, most of it white space, come at once: all are carried out, in more than one batch."""
    admin = ledger.client("admin")
    requests = []
    for n in range(12):
        small = admin.sign("org", "add", grid(n))
        requests.append(admin.forge("org", "add", grid(n), payload=canonical(small.payload) + b" " * 600_000))
    before = ledger.value("SELECT count(*) FROM ledger.checkpoint")
    answers = admin.send_all(requests)
    assert all(answer.ok for answer in answers), answers
    equal(ledger.value("SELECT count(*) FROM ledger.node WHERE code ~ '^QX-G[0-9]+$'"), 12, "nodes")
    equal(ledger.value("SELECT min(octet_length(payload)) > 600000 FROM ledger.request WHERE op = 'org_add' AND number > (SELECT max(number) - 12 FROM ledger.request)"), True)
    assert ledger.value("SELECT count(*) FROM ledger.checkpoint") - before > 1, "batches"
