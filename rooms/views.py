"""Live pages: lobby, room, desk, hall, screen, corridors; and the endpoint that gives seats."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from rooms import actions, door, seats
from rooms.models import Room, Seat
from rooms.pages import page_data, screen_link, seat_of
from rooms.queries import items_of, standings
from rooms.tablecards import card
from summit.agenda.models import Meeting
from summit.credentials.models import Accreditation
from summit.errors import Refused
from summit.people.models import Person
from summit.people.queries import person_of
from summit.rights import Right, rights_of
from summit.summits.models import Summit

DEVICES = {Seat.Device.MEDIA, Seat.Device.COMPANION, Seat.Device.HALL}
CONFLICTS = {"seat.taken": ["move", "companion"], "seat.hall_taken": ["move"], "seat.three": []}
BODY = 4_000  # bytes of a request for a seat


def _me(request: HttpRequest) -> Person:
    person = person_of(request.user)
    if person is None:
        raise Http404
    return person


def _known_to(person: Person, summit: str) -> Summit:
    """The summit, for whoever has anything to do with it, accredited or not yet; strangers find nothing."""
    mine = Accreditation.objects.filter(person=person, summit__slug=summit)
    return get_object_or_404(mine.select_related("summit")).summit


def _meeting(person: Person, summit: str, meeting: str) -> Meeting:
    return get_object_or_404(Meeting.objects.select_related("summit"), summit=_known_to(person, summit), slug=meeting)


def _session(request: HttpRequest) -> str:
    return seats.fingerprint(request.session.session_key)


@login_required
@never_cache
@require_GET
def lobby(request: HttpRequest, summit: str, meeting: str) -> HttpResponse:
    """Before the room: who you are there, your sound and picture, and whatever stands in the way."""
    person, now = _me(request), timezone.now()
    gathering = _meeting(person, summit, meeting)
    room = seats.room_of(gathering)
    standing = standings(room, [person.pk], now)[person.pk]
    page = page_data(
        request, "lobby", gathering.summit, gathering, now, person=person, standing=standing,
        ask=_ask(gathering.summit, gathering), **_door(request, room, person, now),
    )  # fmt: skip
    return render(request, "rooms/lobby.html", {"page": page, "meeting": gathering, "summit": gathering.summit})


def _door(request: HttpRequest, room: Room, person: Person, now: datetime) -> dict[str, Any]:
    """What a lobby knows of the door, and what its socket says in `hello`."""
    asker = door.Asker(person.pk, _session(request), get_language() or settings.LANGUAGE_CODE)
    return {
        "door": door.doors(room.pk, [asker], now)[0],
        "waiting": door.token(room.meeting_id or 0, request.session.session_key, person.pk),
    }


def _ask(summit: Summit, meeting: Meeting | None, device: str = "media", mode: str = "remote") -> dict[str, Any]:
    return {"summit": summit.slug, "meeting": meeting.slug if meeting else None, "device": device, "mode": mode}


@login_required
@never_cache
@require_GET
def room(request: HttpRequest, summit: str, meeting: str) -> HttpResponse:
    """The meeting itself. Without a seat one is shown to the lobby."""
    return _live(request, "room", summit, meeting, None)


@login_required
@never_cache
@require_GET
def desk(request: HttpRequest, summit: str, meeting: str) -> HttpResponse:
    """The chair's desk, for whoever presides and the officers who run the floor."""
    return _live(request, "desk", summit, meeting, frozenset({Right.PRESIDE, Right.RUN_FLOOR}))


@login_required
@never_cache
@require_GET
def hall(request: HttpRequest, summit: str, meeting: str) -> HttpResponse:
    """The operator's page: the hall's delegations, its line and its screens."""
    return _live(request, "hall", summit, meeting, frozenset({Right.RUN_HALL}))


def _live(request: HttpRequest, name: str, summit: str, meeting: str, needs: frozenset[Right] | None) -> HttpResponse:
    person, now = _me(request), timezone.now()
    gathering = _meeting(person, summit, meeting)
    where = seats.room_of(gathering)
    standing = standings(where, [person.pk], now)[person.pk]
    rights = rights_of(standing, openness=gathering.openness)
    if needs is not None and not rights & needs:
        raise Http404
    if seats.obstacle(standing, gathering, now):
        return redirect("lobby", summit, meeting)
    seat = seat_of(where, person, _session(request), now, device=_device(request))
    if seat is None and needs is not None:
        seat = _sit(request, where, person, rights, now)
    if seat is None:
        return redirect("lobby", summit, meeting)
    page = page_data(
        request, name, gathering.summit, gathering, now, person=person, standing=standing, seat=seat,
        ask=_ask(gathering.summit, gathering, seat.device, seat.mode),
        **({"items": items_of(gathering.summit)} if name == "room" else {}),
    )  # fmt: skip
    return render(request, f"rooms/{name}.html", {"page": page, "meeting": gathering, "summit": gathering.summit})


def _device(request: HttpRequest) -> str:
    """`?device=companion` where one browser holds two seats."""
    asked = request.GET.get("device", "")
    return asked if asked in DEVICES else ""


def _sit(
    request: HttpRequest, where: Room, person: Person, rights: frozenset[Right], now: datetime, *,
    device: str = Seat.Device.COMPANION, mode: str = "remote",
) -> Seat | None:  # fmt: skip
    """Pages without a lobby sit down by themselves: desk and hall without sound and picture of their own."""
    try:
        return seats.take(where.pk, person, device=device, mode=mode, session=_session(request), now=now, rights=rights)
    except Refused:
        return None


@login_required
@never_cache
@require_GET
def corridors(request: HttpRequest, summit: str) -> HttpResponse:
    """The foyer: who is open to talk, and the corridors, whether or not a meeting is on.

    One sits down with microphone and camera, which only a corridor uses, in each browser. In the hall, where `?table=`
    of a table's card comes from too, a personal device stays silent until its person says that they wear headphones.
    """
    person, now = _me(request), timezone.now()
    gathering = _known_to(person, summit)
    where = seats.foyer_of(gathering.pk)
    standing = standings(where, [person.pk], now)[person.pk]
    if Right.CORRIDOR not in rights_of(standing):
        raise Http404
    mode = "hall" if "table" in request.GET or seats.is_in_hall(person, gathering.pk, now) else "remote"
    device = Seat.Device.MEDIA
    seat = _sit(request, where, person, rights_of(standing), now, device=device, mode=mode)
    page = page_data(
        request, "corridors", gathering, None, now, person=person, standing=standing, seat=seat,
        ask=_ask(gathering, None, device, mode), items=items_of(gathering),
    )  # fmt: skip
    if not standing.posts:  # an officer without a delegation meets nobody in its name
        page["urls"]["bilaterals"] = None
    return render(request, "rooms/corridors.html", {"page": page, "summit": gathering})


@login_required
@never_cache
@require_GET
def table_cards(request: HttpRequest, summit: str) -> HttpResponse:
    """For officers of the summit's meetings: the cards of the tables, to print."""
    person, now = _me(request), timezone.now()
    gathering = _known_to(person, summit)
    standing = standings(seats.foyer_of(gathering.pk), [person.pk], now)[person.pk]
    if not rights_of(standing) & seats.OFFICERS:
        raise Http404
    address = request.build_absolute_uri(reverse("corridors", args=[gathering.slug]))
    cards = [card(number, f"{address}?table={number}") for number in range(1, gathering.tables + 1)]
    return render(request, "rooms/table_cards.html", {"summit": gathering, "cards": cards})


@never_cache
@require_GET
def screen(request: HttpRequest, token: str) -> HttpResponse:
    """A hall screen, by its revocable link. Nobody signs in there."""
    link = screen_link(token)
    if link is None:
        raise Http404
    now = timezone.now()
    page = page_data(request, "screen", link.meeting.summit, link.meeting, now, ask={"screen": token})
    page["urls"] = dict.fromkeys(page["urls"])
    return render(request, "rooms/screen.html", {"page": page, "meeting": link.meeting, "summit": link.meeting.summit})


@login_required
@require_POST
def help_call(request: HttpRequest, summit: str, meeting: str) -> JsonResponse:
    """Help from the lobby, where one has no seat yet. JSON `{obstacle, text}`."""
    person = _me(request)
    gathering = _meeting(person, summit, meeting)
    body = _body(request)
    if body is None or not all(isinstance(body.get(name, ""), str) for name in ("obstacle", "text")):
        return JsonResponse({"code": "bad_request", "message": ""}, status=400)
    try:
        called = actions.call_help(
            gathering.pk, obstacle=body.get("obstacle", "")[:40], text=body.get("text", "")[:300], by=person,
            now=timezone.now(),
        )  # fmt: skip
    except Refused as no:
        return JsonResponse({"code": no.code, "message": str(no.message)}, status=409)
    return JsonResponse(called)


# ── Seats ─────────────────────────────────────────────────────────────────────────────────────────────────────
@never_cache
@require_http_methods(["GET", "POST", "DELETE"])
def seat(request: HttpRequest) -> JsonResponse:
    """Take a seat, give it back, or (GET) ask again whether the door is open. rooms/PROTOCOL.md, "Seats"."""
    if request.method == "GET":
        return _ask_again(request)
    body = _body(request)
    if body is None:
        return JsonResponse({"code": "bad_request", "message": ""}, status=400)
    if request.method == "DELETE":
        return _give_back(request, body)
    if "screen" in body:
        return _screen_seat(body)
    if not request.user.is_authenticated:
        return JsonResponse({"code": "signed_out", "message": ""}, status=401)
    return _take(request, body)


def _body(request: HttpRequest) -> dict[str, Any] | None:
    try:
        body = json.loads(request.body[:BODY])
        text = json.dumps(body, ensure_ascii=False)
        text.encode()  # half a surrogate pair: no database keeps it
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) and "\\u0000" not in text else None


def _take(request: HttpRequest, body: dict[str, Any]) -> JsonResponse:
    person, now = _me(request), timezone.now()
    summit, meeting = body.get("summit"), body.get("meeting")
    device, mode = body.get("device", "media"), body.get("mode", "remote")
    words = isinstance(device, str) and isinstance(mode, str)
    if not words or device not in DEVICES or mode not in {"hall", "remote"} or not isinstance(summit, str):
        return JsonResponse({"code": "bad_request", "message": ""}, status=400)
    if meeting is None:
        where, gathering = seats.foyer_of(_known_to(person, summit).pk), None
    else:
        gathering = _meeting(person, summit, str(meeting))
        where = seats.room_of(gathering)
    standing = standings(where, [person.pk], now)[person.pk]
    rights = rights_of(standing, openness=gathering.openness if gathering else "open")
    if gathering is None and Right.CORRIDOR not in rights:
        raise Http404
    if gathering is not None and (found := seats.obstacle(standing, gathering, now)):
        return JsonResponse({"code": found[0], "message": str(found[1])}, status=403)
    try:
        taken = seats.take(
            where.pk, person, device=device, mode=mode, session=_session(request), now=now, rights=rights,
            opens_alone=body.get("opens_alone") is True, move=body.get("move") is True,
        )  # fmt: skip
    except Refused as no:
        status = 409 if no.code in CONFLICTS else 403
        choices = CONFLICTS.get(no.code, [])
        return JsonResponse({"code": no.code, "message": str(no.message), "choices": choices}, status=status)
    there = (reverse("room", args=[summit, gathering.slug]) if gathering else reverse("corridors", args=[summit])) + (
        "" if device == Seat.Device.MEDIA else f"?device={device}"
    )
    return JsonResponse(_given(taken, there))


def _given(taken: Seat, there: str | None) -> dict[str, Any]:
    return {
        "token": seats.token(taken), "seat": str(taken.key), "device": taken.device, "mode": taken.mode, "next": there,
    }  # fmt: skip


def _screen_seat(body: dict[str, Any]) -> JsonResponse:
    link = screen_link(str(body["screen"]))
    if link is None:
        raise Http404
    return JsonResponse(_given(seats.take_screen(link, now=timezone.now()), None))


def _give_back(request: HttpRequest, body: dict[str, Any]) -> JsonResponse:
    claim = seats.read(str(body.get("token", "")))
    if claim is None or claim.session != _session(request):
        raise Http404
    seats.leave(claim.seat, now=timezone.now())
    return JsonResponse({})


def _ask_again(request: HttpRequest) -> JsonResponse:
    if not request.user.is_authenticated:
        return JsonResponse({"code": "signed_out", "message": ""}, status=401)
    person, now = _me(request), timezone.now()
    gathering = _meeting(person, request.GET.get("summit", ""), request.GET.get("meeting", ""))
    return JsonResponse(_door(request, seats.room_of(gathering), person, now))
