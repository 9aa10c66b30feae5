"""verify.html in a real browser: a good bundle holds, each damage is found and named, nothing of a bundle becomes markup."""

import base64
import glob
import hashlib
import json
import os
import re
import shutil
import subprocess

from books import FUND, business, export
from browser import Browser, in_sources
from expect import equal, unchecked
from protocol import Personal
from test_bundle import DAMAGES, change, files_of, read, seal, write

PAGE = in_sources("packaging/verify/verify.html")


def steps(browser):
    return dict(browser.ask("return [...document.querySelectorAll('[data-step]')].map((item) => [item.dataset.step, item.dataset.state])"))


def copy(good):
    bad = good + "-bad"
    shutil.rmtree(bad, ignore_errors=True)
    shutil.copytree(good, bad)
    return bad


def test_a_whole_bundle_holds_in_both_languages(ledger):
    """Every step holds, with its numbers; the key that was used is shown; nothing is fetched and the console is silent."""
    business(ledger)
    folder = export(ledger)
    ledger.stop()
    manifest = json.loads(read(folder, "manifest.json"))
    with Browser(os.path.join(folder, "verify.html")) as browser:
        browser.open()
        equal(browser.check(folder), "holds", browser.text()[:3000])
        equal(set(steps(browser).values()), {"holds"})
        assert f"{manifest['leaves']} leaves are well formed" in browser.text(), browser.text()
        assert read(folder, "log.vkey").decode().strip() in browser.one("#key").text, browser.text()
        browser.click("#chinese")
        assert "全部核验通过" in browser.one("#verdict").text and "基金报表" in browser.text(), browser.text()
        equal(browser.complaints(), [])


def test_a_fund_bundle_holds_and_a_figure_is_traced_to_its_signature(ledger):
    """From a total to its line, its entry, its postings, the signed request, and the leaf's place in the log."""
    business(ledger)
    first = export(ledger, who="auditor", name="first", fund=FUND)
    folder = export(ledger, who="auditor", fund=FUND, previous=first)
    ledger.stop()
    with Browser(PAGE) as browser:
        browser.open()
        equal(browser.check(folder), "holds", browser.text()[:3000])
        assert "history was not rewritten" in browser.text(), browser.text()
        for field, amount, count in (("lines/spending/disbursement/为老服务/amount", "3,500.00", 1), ("income", "9,000.00", 6), ("closing", "5,900.00", 10)):
            figure = browser.one(f"[data-field='{field}']")
            equal(figure.text, amount)
            browser.click(f"[data-field='{field}']")
            browser.wait(lambda: browser.all("#trace [data-entry]"))
            equal(len(browser.all("#trace [data-entry]")), count, browser.one("#trace").text)
            assert f"{amount} yuan" in browser.one("#trace").text, browser.one("#trace").text
        browser.click("[data-field='lines/spending/disbursement/为老服务/amount']")
        browser.wait(lambda: "disbursements" in browser.one("#trace").text and len(browser.all("#trace [data-entry]")) == 1)
        browser.click("#trace [data-entry]")
        browser.wait(lambda: browser.all("#leaf-verdict"))
        traced = browser.one("#trace").text
        for words in ("5101", "2209", "3,500.00", "/v1/disbursement/approve", "approver", "They give the root"):
            assert words in traced, f"{words}: {traced}"
        assert "signature, key and role hold" in browser.one("#request-verdict").text, traced
        equal(browser.complaints(), [])


@unchecked
def test_each_damage_is_found_and_named(ledger):
    """The same damages as audit verify meets, with their sums made good again; and with the sums left as they were."""
    business(ledger)
    good = export(ledger)
    ledger.stop()
    missed = []
    with Browser(PAGE) as browser:
        for name, (damage, code) in DAMAGES.items():
            for sealed, expected in ((True, code), (False, "file_sum")):
                bad = copy(good)
                damage(bad)
                if sealed:
                    seal(bad)
                browser.open()
                verdict = browser.check(bad)
                if verdict != "fails" or expected not in browser.codes():
                    missed.append((name, expected, verdict, sorted(browser.codes())))
        equal(missed, [])
        equal(browser.complaints(), [])


@unchecked
def test_files_that_are_missing_or_too_many_are_named(ledger):
    """A file taken away, one added, a statement left out of the list: found; a folder that is no bundle does not hold."""
    business(ledger)
    good = export(ledger)
    ledger.stop()
    with Browser(PAGE) as browser:
        for name in ("requests.tsv", f"statement/{FUND}.json", "checkpoint", "tile/0/000"):
            bad = copy(good)
            os.remove(os.path.join(bad, name))
            seal(bad)
            browser.open()
            equal(browser.check(bad), "fails", name)
        bad = copy(good)
        write(bad, "more.txt", b"more")
        browser.open()
        equal(browser.check(bad), "fails")
        equal(browser.codes(), {"file_extra"})
        empty = os.path.join(ledger.directory, "empty")
        os.makedirs(empty)
        write(empty, "a.txt", b"no bundle")
        browser.open()
        equal(browser.check(empty), "fails")


@unchecked
def test_a_key_that_the_reader_knows_decides(ledger):
    """The ledger's own verifier key, pasted, holds; another one does not; what is no key at all is said to be none."""
    business(ledger)
    folder = export(ledger, who="auditor", fund=FUND)
    ledger.stop()
    own = ledger.known()["log"]
    with Browser(PAGE) as browser:
        browser.open()
        browser.trust(own)
        equal(browser.check(folder), "holds", browser.text()[:2000])
        assert "The key that you gave was used" in browser.text(), browser.text()
        for key, code in ((other_key(own), "checkpoint_signature"), ("not a key", "key_unknown")):
            browser.open()
            browser.trust(key)
            equal(browser.check(folder), "fails", key)
            assert code in browser.codes(), (code, browser.codes())


def other_key(own):
    """A verifier key of the same name that is somebody else's."""
    name = own.split("+")[0]
    public = b"\x01" + os.urandom(32)
    key_id = hashlib.sha256(name.encode() + b"\n" + public).hexdigest()[:8]
    return f"{name}+{key_id}+{base64.b64encode(public).decode()}"


DROP = """
const [files] = arguments;
const folder = (path) => ({ isFile: false, createReader() {
	let given = false;
	const inside = new Map();
	for (const [name, text] of files.filter(([name]) => name.startsWith(path))) {
		const [first, ...more] = name.slice(path.length).split("/");
		const bytes = Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
		inside.set(first, more.length ? folder(path + first + "/") : { isFile: true, fullPath: "/dropped/" + name, file: (give) => give(new File([bytes], first)) });
	}
	return { readEntries(give) { give(given ? [] : [...inside.values()]); given = true; } };
} });
const event = new Event("drop", { cancelable: true });
event.dataTransfer = { items: [{ webkitGetAsEntry: () => folder("") }] };
document.dispatchEvent(event);
"""


def test_a_folder_can_be_dropped(ledger):
    """A folder that is dropped on the page is walked with all its folders and checked as one that is chosen."""
    business(ledger)
    folder = export(ledger, who="auditor", fund=FUND)
    ledger.stop()
    files = [[name, base64.b64encode(read(folder, name)).decode()] for name in files_of(folder)]
    with Browser(PAGE) as browser:
        browser.open()
        browser.driver.execute_script(DROP, files)
        equal(browser.verdict(), "holds", browser.text()[:3000])


@unchecked
def test_hostile_text_stays_text(ledger):
    """Names, reasons and file names that are markup appear as they were typed and become no element."""
    evil = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    ledger.do("admin", "fund", "open", host="QX-H", parent="QX-C1", code="QX-EVIL", name=evil, kind="named")
    ledger.do("treasurer", "income", "receive", fund="QX-EVIL", channel="grant", purpose="<b>bold</b>", donor_kind="other", donor=Personal("某人"), amount="777", note=evil)
    folder = export(ledger, who="auditor", fund="QX-EVIL")
    ledger.stop()
    with Browser(PAGE) as browser:
        browser.open()
        equal(browser.check(folder), "holds", browser.text()[:3000])
        assert evil in browser.text() and "<b>bold</b>" in browser.text(), browser.text()
        browser.click("[data-field='income']")
        browser.wait(lambda: browser.all("#trace [data-entry]"))
        browser.click("#trace [data-entry]")
        browser.wait(lambda: browser.all("#leaf-verdict"))
        equal([len(browser.all(tag)) for tag in ("img", "b", "script", "iframe")], [0, 0, 0, 0])
        write(folder, "<img src=x>.txt", b"x")
        change("manifest.json", b'"aud":"test.example"', b'"aud":"<b>x</b>"')(folder)
        browser.open()
        equal(browser.check(folder), "fails")
        equal([len(browser.all(tag)) for tag in ("img", "b", "script", "iframe")], [0, 0, 0, 0])
        equal(browser.complaints(), [])


def test_the_page_is_that_of_its_parts_and_reaches_nothing():
    """verify.html is what packaging/verify/build makes of src/; its policy allows its own script and style only."""
    made = subprocess.run(["sh", in_sources("packaging/verify/build"), "/dev/stdout"], capture_output=True, check=True).stdout.decode()
    with open(PAGE) as file:
        page = file.read()
    assert made == page, "run sh packaging/verify/build"
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page).group(1)
    assert "default-src 'none'" in policy and "connect-src 'none'" in policy and "unsafe" not in policy and "http" not in policy, policy
    script = "".join(open(path).read() for path in glob.glob(in_sources("packaging/verify/src/*.js")))
    for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "fetch(", "XMLHttpRequest", "WebSocket", "import("):
        assert word not in script, word
    assert not re.search(r"(src|href)=", page.replace("src=x", "")), "nothing is loaded"


def test_the_page_knows_roles_accounts_and_kinds_as_the_ledger_does(bare):
    """The tables in the page are those of the program: which role may do what, the chart of accounts, kinds of entries."""
    with open(in_sources("packaging/verify/src/registry.js")) as file:
        text = file.read()
    everybody = re.search(r"ALL_ROLES = (\[.*?\])", text).group(1)
    matrix = {op: sorted(json.loads(roles.replace("ALL_ROLES", everybody))) for op, roles in re.findall(r"^\t(\w+): (\[[^\]]*\]|ALL_ROLES),$", re.search(r"MATRIX = \{(.*?)\n\};", text, re.S).group(1), re.M)}
    known = {}
    for row in bare.rows("SELECT role, op FROM core.matrix"):
        known.setdefault(row["op"], []).append(row["role"])
    commands = re.findall(r'\.name = "(\w+)"[^}]*?OP_COMMAND|\{"(\w+)", "\w+", "[\w-]+", OP_COMMAND', "".join(open(path).read() for path in glob.glob(in_sources("wire/op_*.c"))))
    equal(matrix, {op: sorted(known[op]) for op in {a or b for a, b in commands}})
    with open(in_sources("packaging/verify/src/chart.js")) as file:
        chart = dict((number, (name, english)) for number, name, english in re.findall(r'^\t(\w+): \["(.*?)", "(.*?)"\],$', file.read(), re.M))
    equal(chart, {row["number"]: (row["name"], row["name_en"]) for row in bare.rows("SELECT number, name, name_en FROM ledger.chart")})
