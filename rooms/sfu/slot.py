"""One receiving slot: a stream that never changes its name while the source behind it does."""

from __future__ import annotations

import secrets
import struct
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rooms.sfu import vp8
from rooms.sfu.fanout import Row
from rooms.sfu.inbound import Packet, Track
from rooms.sfu.layers import Rung
from rooms.sfu.negotiate import CodecName, SlotOffer
from rooms.sfu.rtp import primary_of_red, relabel_red

PACK: Final = struct.Struct("!BBHII").pack
SEGMENTS: Final = 4  # how many past sources a late request may still reach
AUDIO_CLOCK: Final = 48_000
VIDEO_CLOCK: Final = 90_000
STRANGE_JUMP: Final = 2.0  # s; reports that move a picture further than this from when it came are not believed


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of one track inside a slot: what to add to its numbers."""

    track: Track
    first: int  # its first packet number
    frame: int  # the track's timestamp of its first frame
    begins: int  # the slot's number of that packet
    timestamp: int
    picture_id: int
    tl0: int


class Slot:
    """Rewrites one source into one listener's stream."""

    def __init__(self, offer: SlotOffer) -> None:
        self.mid = offer.mid
        self.is_audio = offer.is_audio
        self.ssrc = offer.ssrc
        self.rtx_ssrc = offer.rtx_ssrc
        self.source: str | None = None
        self.payload_type = 0  # of the codec in the slot now, as the listener accepted it; 0 = not at all
        self.extra_type: int | None = None  # RED or RTX
        self.rung: Rung = "high"  # of a picture: what it should be now
        self.wanted: Track | None = None  # the layer to show from its next keyframe on; None: whatever the source sends
        self._types: Mapping[CodecName, tuple[int, int]] = {}
        self.clock = AUDIO_CLOCK if offer.is_audio else VIDEO_CLOCK
        self.hopes: Rung = "none"  # the rung it would have if its publisher sent every layer there is
        self.keyframes_only = False  # never in stride: `forward` decides about every packet
        self.begun = False  # something was sent: most slots of most listeners never get anything
        self.segment: Segment | None = None
        self.row: Row | None = None  # the kernel's part of the segment, once its first packet is out
        self._past: deque[Segment] = deque(maxlen=SEGMENTS)
        # Below 32768: libsrtp and browsers guess the rollover from the first number they see.
        self._number = secrets.randbelow(1 << 15)
        self._origin = self._number  # before the first that was sent
        self._rtx_number = secrets.randbelow(1 << 15)
        self._timestamp = secrets.randbits(32)
        self._sent_at = 0.0
        self._picture_id = secrets.randbelow(1 << 15)
        self._tl0 = secrets.randbelow(1 << 8)
        self._packets = self._octets = self._sent = 0  # without those of the row

    @property
    def counts(self) -> tuple[int, int, int]:
        """Of what was sent in all: packets, bytes of payload, bytes on the wire."""
        if self.row is None:
            return self._packets, self._octets, self._sent
        self.row.count()
        return self._packets + self.row.packets, self._octets + self.row.octets, self._sent + self.row.sent

    @property
    def holes(self) -> int:
        """Numbers never sent: what did not come to us, or was given up. The listener misses it, but not for its line."""
        self._catch_up()
        return max(0, self._number - self._origin - self.counts[0])

    def count_sent(self, size: int) -> None:
        self._sent += size

    # ── in stride: the kernel sends what belongs to the segment, without asking ──

    @property
    def can_stride(self) -> bool:
        return self.segment is not None and self.row is None and not self.keyframes_only

    def is_in_stride(self, track: Track) -> bool:
        return self.row is not None and self.segment is not None and self.segment.track is track

    def join(self, row: Row) -> None:
        self.row = row

    def leave(self) -> None:
        """Back to `forward` for every packet; the numbers go on."""
        if self.row is not None:
            self._catch_up()
            self.row.leave()
            self._packets += self.row.packets
            self._octets += self.row.octets
            self._sent += self.row.sent
            self.row = None

    def _catch_up(self) -> None:
        """Remember what the kernel sent since."""
        if self.row is not None and self.segment is not None and self.row.table is not None:
            packet, came_at = self.row.table.latest()
            if packet is not None:
                number = packet.number - self.segment.first + self.segment.begins
                if number > self._number:
                    self._remember(packet, self.segment, number, came_at)

    # ── which layer ──

    def accept(self, types: Mapping[CodecName, tuple[int, int]]) -> None:
        """What the listener took: payload types by codec, those of RED or RTX beside them (0: none)."""
        self._types = types
        for codec in types:
            self._speak(codec)
            break

    def _speak(self, codec: CodecName) -> None:
        self.payload_type, extra = self._types[codec]
        self.extra_type = extra or None

    def takes(self, codec: CodecName) -> bool:
        """Whether the listener can decode this."""
        return codec in self._types

    def aim(self, track: Track | None, rung: Rung) -> bool:
        """Show this layer; the old one goes on until the new one begins. Returns whether anything changes."""
        if rung == self.rung and track is self.wanted:
            return False
        before, self.rung, self.wanted = self.rung, rung, track
        self.keyframes_only = rung == "still"
        if rung in ("still", "none"):
            self.leave()
        if before in ("still", "none"):
            self.release()  # what came between was not sent: only a keyframe can be understood now
        if track is not None and rung != "none" and (self.segment is None or self.segment.track is not track):
            track.want_keyframe()
        return True

    def follow(self, track: Track) -> None:
        """The publisher's connection was replaced: this is the first layer of the new one."""
        if self.wanted is not None and self.rung != "none":
            self.wanted = track

    @property
    def rests(self) -> bool:
        """Nothing is sent until the slot is aimed anew."""
        return self.rung == "none"

    @property
    def awaits(self) -> bool:
        """Another layer than the one shown."""
        return self.wanted is not None and (self.segment is None or self.segment.track is not self.wanted)

    # ── one packet at a time ──

    def clear(self) -> None:
        """Nobody is in the slot any more."""
        self.release()
        self.source, self.wanted, self.rung, self.hopes, self.keyframes_only = None, None, "high", "none", False

    def release(self) -> None:
        """The source is gone or changed; the next one begins a new stretch."""
        self.leave()
        if self.segment is not None:
            self._past.append(self.segment)
            self.segment = None

    def forward(self, packet: Packet, now: float, extension: bytes = b"") -> bytes | bytearray | None:
        """This packet as the listener must see it; None while a keyframe is awaited. `extension`: see `fanout.Table`."""
        segment = self._segment_of(packet, now)
        if segment is None or packet.number < segment.first:
            return None
        rendered = self._render(packet, segment, extension)
        if rendered is None:
            return None
        number = packet.number - segment.first + segment.begins
        if number > self._number:
            self._remember(packet, segment, number, now)
        self._packets += 1
        self._octets += len(packet.payload)
        return rendered

    def _segment_of(self, packet: Packet, now: float) -> Segment | None:
        """The stretch this packet belongs to, a new one where it begins it; None when it is not shown."""
        segment, track = self.segment, packet.track
        if self.rung == "none" or not self.takes(track.codec):
            return None
        is_ours = segment is not None and segment.track is track
        if self.wanted is not None and self.wanted is not track:
            return segment if is_ours and not self.keyframes_only else None
        if is_ours and segment is not None and (not self.keyframes_only or packet.timestamp == segment.frame):
            return segment
        if packet.begins:
            return self._begin(packet, now)
        if not is_ours:
            track.want_keyframe()
        return None

    def again(self, seq: int) -> bytes | bytearray | None:
        """The packet sent as `seq`, for a listener who missed it: as RTX when that was accepted."""
        self._catch_up()
        number = self._number - ((self._number - seq) & 0xFFFF)
        for segment in (self.segment, *reversed(self._past)):
            if segment is None or number < segment.begins:
                continue
            if self.segment is not None and segment.track.codec != self.segment.track.codec:
                return None
            packet = segment.track.recall(number - segment.begins + segment.first)
            if packet is None:
                return None
            rendered = self._render(packet, segment)
            return self._as_rtx(rendered) if rendered is not None and not self.is_audio else rendered
        return None

    def media_time(self, now: float) -> int | None:
        """The slot's timestamp that belongs to `now`, from its source's last report; None before there is one."""
        if self.segment is None or (report := self.segment.track.report) is None:
            return None
        elapsed = int((now - report.at) * self.clock)
        return (report.timestamp + elapsed + self.segment.timestamp) & 0xFFFFFFFF

    def _begin(self, packet: Packet, now: float) -> Segment:
        offset = self._offset_of(packet, now)
        self.release()
        if not self.begun:
            self.begun, self._origin = True, self._number
        self._speak(packet.track.codec)
        found = packet.descriptor
        self.segment = Segment(
            track=packet.track,
            first=packet.number,
            frame=packet.timestamp,
            begins=self._number + 1,
            timestamp=offset,
            picture_id=self._picture_id + 1 - found.picture_id if found else 0,
            tl0=self._tl0 + 1 - found.tl0 if found else 0,
        )
        return self.segment

    def _offset_of(self, packet: Packet, now: float) -> int:
        """What to add to the new stretch's timestamps so that time goes on as it did.

        Between layers of one publisher by its own reports, to the millisecond: sound and picture stay together. Where
        it has not reported yet, and between publishers, by when the packets came.
        """
        self._catch_up()
        before, elapsed = self.segment, now - self._sent_at if self._sent_at else 0.0
        if before is not None:
            then = before.track.capture_time((self._timestamp - before.timestamp) & 0xFFFFFFFF)
            captured = packet.track.capture_time(packet.timestamp)
            if then is not None and captured is not None and abs(captured - then - elapsed) < STRANGE_JUMP:
                elapsed = captured - then
        ticks = max(1, round(elapsed * self.clock)) if self._sent_at else 0
        return (self._timestamp + ticks - packet.timestamp) & 0xFFFFFFFF

    def _remember(self, packet: Packet, segment: Segment, number: int, now: float) -> None:
        self._number = number
        self._timestamp = (packet.timestamp + segment.timestamp) & 0xFFFFFFFF
        self._sent_at = now
        if (found := packet.descriptor) is not None:
            if found.picture_id >= 0:
                self._picture_id = (found.picture_id + segment.picture_id) & vp8.PICTURE_ID_MASK
            if found.tl0 >= 0:
                self._tl0 = (found.tl0 + segment.tl0) & 0xFF

    def _render(self, packet: Packet, segment: Segment, extension: bytes = b"") -> bytes | bytearray | None:
        payload: bytes | bytearray | None = packet.payload
        number = self.payload_type
        if packet.redundant:
            if self.extra_type is None:
                payload = primary_of_red(packet.payload)
            else:
                payload, number = relabel_red(packet.payload, self.payload_type), self.extra_type
        elif packet.descriptor is not None:
            payload = bytearray(packet.payload)
            vp8.rewrite(payload, packet.descriptor, segment.picture_id, segment.tl0)
        if payload is None:
            return None
        return (
            PACK(
                0x90 if extension else 0x80,
                0x80 | number if packet.marker else number,
                (packet.number - segment.first + segment.begins) & 0xFFFF,
                (packet.timestamp + segment.timestamp) & 0xFFFFFFFF,
                self.ssrc,
            )
            + extension
            + payload
        )

    def padding(self, size: int, extension: bytes) -> bytes | None:
        """A retransmission of nothing, to try how much the line carries: `size` bytes (1 to 255) nobody decodes."""
        if not self.rtx_ssrc or not self.payload_type or self.extra_type is None:
            return None
        self._rtx_number = (self._rtx_number + 1) & 0xFFFF
        header = PACK(0xB0, self.extra_type, self._rtx_number, self._timestamp, self.rtx_ssrc)
        return header + extension + bytes(size - 1) + bytes((size,))

    def _as_rtx(self, packet: bytes | bytearray) -> bytes | bytearray:
        if self.extra_type is None:
            return packet
        self._rtx_number = (self._rtx_number + 1) & 0xFFFF
        header = bytes((packet[0], packet[1] & 0x80 | self.extra_type)) + self._rtx_number.to_bytes(2, "big")
        return header + bytes(packet[4:8]) + self.rtx_ssrc.to_bytes(4, "big") + bytes(packet[2:4]) + packet[12:]
