"""What auditors and accountants take away: signed statements, CSV for Excel, the book as an hledger journal."""

import csv
import io
import json
import os
import subprocess

import protocol
from expect import equal, unchecked
from protocol import Personal
from tamper import leaf_changed
from world import earn

DAYS = {"from_": "2025-01-01", "to": "2025-12-31"}


def money(ledger):
    """Some of every kind of entry, in both books."""
    people = ledger.facts["volunteers"][:5]
    earn(ledger, people, hours=4)
    made = [ledger.do("till", "redemption", "make", shop="QX-S1", volunteer=v, points="12") for v in people]
    ledger.do("till", "redemption", "refund", redemption=made[0]["entry"], points="5")
    ledger.do("treasurer", "fund", "transfer", {"from": "QX-GF", "to": "QX-F1", "kind": "seed", "amount": "200000"})
    ledger.do("treasurer", "campaign", "open", fund="QX-F1", code="C2025", filing_no="53100000MJ", name="=助老\"募捐", starts_on="2025-01-01", ends_on="2025-12-31")
    income = {"fund": "QX-F1", "donor_kind": "person", "donor": Personal("王善人")}
    ledger.do("treasurer", "income", "receive", {**income, "channel": "public", "campaign": "C2025", "purpose": "为老服务", "amount": "500001", "note": "=1+1"})
    booked = ledger.do("treasurer", "income", "receive", {**income, "channel": "sponsorship", "amount": "300000"})
    ledger.do("treasurer", "entry", "reverse", entry=booked["entry"], reason="重复")
    asked = ledger.do("treasurer", "disbursement", "request", fund="QX-F1", purpose="为老服务", amount="120000", payee=Personal("食堂"), payee_kind="organisation", resolution="会议纪要3", content="午餐")
    for who in ("approver", "approver2"):
        ledger.do(who, "disbursement", "approve", disbursement=asked["disbursement"])
    ledger.do("treasurer2", "disbursement", "pay", disbursement=asked["disbursement"], bank_reference="B-1")


def export(ledger, *words, who="auditor", **flags):
    command = {name.rstrip("_"): value for name, value in flags.items()}
    out = os.path.join(ledger.directory, "out")
    done = ledger.cli(who, "export", *words, as_json=False, out=out, **command)
    equal(done.code, 0, done)
    return out, done


def test_statement_as_signed_json_verifies_alone(ledger):
    """The exported statement is the signed answer; it verifies without the daemon, and not when a byte changes."""
    money(ledger)
    out, _ = export(ledger, "statement", fund="QX-F1", format="json", **DAYS)
    ledger.stop()
    done = ledger.cli("auditor", "export", "verify", file=out, as_json=False)
    equal(done.code, 0, done)
    with open(out) as file:
        outer = json.load(file)
    trust = ledger.trust()
    protocol.verify(trust.answers_jwk, f"{outer['protected']}.{outer['payload']}".encode(), protocol.unb64(outer["signature"]))
    payload = protocol.unb64(outer["payload"])
    for changed in (payload.replace(b"500001", b"500002"), payload.replace(b'"status":200', b'"status":201')):
        assert changed != payload, "nothing was changed"
        bad = os.path.join(ledger.directory, "bad")
        with open(bad, "w") as file:
            json.dump({**outer, "payload": protocol.b64(changed)}, file)
        done = ledger.cli("auditor", "export", "verify", file=bad, as_json=False)
        equal((done.code, done.out), (5, ""), done)


def test_statement_as_csv_opens_in_excel(ledger):
    """CSV with a byte order mark and Chinese titles, yuan with two decimals, no cell that a spreadsheet would run."""
    money(ledger)
    out, _ = export(ledger, "statement", fund="QX-F1", format="csv", lang="zh", **DAYS)
    with open(out, "rb") as file:
        raw = file.read()
    assert raw.startswith(b"\xef\xbb\xbf"), raw[:20]
    text = raw.decode("utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert any("5000.01" in cell for cell in cells), text
    assert any("\u4e00" <= c <= "\u9fff" for c in text), text
    for cell in cells:
        assert not cell.startswith(("=", "+", "@")) and not (cell.startswith("-") and not cell.lstrip("-").replace(".", "").isdigit()), f"a spreadsheet would run {cell!r}"


def hledger(path, *words):
    done = subprocess.run(["hledger", "-f", path, *words], capture_output=True, text=True, env={**os.environ, "LC_ALL": "C.UTF-8"})
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_journal_passes_the_checks_of_hledger(ledger):
    """hledger check -s, ordereddates and balancednoautoconversion accept the whole book; its balances are the ledger's."""
    money(ledger)
    out, _ = export(ledger, "journal", who="inspector")
    hledger(out, "check", "-s")
    hledger(out, "check", "-s", "ordereddates")
    hledger(out, "check", "balancednoautoconversion")
    hledger(out, "check", "-s", "ordereddates", "balancednoautoconversion")
    printed = hledger(out, "print", "-O", "csv")
    entries = {row["txnidx"] for row in csv.DictReader(io.StringIO(printed))}
    equal(len(entries), ledger.value("SELECT count(*) FROM ledger.entry"))
    sums = {}
    for row in csv.DictReader(io.StringIO(hledger(out, "balance", "--flat", "-N", "-E", "-O", "csv", "--layout", "bare"))):
        number = next((part for part in row["account"].replace(":", " ").split() if part[:4].lstrip("P").isdigit() or part[:5].lstrip("P").isdigit()), row["account"])
        digits = "".join(c for c in number if c in "P0123456789")[: 5 if number.startswith("P") else 4]
        sums[digits] = sums.get(digits, 0) + round(float(row["balance"].replace(",", "")) * (1 if digits.startswith("P") else 100))
    expected = {r["number"]: r["sum"] for r in ledger.rows("SELECT number, sum(balance)::bigint AS sum FROM ledger.account GROUP BY number HAVING sum(balance) <> 0")}
    equal({k: v for k, v in sums.items() if v}, expected)


def test_journal_of_an_empty_ledger(bare):
    """A ledger without entries gives a journal that hledger accepts too."""
    from world import enrol

    enrol(bare, "auditor", "auditor", "CITY")
    out, _ = export(bare, "journal")
    hledger(out, "check", "-s", "ordereddates", "balancednoautoconversion")


def test_the_control_unbalanced_journal_is_refused(ledger):
    """The control: a journal with one amount changed does not pass."""
    money(ledger)
    out, _ = export(ledger, "journal", who="inspector")
    with open(out) as file:
        text = file.read()
    bad = os.path.join(ledger.directory, "bad.journal")
    assert "5000.01" in text, text[:2000]
    with open(bad, "w") as file:
        file.write(text.replace("5000.01", "5000.02", 1))
    done = subprocess.run(["hledger", "-f", bad, "check", "-s"], capture_output=True, text=True, env={**os.environ, "LC_ALL": "C.UTF-8"})
    assert done.returncode != 0, "hledger accepts an unbalanced journal"


def test_ledger_verifies_as_a_whole(ledger):
    """lovebank ledger verify recomputes the tree from all leaves and finds the signed root."""
    money(ledger)
    done = ledger.cli("inspector", "ledger", "verify", as_json=False)
    equal(done.code, 0, done)
    done = ledger.cli("auditor", "ledger", "verify", as_json=False)
    assert done.code != 0 and done.err, f"who sees a part only cannot verify the whole: {done}"


@unchecked
def test_ledger_verify_finds_an_edited_leaf(ledger):
    """The control: one byte of one leaf edited with SQL, and ledger verify fails."""
    money(ledger)
    ledger.sql("SET session_replication_role = replica; " + leaf_changed(7, "set_byte(body, 20, get_byte(body, 20) # 1)"))
    done = ledger.cli("inspector", "ledger", "verify", as_json=False)
    assert done.code != 0 and done.err, done
