"""Taking back what was just done, and correcting what was done earlier. The journal keeps all of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from summit import live
from summit.agenda.models import Meeting
from summit.agenda.sitting import Sitting, sit
from summit.attendance.queries import state as attendance
from summit.credentials.queries import everybody
from summit.errors import Refused
from summit.floor.models import Register, Turn
from summit.floor.queries import unheard
from summit.floor.topics import TOPICS, announce
from summit.minutes.actions import reopen_minutes
from summit.minutes.models import Minutes
from summit.people.models import Person
from summit.record.models import Act, Entry
from summit.record.queries import person_as
from summit.record.text import plain
from summit.record.undo import Changed, put_back
from summit.rights import Right
from summit.votes.queries import state as votes

CLOSING_UNDO = timedelta(minutes=5)
REASON = 200  # characters
CORRECTION = 4000  # characters


@transaction.atomic
def undo(meeting_id: int, entry: int, *, by: Person, now: datetime) -> Meeting:
    """Put back exactly what an act changed; `act.undone` names every entry the act wrote.

    entry: number of the act in the journal. Refused: floor.not_yours, act.unknown, act.undone, act.too_late,
    act.changed_since (something else has touched the same rows, or has been built upon them).
    """
    sitting = sit(meeting_id, by=by, now=now)
    sitting.require(Right.PRESIDE, Right.RUN_FLOOR)
    act = sitting.meeting.acts.filter(entry=entry).first()
    if act is None:
        raise Refused("act.unknown", _("There is nothing to undo here. Look at the last acts again."))
    if act.undone_at is not None:
        raise Refused("act.undone", _("This was undone already."))
    closing = act.kind == "meeting.closed"
    over = sitting.meeting.state == Meeting.State.CLOSED and not closing  # the closing froze what came before it
    if now > act.undo_until or over:
        raise Refused("act.too_late", _("It is too late to undo this. Write a correction instead."))
    try:
        if closing and sitting.meeting.minutes.state == Minutes.State.APPROVED:
            raise Changed
        put_back(act.before)
        sitting.meeting.refresh_from_db()
        if not _can_be(sitting.meeting):
            raise Changed
    except Changed as error:
        raise Refused(
            "act.changed_since", _("Something has happened since that depends on this. Write a correction instead.")
        ) from error
    act.undone_at = now
    act.save(update_fields=["undone_at"])
    _write(sitting, act)
    sitting.acted = True
    live.standing(meeting_id, everybody(sitting.meeting.summit_id))
    # with an adjournment or a closing everyone left
    announce(sitting, *TOPICS, attendance=attendance(sitting.meeting), votes=votes(sitting.meeting))
    return sitting.meeting


def _can_be(meeting: Meeting) -> bool:
    """Whether what was put back can stand beside what other acts have done since: one speech and one point of order at
    most, the speech on the item being taken, clocks, a vote and recording in an open meeting only, nothing in a planned
    one."""
    turns = list(meeting.turns.filter(state=Turn.State.SPEAKING))
    speeches = [turn for turn in turns if turn.register != Register.ORDER]
    if len(speeches) > 1 or len(turns) - len(speeches) > 1 or any(one.item_id != meeting.item_id for one in speeches):
        return False
    vote = meeting.votes.filter(state="open").first()
    if vote and (meeting.state != Meeting.State.OPEN or vote.item_id != meeting.item_id or speeches):
        return False
    if meeting.state == Meeting.State.OPEN:
        return True
    if meeting.recording is not None and meeting.recording.is_on:
        return False
    if meeting.state == Meeting.State.SUSPENDED:
        return not any(turn.running_since for turn in turns)
    return not turns and not (meeting.state == Meeting.State.PLANNED and meeting.item_id)


def _write(sitting: Sitting, act: Act) -> None:
    also = [seq for seq in act.entries if seq != act.entry]
    audience = Entry.objects.get(meeting=sitting.meeting, seq=act.entry).audience
    sitting.write("act.undone", audience=audience, undoes=act.entry, also=also, undone_kind=act.kind)
    if act.kind == "meeting.closed":
        reopen_minutes(sitting.meeting)
        presiding = sitting.meeting.presiding
        sitting.write(
            "meeting.reopened", unheard=unheard(sitting.meeting), presiding=person_as(presiding) if presiding else None
        )


@transaction.atomic
def correct(meeting_id: int, entry: int, *, reason: str, text: str, by: Person, now: datetime) -> Entry:
    """A correcting entry: what entry number `entry` should have said, and why. Minutes show the corrected fact.

    Refused: floor.not_yours, act.unknown, text.*.
    """
    sitting = sit(meeting_id, by=by, now=now)
    sitting.require(Right.PRESIDE, Right.RUN_FLOOR)
    wrong = Entry.objects.filter(meeting=sitting.meeting, seq=entry).exclude(kind__startswith="act.").first()
    if wrong is None:
        raise Refused("act.unknown", _("There is no such entry of this meeting to correct."))
    written = sitting.write(
        "act.corrected", audience=wrong.audience, corrects=entry,
        reason=plain(reason, limit=REASON, required=True), text=plain(text, limit=CORRECTION, required=True),
    )  # fmt: skip
    sitting.remember(written)
    announce(sitting)
    return written
