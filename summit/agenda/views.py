from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET

from summit import rights
from summit.agenda import queries
from summit.agenda.marking import marked
from summit.agenda.models import Paper, PaperFile
from summit.agenda.symbols import sort_key
from summit.credentials.queries import summits_for
from summit.delegations.draw import commitment
from summit.delegations.queries import delegations_of, in_protocol_order
from summit.errors import Refused
from summit.names import OWN_NAMES
from summit.people.models import Person
from summit.people.queries import person_of
from summit.summits.models import Summit

TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "txt": "text/plain; charset=utf-8",
}


MARKED = (Paper.Access.RESTRICTED, Paper.Access.DELEGATION)


def summit_for(request: HttpRequest, slug: str) -> tuple[Summit, Person]:
    """The summit of this address and who looks at it. 404 unless they may enter it."""
    person = person_of(request.user)
    if person is None:
        raise Http404
    return get_object_or_404(summits_for(person), slug=slug), person


@login_required
@require_GET
def agenda(request: HttpRequest, summit: str) -> HttpResponse:
    """The agenda with its papers and where each item is taken."""
    gathering, person = summit_for(request, summit)
    items = queries.agenda_of(gathering, person, timezone.now())
    return render(request, "agenda/agenda.html", {"items": items})


@login_required
@require_GET
def delegations(request: HttpRequest, summit: str) -> HttpResponse:
    """The delegations in protocol order, by the language chosen, and the proof of the draw for the first seat."""
    gathering, _person = summit_for(request, summit)
    language = request.GET.get("language", gathering.protocol_language)
    if language not in settings.CONTENT_LANGUAGES:
        raise Http404
    held = gathering.draws.filter(drawn_at__isnull=False).select_related("first").order_by("-drawn_at").first()
    return render(
        request,
        "agenda/delegations.html",
        {
            "delegations": in_protocol_order(gathering, language),
            "language": language,
            "languages": [(code, OWN_NAMES[code]) for code in settings.CONTENT_LANGUAGES],
            "draw": held,
            "waiting": gathering.draws.filter(drawn_at=None).first(),
            "seal": commitment(held.seed) if held else "",
        },
    )


@login_required
@require_GET
def meetings(request: HttpRequest, summit: str) -> HttpResponse:
    """The calendar of meetings, by day at the host."""
    gathering, person = summit_for(request, summit)
    rows = list(queries.meetings_for(person).filter(summit=gathering).select_related("item"))
    return render(request, "meetings/list.html", {"days": queries.by_day(rows)})


@login_required
@require_GET
def meeting(request: HttpRequest, summit: str, meeting: str) -> HttpResponse:
    """One meeting: when, programme, who holds which office, what I may do in it."""
    gathering, person = summit_for(request, summit)
    now = timezone.now()
    row = get_object_or_404(queries.meetings_for(person), summit=gathering, slug=meeting)
    mine = queries.meeting_rights(person, row, now)
    return render(
        request,
        "meetings/meeting.html",
        {
            "meeting": row,
            "items": queries.programme_of(row, person, now),
            "offices": queries.offices_held(row, now).select_related("person").order_by("kind", "pk"),
            "may_enter": rights.Right.ENTER in mine,
            "may_run": not mine.isdisjoint({rights.Right.RUN_FLOOR, rights.Right.PRESIDE}),
            "may_hall": rights.Right.RUN_HALL in mine,
            "may_read": queries.may_read_minutes(row, mine),
        },
    )


@login_required
@require_GET
def papers(request: HttpRequest, summit: str) -> HttpResponse:
    """All papers I may read, found by words of symbol or title."""
    gathering, person = summit_for(request, summit)
    words = request.GET.get("q", "").strip()[:100]
    now = timezone.now()
    readable = queries.papers_for(person, now)
    found = queries.matching(queries.listed(readable.filter(summit=gathering), readable), words)
    found.sort(key=lambda paper: sort_key(paper.symbol))
    return render(request, "papers/list.html", {"papers": found, "words": words})


@require_GET
def paper_file(request: HttpRequest, summit: str, file: int) -> HttpResponse | FileResponse:
    """One language version, as a download that no browser will run: attachment, nosniff, sandbox.

    404 for papers one may not read; public ones need no account. A restricted one carries its reader's name.
    """
    now, person = timezone.now(), person_of(request.user)
    readable = queries.papers_for(person, now).filter(summit__slug=summit)
    row = get_object_or_404(PaperFile.objects.select_related("paper__summit"), pk=file, paper__in=readable)
    response: HttpResponse | FileResponse
    try:
        if person is not None and row.paper.access in MARKED:
            response = HttpResponse(_marked(row, person, now), content_type=TYPES[row.kind])
        else:
            response = FileResponse(row.file.open("rb"), content_type=TYPES[row.kind])
    except FileNotFoundError as error:
        raise Http404 from error
    except Refused as refused:
        messages.error(request, str(refused.message))
        return redirect("papers", summit)
    symbol = "".join(c if c.isalnum() or c in ".-" else "-" for c in row.paper.symbol)
    name = f"{symbol}-{row.language}.{row.kind}"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response


def _marked(row: PaperFile, person: Person, now: datetime) -> bytes:
    mine = delegations_of(person, row.paper.summit, now)
    with row.file.open("rb") as file:
        return marked(file.read(), row.kind, person, mine[0] if mine else None, now)
