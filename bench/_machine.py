"""The machine under a media bench: which core serves and which loads, a network of its own, what to say about both."""

from __future__ import annotations

import contextlib
import ctypes
import os
import platform
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

from summit.config.bootstrap import CannotStart, apt_install

CLONE_NEWNET = 0x40000000
PRIORITY = -15


@dataclass(frozen=True, slots=True)
class Cores:
    """The server has one core to itself, the load another."""

    server: int
    load: int
    others: frozenset[int]  # everything but the server's


def choose_cores() -> Cores:
    """Two cores that share no execution units, if the machine tells. Refused: a machine with one."""
    usable = sorted(os.sched_getaffinity(0))
    if len(usable) < 2:
        raise CannotStart("This bench needs two cores: one for the server, one for the load.")
    server = usable[0]
    siblings = _siblings(server)
    load = next((core for core in usable[1:] if core not in siblings), usable[1])
    return Cores(server, load, frozenset(usable) - {server})


def _siblings(core: int) -> set[int]:
    try:
        text = Path(f"/sys/devices/system/cpu/cpu{core}/topology/thread_siblings_list").read_text()
    except OSError:
        return {core}
    found: set[int] = set()
    for part in text.strip().split(","):
        first, _, last = part.partition("-")
        found |= set(range(int(first), int(last or first) + 1))
    return found


@dataclass(frozen=True, slots=True)
class Network:
    """Where the server listens, and the first of the clients' addresses; client n has the nth after it."""

    server: str
    first_client: int
    is_own: bool

    def client(self, number: int) -> str:
        return str(IPv4Address(self.first_client + number))


LOOPBACK = Network("127.0.0.1", int(IPv4Address("127.77.1.0")), is_own=False)


def own_network() -> Network:
    """A network namespace for this process and all it starts: nobody else's packets, and an address that Janus takes.

    Janus refuses loopback addresses, so a pair of virtual cables carries a private one; packets between two addresses
    of one host pass over loopback all the same. As root only; must be called before any thread is started.
    """
    if shutil.which("ip") is None:
        apt_install(["iproute2"], "The tool that makes a network for the bench")
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET):
        raise CannotStart(f"This machine allows no network namespace: {os.strerror(ctypes.get_errno())}.")
    for words in (
        "link set lo up",
        "link add parley0 type veth peer name parley1",
        "addr add 10.77.0.1/24 dev parley0",
        "link set parley0 up",
        "link set parley1 up",
        "route add local 10.77.0.0/16 dev parley0",
    ):
        done = subprocess.run(["ip", *words.split()], capture_output=True, text=True)
        if done.returncode:
            raise CannotStart(f"`ip {words}` failed: {done.stderr.strip()}")
    return Network("10.77.0.1", int(IPv4Address("10.77.1.0")), is_own=True)


@contextlib.contextmanager
def ahead_of_others() -> Iterator[None]:
    """This process and all it starts before everything else here, so that others are not in the figures. As root only."""
    group = Path("/proc/self/autogroup")  # where sessions are scheduled as groups, niceness counts only inside one
    before = group.read_text().rpartition(" ")[2].strip() if group.exists() else ""
    os.setpriority(os.PRIO_PROCESS, 0, PRIORITY)
    try:
        if before:
            group.write_text(str(PRIORITY))
        yield
    finally:
        if before:
            group.write_text(before)


def pin(core: int) -> None:
    os.sched_setaffinity(0, {core})


def cpu_clock(pid: int) -> int:
    """The kernel's clock of the processor time of a whole process: every thread, living or ended, in nanoseconds."""
    clock = (~pid << 3) | 2  # CPUCLOCK_SCHED, as clock_getcpuclockid(3) makes it
    time.clock_gettime(clock)  # raises OSError when there is no such process
    return clock


def memory_mb(pid: int) -> float:
    """The most memory the process has held."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def describe() -> str:
    """One line about the machine, for the table."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    return f"{model}, {os.cpu_count()} cores, Linux {platform.release()}, CPython {platform.python_version()}"
