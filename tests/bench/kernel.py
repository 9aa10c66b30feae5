"""Settings of the kernel that docs/operating.md advises: made for a run where the machine lets us (as root), and taken back at its end."""

import contextlib
import os

VM = "/proc/sys/vm"
CLUSTERS, CLUSTER_PAGES = 2, 150  # at once; huge pages of 2 MB, a little more than the shared memory of one
DIRTY_BYTES = 16 << 20  # of files, from which on the kernel writes; else it gathers for 30 seconds


def value(name):
    try:
        with open(os.path.join(VM, name)) as file:
            return int(file.read())
    except OSError:  # a kernel without it
        return 0


def write(name, number):
    try:
        with open(os.path.join(VM, name), "w") as file:
            file.write(str(number))
    except OSError:
        pass


def huge_pages_wanted():
    enough = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") > 4 << 30
    return max(value("nr_hugepages"), CLUSTERS * CLUSTER_PAGES if enough else 0)


@contextlib.contextmanager
def settled():
    """What holds meanwhile, by name."""
    names = ("nr_hugepages", "dirty_background_bytes")
    # Of bytes and ratio only one holds, the other is 0: writing one clears the other.
    before = {name: value(name) for name in (*names, "dirty_background_ratio")}
    write("nr_hugepages", huge_pages_wanted())
    write("dirty_background_bytes", DIRTY_BYTES)
    try:
        yield {name: value(name) for name in names}
    finally:
        for name, number in before.items():
            if value(name) != number and not (name.startswith("dirty") and number == 0):
                write(name, number)
