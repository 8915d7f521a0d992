"""A publish connection: the client's microphone, camera and screen come in here, and nothing goes out but RTCP."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from typing import ClassVar

from rooms.sfu import limits, rtcp, rtp
from rooms.sfu.bandwidth import Arrivals, Uplink
from rooms.sfu.connection import Connection, Ground
from rooms.sfu.inbound import Packet, SenderReport, Track
from rooms.sfu.intake import LaneArrivals, LanePurse, LaneTrack, Sender
from rooms.sfu.layers import Rung
from rooms.sfu.negotiate import CAMERA_BITS, OPUS_BITS, RUNG_OF, SCREEN_BITS, Feed
from rooms.sfu.plan import Kind
from rooms.sfu.slot import AUDIO_CLOCK, VIDEO_CLOCK

TAKE_OVER = 0.5  # seconds of silence after which another SSRC of the same m-line takes its place
CAP_BITS = CAMERA_BITS + SCREEN_BITS + 2 * OPUS_BITS
ENOUGH = 20  # packets in a second, to speak of a share
OPUS_LOUD = 0.8  # loudness for one byte of payload, where no level is sent: speech fills a packet, silence does not

OnPacket = Callable[[Kind, Packet, float], None]


class PublishConnection(Connection):
    """Streams are known by (this connection, m-line), never by an SSRC another seat could name as well."""

    ssrc_limit: ClassVar[int] = limits.PUBLISH_SSRCS

    def __init__(
        self,
        ground: Ground,
        now: float,
        feeds: Sequence[Feed],
        on_packet: OnPacket,
        on_open: Callable[[Connection], None],
        on_close: Callable[[Connection, str], None],
    ) -> None:
        super().__init__(ground, now, on_open, on_close)
        self.feeds = feeds
        self.tracks: dict[tuple[Kind, Rung], Track] = {}  # a picture without layers is its high one
        self._on_packet = on_packet
        self._ssrc = secrets.randbits(32)
        wide = any(feed.wide_id for feed in feeds)
        self._intake = ground.kernel.intake
        self._sending: Sender | None = None  # what C knows of this connection
        self._arrivals = None if not wide else Arrivals() if self._intake is None else LaneArrivals(self._intake)
        self._uplink = None if wide else Uplink(CAP_BITS)
        self._told = 0  # transport-wide feedbacks
        self._sender = 0  # an SSRC that is theirs: Chromium takes feedback on no other
        self._counted = (0, 0)  # packets expected and received at the last report
        self._clock_offset: float | None = None  # node time minus publisher time, by the fastest report
        self._streams: dict[int, tuple[Feed, Track, bool]] = {}  # SSRC → m-line, track, is it a retransmission
        self._voices = {feed.mid: limits.VoicePurse(now) for feed in feeds if feed.kind == "mic"}
        for feed in feeds:
            repairs = {media: repair for repair, media in feed.rtx}
            for ssrc in feed.ssrcs:
                track = self._add(feed, ssrc, feed.rung)
                if ssrc in repairs:
                    self._streams[repairs[ssrc]] = (feed, track, True)

    def _add(self, feed: Feed, ssrc: int, rung: Rung = "high") -> Track:
        is_video = feed.kind != "mic"
        clock = VIDEO_CLOCK if is_video else AUDIO_CLOCK
        if self._intake is not None and is_video and feed.codec == "vp8" and feed.wide_id:
            track: Track = self._intake.track(ssrc, feed.payload_type, feed.wide_id, clock=clock, rung=rung)
        else:
            track = Track(ssrc, is_video=is_video, clock=clock, codec=feed.codec, rung=rung)
        self._streams[ssrc] = (feed, track, False)
        self._lend(track)
        return track

    def opened(self) -> None:
        """From now on C may take in what needs no decision."""
        purse, noted = self.purse, self._arrivals
        if self._intake is None or not isinstance(purse, LanePurse) or not isinstance(noted, LaneArrivals):
            return
        self._sending = self._intake.sender(self, self._incoming, purse, noted)
        for _, track, is_repair in self._streams.values():
            if not is_repair:
                self._lend(track)
        self.ice.read_by(self._intake, self._sending)

    def _lend(self, track: Track) -> None:
        if self._sending is not None and isinstance(track, LaneTrack):
            self._sending.add(track)

    def refuse(self, why: str) -> None:
        """C read a packet that may not pass."""
        self.dropped[why] += 1

    @property
    def received_packets(self) -> int:
        return self._packets_in + (int(self._sending.c.packets) if self._sending is not None else 0)

    @property
    def received_bytes(self) -> int:
        return self._bytes_in + (int(self._sending.c.bytes) if self._sending is not None else 0)

    def close(self, why: str) -> None:
        if self._sending is not None and self._intake is not None:
            self._intake.forget(self._sending)
        super().close(why)

    def let_go(self) -> None:
        super().let_go()
        self._packets_in, self._bytes_in = self.received_packets, self.received_bytes
        self._sending = None
        self._on_packet = lambda kind, packet, now: None
        for _, track, _ in self._streams.values():
            track.forget()

    # ── packets ──

    def rungs(self, kind: Kind) -> tuple[Rung, ...]:
        """The layers it could bring of this, best first; none when there is one and no choice."""
        found = {RUNG_OF[rid] for feed in self.feeds if feed.kind == kind for rid in feed.rids}
        return tuple(rung for rung in RUNG_OF.values() if rung in found)

    @property
    def keyframes(self) -> int:
        return sum(track.keyframes for _, track, is_repair in self._streams.values() if not is_repair)

    def on_rtp(self, data: bytes, now: float) -> None:
        view = rtp.parse(data)
        stream = self._streams.get(view.ssrc) or self._learn(view, data) if view is not None else None
        if view is None or stream is None:
            self.dropped["unwanted"] += 1
            return
        feed, track, is_repair = stream
        if feed.kind == "mic" and not self._voices[feed.mid].take(len(data), now):
            self.dropped["too_many"] += 1
            return
        self._weigh(feed, view, data, now)
        redundant = repaired = False
        if is_repair:
            if view.payload_type != feed.extra_type or view.end - view.start <= 2:
                return  # probing padding travels as empty retransmissions
            original = data[view.start] << 8 | data[view.start + 1]
            view = view._replace(seq=original, start=view.start + 2)
            repaired = True
        elif feed.kind == "mic" and view.payload_type == feed.extra_type:
            redundant = True
        elif view.payload_type != feed.payload_type:
            self.dropped["unwanted"] += 1
            return
        packet = track.accept(view, data, now, redundant=redundant, repaired=repaired)
        if feed.kind == "mic" and not repaired:
            self._listen(feed, track, view, data)
        if packet is not None and self._is_current(feed.kind, track, now):
            self._on_packet(feed.kind, packet, now)

    def _weigh(self, feed: Feed, view: rtp.View, data: bytes, now: float) -> None:
        """Note when it came, for whoever judges the publisher's line."""
        if self._arrivals is not None:
            number = rtp.extension(data, view, feed.wide_id) if feed.wide_id else None
            if number is not None and len(number) == 2:
                self._arrivals.note(number[0] << 8 | number[1], now)
                self._sender = view.ssrc
        elif self._uplink is not None:
            sent = rtp.extension(data, view, feed.sent_id) if feed.sent_id else None
            self._uplink.arrived(now, int.from_bytes(sent, "big") & 0xFFFFFF if sent else None, len(data), view.ssrc)

    def _learn(self, view: rtp.View, data: bytes) -> tuple[Feed, Track, bool] | None:
        """Name a stream SDP did not mention: by its MID, else by a payload type only one m-line uses; then its layer
        by its RID. What names neither is dropped: browsers repeat both until we have reported on the stream."""
        candidates = [feed for feed in self.feeds if view.payload_type in (feed.payload_type, feed.extra_type)]
        told = {feed.mid: rtp.extension(data, view, feed.mid_id) for feed in candidates if feed.mid_id}
        named = [feed for feed in candidates if told.get(feed.mid) == feed.mid.encode()]
        if len(named) != 1 and (len(candidates) != 1 or candidates[0].ssrcs or any(told.values())):
            return None
        feed = named[0] if len(named) == 1 else candidates[0]
        is_repair = feed.kind != "mic" and view.payload_type == feed.extra_type
        rung: Rung | None = feed.rung
        if feed.rids:
            layer = rtp.extension(data, view, feed.repaired_id if is_repair else feed.rid_id)
            rung = RUNG_OF.get(layer.decode("ascii", "replace")) if layer else None
        if rung is None:
            return None
        if is_repair:
            track = self.tracks.get((feed.kind, rung))
            if track is None:
                return None
            self._streams[view.ssrc] = (feed, track, True)
        else:
            self._add(feed, view.ssrc, rung)
        return self._streams[view.ssrc]

    def _is_current(self, kind: Kind, track: Track, now: float) -> bool:
        current = self.tracks.get((kind, track.rung))
        if current is not track and (current is None or now - current.heard_at > TAKE_OVER):
            self.tracks[kind, track.rung] = current = track
        return current is track

    def _listen(self, feed: Feed, track: Track, view: rtp.View, data: bytes) -> None:
        level = rtp.extension(data, view, feed.level_id) if feed.level_id else None
        track.hear(127 - (level[0] & 0x7F) if level else min(127.0, (view.end - view.start) * OPUS_LOUD))

    # ── reports ──

    def on_rtcp(self, data: bytes, now: float) -> None:
        for told in rtcp.read(data):
            if isinstance(told, rtcp.Report):
                self._on_report(told, now)

    def _on_report(self, told: rtcp.Report, now: float) -> None:
        stream = self._streams.get(told.ssrc)
        if stream is None or stream[2]:
            return
        theirs = rtcp.unix(told.ntp)
        offset = now - theirs
        known = self._clock_offset
        if known is None or offset < known or offset > known + 1.0:  # the fastest way here; or their clock was set
            self._clock_offset = known = offset
        track = stream[1]
        track.report = SenderReport(theirs + known, told.timestamp)
        track.report_seen = ((told.ntp >> 16) & 0xFFFFFFFF, now)

    def tick(self, now: float) -> None:
        super().tick(now)
        if not self.is_open:
            return
        heard = [track for feed, track, repair in self._streams.values() if track.packets and not repair]
        if not heard:
            return
        for track in heard:
            track.measure_bits(now)
        blocks = [self._block(track, now) for track in heard]
        report = rtcp.receiver_report(self._ssrc, blocks)
        if self._uplink is not None:
            bits = self._uplink.tick(self._loss(heard))
            report += rtcp.remb(self._ssrc, bits, [track.ssrc for track in heard])
        self.send_rtcp(report)

    def tell_arrivals(self) -> None:
        """Ten times a second: what came when, so that the browser sends what its line carries."""
        if self._arrivals is None:
            return
        for first, arrivals in self._arrivals.feedback():
            sender = self._arrivals.ssrc or self._sender
            self.send_rtcp(rtcp.wide_feedback(self._ssrc, sender, first, arrivals, self._told))
            self._told += 1

    def _loss(self, heard: Sequence[Track]) -> float:
        """The share lost over all tracks since the last call: one packet of a resting screen is not a full line."""
        expected, got = sum(track.expected for track in heard), sum(track.packets for track in heard)
        before_expected, before_got = self._counted
        self._counted = (expected, got)
        due = expected - before_expected
        return max(0.0, 1 - (got - before_got) / due) if due >= ENOUGH else 0.0

    def _block(self, track: Track, now: float) -> rtcp.Block:
        fraction, lost = track.report_loss()
        seen, delay = 0, 0
        if track.report_seen is not None:
            seen, at = track.report_seen
            delay = int((now - at) * 65_536) & 0xFFFFFFFF
        return rtcp.Block(track.ssrc, fraction, lost, track.highest, track.jitter, seen, delay)

    def repair(self, now: float) -> None:
        """Ask for what is missing, and for keyframes listeners wait for."""
        for track in self.tracks.values():
            if track.missing and (numbers := track.nacks_due(now)):
                self.ground.totals.nacks["publishers"] += len(numbers)
                self.send_rtcp(rtcp.nack(self._ssrc, track.ssrc, numbers))
            if track.keyframe_wanted and track.keyframe_due(now):
                self.ground.totals.keyframe_requests["publishers"] += 1
                self.send_rtcp(rtcp.picture_loss(self._ssrc, track.ssrc))
