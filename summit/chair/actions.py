"""Running a meeting: opening to closing, its items, its ways, its decisions.

Officers act for the chair: the journal keeps both. Undoing and correcting are in undoing.py, persons in persons.py.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from summit import live
from summit.agenda.models import Item, Meeting, Office
from summit.agenda.papers import release_with
from summit.agenda.queries import offices_held
from summit.agenda.sitting import Sitting, office_of, sit
from summit.attendance.queries import state as attendance
from summit.chair.persons import readmit_person, remove_person
from summit.chair.undoing import CLOSING_UNDO, correct, undo
from summit.credentials.queries import everybody
from summit.errors import Refused
from summit.floor.queries import item_in, on_floor
from summit.floor.queries import unheard as count_unheard
from summit.floor.speech import end_all, lapse_points, pause_running, stop_where_unentitled
from summit.floor.topics import TOPICS, announce
from summit.minutes.actions import close_minutes, open_minutes
from summit.people.models import Person
from summit.record.actions import stamp
from summit.record.models import Entry
from summit.record.queries import item_as, person_as
from summit.record.text import plain
from summit.recordings.actions import stop_within
from summit.rights import Right

__all__ = [
    "adjourn", "close", "correct", "decide", "open_meeting", "preside", "readmit_person", "remove_person",
    "resume_meeting", "set_chat", "set_openness", "set_screens", "set_speech", "silence", "suspend", "take_item", "undo",
]  # fmt: skip

DECISION = 4000  # characters
SYMBOL = 60  # characters


def _sit(meeting_id: int, by: Person, now: datetime, act: str) -> Sitting:
    sitting = sit(meeting_id, by=by, now=now)
    sitting.require(Right.PRESIDE, Right.RUN_FLOOR)
    sitting.require_while(act)
    return sitting


def _save(sitting: Sitting, **fields: object) -> None:
    """Change the meeting's own row, so that it can be undone."""
    sitting.keep(sitting.meeting)
    for name, value in fields.items():
        setattr(sitting.meeting, name, value)
    sitting.meeting.save(update_fields=list(fields))


@transaction.atomic
def open_meeting(meeting_id: int, *, by: Person, now: datetime) -> Meeting:
    """Declare the meeting open. Whoever acts presides if they are its chair or a deputy, else its chair does.

    Its minutes open with it. Refused: floor.not_yours, meeting.open, meeting.over, chair.nobody.
    """
    sitting = _sit(meeting_id, by, now, "meeting.open")
    meeting = sitting.meeting
    chair = by if sitting.standing.offices & {"chair", "deputy"} else sitting.chair()
    if chair is None:
        raise Refused("chair.nobody", _("This meeting has no chair. Ask an organiser to name one."))
    _save(sitting, state=Meeting.State.OPEN, presiding=chair, opened_at=now)
    open_minutes(meeting)
    entry = sitting.write(
        "meeting.opened", presiding=_presiding(sitting), summit=meeting.summit.names, titles=meeting.titles,
        meeting_kind=meeting.kind, number=meeting.number, zone=meeting.zone, day=meeting.day.isoformat(),
        openness=meeting.openness, speech=meeting.speech, place=meeting.place,
    )  # fmt: skip
    sitting.remember(entry)
    announce(sitting, *TOPICS)
    return meeting


@transaction.atomic
def suspend(meeting_id: int, *, until: datetime | None, by: Person, now: datetime) -> Meeting:
    """Suspend the open meeting; a speech is paused and keeps its time. until: when it resumes, if that is known.

    Refused: floor.not_yours, meeting.*, vote.is_open, chair.until_past.
    """
    sitting = _sit(meeting_id, by, now, "meeting.suspend")
    sitting.require_no_vote()
    if until is not None and until <= now:
        raise Refused("chair.until_past", _("Choose a time that has not passed yet."))
    stop_within(sitting, why="suspended")
    pause_running(sitting, why="suspended")
    _save(sitting, state=Meeting.State.SUSPENDED, resumes_at=until)
    sitting.remember(sitting.write("meeting.suspended", until=stamp(until) if until else None))
    announce(sitting, "meeting", "floor")
    return sitting.meeting


@transaction.atomic
def resume_meeting(meeting_id: int, *, by: Person, now: datetime) -> Meeting:
    """Go on with a suspended or adjourned meeting. A paused speech waits for the chair to resume it.

    Refused: floor.not_yours, meeting.*.
    """
    sitting = _sit(meeting_id, by, now, "meeting.resume")
    _save(sitting, state=Meeting.State.OPEN, resumes_at=None)
    sitting.remember(sitting.write("meeting.resumed", until=None))
    announce(sitting, "meeting", "floor")
    return sitting.meeting


@transaction.atomic
def adjourn(meeting_id: int, *, by: Person, now: datetime) -> Meeting:
    """End today's sitting without closing the meeting: the speech ends, everyone has left, the lists stay, it may be
    resumed another day.

    Refused: floor.not_yours, meeting.*, vote.is_open.
    """
    sitting = _sit(meeting_id, by, now, "meeting.adjourn")
    sitting.require_no_vote()
    stop_within(sitting, why="adjourned")
    end_all(sitting, why="adjourned")
    lapse_points(sitting)
    _all_left(sitting)
    _save(sitting, state=Meeting.State.ADJOURNED, resumes_at=None)
    sitting.remember(sitting.write("meeting.adjourned", until=None))
    announce(sitting, "meeting", "floor", attendance=attendance(sitting.meeting))
    return sitting.meeting


@transaction.atomic
def close(meeting_id: int, *, unheard: int, by: Person, now: datetime) -> Meeting:
    """Close the meeting: the speech ends, everyone has left, the minutes are frozen and archived.

    unheard: the number of hands still up that the page showed. Can be undone for five minutes; the room lingers off
    the record (rooms/seats.py). Refused: floor.not_yours, meeting.*, vote.is_open, chair.unheard_changed.
    """
    sitting = _sit(meeting_id, by, now, "meeting.close")
    sitting.require_no_vote()
    meeting = sitting.meeting
    count = count_unheard(meeting)
    if count != unheard:
        raise Refused(
            "chair.unheard_changed",
            ngettext_lazy(
                "Now %(count)d delegation has not been heard. Confirm again.",
                "Now %(count)d delegations have not been heard. Confirm again.",
                count,
            )
            % {"count": count},
        )
    stop_within(sitting, why="closed")
    end_all(sitting, why="closed")
    lapse_points(sitting)
    _all_left(sitting)
    _save(sitting, state=Meeting.State.CLOSED, closed_at=now, resumes_at=None)
    entry = sitting.write("meeting.closed", unheard=count, presiding=_presiding(sitting))
    close_minutes(meeting, entry, now)
    sitting.remember(entry, window=CLOSING_UNDO)
    announce(sitting, *TOPICS, attendance=attendance(meeting))
    return meeting


def _all_left(sitting: Sitting) -> None:
    """Nobody is present any more; the entry of the act itself says so (summit/minutes/compose.py)."""
    for row in sitting.meeting.presences.filter(left_at=None):
        sitting.keep(row)
        row.left_at = sitting.now
        row.save(update_fields=["left_at"])


@transaction.atomic
def take_item(meeting_id: int, item_id: int, *, by: Person, now: datetime) -> Item:
    """Take up an item of the programme: its list is the one that counts now. A speech on the item before ends; papers held
    back until now are out.

    Refused: floor.not_yours, meeting.*, vote.is_open, floor.no_such_item, chair.item_is_taken, floor.rule_first.
    """
    sitting = _sit(meeting_id, by, now, "item.take")
    sitting.require_no_vote()
    item = item_in(sitting.meeting, item_id)
    if sitting.meeting.item_id == item.pk:
        raise Refused("chair.item_is_taken", _("The meeting is on this item already."))
    if on_floor(sitting.meeting).point:
        raise Refused("floor.rule_first", _("Rule on the point of order first."))
    end_all(sitting, why="item")
    _save(sitting, item=item)
    release_with(item, sitting)
    sitting.remember(sitting.write("item.taken", item=item_as(item)))
    announce(sitting, *TOPICS)
    return item


@transaction.atomic
def decide(
    meeting_id: int, *, text: str, symbol: str = "", item_id: int | None = None, by: Person, now: datetime
) -> Entry:
    """ "It was so decided": a decision without a vote, with its text and the symbol of the paper decided upon.

    item_id: None for the item being taken. Refused: floor.not_yours, meeting.*, text.*, floor.no_item,
    floor.no_such_item.
    """
    sitting = _sit(meeting_id, by, now, "decision.gavel")
    item = item_in(sitting.meeting, item_id) if item_id is not None else sitting.meeting.item
    if item is None:
        raise Refused("floor.no_item", _("Take up an item first: a decision belongs to one."))
    entry = sitting.write(
        "decision.taken", item=item_as(item), text=plain(text, limit=DECISION, required=True),
        symbol=plain(symbol, limit=SYMBOL), manner="without a vote",
    )  # fmt: skip
    sitting.remember(entry)
    announce(sitting, "meeting")
    return entry


@transaction.atomic
def preside(meeting_id: int, person_id: int, *, by: Person, now: datetime) -> Meeting:
    """Hand the chair to another chair or deputy of this meeting.

    Refused: floor.not_yours, meeting.*, chair.not_an_officer, chair.presides, chair.has_the_floor.
    """
    sitting = _sit(meeting_id, by, now, "meeting.preside")
    meeting = sitting.meeting
    office = offices_held(meeting, now).filter(person=person_id, kind__in=(Office.Kind.CHAIR, Office.Kind.DEPUTY))
    held = office.select_related("person").first()
    if held is None:
        raise Refused("chair.not_an_officer", _("Only a chair or a deputy chair of this meeting presides over it."))
    if meeting.presiding_id == held.person_id:
        raise Refused("chair.presides", _("This person presides already."))
    if any(turn and turn.speaker_id == held.person_id for turn in on_floor(meeting)):
        raise Refused("chair.has_the_floor", _("This person is speaking for their delegation. Let them finish first."))
    sitting.settle_names()
    change: dict[str, Any] = {"from": _presiding(sitting)}
    _save(sitting, presiding=held.person)
    change["to"] = _presiding(sitting)
    sitting.remember(sitting.write("presiding.changed", **change))
    announce(sitting, "meeting")
    return meeting


@transaction.atomic
def set_speech(meeting_id: int, speech: str, *, by: Person, now: datetime) -> Meeting:
    """rostrum: only whoever has the floor is heard. discussion: everyone who may speak."""
    return _set(meeting_id, "meeting.speech", "speech", Meeting.Speech(speech), "meeting.speech_set", by, now)


@transaction.atomic
def set_chat(meeting_id: int, chat: str, *, by: Person, now: datetime) -> Meeting:
    """off, to the secretariat only, or open."""
    return _set(meeting_id, "meeting.chat", "chat", Meeting.Chat(chat), "meeting.chat_set", by, now)


@transaction.atomic
def set_screens(meeting_id: int, screens: str, *, by: Person, now: datetime) -> Meeting:
    """How many may share a screen at a time: one or several."""
    return _set(meeting_id, "meeting.screens", "screens", Meeting.Screens(screens), "meeting.screens_set", by, now)


@transaction.atomic
def set_openness(meeting_id: int, openness: str, *, by: Person, now: datetime) -> Meeting:
    """open, restricted or closed. Who may no longer be here goes to the lobby, and loses the floor."""
    return _set(meeting_id, "meeting.openness", "openness", Meeting.Openness(openness), "meeting.openness_set", by, now)


@transaction.atomic
def silence(meeting_id: int, on: bool, *, by: Person, now: datetime) -> Meeting:
    """Silence everybody but whoever presides, or end that. Clocks run on: pausing a speech is another act."""
    kind = "meeting.silenced" if on else "meeting.unsilenced"
    return _set(meeting_id, "meeting.silence", "silenced", on, kind, by, now)


def _set(meeting_id: int, act: str, field: str, value: str | bool, kind: str, by: Person, now: datetime) -> Meeting:
    """Set one of the meeting's ways; set to what it is already, nothing happens.

    Refused: floor.not_yours, meeting.over.
    """
    sitting = _sit(meeting_id, by, now, act)
    if getattr(sitting.meeting, field) == value:
        return sitting.meeting
    _save(sitting, **{field: value})
    topics = ["meeting"]
    if field == "openness":
        if stop_where_unentitled(sitting):
            topics.append("floor")
        live.standing(sitting.meeting.pk, everybody(sitting.meeting.summit_id))
    sitting.remember(sitting.write(kind, value=str(value) if isinstance(value, str) else value))
    announce(sitting, *topics)
    return sitting.meeting


def _presiding(sitting: Sitting) -> dict[str, Any] | None:
    person = sitting.meeting.presiding
    return person_as(person, office=office_of(sitting.meeting, person, sitting.now)) if person else None
