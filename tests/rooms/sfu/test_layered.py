"""One picture in three layers and two codecs: told apart by header extensions, switched without a seam."""

from __future__ import annotations

import asyncio
import itertools
import struct
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.sfu import h264, negotiate, rtcp, rtp, vp8
from rooms.sfu.aiming import aim
from rooms.sfu.client import rtp_packet, vp8_payload
from rooms.sfu.connection import Ground
from rooms.sfu.dtls import make_certificate
from rooms.sfu.fanout import PythonKernel
from rooms.sfu.inbound import Packet, SenderReport, Track
from rooms.sfu.layers import Rung
from rooms.sfu.mux import UdpMux
from rooms.sfu.negotiate import SlotOffer
from rooms.sfu.plan import RoomPlan, SeatPlan
from rooms.sfu.publishing import PublishConnection
from rooms.sfu.receiving import ReceiveConnection
from rooms.sfu.sdp import REPAIRED_RID, RID, SdpRefused
from rooms.sfu.seat import LAYER_QUIET, UNWATCHED, Source
from rooms.sfu.slot import Slot
from tests.rooms.sfu.test_pure import US, Client

KEY, DELTA = b"\x10", b"\x11"
STEP = 1 / 30


class Layered:
    """A publisher whose layers each have their own numbers and clock, as browsers make them."""

    def __init__(self) -> None:
        self.tracks: dict[Rung, Track] = {
            rung: Track(ssrc, is_video=True, clock=90_000, rung=rung) for ssrc, rung in ((1, "high"), (2, "low"))
        }
        self.starts = {"high": 4_000_000_000, "low": 17}
        self.frame = 0

    @property
    def now(self) -> float:
        return 10 + self.frame * STEP

    def report(self) -> None:
        for rung, track in self.tracks.items():
            track.report = SenderReport(10.0, self.starts[rung])

    def send(self, *keys: Rung, late: float = 0.0) -> list[Packet]:
        """One frame of two packets on every layer; `late`: how much later it arrives than it was captured."""
        self.frame += 1
        packets = []
        for rung, track in self.tracks.items():
            for part in range(2):
                body = (KEY if rung in keys else DELTA) if part == 0 else b"more"
                payload = vp8_payload(self.frame, self.frame & 0xFF, body, begins=part == 0)
                timestamp = self.starts[rung] + round(self.frame * STEP * 90_000)
                data = rtp_packet(96, self.frame * 2 + part, timestamp, track.ssrc, payload, marker=part == 1)
                view = rtp.parse(data)
                assert view is not None
                packet = track.accept(view, data, self.now + late, redundant=False)
                assert packet is not None
                packets.append(packet)
        return packets


class Watcher:
    def __init__(self) -> None:
        self.slot = Slot(SlotOffer("v0", False, 77, 78))
        self.slot.accept({"vp8": (96, 97)})
        self.seen: list[rtp.View] = []
        self.pictures: list[int] = []

    def watch(self, packets: list[Packet], now: float) -> int:
        count = 0
        for packet in packets:
            data = self.slot.forward(packet, now)
            if data is None:
                continue
            view = rtp.parse(bytes(data))
            assert view is not None
            found = vp8.parse(bytes(data)[view.start :])
            assert found is not None
            self.seen.append(view)
            self.pictures.append(found.picture_id)
            count += 1
        return count

    def steps(self) -> list[float]:
        """Seconds of media time between frames."""
        times = list(dict.fromkeys(view.timestamp for view in self.seen))
        return [((b - a) & 0xFFFFFFFF) / 90_000 for a, b in itertools.pairwise(times)]

    def assert_no_hole(self) -> None:
        assert [(b.seq - a.seq) & 0xFFFF for a, b in itertools.pairwise(self.seen)] == [1] * (len(self.seen) - 1)
        assert {(b - a) & 0x7FFF for a, b in itertools.pairwise(self.pictures)} <= {0, 1}


def test_the_old_layer_goes_on_until_the_new_one_has_a_keyframe() -> None:
    amina, bruno = Layered(), Watcher()
    amina.report()
    bruno.slot.aim(amina.tracks["low"], "low")
    bruno.watch(amina.send("low"), amina.now)
    for _ in range(5):
        assert bruno.watch(amina.send(), amina.now) == 2
    assert bruno.slot.aim(amina.tracks["high"], "high")
    assert not bruno.slot.aim(amina.tracks["high"], "high"), "said once"
    assert amina.tracks["high"].keyframe_wanted
    for _ in range(3):
        assert bruno.watch(amina.send(), amina.now) == 2
        assert bruno.slot.segment is not None
        assert bruno.slot.segment.track is amina.tracks["low"]
    assert bruno.watch(amina.send("high", "low"), amina.now) == 2
    for _ in range(5):
        assert bruno.watch(amina.send(), amina.now) == 2
    assert bruno.slot.segment.track is amina.tracks["high"]
    bruno.assert_no_hole()


def test_media_time_goes_on_as_the_publisher_captured_it_whatever_the_network_did() -> None:
    """Lip sync: without the reports the switch would move the picture by the 200 ms this keyframe was late."""
    amina, bruno = Layered(), Watcher()
    amina.report()
    bruno.slot.aim(amina.tracks["low"], "low")
    bruno.watch(amina.send("low"), amina.now)
    bruno.watch(amina.send(), amina.now)
    bruno.slot.aim(amina.tracks["high"], "high")
    bruno.watch(amina.send("high", late=0.2), amina.now + 0.2)
    bruno.watch(amina.send(), amina.now)
    assert bruno.steps() == pytest.approx([STEP] * 3, abs=0.001)
    assert bruno.slot.media_time(20.0) == pytest.approx(
        (bruno.seen[-1].timestamp + round((20.0 - amina.now) * 90_000)) & 0xFFFFFFFF, abs=90
    )


def test_without_reports_time_goes_on_as_packets_came() -> None:
    amina, bruno = Layered(), Watcher()
    bruno.slot.aim(amina.tracks["low"], "low")
    bruno.watch(amina.send("low"), amina.now)
    bruno.slot.aim(amina.tracks["high"], "high")
    bruno.watch(amina.send("high"), amina.now)
    assert all(0 < step < 0.1 for step in bruno.steps())


def test_a_resting_picture_is_keyframes_of_the_lowest_layer_and_nothing_between() -> None:
    amina, bruno = Layered(), Watcher()
    bruno.slot.aim(amina.tracks["high"], "high")
    bruno.watch(amina.send("high"), amina.now)
    bruno.slot.aim(amina.tracks["low"], "still")
    sent = [bruno.watch(amina.send(*(("low",) if frame % 30 == 10 else ())), amina.now) for frame in range(90)]
    assert [count for count in sent if count] == [2, 2, 2]
    bruno.assert_no_hole()
    assert bruno.steps()[1:] == pytest.approx([1.0, 1.0], abs=0.1)
    bruno.slot.aim(amina.tracks["low"], "low")
    assert bruno.watch(amina.send(), amina.now) == 0
    assert bruno.watch(amina.send("low"), amina.now) == 2
    assert bruno.watch(amina.send(), amina.now) == 2
    bruno.assert_no_hole()


def test_what_is_not_shown_is_not_sent_and_begins_anew_with_a_keyframe() -> None:
    amina, bruno = Layered(), Watcher()
    bruno.slot.aim(amina.tracks["low"], "low")
    bruno.watch(amina.send("low"), amina.now)
    bruno.slot.aim(amina.tracks["low"], "none")
    assert bruno.watch(amina.send("low", "high"), amina.now) == 0
    bruno.slot.aim(amina.tracks["low"], "low")
    assert bruno.watch(amina.send(), amina.now) == 0
    assert bruno.watch(amina.send("low"), amina.now) == 2
    bruno.assert_no_hole()


def test_what_was_sent_on_the_layer_before_can_still_be_asked_for() -> None:
    amina, bruno = Layered(), Watcher()
    bruno.slot.aim(amina.tracks["low"], "low")
    bruno.watch(amina.send("low"), amina.now)
    bruno.slot.aim(amina.tracks["high"], "high")
    bruno.watch(amina.send("high"), amina.now)
    again = bytes(bruno.slot.again(bruno.seen[1].seq) or b"")
    assert again[12:14] == bruno.seen[1].seq.to_bytes(2, "big")
    assert again.endswith(b"more")


def test_a_layer_that_stops_is_no_longer_there_within_a_second() -> None:
    amina, source = Layered(), Source("amina", "camera")
    for packet in amina.send("high", "low"):
        source.take(packet.track, 1.0, amina.now)
    assert source.layers(amina.now).keys() == {"high", "low"}
    amina.tracks["low"].heard_at = amina.now + LAYER_QUIET + 0.1
    assert source.layers(amina.now + LAYER_QUIET + 0.1).keys() == {"low"}
    assert source.layers(amina.now + 60).keys() == {"high", "low"}, "when all rest, none of them stopped"


LADDER: tuple[Rung, ...] = ("high", "medium", "low")


def test_a_layer_is_asked_of_its_publisher_while_somebody_watches_it_and_a_moment_longer() -> None:
    amina, source, slot = Layered(), Source("amina", "camera"), Slot(SlotOffer("v0", False, 77, 78))
    for one in amina.tracks.values():
        source.take(one, 100.0, 100.0, LADDER)
    assert source.watched(100.0 + UNWATCHED - 0.1) == LADDER, "nobody has had the time to look"
    now = 100.0 + UNWATCHED + 0.1
    assert source.watched(now) == ("low",), "without one it would be no source"
    source.fan.listeners[slot] = None  # type: ignore[assignment]
    slot.hopes = "medium"
    assert source.watched(now) == ("medium", "low")
    slot.hopes = "still"
    assert source.watched(now + UNWATCHED - 0.1) == ("medium", "low")
    assert source.watched(now + UNWATCHED + 0.1) == ("low",)


async def test_a_listener_hopes_for_a_layer_that_rests_and_watches_what_comes(ground: Ground) -> None:
    amina, source = Layered(), Source("amina", "camera")
    for one in amina.send("high", "low"):
        source.take(one.track, 1.0, amina.now, LADDER)
    connection = ReceiveConnection(ground, 0.0, negotiate.make_slots(0, 1), lambda _: None, lambda _, why: None)
    connection.accept(negotiate.Accepted({"v0": {"vp8": (96, 97)}}))
    slot = connection.slots["v0"]
    slot.source = source.id
    plan = RoomPlan("e", 1, {"amina": SeatPlan()}, floor="amina")
    amina.tracks["low"].heard_at = later = amina.now + 60  # only this layer still comes

    def look(height: int) -> tuple[Rung, Rung]:
        aim(connection, plan, SeatPlan(look=(source.id,), heights=(height,)), lambda _: source, later)
        return slot.rung, slot.hopes

    assert look(720) == ("low", "high")
    assert look(360) == ("low", "medium")
    assert look(90) == ("low", "low")
    assert look(0) == ("none", "none")
    connection.close("left")
    await asyncio.gather(*ground.tasks)


def test_a_listener_without_the_codec_is_sent_nothing_and_asks_for_nothing() -> None:
    slot = Slot(SlotOffer("v0", False, 77, 78))
    slot.accept({"vp8": (96, 97)})
    track = Track(3, is_video=True, clock=90_000, codec="h264")
    slot.aim(track, "high")
    track.keyframe_wanted = False
    assert slot.forward(h264_packet(track, 1, SPS), 0.0) is None
    assert not track.keyframe_wanted
    slot.accept({"vp8": (96, 97), "h264": (98, 99)})
    data = slot.forward(h264_packet(track, 2, SPS), 0.0)
    assert data is not None
    assert data[1] & 0x7F == 98


# ── H.264 ──

SPS, PPS, IDR, SLICE = b"\x67\x42\xe0\x1f", b"\x68\xce", b"\x65\x88", b"\x41\x9a"


def stap(*units: bytes) -> bytes:
    return b"\x78" + b"".join(struct.pack("!H", len(unit)) + unit for unit in units)


def fragment(unit: bytes, *, start: bool) -> bytes:
    return bytes((unit[0] & 0xE0 | 28, (0x80 if start else 0) | unit[0] & 0x1F)) + unit[1:]


def h264_packet(track: Track, seq: int, payload: bytes) -> Packet:
    data = rtp_packet(98, seq, seq * 3000, track.ssrc, payload)
    view = rtp.parse(data)
    assert view is not None
    packet = track.accept(view, data, 0.0, redundant=False)
    assert packet is not None
    return packet


@pytest.mark.parametrize(
    ("payload", "begins", "idr"),
    [
        (SPS, True, False),
        (stap(SPS, PPS), True, False),
        (stap(SPS, PPS, IDR), True, True),
        (IDR, False, True),
        (fragment(IDR, start=True), False, True),
        (fragment(IDR, start=False), False, False),
        (fragment(SPS, start=True), True, False),
        (SLICE, False, False),
        (stap(SLICE, SLICE), False, False),
        (PPS, False, False),
        (stap(SPS)[:-2], False, False),  # says more than it has
        (b"", False, False),
        (b"\x7c", False, False),
    ],
)
def test_an_h264_listener_begins_where_the_parameters_are(payload: bytes, begins: bool, idr: bool) -> None:
    assert (h264.begins(payload), h264.has_idr(payload)) == (begins, idr)


@given(st.binary(max_size=64))
def test_no_bytes_make_the_h264_parser_raise(data: bytes) -> None:
    h264.begins(data)
    h264.has_idr(data)


def test_the_size_of_a_picture_is_read_from_its_keyframe() -> None:
    head = b"\x10\x00\x00\x9d\x01\x2a" + struct.pack("<HH", 1280 | 1 << 14, 720)
    payload = vp8_payload(1, 1, head, begins=True)
    found = vp8.parse(payload)
    assert found is not None
    assert vp8.height(payload, found) == 720
    assert vp8.height(payload[:-1], found) == 0


# ── descriptions ──

MID_URI = "urn:ietf:params:rtp-hdrext:sdes:mid"
H264_LINES = "a=rtpmap:106 H264/90000\r\na=fmtp:106 profile-level-id=42e01f;packetization-mode=1\r\n"


def camera(
    *, types: str = "96 97", codecs: str = "", layers: str = "a=simulcast:send h;m;l\r\n", rids: bool = True
) -> str:
    extensions = f"a=extmap:4 {MID_URI}\r\n" + (f"a=extmap:10 {RID}\r\na=extmap:11 {REPAIRED_RID}\r\n" if rids else "")
    return (
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 1\r\n"
        f"m=video 9 UDP/TLS/RTP/SAVPF {types}\r\nc=IN IP4 0.0.0.0\r\na=mid:1\r\na=sendonly\r\n{Client.transport_lines}"
        f"{extensions}a=rtpmap:96 VP8/90000\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n{codecs}"
        f"a=rid:h send\r\na=rid:m send\r\na=rid:l send\r\n{layers}"
    )


def taken(sdp: str) -> negotiate.Feed:
    (feed,) = negotiate.feeds_of(negotiate.read_offer(sdp), private=False)
    return feed


def test_three_layers_are_answered_with_their_names_and_extensions() -> None:
    offer = negotiate.read_offer(camera())
    feed = taken(camera())
    assert (feed.rids, feed.rid_id, feed.repaired_id) == (("h", "m", "l"), 10, 11)
    answer = negotiate.answer(offer, [feed], US)
    for line in ("a=rid:h recv", "a=simulcast:recv h;m;l", f"a=extmap:10 {RID}", f"a=extmap:11 {REPAIRED_RID}"):
        assert f"\r\n{line}\r\n" in answer


@pytest.mark.parametrize(
    "sdp",
    [
        camera(layers=""),
        camera(rids=False),
        camera(layers="a=simulcast:send x;y;z\r\n"),  # not ours to rank
        camera(layers="a=simulcast:send h\r\n"),
        camera(layers="a=simulcast:recv h;m;l\r\n"),
    ],
)
def test_whoever_offers_no_layers_we_know_sends_one(sdp: str) -> None:
    assert taken(sdp).rids == ()
    assert "simulcast" not in negotiate.answer(negotiate.read_offer(sdp), [taken(sdp)], US)


def test_paused_and_alternative_layers_are_read() -> None:
    assert taken(camera(layers="a=simulcast:send ~h,x;m recv a\r\n")).rids == ("h", "m")
    with pytest.raises(SdpRefused):
        taken(camera(layers="a=simulcast:send h;not a name!\r\n".replace(" a name", "-a-name")))


@pytest.mark.parametrize(
    ("types", "codecs", "expected"),
    [
        ("96 97 106", H264_LINES, ("vp8", 96)),
        ("106 96 97", H264_LINES, ("h264", 106)),
        ("106", H264_LINES, ("h264", 106)),
        ("106 96", H264_LINES.replace("mode=1", "mode=0"), ("vp8", 96)),
        ("106 96", H264_LINES.replace("42e01f", "640c1f"), ("vp8", 96)),  # high profile: not everybody decodes it
        ("106 96", H264_LINES.replace("42e01f", "42001f"), ("vp8", 96)),  # baseline, not constrained
    ],
)
def test_of_vp8_and_h264_the_publishers_first_choice_is_taken(
    types: str, codecs: str, expected: tuple[str, int]
) -> None:
    feed = taken(camera(types=types, codecs=codecs))
    assert (feed.codec, feed.payload_type) == expected
    answer = negotiate.answer(negotiate.read_offer(camera(types=types, codecs=codecs)), [feed], US)
    assert f"a=rtpmap:{expected[1]} {expected[0].upper()}/90000" in answer


def test_a_publisher_with_neither_codec_is_refused() -> None:
    with pytest.raises(SdpRefused) as refused:
        taken(camera(types="106", codecs=H264_LINES.replace("42e01f", "640c1f")))
    assert refused.value.code == "sdp_codecs"


# ── on the wire ──


@pytest.fixture
async def ground() -> AsyncIterator[Ground]:
    mux = UdpMux()
    yield Ground(mux, PythonKernel(mux), make_certificate())


def packet(
    ssrc: int, *, rid: str = "", repaired: str = "", mid: str = "1", seq: int = 1, payload_type: int = 96
) -> bytes:
    block = b""
    for number, value in ((4, mid), (10, rid), (11, repaired)):
        if value:
            block += bytes((number << 4 | len(value) - 1,)) + value.encode()
    block += bytes(-len(block) % 4)
    body = vp8_payload(1, 1, KEY, begins=True)
    if payload_type == 97:
        body = (7).to_bytes(2, "big") + body
    return rtp_packet(payload_type, seq, 9, ssrc, body, extension=block)


async def test_layers_are_known_by_their_rid_and_repairs_by_their_repaired_rid(ground: Ground) -> None:
    got: list[Any] = []
    connection = PublishConnection(
        ground, 0.0, [taken(camera())], lambda kind, one, now: got.append(one), lambda _: None, lambda _, why: None
    )
    for ssrc, rid in ((1, "h"), (2, "m"), (3, "l")):
        connection.on_rtp(packet(ssrc, rid=rid), 1.0)
    assert [one.track.rung for one in got] == ["high", "medium", "low"]
    connection.on_rtp(packet(2, seq=2, mid=""), 1.1)  # once known, the extensions are no longer sent
    assert got[-1].track.rung == "medium"
    connection.on_rtp(packet(9, repaired="l", payload_type=97), 1.2)
    assert (got[-1].track.rung, got[-1].number) == ("low", got[2].number + 6)
    dropped = connection.dropped.total()
    connection.on_rtp(packet(20), 1.3)  # no layer named
    connection.on_rtp(packet(21, rid="x"), 1.3)
    connection.on_rtp(packet(22, rid="h", mid="7"), 1.3)  # not one of its m-lines
    assert connection.dropped.total() == dropped + 3
    assert len(connection.tracks) == 3
    connection.on_rtp(packet(23, rid="h"), 1.35)  # a second claim to a layer that is being sent
    assert connection.tracks["camera", "high"].ssrc == 1
    connection.close("left")


async def test_a_rid_or_an_ssrc_named_by_another_seat_names_only_its_own(ground: Ground) -> None:
    tracks: dict[str, set[Track]] = {"amina": set(), "eve": set()}

    def seat(name: str) -> PublishConnection:
        return PublishConnection(
            ground, 0.0, [taken(camera())], lambda _, one, now: tracks[name].add(one.track), lambda _: None,
            lambda _, why: None,
        )  # fmt: skip

    amina, eve = seat("amina"), seat("eve")
    amina.on_rtp(packet(1, rid="h"), 1.0)
    eve.on_rtp(packet(1, rid="h"), 1.0)
    eve.on_rtp(packet(1, seq=2), 1.1)
    assert len(tracks["amina"]) == len(tracks["eve"]) == 1
    assert tracks["amina"].isdisjoint(tracks["eve"])
    assert next(iter(tracks["amina"])).packets == 1
    amina.close("left")
    eve.close("left")


async def test_keyframes_are_asked_once_for_all_listeners_and_for_the_layer_they_wait_for(
    ground: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[float, int]] = []
    connection = PublishConnection(
        ground, 0.0, [taken(camera())], lambda _, one, now: None, lambda _: None, lambda _, why: None
    )
    for ssrc, rid in ((1, "h"), (2, "m"), (3, "l")):
        connection.on_rtp(packet(ssrc, rid=rid), 1.0)
    high, low = connection.tracks["camera", "high"], connection.tracks["camera", "low"]
    monkeypatch.setattr(connection, "send_rtcp", lambda data: asked.extend((now, one.ssrc) for one in rtcp.read(data)))
    slots = [Slot(SlotOffer(f"v{number}", False, number + 70, 0)) for number in range(50)]
    for slot in slots:
        slot.accept({"vp8": (96, 0)})
        slot.aim(high, "high")
    slots[0].aim(low, "low")
    for tick in range(100):  # two seconds of everybody waiting
        now = 2.0 + tick / 50
        connection.repair(now)
        high.want_keyframe()
        if tick == 10:
            connection.on_rtp(packet(3, rid="l", seq=2), now)  # the low layer's came
    assert [at for at, ssrc in asked if ssrc == 1] == pytest.approx([2.0, 2.5, 3.0, 3.5], abs=0.03)
    assert [at for at, ssrc in asked if ssrc == 3] == [2.0]
    assert not [at for at, ssrc in asked if ssrc == 2]
    connection.close("left")
