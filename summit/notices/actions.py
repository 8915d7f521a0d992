"""Reading notices out of the journal, and what each person wants of them.

A notice is a reading of the journal like the minutes are: acts know nothing of it. `gather` takes what was written since
it last looked and keeps its place in the same transaction, so that nothing is told twice or forgotten.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from summit.agenda.models import Meeting, Paper
from summit.agenda.papers import is_held_back
from summit.bilaterals.models import Bilateral
from summit.credentials.models import CredentialsState
from summit.delegations.models import Delegation
from summit.errors import Refused
from summit.floor.models import Register
from summit.floor.queries import waiting
from summit.notices.models import Cursor, How, Kind, Notice, Reader, Seen
from summit.notices.queries import readers_by_mail, untold
from summit.people.models import Person
from summit.questions.models import Question
from summit.record.actions import ask_for
from summit.record.models import Entry, Head
from summit.record.queries import item_as
from summit.summits.models import Summit

AT_ONCE = 500  # entries of one look
LETTERS = 20  # of one task
_FLOOR = (
    "hand.raised", "hand.lowered", "floor.given", "floor.ended", "item.taken", "list.reordered", "act.undone",
    "meeting.opened", "meeting.resumed",
)  # fmt: skip


@transaction.atomic
def gather(summit_id: int, *, now: datetime) -> list[Notice]:
    """Tell what the journal has told since the last look. The first look only takes its place: nobody hears old news."""
    summit = Summit.objects.get(pk=summit_id)
    head = Head.objects.filter(summit=summit_id).values_list("seq", flat=True).first() or 0
    cursor, new = Cursor.objects.select_for_update(no_key=True).get_or_create(summit=summit, defaults={"seq": head})
    if new:
        return []
    entries = list(Entry.objects.filter(summit=summit, seq__gt=cursor.seq).order_by("seq")[:AT_ONCE])
    if not entries:
        return []
    cursor.seq = entries[-1].seq
    cursor.save(update_fields=["seq"])
    found = {row.key: row for row in _read(summit, entries)}
    told = set(Notice.objects.filter(summit=summit, key__in=found).values_list("key", flat=True))
    fresh = [row for key, row in found.items() if key not in told]
    for row in fresh:  # told now: whoever read everything between the act and this look has not read this
        row.at = now
    Notice.objects.bulk_create(fresh)
    _ask_for_letters(fresh, now)
    return fresh


@transaction.atomic
def gather_proposals(*, now: datetime) -> list[Notice]:
    """Tell of proposals to meet, which no journal knows, to the side that answers: anew at every counter, in place of
    what was told before. The notice holds when, never who or what about."""
    found = list(untold(now).select_for_update(no_key=True, of=("self",), skip_locked=True)[:AT_ONCE])
    if not found:
        return []
    Notice.objects.filter(bilateral__in=found).delete()
    fresh = Notice.objects.bulk_create([_proposal(row, now) for row in found])
    _ask_for_letters(fresh, now)
    return fresh


def _proposal(row: Bilateral, now: datetime) -> Notice:
    facts = {"starts_at": row.starts_at.isoformat(), "zone": row.summit.zone}
    return Notice(
        summit=row.summit, key=f"bilateral:{row.pk}", kind=Kind.BILATERAL, delegation_id=row.waits_for_id,
        bilateral=row, facts=facts, at=now,
    )  # fmt: skip


def _ask_for_letters(fresh: Iterable[Notice], now: datetime) -> None:
    for row in fresh:
        readers = [person.pk for person in readers_by_mail(row, now)]
        for at in range(0, len(readers), LETTERS):
            some = readers[at : at + LETTERS]
            ask_for("summit.notices.tasks.write", f"notice:{row.pk}:{at}", now=now, notice=row.pk, persons=some)


def begin(summit_id: int) -> None:
    """From here on a summit's journal is told; what stands in it already is not."""
    head = Head.objects.filter(summit=summit_id).values_list("seq", flat=True).first() or 0
    Cursor.objects.update_or_create(summit_id=summit_id, defaults={"seq": head})


def _read(summit: Summit, entries: Iterable[Entry]) -> Iterator[Notice]:
    floors = set()
    for entry in entries:
        yield from _told(summit, entry)
        if entry.kind in _FLOOR and entry.meeting_id:
            floors.add(entry.meeting_id)
    for meeting in Meeting.objects.filter(pk__in=floors, state=Meeting.State.OPEN).select_related("item"):
        yield from _next(summit, meeting)


def _told(summit: Summit, entry: Entry) -> Iterator[Notice]:
    """What one entry is told as."""
    body = entry.body
    match entry.kind:
        case "list.closed":
            facts = {"item": body["item"]}
            yield _notice(summit, entry, Kind.LIST_CLOSED, facts, meeting_id=entry.meeting_id)
        case "meeting.changed" if _moved(body["plan"], body["was"]):
            plan, was = body["plan"], body["was"]
            facts = {"titles": plan["titles"], "zone": plan["zone"], "starts_at": plan["starts_at"],
                     "was": was["starts_at"], "place": plan["place"], "place_was": was["place"]}  # fmt: skip
            yield _notice(summit, entry, Kind.MEETING_MOVED, facts, meeting_id=entry.meeting_id)
        case "paper.file_added" | "paper.released":
            yield from _papers(summit, entry)
        case "question.put":
            for row in Question.objects.filter(pk__in=body["questions"], answered_at=None, withdrawn_at=None):
                facts = {"texts": row.texts}
                yield _notice(
                    summit, entry, Kind.QUESTION, facts, key=f"question:{row.pk}", question=row,
                    delegation_id=row.delegation_id,
                )  # fmt: skip
        case kind if kind.startswith("credentials.") and kind.partition(".")[2] in CredentialsState.values:
            delegation = Delegation.objects.filter(summit=summit, code=body["delegation"]["code"]).first()
            if delegation:
                facts = {"state": kind.partition(".")[2]}
                yield _notice(summit, entry, Kind.CREDENTIALS, facts, delegation=delegation)


def _moved(plan: Mapping[str, Any], was: Mapping[str, Any]) -> bool:
    return any(plan[name] != was[name] for name in ("starts_at", "place"))


def _papers(summit: Summit, entry: Entry) -> Iterator[Notice]:
    """A paper is told once: when its first language version is there and it is no longer held back."""
    body = entry.body
    symbols = [one["symbol"] for one in body.get("papers", [])] or [body["paper"]["symbol"]]
    for row in Paper.objects.filter(summit=summit, symbol__in=symbols, files__isnull=False).distinct():
        if is_held_back(row):
            continue
        facts = {"symbol": row.symbol, "titles": row.titles}
        yield _notice(summit, entry, Kind.PAPER, facts, key=f"paper:{row.pk}", paper=row)


def _next(summit: Summit, meeting: Meeting) -> Iterator[Notice]:
    """Who stands first now on the item being taken."""
    if meeting.item is None:
        return
    ahead = [turn for register in (Register.LIST, Register.REPLY) for turn in waiting(meeting.item, register, meeting)]
    for turn in ahead[:1]:
        yield Notice(
            summit=summit, key=f"next:{turn.pk}", kind=Kind.NEXT, delegation=turn.delegation, meeting=meeting,
            facts={"item": item_as(meeting.item)},
        )  # fmt: skip


def _notice(summit: Summit, entry: Entry, kind: str, facts: dict[str, Any], *, key: str = "", **about: Any) -> Notice:
    return Notice(summit=summit, key=key or f"{kind}:{entry.seq}", kind=kind, facts=facts, **about)


@transaction.atomic
def read_all(person: Person, summit: Summit, *, now: datetime) -> None:
    """Everything told so far has been read. One's own affair: not journaled."""
    Seen.objects.update_or_create(summit=summit, person=person, defaults={"until": now})


@transaction.atomic
def choose(person: Person, choices: Mapping[str, str]) -> Reader:
    """{kind: how} from now on; kinds left out stay as they are. Not journaled. Refused: notice.choice."""
    if any(kind not in Kind.values or how not in How.values for kind, how in choices.items()):
        raise Refused("notice.choice", _("Choose one of the values offered."))
    row, _new = Reader.objects.select_for_update(no_key=True).get_or_create(person=person)
    row.choices |= choices
    row.save(update_fields=["choices"])
    return row
