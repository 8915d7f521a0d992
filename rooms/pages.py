"""The `page` object of every live page (rooms/PROTOCOL.md, "Page data")."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils.translation import get_language

from rooms import queries, seats
from rooms.models import Room, ScreenLink, Seat
from summit.agenda.models import Meeting
from summit.people.models import Person
from summit.rights import Right, Standing, rights_of
from summit.summits.models import Summit

SLOTS = {"audio": 4, "video": 12}
PLACES = ("lobby", "room", "desk", "hall")


def page_data(
    request: HttpRequest, page: str, summit: Summit, meeting: Meeting | None, now: datetime, *,
    person: Person | None = None, standing: Standing | None = None, seat: Seat | None = None,
    ask: dict[str, Any], **more: Any,
) -> dict[str, Any]:  # fmt: skip
    """Everything a live page must know before its socket is open."""
    language = get_language() or settings.LANGUAGE_CODE
    openness = meeting.openness if meeting else "open"
    rights = rights_of(standing, openness=openness) if standing else frozenset()
    return {
        "page": page,
        "socket": "/live/",
        "texts": reverse("texts"),
        "language": language,
        "csrf": get_token(request),
        "seat": {
            "endpoint": reverse("seat"),
            "token": seats.token(seat) if seat else None,
            "device": seat.device if seat else "media",
            "mode": seat.mode if seat else "remote",
            "ask": ask,
        },
        "you": queries.you(person, standing, openness, language) if person and standing else None,
        "summit": {
            "slug": summit.slug, "names": summit.names, "zone": summit.zone, "languages": summit.languages,
            "tables": summit.tables,
        },
        "meeting": _meeting(meeting) if meeting else None,
        "directory": {"version": queries.milliseconds(), "state": queries.directory_state(summit, meeting, now)},
        "urls": _urls(summit, meeting, rights),
        "slots": SLOTS,
        **more,
    }  # fmt: skip


def _meeting(meeting: Meeting) -> dict[str, Any]:
    return {
        "id": meeting.pk, "slug": meeting.slug, "titles": meeting.titles, "state": meeting.state,
        "openness": meeting.openness, "starts_at": queries.iso(meeting.starts_at), "zone": meeting.zone,
        "recording": meeting.recording is not None and meeting.recording.is_on,
    }  # fmt: skip


def _urls(summit: Summit, meeting: Meeting | None, rights: frozenset[Right]) -> dict[str, str | None]:
    """Where this person may go; null where not."""
    there = [summit.slug, meeting.slug] if meeting else None
    open_to = {
        "lobby": True,
        "room": Right.ENTER in rights,
        "desk": bool(rights & {Right.PRESIDE, Right.RUN_FLOOR}),
        "hall": Right.RUN_HALL in rights,
        "help": True,
    }
    return {
        "home": reverse("home"),
        "corridors": reverse("corridors", args=[summit.slug]) if Right.CORRIDOR in rights else None,
        "bilaterals": reverse("bilaterals", args=[summit.slug]) if Right.CORRIDOR in rights else None,
        "cards": reverse("table_cards", args=[summit.slug]) if rights & seats.OFFICERS and summit.tables else None,
        **{name: reverse(name, args=there) if there and may else None for name, may in open_to.items()},
    }


def seat_of(room: Room, person: Person, session: str, now: datetime, *, device: str = "") -> Seat | None:
    """The seat this browser session holds in the room; on this device, or the publishing one first."""
    order = {Seat.Device.MEDIA: 0, Seat.Device.HALL: 1, Seat.Device.COMPANION: 2}
    mine = [one for one in seats.sitting(room, now) if one.person_id == person.pk and one.session == session]
    mine = [one for one in mine if not device or one.device == device]
    return min(mine, key=lambda one: order.get(Seat.Device(one.device), 9), default=None)


def screen_link(token: str) -> ScreenLink | None:
    """The link of a hall screen, while it holds."""
    from rooms.actions import digest

    rows = ScreenLink.objects.select_related("meeting__summit")
    return rows.filter(digest=digest(token), revoked_at__isnull=True).first()
