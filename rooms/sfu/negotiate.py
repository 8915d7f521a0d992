"""What we answer and what we offer. Pure: text in, text out.

A publish connection is offered by the client and answered once. A receive connection is offered by us, with a fixed
number of slots, and answered once by the client. Nothing is ever negotiated again on either.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from rooms.sfu import limits
from rooms.sfu.layers import Rung
from rooms.sfu.plan import Kind
from rooms.sfu.sdp import (
    AUDIO_LEVEL,
    MID,
    REPAIRED_RID,
    RID,
    SEND_TIME,
    WIDE,
    Description,
    SdpRefused,
    Section,
    parse,
)

THIN_BITS, THIN_PTIME = 20_000, 40  # the same voice for lines that carry no more; and milliseconds in a packet of it
OPUS_BITS = 64_000  # a voice at the floor; forward error correction on, no gaps in silence
START_KBPS = 600  # Chromium begins here instead of 300 kbit/s; harmless where unknown
CAMERA_BITS = 2_200_000  # all three layers
SCREEN_BITS = 2_500_000

# Header extensions of every receive connection: when we sent a picture's packet, by which the browser judges its line,
# and the numbers of probes, whose arrival it reports.
SENT_ID, WIDE_ID = 2, 3

# The payload types of every receive connection. Publishers choose theirs; slots rewrite.
OPUS, RED, VP8, RTX, H264, H264_RTX = 111, 63, 96, 97, 98, 99
H264_FORM = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f"

CodecName = Literal["opus", "vp8", "h264"]  # another picture codec needs its name here, and its keyframes told apart
# The layers a page may send, by their names in its description.
RUNG_OF: Mapping[str, Rung] = MappingProxyType({"h": "high", "m": "medium", "l": "low"})
RID_OF: Mapping[Rung, str] = MappingProxyType({rung: rid for rid, rung in RUNG_OF.items()})

REPAIRS = ("nack", "nack pli", "ccm fir")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Our side of one transport, as SDP names it."""

    ufrag: str
    password: str
    fingerprint: str
    addresses: Sequence[str]
    port: int


@dataclass(frozen=True, slots=True)
class Feed:
    """One m-line of a publish connection that we take."""

    mid: str
    kind: Kind
    codec: CodecName
    payload_type: int
    extra_type: int | None  # RED for sound, RTX for picture
    level_id: int  # id of the loudness extension; 0 when not negotiated
    mid_id: int
    sent_id: int  # id of abs-send-time, by which a full line is seen where the browser does not see it itself
    wide_id: int  # id of the transport-wide number; with it the browser judges its line by our feedback
    ssrcs: tuple[int, ...]
    rtx: tuple[tuple[int, int], ...]  # retransmission SSRC → media SSRC
    rung: Rung = "high"  # of a microphone: `low` is the thin voice
    rids: tuple[str, ...] = ()  # its layers, keys of RUNG_OF; none: one layer
    rid_id: int = 0
    repaired_id: int = 0


@dataclass(frozen=True, slots=True)
class SlotOffer:
    """One m-line of a receive connection."""

    mid: str
    is_audio: bool
    ssrc: int
    rtx_ssrc: int


def feeds_of(offer: Description, *, private: bool) -> list[Feed]:
    """Which sections of a publish offer become which sources: the first audio is the microphone, the second the same
    voice for thin lines, the first video the camera, the second the screen; further ones are not taken.
    Raises SdpRefused."""
    feeds: list[Feed] = []
    for section in offer.sections:
        if section.rejected:
            continue
        if section.direction not in ("sendonly", "inactive"):
            raise SdpRefused("sdp_direction", "a publish connection only sends")
        kind = _kind(section, feeds)
        if kind is None:
            continue
        rung: Rung = "low" if kind == "mic" and any(feed.kind == "mic" for feed in feeds) else "high"
        codec, media = _codec(section)
        spare = section.payload_type("red") if kind == "mic" else section.rtx_of(media)
        rids = _layers(section) if kind == "camera" else ()
        named = {} if rids else section.rtx  # Firefox names the streams of its layers, but not which is which
        feeds.append(
            Feed(
                mid=section.mid,
                kind=kind,
                codec=codec,
                payload_type=media,
                extra_type=spare,
                level_id=0 if private or kind != "mic" else section.extensions.get(AUDIO_LEVEL, 0),
                mid_id=section.extensions.get(MID, 0),
                sent_id=section.extensions.get(SEND_TIME, 0) if WIDE not in section.extensions else 0,
                wide_id=section.extensions.get(WIDE, 0),
                ssrcs=() if rids else tuple(one for one in section.ssrcs if one not in named.values()),
                rtx=tuple((repair, source) for source, repair in named.items()),
                rung=rung,
                rids=rids,
                rid_id=section.extensions[RID] if rids else 0,
                repaired_id=section.extensions.get(REPAIRED_RID, 0) if rids else 0,
            )
        )
    if not feeds:
        raise SdpRefused("sdp_sections", "nothing to publish")
    names = [one for feed in feeds for one in {*feed.ssrcs, *(repair for repair, _ in feed.rtx)}]
    if len(set(names)) != len(names):
        raise SdpRefused("sdp_malformed", "two sections share an SSRC")
    return feeds


def _codec(section: Section) -> tuple[CodecName, int]:
    """Opus; for a picture, of VP8 and H.264 what the client likes better. Raises SdpRefused."""
    if section.kind == "audio":
        opus = section.payload_type("opus")
        if opus is None:
            raise SdpRefused("sdp_codecs", "opus is not offered")
        return "opus", opus
    taken: dict[CodecName, int | None] = {"vp8": section.payload_type("vp8"), "h264": section.payload_type_of_h264()}
    for number in section.codecs:
        for name, media in taken.items():
            if media == number:
                return name, number
    raise SdpRefused("sdp_codecs", "neither VP8 nor H.264 is offered")


def _layers(section: Section) -> tuple[str, ...]:
    """The layers we take: two or more, known by name and told apart by a header extension."""
    known = tuple(rid for rid in dict.fromkeys(section.rids) if rid in RUNG_OF)
    return known if len(known) > 1 and RID in section.extensions and MID in section.extensions else ()


def _kind(section: Section, before: Sequence[Feed]) -> Kind | None:
    taken = [feed.kind for feed in before]
    if section.kind == "audio":
        return "mic" if taken.count("mic") < 2 else None
    order: tuple[Kind, ...] = ("camera", "screen")
    return next((kind for kind in order if kind not in taken), None)


def answer(offer: Description, feeds: Sequence[Feed], us: Endpoint) -> str:
    """Our answer to a publish offer."""
    by_mid = {feed.mid: feed for feed in feeds}
    lines = _head([feed.mid for feed in feeds])
    for section in offer.sections:
        feed = by_mid.get(section.mid)
        if feed is None:
            lines += [f"m={section.kind} 0 UDP/TLS/RTP/SAVPF 0", "c=IN IP4 0.0.0.0", f"a=mid:{section.mid}"]
            lines += ["a=inactive"]
            continue
        types = [feed.payload_type, *([feed.extra_type] if feed.extra_type is not None else [])]
        bits = {"mic": 0, "camera": CAMERA_BITS, "screen": SCREEN_BITS}[feed.kind]
        lines += _media(section.kind, types, section.mid, us, "passive", bits)
        lines += ["a=recvonly", *_received_codecs(feed)]
        if feed.mid_id:
            lines.append(f"a=extmap:{feed.mid_id} {MID}")
        if feed.sent_id:
            lines.append(f"a=extmap:{feed.sent_id} {SEND_TIME}")
        if feed.wide_id:
            lines.append(f"a=extmap:{feed.wide_id} {WIDE}")
        if feed.level_id:
            lines.append(f"a=extmap:{feed.level_id} {AUDIO_LEVEL}")
        lines += _layer_lines(feed)
    return _text(lines)


def _layer_lines(feed: Feed) -> list[str]:
    if not feed.rids:
        return []
    lines = [f"a=extmap:{feed.rid_id} {RID}"]
    if feed.repaired_id:
        lines.append(f"a=extmap:{feed.repaired_id} {REPAIRED_RID}")
    lines += [f"a=rid:{rid} recv" for rid in feed.rids]
    return [*lines, f"a=simulcast:recv {';'.join(feed.rids)}"]


def _received_codecs(feed: Feed) -> list[str]:
    number, extra = feed.payload_type, feed.extra_type
    congestion = "transport-cc" if feed.wide_id else "goog-remb"
    if feed.kind == "mic":
        bits = THIN_BITS if feed.rung == "low" else OPUS_BITS
        lines = [
            f"a=rtpmap:{number} opus/48000/2",
            f"a=rtcp-fb:{number} nack",
            *([f"a=rtcp-fb:{number} transport-cc"] if feed.wide_id else []),
            f"a=fmtp:{number} minptime=10;useinbandfec=1;usedtx=0;maxaveragebitrate={bits}",
            *([f"a=ptime:{THIN_PTIME}"] if feed.rung == "low" else []),
        ]
        if extra is not None:
            lines += [f"a=rtpmap:{extra} red/48000/2", f"a=fmtp:{extra} {number}/{number}"]
        return lines
    lines = [f"a=rtpmap:{number} {feed.codec.upper()}/90000"]
    if feed.codec == "h264":
        lines.append(f"a=fmtp:{number} {H264_FORM};x-google-start-bitrate={START_KBPS}")
    lines += [f"a=rtcp-fb:{number} {one}" for one in (*REPAIRS, congestion)]
    if feed.codec == "vp8":
        lines += [f"a=fmtp:{number} x-google-start-bitrate={START_KBPS}"]
    if extra is not None:
        lines += [f"a=rtpmap:{extra} rtx/90000", f"a=fmtp:{extra} apt={number}"]
    return lines


def make_slots(audio: int, video: int) -> list[SlotOffer]:
    """Fresh slots `a0…`, `v0…`, each with its own SSRCs. Raises SdpRefused when there are none or too many."""
    if not 0 <= audio <= limits.AUDIO_SLOTS or not 0 <= video <= limits.VIDEO_SLOTS or not audio + video:
        raise SdpRefused("slots", "too many slots, or none")
    used: set[int] = set()

    def fresh() -> int:
        while (ssrc := secrets.randbits(32)) in used or not ssrc:
            continue
        used.add(ssrc)
        return ssrc

    sound = [SlotOffer(f"a{n}", True, fresh(), 0) for n in range(audio)]
    return sound + [SlotOffer(f"v{n}", False, fresh(), fresh()) for n in range(video)]


def offer(slots: Sequence[SlotOffer], us: Endpoint) -> str:
    """Our offer of receiving slots."""
    lines = _head([slot.mid for slot in slots])
    for slot in slots:
        # The floor's sound and picture are played in step; whoever sits in the other slots has nobody to match.
        stream = "floor" if slot.mid in ("a0", "v0") else slot.mid
        lines += _media("audio" if slot.is_audio else "video", _types(slot), slot.mid, us, "actpass")
        lines += ["a=sendonly", f"a=msid:{stream} {slot.mid}", *_sent_codecs(slot)]
        if not slot.is_audio:
            lines += [f"a=extmap:{SENT_ID} {SEND_TIME}", f"a=extmap:{WIDE_ID} {WIDE}"]
        if slot.rtx_ssrc:
            lines.append(f"a=ssrc-group:FID {slot.ssrc} {slot.rtx_ssrc}")
        for ssrc in filter(None, (slot.ssrc, slot.rtx_ssrc)):
            lines += [f"a=ssrc:{ssrc} cname:{stream}", f"a=ssrc:{ssrc} msid:{stream} {slot.mid}"]
    return _text(lines)


def _types(slot: SlotOffer) -> list[int]:
    return [OPUS, RED] if slot.is_audio else [VP8, RTX, H264, H264_RTX]


def _sent_codecs(slot: SlotOffer) -> list[str]:
    if slot.is_audio:
        return [
            f"a=rtpmap:{OPUS} opus/48000/2",
            f"a=rtcp-fb:{OPUS} nack",
            f"a=fmtp:{OPUS} minptime=10;useinbandfec=1",
            f"a=rtpmap:{RED} red/48000/2",
            f"a=fmtp:{RED} {OPUS}/{OPUS}",
        ]
    return [
        f"a=rtpmap:{VP8} VP8/90000",
        *(f"a=rtcp-fb:{VP8} {one}" for one in (*REPAIRS, "goog-remb", "transport-cc")),
        f"a=rtpmap:{RTX} rtx/90000",
        f"a=fmtp:{RTX} apt={VP8}",
        f"a=rtpmap:{H264} H264/90000",
        f"a=fmtp:{H264} {H264_FORM}",
        *(f"a=rtcp-fb:{H264} {one}" for one in (*REPAIRS, "goog-remb", "transport-cc")),
        f"a=rtpmap:{H264_RTX} rtx/90000",
        f"a=fmtp:{H264_RTX} apt={H264}",
    ]


@dataclass(frozen=True, slots=True)
class Accepted:
    """What the client took of our offer: by slot and codec its payload type and that of RED or RTX, 0 without."""

    types: dict[str, dict[CodecName, tuple[int, int]]]
    tells: bool = False  # whether it tells when probes arrive


def read_answer(text: object, slots: Sequence[SlotOffer]) -> tuple[Description, Accepted]:
    """Check the client's answer to our offer. Raises SdpRefused."""
    found = parse(text, max_sections=len(slots))
    if found.setup not in ("active", ""):
        raise SdpRefused("sdp_direction", "the client begins the handshake")
    if [section.mid for section in found.sections] != [slot.mid for slot in slots]:
        raise SdpRefused("sdp_not_ours", "not an answer to the last offer")
    types: dict[str, dict[CodecName, tuple[int, int]]] = {}
    for section, slot in zip(found.sections, slots, strict=True):
        if section.rejected or section.direction == "inactive":
            continue
        if section.direction != "recvonly":
            raise SdpRefused("sdp_direction", "a receive connection only receives")
        types[slot.mid] = _taken(section)
    tells = any(section.extensions.get(WIDE) == WIDE_ID for section in found.sections)
    return found, Accepted(types, tells)


def _taken(section: Section) -> dict[CodecName, tuple[int, int]]:
    if section.kind == "audio":
        opus = section.payload_type("opus")
        return {} if opus is None else {"opus": (opus, section.payload_type("red") or 0)}
    found: dict[CodecName, int | None] = {"vp8": section.payload_type("vp8"), "h264": section.payload_type_of_h264()}
    return {name: (number, section.rtx_of(number) or 0) for name, number in found.items() if number is not None}


def read_offer(text: object) -> Description:
    """Check a publish offer. Raises SdpRefused."""
    found = parse(text, max_sections=limits.PUBLISH_SECTIONS)
    if found.setup not in ("actpass", "active"):
        raise SdpRefused("sdp_direction", "the client begins the handshake")
    return found


def _head(mids: Sequence[str]) -> list[str]:
    return [
        "v=0",
        f"o=- {secrets.randbits(62)} 1 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "a=ice-lite",
        f"a=group:BUNDLE {' '.join(mids)}",
        "a=msid-semantic: WMS *",
    ]


def _media(kind: str, types: Sequence[int], mid: str, us: Endpoint, setup: str, bits: int = 0) -> list[str]:
    lines = [
        f"m={kind} 9 UDP/TLS/RTP/SAVPF {' '.join(map(str, types))}",
        "c=IN IP4 0.0.0.0",
        *([f"b=TIAS:{bits}"] if bits else []),
        "a=rtcp:9 IN IP4 0.0.0.0",
        f"a=mid:{mid}",
        f"a=ice-ufrag:{us.ufrag}",
        f"a=ice-pwd:{us.password}",
        f"a=fingerprint:sha-256 {us.fingerprint}",
        f"a=setup:{setup}",
        "a=rtcp-mux",
        "a=rtcp-rsize",
    ]
    for index, address in enumerate(us.addresses):
        priority = (126 << 24) | ((65_535 - index) << 8) | 255  # host candidates, in our order (RFC 8445 §5.1.2)
        lines.append(f"a=candidate:{index + 1} 1 udp {priority} {address} {us.port} typ host")
    return [*lines, "a=end-of-candidates"]


def _text(lines: Sequence[str]) -> str:
    return "\r\n".join(lines) + "\r\n"
