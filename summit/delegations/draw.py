"""Drawing by lot which member sits first, so that anyone can check it afterwards. Pure.

Before the draw only the hash of the seed is public (`commitment`). In the hall somebody says a word. Then the seed is
published, and whoever has the two journal entries works the result out again: `first(seed, word, members)`. Members are
taken in the order of their codes. SHA-256 is read as a number; 2^256 is so much larger than any assembly that the
remainder favours nobody.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def commitment(seed: str) -> str:
    """What is published before the draw: SHA-256 of the seed, hex."""
    return hashlib.sha256(seed.encode()).hexdigest()


def first(seed: str, word: str, members: Sequence[str]) -> str:
    """The code of the member drawn. members: codes, in any order, at least one."""
    ordered = sorted(members)
    number = int(hashlib.sha256(f"{seed}\n{word}".encode()).hexdigest(), 16)
    return ordered[number % len(ordered)]


def is_true(sealed: str, seed: str, word: str, members: Sequence[str], drawn: str) -> bool:
    """Whether a draw is what its seal promised."""
    return commitment(seed) == sealed and first(seed, word, members) == drawn
