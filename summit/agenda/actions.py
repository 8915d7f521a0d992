"""Planning meetings and the agenda, and filling the offices of a meeting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from summit import live
from summit.agenda.models import Item, Meeting, Office, Programme
from summit.delegations.queries import holding
from summit.errors import Refused
from summit.people.actions import tell_standing
from summit.people.models import Person, Task
from summit.people.queries import acting, refuse_unless_tasked
from summit.record import actions as record
from summit.record.queries import item_as, person_as
from summit.summits import approved
from summit.summits.models import Summit

RECORDING_DAYS = 3653  # at most
SPEECH_LIMITS = (30, 3600)  # seconds a statement may be granted


@dataclass(frozen=True)
class Plan:
    """What an organiser decides about a meeting. day and time: wall time in `zone`; times: seconds by Meeting field."""

    titles: Mapping[str, Any]
    day: date
    time: time
    zone: str
    kind: str = Meeting.Kind.PLENARY
    number: int = 1
    openness: str = Meeting.Openness.OPEN
    speech: str = Meeting.Speech.ROSTRUM
    chat: str = Meeting.Chat.SECRETARIAT
    recording_days: int = 0
    recording_open: bool = False
    groups_first: bool = True
    times: Mapping[str, int] | None = None
    place: Mapping[str, Any] = field(default_factory=dict)  # the hall, {language: text}
    items: Sequence[int] | None = None  # ids in the order of the programme; None leaves it as it is


TIMES = ("time_national", "time_group", "time_observer", "time_reply", "time_second_reply")


def starts_at(day: date, wall: time, zone: str) -> datetime:
    """The UTC moment of this wall time. Refused: meeting.no_such_time (skipped by daylight saving), zone.unknown."""
    local = datetime.combine(day, wall.replace(tzinfo=None, microsecond=0), tzinfo=approved.zone(zone))
    moment = local.astimezone(UTC)
    if moment.astimezone(local.tzinfo).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise Refused("meeting.no_such_time", _("The clocks skip this time on that day. Choose another."))
    return moment


@transaction.atomic
def plan_meeting(summit_id: int, *, by: Person | None, now: datetime, slug: str, plan: Plan) -> Meeting:
    """Put a meeting on the calendar.

    Refused: organiser.required, meeting.slug, meeting.no_such_time, meeting.times, item.unknown, name.*, zone.unknown.
    """
    summit = Summit.objects.lock(summit_id)
    refuse_unless_tasked(by, summit, now, Task.CONFERENCE)
    if not slug or slugify(slug) != slug or summit.meetings.filter(slug=slug).exists():
        raise Refused("meeting.slug", _("Choose another short name: small letters, digits and hyphens, not yet taken."))
    meeting = Meeting(summit=summit, slug=slug)
    _fill(meeting, plan)
    meeting.openness, meeting.speech, meeting.chat = plan.openness, plan.speech, plan.chat
    meeting.save()
    _programme(meeting, plan.items)
    _record(meeting, "meeting.planned", by, now, plan=meeting_as(meeting))
    return meeting


@transaction.atomic
def change_meeting(meeting_id: int, *, by: Person | None, now: datetime, plan: Plan) -> Meeting:
    """Change a planned meeting; of one that has begun only titles, hall, speaking times and programme.

    Refused: organiser.required, meeting.closed, meeting.begun (the chair's desk decides the rest), meeting.promised (what
    people agreed to when a recording was announced), and as `plan_meeting`.
    """
    meeting = Meeting.objects.lock(meeting_id)
    refuse_unless_tasked(by, meeting.summit, now, Task.CONFERENCE)
    _refuse_if_closed(meeting)
    begun = meeting.state != Meeting.State.PLANNED
    was, before, promised = meeting_as(meeting), _decided_at_the_desk(meeting), _promised(meeting)
    _fill(meeting, plan)
    meeting.openness, meeting.speech, meeting.chat = plan.openness, plan.speech, plan.chat
    if begun and _decided_at_the_desk(meeting) != before:
        raise Refused("meeting.begun", _("The meeting has begun: when, how open and how one speaks is for its chair."))
    if _promised(meeting) != promised and meeting.recordings.exists():
        raise Refused(
            "meeting.promised",
            _(
                "A recording was announced in this meeting: how long it is kept and who may listen stays as it was told."
            ),
        )
    meeting.save()
    _programme(meeting, plan.items)
    live.agenda([meeting.pk])
    _record(meeting, "meeting.changed", by, now, plan=meeting_as(meeting), was=was)
    return meeting


def meeting_as(meeting: Meeting) -> dict[str, Any]:
    """What was planned, for the journal."""
    programme = meeting.programme.select_related("item") if meeting.pk else []
    return {
        "titles": meeting.titles, "kind": meeting.kind, "number": meeting.number, "zone": meeting.zone,
        "place": meeting.place,
        "day": meeting.day.isoformat(), "time": meeting.time.isoformat("minutes"),
        "starts_at": record.stamp(meeting.starts_at), "openness": meeting.openness,
        "recording_days": meeting.recording_days, "recording_open": meeting.recording_open,
        "groups_first": meeting.groups_first,
        "items": [item_as(row.item) for row in programme],
    }  # fmt: skip


def _decided_at_the_desk(meeting: Meeting) -> tuple[Any, ...]:
    return (meeting.starts_at, meeting.zone, meeting.openness, meeting.speech, meeting.chat, meeting.kind)


def _promised(meeting: Meeting) -> tuple[int, bool]:
    return meeting.recording_days, meeting.recording_open


def _refuse_if_closed(meeting: Meeting) -> None:
    if meeting.state == Meeting.State.CLOSED:
        raise Refused("meeting.closed", _("This meeting is closed; its record stands as it is."))


def _fill(meeting: Meeting, plan: Plan) -> None:
    choices = ((plan.kind, Meeting.Kind), (plan.openness, Meeting.Openness), (plan.speech, Meeting.Speech),
               (plan.chat, Meeting.Chat))  # fmt: skip
    if any(value not in allowed.values for value, allowed in choices):
        raise Refused("meeting.choice", _("Choose one of the values offered."))
    for name, seconds in (plan.times or {}).items():
        if name not in TIMES or not SPEECH_LIMITS[0] <= seconds <= SPEECH_LIMITS[1]:
            raise Refused("meeting.times", _("A statement lasts between 30 seconds and one hour."))
        setattr(meeting, name, seconds)
    meeting.titles, meeting.kind, meeting.number = approved.texts(plan.titles), plan.kind, plan.number
    meeting.place = approved.texts(plan.place, required=False)
    meeting.starts_at = starts_at(plan.day, plan.time, plan.zone)
    meeting.day, meeting.time, meeting.zone = plan.day, plan.time, plan.zone
    if not 0 <= plan.recording_days <= RECORDING_DAYS:
        raise Refused("meeting.recording_days", _("Recordings are kept for ten years at most."))
    meeting.recording_days, meeting.recording_open = plan.recording_days, plan.recording_open
    meeting.groups_first = plan.groups_first


def _programme(meeting: Meeting, items: Sequence[int] | None) -> None:
    if items is None:
        return
    known = set(meeting.summit.items.filter(pk__in=items).values_list("pk", flat=True))
    if known != set(items):
        raise Refused("item.unknown", _("This agenda item belongs to another summit or is gone. Choose again."))
    if meeting.item_id and meeting.item_id not in known:
        raise Refused("item.taken", _("The meeting is on this item now; it stays on the programme."))
    meeting.programme.exclude(item__in=known).delete()
    for position, pk in enumerate(dict.fromkeys(items)):
        Programme.objects.update_or_create(meeting=meeting, item_id=pk, defaults={"position": position})


def _record(meeting: Meeting, kind: str, by: Person | None, now: datetime, **body: Any) -> None:
    actor = acting(by, meeting.summit, now)
    record.write(meeting.summit, kind, at=now, actor=actor, meeting=meeting, **body)


@transaction.atomic
def create_item(
    summit_id: int, *, by: Person | None, now: datetime, number: str, titles: Mapping[str, Any],
    parent_id: int | None = None, position: int | None = None,
) -> Item:  # fmt: skip
    """Put an item on the agenda. Refused: organiser.required, item.number, item.parent, name.*."""
    summit = Summit.objects.lock(summit_id)
    refuse_unless_tasked(by, summit, now, Task.CONFERENCE)
    item = Item(summit=summit)
    place = summit.items.count() + 1 if position is None else position
    _fill_item(item, number, titles, parent_id, place)
    item.save()
    record.write(summit, "item.added", at=now, actor=acting(by, summit, now), item=item_as(item))
    return item


@transaction.atomic
def change_item(
    item_id: int, *, by: Person | None, now: datetime, number: str, titles: Mapping[str, Any], parent_id: int | None,
    position: int,
) -> Item:  # fmt: skip
    """Renumber, rename or move an item. The journal keeps what it was called when it was taken.

    Refused: organiser.required, item.number, item.parent, name.*.
    """
    summit = Summit.objects.lock(Item.objects.values_list("summit_id", flat=True).get(pk=item_id))
    refuse_unless_tasked(by, summit, now, Task.CONFERENCE)
    item = summit.items.get(pk=item_id)
    was = item_as(item)
    _fill_item(item, number, titles, parent_id, position)
    item.save()
    record.write(summit, "item.changed", at=now, actor=acting(by, summit, now), item=item_as(item), was=was)
    tell_meetings_with(item)
    return item


def tell_meetings_with(item: Item | None) -> None:
    """After commit, the rooms of every meeting that takes this item, or one under it, hear of the change."""
    if item is not None:
        taking = Meeting.objects.filter(Q(items=item) | Q(items__parent=item)).exclude(state=Meeting.State.CLOSED)
        live.agenda(taking.values_list("pk", flat=True))


def _fill_item(item: Item, number: str, titles: Mapping[str, Any], parent_id: int | None, position: int) -> None:
    clean = approved.line(number)
    if len(clean) > 12 or item.summit.items.filter(number=clean).exclude(pk=item.pk).exists():
        raise Refused("item.number", _("Choose another number: at most 12 characters, such as 3(b), not yet taken."))
    parent = item.summit.items.filter(pk=parent_id).first() if parent_id else None
    above, depth = parent, 0
    while above is not None and depth < 4 and above.pk != item.pk:
        above, depth = above.parent, depth + 1
    if (parent_id and parent is None) or above is not None:
        raise Refused("item.parent", _("Choose an item of this agenda to stand under, at most four deep, not itself."))
    item.number, item.titles, item.parent, item.position = clean, approved.texts(titles), parent, position


def _fills(kind: str) -> tuple[Task, ...]:
    """Whose task it is to fill this office."""
    return (Task.CONFERENCE, Task.INTERPRETATION) if kind == Office.Kind.INTERPRETER else (Task.CONFERENCE,)


@transaction.atomic
def give_office(
    meeting_id: int, person_id: int, kind: str, *, by: Person | None, now: datetime, starts: datetime | None = None,
    ends: datetime | None = None,
) -> Office:  # fmt: skip
    """Give a person an office of this meeting; open rooms know at once.

    Refused: organiser.required, meeting.closed, office.kind, office.dates, office.accreditation, office.presiding.
    """
    meeting = Meeting.objects.lock(meeting_id)
    if kind not in Office.Kind.values:
        raise Refused("office.kind", _("Choose an office."))
    refuse_unless_tasked(by, meeting.summit, now, *_fills(kind))
    _refuse_if_closed(meeting)
    if starts and ends and ends <= starts:
        raise Refused("office.dates", _("The office would end before it begins."))
    person = Person.objects.get(pk=person_id)
    if not meeting.summit.accreditations.filter(person=person).exclude(state="withdrawn").exists():
        raise Refused("office.accreditation", _("Nominate this person for the summit first."))
    office, _made = Office.objects.update_or_create(
        meeting=meeting, person=person, kind=kind, defaults={"starts": starts, "ends": ends}
    )
    _refuse_if_presiding_without(meeting, office, now)
    _record(meeting, "office.given", by, now, subject=person_as(person, office=kind))
    tell_standing(meeting.summit, [person.pk])
    return office


@transaction.atomic
def end_office(office_id: int, *, by: Person | None, now: datetime) -> Office:
    """End an office now. Refused: organiser.required, meeting.closed, office.ended, office.presiding."""
    meeting = Meeting.objects.lock(Office.objects.values_list("meeting_id", flat=True).get(pk=office_id))
    office = meeting.offices.select_related("person").get(pk=office_id)
    refuse_unless_tasked(by, meeting.summit, now, *_fills(office.kind))
    _refuse_if_closed(meeting)
    if office.ends and office.ends <= now:
        raise Refused("office.ended", _("This office has ended already."))
    office.ends = now
    office.save(update_fields=["ends"])
    _refuse_if_presiding_without(meeting, office, now)
    _record(meeting, "office.ended", by, now, subject=person_as(office.person, office=office.kind))
    tell_standing(meeting.summit, [office.person_id])
    return office


def _refuse_if_presiding_without(meeting: Meeting, changed: Office, now: datetime) -> None:
    """Refused office.presiding, and nothing changed, when whoever presides would hold no office to preside by."""
    if meeting.presiding_id != changed.person_id or changed.kind not in {Office.Kind.CHAIR, Office.Kind.DEPUTY}:
        return
    left = meeting.offices.filter(holding(now), person=changed.person_id)
    if not left.filter(kind__in=(Office.Kind.CHAIR, Office.Kind.DEPUTY)).exists():
        raise Refused("office.presiding", _("This person presides now. Let somebody else take the chair first."))
