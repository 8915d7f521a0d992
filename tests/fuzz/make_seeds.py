"""Writes `seeds/`: well-formed inputs from which fuzzing begins. `python -m tests.fuzz.make_seeds`, after a format changed."""

from __future__ import annotations

import re
import struct
from pathlib import Path

from rooms.sfu import negotiate, rtcp
from rooms.sfu.client import LEVEL_ID, MID_ID, OPUS, RTX, VP8, rtp_packet, vp8_payload
from tests.fuzz.targets import (
    H264,
    MEDIA,
    PASSWORD,
    REPAIR,
    REPAIRED_ID,
    RID_ID,
    SLOTS,
    SOUND,
    UFRAG,
    join,
    layered,
    offer,
)

SEEDS = Path(__file__).parent / "seeds"


def _stun() -> dict[str, bytes]:
    from aioice import stun

    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST, transaction_id=bytes(12))
    message.attributes["USERNAME"] = f"{UFRAG}:page"
    message.attributes["ICE-CONTROLLING"] = 1
    message.attributes["PRIORITY"] = 1
    message.attributes["USE-CANDIDATE"] = None
    message.add_message_integrity(PASSWORD.encode())
    whole = bytes(message)
    other = whole.replace(UFRAG.encode(), b"bruno")
    attributes = struct.pack("!HHI", 0x24, 4, 1) + struct.pack("!HH", 0x25, 0) + struct.pack("!HHQ", 0x802A, 8, 1)
    controlled = struct.pack("!HHQ", 0x8029, 8, 1)
    return {
        "check": b"\0" + whole, "other-name": b"\0" + other, "no-integrity": b"\0" + whole[:60],
        "attributes": b"\1" + attributes, "controlled": b"\1" + controlled, "bare": b"\1",
    }  # fmt: skip


def _rtp() -> dict[str, bytes]:
    level = bytes((LEVEL_ID << 4, 0x85, MID_ID << 4, 0x30))
    sound = rtp_packet(OPUS, 1, 960, SOUND, b"\xfc" * 20, extension=level)
    two_byte = b"\x90" + sound[1:12] + b"\x10\x00\x00\x01\x01\x01\x85\x00" + b"\xfc" * 8
    red = bytes((0x80 | OPUS, 0, 0, 4, OPUS)) + b"\xfc" * 4 + b"\xfc" * 8
    return {
        "sound": sound, "two-byte": two_byte, "padded": b"\xa0" + sound[1:] + b"\x00\x00\x00\x04",
        "red": rtp_packet(63, 2, 1920, SOUND, red), "picture": _picture(1, begins=True),
    }  # fmt: skip


def _picture(seq: int, *, begins: bool) -> bytes:
    body = b"\x10" + bytes(30) if begins else b"\x11" + bytes(30)
    return rtp_packet(VP8, seq, seq * 3_000, MEDIA, vp8_payload(seq, seq, body, begins=True), marker=True)


def _publishing() -> dict[str, bytes]:
    pictures = [_picture(number, begins=number == 1) for number in (1, 2, 3, 6, 5, 7)]
    lost = _picture(4, begins=False)
    again = rtp_packet(RTX, 1, 12_000, REPAIR, lost[2:4] + lost[12:])
    report = rtcp.sender_report(MEDIA, 1 << 60, 3_000, 3, 90)
    sounds = list(_rtp().values())[:4]
    screen = [
        rtp_packet(H264, number, 1, 0x8888, unit, extension=b"\x402\0\0")
        for number, unit in enumerate([b"\x67\x42\xe0\x1f", b"\x65abc", b"\x41abc", *_h264().values()])
    ]
    layers = [
        rtp_packet(
            VP8,
            number,
            number * 3_000,
            0x9000 + rid,
            vp8_payload(number, 1, b"\x10abc", begins=True),
            extension=_named(rid),
        )
        for number in range(1, 4)
        for rid in b"hml"
    ]
    repair = rtp_packet(
        RTX, 1, 1, 0x9999, b"\0\x05" + vp8_payload(5, 1, b"\x10abc", begins=True), extension=_named(104, repair=True)
    )
    return {
        "pictures": b"\0" + join([*pictures, again, report]), "sounds": b"\0" + join([*sounds, report]),
        "jump": b"\0" + join([_picture(1, begins=True), _picture(40_000, begins=True), _picture(30, begins=True)]),
        "screen": b"\0" + join(screen), "layers": b"\1" + join([*layers, repair]),
    }  # fmt: skip


def _named(rid: int, *, repair: bool = False) -> bytes:
    """Extensions that say: m-line 1, this layer."""
    number = REPAIRED_ID if repair else RID_ID
    return bytes((MID_ID << 4, 0x31, number << 4, rid))


def _h264() -> dict[str, bytes]:
    aggregate = b"\x18" + b"\0\4\x67\x42\xe0\x1f" + b"\0\2\x68\xce" + b"\0\3\x65ab"
    return {
        "aggregate": aggregate,
        "fragment": b"\x7c\x85abc",
        "rest": b"\x7c\x45abc",
        "single": b"\x41abc",
        "lie": b"\x18\xff\xff\x67",
    }


def _rtcp() -> dict[str, bytes]:
    ours = int.from_bytes(b"SSRC", "big")
    block = rtcp.Block(ours, 20, 5, 70_000, 30, 5, 6)
    feedback = struct.pack("!BBHIIHHI", 0x8F, 205, 5, 1, ours, 1, 3, 7) + bytes([0x20, 3, 4, 4])
    return {
        "receiver-report": rtcp.receiver_report(1, [block]), "sender-report": rtcp.sender_report(ours, 1 << 60, 1, 2, 3),
        "lost": rtcp.nack(1, ours, [1, 2, 3, 40]), "picture-loss": rtcp.picture_loss(1, ours),
        "full-intra": struct.pack("!BBHIIII", 0x84, 206, 4, 1, 0, ours, 1 << 24),
        "remb": rtcp.remb(1, 500_000, [ours]), "goodbye": struct.pack("!BBHI", 0x81, 203, 1, ours),
        "transport-wide": feedback, "names": struct.pack("!BBHI", 0x81, 202, 2, ours) + b"\x01\x02me\0\0\0\0"[:4],
        "compound": rtcp.receiver_report(1, [block]) + rtcp.picture_loss(1, ours) + rtcp.nack(1, ours, [9]),
    }  # fmt: skip


def _sdp() -> dict[str, bytes]:
    us = negotiate.Endpoint("ufrag", "p" * 24, ":".join(["AB"] * 32), ["127.0.0.1"], 7882)
    found = negotiate.read_offer(offer())
    answer = negotiate.answer(found, negotiate.feeds_of(found, private=False), us)
    ours = negotiate.offer([SLOTS["mic"], SLOTS["camera"]], us).replace("a=sendonly", "a=recvonly")
    taken = ours.replace("actpass", "active")
    texts = {"offer": offer(), "layered": layered(), "answer": answer, "taken": taken}
    return {name: re.sub(r"o=- \d+ ", "o=- 1 ", text).encode() for name, text in texts.items()}


def seeds() -> dict[str, dict[str, bytes]]:
    """By target and name."""
    vp8 = {
        "key": vp8_payload(300, 7, b"\x10abc", begins=True), "delta": vp8_payload(5, 7, b"\x11abc", begins=False),
        "narrow": b"\x90\x80\x7e\x11", "plain": b"\x10\x10abc", "all": b"\x90\xf0\x81\x02\x03\x40\x10ab",
    }  # fmt: skip
    return {
        "stun": _stun(),
        "rtp": _rtp(),
        "publishing": _publishing(),
        "payload": vp8 | _h264(),
        "rtcp": _rtcp(),
        "sdp": _sdp(),
    }


def main() -> None:
    for target, files in seeds().items():
        folder = SEEDS / target
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            (folder / name).write_bytes(data)


if __name__ == "__main__":
    main()
