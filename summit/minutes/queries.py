"""Reading minutes: what the journal and the record writers say of a meeting, and who may read it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q

from summit.agenda.models import Meeting
from summit.agenda.queries import meeting_rights, standings_in
from summit.minutes import document as model
from summit.minutes.compose import Note, compose
from summit.minutes.models import Minutes, Prose, Revision
from summit.minutes.skeleton import Entry
from summit.minutes.texts import language as texts_of
from summit.people.models import Person
from summit.record import models as record
from summit.rights import READ_DRAFTS, Right, rights_of


def reads_drafts(rights: frozenset[Right]) -> bool:
    """Officers of the meeting see its minutes while they are being taken; everyone else once approved."""
    return bool(rights & READ_DRAFTS)


def minutes_of(meeting: Meeting, person: Person, now: datetime) -> tuple[Minutes | None, frozenset[Right]]:
    """The minutes this person may read of a meeting, and their rights in it. None where there is nothing to read."""
    rights = meeting_rights(person, meeting, now)
    minutes = Minutes.objects.filter(meeting=meeting).select_related("meeting__summit", "approved_by").first()
    if minutes is None or not rights or Right.ENTER not in rights:
        return None, rights
    readable = minutes.state == Minutes.State.APPROVED or reads_drafts(rights)
    return (minutes if readable else None), rights


def languages_of(minutes: Minutes) -> list[str]:
    """The languages the minutes are kept in: the summit's, its working language first."""
    known = [code for code in minutes.meeting.summit.languages if code in settings.CONTENT_LANGUAGES]
    return known or ["en"]


def language_for(minutes: Minutes, wished: str) -> str:
    """The wished language, where the minutes are kept in it; else their first."""
    kept = languages_of(minutes)
    return wished if wished in kept else kept[0]


def entries_of(minutes: Minutes, *, corrected: bool = True) -> list[Entry]:
    """The entries the minutes tell: up to the closing that froze them. corrected: with corrections written later."""
    rows = record.Entry.objects.filter(meeting=minutes.meeting, audience=record.Entry.Audience.MEETING)
    if minutes.last_entry is not None:
        held = Q(seq__lte=minutes.last_entry)
        rows = rows.filter(held | Q(kind="act.corrected") if corrected else held)
    return [Entry(row.seq, row.version, row.kind, row.at, row.body) for row in rows.order_by("seq")]


def notes_of(minutes: Minutes) -> list[Note]:
    """What record writers wrote, in every language."""
    return [Note(row.entry, row.language, row.text) for row in minutes.prose.order_by("entry", "language")]


def draft(minutes: Minutes, language: str) -> model.Document:
    """The minutes as they are now."""
    status = Minutes.State.LIVE if minutes.state == Minutes.State.LIVE else Minutes.State.DRAFT
    return compose(
        entries_of(minutes), texts_of(language), symbol=minutes.symbol, notes=notes_of(minutes), status=str(status)
    )


def freeze(minutes: Minutes, *, corrected: bool = True, approved: datetime | None = None) -> dict[str, Any]:
    """What a revision stores: the document in every language of the summit."""
    entries, notes = entries_of(minutes, corrected=corrected), notes_of(minutes)
    status = Minutes.State.APPROVED if approved else Minutes.State.DRAFT
    return {
        "languages": {
            code: model.as_json(
                compose(entries, texts_of(code), symbol=minutes.symbol, notes=notes, status=str(status), approved=approved)
            )
            for code in languages_of(minutes)
        }
    }  # fmt: skip


def stored(revision: Revision, language: str) -> model.Document:
    """One language of a revision."""
    languages = revision.document["languages"]
    return model.load(languages.get(language) or next(iter(languages.values())))


def approved_revision(minutes: Minutes) -> Revision | None:
    """The revision that was approved, if one was."""
    return minutes.revisions.filter(kind=Revision.Kind.APPROVED).order_by("-number").first()


def document_of(minutes: Minutes, language: str) -> tuple[model.Document, Revision | None]:
    """What is shown: the approved text as it was frozen, else the draft as it is now."""
    revision = approved_revision(minutes) if minutes.state == Minutes.State.APPROVED else None
    return (stored(revision, language), revision) if revision else (draft(minutes, language), None)


def prose_by_entry(minutes: Minutes, language: str) -> dict[int, Prose]:
    """{entry: prose in this language}."""
    return {row.entry: row for row in minutes.prose.filter(language=language).select_related("edited_by")}


def listed(summit_id: int, person: Person, now: datetime) -> Iterator[tuple[Minutes, bool]]:
    """The minutes of a summit this person may read, newest meeting first, and whether they may write them."""
    kept = Minutes.objects.filter(meeting__summit=summit_id).select_related("meeting__summit")
    rows = list(kept.order_by("-meeting__starts_at", "-pk"))
    standings = standings_in(person, [minutes.meeting for minutes in rows], now)
    for minutes in rows:
        rights = rights_of(standings[minutes.meeting_id], openness=minutes.meeting.openness)
        if Right.ENTER in rights and (minutes.state == Minutes.State.APPROVED or reads_drafts(rights)):
            yield minutes, Right.WRITE in rights
