"""What the bench knows about figures: rounds of them, their limits, the table, and the CPU time of processes."""

import os
import resource
import statistics
import sys
import time

# What issue and documents promise. A ratio or rate has a floor; a time or size must stay under its limit.
LIMITS = {
    "redeem_vs_tpcb": ("floor", 1.0),
    "credit_vs_tpcb": ("floor", 3),
    "credit_vs_setbased": ("floor", 0.4),
    "hot_shop_vs_spread": ("floor", 0.9),
    "redeem_large_vs_empty": ("floor", 0.85),
    "reads_under_write_vs_alone": ("floor", 0.5),
    "writes_under_read_vs_alone": ("floor", 0.8),
    "audit_vs_signatures": ("under", 1.2),
    "p99_ms_half_load": ("under", 20),
    "p999_ms_half_load": ("under", 100),
    "rss_mib_1000_connections": ("under", 96),
    "startup_s_large": ("under", 2),
    "disk_bytes_per_redemption": ("under", 2500),
}


class Results:
    """Values by name, one a round, in the order in which they first came."""

    def __init__(self):
        self.ratios = {}
        self.figures = {}
        self.report = {}

    def ratio(self, name, value):
        self.ratios.setdefault(name, []).append(value)

    def figure(self, name, value):
        self.figures.setdefault(name, []).append(value)


def summary(name, values):
    """Median, least and greatest, and the limit if there is one."""
    row = {"median": statistics.median(values), "min": min(values), "max": max(values)}
    if name in LIMITS:
        kind, limit = LIMITS[name]
        row[kind] = limit
        row["met"] = row["median"] >= limit if kind == "floor" else row["median"] < limit
    return row


def summaries(values_by_name):
    return {name: summary(name, values) for name, values in values_by_name.items()}


def number(value):
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.1f}" if abs(value) >= 100 else f"{value:.2f}"


def limit_of(row):
    return f">= {number(row['floor'])}" if "floor" in row else f"< {number(row['under'])}" if "under" in row else ""


def table(title, rows):
    """Rows with a limit come first."""
    print(f"\n{title:<36}{'floor':>12}{'median':>12}{'min':>12}{'max':>12}")
    for name, row in sorted(rows.items(), key=lambda item: "met" not in item[1]):
        met = "" if "met" not in row else "  met" if row["met"] else "  NOT MET"
        print(f"{name:<36}{limit_of(row):>12}{number(row['median']):>12}{number(row['min']):>12}{number(row['max']):>12}{met}")


def in_turn(n, one, other):
    """What both give; who comes first changes from round to round, so that a drift favours neither."""
    if n % 2:
        said = other()
        return one(), said
    return one(), other()


class Progress:
    """Says on standard error where the bench is. What is made once and kept does not count as time of the run."""

    def __init__(self, expected):
        self.began = time.monotonic()
        self.expected = expected
        self.apart = 0

    def elapsed(self):
        return time.monotonic() - self.began - self.apart

    def say(self, text):
        print(f"[{self.elapsed():4.0f} s of about {self.expected:.0f}] {text}", file=sys.stderr, flush=True)


def ticks_of_all():
    """CPU time of the machine since it started: user, nice, system, idle, iowait, irq, softirq, steal."""
    with open("/proc/stat") as file:
        return [int(n) for n in file.readline().split()[1:9]]


class Others:
    """What share of the machine's CPU time went to others than the bench and what it started."""

    def __init__(self):
        self.before = self._now()

    def _now(self):
        ticks = ticks_of_all()
        own = sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        idle = ticks[3] + ticks[4]
        return sum(ticks) / os.sysconf("SC_CLK_TCK"), (sum(ticks) - idle) / os.sysconf("SC_CLK_TCK") - own

    def share(self):
        """True once all that was started has been waited for."""
        total, others = (now - before for now, before in zip(self._now(), self.before))
        return max(0, others / total)


class Stolen:
    """What share of the machine's CPU time its host took away."""

    def __init__(self):
        self.before = self._now()

    def _now(self):
        ticks = ticks_of_all()
        return ticks[7], sum(ticks)

    def share(self):
        stolen, total = (now - before for now, before in zip(self._now(), self.before))
        return stolen / max(total, 1)


def stat_fields(pid):
    with open(f"/proc/{pid}/stat") as file:
        return file.read().rsplit(")", 1)[1].split()


def cpu_of(pid):
    """CPU seconds of a process, all its threads."""
    fields = stat_fields(pid)
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def cpu_of_postgres(cluster):
    """CPU seconds of the postmaster and its children, those that have ended included."""
    fields = stat_fields(cluster.process.pid)
    total = sum(int(f) for f in fields[11:15]) / os.sysconf("SC_CLK_TCK")
    for pid in cluster.backends():
        try:
            total += cpu_of(pid)
        except OSError:
            pass  # ended just now: the next reading has it with the postmaster's
    return total


def memory_mib(pid):
    """What is resident of a process, and the part of it that is its own, not files'."""
    with open(f"/proc/{pid}/status") as file:
        lines = dict(line.split(":", 1) for line in file)
    return tuple(int(lines[name].split()[0]) / 1024 for name in ("VmRSS", "RssAnon"))
