"""A notice in words, in the reader's language, and where it leads."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from summit import names
from summit.credentials.models import CredentialsState
from summit.notices.models import Kind, Notice


def sentence(notice: Notice) -> str:
    """What happened, in one sentence."""
    return {
        Kind.NEXT: _next, Kind.LIST_CLOSED: _list_closed, Kind.MEETING_MOVED: _meeting_moved, Kind.PAPER: _paper,
        Kind.QUESTION: _question, Kind.CREDENTIALS: _credentials, Kind.BILATERAL: _bilateral,
    }[Kind(notice.kind)](notice)  # fmt: skip


def path(notice: Notice) -> str:
    """The page where one goes on from there."""
    slug = notice.summit.slug
    match notice.kind:
        case Kind.NEXT if notice.meeting:
            return reverse("lobby", args=[slug, notice.meeting.slug])
        case Kind.LIST_CLOSED | Kind.MEETING_MOVED if notice.meeting:
            return reverse("meeting", args=[slug, notice.meeting.slug])
        case Kind.PAPER if notice.paper:
            return f"{reverse('papers', args=[slug])}?q={notice.paper.symbol}"
        case Kind.QUESTION if notice.question:
            return reverse("question", args=[slug, notice.question.pk])
        case Kind.BILATERAL:
            return reverse("bilaterals", args=[slug])
    return reverse("summit", args=[slug])


def _language() -> str:
    return get_language() or "en"


def _item(notice: Notice) -> str:
    item = notice.facts.get("item") or {}
    return names.apart(f"{item.get('number', '')} {names.text(item.get('titles') or {}, _language())}".strip())


def _whose(notice: Notice) -> str:
    return names.apart(names.short(notice.delegation.names, _language())) if notice.delegation else ""


def _next(notice: Notice) -> str:
    return _("%(name)s is next to speak on item %(item)s.") % {"name": _whose(notice), "item": _item(notice)}


def _list_closed(notice: Notice) -> str:
    return _("The list of speakers on item %(item)s is closed.") % {"item": _item(notice)}


def _meeting_moved(notice: Notice) -> str:
    facts = notice.facts
    said = {"meeting": names.apart(names.text(facts["titles"], _language())), "when": _when(facts, "starts_at")}
    place, before = (names.text(facts[key] or {}, _language()) for key in ("place", "place_was"))
    if facts["starts_at"] != facts["was"]:
        told = _("%(meeting)s begins on %(when)s, not on %(before)s.") % (said | {"before": _when(facts, "was")})
        return f"{told} {_('Hall: %(place)s.') % {'place': names.apart(place)}}" if place and place != before else told
    return _("%(meeting)s (%(when)s) sits in %(place)s now.") % (said | {"place": names.apart(place or "–")})


def _when(facts: dict[str, Any], name: str) -> str:
    there = datetime.fromisoformat(facts[name]).astimezone(ZoneInfo(facts["zone"]))
    comma = names.CLOCK_AFTER_DATE.get(_language(), ", ")
    return names.apart(f"{date_format(there, 'DATE_FORMAT')}{comma}{there:%H:%M}")


def _paper(notice: Notice) -> str:
    facts = notice.facts
    title = names.apart(names.text(facts["titles"], _language()))
    return _("%(symbol)s is out: %(title)s") % {"symbol": names.apart(facts["symbol"]), "title": title}


def _question(notice: Notice) -> str:
    text = names.apart(names.text(notice.facts["texts"], _language()))
    return _("The secretariat asks %(name)s: %(question)s") % {"name": _whose(notice), "question": text}


def _credentials(notice: Notice) -> str:
    state = str(CredentialsState(notice.facts["state"]).label)
    return _("Credentials of %(name)s: %(state)s.") % {"name": _whose(notice), "state": state}


def _bilateral(notice: Notice) -> str:
    """Not who: letters pass through other hands, and whom a State meets is its own affair."""
    said = {"name": _whose(notice), "when": _when(notice.facts, "starts_at")}
    return (
        _("A delegation proposes to meet %(name)s: %(when)s. Which one, your desk of bilateral meetings says.") % said
    )
