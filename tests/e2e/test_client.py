"""The command line as people meet it: when nothing answers, when files are wrong, in Chinese and in English."""

import base64
import hashlib
import json
import os
import time
import unicodedata

from expect import equal, nothing_posted, stopped
from test_cases import csv_file, record
from world import earn

OK, REFUSED, USAGE, LOCAL, UNKNOWN, UNVERIFIED = range(6)


def outbox(ledger, who):
    done = ledger.cli(who, "outbox", "list")
    equal(done.code, OK, done)
    return json.loads(done.out)


def redeem(ledger, volunteer, points=5, **more):
    return ledger.cli("till", "redemption", "make", shop="QX-S1", volunteer=volunteer, points=points, **more)


def test_daemon_down_the_command_is_kept_and_sent_later(ledger):
    """Nothing answers: another exit code, advice, the bytes kept; sent again when the daemon is back: posted once."""
    v = ledger.facts["volunteers"][0]
    earn(ledger, [v])
    ledger.stop()
    before = ledger.counts()
    done = redeem(ledger, v, as_json=False)
    equal(done.code, UNKNOWN, done)
    assert "outbox send" in done.err, f"it does not say what to do: {done}"
    equal(len(outbox(ledger, "till")), 1)
    equal(ledger.counts(), before)
    ledger.start()
    sent = ledger.cli("till", "outbox", "send")
    equal(sent.code, OK, sent)
    equal(ledger.balance("P2100", v), 15)
    equal(outbox(ledger, "till"), [])
    assert ledger.cli("till", "outbox", "send").code == OK
    equal(ledger.balance("P2100", v), 15)


def test_daemon_down_a_read_says_so(ledger):
    """A read without a daemon: exit code 4, nothing on standard output, nothing kept."""
    ledger.stop()
    done = ledger.cli("worker", "org", "list", as_json=False)
    equal((done.code, done.out), (UNKNOWN, ""), done)
    assert done.err
    equal(outbox(ledger, "worker"), [])


def test_database_down_the_command_is_kept_and_sent_later(ledger):
    """The daemon is there, its database is not: unknown, kept, and posted once when the database is back."""
    v = ledger.facts["volunteers"][0]
    earn(ledger, [v])
    admin_sql = lambda sql: ledger.cluster.psql("postgres", sql)  # noqa: E731
    admin_sql(f'ALTER DATABASE "{ledger.database}" ALLOW_CONNECTIONS false')
    admin_sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{ledger.database}'")
    time.sleep(0.3)
    done = redeem(ledger, v, as_json=False)
    equal(done.code, UNKNOWN, done)
    assert "outbox send" in done.err, done
    equal(len(outbox(ledger, "till")), 1)
    read = ledger.cli("worker", "points", "show", volunteer=v)
    equal(read.code, UNKNOWN, read)
    admin_sql(f'ALTER DATABASE "{ledger.database}" ALLOW_CONNECTIONS true')
    deadline = time.monotonic() + 20
    while (sent := ledger.cli("till", "outbox", "send")).code == UNKNOWN and time.monotonic() < deadline:
        time.sleep(0.2)
    equal(sent.code, OK, sent)
    equal(ledger.balance("P2100", v), 15)
    equal(outbox(ledger, "till"), [])


def test_outbox_after_the_answer_was_lost(ledger):
    """The command had been posted, only its answer was lost: sending again gives the receipt and posts nothing."""
    v = ledger.facts["volunteers"][0]
    earn(ledger, [v])
    ledger.stop()
    equal(redeem(ledger, v).code, UNKNOWN)
    folder = os.path.join(ledger.home("till"), "outbox")
    (name,) = os.listdir(folder)
    equal(os.stat(os.path.join(folder, name)).st_mode & 0o777, 0o600, "mode of the kept command")
    with open(os.path.join(folder, name), "rb") as file:
        body = file.read()
    ledger.start()
    import protocol

    outer = protocol.strict(body)
    compact = f"{outer['protected']}.{outer['payload']}.{outer['signature']}".encode()
    first = ledger.client("till").send(protocol.Request("/v1/redemption/make", body, compact, None))
    assert first.ok and not first.replay, first
    with nothing_posted(ledger):
        sent = ledger.cli("till", "outbox", "send")
        equal(sent.code, OK, sent)
        equal(outbox(ledger, "till"), [])
    equal(ledger.balance("P2100", v), 15)


def test_a_kept_command_that_expired_is_told_apart(ledger):
    """Kept for an hour and never posted: sending it says that it was surely not posted, and it leaves the outbox."""
    v = ledger.facts["volunteers"][0]
    earn(ledger, [v])
    ledger.stop()
    equal(redeem(ledger, v).code, UNKNOWN)
    ledger.clock.advance(hours=1)
    ledger.start()
    with nothing_posted(ledger):
        sent = ledger.cli("till", "outbox", "send")
        equal(sent.code, REFUSED, sent)
        assert "expired" in sent.out, sent
    equal(outbox(ledger, "till"), [])


def test_exit_codes(ledger):
    """0 done, 1 refused, 2 usage, 3 trouble here, 4 no answer, 5 not verified: scripts can tell them apart."""
    v = ledger.facts["volunteers"][0]
    equal(ledger.cli("worker", "points", "show", volunteer=v).code, OK)
    equal(redeem(ledger, v).code, REFUSED)
    for words in (["points", "show"], ["points", "show", "--nonsense", "1"], ["points", "sow"], ["nothing"], ["points", "show", "--volunteer", "x"], ["redemption", "make", "--points", "1.5", "--shop", "QX-S1", "--volunteer", "5"]):
        done = ledger.cli("till", *words, as_json=False)
        equal((done.code, done.out), (USAGE, ""), done)
        assert done.err, done
    os.makedirs(ledger.home("stranger"))
    equal(ledger.cli("stranger", "key", "new", as_json=False).code, OK)
    done = ledger.cli("stranger", "org", "list")
    equal((done.code, done.problem["code"]), (REFUSED, "unknown_key"))
    os.makedirs(ledger.home("nobody"))
    done = ledger.cli("nobody", "org", "list", as_json=False)
    equal((done.code, done.out), (LOCAL, ""), done)
    assert "key new" in done.err, done


def other_log_key(aud):
    """A verifier key of the ledger's name that nobody holds the private key of."""
    public = b"\x01" + os.urandom(32)
    name = hashlib.sha256(aud.encode() + b"\n" + public).hexdigest()[:8]
    return f"{aud}+{name}+{base64.b64encode(public).decode()}"


def test_an_answer_that_does_not_verify_is_not_shown(ledger):
    """Another answers or TLS key than the known ones, and no log key that could prove it: nothing is shown, the exit code differs."""
    import protocol

    v = ledger.facts["volunteers"][0]
    known = os.path.join(ledger.state, "ledger.json")
    with open(known) as file:
        good = file.read()
    wrong = json.loads(good)
    wrong["answers"] = protocol.Key().jwk
    wrong["log"] = stranger_log = other_log_key(wrong["aud"])
    with open(known, "w") as file:
        json.dump(wrong, file)
    done = ledger.cli("worker", "points", "show", volunteer=v)
    equal((done.code, done.out), (UNVERIFIED, ""), done)
    wrong = json.loads(good)
    wrong["daemons"][0]["tls"] = "sha256//" + "A" * 43 + "="
    wrong["log"] = stranger_log
    with open(known, "w") as file:
        json.dump(wrong, file)
    done = ledger.cli("worker", "points", "show", volunteer=v)
    assert done.code in (UNKNOWN, UNVERIFIED) and done.out == "" and done.err, done
    with open(known, "w") as file:
        file.write(good)
    equal(ledger.cli("worker", "points", "show", volunteer=v).code, OK)


def test_json_is_exactly_the_verified_payload(ledger):
    """--json prints the payload of the answer: aud, request, status, log and result."""
    done = ledger.cli("worker", "org", "list")
    payload = done.json
    equal(payload["status"], 200)
    equal(set(payload) - {"replay"}, {"aud", "iat", "request", "status", "log", "result"})
    assert done.out.count("\n") == 1, "one line"


def test_language_of_messages(ledger):
    """Problems are said in the user's language: by --lang, or by the environment in a plain C.UTF-8."""
    v = ledger.facts["volunteers"][0]
    chinese = redeem(ledger, v, lang="zh", as_json=False)
    english = redeem(ledger, v, lang="en", as_json=False)
    assert any("\u4e00" <= c <= "\u9fff" for c in chinese.err), chinese
    assert english.err.isascii() and english.err, english
    env = redeem(ledger, v, lang=None, as_json=False, env={"LANG": "C.UTF-8", "LANGUAGE": "zh_CN"})
    equal(env.err, chinese.err)
    bad = ledger.cli("till", "redemption", "mak", lang="zh", as_json=False)
    assert bad.code == USAGE and any("\u4e00" <= c <= "\u9fff" for c in bad.err), bad


def width(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 0 if unicodedata.combining(c) else 1 for c in text)


def test_tables_are_aligned_with_chinese_names(ledger):
    """Columns begin at the same place in every row, however wide the characters are."""
    done = ledger.cli("worker", "org", "list", lang="zh", as_json=False)
    equal(done.code, OK, done)
    rows = [row for row in done.out.split("\n") if "QX-" in row or "青溪" in row]
    starts = set()
    for row in rows:
        if "QX-" in row:
            starts.add(width(row[: row.index("QX-")]))
    equal(len(starts), 1, f"where codes begin:\n{done.out}")


def test_help_names_every_operation():
    """help lists nouns; each noun and verb has help of its own, in both languages."""
    import subprocess

    from harness import LOVEBANK

    done = subprocess.run([LOVEBANK, "help"], capture_output=True, text=True)
    assert done.returncode == 0 and "redemption" in done.stdout, done
    nouns = [text for text in done.stdout.split("\n\n")[1].splitlines() if text[:2] == "  " and text[2] != " "]
    assert len(nouns) > 20 and not [text for text in nouns if not text[2:].split(":")[0].split(None, 1)[1:]], "each noun says what it is: " + done.stdout
    for lang in ("en", "zh"):
        done = subprocess.run([LOVEBANK, "--lang", lang, "help", "redemption", "make"], capture_output=True, text=True)
        assert done.returncode == 0 and "--points" in done.stdout, done


TITLES = ["姓名", "手机号"]
PEOPLE = [("张三丰", "13900000001"), ("欧阳娜娜", "13900000002"), ("李明", "13900000003")]


def names(ledger):
    return sorted(row["value"] for row in ledger.rows("SELECT p.value FROM ledger.volunteer v JOIN ledger.personal p ON p.commitment = v.name ORDER BY v.request DESC LIMIT 3"))


def import_people(ledger, encoding, **more):
    sheet = csv_file(ledger, "people.csv", TITLES, PEOPLE, encoding=encoding)
    return ledger.cli("worker", "volunteer", "import", community="QX-C1", csv=sheet, **more)


def test_files_as_offices_keep_them(ledger):
    """GB18030 (said), UTF-8 with and without BOM, all give the same names."""
    for encoding in ("gb18030", "utf-8-sig", "utf-8"):
        done = import_people(ledger, encoding, as_json=False)
        equal(done.code, OK, done)
        if encoding == "gb18030":
            equal(names(ledger), sorted(name for name, _ in PEOPLE))
            assert "GB18030" in done.err, done
        else:
            assert "GB18030" not in done.err and "imported before" in done.err, f"the same rows in another encoding are the same file: {done}"
    equal(ledger.value("SELECT count(*) FROM ledger.import_file"), 4, "three of the world, one of the sheet")


def test_sheets_with_quotes_blank_rows_and_english_titles(ledger):
    """Quoted cells, an empty row at the end, a column of row numbers, English titles."""
    path = os.path.join(ledger.directory, "people.csv")
    with open(path, "w", newline="") as file:
        file.write('序号,name,"phone"\r\n1,"张, 三",13900000001\r\n2,"李 ""四""",13900000002\r\n3,王五,13900000003\r\n,,\r\n')
    done = ledger.cli("worker", "volunteer", "import", community="QX-C1", csv=path)
    equal(done.code, OK, done)
    equal(names(ledger), sorted(["张, 三", '李 "四"', "王五"]))


def test_all_bad_rows_are_named_at_once_and_nothing_is_sent(ledger):
    """Every fault with its row, column and reason, in one go; exit code 2; the daemon hears nothing."""
    a, b = ledger.facts["volunteers"][:2]
    rows = [
        (a, "2025-03-07 09:00", "2025-03-07 11:00"),
        ("abc", "2025-03-07 09:00", "2025-03-07 11:00"),
        (b, "2025-02-30 09:00", "2025-03-07 11:00"),
        (b, "", "2025-03-07 11:00"),
        ("-5", "yesterday", "noon"),
    ]
    with nothing_posted(ledger):
        done = record(ledger, rows, as_json=False)
    equal((done.code, done.out), (USAGE, ""), done)
    for row in (3, 4, 5, 6):
        assert f"row {row}," in done.err, f"row {row} is not named: {done}"
    assert "row 2," not in done.err, done
    equal(done.err.count("row 6,"), 3, "faults in the last row")
    for word in ("nothing was sent", "sheet.csv"):
        assert word in done.err, done
    ledger.stop()
    equal(record(ledger, rows, as_json=False).code, USAGE, "found without a daemon")


def test_sheets_with_wrong_columns(ledger):
    """Unknown, missing and doubled columns, an empty file, a file that is not there."""
    a = ledger.facts["volunteers"][0]
    row = (a, "2025-03-07 09:00", "2025-03-07 11:00")
    cases = {
        "unknown": (["志愿者编号", "开始时间", "结束时间", "颜色"], [(*row, "red")], "颜色"),
        "missing": (["志愿者编号", "开始时间"], [row[:2]], "End|结束"),
        "doubled": (["志愿者编号", "志愿者编号", "开始时间", "结束时间"], [(a, *row)], "twice"),
        "short row": (["志愿者编号", "开始时间", "结束时间"], [(a, row[1])], "row 2"),
        "long row": (["志愿者编号", "开始时间", "结束时间"], [(*row, "more")], "row 2"),
        "nothing": ([], [], ""),
    }
    for name, (titles, rows, word) in cases.items():
        path = csv_file(ledger, "bad.csv", titles, rows)
        with nothing_posted(ledger):
            done = ledger.cli("leader", "service", "record", team="QX-T1", community="QX-C1", name="x", place="x", content="x", category="safety", csv=path, as_json=False)
        equal(done.code, USAGE, f"{name}: {done}")
        assert any(w in done.err for w in word.split("|")), f"{name}: {done}"
    done = ledger.cli("leader", "service", "record", team="QX-T1", community="QX-C1", name="x", place="x", content="x", category="safety", csv="/nonexistent.csv")
    equal(done.code, LOCAL, done)


def test_more_rows_than_one_command_takes_are_sent_in_parts(ledger):
    """1,200 volunteers in one sheet: two commands; again: nothing twice."""
    rows = [(f"志愿者{n}", f"138{n:08d}") for n in range(1200)]
    sheet = csv_file(ledger, "many.csv", TITLES, rows)
    before = ledger.counts()["requests"]
    done = ledger.cli("worker", "volunteer", "import", community="QX-C1", csv=sheet, as_json=False)
    equal(done.code, OK, done)
    equal(ledger.counts()["requests"] - before, 2)
    with nothing_posted(ledger):
        again = ledger.cli("worker", "volunteer", "import", community="QX-C1", csv=sheet, as_json=False)
        equal(again.code, OK, again)
        assert "Rows 2 to" in again.err, again


def test_records_by_repeated_flags(ledger):
    """Lines can be typed, one flag each."""
    a, b = ledger.facts["volunteers"][:2]
    lines = [f"volunteer={v},start=2025-03-07 09:00,end=2025-03-07 10:00" for v in (a, b)]
    done = ledger.cli("leader", "service", "record", team="QX-T1", community="QX-C1", name="慰问", place="敬老院", content="陪伴", category="elderly_care", line=lines)
    equal(done.code, OK, done)
    equal(done.result["records"], 2)


def test_a_key_is_not_replaced(ledger):
    """key new in a home that has a key: refused, the key is as it was."""
    path = os.path.join(ledger.home("worker"), "key.pem")
    with open(path) as file:
        before = file.read()
    done = ledger.cli("worker", "key", "new", as_json=False)
    equal(done.code, LOCAL, done)
    with open(path) as file:
        equal(file.read(), before)
    equal(os.stat(path).st_mode & 0o777, 0o600)


@stopped
def test_status_says_whether_the_ledger_is_served(ledger):
    """lovebankd status: 1 when nothing serves, 0 when it does."""
    equal(ledger.lovebankd("status").code, 1)
    ledger.start()
    done = ledger.lovebankd("status")
    equal(done.code, 0, done)


def test_output_that_cannot_be_written_is_no_success(ledger):
    """Printing to a full disk gives an exit code that is not 0."""
    import subprocess

    from harness import LOVEBANK

    ledger.share("worker")
    with open("/dev/full", "w") as full:
        done = subprocess.run([LOVEBANK, "--home", ledger.home("worker"), "org", "list"], stdout=full, stderr=subprocess.PIPE, env=ledger.environment())
    equal(done.returncode, LOCAL, done)


def test_a_client_killed_at_any_moment(ledger):
    """Killed with SIGKILL: it printed a receipt, or keeps the command, or nothing was posted; sending what is kept never doubles."""
    import random
    import subprocess

    from harness import LOVEBANK

    v = ledger.facts["volunteers"][0]
    earn(ledger, [v], hours=8)
    ledger.share("till")
    dice = random.Random(7)
    due, killed = 1, 0
    began = time.monotonic()
    ledger.ok("till", "redemption", "make", shop="QX-S1", volunteer=v, points=1)
    whole = time.monotonic() - began
    env = ledger.environment()
    env["ASAN_OPTIONS"] += ":detect_leaks=0"  # a process killed while it looks for leaks reports the kill
    for _ in range(40):
        command = [LOVEBANK, "--home", ledger.home("till"), "--json", "redemption", "make", "--shop", "QX-S1", "--volunteer", str(v), "--points", "1"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env)
        try:
            process.wait(dice.uniform(0, 1.5 * whole))
        except subprocess.TimeoutExpired:
            process.kill()
            killed += 1
        printed = process.communicate()[0]
        kept = outbox(ledger, "till")
        if printed or kept:
            due += 1
        if kept:
            sent = ledger.cli("till", "outbox", "send")
            equal(sent.code, OK, sent)
        equal(ledger.balance("P2400", "QX-S1"), due, "what the user was told or still holds, against what is posted")
    assert killed > 0, f"none of 40 was killed within {whole:.3f} s"
