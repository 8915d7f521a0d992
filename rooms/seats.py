"""A person's seats: who may take one, the signed token that proves it, and how it is given back."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rooms.models import OpenToTalk, Room, ScreenLink, Seat
from rooms.protocol import SEAT_GRACE
from summit import live
from summit.agenda.models import Meeting
from summit.errors import Refused
from summit.people.models import Person
from summit.rights import MAY_ENTER_CLOSED, MAY_ENTER_RESTRICTED, Right, Standing, rights_of

SALT = "rooms.seat"
SEATS_A_PERSON = 3
SEATS_A_ROOM = 600  # sockets, not publishers
SCREENS_A_LINK = 20  # in one hall; one that is loaded again sits down anew
GRACE = timedelta(seconds=SEAT_GRACE)
LINGER = timedelta(minutes=10)  # a closed meeting's room, off the record
OFFICERS = frozenset({Right.HELP, Right.PRESIDE, Right.RUN_FLOOR, Right.RUN_HALL})


@dataclass(frozen=True)
class Claim:
    """What a token says."""

    seat: str
    session: str
    person: int | None
    room: str
    device: str


def fingerprint(session_key: str | None) -> str:
    """A browser session as a seat remembers it; not reversible, "" without a session."""
    return hashlib.sha256(f"{SALT}:{session_key}".encode()).hexdigest() if session_key else ""


def token(seat: Seat) -> str:
    """Proof of this seat, good only together with the browser session that took it."""
    claim = [str(seat.key), seat.session, seat.person_id, str(seat.room.key), seat.device]
    return signing.dumps(claim, salt=SALT)


def read(text: str) -> Claim | None:
    """The claim of a token that we signed and that is not older than a sign-in; None otherwise."""
    try:
        return Claim(*signing.loads(text, salt=SALT, max_age=settings.SESSION_COOKIE_AGE))
    except (signing.BadSignature, TypeError, ValueError):
        return None


def obstacle(standing: Standing, meeting: Meeting, now: datetime) -> tuple[str, Promise] | None:
    """What keeps this person out of the room now: (code, what to do); None when they may come in."""
    rights = rights_of(standing, openness=meeting.openness)
    if standing.removed:
        return "removed", _("You were asked to leave this meeting. Speak with the secretariat before you come back.")
    if not standing.accredited:
        return "not_accredited", _("Your accreditation is not approved yet. Ask the secretariat of the summit.")
    if Right.ENTER not in rights:
        admitted = {"closed": MAY_ENTER_CLOSED, "restricted": MAY_ENTER_RESTRICTED}.get(meeting.openness)
        if admitted is not None and not any(post.category in admitted for post in standing.posts):
            return "closed_meeting", _(
                "This meeting is closed to the public. You will be let in when it opens its doors."
            )
        return "not_accredited", _("You take no part in this meeting. Ask the secretariat of the summit.")
    if ended := over(meeting, now):
        return "over", ended
    if meeting.state == Meeting.State.PLANNED and not rights & OFFICERS:
        return "not_open", _("The meeting has not been opened yet. Check your sound and picture meanwhile.")
    return None


def over(meeting: Meeting, now: datetime) -> Promise | None:
    """Where to look instead, once a closed meeting's room is closed too; None until then."""
    if meeting.state == Meeting.State.CLOSED and meeting.closed_at and now > meeting.closed_at + LINGER:
        return _("This meeting is over. Its minutes are on the page of the meeting.")
    return None


def sitting(room: Room, now: datetime) -> list[Seat]:
    """The seats of a room that are taken: not given back, and heard of within the grace time."""
    rows = room.seats.filter(left_at__isnull=True, seen_at__gt=now - GRACE)
    return list(rows.select_related("person", "room").order_by("pk"))


def is_in_hall(person: Person, summit_id: int, now: datetime) -> bool:
    """Whether one of this person's own devices sits in a hall of this summit: none of them makes a sound there."""
    rows = Seat.objects.filter(person=person, room__summit=summit_id, mode="hall", left_at__isnull=True)
    own = rows.filter(seen_at__gt=now - GRACE, room__kind=Room.Kind.MEETING).exclude(device=Seat.Device.HALL)
    return own.exists()


def room_of(meeting: Meeting) -> Room:
    """The meeting's room; made when first needed."""
    return Room.objects.get_or_create(meeting=meeting, defaults={"kind": Room.Kind.MEETING, "summit": meeting.summit})[
        0
    ]


def foyer_of(summit_id: int) -> Room:
    """The summit's foyer; made when first needed."""
    return Room.objects.get_or_create(summit_id=summit_id, kind=Room.Kind.FOYER)[0]


@transaction.atomic
def take(
    room_id: int, person: Person, *, device: str, mode: str, session: str, now: datetime, rights: frozenset[Right],
    opens_alone: bool = False, move: bool = False,
) -> Seat:  # fmt: skip
    """This person sits down in a room they may enter, on this device of this browser session.

    The seat this session holds on this device is given again. `rights`: the person's, as they are now.
    Refused: seat.taken (publishes elsewhere; come again with `move` or as companion), seat.three, seat.hall_taken,
    seat.not_hall, full.
    """
    room = Room.objects.select_for_update().get(pk=room_id)
    taken = sitting(room, now)
    mine = [seat for seat in taken if seat.person_id == person.pk]
    held = next((seat for seat in mine if (seat.session, seat.device) == (session, device)), None)
    if held:
        held.mode, held.opens_alone, held.seen_at = mode, opens_alone, now
        held.save(update_fields=["mode", "opens_alone", "seen_at"])
        return held
    rival = _rival(room, taken, person, device, rights)
    if rival and not move:
        if device == Seat.Device.HALL:
            raise Refused("seat.hall_taken", _("The hall is already connected from another computer."))
        raise Refused("seat.taken", _("You are already in this room on another device or in another window."))
    if rival:
        _give_back(rival, now)
        mine = [seat for seat in mine if seat != rival]
    if len(mine) >= SEATS_A_PERSON:
        raise Refused("seat.three", _("You are here on three devices already. Close one of them first."))
    if len(taken) >= SEATS_A_ROOM:
        raise Refused("full", _("The room is full. Follow the meeting from the hall, or ask the secretariat."))
    _clear(room, person, device, now)
    return Seat.objects.create(
        room=room, person=person, device=device, mode=mode, opens_alone=opens_alone, session=session,
        taken_at=now, seen_at=now,
    )  # fmt: skip


def _rival(room: Room, taken: list[Seat], person: Person, device: str, rights: frozenset[Right]) -> Seat | None:
    """The seat that stands in the way of this one. In the foyer none does: nothing is sent there, and nobody is in one
    corridor with two devices."""
    if device == Seat.Device.HALL:
        if Right.RUN_HALL not in rights:
            raise Refused("seat.not_hall", _("Only the officers of this meeting connect the hall."))
        return next((seat for seat in taken if seat.device == device), None)
    if device == Seat.Device.MEDIA and room.kind != Room.Kind.FOYER:
        return next((seat for seat in taken if seat.device == device and seat.person_id == person.pk), None)
    return None


def _clear(room: Room, person: Person, device: str, now: datetime) -> None:
    """A publishing seat nobody gave back (the server died) makes way."""
    if device == Seat.Device.MEDIA:
        stale = room.seats.filter(person=person, device=device, left_at__isnull=True, seen_at__lte=now - GRACE)
        if stale.update(left_at=now):
            empty_corridors()


@transaction.atomic
def empty_corridors() -> None:
    """Whoever's seat is no longer taken is in no corridor and not open to talk: for seats that no keeper gave back."""
    Seat.objects.filter(through__left_at__isnull=False).delete()
    Room.objects.filter(kind=Room.Kind.CORRIDOR, seats__isnull=True).delete()
    taken = Seat.objects.filter(person=OuterRef("person"), room__summit=OuterRef("summit"), left_at__isnull=True)
    OpenToTalk.objects.filter(~Exists(taken)).delete()


@transaction.atomic
def take_screen(link: ScreenLink, *, now: datetime) -> Seat:
    """A hall screen sits down: it sees and hears, and says nothing. The oldest of too many makes way."""
    held = Seat.objects.filter(screen=link, left_at__isnull=True).select_related("room")
    for old in held.order_by("-pk")[SCREENS_A_LINK - 1 :]:
        _give_back(old, now)
    return Seat.objects.create(
        room=room_of(link.meeting), screen=link, device=Seat.Device.SCREEN, mode="hall", taken_at=now, seen_at=now
    )


@transaction.atomic
def leave(seat_key: str, *, now: datetime) -> None:
    """The person gives this seat back."""
    seat = Seat.objects.filter(key=seat_key, left_at__isnull=True).select_related("room").first()
    if seat:
        _give_back(seat, now)


def _give_back(seat: Seat, now: datetime) -> None:
    seat.left_at = now
    seat.save(update_fields=["left_at"])
    live.ring(group(seat.room), {"type": "live.seats", "gone": [str(seat.key)]})


def group(room: Room) -> str:
    """Where news of a room's seats are rung: the meeting's group, or the foyer's."""
    return live.group(room.meeting_id) if room.meeting_id else live.foyer(room.summit_id)
