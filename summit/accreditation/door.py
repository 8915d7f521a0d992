"""The door of the hall: what a badge that is held up means, and what a telephone may know of all of them."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _

from summit.accreditation import photos, queries
from summit.accreditation.badges import code_of, digest_of, typed_code
from summit.accreditation.models import Badge, HallPlaces, Outcome, Photo, Scan
from summit.agenda.models import Meeting
from summit.attendance.actions import arrive
from summit.attendance.models import Mode, Presence
from summit.credentials.queries import MAY_ENTER
from summit.delegations.models import Category, Membership
from summit.delegations.queries import holding
from summit.errors import Refused
from summit.people.models import Person
from summit.people.queries import acting
from summit.record import actions as record
from summit.record.models import Entry
from summit.record.queries import person_as
from summit.summits.models import Summit

LASTS = timedelta(hours=12)  # a telephone's list; afterwards it must fetch a new one
MARK = 16  # hexadecimal digits of a photo's hash: tell a new photo from the one that is kept
COMING = (Meeting.State.PLANNED, Meeting.State.OPEN, Meeting.State.SUSPENDED)


@dataclass(frozen=True)
class Seen:
    """What came of a scan. first: when and by whom the badge came in before, where it did."""

    scan: Scan
    badge: Badge | None
    first: Scan | None = None


@transaction.atomic
def scan(meeting_id: int, code: str, *, key: uuid.UUID, at: datetime, by: Person | None, now: datetime) -> Seen:
    """A badge was held up at the door of this meeting. at: by the telephone's clock, perhaps hours ago without a network.

    The same key is answered the same and counts once. Whoever comes in makes their delegation present in the hall.
    Refused: door.required.
    """
    meeting = Meeting.objects.lock(meeting_id)
    summit = meeting.summit
    if by is not None and not queries.works_door(by, summit, now):
        raise Refused("door.required", _("Checking in is not among your tasks in this summit. Ask its organisers."))
    known = (
        Scan.objects.filter(key=key, meeting__summit=summit)
        .select_related("by")
        .prefetch_related(Prefetch("badge", queries.badges_in(summit, now)))
        .first()
    )
    if known:
        return Seen(known, known.badge, _first(known.badge, meeting, known) if known.badge else None)
    badge = _badge(summit, code, now)
    first = _first(badge, meeting) if badge else None
    outcome = _outcome(badge, meeting, first, now)
    row = Scan.objects.create(
        key=key, meeting=meeting, badge=badge, outcome=outcome, at=min(at, now), kept_at=now, by=by
    )
    if badge:
        person = badge.accreditation.person
        record.write(
            summit, "badge.scanned", at=now, actor=acting(by, summit, now), meeting=meeting,
            audience=Entry.Audience.OFFICERS, subject=acting(person, summit, now) or person_as(person),
            number=badge.number, outcome=str(outcome), scanned=record.stamp(row.at),
        )  # fmt: skip
    if badge and outcome in {Outcome.IN, Outcome.AGAIN}:
        _present(badge, meeting, row.at, now)
    return Seen(row, badge, first)


def _badge(summit: Summit, code: str, now: datetime) -> Badge | None:
    """The badge of this code, read by a camera or typed; None when it is none of ours."""
    number = "".join(letter for letter in code.strip().split("-")[0] if letter.isdecimal())
    if not number or len(number) > 9:
        return None
    badge = queries.badges_in(summit, now).filter(number=int(number)).first()
    if badge is None or digest_of(code) not in {digest_of(code_of(badge)), digest_of(typed_code(badge))}:
        return None
    return badge


def _first(badge: Badge, meeting: Meeting, before: Scan | None = None) -> Scan | None:
    """The scan by which this person came in, on whatever badge."""
    rows = Scan.objects.filter(
        badge__accreditation=badge.accreditation_id, meeting=meeting, outcome=Outcome.IN
    ).select_related("by")
    return rows.exclude(pk=before.pk).first() if before else rows.first()


def _outcome(badge: Badge | None, meeting: Meeting, first: Scan | None, now: datetime) -> Outcome:
    if badge is None:
        return Outcome.UNKNOWN
    if badge.accreditation.state not in MAY_ENTER:
        return Outcome.WITHDRAWN
    if badge.voided_at:
        return Outcome.VOID
    if first:
        return Outcome.AGAIN
    places: dict[int | None, int] = dict(HallPlaces.objects.filter(meeting=meeting).values_list("delegation", "each"))
    for home in _homes(badge, now) if places else ():
        most = places.get(home, places.get(None))
        if most is not None and _inside(home, meeting, now) >= most:
            return Outcome.FULL
    return Outcome.IN


def _homes(badge: Badge, now: datetime) -> list[int]:
    seats = Membership.objects.filter(
        holding(now), person=badge.accreditation.person_id, delegation__summit=badge.summit_id
    )
    return list(seats.exclude(delegation__category=Category.SECRETARIAT).values_list("delegation_id", flat=True))


def _inside(home: int, meeting: Meeting, now: datetime) -> int:
    """How many persons of this delegation have come in."""
    people = Membership.objects.filter(holding(now), delegation=home).values("person")
    came = Scan.objects.filter(meeting=meeting, outcome=Outcome.IN, badge__accreditation__person__in=people)
    return came.values("badge__accreditation").distinct().count()


def _present(badge: Badge, meeting: Meeting, at: datetime, now: datetime) -> None:
    """Their delegations are in the hall, unless they left since; a meeting that is over takes note of nobody."""
    if meeting.state not in COMING:
        return
    gone = Presence.objects.filter(meeting=meeting, mode=Mode.HALL, left_at__gt=at).values_list(
        "delegation_id", flat=True
    )
    for home in _homes(badge, now):
        if home not in set(gone):
            arrive(meeting.pk, home, Mode.HALL, by=None, now=now)


def known_to(summit: Summit, now: datetime) -> dict[str, Any]:
    """What a telephone at the door keeps to work without a network. Digests, no codes: nobody prints a badge from it.

    badges: {digest of the code: entry}; entry: who (accreditation), number, state (valid | void | withdrawn), name,
    delegation, home (its id; 0: none, or the secretariat), function, photo (which one it is; "": none), in ({meeting: when, ISO}). meetings:
    each (persons of one delegation in its hall; null: no limit), own ({delegation: its other number}). Seven queries,
    whatever the size. The photos themselves are fetched once each (`photos_of`).
    """
    inside: dict[int, dict[str, str]] = defaultdict(dict)
    for one in Scan.objects.filter(meeting__summit=summit, outcome=Outcome.IN).select_related("badge"):
        if one.badge:
            inside[one.badge.accreditation_id][str(one.meeting_id)] = one.at.isoformat()
    found: dict[str, dict[str, Any]] = {}
    for badge in queries.badges_in(summit, now):
        entry = entry_of(badge) | {"in": inside.get(badge.accreditation_id, {})}
        for code in (code_of(badge), typed_code(badge)):
            found[digest_of(code)] = entry
    meetings = summit.meetings.filter(state__in=COMING).prefetch_related("hall_places").order_by("starts_at")
    return {
        "until": (now + LASTS).isoformat(),
        "badges": found,
        "meetings": [
            {"id": row.pk, "title": str(row), "each": places.pop(None, None), "own": places}
            for row in meetings
            for places in [{one.delegation_id: one.each for one in row.hall_places.all()}]
        ],
    }


def entry_of(badge: Badge) -> dict[str, Any]:
    """What the door shows of a badge; of those `queries.badges_in` found no further query."""
    row = badge.accreditation
    seats = getattr(row.person, "seats_here", None)
    seat = seats[0] if seats else None
    state = "valid" if row.state in MAY_ENTER else "withdrawn"
    return {
        "number": badge.number,
        "state": "void" if state == "valid" and badge.voided_at else state,
        "name": str(row.person),
        "delegation": str(seat.delegation) if seat else "",
        "home": seat.delegation_id if seat and seat.delegation.category != Category.SECRETARIAT else 0,
        "function": str(seat.get_function_display()) if seat else "",
        "who": row.pk,
        "photo": row.photo.sha256[:MARK] if hasattr(row, "photo") and state != "withdrawn" else "",
    }


def photos_of(summit: Summit, wanted: Collection[int]) -> dict[int, bytes]:
    """Small photos of these accreditations, for the telephone; left out is whoever has none, or was withdrawn. One query."""
    rows = Photo.objects.filter(accreditation__summit=summit, accreditation__in=wanted)
    found = {}
    for row in rows.filter(accreditation__state__in=MAY_ENTER):
        with suppress(FileNotFoundError), row.file.open("rb") as kept:
            found[row.accreditation_id] = photos.small(kept.read())
    return found
