"""The listeners of one source. Most move in stride: one row each, one kernel call for all. A few stand apart.

Apart is who needs a decision in Python at the next packet: no packet of this track was sent to them yet, another track is
awaited, or only keyframes are wanted. `slot.forward` decides; who can go on without it joins the table of its track.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rooms.sfu.inbound import Packet, Track

if TYPE_CHECKING:
    from rooms.sfu.fanout import Table
    from rooms.sfu.intake import LaneTrack
    from rooms.sfu.receiving import ReceiveConnection
    from rooms.sfu.slot import Slot


class Fan:
    """Who listens. A slot is in at most one fan."""

    def __init__(self) -> None:
        self.listeners: dict[Slot, ReceiveConnection] = {}
        self._apart: dict[Slot, ReceiveConnection] = {}
        self._tables: dict[Track, Table] = {}
        self._lanes: set[LaneTrack] = set()  # those C was ever let take in

    def add(self, slot: Slot, connection: ReceiveConnection) -> None:
        self.listeners[slot] = self._apart[slot] = connection
        self.slow()

    def remove(self, slot: Slot) -> None:
        """The slot shows something else now; whoever calls this has released it."""
        self.listeners.pop(slot, None)
        self._apart.pop(slot, None)

    def set_apart(self, slot: Slot) -> None:
        """Ask `slot.forward` again about every packet it is not already sent in stride."""
        if slot in self.listeners:
            self._apart[slot] = self.listeners[slot]
            self.slow()

    def set_all_apart(self) -> None:
        """The source is another track from now on."""
        self._apart.update(self.listeners)
        self.slow()

    # ── packets C takes in by itself, see `intake` ──

    def hasten(self, track: LaneTrack) -> None:
        """Let C take in the next packets of this track, if nobody needs a decision about them."""
        if not self._apart:
            track.let_in(self._tables.get(track))
            self._lanes = {one for one in self._lanes if one.lives} | {track}

    def slow(self) -> None:
        """Look at the next packet of every track here."""
        for track in self._lanes:
            track.slow()

    def shut(self) -> None:
        """Nothing is forwarded any more that C has already taken in."""
        for track in self._lanes:
            track.shut()
        self._lanes.clear()

    def forward(self, packet: Packet, now: float, extension: bytes = b"") -> None:
        """One packet of one of the source's tracks. `extension` goes with every copy, see `fanout.Table.forward`."""
        table = self._tables.get(packet.track)
        if table is not None and table.rows:
            table.forward(packet, now, extension)
        if self._apart:
            self._ask(packet, now, extension)

    def _ask(self, packet: Packet, now: float, extension: bytes) -> None:
        for slot, connection in list(self._apart.items()):
            if slot.is_in_stride(packet.track):  # it has this one
                if slot.wanted is packet.track:
                    self._apart.pop(slot, None)
                continue
            if not slot.takes(packet.track.codec):  # nor will it, before the source is another track
                self._apart.pop(slot, None)
                continue
            connection.forward(slot, packet, now, extension)
            if slot.rests or (slot.can_stride and self._settle(slot, connection) and not slot.awaits):
                self._apart.pop(slot, None)

    def _settle(self, slot: Slot, connection: ReceiveConnection) -> bool:
        row = connection.row(slot)
        if row is None or slot.segment is None:
            return False
        track = slot.segment.track
        table = self._tables.get(track)
        if table is None:
            self._tables = {track: table for track, table in self._tables.items() if table.rows}
            table = self._tables[track] = connection.ground.kernel.table()
        slot.join(row)
        table.add(row)
        return True
