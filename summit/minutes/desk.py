"""The record desk: the skeleton as it grows, and the prose beside it."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.core.serializers.json import DjangoJSONEncoder
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.utils.translation import get_language
from django.views.decorators.http import require_GET, require_POST

from summit import names
from summit.errors import Refused
from summit.minutes import actions, queries
from summit.minutes.models import Minutes, Prose
from summit.minutes.reading import languages, minutes_for
from summit.minutes.sound import sounds_beside
from summit.people.models import Person
from summit.rights import Right


def _writable(request: HttpRequest, summit: str, meeting: str) -> tuple[Minutes, Person]:
    """The minutes of this address, for whoever may write them; 404 for everyone else."""
    minutes, person, rights = minutes_for(request, summit, meeting)
    if Right.WRITE not in rights:
        raise Http404
    return minutes, person


@login_required
@require_GET
def desk(request: HttpRequest, summit: str, meeting: str) -> HttpResponse:
    """The record desk, in one of the languages the minutes are kept in. Works without scripts, then without live entries."""
    minutes, _person = _writable(request, summit, meeting)
    if minutes.state == Minutes.State.APPROVED:
        return redirect("minutes_of", summit, meeting)
    language = queries.language_for(minutes, request.GET.get("language", get_language() or "en"))
    shown = state_of(minutes, language)
    context = {
        "minutes": minutes,
        "meeting": minutes.meeting,
        "state": shown,
        "languages": languages(minutes, language),
    }
    return render(request, "minutes/desk.html", context | {"language": language, "blank": {"prose": {}, "began": None}})


@login_required
@require_GET
def state(request: HttpRequest, summit: str, meeting: str) -> HttpResponse:
    """The desk's state as JSON; 304 while nothing has changed. Asked for every few seconds."""
    minutes, _person = _writable(request, summit, meeting)
    shown = state_of(minutes, queries.language_for(minutes, request.GET.get("language", "")))
    content = json.dumps(shown, cls=DjangoJSONEncoder)
    etag = quote_etag(hashlib.sha256(content.encode()).hexdigest()[:32])
    response = HttpResponse(content, content_type="application/json")
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    unchanged = get_conditional_response(request, etag=etag, response=response)
    return unchanged or response


def state_of(minutes: Minutes, language: str) -> dict[str, Any]:
    """Everything the desk shows: {state, entries: [{seq, number, time, kind, heading, lead, before, after, note, sounds,
    prose}]}.

    prose: {version, text, by, at}; version 0 where nothing is written in this language yet.
    """
    document, prose = queries.draft(minutes, language), queries.prose_by_entry(minutes, language)
    sounds = sounds_beside(minutes, language)
    zone = ZoneInfo(minutes.meeting.zone)
    entries = []
    for section in document.sections:
        heading = section.heading
        for paragraph in section.paragraphs:
            if paragraph.kind == "prose":
                continue
            before, lead, after = paragraph.parts
            at = datetime.fromisoformat(paragraph.facts["at"]).astimezone(zone)
            entries.append({
                "seq": paragraph.entry, "number": paragraph.number, "time": f"{at:%H:%M}", "kind": paragraph.kind,
                "heading": heading, "before": before, "lead": lead, "after": after, "note": paragraph.note,
                "sounds": sounds.get(paragraph.entry, []),
                "prose": prose_as(prose.get(paragraph.entry), zone, language),
            })  # fmt: skip
            heading = ""
    return {"state": minutes.state, "entries": entries}


def prose_as(prose: Prose | None, zone: ZoneInfo, language: str) -> dict[str, Any]:
    """What is written beside one entry."""
    if prose is None:
        return {"version": 0, "text": "", "by": "", "at": ""}
    by = names.short(prose.edited_by.names, language) if prose.edited_by else ""
    at = prose.edited_at.astimezone(zone)
    return {"version": prose.version, "text": prose.text, "by": by, "at": f"{at:%H:%M:%S}"}


@login_required
@require_POST
def save(request: HttpRequest, summit: str, meeting: str, entry: int) -> HttpResponse:
    """Save what is written beside an entry: 200 with the new version, 409 with the other's text, 422 when refused."""
    minutes, person = _writable(request, summit, meeting)
    zone, language = ZoneInfo(minutes.meeting.zone), request.POST.get("language", "")
    try:
        based_on = int(request.POST.get("based_on", ""))
    except ValueError:
        return JsonResponse({"code": "text.number"}, status=400)
    try:
        prose = actions.save_prose(
            minutes.pk, entry, language, request.POST.get("text", ""), based_on=based_on, by=person, now=timezone.now()
        )
    except actions.Changed as changed:
        theirs = prose_as(changed.theirs, zone, language)
        return JsonResponse({"code": changed.code, "message": str(changed.message), "theirs": theirs}, status=409)
    except Refused as refused:
        return JsonResponse({"code": refused.code, "message": str(refused.message)}, status=422)
    return JsonResponse(prose_as(prose, zone, language))


@login_required
@require_GET
def versions(request: HttpRequest, summit: str, meeting: str, entry: int) -> HttpResponse:
    """Every version of what was written beside one entry, newest first."""
    minutes, _person = _writable(request, summit, meeting)
    language = queries.language_for(minutes, request.GET.get("language", get_language() or "en"))
    prose = get_object_or_404(Prose, minutes=minutes, entry=entry, language=language)
    kept = prose.versions.select_related("by").order_by("-version")
    context = {"minutes": minutes, "meeting": minutes.meeting, "prose": prose, "versions": kept, "language": language}
    return render(request, "minutes/versions.html", context)
