"""Changing minutes. They open with the meeting, are frozen by its closing, and end with their approval."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from summit.minutes.models import Minutes
from summit.record import actions as record

if TYPE_CHECKING:
    from summit.agenda.models import Meeting
    from summit.record.models import Entry

ORGANS = {"plenary": "", "committee": "/C", "working_group": "/WG"}  # as symbols name them; SR: summary record


def open_minutes(meeting: Meeting) -> Minutes:
    """The minutes of a meeting, opened with it. In the transaction of its opening; again does no harm."""
    minutes, _ = Minutes.objects.get_or_create(meeting=meeting, defaults={"symbol": symbol_of(meeting)})
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
