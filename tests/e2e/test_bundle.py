"""Bundles for auditors: what lovebank audit export writes, and that anybody can check it with tools that are not ours."""

import base64
import csv
import hashlib
import json
import os
import subprocess

import protocol
from books import FUND, business, export
from cluster import ROOT
from expect import equal, unchecked
from invariants import LEAVES
from protocol import Personal

README = os.path.join(ROOT, "packaging/verify/README.txt")


def blocks():
    """The commands of README.txt: each run of lines that are set in by four blanks."""
    found, block = [], []
    with open(README) as file:
        for line in [*file.read().split("\n"), ""]:
            if line.startswith("    "):
                block.append(line[4:])
            elif block:
                found.append("\n".join(block))
                block = []
    return found


def run(block, folder, **env):
    done = subprocess.run(["sh", "-c", block], cwd=folder, capture_output=True, text=True, env={"PATH": os.environ["PATH"], "HOME": "/nonexistent", **env})
    return done.returncode, done.stdout, done.stderr


def read(folder, name):
    with open(os.path.join(folder, name), "rb") as file:
        return file.read()


def write(folder, name, data):
    with open(os.path.join(folder, name), "wb") as file:
        file.write(data)


def files_of(folder):
    return sorted(os.path.relpath(os.path.join(top, file), folder) for top, _, files in os.walk(folder) for file in files)


def seal(folder):
    """SHA256SUMS made again, as a forger would."""
    names = [name for name in files_of(folder) if name != "SHA256SUMS"]
    write(folder, "SHA256SUMS", "".join(f"{hashlib.sha256(read(folder, name)).hexdigest()}  {name}\n" for name in names).encode())


def statement(folder, fund):
    outer = json.loads(read(folder, f"statement/{fund}.json"))
    return protocol.strict(protocol.unb64(outer["payload"]))


def verify(ledger, folder, *words):
    return ledger.cli("auditor", "audit", "verify", folder, *words, as_json=False)


def test_a_whole_bundle_is_complete_and_verifies(ledger):
    """Every leaf, request and statement of the ledger is in it, each file is listed, and audit verify finds nothing."""
    business(ledger)
    folder = export(ledger)
    manifest = json.loads(read(folder, "manifest.json"))
    counts = ledger.counts()
    equal((manifest["leaves"], manifest["requests"], manifest["withheld"], manifest["log"]["size"]), (counts["leaves"], counts["requests"], 0, counts["size"]))
    stored = ledger.rows(f"SELECT index, encode(body, 'hex') AS body FROM {LEAVES} ORDER BY index")
    equal([line.split(b"\t", 1)[1].hex() for line in read(folder, "leaves.tsv").splitlines()], [row["body"] for row in stored])
    listed = [line.split("  ", 1)[1] for line in read(folder, "SHA256SUMS").decode().splitlines()]
    equal(listed, [name for name in files_of(folder) if name != "SHA256SUMS"])
    funds = [row["code"] for row in ledger.rows("SELECT code FROM ledger.node WHERE kind = 'fund' ORDER BY code")]
    equal([name for name in files_of(folder) if name.startswith("statement/") and name.endswith(".json")], [f"statement/{code}.json" for code in sorted(funds)])
    ledger.stop()
    done = verify(ledger, folder)
    equal(done.code, 0, done)


def test_a_fund_bundle_shows_this_fund_only_and_verifies(ledger):
    """An auditor of a part exports one fund: registry and that fund's entries, no other fund's money, no volunteer's points."""
    business(ledger)
    folder = export(ledger, who="auditor", fund=FUND)
    node = ledger.value(f"SELECT id FROM ledger.node WHERE code = '{FUND}'")
    leaves = [json.loads(line.split(b"\t", 1)[1]) for line in read(folder, "leaves.tsv").splitlines()]
    for leaf in leaves:
        assert not leaf.get("postings") or any(p["owner"] == node for p in leaf["postings"]), leaf
    equal([name for name in files_of(folder) if name.startswith("statement/")], [f"statement/{FUND}.csv", f"statement/{FUND}.json"])
    ledger.stop()
    done = verify(ledger, folder)
    equal(done.code, 0, done)


def test_a_command_for_several_funds_in_turn_is_withheld_once(ledger):
    """Its leaves do not stand together in one fund's bundle, and its signed request shows the other funds' lines."""
    business(ledger)
    before = json.loads(read(export(ledger, who="auditor", name="before", fund=FUND), "manifest.json"))["withheld"]
    lines = [{"fund": fund, "channel": "service_commission", "amount": "100"} for fund in (FUND, "QX-GF", FUND, "QX-GF", FUND)]
    ledger.do("treasurer", "income", "import", lines=lines, file=Personal("ab" * 32))
    folder = export(ledger, who="auditor", name="after", fund=FUND)
    withheld = json.loads(read(folder, "manifest.json"))["withheld"]
    equal(withheld, before + 1)
    done = ledger.cli("auditor", "audit", "verify", folder, "--format", "json", as_json=False)
    equal((done.code, json.loads(done.out)["withheld"]), (0, withheld), done)


def test_the_period_chooses_the_statement_and_nothing_else(ledger):
    """--from and --to: the statement is that of these days, the leaves are still all from the beginning."""
    business(ledger)
    whole = export(ledger, who="auditor", fund=FUND)
    year = export(ledger, who="auditor", name="year", fund=FUND, **{"from": "2025-01-01", "to": "2025-12-31"})
    equal(read(year, "leaves.tsv"), read(whole, "leaves.tsv"))
    result = statement(year, FUND)["result"]
    equal((result["opening"], result["closing"], result["restricted"], result["unrestricted"]), ("200000", "590000", "150000", "440000"))
    equal(statement(whole, FUND)["result"]["opening"], "0")
    done = verify(ledger, year)
    equal(done.code, 0, done)


def test_export_again_continues_the_earlier_bundle(ledger):
    """--previous proves that the log continues; with a bundle of a log that went another way it refuses and leaves nothing."""
    business(ledger)
    first = export(ledger)
    ledger.do("treasurer", "income", "receive", fund=FUND, channel="other", donor_kind="other", amount="100")
    second = export(ledger, name="second", previous=first)
    equal(read(second, "previous-checkpoint"), read(first, "checkpoint"))
    equal(json.loads(read(second, "manifest.json"))["previous"], json.loads(read(first, "manifest.json"))["log"])
    done = verify(ledger, second)
    equal(done.code, 0, done)
    text = read(first, "checkpoint").decode()
    root = text.split("\n")[2]
    write(first, "checkpoint", text.replace(root, base64.b64encode(os.urandom(32)).decode()).encode())
    out = os.path.join(ledger.directory, "third")
    done = ledger.cli("inspector", "audit", "export", out=out, previous=first, as_json=False)
    equal(done.code, 5, done)
    assert not os.path.exists(out) and not os.path.exists(out + ".partial"), os.listdir(ledger.directory)


def test_export_refuses_a_folder_that_is_there(ledger):
    """An existing folder is left as it is; a key that sees a part only is told to name a fund; both leave nothing behind."""
    out = os.path.join(ledger.directory, "there")
    os.makedirs(out)
    done = ledger.cli("inspector", "audit", "export", out=out, as_json=False)
    assert done.code == 3 and os.listdir(out) == [], done
    part = os.path.join(ledger.directory, "part")
    done = ledger.cli("auditor", "audit", "export", out=part, as_json=False)
    assert done.code == 1 and "--fund" in done.err and not os.path.exists(part) and not os.path.exists(part + ".partial"), done


def test_every_command_of_the_readme_works(ledger):
    """Each block of README.txt, run as it stands in the bundle's folder, says that all is well: in a whole bundle and in a fund's."""
    business(ledger)
    folders = [export(ledger), export(ledger, who="auditor", name="fund", fund=FUND)]
    ledger.stop()
    for folder in folders:
        before = files_of(folder)
        for block in blocks():
            code, out, err = run(block, folder)
            assert code == 0 and "WRONG" not in out and "NOT" not in out and "Failure" not in out and not err.replace("Signature Verified Successfully", "").strip(), f"{block}\n{out}\n{err}"
            assert out.strip() or "jq" in block, block
        equal(files_of(folder), before, "the commands write nothing into the bundle")
        said = "".join(run(block, folder)[1] for block in blocks())
        for phrase in ("all files: OK", "Signature Verified Successfully", "manifest: OK", "leaf hash: OK", "Verified OK", "names: OK", "hledger: OK", "ledger: OK", f"{FUND}: OK"):
            assert phrase in said, f"{phrase}: {said[:3000]}"


def test_the_control_commands_of_the_readme_find_damage(ledger):
    """The control: for each kind of damage the block of README.txt that is for it says so."""
    business(ledger)
    folder = export(ledger)
    ledger.stop()
    kid = json.loads(read(folder, "keys.json"))["operators"][0]["kid"]
    amount = b'"amount":"500000","balance"'
    for name, old, new, words in (
        ("postings.csv", b"5000.00", b"5000.01", "sha256sum"),
        ("checkpoint", b"\n5", b"\n6", "pkeyutl"),
        ("checkpoint", b"\n5", b"\n6", "manifest: OK"),
        ("leaves.tsv", b"CITY", b"CITX", "leaf hash"),
        ("keys.json", b'"x":"', b'"x":"A', "thumbprint|crv"),
        ("requests.tsv", b"\t0\t1\t", b"\t0\t1\te", "dgst -sha256 -verify keys/$kid.pem -signature $t/signature $t/signed\n"),
        ("leaves.tsv", amount, amount.replace(b"500000", b"500001"), "group_by(.fund)"),
        ("leaves.tsv", amount, amount.replace(b"500000", b"500001"), "group_by(.a)"),
        ("journal.hledger", b"5000.00 CNY", b"5000.01 CNY", "check -s"),
    ):
        good = read(folder, name)
        assert old in good, (name, old)
        write(folder, name, good.replace(old, new, 1))
        parts = [block + "\n" for block in blocks() if any(word in block + "\n" for word in words.split("|"))]
        assert parts, words
        results = [run(block, folder) for block in parts]
        write(folder, name, good)
        assert any(code or "WRONG" in out or "NOT" in out or "Failure" in out for code, out, err in results), (name, words, results, kid)


def test_hledger_and_ledger_give_the_figures_of_the_statement(ledger):
    """Case 18 from the journal of the bundle alone, by both tools, to the last fen; the balances are those of the database."""
    business(ledger)
    folder = export(ledger)
    env = {**os.environ, "LC_ALL": "C.UTF-8"}
    path = os.path.join(folder, "journal.hledger")
    raw = read(folder, "journal.hledger")
    assert not raw.startswith(b"\xef\xbb\xbf") and b"\ncommodity CNY\n" in raw, raw[:100]
    subprocess.run(["hledger", "-f", path, "check", "-s", "ordereddates", "balancednoautoconversion"], check=True, env=env)
    subprocess.run(["ledger", "--args-only", "-f", path, "--strict", "--pedantic", "balance"], check=True, env=env, stdout=subprocess.DEVNULL)
    result = statement(folder, FUND)["result"]
    closing = int(result["bank"]), -int(result["restricted"]), -int(result["unrestricted"])
    tools = {
        "hledger": ["hledger", "-f", path, "register", "-O", "csv"],
        "ledger": ["ledger", "--args-only", "-f", path, "register", "--format", "%(quantity(amount))\n"],
    }
    for tool, command in tools.items():

        def of(query, tool=tool, command=command):
            said = subprocess.run([*command, query], check=True, env=env, capture_output=True, text=True).stdout
            rows = [row["amount"].split()[0] for row in csv.DictReader(said.splitlines())] if tool == "hledger" else said.split()
            return sum(round(float(amount) * 100) for amount in rows)

        net, restricted = (sum(of(f"^{top}:.*:{FUND}{part}") for top in ("净资产", "收入", "费用")) for part in ("", ":限定"))
        equal((of(f"^资产:1002.*:{FUND}"), restricted, net - restricted), closing, tool)
    postings = list(csv.reader(read(folder, "postings.csv").decode("utf-8-sig").splitlines()))
    equal(len(postings) - 1, ledger.value("SELECT count(*) FROM core.postings()"))
    equal(statement(folder, FUND)["result"]["closing"], "590000")


def test_the_table_of_a_statement_is_that_of_export_statement(ledger):
    """statement/FUND.csv has the bytes that export statement writes in Chinese."""
    business(ledger)
    period = {"from": "2025-01-01", "to": "2025-12-31"}
    folder = export(ledger, who="auditor", fund=FUND, **period)
    out = os.path.join(ledger.directory, "table.csv")
    done = ledger.cli("auditor", "export", "statement", fund=FUND, format="csv", out=out, lang="zh", as_json=False, **period)
    equal(done.code, 0, done)
    with open(out, "rb") as file:
        equal(file.read(), read(folder, f"statement/{FUND}.csv"))


def test_bundles_of_an_empty_ledger(bare):
    """A ledger in which nothing was posted gives a bundle that verifies."""
    from world import enrol

    enrol(bare, "auditor", "auditor", "CITY")
    folder = export(bare, who="auditor")
    done = verify(bare, folder)
    equal(done.code, 0, done)


def forge_statement(folder):
    outer = json.loads(read(folder, f"statement/{FUND}.json"))
    payload = protocol.unb64(outer["payload"]).replace(b'"closing":"590000"', b'"closing":"590001"')
    write(folder, f"statement/{FUND}.json", protocol.canonical({**outer, "payload": protocol.b64(payload)}))


def change(name, old, new):
    def damage(folder):
        good = read(folder, name)
        assert old in good, (name, old)
        write(folder, name, good.replace(old, new, 1))

    return damage


def change_pem(folder):
    name = next(name for name in files_of(folder) if name.startswith("keys/"))
    write(folder, name, read(folder, name).replace(b"-----BEGIN", b" -----BEGIN", 1))


def drop_leaf(folder):
    rows = read(folder, "leaves.tsv").splitlines(True)
    write(folder, "leaves.tsv", b"".join(rows[:40] + rows[41:]))


def change_request(folder):
    rows = read(folder, "requests.tsv").splitlines(True)
    number, first, count, compact = rows[5].rstrip(b"\n").split(b"\t")
    header, payload, signature = compact.split(b".")
    payload = protocol.b64(protocol.unb64(payload.decode()).replace(b'"name"', b'"neme"', 1).replace(b'"code"', b'"cade"', 1)).encode()
    rows[5] = b"\t".join([number, first, count, b".".join([header, payload, signature])]) + b"\n"
    write(folder, "requests.tsv", b"".join(rows))


def change_tile(folder):
    tile = bytearray(read(folder, "tile/0/000"))
    tile[100] ^= 1
    write(folder, "tile/0/000", bytes(tile))


# What is done to a bundle, and the finding that must be among those found.
DAMAGES = {
    "an amount in a leaf": (change("leaves.tsv", b'"amount":"500000","balance"', b'"amount":"500001","balance"'), "leaf_hash"),
    "a request": (change_request, "request_altered"),
    "a tile": (change_tile, "tile_wrong"),
    "the checkpoint": (change("checkpoint", b"\n5", b"\n6"), "checkpoint_signature"),
    "a figure of a statement": (forge_statement, "statement_differs"),
    "a key": (change("keys.json", b'"x":"', b'"x":"A'), "keys_differ"),
    "a key's PEM": (change_pem, "keys_differ"),
    "a missing leaf": (drop_leaf, "leaf_missing"),
    "a cell of a table": (change("postings.csv", b"5000.00", b"5000.01"), "csv_differs"),
    "a cell of a statement's table": (change(f"statement/{FUND}.csv", b"5900.00", b"5900.01"), "csv_differs"),
    "a line of the journal": (change("journal.hledger", b"5000.00 CNY", b"5000.01 CNY"), "journal_differs"),
    "the manifest": (change("manifest.json", b'"withheld":0', b'"withheld":1'), "manifest_differs"),
}


@unchecked
def test_audit_verify_names_each_damage_of_a_bundle(ledger):
    """Each damage, its sums made good again as a forger would, is found and named by audit verify."""
    business(ledger)
    good = export(ledger)
    ledger.stop()
    missed = []
    for name, (damage, code) in DAMAGES.items():
        folder = os.path.join(ledger.directory, "damaged")
        subprocess.run(["rm", "-rf", folder], check=True)
        subprocess.run(["cp", "-r", good, folder], check=True)
        damage(folder)
        seal(folder)
        done = ledger.cli("auditor", "audit", "verify", folder, as_json=False, format="json")
        codes = {finding["code"] for finding in json.loads(done.out)["findings"]} if done.code == 5 else set()
        if code not in codes:
            missed.append((name, code, done.code, sorted(codes)))
    equal(missed, [])
