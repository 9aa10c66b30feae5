#!/usr/bin/python3
"""Runs the fuzz targets that `make fuzzers` built, each for some seconds, from the inputs in corpus/.

A target is good when it ran its time and nothing was found: no property broken, no memory touched that should not be, none
lost. `planted` is the control: a target with a fault in it, which the fuzzer must find, or else it finds nothing. What was
found stays in BUILD/found/TARGET-*; run it again with BUILD/tests/fuzz/TARGET FILE.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
LEAST = 200  # inputs tried in the shortest run, or it tested nothing
CONTROL_S = 120


def run(program, corpus, seconds, prefix):
    """(exit status, inputs tried, log) of one target."""
    with tempfile.TemporaryDirectory() as found:
        command = [
            program, f"-max_total_time={seconds}", "-seed=1", "-max_len=9000", "-timeout=10", "-rss_limit_mb=1024",
            "-print_final_stats=1", "-dict=" + os.path.join(HERE, "text.dict"), f"-artifact_prefix={prefix}", found, corpus,
        ]  # fmt: skip
        environment = dict(os.environ, ASAN_OPTIONS="abort_on_error=0:detect_leaks=1", UBSAN_OPTIONS="print_stacktrace=1")
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment)
    log = done.stdout.decode(errors="replace")
    tried = re.findall(r"stat::number_of_executed_units:\s*(\d+)|^#(\d+)\s", log, re.M)
    return done.returncode, max((int(a or b) for a, b in tried), default=0), log


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build/fuzz")
    parser.add_argument("--seconds", type=int, default=5)
    options = parser.parse_args()
    folder = os.path.join(options.build, "tests", "fuzz")
    kept = os.path.join(options.build, "found")
    os.makedirs(kept, exist_ok=True)
    failed = passed = 0
    for file in sorted(os.listdir(HERE)):
        match = re.fullmatch(r"fuzz_(\w+)\.c", file)
        if not match:
            continue
        name = match[1]
        status, tried, log = run(
            os.path.join(folder, f"fuzz_{name}"), os.path.join(HERE, "corpus", name), options.seconds,
            os.path.join(kept, f"fuzz_{name}-"),
        )  # fmt: skip
        if status == 0 and tried >= LEAST:
            passed += 1
            print(f"ok      fuzz {name}: {tried} inputs in {options.seconds} s, nothing found", flush=True)
        else:
            failed += 1
            print(f"not ok  fuzz {name}: exit status {status} after {tried} inputs\n{log[-6000:]}", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        status, tried, log = run(
            os.path.join(folder, "planted"), os.path.join(HERE, "corpus", "proof"), CONTROL_S, os.path.join(scratch, "planted-")
        )
    if status != 0 and "this does not hold" in log:
        passed += 1
        print(f"ok      fuzz control: the planted fault was found after {tried} inputs", flush=True)
    else:
        failed += 1
        print(f"not ok  fuzz control: the planted fault was not found in {CONTROL_S} s, {tried} inputs\n{log[-3000:]}", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
