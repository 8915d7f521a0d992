"""Changing minutes. They open with the meeting, are frozen by its closing, and end with their approval."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext_lazy as _

from summit.agenda.models import Meeting
from summit.agenda.queries import meeting_rights
from summit.errors import Refused
from summit.minutes import queries
from summit.minutes.document import digest
from summit.minutes.models import Export, Minutes, Prose, ProseVersion, Revision
from summit.people.models import Person
from summit.record import actions as record
from summit.record.models import Entry
from summit.record.queries import person_as
from summit.record.text import plain
from summit.rights import Right

ORGANS = {"plenary": "", "committee": "/C", "working_group": "/WG"}  # as symbols name them; SR: summary record
PROSE = 20_000  # characters beside one entry; a summary record of a whole meeting has about as many words as this has letters


class Changed(Refused):
    """Somebody else saved this paragraph since. Nothing is lost: `theirs` is what stands, yours was not written."""

    def __init__(self, theirs: Prose) -> None:
        super().__init__(
            "minutes.changed", _("Somebody has changed this text since you opened it. Compare, then decide.")
        )
        self.theirs = theirs


# ── With the meeting ──────────────────────────────────────────────────────────────────────────────────────────


def open_minutes(meeting: Meeting) -> Minutes:
    """The minutes of a meeting, opened with it. In the transaction of its opening; again does no harm."""
    minutes, _new = Minutes.objects.get_or_create(meeting=meeting, defaults={"symbol": symbol_of(meeting)})
    return minutes


def close_minutes(meeting: Meeting, entry: Entry, now: datetime) -> None:
    """Freeze the skeleton at the entry of the closing and ask for the archive. In the transaction of the closing."""
    minutes = open_minutes(meeting)
    minutes.last_entry, minutes.state = entry.seq, Minutes.State.DRAFT
    minutes.save(update_fields=["last_entry", "state"])
    record.ask_for("summit.minutes.tasks.archive", f"archive:{meeting.pk}:{entry.seq}", now=now, meeting_id=meeting.pk)


def reopen_minutes(meeting: Meeting) -> None:
    """The closing was undone: entries appear again. An archive made meanwhile stays as the revision it was."""
    Minutes.objects.filter(meeting=meeting, state=Minutes.State.DRAFT).update(state=Minutes.State.LIVE, last_entry=None)


def symbol_of(meeting: Meeting) -> str:
    """The symbol of a summary record: "DEMO/SR.2", "DEMO/C/SR.1"."""
    return f"{meeting.summit.slug.upper()[:40]}{ORGANS[meeting.kind]}/SR.{meeting.number}"


@transaction.atomic
def archive(meeting_id: int, *, now: datetime) -> Revision | None:
    """Archive the minutes as the closing froze them: one revision a closing, however often this runs or dies.

    None when the closing was undone meanwhile.
    """
    meeting = Meeting.objects.lock(meeting_id)
    minutes = Minutes.objects.lock(meeting.minutes.pk)
    if minutes.last_entry is None:
        return None
    done = minutes.revisions.filter(kind=Revision.Kind.ARCHIVE, last_entry=minutes.last_entry)
    return done.first() or _archive(minutes, now)


def _archive(minutes: Minutes, now: datetime) -> Revision:
    revision = _revise(minutes, Revision.Kind.ARCHIVE, queries.freeze(minutes, corrected=False), None, now)
    _journal("minutes.archived", minutes, revision, None, now)
    return revision


# ── Writing ───────────────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def save_prose(
    minutes_id: int, entry: int, language: str, text: str, *, based_on: int, by: Person, now: datetime
) -> Prose:
    """Save what is written beside an entry. based_on: the version the writer saw, 0 when there was none.

    Every version is kept. Refused: minutes.not_yours, minutes.approved, minutes.no_such_entry, minutes.language,
    text.*, and Changed ("minutes.changed") when somebody else saved since.
    """
    minutes = _lock(minutes_id, by, now, Right.WRITE)
    if language not in queries.languages_of(minutes):
        raise Refused("minutes.language", _("These minutes are not kept in this language."))
    shown = Entry.objects.filter(meeting=minutes.meeting, seq=entry, audience=Entry.Audience.MEETING)
    if minutes.last_entry is not None:
        shown = shown.filter(seq__lte=minutes.last_entry)
    if not shown.exists():
        raise Refused("minutes.no_such_entry", _("There is no such entry in these minutes. Load the page again."))
    text = plain(text, limit=PROSE)
    prose = Prose.objects.filter(minutes=minutes, entry=entry, language=language).first()
    if prose is not None and prose.text == text:
        return prose  # the same request twice, or two writers of one mind
    if (prose.version if prose else 0) != based_on:
        if prose is None:
            raise Refused("minutes.no_such_entry", _("There is no such text in these minutes. Load the page again."))
        raise Changed(prose)
    if prose is None:
        prose = Prose(minutes=minutes, entry=entry, language=language, version=0)
    prose.text, prose.version, prose.edited_by, prose.edited_at = text, prose.version + 1, by, now
    prose.save()
    ProseVersion.objects.create(prose=prose, version=prose.version, text=text, by=by, at=now)
    return prose


@transaction.atomic
def save_revision(minutes_id: int, *, by: Person, now: datetime) -> Revision:
    """Keep the minutes as they are now under a number. Refused: minutes.not_yours, minutes.approved, minutes.unchanged."""
    minutes = _lock(minutes_id, by, now, Right.WRITE)
    frozen = queries.freeze(minutes)
    last = minutes.revisions.order_by("-number").first()
    if last is not None and last.digest == digest(frozen):
        raise Refused("minutes.unchanged", _("Nothing has changed since the last revision."))
    return _revise(minutes, Revision.Kind.SAVED, frozen, by, now)


@transaction.atomic
def approve(minutes_id: int, *, seen: str, by: Person, now: datetime) -> Revision:
    """Approve the minutes of a closed meeting: they are frozen with a hash and never change again.

    seen: digest of the draft the approver was shown (`draft_digest`). Refused: minutes.not_yours, minutes.approved,
    minutes.still_open, minutes.changed_since.
    """
    Meeting.objects.lock(Minutes.objects.values_list("meeting_id", flat=True).get(pk=minutes_id))  # or it is reopened
    minutes = _lock(minutes_id, by, now, Right.WRITE, Right.PRESIDE)
    if minutes.state != Minutes.State.DRAFT:
        raise Refused("minutes.still_open", _("Close the meeting first; its minutes can be approved then."))
    if draft_digest(minutes) != seen:
        raise Refused("minutes.changed_since", _("The text has changed since you read it. Read it again."))
    revision = _revise(minutes, Revision.Kind.APPROVED, queries.freeze(minutes, approved=now), by, now)
    minutes.state, minutes.approved_at, minutes.approved_by = Minutes.State.APPROVED, now, by
    minutes.digest = revision.digest
    minutes.save(update_fields=["state", "approved_at", "approved_by", "digest"])
    _journal("minutes.approved", minutes, revision, by, now)
    return revision


def draft_digest(minutes: Minutes) -> str:
    """SHA-256 of the draft in all its languages, as it is now."""
    return digest(queries.freeze(minutes))


@transaction.atomic
def ask_export(
    minutes_id: int, format: str, language: str, *, by: Person, now: datetime, revision: Revision | None = None
) -> Export:
    """Ask the worker for a file. A draft never waits for approval; what is being made already is not made twice.

    Refused: minutes.not_yours (drafts and revisions are for officers), minutes.format, minutes.language.
    """
    minutes = Minutes.objects.lock(minutes_id)
    rights = meeting_rights(by, minutes.meeting, now)
    approved = queries.approved_revision(minutes)
    wanted = revision or approved
    if Right.ENTER not in rights or (not queries.reads_drafts(rights) and (wanted is None or wanted != approved)):
        raise Refused("minutes.not_yours", _("These minutes are not open to you yet."))
    if format not in Export.Format.values:
        raise Refused("minutes.format", _("Choose PDF, Word, HTML or JSON."))
    kept = wanted.document["languages"] if wanted else queries.languages_of(minutes)  # the summit may have got one more
    if language not in kept:
        raise Refused("minutes.language", _("These minutes are not kept in this language."))
    same = Export.objects.filter(minutes=minutes, revision=wanted, format=format, language=language)
    waiting = [Export.State.QUEUED, Export.State.RUNNING] + ([Export.State.READY] if wanted else [])
    if (there := same.filter(state__in=waiting).order_by("-pk").first()) is not None:
        return there
    export = Export.objects.create(
        minutes=minutes, revision=wanted, format=format, language=language, asked_by=by, asked_at=now
    )
    record.ask_for("summit.minutes.tasks.render_export", f"export:{export.pk}", now=now, export_id=export.pk)
    return export


# ── Parts ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _lock(minutes_id: int, by: Person, now: datetime, *any_of: Right) -> Minutes:
    """The minutes, held; refused to strangers and once approved."""
    minutes = Minutes.objects.lock(minutes_id)
    if not meeting_rights(by, minutes.meeting, now) & set(any_of):
        raise Refused("minutes.not_yours", _("Only the record writers of this meeting change its minutes."))
    if minutes.state == Minutes.State.APPROVED:
        raise Refused("minutes.approved", _("These minutes are approved. Write a corrigendum instead."))
    return minutes


def _revise(minutes: Minutes, kind: str, document: dict[str, Any], by: Person | None, now: datetime) -> Revision:
    number = (minutes.revisions.aggregate(last=Max("number"))["last"] or 0) + 1
    last = minutes.last_entry or minutes.meeting.entries.aggregate(last=Max("seq"))["last"] or 0
    return Revision.objects.create(
        minutes=minutes, number=number, kind=kind, at=now, by=by, last_entry=last, document=document,
        digest=digest(document),
    )  # fmt: skip


def _journal(kind: str, minutes: Minutes, revision: Revision, by: Person | None, now: datetime) -> None:
    meeting = minutes.meeting
    record.write(
        meeting.summit, kind, at=now, actor=person_as(by) if by else None, meeting=meeting, digest=revision.digest,
        revision=revision.number,
    )  # fmt: skip
