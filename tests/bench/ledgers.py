"""The ledgers of the bench and the PostgreSQL clusters that they live in, all in folders under build/: on the disk, whatever /tmp is.

The small ledger is made anew in each run. The large one is made once, by commands through the real daemon like everything in it,
and kept; runs add a little to it.
"""

import contextlib
import glob
import hashlib
import json
import os
import random
import shutil
import subprocess
import tempfile
import time

import cluster as pg
import harness
import load
import world

BUILD = os.path.dirname(harness.BUILD) if os.path.basename(harness.BUILD) == "release" else harness.BUILD
# Durability as PostgreSQL comes. Memory and WAL such that a checkpoint falls into few of the runs; the same for whatever is compared.
SETTINGS = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "shared_buffers": "256MB", "min_wal_size": "1GB", "max_wal_size": "2GB", "log_min_messages": "warning", "log_error_verbosity": "terse"}
CAP = "1000000000"
IMPORT = 1000
GAPS = 100_000  # services that a run that was broken off can have left out, at most
WAL_FILE = 16 << 20  # bytes
WAL_FILES = 115  # nearly max_wal_size: PostgreSQL keeps no more
LOTS = 9  # of a volunteer, each of 100 points


def file_system(path):
    return subprocess.run(["findmnt", "-n", "-o", "FSTYPE", "-T", path], capture_output=True, text=True).stdout.strip()


class BenchCluster(pg.Cluster):
    """A cluster with its data in a folder; started again when the folder holds one already. Only its socket is in /tmp."""

    def __init__(self, folder, keep=False):
        self.folder, self.keep = folder, keep
        os.makedirs(folder, exist_ok=True)
        super().__init__(in_memory=False, **SETTINGS)

    def _init(self):
        self.data, self.log = (os.path.join(self.folder, name) for name in ("data", "log"))
        fresh = not os.path.exists(os.path.join(self.data, "PG_VERSION"))
        os.makedirs(self.data, mode=0o700, exist_ok=True)
        if os.geteuid() == 0:
            for path in (self.data, self.directory):
                shutil.chown(path, "postgres", "postgres")
        if fresh:
            super()._init()

    def stop(self, remove=True):
        super().stop(remove)
        if remove and not self.keep:
            shutil.rmtree(self.folder, ignore_errors=True)

    def fill_wal(self):
        """Gives it WAL files to use again, as many as a server has that has run for a while: making one holds commits up for some 15 ms."""
        ahead = int(self.psql("postgres", "SELECT count(*) FROM pg_ls_waldir() WHERE name > pg_walfile_name(pg_current_wal_lsn());"))
        message = f"SELECT pg_logical_emit_message(false, 'bench', repeat('x', {WAL_FILE - 1000})) \\g /dev/null\n"
        self.psql("postgres", message * max(0, WAL_FILES - ahead) + "CHECKPOINT;")

    def restart(self, settings):
        super().stop(remove=False)
        self.settings = settings
        self.start()


class BenchLedger(harness.Ledger):
    """A ledger with people for every load, and two files of volunteers: spenders redeem, earners serve."""

    def __init__(self, cluster, database):
        super().__init__(cluster, database, os.path.join(cluster.folder, "ledger"), clock=None, config={"connections_per_key": 1100})
        self.spenders, self.earners = (os.path.join(self.directory, name) for name in ("spenders", "earners"))
        self.credited = {self.spenders: 0, self.earners: 0}  # lines: which service of whom comes next
        self.made_s = None
        for log in glob.glob(os.path.join(self.directory, "daemon*.log")):
            os.remove(log)

    def start(self, *words, **more):
        """Everybody learns where the daemon listens this time."""
        daemon = super().start(*words, **more)
        self.__dict__.pop("_client_of", None)
        for who in os.listdir(self.homes):
            self.share(who)
        return daemon

    def stop(self):
        """Daemon and cluster."""
        try:
            super().stop()
        finally:
            self.cluster.stop()

    def postings(self):
        return self.value("SELECT sum(version) FROM ledger.account")


def make_places(ledger):
    """A city with one community and its team, 19 shops, 8 funds, and somebody for each kind of load."""
    world.found(ledger)
    ledger.start()
    do = ledger.do
    do("admin", "org", "add", parent="CITY", kind="community", code="C", name="社区")
    do("admin", "org", "add", parent="CITY", kind="host", code="H", name="慈善会")
    do("admin", "team", "add", parent="C", code="T", name="服务队", colour="red")
    for n, fund in enumerate(load.FUNDS):
        do("admin", "fund", "open", host="H", parent="CITY" if n == 0 else "C", code=fund, name=f"基金{n}", kind="general" if n == 0 else "community", min_balance="0")
    for n, shop in enumerate(load.SHOPS):
        do("admin", "shop", "add", parent="C", code=shop, name=f"超市{n}", fund=load.FUNDS[0], unsettled_limit=CAP, return_limit="0")
    do("admin", "rule", "set", {**world.RULE, "effective_from": "2000-01-01", "points": 200, "daily_minutes": 1440, "lot_days": 36500,
                               "till_daily_points": CAP, "volunteer_daily_points": CAP})
    for who, role, node in [("leader", "leader", "T"), ("worker", "worker", "C"), ("cashier", "treasurer", "CITY"), ("auditor", "auditor", "CITY")] + [(t, "till", "CITY") for t in load.TILLS]:
        world.enrol(ledger, who, role, node)
        ledger.share(who)


def add_volunteers(ledger, path, count, say):
    numbers = []
    while len(numbers) < count:
        numbers += world.add_volunteers(ledger, "worker", "C", min(IMPORT, count - len(numbers)))
        if len(numbers) % (20 * IMPORT) == 0:
            say(f"{len(numbers)} of {count} volunteers")
    random.Random(1).shuffle(numbers)
    with open(path, "w") as file:
        file.writelines(f"{n}\n" for n in numbers)


def credit_all(ledger, people, lines):
    while ledger.credited[people] < lines:
        load.credit(ledger, 1, 4, 500, people)


@contextlib.contextmanager
def stopped_on_error(ledger):
    try:
        yield ledger
    except BaseException:
        ledger.stop()
        raise


def small(cluster, volunteers, say):
    """An all but empty ledger: few volunteers, with as many lots each as those of the large one."""
    cluster.psql("postgres", "CREATE DATABASE ledger;")
    with stopped_on_error(BenchLedger(cluster, "ledger")) as ledger:
        make_places(ledger)
        add_volunteers(ledger, ledger.spenders, volunteers, say)
        add_volunteers(ledger, ledger.earners, volunteers * 5, say)
        credit_all(ledger, ledger.spenders, volunteers * LOTS)
        credit_all(ledger, ledger.earners, volunteers * 5)  # from now on they have accounts
        cluster.psql("ledger", "VACUUM ANALYZE;")  # as autovacuum would within the minute
    return ledger


# ---- the large ledger


def migrations_now():
    digests = {}
    for path in glob.glob(os.path.join(pg.ROOT, "schema", "migrations", "*.sql")):
        with open(path, "rb") as file:
            digests[os.path.basename(path)] = hashlib.sha256(file.read()).hexdigest()
    return digests


def write_migrations(folder):
    with open(os.path.join(folder, "migrations.json"), "w") as file:
        json.dump(migrations_now(), file)


def unusable(folder):
    """Why the ledger of a folder cannot be used; None if it can, after an upgrade."""
    try:
        with open(os.path.join(folder, "migrations.json")) as file:
            made_with = json.load(file)
    except OSError:
        return "it has not been made yet"
    now = migrations_now()
    if any(now.get(name) != digest for name, digest in made_with.items()):
        return "the migrations that it was made with are not those of today"
    return None


def open_kept(folder):
    """The ledger of a folder, running, brought to the functions and migrations of today."""
    with stopped_on_error(BenchLedger(BenchCluster(folder, keep=True), "ledger")) as ledger:
        done = ledger.lovebankd("upgrade", timeout=600)
        assert done.code == 0, done
        write_migrations(folder)
        ledger.start()
        ledger.credited[ledger.earners] = ledger.value("SELECT count(*) FROM ledger.service_record") + GAPS
    return ledger


def make_large(folder, postings, volunteers, say):
    """Volunteers by files of 1,000; service in signed commands of 500 lines, recorded and confirmed: two postings a line."""
    shutil.rmtree(folder, ignore_errors=True)
    cluster = BenchCluster(folder, keep=True)
    cluster.psql("postgres", "CREATE DATABASE ledger;")
    with stopped_on_error(BenchLedger(cluster, "ledger")) as ledger:
        make_places(ledger)
        add_volunteers(ledger, ledger.spenders, volunteers, say)
        os.symlink("spenders", ledger.earners)
        done = 0
        while done < postings:
            load.credit(ledger, 10 if postings - done > 200_000 else 2, 4, 500)
            done = ledger.postings()
            say(f"{done:,} of {postings:,} postings")
        cluster.psql("ledger", "VACUUM ANALYZE;")
        write_migrations(folder)
    return ledger


def large(postings, volunteers, progress):
    """The large ledger, running; made when there is none, or none that the program of today can serve."""
    folder = os.path.join(BUILD, f"bench-ledger-{postings}")
    reason = unusable(folder)
    if not reason:
        try:
            return open_kept(folder)
        except (AssertionError, RuntimeError) as error:
            reason = str(error)
    progress.say(f"making the large ledger, once, which does not count as time of the bench: {reason}")
    began = time.monotonic()
    ledger = make_large(folder, postings, volunteers, lambda text: progress.say(f"large ledger: {text}, {time.monotonic() - began:.0f} s"))
    ledger.made_s = time.monotonic() - began
    progress.apart += ledger.made_s
    return ledger


def temporary_folder():
    folder = tempfile.mkdtemp(prefix="bench-run-", dir=BUILD)
    os.chmod(folder, 0o755)
    return folder
