"""Symbols of papers and what follows from them. Pure.

`A/1/L.4/Rev.1/Corr.2`: a series, then what was done to the text. Rev. replaces what was issued before, with its
corrections; Corr. corrects one text, Add. adds to it, Amend. alters a part: those stand beside it
(research.un.org/en/docs/symbols).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_STEP = re.compile(r"(Rev|Add|Corr|Amend)\.(\d{1,4})", re.IGNORECASE)
_NUMBER = re.compile(r"(\d+)")


@dataclass(frozen=True)
class Parts:
    """text: what is revised, without Rev and Corr ("A/1/L.4/Add.1"); revision: 0 before any; corrects: is a Corr."""

    root: str
    text: str
    revision: int
    corrects: bool


def parts(symbol: str) -> Parts:
    """Take a symbol apart. One without Rev, Add, Corr or Amend at its end is its own root."""
    rest = symbol.split("/")
    steps: list[tuple[str, int]] = []
    while len(rest) > 1 and (found := _STEP.fullmatch(rest[-1])):
        steps.insert(0, (found[1].capitalize(), int(found[2])))
        rest.pop()
    kept = [f"{kind}.{number}" for kind, number in steps if kind not in {"Rev", "Corr"}]
    revision = next((number for kind, number in reversed(steps) if kind == "Rev"), 0)
    corrects = bool(steps) and steps[-1][0] == "Corr"
    return Parts("/".join(rest), "/".join([*rest, *kept]), revision, corrects)


def superseded(symbols: Iterable[str]) -> dict[str, str]:
    """{symbol: the newest revision that has replaced it}; those that stand are left out."""
    known = {symbol: parts(symbol) for symbol in symbols}
    newest: dict[str, str] = {}
    for symbol, one in known.items():
        best = newest.get(one.text)
        if not one.corrects and (best is None or known[best].revision < one.revision):
            newest[one.text] = symbol
    return {
        symbol: newest[one.text]
        for symbol, one in known.items()
        if one.text in newest and known[newest[one.text]].revision > one.revision
    }


def sort_key(symbol: str) -> list[tuple[int, int, str]]:
    """Symbols as one files them: L.2 before L.10, a text before what was done to it."""
    return [
        (0, int(piece), "") if piece.isdecimal() else (1, 0, piece.casefold())
        for piece in _NUMBER.split(symbol)
        if piece
    ]
