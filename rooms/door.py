"""The door of a meeting, as each person before it sees it: what stands in the way, their seats, their call for help."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils import translation

from rooms import queries, seats
from rooms.models import Room
from rooms.seats import fingerprint
from summit.rights import Right, rights_of

SALT = "rooms.lobby"


@dataclass(frozen=True)
class Asker:
    """Somebody in a lobby."""

    person: int
    session: str  # fingerprint of the browser session
    language: str


@dataclass(frozen=True)
class Claim:
    """What the token of a lobby page says."""

    meeting: int
    session: str
    person: int


def token(meeting: int, session_key: str | None, person: int) -> str:
    """Proof that this browser session may stand before this meeting; its socket shows it in `hello`."""
    return signing.dumps([meeting, fingerprint(session_key), person], salt=SALT)


def read(text: str) -> Claim | None:
    """The claim of a token that we signed and that is not older than a sign-in; None otherwise."""
    try:
        return Claim(*signing.loads(text, salt=SALT, max_age=settings.SESSION_COOKIE_AGE))
    except (signing.BadSignature, TypeError, ValueError):
        return None


def doors(room_id: int, askers: Sequence[Asker], now: datetime) -> list[dict[str, Any]]:
    """The topic `door` for each, in a handful of queries, however many ask."""
    room = Room.objects.select_related("meeting__summit").get(pk=room_id)
    persons = {asker.person for asker in askers}
    standings, calls = queries.standings(room, persons, now), queries.last_calls(room, persons, now)
    taken = seats.sitting(room, now)
    waits = any(not call["answered_at"] for call in calls.values())
    helpers = queries.helping(room, taken, now) if waits else frozenset()
    found = []
    for asker in askers:
        with translation.override(asker.language):
            standing, meeting = standings[asker.person], room.meeting
            stands = seats.obstacle(standing, meeting, now) if meeting else None
            rights = rights_of(standing, openness=meeting.openness) if meeting else frozenset()
            found.append({
                "state": meeting.state if meeting else "",
                "obstacle": {"code": stands[0], "message": str(stands[1]), "next": reverse("home")} if stands else None,
                "publishes": Right.PUBLISH in rights,
                "seated": [
                    {
                        "device": seat.device, "mode": seat.mode, "since": seat.taken_at.isoformat(),
                        "here": seat.session == asker.session,
                    }
                    for seat in taken
                    if seat.person_id == asker.person
                ],
                "seats_free": max(0, seats.SEATS_A_ROOM - len(taken)),
                "help": _attended(calls.get(asker.person), helpers - {asker.person}),
            })  # fmt: skip
    return found


def _attended(call: dict[str, Any] | None, helpers: frozenset[int]) -> dict[str, Any] | None:
    """A call with whether anybody sees it now: these have a page of the meeting open."""
    return call and {**call, "attended": bool(call["answered_at"] or helpers)}
