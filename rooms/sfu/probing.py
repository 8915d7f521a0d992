"""Short probes of a listener's line: padding nobody decodes, numbered, whose arrival the browser reports.

Only probes carry transport-wide numbers, so only they are reported on: a feedback for every packet of hundreds of
listeners would cost the node more than forwarding does.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any, Final

from rooms.sfu import rtcp
from rooms.sfu.negotiate import WIDE_ID
from rooms.sfu.rtp import HEADER

SECONDS: Final = 0.1  # of one probe: short enough that the voice behind it waits no longer than that
STEP: Final = 0.005  # between handfuls of packets
PACKETS: Final = 10  # at least, or their spacing says little
LARGEST, SMALLEST = 255, 60  # bytes of padding in a packet
OVERHEAD: Final = HEADER + 8 + 16  # header, extension and authentication
WAIT: Final = 0.6  # for the report after the last packet: browsers report every 50 to 250 ms
UNANSWERED: Final = 3  # probes without a report: this browser does not tell

Send = Callable[[int, bytes], int]  # bytes of padding, extension → bytes on the wire
Found = Callable[[int, int], None]


class Prober:
    """The probes of one receive connection, one at a time."""

    def __init__(self) -> None:
        self._number = 0
        self._sent: dict[int, tuple[float, int]] = {}  # number → when, bytes
        self._arrived: dict[int, float] = {}
        self.busy = False
        self.unanswered = 0
        self.bytes = 0  # sent in all

    def arrived(self, told: rtcp.Arrived) -> None:
        for number, at in told.packets:
            if number in self._sent:
                self._arrived.setdefault(number, at)

    def begin(self, rate: int, send: Send, found: Found) -> Coroutine[Any, Any, None]:
        """Probe at `rate`; to be run beside the loop. `found` is called with the rates at which the probe was sent and
        arrived, in bits a second."""
        self.busy = True
        return self._run(rate, send, found)

    async def _run(self, rate: int, send: Send, found: Found) -> None:
        try:
            await self._pour(rate, send)
            await asyncio.sleep(WAIT)
            self._judge(found)
        finally:
            self.busy = False

    async def _pour(self, rate: int, send: Send) -> None:
        size = int(min(LARGEST, max(SMALLEST, rate * SECONDS / 8 / PACKETS - OVERHEAD)))
        self._sent.clear()
        self._arrived.clear()
        began = time.monotonic()
        due = 0.0
        while due < rate * SECONDS / 8 or len(self._sent) < PACKETS:
            now = time.monotonic()
            if (now - began) * rate / 8 < due:
                await asyncio.sleep(STEP)
                continue
            self._number = (self._number + 1) & 0xFFFF
            extension = bytes((0xBE, 0xDE, 0, 1, WIDE_ID << 4 | 1, self._number >> 8, self._number & 0xFF, 0))
            wire = send(size, extension)
            if not wire:
                return
            self._sent[self._number] = (now, wire)
            self.bytes += wire
            due += wire

    def _judge(self, found: Found) -> None:
        """Those that arrived: how long they took to be sent, and how long to arrive."""
        if len(self._arrived) < PACKETS // 2:
            self.unanswered += not self._arrived
            if self._arrived:
                found(1, 0)
            return
        self.unanswered = 0
        numbers = sorted(self._arrived, key=lambda number: self._sent[number][0])
        first, last = numbers[0], numbers[-1]
        span = self._sent[last][0] - self._sent[first][0]
        took = self._arrived[last] - self._arrived[first]
        rate = 8 * sum(self._sent[number][1] for number in numbers[1:]) / max(span, 0.001)
        found(int(rate), int(rate * min(1.0, span / max(took, 0.001))))
