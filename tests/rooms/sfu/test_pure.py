"""RTP, VP8, SDP and buckets as pure functions: tables, and random bytes that must never raise."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rooms.sfu import negotiate, rtcp, rtp, vp8
from rooms.sfu.client import Feed, publish_offer, rtp_packet, vp8_payload
from rooms.sfu.limits import Bucket
from rooms.sfu.plan import PlanError, RoomPlan, SeatPlan
from rooms.sfu.sdp import AUDIO_LEVEL, SdpRefused, parse


@given(st.binary(max_size=200), st.integers(1, 255))
def test_no_bytes_make_rtp_raise(data: bytes, wanted: int) -> None:
    view = rtp.parse(data)
    if view is not None:
        assert 12 <= view.start <= view.end <= len(data)
        rtp.extension(data, view, wanted)


@given(st.binary(max_size=200))
def test_no_bytes_make_payload_parsers_raise(data: bytes) -> None:
    if (found := vp8.parse(data)) is not None:
        vp8.rewrite(bytearray(data), found, 40_000, 300)
    rtp.primary_of_red(data)
    rtp.relabel_red(data, 111)


@given(st.binary(min_size=2, max_size=200))
def test_no_bytes_make_rtcp_raise(data: bytes) -> None:
    for header in (b"", b"\x81\xcd\x00\x05", b"\x8f\xce\x00\x04", b"\x81\xc8\x00\x06", b"\x84\xce\x00\x04"):
        list(rtcp.read(header + data))


@pytest.mark.parametrize(
    ("seq", "highest", "expected"),
    [(1, 0, 1), (0, 65_535, 65_536), (65_535, 65_536, 65_535), (5, 65_540, 65_541), (40_000, 0, 40_000 - 65_536)],
)
def test_numbers_are_unwrapped_to_the_nearest(seq: int, highest: int, expected: int) -> None:
    assert rtp.unwrap(seq, highest) == expected


def test_extensions_of_both_forms_are_found() -> None:
    one_byte = rtp_packet(111, 1, 1, 1, b"x", extension=bytes([0, 0x10, 0x85, 0x41, 7, 8, 0, 0]))
    view = rtp.parse(one_byte)
    assert view is not None
    assert rtp.extension(one_byte, view, 1) == b"\x85"
    assert rtp.extension(one_byte, view, 4) == b"\x07\x08"
    assert rtp.extension(one_byte, view, 2) is None
    two_byte = bytes([0x90]) + one_byte[1:12] + b"\x10\x00\x00\x01\x0f\x01\x99\x00" + b"x"
    view = rtp.parse(two_byte)
    assert view is not None
    assert rtp.extension(two_byte, view, 15) == b"\x99"


def test_vp8_counters_move_in_their_own_width() -> None:
    payload = bytearray(vp8_payload(0x7FFE, 250, b"\x10abc", begins=True))
    found = vp8.parse(payload)
    assert found is not None
    assert (found.keyframe, found.picture_id, found.tl0) == (True, 0x7FFE, 250)
    vp8.rewrite(payload, found, 5, 10)
    moved = vp8.parse(payload)
    assert moved is not None
    assert (moved.picture_id, moved.tl0) == (3, 4)
    assert payload.endswith(b"\x10abc")
    narrow = bytearray(b"\x90\x80\x7e\x11")
    found = vp8.parse(narrow)
    assert found is not None
    assert not found.keyframe
    vp8.rewrite(narrow, found, 3, 0)
    assert narrow == b"\x90\x80\x01\x11"


def test_a_frame_begins_a_keyframe_only_in_its_first_packet() -> None:
    assert not vp8.parse(vp8_payload(1, 1, b"\x10", begins=False)).keyframe  # type: ignore[union-attr]
    assert not vp8.parse(vp8_payload(1, 1, b"\x11", begins=True)).keyframe  # type: ignore[union-attr]


def test_redundant_audio_is_relabelled_inside_and_can_be_reduced_to_its_newest_block() -> None:
    payload = bytes([0x80 | 109, 0, 0, 3, 109]) + b"oldnew!"
    assert rtp.relabel_red(payload, 111) == bytes([0x80 | 111, 0, 0, 3, 111]) + b"oldnew!"
    assert rtp.primary_of_red(payload) == b"new!"
    assert rtp.primary_of_red(bytes([0x80 | 109, 0, 3, 255, 109]) + b"short") is None


# ── descriptions ──


class Client:
    """The transport lines of a page."""

    transport_lines = (
        "a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\n"
        "a=fingerprint:sha-256 " + ":".join(["AB"] * 32) + "\r\na=setup:actpass\r\na=rtcp-mux\r\n"
    )


def offer(*feeds: Feed) -> str:
    return publish_offer(Client(), feeds)  # type: ignore[arg-type]


FEEDS = (Feed("audio", "0", 11), Feed("video", "1", 12, 13), Feed("video", "2", 14, 15))
US = negotiate.Endpoint(
    "ours", "password-of-ours-0123456789", ":".join(["CD"] * 32), ["192.0.2.1", "2001:db8::1"], 7882
)


def test_the_first_audio_is_the_microphone_then_camera_then_screen() -> None:
    feeds = negotiate.feeds_of(negotiate.read_offer(offer(*FEEDS)), private=False)
    assert [feed.kind for feed in feeds] == ["mic", "camera", "screen"]
    assert feeds[0].level_id == 1
    assert feeds[1].rtx == ((13, 12),)
    assert feeds[1].ssrcs == (12,)


@pytest.mark.parametrize(("ssrc", "repair"), [(12, 15), (13, 15), (14, 13), (14, 11)])
def test_two_sections_cannot_share_a_stream(ssrc: int, repair: int) -> None:
    description = negotiate.read_offer(offer(*FEEDS[:2], Feed("video", "2", ssrc, repair)))
    with pytest.raises(SdpRefused, match="share"):
        negotiate.feeds_of(description, private=False)


def test_a_further_section_is_answered_as_not_taken() -> None:
    description = negotiate.read_offer(offer(*FEEDS, Feed("video", "3", 16)))
    feeds = negotiate.feeds_of(description, private=False)
    answer = negotiate.answer(description, feeds, US)
    assert len(feeds) == 3
    assert "m=video 0 UDP/TLS/RTP/SAVPF 0" in answer
    assert "a=group:BUNDLE 0 1 2\r\n" in answer


def test_a_second_sound_is_the_same_voice_for_thin_lines() -> None:
    description = negotiate.read_offer(offer(FEEDS[0], FEEDS[1], Feed("audio", "t", 17), Feed("audio", "u", 18)))
    feeds = negotiate.feeds_of(description, private=False)
    assert [(feed.kind, feed.rung) for feed in feeds] == [("mic", "high"), ("camera", "high"), ("mic", "low")]
    full, _, thin, refused = negotiate.answer(description, feeds, US).split("m=")[1:]
    assert "maxaveragebitrate=64000" in full and "ptime:" not in full
    assert "maxaveragebitrate=20000" in thin and "a=ptime:40\r\n" in thin
    assert refused.startswith("audio 0 ")


def test_sections_firefox_marks_as_bundle_only_are_taken_and_rejected_ones_are_not() -> None:
    text = offer(*FEEDS).replace("m=video 9", "m=video 0")
    assert [feed.kind for feed in negotiate.feeds_of(negotiate.read_offer(text), private=False)] == ["mic"]
    text = text.replace("a=mid:1", "a=bundle-only\r\na=mid:1")
    assert [feed.kind for feed in negotiate.feeds_of(negotiate.read_offer(text), private=False)] == ["mic", "camera"]


def test_a_private_room_does_not_ask_how_loud_anybody_is() -> None:
    description = negotiate.read_offer(offer(*FEEDS))
    private = negotiate.answer(description, negotiate.feeds_of(description, private=True), US)
    public = negotiate.answer(description, negotiate.feeds_of(description, private=False), US)
    assert AUDIO_LEVEL in public
    assert AUDIO_LEVEL not in private


def test_our_answer_asks_for_a_voice_fit_for_the_floor_and_names_every_address() -> None:
    description = negotiate.read_offer(offer(*FEEDS))
    answer = negotiate.answer(description, negotiate.feeds_of(description, private=False), US)
    assert "maxaveragebitrate=64000" in answer
    assert "usedtx=0" in answer
    assert "useinbandfec=1" in answer
    assert "a=ice-lite\r\n" in answer
    assert "192.0.2.1 7882 typ host" in answer
    assert "2001:db8::1 7882 typ host" in answer
    assert "a=fmtp:97 apt=96" in answer
    parse(answer, max_sections=8)


def test_candidates_in_an_offer_are_never_read() -> None:
    description = negotiate.read_offer(offer(*FEEDS) + "a=candidate:1 1 udp 1 169.254.169.254 80 typ host\r\n")
    assert "169.254" not in repr(description)


def test_the_answer_must_be_to_our_offer() -> None:
    slots = negotiate.make_slots(2, 1)
    other = negotiate.make_slots(1, 1)
    text = negotiate.offer(slots, US).replace("a=sendonly", "a=recvonly").replace("actpass", "active")
    _, accepted = negotiate.read_answer(text, slots)
    sound, picture = {"opus": (111, 63)}, {"vp8": (96, 97), "h264": (98, 99)}
    assert accepted.types == {"a0": sound, "a1": sound, "v0": picture}
    with pytest.raises(SdpRefused) as refused:
        negotiate.read_answer(text.replace("a=mid:a1", "a=mid:a9"), slots)
    assert refused.value.code == "sdp_not_ours"
    with pytest.raises(SdpRefused):
        negotiate.read_answer(text, other)
    with pytest.raises(SdpRefused):
        negotiate.read_answer(text.replace("a=recvonly", "a=sendrecv"), slots)


def test_ten_thousand_mutants_are_refused_or_answered_and_never_raise_anything_else() -> None:
    chance = random.Random(7)
    good = offer(*FEEDS)
    answered = 0
    for _ in range(10_000):
        lines = good.split("\r\n")
        for _ in range(chance.randrange(1, 4)):
            at = chance.randrange(len(lines))
            match chance.randrange(6):
                case 0:
                    lines.pop(at)
                case 1:
                    lines.insert(at, chance.choice(lines))
                case 2:
                    lines[at] = lines[at][: chance.randrange(len(lines[at]) + 1)]
                case 3:
                    lines[at] += chance.choice(["\0", "٣", " -1", "/", ":", "9" * 30, "\r"])
                case 4:
                    lines[at] = lines[at].replace(chance.choice("0123456789"), chance.choice(["", "-", "²", "99999"]))
                case 5:
                    lines[at] = "".join(chance.sample(lines[at], len(lines[at])))
            if not lines:
                break
        try:
            description = negotiate.read_offer("\r\n".join(lines))
            negotiate.answer(description, negotiate.feeds_of(description, private=False), US)
            answered += 1
        except SdpRefused as refused:
            assert refused.code.startswith("sdp_")
    assert 100 < answered < 10_000


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: (
            st.lists(inner)
            | st.dictionaries(
                st.sampled_from(["epoch", "version", "seats", "floor", "publish", "look", "order", "a"]), inner
            )
        ),
        max_leaves=20,
    )
)
def test_no_json_makes_a_plan_raise_anything_but_plan_error(data: object) -> None:
    try:
        plan = RoomPlan.from_json(data)
    except PlanError:
        return
    assert RoomPlan.from_json(plan.as_json()) == plan


@pytest.mark.parametrize(
    ("look", "sources", "sizes"),
    [
        ([], (), {}),
        (["a:camera", "b:screen"], ("a:camera", "b:screen"), {}),
        ([["a:camera", 720], ["b:screen", 0]], ("a:camera", "b:screen"), {"a:camera": 720, "b:screen": 0}),
        ([["a:camera", -5]], ("a:camera",), {"a:camera": 0}),
    ],
)
def test_wishes_come_with_sizes_or_without(look: object, sources: tuple[str, ...], sizes: dict[str, int]) -> None:
    plan = SeatPlan.from_json({"look": look})
    assert (plan.look, plan.sizes) == (sources, sizes)
    assert SeatPlan.from_json(plan.as_json()) == plan


@pytest.mark.parametrize(
    "look", ["a", [1], ["a", ["b", 5]], [["a"]], [["a", 1.5]], [["a", True]], [[1, 5]], ["a"] * 65]
)
def test_wishes_of_another_shape_are_no_plan(look: object) -> None:
    with pytest.raises(PlanError):
        SeatPlan.from_json({"look": look})


def test_a_bucket_refills_with_time() -> None:
    bucket = Bucket(2, 1, now=0.0)
    assert [bucket.take(1, 0.0) for _ in range(3)] == [True, True, False]
    assert not bucket.take(1, 0.5)
    assert bucket.take(1, 1.1)
