"""The document model of minutes: what every export is made from. Pure.

A document is in one language and holds every word it shows, so that a renderer translates nothing and a frozen
revision reads the same for ever, whatever the software's sentences become.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from summit.record import chain

VERSION = 1  # of this shape; `load` reads every released one


@dataclass(frozen=True)
class Fact:
    """One line of the masthead: "Opened" – "10:03"."""

    label: str
    value: str


@dataclass(frozen=True)
class Paragraph:
    """One numbered paragraph.

    id: stable: "e45" tells journal entry 45, "e45.2" is the second paragraph of the prose beside it. lead: the part of
    `text` set in bold, as it stands in it. note: a correction. language: of prose that is not in the document's own.
    facts: the same for machines: codes, ISO times in UTC, whole seconds.
    """

    id: str
    entry: int
    number: int
    kind: str
    text: str
    lead: str = ""
    note: str = ""
    language: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def parts(self) -> tuple[str, str, str]:
        """The text before, in and after its bold lead."""
        before, lead, after = self.text.partition(self.lead) if self.lead else (self.text, "", "")
        return before, lead, after


@dataclass(frozen=True)
class Section:
    """The opening, or what was said and done under one agenda item."""

    id: str
    heading: str
    paragraphs: tuple[Paragraph, ...]


@dataclass(frozen=True)
class Table:
    """An annex. Rows are as wide as `columns`; the first column heads its row."""

    id: str
    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def cells(self) -> list[list[tuple[str, str]]]:
        """Each row as (column, cell): on a phone every cell stands beside the head of its column."""
        return [list(zip(self.columns, row, strict=True)) for row in self.rows]


@dataclass(frozen=True)
class Document:
    """direction: ltr | rtl. status: live | draft | approved. marking: words that mark a draft; empty once approved."""

    version: int
    language: str
    direction: str
    symbol: str
    summit: str
    title: str
    subtitle: str
    status: str
    marking: str
    facts: tuple[Fact, ...]
    sections: tuple[Section, ...]
    annexes: tuple[Table, ...]

    @property
    def paragraphs(self) -> tuple[Paragraph, ...]:
        return tuple(paragraph for section in self.sections for paragraph in section.paragraphs)


def as_json(document: Document) -> dict[str, Any]:
    """Plain JSON values, as stored in a revision."""
    return asdict(document)


def document_json(document: Document) -> bytes:
    """The one spelling of this document (canonical JSON, summit/record/chain.py)."""
    return chain.canonical(as_json(document))


def digest(revision: Mapping[str, Any]) -> str:
    """SHA-256 of what a revision holds, hex."""
    return hashlib.sha256(chain.canonical(dict(revision))).hexdigest()


def load(data: Mapping[str, Any]) -> Document:
    """The document a revision stored. Refuses a newer shape than this software knows: ValueError."""
    if data["version"] != VERSION:
        raise ValueError(f"document version {data['version']} is not known here")
    return Document(
        **{key: data[key] for key in _PLAIN},
        facts=tuple(Fact(**fact) for fact in data["facts"]),
        sections=tuple(_section(section) for section in data["sections"]),
        annexes=tuple(_table(table) for table in data["annexes"]),
    )


_PLAIN = ("version", "language", "direction", "symbol", "summit", "title", "subtitle", "status", "marking")


def _section(data: Mapping[str, Any]) -> Section:
    return Section(data["id"], data["heading"], tuple(Paragraph(**paragraph) for paragraph in data["paragraphs"]))


def _table(data: Mapping[str, Any]) -> Table:
    return Table(data["id"], data["caption"], tuple(data["columns"]), tuple(tuple(row) for row in data["rows"]))
