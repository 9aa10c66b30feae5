"""A private PostgreSQL cluster in a temporary directory, reached by its socket only. Never touches another cluster."""

import glob
import json
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SETTINGS = {
    "listen_addresses": "",
    "max_connections": 200,
    "shared_buffers": "64MB",
    "max_wal_size": "1GB",
    "log_min_messages": "notice",
    "log_min_error_statement": "error",
    "log_parameter_max_length": -1,
    "log_parameter_max_length_on_error": -1,
    "log_line_prefix": "%m [%p] %d ",
    "timezone": "UTC",
}


def bindir():
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda p: int(p.split("/")[4]))
    if not found:
        raise SystemExit("tests: PostgreSQL is not installed (packages: tests/packages)")
    return found[-1]


def as_postgres():
    """PostgreSQL does not run as root: arguments for subprocess that make it somebody else."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [], "env": {**os.environ, "HOME": "/tmp"}, "cwd": "/"}


def has_room(folder, megabytes=2000):
    try:
        found = os.statvfs(folder)
    except OSError:
        return False
    return os.access(folder, os.W_OK) and found.f_bavail * found.f_frsize > megabytes << 20


class Cluster:
    def __init__(self, in_memory=True, **settings):
        # The path of a socket is limited to 107 bytes. fsync stays on: the daemon insists; in memory it costs nothing.
        self.directory = tempfile.mkdtemp(prefix="lbpg", dir="/dev/shm" if in_memory and has_room("/dev/shm") else "/tmp")
        os.chmod(self.directory, 0o755)
        self.data = os.path.join(self.directory, "data")
        self.log = os.path.join(self.directory, "log")
        self.superuser = "postgres"
        self.process = None
        self.settings = {**SETTINGS, **settings}
        self._init()
        self.start()

    def _init(self):
        if os.geteuid() == 0:
            shutil.chown(self.directory, "postgres", "postgres")
        self._run(
            [f"{bindir()}/initdb", "-D", self.data, "-U", self.superuser, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-k", "-N"]
        )

    def _run(self, command):
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **as_postgres())
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)}: {done.stdout}")

    def start(self, patience=60):
        """Starts the postmaster. After a SIGKILL the first try can meet what the last one left: try again for a while."""
        command = [f"{bindir()}/postgres", "-D", self.data, "-k", self.directory]
        for name, value in self.settings.items():
            command += ["-c", f"{name}={value}"]
        deadline = time.monotonic() + patience
        while True:
            with open(self.log, "ab") as log:
                self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, **as_postgres())
            while self.process.poll() is None:
                if self.ready():
                    return
                if time.monotonic() > deadline:
                    raise RuntimeError(f"PostgreSQL does not start, see {self.log}:\n{tail(self.log)}")
                time.sleep(0.05)
            if time.monotonic() > deadline:
                raise RuntimeError(f"PostgreSQL does not start:\n{tail(self.log)}")
            time.sleep(0.2)

    def ready(self):
        done = subprocess.run(
            [f"{bindir()}/pg_isready", "-q", "-h", self.directory, "-U", self.superuser], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        return done.returncode == 0

    def backends(self):
        """Pids of the postmaster's children."""
        path = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        try:
            with open(path) as file:
                return [int(pid) for pid in file.read().split()]
        except OSError:
            return []

    def kill(self):
        """SIGKILL for the postmaster and everything it started."""
        children = self.backends()
        for pid in [self.process.pid, *children]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()
        for pid in children:
            wait_gone(pid)

    def stop(self, remove=True):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()
        self.process = None
        if remove:
            shutil.rmtree(self.directory, ignore_errors=True)

    def conninfo(self, database, user):
        return f"host={self.directory} user={user} dbname={database}"

    def psql(self, database, sql, *, check=True, variables=()):
        """Runs SQL as the superuser; what it printed, unaligned."""
        command = ["psql", "-qXAt", "-h", self.directory, "-U", self.superuser, "-d", database, "-v", "ON_ERROR_STOP=1", "-f", "-"]
        for name, value in variables:
            command += ["-v", f"{name}={value}"]
        done = subprocess.run(command, input=sql, capture_output=True, text=True)
        if check and done.returncode:
            raise RuntimeError(f"psql: {done.stderr}\n{sql}")
        return done.stdout.rstrip("\n") if check else done

    def rows(self, database, query):
        """The rows of a query as a list of dicts."""
        text = self.psql(database, f"SELECT coalesce(json_agg(q), '[]') FROM ({query}) AS q;")
        return json.loads(text)

    def value(self, database, query):
        rows = self.rows(database, query)
        return next(iter(rows[0].values())) if rows else None

    def clone(self, template, name):
        """A copy of a database. Its settings are the database's own, so they are copied too."""
        settings = self.rows(
            "postgres",
            "SELECT unnest(setconfig) AS line FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase "
            f"WHERE d.datname = '{template}' AND setrole = 0",
        )
        owner = self.value("postgres", f"SELECT pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datname = '{template}'")
        sql = f'CREATE DATABASE "{name}" TEMPLATE "{template}" OWNER "{owner}";\n'
        for row in settings:
            setting, value = row["line"].split("=", 1)
            quoted = value if setting == "search_path" else "'" + value.replace("'", "''") + "'"
            sql += f'ALTER DATABASE "{name}" SET {setting} = {quoted};\n'
        self.psql("postgres", sql)

    def drop(self, name):
        self.psql("postgres", f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE);')


def is_running(pid):
    """Whether a process runs; one that nobody has waited for does not."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def wait_gone(pid, patience=5):
    """Whether the process has ended in time."""
    deadline = time.monotonic() + patience
    while is_running(pid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def tail(path, lines=40):
    try:
        with open(path, errors="replace") as file:
            return "".join(file.readlines()[-lines:])
    except OSError as error:
        return str(error)
