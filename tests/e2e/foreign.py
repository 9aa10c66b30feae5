"""Programs that this project did not write, as judges: npm's jose, python3-jwcrypto, Go's sumdb packages, openssl.

Each of the first three reads one JSON question a line and answers one a line; ask() gives the answers as dicts with `ok`.
They are made once, in the build folder: `npm ci` from the committed lock file, the Go program from Debian's sources offline.
"""

import fcntl
import json
import os
import shutil
import subprocess

from cluster import ROOT
from harness import BUILD

INTEROP = os.path.join(ROOT, "tests", "interop")
MADE = os.path.join(BUILD, "interop")
GO = {"GO111MODULE": "off", "GOPATH": "/usr/share/gocode", "GOPROXY": "off", "GOFLAGS": "", "GOCACHE": os.path.join(MADE, "gocache")}


def run(command, stdin=None, **more):
    done = subprocess.run(command, input=stdin, capture_output=True, timeout=200, **more)
    assert done.returncode == 0, f"{' '.join(command)}: exit {done.returncode}\n{done.stdout.decode(errors='replace')}\n{done.stderr.decode(errors='replace')}"
    return done.stdout.decode()


def newest(folder):
    return max(os.path.getmtime(os.path.join(folder, name)) for name in os.listdir(folder))


def made(name, make):
    """The folder of a judge, made anew when its sources have changed. Tests run side by side: one makes it, the others wait."""
    source, folder = os.path.join(INTEROP, name), os.path.join(MADE, name)
    stamp = os.path.join(folder, "made")
    os.makedirs(MADE, exist_ok=True)
    with open(os.path.join(MADE, f"{name}.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(stamp) or os.path.getmtime(stamp) < newest(source):
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(source, folder)
            make(folder)
            with open(stamp, "w"):
                pass
    return folder


def make_jose(folder):
    run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder)


def make_sumdb(folder):
    run(["go", "build", "-o", "sumdb", "."], cwd=folder, env={**os.environ, **GO})


def ask(command, questions):
    said = run(command, "".join(json.dumps(q) + "\n" for q in questions).encode())
    answers = [json.loads(line) for line in said.splitlines()]
    assert len(answers) == len(questions), f"{len(answers)} answers to {len(questions)} questions:\n{said}"
    return answers


def jose(questions):
    return ask(["node", os.path.join(made("jose", make_jose), "verify.mjs")], questions)


def jwcrypto(questions):
    return ask(["/usr/bin/python3", os.path.join(INTEROP, "jwcrypto_verify.py")], questions)


def sumdb(questions):
    return ask([os.path.join(made("sumdb", make_sumdb), "sumdb")], questions)


def openssl_ed25519(public, text, signature, folder):
    """Whether plain openssl takes an Ed25519 signature."""
    paths = {}
    for name, data in (("log.der", bytes.fromhex("302a300506032b6570032100") + public), ("text", text), ("signature", signature)):
        paths[name] = os.path.join(folder, name)
        with open(paths[name], "wb") as file:
            file.write(data)
    done = subprocess.run(
        ["openssl", "pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", paths["log.der"], "-rawin", "-in", paths["text"], "-sigfile", paths["signature"]],
        capture_output=True, text=True,
    )
    return done.returncode == 0 and "Signature Verified Successfully" in done.stdout
