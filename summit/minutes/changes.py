"""What changed between two revisions, word by word. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from summit.minutes.document import Document, Paragraph

SAME, ADDED, REMOVED = "same", "added", "removed"


@dataclass(frozen=True)
class Piece:
    """A run of words. what: same | added | removed."""

    what: str
    text: str


@dataclass(frozen=True)
class Change:
    """One paragraph in both. what: same | added | removed | changed; number: in the newer text, else in the older."""

    what: str
    number: int
    pieces: tuple[Piece, ...]


def words(old: str, new: str) -> tuple[Piece, ...]:
    """Both texts as one run of pieces; joined, `same` and `removed` give the old one, `same` and `added` the new.

    Chinese has no spaces between words: its characters are compared one by one.
    """
    before, after = _split(old), _split(new)
    pieces: list[Piece] = []
    for operation, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if operation == "equal":
            pieces.append(Piece(SAME, "".join(before[a:b])))
            continue
        if b > a:
            pieces.append(Piece(REMOVED, "".join(before[a:b])))
        if d > c:
            pieces.append(Piece(ADDED, "".join(after[c:d])))
    return tuple(pieces)


def compare(old: Document, new: Document) -> list[Change]:
    """The paragraphs of both in the order of the newer one; what was removed stands where it was."""
    before, after = old.paragraphs, new.paragraphs
    matcher = SequenceMatcher(None, [p.id for p in before], [p.id for p in after], autojunk=False)
    changes: list[Change] = []
    for operation, a, b, c, d in matcher.get_opcodes():
        if operation == "equal":
            changes += [_both(x, y) for x, y in zip(before[a:b], after[c:d], strict=True)]
        else:
            changes += _alone(before[a:b], REMOVED) + _alone(after[c:d], ADDED)
    return changes


def _both(old: Paragraph, new: Paragraph) -> Change:
    before, after = _whole(old), _whole(new)
    if before == after:
        return Change(SAME, new.number, (Piece(SAME, after),))
    return Change("changed", new.number, words(before, after))


def _alone(paragraphs: Sequence[Paragraph], what: str) -> list[Change]:
    return [Change(what, p.number, (Piece(what, _whole(p)),)) for p in paragraphs]


def _whole(paragraph: Paragraph) -> str:
    """The text with its correction."""
    return f"{paragraph.text} {paragraph.note}".strip()


def _split(text: str) -> list[str]:
    return re.findall(r"[\u3400-\u9fff]|[^\s\u3400-\u9fff]+\s*|\s+", text)
