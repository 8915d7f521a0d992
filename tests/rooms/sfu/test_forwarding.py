"""Tracks and slots without a network: what arrives in one numbering must leave in another without a seam."""

from __future__ import annotations

import itertools

from rooms.sfu import rtp, vp8
from rooms.sfu.client import rtp_packet, vp8_payload
from rooms.sfu.inbound import KEYFRAME_EVERY, NACK_TRIES, RESTART, SKIPS, Packet, SenderReport, Track
from rooms.sfu.negotiate import SlotOffer
from rooms.sfu.slot import Slot

KEY, DELTA = b"\x10", b"\x11"


class Publisher:
    """Packets of one stream, in its own numbering."""

    def __init__(self, *, video: bool = True, seq: int = 60_000, timestamp: int = 1000, picture: int = 100) -> None:
        self.track = Track(5, is_video=video, clock=90_000 if video else 48_000)
        self.video, self.seq, self.timestamp, self.picture = video, seq, timestamp, picture
        self.now = 0.0

    def send(self, *, key: bool = False, skip: int = 0, payload: bytes | None = None) -> Packet | None:
        self.seq += 1 + skip
        self.timestamp += 3000
        self.picture += 1
        self.now += 0.033
        body = (KEY if key else DELTA) + b"picture"
        if payload is None:
            payload = vp8_payload(self.picture & 0x7FFF, self.picture & 0xFF, body, begins=True) if self.video else b"s"
        return self.arrive(rtp_packet(96, self.seq, self.timestamp, 5, payload, marker=True))

    def arrive(self, data: bytes, *, repaired: bool = False) -> Packet | None:
        view = rtp.parse(data)
        assert view is not None
        return self.track.accept(view, data, self.now, redundant=False, repaired=repaired)


class Listener:
    """One slot and what its listener sees."""

    def __init__(self, *, audio: bool = False, rtx: bool = True) -> None:
        self.slot = Slot(SlotOffer("a0" if audio else "v0", audio, 77, 0 if audio else 78))
        self.slot.accept({"opus": (120, 0)} if audio else {"vp8": (120, 121 if rtx else 0)})
        self.seen: list[rtp.View] = []
        self.payloads: list[bytes] = []
        self.now = 100.0

    def hear(self, packet: Packet | None) -> bool:
        self.now += 0.033
        data = self.slot.forward(packet, self.now) if packet is not None else None
        if data is None:
            return False
        view = rtp.parse(bytes(data))
        assert view is not None
        self.seen.append(view)
        self.payloads.append(bytes(data)[view.start : view.end])
        return True

    @property
    def numbers(self) -> list[int]:
        first = self.seen[0].seq
        return [rtp.unwrap(view.seq, first) - first for view in self.seen]


def test_a_picture_begins_with_a_keyframe_and_asks_for_one() -> None:
    amina, bruno = Publisher(), Listener()
    assert not bruno.hear(amina.send())
    assert amina.track.keyframe_wanted
    assert bruno.hear(amina.send(key=True))
    assert not amina.track.keyframe_wanted


def test_numbers_begin_below_32768_and_the_payload_type_is_the_listeners() -> None:
    for _ in range(50):
        bruno = Listener()
        bruno.hear(Publisher().send(key=True))
        assert bruno.seen[0].seq <= 32_768
        assert (bruno.seen[0].payload_type, bruno.seen[0].ssrc) == (120, 77)


def test_a_switch_of_source_leaves_no_seam() -> None:
    amina, chen, bruno = Publisher(), Publisher(seq=3, timestamp=1 << 31, picture=0x7FFE), Listener()
    for number in range(10):
        bruno.hear(amina.send(key=number == 0))
    bruno.slot.release()
    assert not bruno.hear(chen.send()), "waits for a keyframe"
    for number in range(10):
        bruno.hear(chen.send(key=number == 0))
    assert bruno.numbers == list(range(20))
    found = [vp8.parse(payload) for payload in bruno.payloads]
    pictures = [one.picture_id for one in found if one]
    assert [(b - a) & 0x7FFF for a, b in itertools.pairwise(pictures)] == [1] * 19
    tl0 = [one.tl0 for one in found if one]
    assert [(b - a) & 0xFF for a, b in itertools.pairwise(tl0)] == [1] * 19
    steps = [(b.timestamp - a.timestamp) & 0xFFFFFFFF for a, b in zip(bruno.seen, bruno.seen[1:], strict=False)]
    assert all(2000 < step < 8000 for step in steps), "time goes on, in the pace of the clock"


def test_a_source_that_returns_begins_a_new_stretch() -> None:
    amina, bruno = Publisher(video=False), Listener(audio=True)
    for _ in range(5):
        bruno.hear(amina.send())
    bruno.slot.release()  # muted: what she says is dropped, whatever her page sends
    for _ in range(500):
        amina.send()
    for _ in range(5):
        bruno.hear(amina.send())
    assert bruno.numbers == list(range(10)), "no hole the listener would ask about"


def test_padding_is_dropped_and_its_gap_closed() -> None:
    amina, bruno = Publisher(), Listener()
    bruno.hear(amina.send(key=True))
    for number in range(20):
        bruno.hear(amina.send(payload=b"") if number % 3 == 0 else amina.send())
    assert bruno.numbers == list(range(len(bruno.seen)))
    assert len(bruno.seen) == 14


def test_a_late_packet_keeps_its_place_across_dropped_padding() -> None:
    amina, bruno = Publisher(), Listener()
    bruno.hear(amina.send(key=True))
    amina.seq += 1  # lost on the way
    lost = rtp_packet(96, amina.seq, amina.timestamp + 1, 5, vp8_payload(1, 1, DELTA, begins=True))
    bruno.hear(amina.send())
    amina.send(payload=b"")
    bruno.hear(amina.send())
    assert bruno.hear(amina.arrive(lost, repaired=True))
    assert bruno.numbers == [0, 2, 3, 1]


def test_losses_are_asked_for_a_few_times_then_a_keyframe_is_wanted() -> None:
    amina = Publisher(seq=65_534)
    amina.send(key=True)
    amina.send(skip=3)
    assert amina.track.nacks_due(amina.now) == [], "perhaps only out of order"
    now = amina.now + 0.02
    assert amina.track.nacks_due(now) == [0, 1, 2]
    assert amina.track.nacks_due(now + 0.01) == []
    for _ in range(NACK_TRIES):
        now += 0.1
        amina.track.nacks_due(now)
    assert not amina.track.missing
    assert amina.track.keyframe_wanted


def test_copies_are_dropped() -> None:
    amina = Publisher()
    amina.send(key=True)
    again = rtp_packet(96, amina.seq, amina.timestamp, 5, vp8_payload(1, 1, KEY, begins=True))
    assert amina.arrive(again) is None


def test_a_long_hole_is_a_new_beginning_not_a_loss() -> None:
    amina, bruno = Publisher(), Listener()
    bruno.hear(amina.send(key=True))
    assert bruno.hear(amina.send(key=True, skip=5_000))
    assert not amina.track.missing
    assert bruno.numbers == [0, 1]


def test_a_publisher_that_begins_again_under_the_same_name_is_followed() -> None:
    amina, bruno = Publisher(seq=50_000), Listener()
    bruno.hear(amina.send(key=True))
    amina.seq = 40_000
    heard = [bruno.hear(amina.send(key=True)) for _ in range(40)]
    assert any(heard)
    assert bruno.numbers == list(range(len(bruno.seen)))


def test_however_often_a_publisher_begins_again_our_numbers_go_on_one_by_one() -> None:
    """A leap of more than half the numbers, and libsrtp would send nothing more to any listener for minutes."""
    amina, bruno = Publisher(video=False, seq=20_000), Listener(audio=True)
    for _ in range(12):
        amina.seq = amina.seq - 32_000 & 0xFFFF
        for _ in range(RESTART):
            bruno.hear(amina.send())
    assert len(bruno.seen) > RESTART + 8
    assert bruno.numbers == list(range(len(bruno.seen)))


def test_a_late_packet_whose_number_is_not_known_any_more_takes_no_others_place() -> None:
    amina, bruno = Publisher(), Listener()
    bruno.hear(amina.send(key=True))
    for _ in range(100):
        bruno.hear(amina.send())
    amina.seq += 1  # lost on the way
    lost = rtp_packet(96, amina.seq, amina.timestamp + 1, 5, vp8_payload(1, 1, DELTA, begins=True))
    bruno.hear(amina.send())
    for _ in range(SKIPS + 30):
        amina.send(payload=b"")
    bruno.hear(amina.send())
    bruno.hear(amina.arrive(lost, repaired=True))
    assert len(set(bruno.numbers)) == len(bruno.numbers), "one number, one packet"


def test_keyframe_requests_are_merged() -> None:
    track = Publisher().track
    asked = 0
    for tick in range(200):  # two seconds
        track.want_keyframe()
        asked += track.keyframe_due(tick / 100)
    assert asked == round(2 / KEYFRAME_EVERY)


def test_what_a_listener_missed_is_sent_again_as_rtx_with_the_same_content() -> None:
    amina, bruno = Publisher(), Listener()
    for number in range(10):
        bruno.hear(amina.send(key=number == 0))
    missed = bruno.seen[4]
    again = bytes(bruno.slot.again(missed.seq) or b"")
    view = rtp.parse(again)
    assert view is not None
    assert (view.ssrc, view.payload_type, view.timestamp) == (78, 121, missed.timestamp)
    assert again[view.start : view.start + 2] == missed.seq.to_bytes(2, "big")
    assert again[view.start + 2 : view.end] == bruno.payloads[4]
    plain = Listener(rtx=False)
    plain.hear(amina.send(key=True))
    assert bytes(plain.slot.again(plain.seen[0].seq) or b"")[12:] == plain.payloads[0]


def test_what_was_sent_before_a_switch_can_still_be_asked_for() -> None:
    amina, chen, bruno = Publisher(), Publisher(seq=1), Listener()
    for number in range(5):
        bruno.hear(amina.send(key=number == 0))
    for number in range(5):
        bruno.hear(chen.send(key=number == 0))
    for index in (2, 4, 5, 9):
        again = bytes(bruno.slot.again(bruno.seen[index].seq) or b"")
        assert again[14:] == bruno.payloads[index]
    assert bruno.slot.again((bruno.seen[0].seq - 100) & 0xFFFF) is None
    assert bruno.slot.again((bruno.seen[-1].seq + 5) & 0xFFFF) is None


def test_sound_and_picture_of_one_publisher_share_one_clock() -> None:
    """Lip sync: the difference between both streams' reported times is what the publisher reported."""
    picture, sound = Publisher(), Publisher(video=False)
    seen, heard = Listener(), Listener(audio=True)
    seen.hear(picture.send(key=True))
    heard.hear(sound.send())
    picture.track.report = SenderReport(50.0, picture.timestamp)  # both were captured at 50 s
    sound.track.report = SenderReport(50.0, sound.timestamp)
    at_picture, at_sound = seen.slot.media_time(52.0), heard.slot.media_time(52.0)
    assert at_picture is not None
    assert at_sound is not None
    assert (at_picture - seen.seen[0].timestamp) & 0xFFFFFFFF == 2 * 90_000
    assert (at_sound - heard.seen[0].timestamp) & 0xFFFFFFFF == 2 * 48_000


def test_loss_is_reported_as_rfc_3550_counts_it() -> None:
    amina = Publisher()
    for number in range(100):
        amina.send(skip=1 if number % 10 == 9 else 0)
    fraction, lost = amina.track.report_loss()
    assert lost == 10
    assert fraction == (10 << 8) // 110
    for _ in range(10):
        amina.send()
    assert amina.track.report_loss() == (0, 10)
