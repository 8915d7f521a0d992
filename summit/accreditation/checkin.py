"""The page at the door, and what it asks and tells the server."""

from __future__ import annotations

import json
import uuid
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from summit.accreditation import door, queries
from summit.agenda.views import summit_for
from summit.people.models import Person
from summit.summits.models import Summit

AT_ONCE = 100  # scans in one message
PICTURES = 40  # in one answer: a fifth of a second's work, 220 kB


def _at(request: HttpRequest, slug: str) -> tuple[Summit, Person]:
    """404 unless whoever asks checks badges here."""
    summit, person = summit_for(request, slug)
    if not queries.works_door(person, summit, timezone.now()):
        raise Http404
    return summit, person


@login_required
@require_GET
def page(request: HttpRequest, summit: str) -> HttpResponse:
    """The page; its service worker keeps it for a start without a network."""
    _at(request, summit)
    return render(request, "accreditation/checkin.html")


@login_required
@never_cache
@require_GET
def worker(request: HttpRequest, summit: str) -> HttpResponse:
    """The service worker: under the page's own address, so that it reaches nothing else."""
    _at(request, summit)
    script = (settings.BASE_DIR / "static/js/checkin/worker.js").read_bytes()
    return HttpResponse(script, content_type="text/javascript; charset=utf-8")


@login_required
@never_cache
@require_GET
def known(request: HttpRequest, summit: str) -> JsonResponse:
    """The list for a telephone, and the token it sends scans with."""
    gathering, _person = _at(request, summit)
    return JsonResponse(door.known_to(gathering, timezone.now()) | {"csrf": get_token(request)})


@login_required
@never_cache
@require_GET
def pictures(request: HttpRequest, summit: str) -> JsonResponse:
    """?of=1,2,3 (accreditations, PICTURES at most) → {"photos": {accreditation: WebP in base64}}; 400 for anything else."""
    gathering, _person = _at(request, summit)
    wanted = request.GET.get("of", "").split(",")
    if len(wanted) > PICTURES or not all(one.isdecimal() and len(one) < 10 for one in wanted):
        return JsonResponse({"error": "malformed"}, status=400)
    found = door.photos_of(gathering, [int(one) for one in wanted])
    return JsonResponse({"photos": {who: b64encode(photo).decode() for who, photo in found.items()}})


@login_required
@never_cache
@require_POST
def scans(request: HttpRequest, summit: str) -> JsonResponse:
    """{"scans": [{key, meeting, code, at}]} → {"answers": [{key, outcome, entry, first, by}]}. Sent again, answered the same.

    400 for what is no such message. A scan for a meeting of another summit is left unanswered.
    """
    gathering, person = _at(request, summit)
    try:
        told = [_read(one) for one in json.loads(request.body)["scans"][:AT_ONCE]]
    except (ValueError, KeyError, TypeError):
        return JsonResponse({"error": "malformed"}, status=400)
    meetings = set(gathering.meetings.values_list("pk", flat=True))
    answers = [_answer(one, person) for one in told if one["meeting"] in meetings]
    return JsonResponse({"answers": answers})


def _read(one: dict[str, Any]) -> dict[str, Any]:
    at = datetime.fromisoformat(str(one["at"]))
    return {
        "key": uuid.UUID(str(one["key"])), "meeting": int(one["meeting"]), "code": str(one["code"])[:100],
        "at": at if at.tzinfo else at.replace(tzinfo=UTC),
    }  # fmt: skip


def _answer(one: dict[str, Any], person: Person) -> dict[str, Any]:
    seen = door.scan(one["meeting"], one["code"], key=one["key"], at=one["at"], by=person, now=timezone.now())
    return {
        "key": str(one["key"]),
        "outcome": seen.scan.outcome,
        "entry": door.entry_of(seen.badge) if seen.badge else None,
        "first": seen.first.at.isoformat() if seen.first else "",
        "by": str(seen.first.by) if seen.first and seen.first.by else "",
    }
