"""What the ledger is compared with: pgbench's TPC-B, and SQL ledgers given as folders (yardsticks/README.md)."""

import glob
import os
import re
import subprocess

import cluster as pg

HERE = os.path.dirname(os.path.abspath(__file__))


def pgbench(cluster, database, *words):
    command = [f"{pg.bindir()}/pgbench", "-h", cluster.directory, "-U", cluster.superuser, *words, database]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr[-2000:]}"
    return done.stdout


class Yardstick:
    """Transfers a second of something that pgbench can call."""

    def __init__(self, cluster, name, database, transfers=1, clients=(16,), script=None):
        self.cluster = cluster
        self.name = name
        self.database = database
        self.transfers = transfers
        self.words = ["-n", "-f", script] if script else []
        self.clients = clients[0]
        if len(clients) > 1:
            self.run(1)  # warms the tables up
            self.clients = max(clients, key=lambda n: self.run(1, n))

    def run(self, seconds, clients=None):
        said = pgbench(self.cluster, self.database, *self.words, "-c", str(clients or self.clients), "-j", "2", "-T", str(max(1, round(seconds))))
        return float(re.search(r"tps = ([0-9.]+)", said).group(1)) * self.transfers


def tpcb(cluster):
    cluster.psql("postgres", "CREATE DATABASE tpcb;")
    pgbench(cluster, "tpcb", "-q", "-i", "-s", "16")
    return Yardstick(cluster, "tpcb", "tpcb")


def remark(script, name, standard):
    """The numbers after `-- name: ` at the head of a script."""
    found = re.search(rf"^-- {name}: *([0-9, ]+)$", script, re.M)
    return [int(n) for n in re.findall("[0-9]+", found.group(1))] if found else standard


def of_folder(cluster, folder):
    name = os.path.basename(folder)
    path = os.path.join(folder, "script.pgbench")
    with open(path) as file:
        script = file.read()
    with open(os.path.join(folder, "schema.sql")) as file:
        schema = file.read()
    database = f"yardstick_{name}"
    cluster.psql("postgres", f'CREATE DATABASE "{database}";')
    cluster.psql(database, schema)
    return Yardstick(cluster, name, database, remark(script, "transfers per transaction", [1])[0], remark(script, "clients", [16]), path)


def of_folders(cluster):
    """Those that come with the bench, and those in the folders that YARDSTICKS names."""
    parents = [os.path.join(HERE, "yardsticks"), *filter(None, os.environ.get("YARDSTICKS", "").split(":"))]
    scripts = [script for parent in parents for script in sorted(glob.glob(os.path.join(os.path.abspath(parent), "*", "script.pgbench")))]
    return [of_folder(cluster, os.path.dirname(script)) for script in scripts]
