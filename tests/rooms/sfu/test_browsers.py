"""Descriptions of other browsers than the one most tests drive. Firefox's were recorded. No Safari ran here. One of its
offers was recorded by the authors of aiortc (test_safari in tests/test_sdp.py of 1.16.0, copyright Jeremy Lainé,
BSD-3-Clause; addresses replaced), a Safari of about 2019 by the drafts it names. The others follow what Safari 17 and 18
are publicly known to write, so they hold us to reading that, not to a browser seen working. Numbers and order of extensions
were compared on 2026-11-24 with offers of Safari that others recorded (awslabs amazon-kinesis-video-streams-webrtc-sdk-c,
issue 902 and pull request 1965 on GitHub)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rooms.sfu import negotiate
from rooms.sfu.sdp import SdpRefused, parse
from tests.rooms.sfu.test_pure import US

FIXTURES = Path(__file__).parents[2] / "fixtures" / "sdp"


def text(name: str) -> str:
    return (FIXTURES / f"{name}.sdp").read_text().replace("\n", "\r\n")


def feeds(name: str) -> list[negotiate.Feed]:
    return negotiate.feeds_of(negotiate.read_offer(text(name)), private=False)


def test_without_preferences_the_h264_everybody_decodes_is_taken_though_it_lists_a_finer_one_first() -> None:
    mic, camera = feeds("safari-17-offer")
    assert (mic.kind, mic.payload_type, mic.extra_type, mic.level_id, mic.wide_id) == ("mic", 111, 63, 1, 3)
    assert (camera.kind, camera.codec, camera.payload_type, camera.extra_type) == ("camera", "h264", 98, 99)
    assert camera.ssrcs == (1111111111,)
    assert camera.rtx == ((1111111112, 1111111111),)


def recorded() -> str:
    """Safari's offer as recorded, with what our page does otherwise: it asks for no data channel, and only sends."""
    session, voice, picture, _data = re.split(r"(?m)^(?=m=)", text("safari-recorded-offer"))
    return (session.replace("audio video data", "audio video") + voice + picture).replace("a=sendrecv", "a=sendonly")


def test_what_a_safari_wrote_is_read() -> None:
    mic, camera = negotiate.feeds_of(negotiate.read_offer(recorded()), private=False)
    assert (mic.kind, mic.payload_type, mic.level_id, mic.ssrcs) == ("mic", 111, 1, (205815247,))
    assert (camera.codec, camera.payload_type, camera.extra_type, camera.wide_id) == ("h264", 98, 99, 5)
    assert (camera.ssrcs, camera.rtx) == ((11942296,), ((149700150, 11942296),))
    with pytest.raises(SdpRefused, match="m=application is not taken"):
        negotiate.read_offer(text("safari-recorded-offer"))


def test_what_it_offers_where_a_page_prefers_nothing_is_read_past() -> None:
    """Telephone events, comfort noise, H.265 without parameters, and slashes in the name of its ICE, as recorded."""
    plain = text("safari-18-offer")
    more = plain.replace("SAVPF 111 63\r\n", "SAVPF 111 63 9 0 8 13 110 126\r\n").replace("ufrag:Tq4x", "ufrag://pY")
    more = more.replace(
        "a=fmtp:63 111/111\r\n", "a=fmtp:63 111/111\r\na=rtpmap:13 CN/8000\r\na=rtpmap:110 telephone-event/48000\r\n"
    )
    more = more.replace("SAVPF 106 98 107 99\r\n", "SAVPF 104 106 98 107 99\r\n").replace(
        "a=rtpmap:106 VP8", "a=rtpmap:104 H265/90000\r\na=rtpmap:106 VP8"
    )
    assert more.count("H265") == 2 and "telephone" in more
    offer = negotiate.read_offer(more)
    assert negotiate.feeds_of(offer, private=False) == feeds("safari-18-offer")
    assert "//pY" in repr(offer)


def test_at_our_page_it_sends_vp8_in_three_layers_a_screen_and_a_thin_voice() -> None:
    mic, camera, screen, thin = feeds("safari-18-offer")
    assert [(one.kind, one.codec, one.rung) for one in (mic, camera, screen, thin)] == [
        ("mic", "opus", "high"),
        ("camera", "vp8", "high"),
        ("screen", "vp8", "high"),
        ("mic", "opus", "low"),
    ]
    assert (camera.rids, camera.rid_id, camera.repaired_id, camera.mid_id) == (("h", "m", "l"), 10, 11, 4)
    assert (camera.payload_type, camera.extra_type) == (106, 107)


def test_firefox_names_the_streams_of_its_layers_but_not_which_is_which_so_they_are_learned_from_their_packets() -> (
    None
):
    mic, camera, screen, thin = feeds("firefox-153-offer")
    assert camera.rids == ("h", "m", "l") and camera.rid_id and camera.repaired_id and camera.mid_id
    assert camera.ssrcs == () and camera.rtx == ()
    assert len(mic.ssrcs) == len(screen.ssrcs) == len(thin.ssrcs) == len(screen.rtx) == 1


@pytest.mark.parametrize("name", ["safari-recorded-offer", "safari-17-offer", "safari-18-offer", "firefox-153-offer"])
def test_what_it_is_answered_it_could_have_offered(name: str) -> None:
    offer = negotiate.read_offer(recorded() if "recorded" in name else text(name))
    answer = parse(
        negotiate.answer(offer, negotiate.feeds_of(offer, private=False), US), max_sections=len(offer.sections)
    )
    for asked, given in zip(offer.sections, answer.sections, strict=True):
        assert given.mid == asked.mid
        assert given.codecs.keys() <= asked.codecs.keys()
        assert given.extensions.items() <= asked.extensions.items()
        assert set(given.rids) <= set(asked.rids)


def test_its_answer_takes_both_codecs_and_tells_when_probes_arrive() -> None:
    _, accepted = negotiate.read_answer(text("safari-18-answer"), negotiate.make_slots(1, 1))
    assert accepted.types == {"a0": {"opus": (111, 63)}, "v0": {"vp8": (96, 97), "h264": (98, 99)}}
    assert accepted.tells
