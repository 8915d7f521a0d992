"""A receive connection: slots go out, and what comes back is RTCP only."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from rooms.sfu import limits, rtcp
from rooms.sfu.connection import Connection, Ground
from rooms.sfu.downlink import Downlink, Second
from rooms.sfu.dtls import context_of
from rooms.sfu.fanout import Row
from rooms.sfu.inbound import Packet
from rooms.sfu.layers import Level
from rooms.sfu.negotiate import Accepted, SlotOffer
from rooms.sfu.probing import UNANSWERED, Prober
from rooms.sfu.resending import Resends
from rooms.sfu.slot import Slot

RTT_WEIGHT = 0.25
FULL_VOICES = 250_000  # bits a second a line is tried for before thin voices become full ones

# Why a picture rests: the line is weak, this person wanted it so, or this browser cannot decode it.
Rest = Literal["line", "limit", "codec"]


@dataclass(frozen=True, slots=True)
class Gets:
    """What a listener gets of the pictures that could be shown. `by`: what keeps them from more."""

    rests: Mapping[str, Rest] = field(default_factory=dict)  # by mid
    pictures: Level = "all"
    by: Literal["line", "limit"] | None = None

    def as_json(self) -> dict[str, object]:
        return {"rests": dict(self.rests), "pictures": self.pictures, "by": self.by}


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
        on_line: Callable[[ReceiveConnection], None] = lambda _: None,
    ) -> None:
        """`on_line` is called when the line carries less than before, or a probe found that it carries more."""
        super().__init__(ground, now, on_open, on_close)
        self.offers = offers
        self.slots = {offer.mid: Slot(offer) for offer in offers}
        self.answered = False
        self.aimed: tuple[object, ...] = ()  # what the choice of layers was made from
        self.gets = Gets()
        self._tells = False
        self.rtt: float | None = None  # seconds
        self._by_ssrc = {slot.ssrc: slot for slot in self.slots.values()}
        self._context: Any = None
        self._lost: dict[int, int] = {}
        self._counted = (0, 0)  # packets sent and lost at the last reading for the counters
        self._ticked = (0, 0)  # and at the last tick
        self._tick: tuple[float, int, int] = (
            now,
            0,
            0,
        )  # when that was, and the bytes of pictures and sound until then
        self._shortest_rtt: float | None = None  # since the last tick
        self._downlink = Downlink(now, tells=False)
        self._prober = Prober()
        self._resends = Resends()
        self.wanted_bits = 0  # what all pictures would cost if the line carried them
        self._on_line = on_line
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
        return self._sent()[0]

    @property
    def forwarded_bytes(self) -> int:
        _, pictures, sound = self._sent()
        return self._prober.bytes + pictures + sound

    def _begun(self) -> list[Slot]:
        return [slot for slot in self.slots.values() if slot.begun]

    def _sent(self) -> tuple[int, int, int]:
        """In all: packets, bytes of pictures, bytes of sound."""
        packets = pictures = sound = 0
        for slot in self._begun():
            more, _, size = slot.counts
            packets += more
            if slot.is_audio:
                sound += size
            else:
                pictures += size
        return packets, pictures, sound

    @property
    def budget(self) -> int | None:
        """Bits a second the line has left for pictures; None while unknown."""
        return self._downlink.budget

    @property
    def is_tight(self) -> bool:
        """Whether it matters to a budget what each layer costs from second to second."""
        return self.budget is not None and (self.gets.by == "line" or self.budget < 2 * self.wanted_bits)

    @property
    def thin(self) -> bool:
        """Whether the line carries voices only where they are thin."""
        return self._downlink.thin

    def accept(self, accepted: Accepted) -> None:
        """Note what the client took."""
        self.answered = True
        self._tells = accepted.tells
        for mid, types in accepted.types.items():
            self.slots[mid].accept(types)

    def opened(self) -> None:
        self._context = context_of(self._outgoing) if self._outgoing is not None else None
        self._downlink = Downlink(time.monotonic(), tells=self._tells)

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
            elif isinstance(told, rtcp.Estimate):
                self._on_estimate(told.bits, now)
            elif isinstance(told, rtcp.Arrived):
                self._prober.arrived(told)

    def _send_again(self, told: rtcp.Lost, now: float) -> None:
        slot = self._by_ssrc.get(told.ssrc)
        if slot is None or slot.source is None or slot.rests:  # what was withdrawn is not sent again
            return
        self.ground.totals.nacks["listeners"] += len(told.numbers)
        for number in told.numbers:
            if not self._again.take(1, now):
                return
            if not self._resends.allow(told.ssrc, number, is_audio=slot.is_audio, rtt=self.rtt, now=now):
                continue
            if (data := slot.again(number)) is not None:
                self._resends.note(told.ssrc, number, len(data), is_audio=slot.is_audio, now=now)
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
        slot = self._by_ssrc.get(block.ssrc)
        if slot is None:
            return
        if block.lost < 1 << 23:
            # Holes are newer than the report: a loss is counted once they stop growing, never too soon.
            self._lost[block.ssrc] = max(self._lost.get(block.ssrc, 0), block.lost - slot.holes)
        if block.report_seen:
            middle = (rtcp.ntp(now + self.ground.epoch) >> 16) & 0xFFFFFFFF
            rtt = ((middle - block.report_seen - block.delay) & 0xFFFFFFFF) / 65_536
            if rtt < 30:
                self._shortest_rtt = min(rtt, self._shortest_rtt or rtt)
                self.rtt = rtt if self.rtt is None else self.rtt + (rtt - self.rtt) * RTT_WEIGHT

    def tick(self, now: float) -> None:
        super().tick(now)
        if self.is_open:
            reports = [self._report(slot, now) for slot in self._begun()]
            if data := b"".join(reports):
                self.send_rtcp(data)
            self._measure_line(now)

    # ── the line ──

    def _measure_line(self, now: float) -> None:
        packets, pictures, sound = self._sent()
        loss, self._ticked = self._loss_since(self._ticked, packets)
        at, pictures_before, sound_before = self._tick
        self._tick = (now, pictures, sound)
        if now <= at:
            return
        second = Second(
            int(8 * (pictures - pictures_before) / (now - at)),
            int(8 * (sound - sound_before) / (now - at)),
            loss,
            self._shortest_rtt,
        )
        self._shortest_rtt = None
        self._resends.fill(sound=second.sound, pictures=self.budget)
        was_thin = self.thin
        self._downlink.tick(second, now)
        if self.thin != was_thin:
            self._on_line(self)

    def try_line(self, now: float) -> None:
        """Four times a second: probe for more where something is withheld."""
        if not self.is_open or self._prober.busy:
            return
        if self._prober.unanswered >= UNANSWERED:
            self._downlink.is_blind()
        rate = self._downlink.probe(self.wanted_bits + (FULL_VOICES if self.thin else 0), now)
        if rate is not None:
            self.ground.spawn(self._prober.begin(rate, self._pad, self._probed))

    def _pad(self, size: int, extension: bytes) -> int:
        slot = next((slot for slot in self.slots.values() if not slot.is_audio and slot.extra_type), None)
        data = slot.padding(size, extension) if slot is not None else None
        path = self.ice.path
        if data is None or path is None or self.is_closed or self._context is None:
            return 0
        return self.ground.kernel.send(self._context, path, data)

    def _on_estimate(self, bits: int, now: float) -> None:
        before = self.budget
        self._downlink.estimated(bits, now)
        if before is not None and self.budget is not None and self.budget < before:
            self._on_line(self)

    def _probed(self, sent: int, arrived: int) -> None:
        before = self.budget, self.thin
        self._downlink.probed(sent, arrived, time.monotonic())
        if before != (self.budget, self.thin) and not self.is_closed:
            self._on_line(self)

    def ask_for_stills(self) -> None:
        """Once a second: a resting picture is a keyframe of the lowest layer, asked once for all who see it so."""
        for slot in self.slots.values() if self.gets.rests else ():
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
        packets, octets, _ = slot.counts
        return rtcp.sender_report(slot.ssrc, stamp, timestamp, packets, octets)

    def loss(self) -> float | None:
        """Per cent of packets lost on the way to the listener since the last reading; None when none were sent."""
        loss, self._counted = self._loss_since(self._counted, self._sent()[0])
        return None if loss is None else 100 * loss

    def _loss_since(self, before: tuple[int, int], sent: int) -> tuple[float | None, tuple[int, int]]:
        """The share lost since a reading of (sent, lost), and the reading of now."""
        lost = sum(self._lost.values())
        if sent <= before[0]:
            return None, (sent, lost)
        return max(0.0, min(1.0, (lost - before[1]) / (sent - before[0]))), (sent, lost)
