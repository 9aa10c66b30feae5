"""The audits of an honest ledger hold, offline and online; damage to a bundle's files is found, and said where."""

import json
import os
import re
import shutil
import subprocess

from books import business, export
from expect import equal, unchecked
from harness import LOVEBANK
from world import earn


def run(ledger, *words, who="inspector", **flags):
    """lovebank audit run; its report."""
    done = ledger.cli(who, "audit", "run", *words, timeout=200, **flags)
    assert done.code in (0, 5), done
    return json.loads(done.out)


def verify(ledger, folder, *words, who="inspector", code=None):
    """lovebank audit verify; its report."""
    done = ledger.cli(who, "audit", "verify", folder, *words)
    assert done.code in (0, 5), done
    report = json.loads(done.out)
    equal(done.code, 0 if report["holds"] else 5, done)
    if code is not None:
        assert code in {finding["code"] for finding in report["findings"]}, done
    return report


def holds(report):
    equal(report["findings"], [], report)
    equal(report["holds"], True, report)
    return report


def test_an_honest_ledger_holds(ledger):
    """Online: all leaves, requests and rows. Then again: from where the last audit ended, and still every row."""
    business(ledger)
    first = holds(run(ledger))
    equal((first["audit"], first["aud"], first["from"], first["leaves"]), ("run", "test.example", 0, first["log"]["size"]), first)
    again = holds(run(ledger))
    equal((again["from"], again["leaves"]), (first["log"]["size"], 0), again)
    earn(ledger, ledger.facts["volunteers"][:2], hours=2)
    grown = holds(run(ledger))
    equal(grown["from"], first["log"]["size"], grown)
    assert grown["leaves"] > 0, grown
    whole = holds(run(ledger, "--full"))
    equal((whole["from"], whole["leaves"], whole["log"]), (0, grown["log"]["size"], grown["log"]), whole)


def test_an_honest_bundle_holds(ledger):
    """Offline, from the files alone and from the reader's own keys; a fund's bundle holds too, and so does one that continues it."""
    business(ledger)
    folder = export(ledger)
    own = holds(verify(ledger, folder))
    equal([note["code"] for note in own["notes"]], [], own)
    alone = subprocess.run([LOVEBANK, "--home", "/nonexistent", "--lang", "en", "audit", "verify", folder], capture_output=True, text=True)
    equal(alone.returncode, 0, alone)
    assert "It holds: nothing was found." in alone.stdout and "nobody else vouches for it" in " ".join(alone.stdout.split()), alone.stdout
    earn(ledger, ledger.facts["volunteers"][:2], hours=2)
    holds(verify(ledger, export(ledger, name="later", previous=folder)))
    holds(verify(ledger, folder, "--ledger", os.path.join(ledger.state, "ledger.json")))
    part = holds(verify(ledger, export(ledger, name="part", fund="QX-F1")))
    equal([note["code"] for note in part["notes"]], ["partial"], part)


def sums(folder):
    """Makes SHA256SUMS anew, as somebody who changes a bundle would."""
    names = sorted(os.path.relpath(os.path.join(top, name), folder) for top, _, files in os.walk(folder) for name in files if name != "SHA256SUMS")
    done = subprocess.run(["sha256sum", *sorted(names, key=lambda n: n.encode())], cwd=folder, capture_output=True, text=True, check=True)
    with open(os.path.join(folder, "SHA256SUMS"), "w") as file:
        file.write(done.stdout)


def damaged(ledger, folder, name, change, again=True):
    """A copy of the bundle in which one file is changed (None: taken away), with its sums made again or not."""
    copy = os.path.join(ledger.directory, "damaged")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(folder, copy)
    path = os.path.join(copy, name)
    if change is None:
        os.remove(path)
    else:
        with open(path, "rb") as file:
            before = file.read()
        after = change(before)
        assert after != before, f"{name} was not changed"
        with open(path, "wb") as file:
            file.write(after)
    if again:
        sums(copy)
    return copy


def line_of(text, number):
    return text.split(b"\n")[number]


def without_line(number):
    return lambda text: b"\n".join(line for i, line in enumerate(text.split(b"\n")) if i != number)


def flipped(at):
    return lambda bytes_: bytes_[:at] + bytes([bytes_[at] ^ 1]) + bytes_[at + 1 :]


def findings(report, code):
    return [finding for finding in report["findings"] if finding["code"] == code]


def test_damage_to_a_bundle_is_found_where_it_is(ledger):
    """Each file of a bundle changed, with and without its sum made again."""
    business(ledger)
    folder = export(ledger)
    size = holds(verify(ledger, folder))["log"]["size"]
    with open(os.path.join(folder, "leaves.tsv"), "rb") as file:
        leaves = file.read().split(b"\n")
    entry = next(i for i, leaf in enumerate(leaves) if b'"kind":"income"' in leaf)

    def changed(name, change, code, again=True):
        report = verify(ledger, damaged(ledger, folder, name, change, again), code=code)
        return findings(report, code)[0]

    equal(changed("README.txt", lambda text: text + b"x", "file_sum", again=False)["table"], "README.txt")
    equal(changed("journal.hledger", None, "file_missing", again=False)["table"], "journal.hledger")
    amount = re.search(rb'"amount":"(\d+)"', leaves[entry])
    forged = leaves[entry].replace(amount.group(0), b'"amount":"' + amount.group(1) + b'0"')
    for code in ("leaf_hash", "entry_unbalanced"):
        equal(changed("leaves.tsv", lambda text: text.replace(leaves[entry], forged), code)["leaf"], entry)
    equal(changed("leaves.tsv", lambda text: text.replace(b'{"book"', b'{ "book"', 1), "leaf_not_canonical")["code"], "leaf_not_canonical")
    equal(changed("leaves.tsv", without_line(entry), "leaf_missing")["leaf"], entry)
    equal(changed("leaves.tsv", without_line(size - 1), "leaf_missing")["leaf"], size - 1)
    missing = changed("requests.tsv", without_line(20), "request_missing")
    equal(missing["request"], 21)
    altered = changed("requests.tsv", lambda text: text.replace(line_of(text, 30), line_of(text, 30)[:-8] + b"AAAAAAAA"), "request_altered")
    equal(altered["request"], 31)
    equal(changed("tile/0/000", flipped(40), "tile_wrong")["table"], "tile/0/000")
    equal(changed("checkpoint", lambda text: text.replace(b"\n%d\n" % size, b"\n%d\n" % (size - 1)), "checkpoint_signature")["table"], "checkpoint")
    equal(changed("manifest.json", lambda text: text.replace(b'"leaves":%d' % size, b'"leaves":%d' % (size - 1)), "manifest_differs")["field"], "leaves")
    changed("journal.hledger", lambda text: text.replace(b"1002", b"1001", 1), "journal_differs")
    changed("postings.csv", lambda text: text.replace(b"1002", b"1001", 1), "csv_differs")
    with open(os.path.join(damaged(ledger, folder, "README.txt", lambda text: text + b"x"), "more"), "w") as file:
        file.write("not listed")
    equal(findings(verify(ledger, os.path.join(ledger.directory, "damaged")), "file_extra")[0]["table"], "more")


def test_a_bundle_that_went_back_is_found(ledger):
    """An earlier checkpoint is longer, or of another log."""
    business(ledger)
    before = export(ledger, name="before")
    earn(ledger, ledger.facts["volunteers"][:2], hours=2)
    after = export(ledger, name="after")
    report = verify(ledger, before, "--previous", os.path.join(after, "checkpoint"), code="log_shrank")
    assert not report["holds"], report
    holds(verify(ledger, after, "--previous", os.path.join(before, "checkpoint")))
    with open(os.path.join(before, "checkpoint")) as file:
        note = file.read()
    other = os.path.join(ledger.directory, "other-checkpoint")
    with open(other, "w") as file:
        file.write(note.replace(note.split("\n")[2], "A" * 43 + "="))
    report = verify(ledger, after, "--previous", other, code="consistency_broken")
    assert findings(report, "checkpoint_signature"), report


def test_a_stolen_bundle_of_another_ledger_is_no_evidence(ledger):
    """With the reader's own ledger.json, a log key that it does not know is not believed."""
    business(ledger)
    folder = export(ledger)
    known = json.load(open(os.path.join(ledger.state, "ledger.json")))
    origin, _, _ = known["log"].split("+", 2)
    stranger = os.path.join(ledger.directory, "stranger.json")
    with open(stranger, "w") as file:
        json.dump({**known, "log": f"{origin}+0d850fcb+AW2F2Rt1CbS5jT7o4jBwqs9F3QcgGoQhK+AqQ3y6XE+m"}, file)
    report = verify(ledger, folder, "--ledger", stranger, code="checkpoint_signature")
    equal([finding["table"] for finding in findings(report, "checkpoint_signature")], ["checkpoint"], report)


def peak_of(command):
    """Largest anonymous memory of a program while it runs, in KiB."""
    env = {**os.environ, "ASAN_OPTIONS": "quarantine_size_mb=0:detect_leaks=0"}  # what a sanitizer keeps back is not the program's
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=env)
    peak = 0
    while process.poll() is None:
        try:
            with open(f"/proc/{process.pid}/status") as file:
                found = re.search(r"RssAnon:\s*(\d+) kB", file.read())
        except OSError:
            break
        peak = max(peak, int(found.group(1)) if found else 0)
    equal(process.wait(), 0, command)
    return peak


def test_memory_does_not_grow_with_the_ledger(ledger):
    """Ten times the entries, the same memory of the program's own (files that are mapped are the kernel's)."""
    people = ledger.facts["volunteers"][:10]
    earn(ledger, people, hours=8)
    small = export(ledger, name="small")
    for day in range(40):
        earn(ledger, people, hours=8, day=f"2024-{1 + day // 28:02}-{1 + day % 28:02}")
    large = export(ledger, name="large")
    sizes = [os.path.getsize(os.path.join(folder, "leaves.tsv")) for folder in (small, large)]
    assert sizes[1] > 3 * sizes[0], sizes
    peaks = [max(peak_of([LOVEBANK, "--home", "/nonexistent", "audit", "verify", folder, "--threads", "2"]) for _ in range(3)) for folder in (small, large)]
    assert peaks[1] < peaks[0] + 8192, peaks


def change(ledger, text):
    """Behind the daemon's back, past the triggers."""
    ledger.sql("SET session_replication_role = replica; " + text)


@unchecked
def test_findings_are_said_in_words(ledger):
    """For people: where, what it means, what was expected and found, in both languages; the next audit does not forget."""
    business(ledger)
    honest = ledger.cli("inspector", "audit", "run", as_json=False)
    equal(honest.code, 0, honest)
    change(ledger, "UPDATE ledger.income SET amount = amount + 1 WHERE entry = (SELECT min(entry) FROM ledger.income)")
    entry = ledger.value("SELECT min(entry) FROM ledger.income")
    done = ledger.cli("inspector", "audit", "run", as_json=False)
    equal(done.code, 5, done)
    said = " ".join(done.out.split())
    assert f"table income, key {entry}, field amount table_differs: a row of the database is not what the signed log says" in said, done
    assert "It does NOT hold." in said, done
    chinese = ledger.cli("inspector", "audit", "run", as_json=False, lang="zh")
    equal(chinese.code, 5, chinese)
    assert "table_differs" in chinese.out and "在数据库里被改动" in "".join(chinese.out.split()) and "未通过审计" in chinese.out, chinese
    report = run(ledger, "--full")
    equal([(f["code"], f["table"], f["key"], f["field"]) for f in report["findings"]], [("table_differs", "income", str(entry), "amount")], report)
    if os.environ.get("LOVEBANK_TEST_PRINT"):
        print(honest.out + done.out)


@unchecked
def test_a_log_that_went_back_is_found(ledger):
    """The last audit's checkpoint is remembered: a database put back to an earlier state is found, with --full too."""
    business(ledger)
    for table in ("request", "leaf", "checkpoint", "redemption"):
        ledger.sql(f"CREATE TABLE public.kept_{table} AS TABLE ledger.{table}")
    size = holds(run(ledger))["log"]["size"]
    ledger.do("treasurer", "fund", "transfer", {"from": "QX-GF", "to": "QX-F1", "kind": "seed", "amount": "100"})
    grown = holds(run(ledger))["log"]["size"]
    assert grown > size, (size, grown)
    ledger.stop()
    for name in ("checkpoint", "checkpoint.synced"):  # the daemon itself would refuse this database
        if os.path.exists(os.path.join(ledger.state, name)):
            os.remove(os.path.join(ledger.state, name))
    for table, key in (("request", "number"), ("leaf", "first"), ("checkpoint", "size")):
        change(ledger, f"DELETE FROM ledger.{table} t WHERE NOT EXISTS (SELECT FROM public.kept_{table} k WHERE k.{key} = t.{key})")
    ledger.start()
    for words in ((), ("--full",)):
        report = run(ledger, *words)
        equal([(f["expected"], f["found"]) for f in findings(report, "log_shrank")], [(str(grown), str(size))], report)
