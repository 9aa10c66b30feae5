"""Bare signature checks and bare TLS handshakes with the same library and kinds of keys: what no redemption can go below."""

import json
import os
import subprocess

import audit
import load

RUNS = 2


def run(bench):
    for n in bench.rounds("bare"):
        said = json.loads(subprocess.run([audit.SIGNATURES, "--bare", str(bench.seconds), str(os.cpu_count())], check=True, stdout=subprocess.PIPE, text=True).stdout)
        bench.results.figure("bare_es256_checks_per_s", said["checked"] / said["seconds"])
        bench.results.figure("bare_tls_handshakes_per_s", load.handshake(bench.seconds)["per_second"])
