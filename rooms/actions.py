"""What changes in a room's own tables: chat, calls for help, screens, receipts. One transaction each."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from rooms import seats
from rooms.models import ChatLine, HelpCall, Receipt, ScreenLink, Seat
from rooms.queries import HELPERS, REACHED, REPORT, chat_line, helping
from summit import live
from summit.agenda.models import Meeting
from summit.agenda.queries import standing_of
from summit.credentials.models import Accreditation
from summit.errors import Refused
from summit.people.models import Person
from summit.rights import Right, Standing, rights_of

ASK_AGAIN = timedelta(minutes=1)  # until the same is offered to the same person again
HELP_AT_ONCE = 3  # unanswered calls of one person in one meeting, and as many reports


def once(seat: Seat, request: str, act: Callable[[], dict[str, Any]], now: datetime) -> dict[str, Any]:
    """Do this, unless the same request of this seat was done before: then answer as then.

    A refusal rolls everything back and leaves no receipt, so that the same wish may be granted later.
    """
    try:
        with transaction.atomic():
            if done := Receipt.objects.filter(seat=seat, request=request).first():
                return dict(done.reply)
            reply = act()
            Receipt.objects.create(seat=seat, request=request, reply=reply, at=now)
            return reply
    except IntegrityError:
        done = Receipt.objects.filter(seat=seat, request=request).first()
        if done is None:
            raise
        return dict(done.reply)  # another process was faster with the same request


def _enter(meeting_id: int, by: Person, now: datetime) -> tuple[Meeting, Standing, frozenset[Right]]:
    """The meeting locked, and what this person may do in it. Refused: meeting.no_entry."""
    meeting = Meeting.objects.lock(meeting_id)
    standing = standing_of(by, meeting, now)
    rights = rights_of(standing, openness=meeting.openness)
    if Right.ENTER not in rights:
        raise _no_entry()
    return meeting, standing, rights


def _no_entry() -> Refused:
    return Refused("meeting.no_entry", _("You do not take part in this meeting. Ask the secretariat."))


@transaction.atomic
def say(meeting_id: int, text: str, *, to: str, nonce: str, by: Person, now: datetime) -> dict[str, Any]:
    """A line in the meeting's chat. The same nonce is kept once.

    Refused: chat.not_yours, chat.off, chat.secretariat_only, chat.empty.
    """
    meeting, standing, rights = _enter(meeting_id, by, now)
    if Right.CHAT not in rights:
        raise Refused("chat.not_yours", _("Your badge does not include the chat."))
    if meeting.chat == Meeting.Chat.OFF:
        raise Refused("chat.off", _("The chair has switched the chat off."))
    if to == "room" and meeting.chat != Meeting.Chat.OPEN and Right.RUN_FLOOR not in rights:
        raise Refused("chat.secretariat_only", _("Only lines to the secretariat are taken now."))
    if not text.strip():
        raise Refused("chat.empty", _("Write something first."))
    mine = next((post.delegation for post in standing.posts), None)
    line, made = ChatLine.objects.get_or_create(
        meeting=meeting, person=by, nonce=nonce,
        defaults={
            "delegation_id": mine, "to_secretariat": to == "secretariat", "text": text.strip(), "at": now,
            "openness": meeting.openness,
        },
    )  # fmt: skip
    said = chat_line(line)
    if made:
        live.ring(live.group(meeting.pk), {"type": "live.chat", "line": said})
    return said


@transaction.atomic
def call_help(meeting_id: int, *, obstacle: str, text: str, by: Person, now: datetime) -> dict[str, Any]:
    """Someone needs a person, in the room or before it: whoever is nominated for the summit may call.

    `{"call": its id, "attended": whether somebody else who helps has a page of this meeting open}`; whoever comes later
    is shown it too. Refused: meeting.no_entry, help.waiting.
    """
    if not Accreditation.objects.filter(person=by, summit__meetings=meeting_id).exists():
        raise _no_entry()
    waiting = HelpCall.objects.filter(meeting=meeting_id, person=by, answered_at__isnull=True)
    if waiting.exclude(obstacle__startswith=REPORT).count() >= HELP_AT_ONCE:
        raise _waiting()
    if obstacle.startswith((REPORT, REACHED)):
        obstacle = ""  # those are not said by pages
    call = HelpCall.objects.create(meeting_id=meeting_id, person=by, obstacle=obstacle, text=text.strip(), at=now)
    live.ring(live.group(meeting_id), {"type": "live.help"})
    room = seats.room_of(Meeting.objects.get(pk=meeting_id))
    return {"call": call.pk, "attended": bool(helping(room, seats.sitting(room, now), now) - {by.pk})}


@transaction.atomic
def report(meeting_id: int, about: int, *, text: str, by: int, now: datetime) -> None:
    """To the officers, of somebody in a corridor: only what the reporter writes. Refused: help.waiting."""
    reports = HelpCall.objects.filter(meeting=meeting_id, person=by, obstacle__startswith=REPORT)
    if reports.filter(answered_at__isnull=True).count() >= HELP_AT_ONCE:
        raise _waiting()
    HelpCall.objects.create(meeting_id=meeting_id, person_id=by, obstacle=f"{REPORT}{about}", text=text, at=now)
    live.ring(live.group(meeting_id), {"type": "live.help"})


def _waiting() -> Refused:
    return Refused("help.waiting", _("Your call is with the officers. Someone answers as soon as they can."))


@transaction.atomic
def answer_help(meeting_id: int, call_id: int, *, reply: str, by: Person, now: datetime) -> HelpCall:
    """An officer answers. Refused: help.not_yours, help.no_call, help.answered."""
    meeting, _standing, rights = _enter(meeting_id, by, now)
    if not rights & HELPERS:
        raise _not_help()
    call = HelpCall.objects.filter(meeting=meeting, pk=call_id).first()
    if call is None:
        raise Refused("help.no_call", _("There is no such call."))
    if call.answered_at is not None:
        raise Refused("help.answered", _("A colleague has answered already."))
    call.answered_by, call.answered_at, call.reply = by, now, reply.strip()
    call.save(update_fields=["answered_by", "answered_at", "reply"])
    live.ring(live.group(meeting.pk), {"type": "live.help"})
    return call


@transaction.atomic
def reach(meeting_id: int, person_id: int, *, text: str, offer: str, by: Person, now: datetime) -> int:
    """An officer writes to somebody in the room first, or offers something (`low_data`). Kept as an answered call.

    Refused: help.not_yours, help.empty, help.not_here, help.just_asked.
    """
    meeting, _standing, rights = _enter(meeting_id, by, now)
    if not rights & HELPERS:
        raise _not_help()
    if not offer and not text.strip():
        raise Refused("help.empty", _("Write something first."))
    if not Seat.objects.filter(room__meeting=meeting, person=person_id, left_at__isnull=True).exists():
        raise Refused("help.not_here", _("This person is not here now."))
    reached = HelpCall.objects.filter(meeting=meeting, person=person_id, obstacle=REACHED + (offer or "word"))
    if offer and reached.filter(at__gt=now - ASK_AGAIN).exists():
        raise Refused("help.just_asked", _("They were asked just now. Give them a minute."))
    call = HelpCall.objects.create(
        meeting=meeting, person_id=person_id, obstacle=REACHED + (offer or "word"), at=now, answered_by=by,
        answered_at=now, reply=text.strip(),
    )  # fmt: skip
    live.ring(live.group(meeting.pk), {"type": "live.help"})
    return call.pk


def _not_help() -> Refused:
    return Refused("help.not_yours", _("Only officers of this meeting answer calls for help."))


def digest(token: str) -> str:
    """What we keep of a screen link."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def make_screen_link(meeting_id: int, *, by: Person, now: datetime) -> dict[str, Any]:
    """A link for the hall's screen, shown once. Refused: hall.not_yours."""
    meeting = _run_hall(meeting_id, by, now)
    token = secrets.token_urlsafe(24)
    link = ScreenLink.objects.create(meeting=meeting, digest=digest(token), made_by=by, made_at=now)
    live.ring(live.group(meeting.pk), {"type": "live.help"})
    return {"link": link.pk, "url": reverse("screen", args=[token])}


@transaction.atomic
def revoke_screen_link(meeting_id: int, link_id: int, *, by: Person, now: datetime) -> None:
    """The link and every screen behind it go dark. Refused: hall.not_yours, screen.no_link."""
    meeting = _run_hall(meeting_id, by, now)
    link = ScreenLink.objects.filter(meeting=meeting, pk=link_id, revoked_at__isnull=True).first()
    if link is None:
        raise Refused("screen.no_link", _("This link was withdrawn already."))
    link.revoked_at = now
    link.save(update_fields=["revoked_at"])
    behind = Seat.objects.filter(screen=link, left_at__isnull=True)
    gone = [str(key) for key in behind.values_list("key", flat=True)]
    behind.update(left_at=now)
    live.ring(live.group(meeting.pk), {"type": "live.seats", "gone": gone})
    live.ring(live.group(meeting.pk), {"type": "live.help"})


def _run_hall(meeting_id: int, by: Person, now: datetime) -> Meeting:
    meeting, _standing, rights = _enter(meeting_id, by, now)
    if Right.RUN_HALL not in rights:
        raise Refused("hall.not_yours", _("Only the officers of this meeting act for the hall. Ask one of them."))
    return meeting


@transaction.atomic
def may_mute(meeting_id: int, *, by: Person, now: datetime) -> None:
    """Refused hall.not_yours unless this person runs the floor."""
    _meeting, _standing, rights = _enter(meeting_id, by, now)
    if Right.RUN_FLOOR not in rights:
        raise Refused("floor.not_yours", _("Only the chair and the officers of this meeting do this."))
