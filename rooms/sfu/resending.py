"""What is sent again to one listener: enough to repair a line that loses, never so much that it fills one.

A browser asks for a missing packet once a round trip. On a full line that request is for packets still waiting in its
buffer: answering each would multiply what fills it, and the voice would drown in repairs of pictures.
"""

from __future__ import annotations

from typing import Final

SHARE: Final = 0.3  # of what is sent of a kind, or may be: repairs at a loss of a fifth take a quarter
LEAST: Final = 3_000  # bytes a second, of a kind
REMEMBERED: Final = 2_000  # packets sent again, to know when that was
PATIENCE: Final = 0.8  # round trips until the same packet is sent once more
SHORTEST: Final = 0.02  # seconds


class Resends:
    """The allowance of one receive connection, for sound and pictures apart; filled once a second."""

    def __init__(self) -> None:
        self._left: dict[bool, float] = {True: 20_000, False: 100_000}
        self._sent: dict[tuple[int, int], float] = {}  # SSRC and number → when

    def fill(self, *, sound: int, pictures: int | None) -> None:
        """Once a second: bits a second sent of sound, and the line's budget for pictures, None: unknown."""
        self._left[True] = max(LEAST, SHARE * sound / 8)
        self._left[False] = 1e9 if pictures is None else max(LEAST, SHARE * pictures / 8)

    def allow(self, ssrc: int, number: int, *, is_audio: bool, rtt: float | None, now: float) -> bool:
        """Whether this packet may be sent again now."""
        before = self._sent.get((ssrc, number))
        if before is not None and now - before < max(SHORTEST, PATIENCE * (rtt or 0.0)):
            return False
        return self._left[is_audio] > 0

    def note(self, ssrc: int, number: int, size: int, *, is_audio: bool, now: float) -> None:
        """It was, with so many bytes."""
        self._left[is_audio] -= size
        self._sent.pop((ssrc, number), None)
        if len(self._sent) >= REMEMBERED:
            del self._sent[next(iter(self._sent))]
        self._sent[(ssrc, number)] = now
