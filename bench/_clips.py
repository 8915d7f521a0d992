"""A second of picture and of sound, encoded once, for publishers that are not browsers."""

from __future__ import annotations

import math
import random
from array import array
from dataclasses import dataclass
from fractions import Fraction

import av

FPS = 15
PACKET_BYTES = 1_100
SOUND_RATE = 48_000


@dataclass(frozen=True, slots=True)
class Clip:
    """`frames`: VP8, the first a keyframe, each cut into packets (without descriptor). `sound`: Opus, 20 ms each."""

    frames: list[list[bytes]]
    sound: list[bytes]


def make(seed: int, *, width: int = 320, height: int = 180, kbps: int = 200) -> Clip:
    """A moving pattern and a tone that no other seed has."""
    return Clip(_picture(seed, width, height, kbps), _sound(seed))


def _picture(seed: int, width: int, height: int, kbps: int) -> list[list[bytes]]:
    encoder = av.CodecContext.create("libvpx", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.bit_rate, encoder.time_base, encoder.framerate = kbps * 1000, Fraction(1, FPS), Fraction(FPS)
    encoder.options = {"deadline": "realtime", "cpu-used": "8", "lag-in-frames": "0", "error-resilient": "1"}
    chance = random.Random(seed)
    # A long row of soft waves with grain; every line of every picture is a piece of it, so that all of it moves.
    row = bytes(
        int(min(255, max(0, 128 + 80 * math.sin(x / 19) * math.cos(x / 71 + seed) + chance.gauss(0, 4))))
        for x in range(8_192)
    )
    frames: list[bytes] = []
    for number in range(FPS):
        picture = av.VideoFrame(width, height, "yuv420p")
        for index, plane in enumerate(picture.planes):
            start = seed * 37 + number * (6 - 2 * index)
            lines = (
                row[start + 13 * line % 4_000 : start + 13 * line % 4_000 + plane.line_size]
                for line in range(plane.height)
            )
            plane.update(b"".join(lines))
        picture.pts = number
        frames += [bytes(packet) for packet in encoder.encode(picture)]
    return [[frame[at : at + PACKET_BYTES] for at in range(0, len(frame), PACKET_BYTES)] for frame in frames]


def _sound(seed: int) -> list[bytes]:
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format = SOUND_RATE, "mono", "s16"
    encoder.bit_rate = 48_000
    pitch = 200 + 17 * seed
    packets: list[bytes] = []
    for number in range(50):
        first = number * 960
        wave = array("h", (int(9_000 * math.sin(math.tau * pitch * t / SOUND_RATE)) for t in range(first, first + 960)))
        frame = av.AudioFrame(format="s16", layout="mono", samples=960)
        frame.planes[0].update(wave.tobytes())
        frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE, number * 960, Fraction(1, SOUND_RATE)
        packets += [bytes(packet) for packet in encoder.encode(frame)]
    return packets
