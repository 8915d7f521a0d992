"""Reading session descriptions: ours is a small language, and what is not in it is refused before anything is made.

Pure. Every refusal is `SdpRefused` with a code; nothing else is raised, whatever the text.
Candidates are never read: peers are learned from authenticated checks, so a page cannot point the node at a network.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal, cast

from rooms.sfu import limits

AUDIO_LEVEL = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
SEND_TIME = "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
WIDE = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
MID = "urn:ietf:params:rtp-hdrext:sdes:mid"
RID = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"
REPAIRED_RID = "urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id"

Direction = Literal["sendonly", "recvonly", "sendrecv", "inactive"]
DIRECTIONS = ("sendonly", "recvonly", "sendrecv", "inactive")

HASH_BYTES = {"sha-256": 32, "sha-384": 48, "sha-512": 64}
FINGERPRINT = re.compile(r"[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2})*")
TOKEN = re.compile(r"[A-Za-z0-9+/_-]{4,256}")
MID_TOKEN = re.compile(r"[A-Za-z0-9_.{}-]{1,32}")
MAX_LINES = 4_000
RID_TOKEN = re.compile(r"[A-Za-z0-9]{1,16}")  # one-byte header extensions carry no more
MAX_SSRCS_PER_SECTION = 8
MAX_RIDS = 8


class SdpRefused(ValueError):
    """The description is not one we speak. `code` is stable; the text is for logs."""

    def __init__(self, code: str, why: str = "") -> None:
        super().__init__(why or code)
        self.code = code


@dataclass(slots=True)
class Codec:
    """One payload type: `name` in lower case, `fmtp` as written."""

    name: str
    clock: int
    fmtp: str = ""


@dataclass(slots=True)
class Section:
    """One m-line."""

    kind: Literal["audio", "video"]
    rejected: bool
    mid: str = ""
    direction: Direction = "sendrecv"
    codecs: dict[int, Codec] = field(default_factory=dict)
    extensions: dict[str, int] = field(default_factory=dict)
    ssrcs: list[int] = field(default_factory=list)
    rtx: dict[int, int] = field(default_factory=dict)  # media SSRC → its retransmission SSRC
    rids: list[str] = field(default_factory=list)  # layers it would send, as a=simulcast lists them
    rtcp_mux: bool = False

    def payload_type(self, name: str) -> int | None:
        """The first payload type of this codec."""
        return next((number for number, codec in self.codecs.items() if codec.name == name), None)

    def payload_type_of_h264(self) -> int | None:
        """The first H.264 every device can decode: constrained baseline, packets as RFC 6184 mode 1 makes them."""
        return next((number for number, codec in self.codecs.items() if _is_plain_h264(codec)), None)

    def rtx_of(self, media: int) -> int | None:
        """The payload type that carries retransmissions of `media`."""
        for number, codec in self.codecs.items():
            if codec.name == "rtx" and f"apt={media}" in codec.fmtp.replace(" ", "").split(";"):
                return number
        return None


@dataclass(slots=True)
class Description:
    """A whole offer or answer, with the one transport all its sections share."""

    sections: list[Section] = field(default_factory=list)
    ufrag: str = ""
    password: str = ""
    setup: str = ""
    fingerprints: list[tuple[str, str]] = field(default_factory=list)


def parse(text: object, *, max_sections: int) -> Description:
    """Read and check a description. Raises SdpRefused."""
    if not isinstance(text, str) or len(text) > limits.SDP_BYTES:
        raise SdpRefused("sdp_too_long" if isinstance(text, str) else "sdp_malformed")
    lines = text.replace("\r\n", "\n").split("\n")
    if len(lines) > MAX_LINES or not lines[0].startswith("v=0"):
        raise SdpRefused("sdp_malformed", "no v=0 line, or too many lines")
    found = Description()
    try:
        for line in lines:
            if line.startswith("m="):
                if len(found.sections) == max_sections:
                    raise SdpRefused("sdp_sections", f"more than {max_sections} m-lines")
                found.sections.append(_media(line[2:]))
            elif line.startswith("a="):
                name, _, value = line[2:].partition(":")
                _attribute(found, name, value.strip())
    except SdpRefused:
        raise
    except (ValueError, IndexError, KeyError) as error:
        raise SdpRefused("sdp_malformed", str(error)) from None
    _check(found)
    return found


def _media(value: str) -> Section:
    kind, port, protocol, *numbers = value.split()
    if kind not in ("audio", "video"):
        raise SdpRefused("sdp_application", f"m={kind[:20]} is not taken")
    if protocol != "UDP/TLS/RTP/SAVPF" or not port.isdecimal() or not 1 <= len(numbers) <= 64:
        raise SdpRefused("sdp_malformed", "not a WebRTC m-line")
    section = Section(cast(Literal["audio", "video"], kind), rejected=port == "0")
    section.codecs = {int(one): Codec("", 0) for one in numbers if one.isdecimal() and _is_payload_type(int(one))}
    return section


def _attribute(found: Description, name: str, value: str) -> None:
    if name == "ice-ufrag":
        found.ufrag = _same(found.ufrag, value)
    elif name == "ice-pwd":
        found.password = _same(found.password, value)
    elif name == "setup":
        found.setup = _same(found.setup, value)
    elif name == "fingerprint":
        _fingerprint(found, value)
    elif found.sections:
        _section_attribute(found.sections[-1], name, value)


def _section_attribute(section: Section, name: str, value: str) -> None:
    if name == "mid":
        section.mid = value
    elif name in DIRECTIONS:
        section.direction = cast(Direction, name)
    elif name == "bundle-only":
        section.rejected = False  # Firefox writes port 0 for every section after the first (RFC 9143 §6)
    elif name == "rtcp-mux":
        section.rtcp_mux = True
    elif name == "rtpmap":
        number, _, codec = value.partition(" ")
        title, clock, *_ = codec.split("/")
        if int(number) in section.codecs:  # in the order of the m-line: what the client likes best is first
            section.codecs[int(number)].name = title.lower()
            section.codecs[int(number)].clock = int(clock)
    elif name == "fmtp":
        number, _, parameters = value.partition(" ")
        if int(number) in section.codecs:
            section.codecs[int(number)].fmtp = parameters.strip()
    elif name == "extmap":
        number, uri, *_ = value.split()
        identifier = int(number.partition("/")[0])
        if 1 <= identifier <= 255:
            section.extensions.setdefault(uri, identifier)
    elif name == "simulcast":
        _simulcast(section, value)
    elif name == "ssrc":
        _ssrc(section, int(value.split()[0]))
    elif name == "ssrc-group" and value.startswith("FID "):
        media, repair = (int(one) for one in value.split()[1:3])
        _ssrc(section, media)
        section.rtx[media] = repair


def _simulcast(section: Section, value: str) -> None:
    """The layers sent (RFC 8853): of alternatives the first, paused ones (`~`) as well."""
    words = value.split()
    for direction, layers in zip(words[::2], words[1::2], strict=False):
        if direction == "send":
            section.rids = [one.partition(",")[0].lstrip("~") for one in layers.split(";")]
    if len(section.rids) > MAX_RIDS or not all(RID_TOKEN.fullmatch(one) for one in section.rids):
        raise SdpRefused("sdp_malformed", "not a list of layers")


def _is_plain_h264(codec: Codec) -> bool:
    if codec.name != "h264":
        return False
    found = dict(one.strip().partition("=")[::2] for one in codec.fmtp.lower().split(";"))
    profile = found.get("profile-level-id", "")
    is_hex = len(profile) == 6 and all(one in "0123456789abcdef" for one in profile)
    # Profile 66 with constraint_set1: constrained baseline (H.264 A.2.1.1).
    return found.get("packetization-mode") == "1" and is_hex and profile[:2] == "42" and int(profile[2:4], 16) & 64 != 0


def _ssrc(section: Section, ssrc: int) -> None:
    if not 0 < ssrc < 1 << 32:
        raise SdpRefused("sdp_malformed", "an SSRC has 32 bits")
    if ssrc not in section.ssrcs:
        section.ssrcs.append(ssrc)
    if len(section.ssrcs) > MAX_SSRCS_PER_SECTION:
        raise SdpRefused("sdp_sections", "too many SSRCs")


def _is_payload_type(number: int) -> bool:
    """Not one that would look like RTCP on the same port (RFC 5761)."""
    return 0 <= number < 64 or 96 <= number < 128


def _same(before: str, value: str) -> str:
    """All sections share one transport, so they must say the same."""
    if before and before != value:
        raise SdpRefused("sdp_bundle", "the sections name different transports")
    return value


def _fingerprint(found: Description, value: str) -> None:
    algorithm, _, digest = value.partition(" ")
    size = HASH_BYTES.get(algorithm.lower())
    if size is None:  # SHA-1 and older do not count, but other lines may
        return
    if not FINGERPRINT.fullmatch(digest) or len(digest) != 3 * size - 1:
        raise SdpRefused("sdp_fingerprint", "not a digest")
    pair = (algorithm.lower(), digest.upper())
    if pair not in found.fingerprints:
        found.fingerprints.append(pair)


def _check(found: Description) -> None:
    active = [section for section in found.sections if not section.rejected]
    if not active:
        raise SdpRefused("sdp_sections", "nothing is offered")
    if not 1 <= len(found.fingerprints) <= 4:
        raise SdpRefused("sdp_fingerprint", "a SHA-256 fingerprint is needed")
    if not TOKEN.fullmatch(found.ufrag) or not TOKEN.fullmatch(found.password) or len(found.password) < 22:
        raise SdpRefused("sdp_malformed", "no ICE credentials")
    if len({section.mid for section in found.sections}) != len(found.sections):
        raise SdpRefused("sdp_malformed", "two sections share a mid")
    for section in found.sections:
        if not MID_TOKEN.fullmatch(section.mid):
            raise SdpRefused("sdp_malformed", "a section has no mid")
    for section in active:
        if not section.rtcp_mux:
            raise SdpRefused("sdp_malformed", "RTP and RTCP share one port here")
