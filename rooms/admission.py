"""The first message of a socket: whose seat is this, and may they still sit there?"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from rooms import door, protocol, queries, seats
from rooms.models import Seat
from rooms.places import Account
from summit.agenda.models import Meeting
from summit.credentials.models import Accreditation
from summit.people.queries import person_of
from summit.rights import Right, Standing, rights_of


class Unseated(Exception):
    """No seat for this socket: a close code and the reason in words."""

    def __init__(self, code: int, message: str | Promise) -> None:
        super().__init__(code)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Visitor:
    """What the handshake told: the account and the browser session behind a socket."""

    user: Any
    session_key: str
    language: str


@dataclass(frozen=True)
class Admitted:
    """A seat that may be taken by this socket now."""

    seat: Seat
    standing: Standing | None
    account: Account | None
    you: dict[str, Any] | None = field(default=None)


@dataclass(frozen=True)
class Waiting:
    """Somebody who may stand in this lobby."""

    room_id: int
    asker: door.Asker
    account: Account
    you: dict[str, Any]
    door: dict[str, Any]


def visitor(scope: dict[str, Any]) -> Visitor:
    """Read the handshake. Touches the database: the session is loaded here."""
    session, user = scope["session"], scope["user"]
    return Visitor(
        user=user if user.is_authenticated else None, session_key=session.session_key or "", language=language_of(scope)
    )


def language_of(scope: dict[str, Any]) -> str:
    """The interface language, chosen as Django's LocaleMiddleware chose it for the page."""
    request = HttpRequest()
    request.COOKIES = scope.get("cookies", {})
    headers = {name.decode("latin1"): value.decode("latin1") for name, value in scope.get("headers", [])}
    request.META["HTTP_ACCEPT_LANGUAGE"] = headers.get("accept-language", "")
    return translation.get_language_from_request(request)


def admit(scope: dict[str, Any], token: str, now: datetime | None = None) -> Admitted:
    """The seat of this token. Raises Unseated."""
    now = now or timezone.now()
    who = visitor(scope)
    claim = seats.read(token)
    if claim is None:
        raise Unseated(protocol.CLOSE_NO_SEAT, _("This seat is no longer yours. Join again."))
    rows = Seat.objects.select_related("room__summit", "room__meeting__summit", "person", "screen")
    seat = rows.filter(key=claim.seat, room__key=claim.room, left_at__isnull=True, through__isnull=True).first()
    if seat is None:
        raise Unseated(protocol.CLOSE_NO_SEAT, _("This seat was given back. Join again."))
    if seat.screen is not None:
        return _screen(seat, now)
    if who.user is None or claim.session != seats.fingerprint(who.session_key) or claim.session != seat.session:
        raise Unseated(protocol.CLOSE_SIGN_IN, _("Sign in again to come back to your seat."))
    person = person_of(who.user)
    if person is None or person.pk != claim.person or person.pk != seat.person_id:
        raise Unseated(protocol.CLOSE_SIGN_IN, _("Sign in again to come back to your seat."))
    standing = queries.standings(seat.room, [person.pk], now)[person.pk]
    _refuse_obstacles(seat, standing, now)
    Seat.objects.filter(pk=seat.pk).update(seen_at=now)
    account = Account(who.session_key, who.user.pk, who.user.get_session_auth_hash())
    openness = seat.room.meeting.openness if seat.room.meeting else "open"
    return Admitted(seat, standing, account, queries.you(person, standing, openness, who.language))


def _refuse_obstacles(seat: Seat, standing: Standing, now: datetime) -> None:
    if seat.room.meeting is None:
        if Right.CORRIDOR not in rights_of(standing):
            raise Unseated(protocol.CLOSE_NOT_ALLOWED, _("Corridors are for delegations and the secretariat."))
        return
    if found := seats.obstacle(standing, seat.room.meeting, now):
        code = protocol.CLOSE_OVER if found[0] == "over" else protocol.CLOSE_NOT_ALLOWED
        raise Unseated(code, found[1])


def _screen(seat: Seat, now: datetime) -> Admitted:
    if seat.screen is None or seat.screen.revoked_at is not None:
        raise Unseated(protocol.CLOSE_NOT_ALLOWED, _("This link was withdrawn. Ask the officer who made it."))
    if seat.room.meeting and (ended := seats.over(seat.room.meeting, now)):
        raise Unseated(protocol.CLOSE_OVER, ended)
    return Admitted(seat, None, None)


def admit_visitor(scope: dict[str, Any], claim: door.Claim, now: datetime | None = None) -> Waiting:
    """The page of a lobby; whoever is not let in yet waits there. Raises Unseated."""
    now = now or timezone.now()
    who = visitor(scope)
    person = person_of(who.user) if who.user is not None else None
    if person is None or person.pk != claim.person or claim.session != seats.fingerprint(who.session_key):
        raise Unseated(protocol.CLOSE_SIGN_IN, _("Sign in again to come in."))
    meeting = Meeting.objects.select_related("summit").filter(pk=claim.meeting).first()
    if meeting is None or not Accreditation.objects.filter(person=person, summit=meeting.summit_id).exists():
        raise Unseated(
            protocol.CLOSE_NOT_ALLOWED, _("You take no part in this meeting. Ask the secretariat of the summit.")
        )
    if ended := seats.over(meeting, now):
        raise Unseated(protocol.CLOSE_OVER, ended)
    room = seats.room_of(meeting)
    asker = door.Asker(person.pk, claim.session, who.language)
    account = Account(who.session_key, who.user.pk, who.user.get_session_auth_hash())
    standing = queries.standings(room, [person.pk], now)[person.pk]
    you = queries.you(person, standing, meeting.openness, who.language)
    return Waiting(room.pk, asker, account, you, door.doors(room.pk, [asker], now)[0])
