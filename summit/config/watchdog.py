"""Ends what a killed supervisor left behind. Standard library only; run as a script by summit/config/supervisor.py.

Its standard input is a pipe from the supervisor: `+N` when process group N began, `-N` when it is gone. The pipe closes
with the supervisor, however that dies; then every group still listed (grandchildren too) gets GRACE seconds and SIGKILL.
"""

import contextlib
import os
import signal
import sys
import time

GRACE = 3.0  # s; the children were told to end by the kernel (PR_SET_PDEATHSIG) at the same moment


def main() -> None:
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    groups: set[int] = set()
    for line in sys.stdin:
        (groups.add if line[0] == "+" else groups.discard)(int(line[1:]))
    until = time.monotonic() + GRACE
    while groups and time.monotonic() < until:
        groups = {group for group in groups if is_alive(group)}
        time.sleep(0.05)
    for group in groups:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)


def is_alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


if __name__ == "__main__":
    main()
