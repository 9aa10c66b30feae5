"""What bad input gets: a signed problem with a stable code and the field at fault; nothing posted, nothing half-posted."""

import os
import shutil

import protocol
from cluster import Cluster
from expect import equal, nothing_posted, refused, stopped, unchecked, unsigned
from harness import Daemon
from protocol import Key, Personal, enrolment
from world import activity, add_volunteers, earn, line


def test_amounts_that_are_no_amounts(ledger):
    """Negative, zero, fractional, too large, ill-typed, padded amounts are refused at their field."""
    volunteer = ledger.facts["volunteers"][0]
    earn(ledger, [volunteer])
    till = ledger.client_of("till")
    for value, code in (
        ("0", "not_positive"), ("-5", "too_small"), ("1.5", "fractional_amount"), ("5.00", "fractional_amount"), ("99999999999999999999", "too_large"),
        ("9223372036854775808", "too_large"), ("1000000001", "too_large"), (5, "ill_typed"), (True, "ill_typed"), (None, "ill_typed"), (["5"], "ill_typed"),
        ({}, "ill_typed"), ("", "ill_typed"), ("five", "ill_typed"), ("+5", "ill_typed"), ("05", "ill_typed"), (" 5", "ill_typed"), ("5 ", "ill_typed"),
        ("１２", "ill_typed"), ("0x10", "ill_typed"), ("1e3", "ill_typed"), ("1,000", "ill_typed"), ("-0", "ill_typed"),
    ):  # fmt: skip
        with nothing_posted(ledger):
            answer = till.command("redemption", "make", shop="QX-S1", volunteer=volunteer, points=value)
            refused(answer, (code, "ill_typed", "not_positive", "too_small"), "points")
    equal(ledger.balance("P2100", volunteer), 20)


def test_a_real_number_is_no_request(ledger):
    """1.5 as a JSON number is outside the profile: 400, unsigned."""
    with nothing_posted(ledger):
        unsigned(ledger.client_of("till").command("redemption", "make", shop="QX-S1", volunteer=ledger.facts["volunteers"][0], points=1.5), 400)


def test_unknown_missing_and_ill_typed_fields(ledger):
    """A field that is unknown, missing, null, of another type or out of its range is named."""
    volunteer = ledger.facts["volunteers"][0]
    good = {"shop": "QX-S1", "volunteer": volunteer, "points": "5"}
    till = ledger.client_of("till")
    for change, code, field in (
        ({"more": 1}, "unknown_field", "more"),
        ({"Points": "5"}, "unknown_field", "Points"),
        ({"personal": []}, "unknown_field", "personal"),
        ({"volunteer": str(volunteer)}, "ill_typed", "volunteer"),
        ({"volunteer": 0}, "too_small", "volunteer"),
        ({"volunteer": -1}, "too_small", "volunteer"),
        ({"volunteer": None}, "ill_typed", "volunteer"),
        ({"shop": 7}, "ill_typed", "shop"),
        ({"shop": ""}, ("too_short", "bad_code"), "shop"),
        ({"shop": "QX S1"}, "bad_code", "shop"),
        ({"shop": "S" * 41}, "too_long", "shop"),
        ({"goods": "米" * 101}, "too_long", "goods"),
        ({"goods": "米\u0085"}, "control_character", "goods"),
        ({"goods": "米\u202e"}, "control_character", "goods"),
    ):
        with nothing_posted(ledger):
            refused(till.command("redemption", "make", {**good, **change}), code, field)
    for name in good:
        with nothing_posted(ledger):
            refused(till.command("redemption", "make", {k: v for k, v in good.items() if k != name}), "missing_field", name)


def test_bad_dates_times_and_choices(ledger):
    """Days that do not exist, times without a zone, words that are no choice are refused at their field."""
    volunteer = ledger.facts["volunteers"][0]
    leader = ledger.client_of("leader")
    for start in ("2025-02-30T09:00:00+08:00", "2025-03-07 09:00:00", "2025-03-07T09:00:00", "yesterday", "2025-03-07T25:00:00+08:00", "2025-3-7T09:00:00+08:00", ""):
        with nothing_posted(ledger):
            refused(leader.command("service", "record", activity([{**line(volunteer), "start": start}])), "bad_time", "lines/0/start")
    with nothing_posted(ledger):
        refused(leader.command("service", "record", activity([line(volunteer)], category="nonsense")), "bad_choice", "category")
    for day in ("2025-02-29", "2025-13-01", "20250301", "2025-3-1", "tomorrow", ""):
        with nothing_posted(ledger):
            refused(ledger.client_of("admin").read("rule", "show", date=day), ("bad_date", "ill_typed", "too_short"), "date")


def test_lines_must_be_a_list_of_records(ledger):
    """No lines, an empty list, a line that is no record: refused, the line named."""
    volunteer = ledger.facts["volunteers"][0]
    leader = ledger.client_of("leader")
    for lines, code, field in (
        ([], ("too_short", "too_small"), "lines"),
        ("x", "ill_typed", "lines"),
        ([7], "ill_typed", "lines/0"),
        ([line(volunteer), {}], "missing_field", "lines/1/volunteer"),
        ([line(volunteer), {**line(volunteer), "more": 1}], "unknown_field", "lines/1/more"),
    ):
        with nothing_posted(ledger):
            refused(leader.command("service", "record", activity(lines)), code, field)


def test_unknown_person_in_line_41_of_41(ledger):
    """One unknown person among 41: nothing is recorded, the error names the line."""
    lines = [line(v) for v in ledger.facts["volunteers"][:40]] + [line(4000000001)]
    with nothing_posted(ledger):
        answer = refused(ledger.client_of("leader").command("service", "record", activity(lines)), "unknown_volunteer", "lines/40/volunteer")
    equal(answer.params["volunteer"], 4000000001)


def test_service_times_that_cannot_be(ledger):
    """End before start, end at start, end in the future, seconds, more than a day: refused at the line."""
    a, b = ledger.facts["volunteers"][:2]
    leader = ledger.client_of("leader")
    for bad, code in (
        (line(b, "11:00", "09:00"), "ends_before_start"),
        (line(b, "09:00", "09:00"), "ends_before_start"),
        (line(b, "09:00", "10:01", day="2025-03-08"), "ends_in_future"),
        ({**line(b), "end": "2025-03-07T10:00:30+08:00"}, "not_whole_minutes"),
        ({**line(b), "start": "2025-03-05T10:00:00+08:00"}, "longer_than_a_day"),
    ):
        with nothing_posted(ledger):
            refused(leader.command("service", "record", activity([line(a), bad])), code, "lines/1/end")
    assert leader.command("service", "record", activity([line(a), line(b, "09:00", "10:00", day="2025-03-08")])).ok, "an end at this very moment is good"


def test_overlapping_service(ledger):
    """Service that overlaps recorded service, or another line, is refused naming what it meets; half-open ends may touch."""
    volunteer = ledger.facts["volunteers"][0]
    leader = ledger.client_of("leader")
    made = ledger.do("leader", "service", "record", activity([line(volunteer, "09:00", "11:00")]))
    for start, end in (("10:00", "12:00"), ("08:00", "09:01"), ("09:30", "10:30"), ("08:00", "12:00"), ("09:00", "11:00"), ("10:59", "11:01")):
        with nothing_posted(ledger):
            answer = refused(leader.command("service", "record", activity([line(volunteer, start, end)])), "overlapping_service", "lines/0/start")
        equal(answer.params["record"], made["first"])
    with nothing_posted(ledger):
        refused(leader.command("service", "record", activity([line(volunteer, "13:00", "15:00"), line(volunteer, "14:00", "16:00")])), "overlapping_lines", "lines/1/start")
    assert leader.command("service", "record", activity([line(volunteer, "11:00", "12:00"), line(volunteer, "08:00", "09:00")])).ok


def test_the_same_file_twice(ledger):
    """The same rows again are refused and it says so; nothing is there twice."""
    lines = [{"name": Personal("张三"), "phone": Personal("13911112222")}]
    fields = {"community": "QX-C1", "lines": lines, "file": Personal("ab" * 32)}
    worker = ledger.client_of("worker")
    assert worker.command("volunteer", "import", fields).ok
    with nothing_posted(ledger):
        answer = refused(worker.command("volunteer", "import", fields), "already_imported", "file")
    assert answer.params.get("request") and answer.params.get("recorded_at"), answer


def test_not_enough_points(ledger):
    """More than there is: refused at the field, without saying how much there is."""
    volunteer = ledger.facts["volunteers"][0]
    earn(ledger, [volunteer])
    till = ledger.client_of("till")
    with nothing_posted(ledger):
        answer = refused(till.command("redemption", "make", shop="QX-S1", volunteer=volunteer, points="21"), "not_enough_points", "points")
    equal(answer.params, {"volunteer": volunteer}, "what the till learns")
    assert till.command("redemption", "make", shop="QX-S1", volunteer=volunteer, points="20").ok


def test_wrong_role(ledger):
    """A till cannot record service, a leader cannot redeem: signed 403."""
    volunteer = ledger.facts["volunteers"][0]
    with nothing_posted(ledger):
        refused(ledger.client_of("till").command("service", "record", activity([line(volunteer)])), "not_allowed", status=403)
        refused(ledger.client_of("leader").command("redemption", "make", shop="QX-S1", volunteer=volunteer, points="1"), "not_allowed", status=403)
        refused(ledger.client_of("leader").command("service", "confirm", activity=1), "not_allowed", status=403)


def test_another_communitys_volunteer_looks_like_a_missing_one(ledger):
    """Byte for byte the same refusal, but for the number itself."""
    worker = ledger.client_of("worker")
    far, missing = ledger.facts["far_volunteers"][0], 4000000001
    for verb in ("show", "history"):
        answers = [worker.read("points", verb, volunteer=v) for v in (far, missing)]
        problems = [str(refused(a, "unknown_volunteer", "volunteer").problem).replace(str(v), "N") for a, v in zip(answers, (far, missing))]
        equal(problems[0], problems[1])
    answers = [worker.read("volunteer", "show", volunteer=v) for v in (far, missing)]
    equal(*[str(refused(a, "unknown_volunteer").problem).replace(str(v), "N") for a, v in zip(answers, (far, missing))])


def test_leader_of_another_community_cannot_record_for_this_team(ledger):
    """Another's team looks like a missing one."""
    with nothing_posted(ledger):
        for team in ("DH-T1", "QX-T2", "NO-SUCH"):
            refused(ledger.client_of("leader").command("service", "record", activity([line(ledger.facts["volunteers"][0])], team=team)), "unknown_team", "team")


def test_enrolment_requests_that_prove_nothing(ledger):
    """Forged, foreign, altered or repeated enrolment requests are refused; nobody is enrolled."""
    admin = ledger.client_of("admin")
    key, other = Key(), Key()
    good = enrolment(key, {"iat": int(ledger.clock.now()), "jti": "AAAAAAAAAAAAAAAAAAAAAA"})
    fields = {"name": Personal("王五"), "role": "worker", "node": "QX-C1"}
    header, payload, signature = good.split(".")
    stolen = enrolment(other, header={"alg": "ES256", "jwk": key.jwk, "kid": key.kid, "typ": "lovebank-enrol+jws"})
    for bad in (stolen, f"{header}.{payload}.{signature[:-4]}AAAA", f"{header}.{payload}", "", "x.y.z", good + "x", f"{header}.e30.{signature}"):
        with nothing_posted(ledger):
            answer = admin.command("operator", "enrol", {**fields, "request": bad})
            refused(answer, ("bad_proof", "ill_typed", "too_short"), "request")
    answer = admin.command("operator", "enrol", {**fields, "request": good})
    assert answer.ok, answer
    with nothing_posted(ledger):
        refused(admin.command("operator", "enrol", {**fields, "request": good}), "key_already_enrolled", "request")


def test_text_with_control_characters(ledger):
    """Refused at the field that holds it; only NUL makes the whole request none."""
    admin = ledger.client_of("admin")
    fields = {"parent": "QX-C1", "kind": "grid", "code": "QX-G1"}
    with nothing_posted(ledger):
        unsigned(admin.command("org", "add", {**fields, "name": "a\x00b"}), 400)
        for text in ("a\tb", "a\nb", "\x1b[31mred", "a\x7fb", "a\x9bb", "a\u2028b", "a\u202eb", "a\u2066b"):
            refused(admin.command("org", "add", {**fields, "name": text}), "control_character", "name")


def test_text_that_looks_like_sql_or_markup_is_only_text(ledger):
    """Quotes, semicolons, percent signs, backslashes, formulas, emoji are kept as they were typed."""
    admin = ledger.client_of("admin")
    for n, text in enumerate(("'; DROP TABLE ledger.entry; --", "%s%n$1", "\\x00\\'", "=HYPERLINK(\"x\")", "<script>", "😀🧧", "𠮷野", '{"a":1}')):
        answer = admin.command("org", "add", parent="QX-C1", kind="grid", code=f"QX-N{n}", name=text)
        assert answer.ok, f"{text}: {answer}"
        equal(ledger.value(f"SELECT name FROM ledger.node WHERE code = 'QX-N{n}'"), text)


def raising(ledger, code, when):
    """From now on the database fails with that SQLSTATE when a request is stored, or when the transaction commits."""
    kind = "CREATE CONSTRAINT TRIGGER sabotage AFTER INSERT" if when == "commit" else "CREATE TRIGGER sabotage BEFORE INSERT"
    late = "DEFERRABLE INITIALLY DEFERRED" if when == "commit" else ""
    ledger.sql(
        f"CREATE OR REPLACE FUNCTION public.sabotage() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'sabotage' USING ERRCODE = '{code}'; END $$;"
        f"{kind} ON ledger.request {late} FOR EACH ROW EXECUTE FUNCTION public.sabotage();"
    )


@unchecked
def test_disk_full(ledger):
    """A full disk under the database, met while writing or at COMMIT: refused or unknown, nothing posted, and later all is well."""
    admin = ledger.client_of("admin")
    fields = {"parent": "QX-C1", "kind": "grid", "code": "QX-G1", "name": "第一网格"}
    for when in ("insert", "commit"):
        raising(ledger, "53100", when)
        request = admin.sign("org", "add", fields)
        with nothing_posted(ledger):
            answer = admin.send(request)
            assert answer.status in (500, 503, 507), answer
            assert answer.status == 503 or answer.signed, answer
        ledger.sql("DROP TRIGGER sabotage ON ledger.request")
        answer = admin.send(request)
        assert answer.ok and not answer.replay, f"the same bytes after the disk has room: {answer}"
        fields["code"] = "QX-G2"
    ledger.check()


@unchecked
def test_an_unexpected_error_fails_only_its_culprit(ledger):
    """One command of many at once makes SQL fail: only that one fails, the others are posted."""
    ledger.sql(
        "CREATE FUNCTION public.sabotage() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.code = 'QX-BAD' THEN PERFORM 1 / 0; END IF; RETURN NEW; END $$;"
        "CREATE TRIGGER sabotage BEFORE INSERT ON ledger.node FOR EACH ROW EXECUTE FUNCTION public.sabotage();"
    )
    admin = ledger.client_of("admin")
    codes = [f"QX-G{n}" for n in range(20)] + ["QX-BAD"] + [f"QX-H{n}" for n in range(20)]
    answers = admin.send_all([admin.sign("org", "add", {"parent": "QX-C1", "kind": "grid", "code": code, "name": "网格"}) for code in codes])
    bad = answers[20]
    assert bad.signed and bad.status == 500 and bad.code == "internal", bad
    assert "sabotage" not in str(bad.problem) and "zero" not in str(bad.problem), f"an SQL message leaks: {bad}"
    assert all(a.ok for n, a in enumerate(answers) if n != 20), [a for a in answers if not a.ok]
    ledger.sql("DROP TRIGGER sabotage ON ledger.node")
    ledger.check()


@stopped
def test_wrong_configuration_is_named_and_nothing_starts(ledger):
    """Unknown keys, doubled keys, bad values, a missing file: exit code 2 and the line named."""
    for text, word in (("colour = red\n", "colour"), ("listen = nowhere\n", "listen"), ("queue = many\n", "queue"), ("state_dir\n", "state_dir"), ("aud = A B\n", "aud")):
        path = ledger.write_config(os.path.join(ledger.directory, "wrong.conf"))
        with open(path) as file:
            kept = [one for one in file if not one.startswith(text.split("=")[0].strip() + " ")]
        with open(path, "w") as file:
            file.writelines(kept + [text])
        for command in ("serve",) if word == "listen" else ("check-config", "serve"):
            done = ledger.lovebankd(command, config=path, timeout=20)
            assert done.code == (1 if word == "listen" else 2) and (word in done.err or "nowhere" in done.err), done
    done = ledger.lovebankd("check-config", config="/nonexistent/lovebankd.conf")
    assert done.code == 2 and "/nonexistent/lovebankd.conf" in done.err, done
    done = ledger.lovebankd("check-config")
    assert done.code == 0, done


@stopped
def test_init_refuses_what_is_there_already(ledger):
    """A second init on the same database and state changes nothing."""
    before = ledger.counts()
    done = ledger.lovebankd("init", "--admin", os.path.join(ledger.directory, "admin.enrol"), "--code", "CITY", "--name", "示例市")
    assert done.code == 1 and done.err, done
    equal(ledger.counts(), before)


@stopped
def test_init_without_a_good_request(bare):
    """An init with a broken enrolment request, or none, is refused before anything is made."""
    config = bare.write_config(os.path.join(bare.directory, "new.conf"), state_dir=os.path.join(bare.directory, "new"))
    broken = os.path.join(bare.directory, "broken")
    with open(broken, "w") as file:
        file.write("not an enrolment request\n")
    for words in (["--admin", broken], ["--admin", "/nonexistent"], []):
        done = bare.lovebankd("init", *words, "--code", "CITY", "--name", "示例市", config=config)
        assert done.code in (1, 2) and done.err, done


@stopped
def test_daemon_refuses_asynchronous_commit(ledger):
    """With synchronous_commit off or local in the database the daemon does not serve."""
    for value in ("off", "local"):
        ledger.sql(f'ALTER DATABASE "{ledger.database}" SET synchronous_commit = {value}')
        does_not_serve(ledger, "synchronous_commit")


def does_not_serve(ledger, word):
    """lovebankd serve ends with exit code 1 and names what is wrong."""
    daemon = Daemon(ledger, ledger.config, {})
    ledger.daemons.append(daemon)
    equal(daemon.process.wait(30), 1, "exit code")
    assert word in daemon.text() and "ready on" not in daemon.text(), daemon.text()


@stopped
def test_daemon_refuses_a_database_that_forgets(bare):
    """With fsync or full_page_writes off in the whole cluster the daemon neither serves nor makes a ledger."""
    ledger = bare
    for setting in ("fsync", "full_page_writes"):
        cluster = Cluster(**{setting: "off"})
        try:
            cluster.psql("postgres", "CREATE DATABASE forgetful TEMPLATE template0")
            config = ledger.write_config(
                os.path.join(ledger.directory, "new.conf"), state_dir=os.path.join(ledger.directory, setting),
                database=cluster.conninfo("forgetful", "lovebankd"), database_owner=cluster.conninfo("forgetful", "postgres"),
            )  # fmt: skip
            done = ledger.lovebankd("init", "--admin", os.path.join(ledger.directory, "admin.enrol"), "--code", "CITY", "--name", "示例市", config=config)
            assert done.code == 1 and setting in done.err, done
        finally:
            cluster.stop()


@unchecked
@stopped
def test_daemon_refuses_a_rolled_back_database(ledger):
    """A database smaller than the daemon's last checkpoint is not served, nor one of the same size with another root."""
    ledger.start()
    ledger.do("admin", "org", "add", parent="QX-C1", kind="grid", code="QX-G1", name="第一网格")
    ledger.stop()
    cluster = ledger.cluster
    cluster.drop(ledger.database)
    cluster.clone("template_ledger", ledger.database)
    does_not_serve(ledger, "behind")
    state = os.path.join(ledger.directory, "other")
    os.makedirs(state, mode=0o700)
    shutil.copytree(os.path.join(ledger.state, "keys"), os.path.join(state, "keys"))
    other = ledger.start(config=ledger.write_config(os.path.join(ledger.directory, "other.conf"), state_dir=state))
    client = protocol.Client(ledger.trust(state), ledger.key("admin"), ledger.clock.now)
    answer = client.command("org", "add", parent="QX-C1", kind="grid", code="QX-G2", name="第二网格")
    assert answer.ok, answer
    client.close()
    other.stop()
    does_not_serve(ledger, "behind or beside")


def test_daemon_refuses_a_database_with_further_leaves(ledger):
    """Leaves that no checkpoint seals, at the end of the log or beyond it, are noticed when the daemon starts, not when a commit meets them."""
    ledger.stop()
    size = ledger.value("SELECT max(size) FROM ledger.checkpoint")
    for first in (size, size + 1, size + 1000):
        ledger.sql(f"INSERT INTO ledger.leaf VALUES ({first}, ARRAY['x'::bytea])")
        does_not_serve(ledger, "do not give the root of its last checkpoint")
        ledger.sql(f"SET session_replication_role = replica; DELETE FROM ledger.leaf WHERE first = {first}")
    ledger.start()


def test_volunteer_numbers_that_look_like_phones(ledger):
    """A phone number as volunteer number is refused: it would stand in leaves for ever."""
    with nothing_posted(ledger):
        refused(ledger.client_of("worker").command("volunteer", "add", community="QX-C1", number=13912345678, name=Personal("李明")), "looks_like_phone", "number")


def test_two_volunteers_with_one_number(ledger):
    """A number is given once."""
    worker = ledger.client_of("worker")
    assert worker.command("volunteer", "add", community="QX-C1", number=5550001, name=Personal("李明")).ok
    with nothing_posted(ledger):
        refused(worker.command("volunteer", "add", community="QX-C1", number=5550001, name=Personal("李四")), "already_exists", "number")


def test_nothing_happens_without_a_rule(bare):
    """Before the first rule no points can be confirmed; it says so."""
    ledger = bare
    from world import enrol, make_place

    make_place(ledger, "QX", "青溪县")
    for who, role, node in (("leader", "leader", "QX-T1"), ("worker", "worker", "QX-C1")):
        enrol(ledger, who, role, node)
    (volunteer,) = add_volunteers(ledger, "worker", "QX-C1", 1)
    made = ledger.do("leader", "service", "record", activity([line(volunteer)]))
    with nothing_posted(ledger):
        refused(ledger.client_of("worker").command("service", "confirm", activity=made["activity"]), "no_rule")


