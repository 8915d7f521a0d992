"""Reading minutes, keeping revisions, approving, downloading."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.text import capfirst
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from summit.agenda.views import summit_for
from summit.credentials.stepup import dangerous
from summit.errors import Refused
from summit.minutes import actions, changes, exporting, queries
from summit.minutes.models import Export, Minutes, Revision
from summit.minutes.reading import languages, minutes_for
from summit.minutes.sound import may_listen, sounds_beside
from summit.people.models import Person
from summit.recordings.queries import sounds_of
from summit.rights import Right


@login_required
@require_GET
def listing(request: HttpRequest, summit: str) -> HttpResponse:
    """The minutes of a summit: approved ones for everybody, drafts for the officers of their meeting."""
    gathering, person = summit_for(request, summit)
    rows = [
        {"minutes": minutes, "meeting": minutes.meeting, "writes": writes and minutes.state != Minutes.State.APPROVED}
        for minutes, writes in queries.listed(gathering.pk, person, timezone.now())
    ]
    return render(request, "minutes/list.html", {"rows": rows})


@login_required
@require_GET
def document(request: HttpRequest, summit: str, meeting: str) -> HttpResponse:
    """The minutes as a document: the approved text as it was frozen, else the draft as it is now."""
    minutes, _person, rights = minutes_for(request, summit, meeting)
    language = queries.language_for(minutes, request.GET.get("language", get_language() or "en"))
    shown, revision = queries.document_of(minutes, language)
    return render(request, "minutes/document.html", {
        "minutes": minutes, "meeting": minutes.meeting, "document": shown, "seal": revision.digest if revision else "",
        "languages": languages(minutes, language), "language": language, **_tools(minutes, rights),
        "sounds": sounds_beside(minutes, language) if may_listen(minutes, rights) else {},
    })  # fmt: skip


def _tools(minutes: Minutes, rights: frozenset[Right]) -> dict[str, bool]:
    """What the reader may do beside reading."""
    draft = minutes.state != Minutes.State.APPROVED
    return {
        "writes": draft and Right.WRITE in rights,
        "approves": minutes.state == Minutes.State.DRAFT and bool(rights & {Right.WRITE, Right.PRESIDE}),
        "officer": queries.reads_drafts(rights),
    }


@login_required
@require_http_methods(["GET", "POST"])
@dangerous
def approve(request: HttpRequest, summit: str, meeting: str) -> HttpResponse:
    """Read the whole text once more; then approve exactly that text."""
    minutes, person, rights = minutes_for(request, summit, meeting)
    if not _tools(minutes, rights)["approves"]:
        raise Http404
    if request.method == "POST":
        try:
            actions.approve(minutes.pk, seen=request.POST.get("seen", ""), by=person, now=timezone.now())
        except Refused as refused:
            messages.error(request, str(refused.message))
            return redirect("minutes_approve", summit, meeting)
        messages.success(request, _("The minutes are approved. Every participant can read them now."))
        return redirect("minutes_of", summit, meeting)
    language = queries.language_for(minutes, request.GET.get("language", get_language() or "en"))
    return render(request, "minutes/approve.html", {
        "minutes": minutes, "meeting": minutes.meeting, "document": queries.draft(minutes, language),
        "sounds_go": not minutes.meeting.recording_days and sounds_of(minutes.meeting).exists(),
        "seen": actions.draft_digest(minutes), "languages": languages(minutes, language), "language": language,
    })  # fmt: skip


def _officers(request: HttpRequest, summit: str, meeting: str) -> tuple[Minutes, Person, frozenset[Right]]:
    """As `minutes_for`, for officers of the meeting only: revisions show what was not approved."""
    found = minutes_for(request, summit, meeting)
    if not queries.reads_drafts(found[2]):
        raise Http404
    return found


@login_required
@require_http_methods(["GET", "POST"])
def revisions(request: HttpRequest, summit: str, meeting: str) -> HttpResponse:
    """Every frozen state of the minutes; POST keeps the present one."""
    minutes, person, rights = _officers(request, summit, meeting)
    if request.method == "POST":
        try:
            kept = actions.save_revision(minutes.pk, by=person, now=timezone.now())
            messages.success(request, _("Kept as revision %(number)d.") % {"number": kept.number})
        except Refused as refused:
            messages.error(request, str(refused.message))
        return redirect("minutes_revisions", summit, meeting)
    rows = minutes.revisions.select_related("by").defer("document").order_by("-number")
    return render(request, "minutes/revisions.html", {
        "minutes": minutes, "meeting": minutes.meeting, "revisions": rows, **_tools(minutes, rights),
    })  # fmt: skip


@login_required
@require_GET
def revision(request: HttpRequest, summit: str, meeting: str, number: int) -> HttpResponse:
    """What changed from one revision to another (`since`, the one before unless named), word by word."""
    minutes, _person, _rights = _officers(request, summit, meeting)
    newer = get_object_or_404(Revision, minutes=minutes, number=number)
    wished = request.GET.get("since", "")
    earlier = minutes.revisions.filter(number__lt=number)
    older = earlier.filter(number=int(wished) if wished.isdecimal() and len(wished) < 9 else number - 1).first()
    language = queries.language_for(minutes, request.GET.get("language", get_language() or "en"))
    now, before = queries.stored(newer, language), queries.stored(older, language) if older else None
    return render(request, "minutes/revision.html", {
        "minutes": minutes, "meeting": minutes.meeting, "revision": newer, "older": older, "earlier": earlier.defer("document"),
        "document": now, "changes": changes.compare(before, now) if before else None,
        "languages": languages(minutes, language), "language": language,
    })  # fmt: skip


@login_required
@require_http_methods(["GET", "POST"])
def exports(request: HttpRequest, summit: str, meeting: str) -> HttpResponse:
    """The files of these minutes: ask for one, watch it being made, download it. JSON for the page's script."""
    minutes, person, rights = minutes_for(request, summit, meeting)
    if request.method == "POST":
        try:
            wanted = (request.POST.get("format", ""), request.POST.get("language", ""))
            actions.ask_export(minutes.pk, *wanted, by=person, now=timezone.now())
        except Refused as refused:
            messages.error(request, str(refused.message))
        return redirect("minutes_exports", summit, meeting)
    rows = _readable_exports(minutes, rights).select_related("revision", "asked_by").order_by("-pk")[:30]
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"exports": [
            {"id": row.pk, "state": row.state, "label": capfirst(row.get_state_display()), "progress": row.progress,
             "error": _why(row)} for row in rows
        ]})  # fmt: skip
    language = queries.language_for(minutes, get_language() or "en")
    return render(request, "minutes/exports.html", {
        "minutes": minutes, "meeting": minutes.meeting, "exports": [(row, _why(row)) for row in rows],
        "formats": Export.Format.choices, "languages": languages(minutes, language),
        "waiting": any(row.state in {Export.State.QUEUED, Export.State.RUNNING} for row in rows),
    })  # fmt: skip


def _why(export: Export) -> str:
    return str(exporting.ERRORS.get(export.error, "")) if export.error else ""


def _readable_exports(minutes: Minutes, rights: frozenset[Right]) -> QuerySet[Export]:
    """Files of drafts are for officers; files of the approved text for every reader."""
    rows = Export.objects.filter(minutes=minutes)
    return rows if queries.reads_drafts(rights) else rows.filter(revision__kind=Revision.Kind.APPROVED)


@login_required
@require_GET
def download(request: HttpRequest, summit: str, meeting: str, export: int) -> FileResponse:
    """A finished file, as a download that no browser will run: attachment, nosniff, sandbox."""
    minutes, _person, rights = minutes_for(request, summit, meeting)
    row = get_object_or_404(_readable_exports(minutes, rights), pk=export, state=Export.State.READY)
    try:
        file = (settings.EXPORTS / row.file).open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(file, content_type=exporting.TYPES[row.format])
    symbol = "".join(letter if letter.isalnum() or letter in ".-" else "-" for letter in minutes.symbol)
    name = f"{symbol}-{row.language}.{row.format}" if row.revision_id else f"{symbol}-draft-{row.language}.{row.format}"
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response
