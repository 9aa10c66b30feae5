#!/usr/bin/python3
"""make clean-ledgers LEDGERS=100: so many ledgers of random business, each audited online and as bundles; not one alarm is allowed.

The seeds are 1000 and on; one that failed is tried again with --first SEED --ledgers 1.
"""

import argparse
import multiprocessing
import os
import sys
import time
import traceback

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import test_clean  # noqa: E402
import world  # noqa: E402
from cluster import Cluster  # noqa: E402
from harness import Template, discard  # noqa: E402


def one(template, seed, steps):
    """None, or what went wrong with a ledger."""
    ledger = template.copy()
    try:
        ledger.start()
        business = test_clean.all_clean(ledger, seed, steps)
        ledger.check()
        ledger.stop()
        assert not ledger.sanitizer_reports(), ledger.sanitizer_reports()
        return None, sum(business.done.values()), sum(business.refused.values())
    except BaseException as error:
        text = "".join(traceback.format_exception(error)) + ledger.logs()
        try:
            ledger.stop()
        except BaseException as second:
            text += f"and while stopping: {second}\n"
        return text, 0, 0
    finally:
        discard(ledger)


def work(template, seeds, steps, answers):
    while (seed := seeds.get()) is not None:
        started = time.monotonic()
        answers.put((seed, *one(template, seed, steps), time.monotonic() - started))


def main():
    parse = argparse.ArgumentParser(description=__doc__)
    parse.add_argument("--ledgers", type=int, default=100)
    parse.add_argument("--first", type=int, default=1000)
    parse.add_argument("--steps", type=int, default=test_clean.STEPS)
    parse.add_argument("-j", "--jobs", type=int, default=2)
    given = parse.parse_args()
    context = multiprocessing.get_context("fork")
    cluster = Cluster()
    failed = posted = refused = 0
    workers = []
    try:
        template = Template(cluster, "ledger", world.MAKERS["ledger"])
        seeds, answers = context.SimpleQueue(), context.SimpleQueue()
        for seed in range(given.first, given.first + given.ledgers):
            seeds.put(seed)
        for _ in range(given.jobs):
            seeds.put(None)
            worker = context.Process(target=work, args=(template, seeds, given.steps, answers))
            worker.start()
            workers.append(worker)
        for _ in range(given.ledgers):
            seed, fault, some, others, seconds = answers.get()
            print(f"{'not ok' if fault else 'ok    '} {seconds:6.2f} s  seed {seed}: {some} posted, {others} refused", flush=True)
            posted, refused = posted + some, refused + others
            if fault:
                print("    " + fault.replace("\n", "\n    "), flush=True)
                failed += 1
    finally:
        for worker in workers:
            worker.join(1)
            if worker.is_alive():
                worker.terminate()
        cluster.stop()
    print(f"{given.ledgers} ledgers, {posted} commands posted, {refused} refused, {failed} false alarms or faults")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
