"""Sound for tests: a tone as Opus packets, and how loud a file is, tenth by tenth of a second."""

from __future__ import annotations

import array
import io
import math
from functools import cache
from pathlib import Path

import av

FRAME = 960  # samples of one packet: 20 ms


@cache
def tone(seconds: float = 1.0, hertz: int = 440) -> list[bytes]:
    """Opus packets of 20 ms each, as a browser sends them."""
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format, encoder.bit_rate = 48_000, "mono", "s16", 32_000
    packets: list[bytes] = []
    for number in range(round(seconds * 50)):
        wave = (math.sin((number * FRAME + at) * 2 * math.pi * hertz / 48_000) for at in range(FRAME))
        frame = av.AudioFrame(format="s16", layout="mono", samples=FRAME)
        frame.planes[0].update(array.array("h", [int(12_000 * value) for value in wave]).tobytes())
        frame.sample_rate, frame.pts = 48_000, number * FRAME
        packets += [bytes(packet) for packet in encoder.encode(frame)]
    return packets


def tenths(file: Path | bytes) -> list[int]:
    """The mean level of each whole tenth of a second, 0 for silence."""
    resampler = av.AudioResampler("s16", "mono", 48_000)
    with av.open(io.BytesIO(file) if isinstance(file, bytes) else str(file)) as container:
        frames = [out for frame in container.decode(audio=0) for out in resampler.resample(frame)]
    raw = b"".join(bytes(frame.planes[0])[: frame.samples * 2] for frame in frames)
    samples = array.array("h", raw)
    return [sum(map(abs, samples[at : at + 4800])) // 4800 for at in range(0, len(samples) - 4799, 4800)]
