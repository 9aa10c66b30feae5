"""A ledger for a test: its own database (cloned from a template), its own lovebankd, and people who hold keys."""

import datetime
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time

import invariants
import protocol
from cluster import ROOT, Cluster, tail

BUILD = os.path.abspath(os.environ.get("LOVEBANK_BUILD", os.path.join(ROOT, "build")))
LOVEBANKD = os.path.join(BUILD, "lovebankd")
LOVEBANK = os.path.join(BUILD, "lovebank")
MORNING = "2025-03-08T10:00:00+08:00"
SANITIZERS = {
    "ASAN_OPTIONS": "abort_on_error=0:exitcode=99:detect_leaks=1:log_path={0}/sanitizer",
    "UBSAN_OPTIONS": "print_stacktrace=1:log_path={0}/sanitizer",
    "TSAN_OPTIONS": "exitcode=99:log_path={0}/sanitizer",
    "LSAN_OPTIONS": "report_objects=1",
}


class Done:
    """What a command line printed and how it ended."""

    def __init__(self, command, process):
        self.command = command
        self.code = process.returncode
        self.out = process.stdout
        self.err = process.stderr

    @property
    def json(self):
        return protocol.strict(self.out)

    @property
    def result(self):
        return self.json["result"]

    @property
    def problem(self):
        return self.json["problem"]

    def __repr__(self):
        return f"$ {' '.join(self.command)}\nexit {self.code}\n{self.out[:3000]}\n{self.err[:3000]}"


class Clock:
    """The time that daemon and clients believe; moves only when a test moves it."""

    def __init__(self, path, start):
        self.path = path
        self.set(start)

    def set(self, text):
        new = self.path + ".new"
        with open(new, "w") as file:
            file.write(text + "\n")
        os.replace(new, self.path)
        self.moment = datetime.datetime.fromisoformat(text)

    def advance(self, **delta):
        self.set((self.moment + datetime.timedelta(**delta)).isoformat())

    def now(self):
        return self.moment.timestamp()


class Ledger:
    """Directories, configuration and processes of one ledger. Use as a context manager."""

    def __init__(self, cluster, database, directory, clock=MORNING, config=None):
        self.cluster = cluster
        self.database = database
        self.directory = directory
        self.state = os.path.join(directory, "state")
        self.homes = os.path.join(directory, "homes")
        self.config = os.path.join(directory, "lovebankd.conf")
        self.clock = Clock(os.path.join(directory, "clock"), clock) if clock else None
        self.daemons = []
        self.clients = []
        self.extra = config or {}
        self.facts = {}
        for path in (self.state, self.homes):
            os.makedirs(path, mode=0o700, exist_ok=True)
        facts = os.path.join(directory, "facts.json")
        if os.path.exists(facts):
            with open(facts) as file:
                self.facts = json.load(file)
        self.write_config()

    # ---- the daemon

    def write_config(self, path=None, **change):
        settings = {
            "state_dir": self.state,
            "listen": "127.0.0.1:0",
            "aud": "test.example",
            "database": self.cluster.conninfo(self.database, "lovebankd"),
            "database_owner": self.cluster.conninfo(self.database, self.cluster.superuser),
            "schema_dir": os.path.join(ROOT, "schema"),
            **({"test_clock": self.clock.path} if self.clock else {}),
            **self.extra,
            **change,
        }
        path = path or self.config
        with open(path, "w") as file:
            file.writelines(f"{name} = {value}\n" for name, value in settings.items() if value is not None)
        return path

    def environment(self, **more):
        env = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG", "LOVEBANK", "PG"))}
        for name, value in SANITIZERS.items():
            env[name] = value.format(self.directory)
        if self.clock:
            env["LOVEBANK_TEST_CLOCK"] = self.clock.path
        env["TZ"] = "UTC"
        env.update(more)
        return env

    def lovebankd(self, *words, config=None, timeout=60, **env):
        """Runs lovebankd until it ends."""
        command = [LOVEBANKD, words[0], "-c", config or self.config, *words[1:]]
        return Done(command, subprocess.run(command, capture_output=True, text=True, timeout=timeout, env=self.environment(**env)))

    def start(self, config=None, wait="ready", **env):
        daemon = Daemon(self, config or self.config, env)
        self.daemons.append(daemon)
        daemon.wait_for(wait)
        return daemon

    @property
    def daemon(self):
        return self.daemons[-1]

    def stop(self):
        for client in self.clients:
            client.close()
        for daemon in self.daemons:
            daemon.stop()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def known(self, state=None):
        """ledger.json as the daemon publishes it."""
        with open(os.path.join(state or self.state, "ledger.json")) as file:
            return json.load(file)

    def trust(self, state=None):
        return read_trust(self.known(state))

    def logs(self):
        text = ""
        for path in sorted(glob.glob(os.path.join(self.directory, "daemon*.log")) + glob.glob(os.path.join(self.directory, "sanitizer*"))):
            text += f"---- {os.path.basename(path)}\n{tail(path, 60)}"
        return text

    def sanitizer_reports(self):
        return "".join(tail(path, 200) for path in glob.glob(os.path.join(self.directory, "sanitizer*")))

    # ---- people

    def home(self, who):
        return os.path.join(self.homes, who)

    def cli(self, who, *words, lang="en", stdin=None, env=None, timeout=60, as_json=True, **flags):
        """Runs lovebank with somebody's key. Flags by keyword: points=5 is --points 5; a list repeats its flag."""
        self.share(who)
        command = [LOVEBANK, "--home", self.home(who)]
        if as_json:
            command.append("--json")
        if lang:
            command += ["--lang", lang]
        command += words
        for name, value in flags.items():
            for one in value if isinstance(value, (list, tuple)) else [value]:
                command += ["--" + name.replace("_", "-"), protocol.query_text(one)]
        process = subprocess.run(
            command, input=stdin, capture_output=True, timeout=timeout, env=self.environment(**(env or {})), stdin=None if stdin is not None else subprocess.DEVNULL
        )
        process.stdout, process.stderr = (s.decode(errors="replace") for s in (process.stdout, process.stderr))
        return Done(command, process)

    def ok(self, who, *words, **flags):
        """Runs lovebank, which must succeed; its result."""
        done = self.cli(who, *words, **flags)
        assert done.code == 0, done
        return done.result

    def key(self, who):
        return protocol.Key.load(os.path.join(self.home(who), "key.pem"))

    def share(self, who):
        """Gives somebody the ledger.json of today (the daemon's port is another after each start)."""
        os.makedirs(self.home(who), mode=0o700, exist_ok=True)
        known = os.path.join(self.state, "ledger.json")
        if os.path.exists(known):
            shutil.copy(known, self.home(who))

    def client(self, who):
        """A protocol client that holds somebody's key (a name, or a protocol.Key)."""
        key = who if isinstance(who, protocol.Key) else self.key(who)
        client = protocol.Client(self.trust(), key, self.clock.now if self.clock else time.time)
        self.clients.append(client)
        return client

    def do(self, who, noun, verb, fields=None, **more):
        """A command that must succeed, by the protocol client; its result."""
        answer = self.client_of(who).command(noun, verb, fields, **more)
        assert answer.ok, answer
        return answer.result

    def ask(self, who, noun, verb, fields=None, **more):
        """A read that must succeed, by the protocol client; its result."""
        answer = self.client_of(who).read(noun, verb, fields, **more)
        assert answer.ok, answer
        return answer.result

    def client_of(self, who):
        known = self.__dict__.setdefault("_client_of", {})
        if who not in known:
            known[who] = self.client(who)
        return known[who]

    # ---- behind the daemon's back

    def rows(self, query):
        return self.cluster.rows(self.database, query)

    def value(self, query):
        return self.cluster.value(self.database, query)

    def sql(self, text):
        return self.cluster.psql(self.database, text)

    def balance(self, number, owner=0):
        """Of all accounts with that number and owner (a node's code or an id), in the account's own sign."""
        if isinstance(owner, str):
            owner = self.value(f"SELECT id FROM ledger.node WHERE code = '{owner}'")
        return self.value(
            "SELECT coalesce(sum(CASE side WHEN 'debit' THEN balance ELSE -balance END), 0)::bigint FROM ledger.account "
            f"JOIN ledger.chart USING (number) WHERE number = '{number}' AND account.owner = {owner}"
        )

    def counts(self):
        """How much there is of everything that a refusal must not change."""
        return self.rows(
            "SELECT (SELECT count(*) FROM ledger.request) AS requests, (SELECT count(*) FROM ledger.entry) AS entries, "
            f"(SELECT count(*) FROM ({invariants.POSTINGS}) AS p) AS postings, (SELECT count(*) FROM {invariants.LEAVES}) AS leaves, "
            "(SELECT count(*) FROM ledger.personal) AS personal, (SELECT count(*) FROM ledger.account) AS accounts, "
            "(SELECT count(*) FROM ledger.service_record) AS records, (SELECT count(*) FROM ledger.import_file) AS files, "
            "(SELECT max(size) FROM ledger.checkpoint) AS size"
        )[0]

    def check(self):
        invariants.check(self.rows, self.known()["log"])


def read_trust(known):
    """What a client needs, from the ledger.json that the daemon writes."""
    daemon = known["daemons"][0]
    return protocol.Trust(known["aud"], daemon["address"], daemon["tls"], known["answers"])


class Daemon:
    """A lovebankd process; its standard error is kept in a file."""

    def __init__(self, ledger, config, env):
        self.ledger = ledger
        self.log = os.path.join(ledger.directory, f"daemon{len(ledger.daemons)}.log")
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [LOVEBANKD, "serve", "-c", config], stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=ledger.environment(**env), start_new_session=True
            )

    def text(self):
        with open(self.log, errors="replace") as file:
            return file.read()

    def wait_for(self, phrase, patience=30):
        deadline = time.monotonic() + patience
        while phrase not in self.text():
            assert self.process.poll() is None, f"lovebankd ended with {self.process.returncode}:\n{self.text()}"
            assert time.monotonic() < deadline, f"lovebankd never said '{phrase}':\n{self.text()}"
            time.sleep(0.02)

    def address(self):
        return re.findall(r"ready on ([^ ,\n]+)", self.text())[-1]

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        """A clean stop, whose exit code must be 0 unless the process had been ended before."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError(f"lovebankd does not stop:\n{self.text()}") from None
            assert self.process.returncode == 0, f"lovebankd ended with {self.process.returncode}:\n{self.text()}"


class Template:
    """A ledger that was set up once, to be copied for each test."""

    def __init__(self, cluster, name, make, clock=MORNING):
        self.cluster = cluster
        self.name = f"template_{name}"
        self.directory = os.path.join(cluster.directory, self.name)
        self.clock = clock
        os.makedirs(self.directory)
        cluster.psql("postgres", f'CREATE DATABASE "{self.name}" TEMPLATE template0')
        ledger = Ledger(cluster, self.name, self.directory, clock)
        with ledger:
            try:
                make(ledger)
            except BaseException:
                print(ledger.logs(), flush=True)
                raise
        with open(os.path.join(self.directory, "facts.json"), "w") as file:
            json.dump(ledger.facts, file)

    def copy(self, clock=None, config=None):
        with _copies:
            number = next(_numbers)
        database = f"t{os.getpid()}_{number}"
        directory = tempfile.mkdtemp(prefix="lbtest", dir="/tmp")
        shutil.copytree(self.directory, directory, dirs_exist_ok=True, ignore=shutil.ignore_patterns("daemon*.log"))
        self.cluster.clone(self.name, database)
        return Ledger(self.cluster, database, directory, clock or self.clock, config)


_copies = threading.Lock()
_numbers = iter(range(1, 1 << 30))


def discard(ledger):
    """Removes what a test's ledger left."""
    ledger.cluster.drop(ledger.database)
    shutil.rmtree(ledger.directory, ignore_errors=True)
