"""Reading the journal, and how people and delegations are written into it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from summit.record import chain
from summit.record.actions import stamp
from summit.record.guard import WITHHELD
from summit.record.models import Entry, Head

if TYPE_CHECKING:
    from summit.agenda.models import Item, Meeting
    from summit.delegations.models import Delegation
    from summit.people.models import Person


def person_as(
    person: Person,
    *,
    delegation: Delegation | None = None,
    function: str = "",
    office: str = "",
    title: dict[str, str] | None = None,
) -> dict[str, Any]:
    """A person as they stand now: names and title ({language: text}) in every language, in what capacity they act."""
    return {
        "person": person.pk,
        "names": person.names,
        "delegation": delegation_as(delegation) if delegation else None,
        "function": function,
        "title": title or {},
        "office": office,
    }


def delegation_as(delegation: Delegation) -> dict[str, Any]:
    """A delegation as it stands now: a State renamed later keeps its old name here."""
    return {"code": delegation.code, "category": delegation.category, "names": delegation.names}


def item_as(item: Item | None) -> dict[str, Any] | None:
    """An agenda item as it stands now."""
    return {"number": item.number, "titles": item.titles} if item else None


def entries_of(meeting: Meeting, *, until: int | None = None, officers: bool = False) -> list[Entry]:
    """A meeting's entries in order; up to and with entry `until`; with what only officers see, if asked."""
    entries = Entry.objects.filter(meeting=meeting).order_by("seq")
    if until is not None:
        entries = entries.filter(seq__lte=until)
    return list(entries if officers else entries.filter(audience=Entry.Audience.MEETING))


@dataclass(frozen=True)
class Fault:
    """Where a chain is broken, and how."""

    seq: int
    what: str  # gap | body | withheld | digest | prev | head


def _withheld(summit_id: int) -> set[tuple[int, str]]:
    """Number and hash of every entry that a later one says was withheld."""
    rows = Entry.objects.filter(summit_id=summit_id, body__has_key="withheld").exclude(body=WITHHELD)
    told = rows.values_list("seq", "body")
    return {(one["seq"], one["body_hash"]) for seq, body in told for one in body["withheld"] if one["seq"] < seq}


def _tells(entry: Entry) -> bool:
    """Whether the body is the one that was hashed. What a body or a salt can never be, was put there by somebody else."""
    try:
        return chain.body_hash(entry.salt, entry.body) == entry.body_hash
    except (TypeError, ValueError):
        return False


def faults(summit_id: int) -> Iterator[Fault]:
    """Walk a summit's chain from the first entry to the head; yields nothing when it is whole."""
    prev, expected = chain.GENESIS, 1
    named = _withheld(summit_id)
    rows = Entry.objects.filter(summit_id=summit_id).order_by("seq").select_related("summit", "meeting")
    for entry in rows.iterator(chunk_size=1000):
        if entry.seq != expected:
            yield Fault(expected, "gap")
        if entry.prev != prev:
            yield Fault(entry.seq, "prev")
        if entry.body == WITHHELD and not entry.salt:
            if (entry.seq, entry.body_hash) not in named:
                yield Fault(entry.seq, "withheld")
        elif not _tells(entry):
            yield Fault(entry.seq, "body")
        digest = chain.digest(
            version=entry.version, summit=entry.summit.slug, seq=entry.seq, at=stamp(entry.at), kind=entry.kind,
            meeting=entry.meeting.slug if entry.meeting else None, audience=entry.audience, body=entry.body_hash,
            prev=entry.prev,
        )  # fmt: skip
        if digest != entry.digest:
            yield Fault(entry.seq, "digest")
        prev, expected = entry.digest, entry.seq + 1
    head = Head.objects.filter(summit_id=summit_id).first()
    if (head.seq, head.digest) != (expected - 1, prev) if head else expected > 1:
        yield Fault(expected - 1, "head")
