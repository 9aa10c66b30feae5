#!/usr/bin/python3
"""Runs the end-to-end tests: every function test_* of the files test_*.py beside this one.

A test that takes an argument gets a ledger of its own, named as its argument: `ledger` is the city of world.py, `bare` was
only founded; `cluster` is a whole PostgreSQL for tests that bring it down. Words on the command line choose tests whose name contains one of them.
"""

import argparse
import importlib
import inspect
import multiprocessing
import os
import signal
import sys
import time
import traceback

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, HERE)

import world  # noqa: E402
from cluster import Cluster, tail  # noqa: E402
from harness import LOVEBANK, LOVEBANKD, Template, discard  # noqa: E402

LIMIT_S = int(os.environ.get("LOVEBANK_TEST_SECONDS", "240"))


def discover(words):
    found = []
    for file in sorted(os.listdir(HERE)):
        if not (file.startswith("test_") and file.endswith(".py")):
            continue
        module = importlib.import_module(file[:-3])
        for name, function in vars(module).items():
            if name.startswith("test_") and inspect.isfunction(function) and function.__module__ == module.__name__:
                full = f"{module.__name__[5:]}.{name[5:]}"
                if not words or any(word in full for word in words):
                    found.append((full, function))
    return found


def run_one(function, cluster, templates):
    """None, or what went wrong."""
    ledger = None
    arguments = {}
    options = getattr(function, "options", {})
    try:
        for name in inspect.signature(function).parameters:
            if name == "cluster":
                arguments[name] = cluster
            else:
                arguments[name] = ledger = templates[name].copy(**options)
        signal.alarm(LIMIT_S)
        if ledger:
            if not getattr(function, "stopped", False):
                ledger.start()
            function(**arguments)
            if not getattr(function, "unchecked", False):
                ledger.check()
            ledger.stop()
            assert not ledger.sanitizer_reports(), ledger.sanitizer_reports()
        else:
            function(**arguments)
    except BaseException as error:  # a test may fail in any way
        text = "".join(traceback.format_exception(error))
        if ledger:
            try:
                ledger.stop()
            except BaseException as second:
                text += f"and while stopping: {second}\n"
            text += ledger.logs()
        return text
    finally:
        signal.alarm(0)
        if ledger and not os.environ.get("LOVEBANK_KEEP"):
            discard(ledger)
    return None


def too_long(*_):
    raise TimeoutError(f"not done after {LIMIT_S} s")


def work(tests, cluster, templates, places, answers):
    signal.signal(signal.SIGALRM, too_long)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while (place := places.get()) is not None:
        started = time.monotonic()
        fault = run_one(tests[place][1], cluster, templates)
        answers.put((place, fault, time.monotonic() - started))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("words", nargs="*")
    parser.add_argument("-j", "--jobs", type=int, default=3)
    parser.add_argument("-l", "--list", action="store_true")
    options = parser.parse_args()
    tests = discover(options.words)
    if options.list:
        for name, function in tests:
            print(name, "--", inspect.getdoc(function) or "")
        return 0
    for program in (LOVEBANKD, LOVEBANK):
        if not os.access(program, os.X_OK):
            print(f"not ok  {program} is not there: make")
            print("0 passed, 1 failed")
            return 1
    sys.stdout.reconfigure(line_buffering=True)
    context = multiprocessing.get_context("fork")
    cluster = Cluster()
    workers = []
    passed, failed = 0, []
    try:
        wanted = {p for _, f in tests for p in inspect.signature(f).parameters} - {"cluster"}
        started = time.monotonic()
        templates = {name: Template(cluster, name, world.MAKERS[name]) for name in sorted(wanted)}
        print(f"templates {sorted(wanted)} made in {time.monotonic() - started:.1f} s")
        places, answers = context.SimpleQueue(), context.SimpleQueue()
        for place in range(len(tests)):
            places.put(place)
        for _ in range(options.jobs):
            places.put(None)
            worker = context.Process(target=work, args=(tests, cluster, templates, places, answers))
            worker.start()
            workers.append(worker)
        for _ in tests:
            place, fault, seconds = answers.get()
            name = tests[place][0]
            print(f"{'not ok' if fault else 'ok    '} {seconds:6.2f} s  {name}")
            if fault:
                print("    " + fault.replace("\n", "\n    "))
                failed.append(name)
            else:
                passed += 1
    except BaseException as error:
        traceback.print_exception(error)
        print(tail(cluster.log))
        failed.append("the suite itself")
    finally:
        for worker in workers:
            worker.join(1)
            if worker.is_alive():
                worker.terminate()
        cluster.stop(remove=not os.environ.get("LOVEBANK_KEEP"))
    for name in failed:
        print(f"failed: {name}")
    print(f"{passed} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
