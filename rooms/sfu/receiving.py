"""A receive connection: slots go out, and what comes back is RTCP only."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Literal

from rooms.sfu import limits, rtcp
from rooms.sfu.bandwidth import Downlink
from rooms.sfu.connection import Connection, Ground
from rooms.sfu.dtls import context_of
from rooms.sfu.fanout import Row
from rooms.sfu.inbound import Packet
from rooms.sfu.layers import Rung
from rooms.sfu.negotiate import Accepted, SlotOffer
from rooms.sfu.slot import Slot

RTT_WEIGHT = 0.25

Rest = Literal["line", "codec"]  # why a picture rests: the line is weak; this browser cannot decode it


class ReceiveConnection(Connection):
    """One listener's slots."""

    ssrc_limit: ClassVar[int] = limits.RECEIVE_SSRCS

    def __init__(
        self,
        ground: Ground,
        now: float,
        offers: Sequence[SlotOffer],
        on_open: Callable[[Connection], None],
        on_close: Callable[[Connection, str], None],
        on_room: Callable[[], None] = lambda: None,
    ) -> None:
        """`on_room` is called when the line carries more or fewer pictures than before."""
        super().__init__(ground, now, on_open, on_close)
        self.offers = offers
        self.slots = {offer.mid: Slot(offer) for offer in offers}
        self.answered = False
        self.budget: int | None = None  # bits a second for all pictures; None: unknown
        self.most: Rung = "high"  # the listener's own lock: no picture above it
        self.aimed: tuple[object, ...] = ()  # what the choice of layers was made from
        self.rests: dict[str, Rest] = {}  # slots whose picture rests, and why
        self.rtt: float | None = None  # seconds
        self._by_ssrc = {slot.ssrc: slot for slot in self.slots.values()}
        self._context: Any = None
        self._lost: dict[int, int] = {}
        self._counted = (0, 0)  # packets sent and lost at the last reading for the counters
        self._ticked = (0, 0)  # and at the last tick
        self._downlink = Downlink(self.video_slots)
        self._on_room = on_room
        self._again = limits.Bucket(limits.NACKS_PER_SECOND, limits.NACKS_PER_SECOND, now)
        self._keyframes: dict[int, limits.Bucket] = {}  # by the SSRC of a slot

    @property
    def routes(self) -> dict[str, str | None]:
        return {mid: slot.source for mid, slot in self.slots.items()}

    @property
    def audio_slots(self) -> int:
        return sum(slot.is_audio for slot in self.slots.values())

    @property
    def video_slots(self) -> int:
        return len(self.slots) - self.audio_slots

    @property
    def forwarded_packets(self) -> int:
        return sum(slot.packets for slot in self.slots.values())

    @property
    def forwarded_bytes(self) -> int:
        return sum(slot.sent for slot in self.slots.values())

    def accept(self, accepted: Accepted) -> None:
        """Note what the client took."""
        self.answered = True
        for mid, types in accepted.types.items():
            self.slots[mid].accept(types)

    def opened(self) -> None:
        self._context = context_of(self._outgoing) if self._outgoing is not None else None

    def let_go(self) -> None:
        super().let_go()
        self._on_room = lambda: None

    # ── out ──

    def forward(self, slot: Slot, packet: Packet, now: float, extension: bytes = b"") -> None:
        """One packet of the slot's source that is not sent in stride, if the listener can use it."""
        if not slot.payload_type:
            return
        before = slot.segment
        data = slot.forward(packet, now, extension)
        if slot.segment is not before:
            self.report(slot, now)
        if data is not None:
            self._send(slot, data)

    def row(self, slot: Slot) -> Row | None:
        """What the kernel must know to send the slot's segment in stride; None while it cannot."""
        segment, path = slot.segment, self.ice.path
        if segment is None or path is None or self.is_closed or self._context is None or not slot.payload_type:
            return None
        return Row(
            session=self._outgoing,
            context=self._context,
            path=path,
            ssrc=slot.ssrc,
            payload_type=slot.payload_type,
            extra_type=slot.extra_type or 0,
            first=segment.first,
            number=segment.begins - segment.first,
            timestamp=segment.timestamp,
            picture_id=segment.picture_id,
            tl0=segment.tl0,
        )

    def moved(self) -> None:
        if self.ice.path is not None:
            for slot in self.slots.values():
                if slot.row is not None:
                    slot.row.move(self.ice.path)

    def _send(self, slot: Slot, data: bytes | bytearray) -> None:
        path = self.ice.path
        if path is not None and not self.is_closed and self._context is not None:
            slot.count_sent(self.ground.kernel.send(self._context, path, data))

    # ── back ──

    def on_rtcp(self, data: bytes, now: float) -> None:
        for told in rtcp.read(data):
            if isinstance(told, rtcp.Lost):
                self._send_again(told, now)
            elif isinstance(told, rtcp.KeyframeWanted):
                self._on_keyframe_wanted(told.ssrc, now)
            elif isinstance(told, rtcp.Block):
                self._on_block(told, now)

    def _send_again(self, told: rtcp.Lost, now: float) -> None:
        slot = self._by_ssrc.get(told.ssrc)
        if slot is None or slot.source is None:  # what was withdrawn is not sent again
            return
        self.ground.totals.nacks["listeners"] += len(told.numbers)
        for number in told.numbers:
            if not self._again.take(1, now):
                return
            if (data := slot.again(number)) is not None:
                self._send(slot, data)

    def _on_keyframe_wanted(self, ssrc: int, now: float) -> None:
        slot = self._by_ssrc.get(ssrc)
        if slot is None or slot.segment is None:
            return
        self.ground.totals.keyframe_requests["listeners"] += 1
        bucket = self._keyframes.get(ssrc)
        if bucket is None:
            bucket = limits.Bucket(limits.KEYFRAMES_BURST, 1 / limits.KEYFRAMES_EVERY, now)
            self._keyframes[ssrc] = bucket
        if bucket.take(1, now):
            slot.segment.track.want_keyframe()

    def _on_block(self, block: rtcp.Block, now: float) -> None:
        if block.ssrc not in self._by_ssrc:
            return
        if block.lost < 1 << 23:
            self._lost[block.ssrc] = block.lost
        if block.report_seen:
            middle = (rtcp.ntp(now + self.ground.epoch) >> 16) & 0xFFFFFFFF
            rtt = ((middle - block.report_seen - block.delay) & 0xFFFFFFFF) / 65_536
            if rtt < 30:
                self.rtt = rtt if self.rtt is None else self.rtt + (rtt - self.rtt) * RTT_WEIGHT

    def tick(self, now: float) -> None:
        super().tick(now)
        if self.is_open:
            reports = [self._report(slot, now) for slot in self.slots.values()]
            if data := b"".join(reports):
                self.send_rtcp(data)
            self._measure_line()

    @property
    def pictures(self) -> int:
        """How many pictures the listener's line carries."""
        return self._downlink.pictures

    def _measure_line(self) -> None:
        before = self._downlink.pictures
        shown = sum(1 for slot in self.slots.values() if slot.source is not None and not slot.is_audio)
        loss, self._ticked = self._loss_since(self._ticked)
        if self._downlink.tick(loss, shown) != before:
            self._on_room()

    def ask_for_stills(self) -> None:
        """Once a second: a resting picture is a keyframe of the lowest layer, asked once for all who see it so."""
        for slot in self.slots.values() if self.rests else ():
            if slot.keyframes_only and slot.wanted is not None:
                slot.wanted.want_keyframe()

    def report(self, slot: Slot, now: float) -> None:
        """Tell the listener at once how a new source's time relates to the others'."""
        if data := self._report(slot, now):
            self.send_rtcp(data)

    def _report(self, slot: Slot, now: float) -> bytes:
        timestamp = slot.media_time(now)
        if timestamp is None:
            return b""
        stamp = rtcp.ntp(now + self.ground.epoch)
        return rtcp.sender_report(slot.ssrc, stamp, timestamp, slot.packets, slot.octets)

    def loss(self) -> float | None:
        """Per cent of packets lost on the way to the listener since the last reading; None when none were sent."""
        loss, self._counted = self._loss_since(self._counted)
        return None if loss is None else 100 * loss

    def _loss_since(self, before: tuple[int, int]) -> tuple[float | None, tuple[int, int]]:
        """The share lost since a reading of (sent, lost), and the reading of now."""
        sent = sum(slot.packets for slot in self.slots.values())
        lost = sum(self._lost.values())
        if sent <= before[0]:
            return None, (sent, lost)
        return max(0.0, min(1.0, (lost - before[1]) / (sent - before[0]))), (sent, lost)
