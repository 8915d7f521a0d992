"""What every page's frame needs, and the two addresses a supervisor asks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from redis.exceptions import RedisError

from summit.accreditation import queries as accreditation
from summit.config.static import importmap
from summit.credentials.queries import summits_for
from summit.delegations.models import Delegation
from summit.delegations.queries import memberships_of
from summit.people.models import Person, Task
from summit.people.queries import desks, person_of
from summit.summits.models import Summit
from summit.templatetags.summit import name as set_apart

MOST = 100  # summits of one person that are looked at, the newest
OTHERS = 6  # further summits offered in the menu of whoever takes part in several


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context of base.html and stage.html: docs/markup.md says what each key is. Four queries for who is signed in."""
    context: dict[str, Any] = {
        "importmap": mark_safe(importmap()),  # noqa: S308  our own JSON, "<" escaped
        "passkeys": settings.PASSKEYS,
    }
    user = getattr(request, "user", None)
    person = person_of(user) if user else None
    if person is None or request.path.startswith("/admin/"):
        return context
    mine = list(summits_for(person)[:MOST])
    summit = _summit(request, mine)
    home = reverse("summit", args=[summit.slug]) if summit else reverse("home")
    context |= {"home": home, "summit": summit, "nav": _nav(request, summit) if summit else []}
    member = memberships_of([person.pk], summit.pk, timezone.now()).first() if summit else None
    context["me"] = {"name": person, "delegation": member.delegation if member else None}
    links = [{"url": reverse("notices", args=[summit.slug]), "label": _("Notices")}] if summit else []
    links.append({"url": reverse("own_settings"), "label": _("Settings and sign-in")})
    others = [other for other in mine if other != summit][:OTHERS]
    links += [{"url": reverse("summit", args=[other.slug]), "label": set_apart(other)} for other in others]
    if summit:
        links += _tasks(person, summit)
    if user and user.is_staff:
        links.append({"url": reverse("admin:index"), "label": _("Organise the summit")})
    return context | {"person_links": links}


def _people_of(home: Delegation) -> SafeString:
    """Of whom one is the focal point, the name set apart from the words."""
    return mark_safe(escape(_("People of %(name)s")) % {"name": set_apart(home)})  # noqa: S308  both are escaped


def _tasks(person: Person, summit: Summit) -> list[dict[str, Any]]:
    """The desks of this summit at which this person works."""
    found = [
        {"url": reverse("focal_desk", args=[summit.slug, home.code]), "label": _people_of(home)}
        for home in accreditation.focal_for(person, summit)
    ]
    found.append({"url": reverse("photo", args=[summit.slug]), "label": _("Photo for my badge")})
    held = desks(person, timezone.now()).get(summit.pk, set()) if person.account and person.account.is_staff else set()
    if Task.ORGANISER in held:
        found.append({"url": reverse("credentials_desk", args=[summit.slug]), "label": _("Credentials desk")})
    if Task.ACCREDITATION in held:
        found.append({"url": reverse("accreditation_desk", args=[summit.slug]), "label": _("Accreditation desk")})
    if held & {Task.ACCREDITATION, Task.CHECK_IN}:
        found.append({"url": reverse("checkin", args=[summit.slug]), "label": _("Check-in at the door")})
    return found


def _summit(request: HttpRequest, mine: list[Summit]) -> Summit | None:
    match = request.resolver_match
    if match and "summit" in match.kwargs:
        return next((row for row in mine if row.slug == match.kwargs["summit"]), None)
    return at_hand(mine, timezone.now())


def at_hand(mine: Sequence[Summit], now: datetime) -> Summit | None:
    """Which summit is meant where none is named: the one that is on where it sits, else the next to come, else the last.

    mine: newest first.
    """
    days = [(row, now.astimezone(ZoneInfo(row.zone)).date()) for row in mine]
    on = [row for row, day in days if row.opens_on <= day <= row.closes_on]
    coming = [row for row, day in days if day < row.opens_on]
    return next(iter(on or coming[-1:] or mine), None)


def _nav(request: HttpRequest, summit: Summit) -> list[dict[str, Any]]:
    under = {"meeting": "meetings"}
    pages = [
        ("summit", _("Today")), ("meetings", _("Meetings")), ("agenda", _("Agenda")), ("papers", _("Papers")),
        ("corridors", _("Corridors")), ("minutes", _("Minutes")), ("search", _("Search")),
    ]  # fmt: skip
    here = (request.resolver_match.url_name or "") if request.resolver_match else ""
    found = []
    for name, label in pages:
        try:
            url = reverse(name, args=[summit.slug])
        except NoReverseMatch:
            continue
        found.append({"url": url, "label": label, "current": name == under.get(here, here.partition("_")[0])})
    return found


@never_cache
def livez(request: HttpRequest) -> JsonResponse:
    """The process answers. Asks nobody else: a dead database is no reason to restart the web."""
    return JsonResponse({"live": True})


@never_cache
def readyz(request: HttpRequest) -> JsonResponse:
    """Whether pages can be served: database and Valkey answer. 503 when one does not."""
    answers = {"database": _database_answers(), "valkey": _valkey_answers()}
    return JsonResponse(answers, status=200 if all(answers.values()) else 503)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _valkey_answers() -> bool:
    try:
        cache.get("readyz")
    except (RedisError, OSError):
        return False
    return True
