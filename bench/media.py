"""How many packets a core forwards, how late, and for how many listeners; beside Janus under the same load.

`python3 manage.py bench media [--quick] [--without-janus]`. As root it works in a network namespace of its own and
installs Janus and a C compiler from Debian; without root it measures our node alone, over loopback. The server has a
core to itself. `PARLEY_FANOUT` chooses the kernel of our node. The last line is one JSON object; null is "not measured".
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import sys
import tempfile
import time
from pathlib import Path

from playwright.async_api import Error as BrowserError

from bench import _join, _load, _machine, _report, _rows, _servers, _work
from summit.config.bootstrap import ROOT, CannotStart

QUICK_SECONDS = 240


def main() -> int:
    parser = argparse.ArgumentParser(prog="manage.py bench media")
    parser.add_argument("--quick", action="store_true", help="round table and plenary of 200 only; within four minutes")
    parser.add_argument("--without-janus", action="store_true", help="our node alone")
    parser.add_argument("--record", action="store_true", help="put the figures into docs/performance.md")
    parser.add_argument("--tiny", action="store_true", help=argparse.SUPPRESS)  # a test that all of this still runs
    options = parser.parse_args()
    try:
        return run(options)
    except CannotStart as obstacle:
        print(obstacle, file=sys.stderr)
        return 2


def surroundings(options: argparse.Namespace) -> tuple[_machine.Network, bool]:
    """The network to measure in, and whether Janus is there to compare with; what is missing is said."""
    if options.tiny:
        return _machine.LOOPBACK, False
    if os.geteuid() != 0:
        print("Not root: our node alone, over loopback. Janus is compared only as root.")
        return _machine.LOOPBACK, False
    janus = not options.without_janus
    try:
        if janus:
            _servers.install_janus()
    except CannotStart as obstacle:
        print(f"{obstacle}\nOur node is measured alone.")
        janus = False
    try:
        return _machine.own_network(), janus
    except CannotStart as obstacle:
        print(f"{obstacle} Our node is measured alone, over loopback.")
        return _machine.LOOPBACK, False


def run(options: argparse.Namespace) -> int:
    began = time.monotonic()
    built = _load.build()
    network, janus = surroundings(options)
    cores = _machine.choose_cores()
    size = _rows.TINY if options.tiny else _rows.QUICK if options.quick else _rows.FULL
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="parley-bench-"))
        if network.is_own:
            stack.enter_context(_machine.ahead_of_others())
        place = _work.Place(Path(folder), network, cores, built, size, janus, ROOT / "var" / "bench")
        print(_report.heading(place), flush=True)
        os.sched_setaffinity(0, {cores.load})
        result = asyncio.run(_rows.measure(place))
        if size.everything:
            os.sched_setaffinity(0, cores.others)  # the browser too
            try:
                result["join_50_p95_s"] = asyncio.run(_join.measure(place))
            except (OSError, TimeoutError, BrowserError) as error:
                place.failed.append(f"join: {type(error).__name__} {error}")
    _report.verdicts(result, place)
    for failure in place.failed:
        print(f"Not measured: {failure}")
    if options.record:
        _report.record(result, place)
    took = time.monotonic() - began
    print(f"Took {took:.0f} s; load of this machine {os.getloadavg()[0]:.1f}.")
    if options.quick and took > QUICK_SECONDS:
        print(f"That is longer than the {QUICK_SECONDS} s a quick run may take: this machine is slow or busy.")
    print(json.dumps(result))
    return 1 if place.failed else 0


if __name__ == "__main__":
    sys.exit(main())
