"""Words as they are compared: cut to their stems by Snowball, Chinese by pairs of characters. Pure.

The databases compare stems as they stand, so both find the same; no dictionary of either is needed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any

import snowballstemmer

ALGORITHMS = {"en": "english", "fr": "french", "es": "spanish", "ar": "arabic", "ru": "russian"}
_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_SIGNS = "\u0640\u064b-\u065f\u0670"  # Arabic: the stretch and the vowel signs, parts of a word that are no letters
_PIECE = re.compile(rf"[{_HAN}]+|(?:[^\W_{_HAN}]|[{_SIGNS}])+")
_MARKS = re.compile(f"[{_SIGNS}]")


@cache
def _stemmer(language: str) -> Any:
    name = ALGORITHMS.get(language)
    return snowballstemmer.stemmer(name) if name else None


def pieces(text: str) -> Iterator[tuple[int, int, str]]:
    """(from, to, word) of every word of a text; a run of Chinese characters is one."""
    for found in _PIECE.finditer(text):
        yield found.start(), found.end(), found[0]


@lru_cache(maxsize=20_000)  # a text says the same words again and again, and Snowball in Python takes its time
def stems_of(word: str, language: str) -> tuple[str, ...]:
    """What a word is compared by: one stem, or the pairs of a Chinese run (a single character by itself)."""
    plain = _plain(word)
    if re.match(rf"[{_HAN}]", plain):
        return tuple(plain[at : at + 2] for at in range(max(1, len(plain) - 1)))
    stemmer = _stemmer(language)
    cut = stemmer.stemWord(plain) if stemmer and not any(c.isdecimal() for c in plain) else plain
    return (_without_accents(cut),) if cut else ()


def stems(text: str, language: str) -> str:
    """All stems of a text, in their order, with blanks between."""
    return " ".join(stem for _start, _end, word in pieces(text) for stem in stems_of(word, language))


def _plain(word: str) -> str:
    return _MARKS.sub("", unicodedata.normalize("NFKC", word).casefold())


def _without_accents(word: str) -> str:
    """After cutting: Snowball needs the accents, a reader in a hurry leaves them out."""
    return "".join(c for c in unicodedata.normalize("NFD", word) if not unicodedata.combining(c))
