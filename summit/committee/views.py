"""The credentials desk, and the page of one delegation's documents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header, urlencode
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from summit.agenda import files
from summit.agenda.views import summit_for
from summit.committee import composing, queries
from summit.committee.forms import DraftForm, LetterForm, PowersForm
from summit.credentials import actions, documents
from summit.credentials.models import CredentialsLetter, CredentialsState
from summit.credentials.queries import may_hand_in
from summit.credentials.stepup import step_up
from summit.credentials.transitions import CREDENTIALS, WITHOUT_DOCUMENT
from summit.delegations.models import Delegation
from summit.delegations.queries import holding
from summit.errors import Refused
from summit.minutes import exporting
from summit.minutes.export.pdf import CannotRender
from summit.names import OWN_NAMES
from summit.people.models import Person
from summit.people.queries import organises
from summit.summits.models import Summit

PER_PAGE = 50
R = TypeVar("R", HttpResponse, FileResponse)
STEP_LABELS = {
    "provisional": gettext_lazy("A provisional document has come"),
    "received": gettext_lazy("The document has been received"),
    "accepted": gettext_lazy("Accept the credentials"),
    "challenged": gettext_lazy("The credentials are challenged"),
    "withdrawn": gettext_lazy("Withdraw the credentials"),
}


def desk_for(request: HttpRequest, slug: str) -> tuple[Summit, Person]:
    """The summit and who works at its credentials desk. 404 for everybody but its organisers."""
    summit, person = summit_for(request, slug)
    if not organises(person, summit, timezone.now()):
        raise Http404
    return summit, person


def papers_for(request: HttpRequest, slug: str, delegation: str) -> tuple[Delegation, Person, bool]:
    """A delegation, who looks at its documents, and whether they decide. 404 unless they may hand in its letters."""
    summit, person = summit_for(request, slug)
    now = timezone.now()
    row = get_object_or_404(summit.delegations.exclude(category__in=WITHOUT_DOCUMENT), code=delegation)
    row.summit = summit
    if not may_hand_in(person, row, now):
        raise Http404
    return row, person, organises(person, summit, now)


@login_required
@require_GET
def desk(request: HttpRequest, summit: str) -> HttpResponse:
    """Every delegation's credentials: what they rest on, where they stand, what waits."""
    gathering, _person = desk_for(request, summit)
    asked = {name: request.GET.get(name, "").strip()[:100] for name in ("q", "state", "basis")}
    rows = queries.rows_of(gathering)
    found = queries.chosen(rows, words=asked["q"], state=asked["state"], basis=asked["basis"])
    languages = [code for code in gathering.languages if code in dict(settings.LANGUAGES)] or ["en"]
    return render(request, "committee/desk.html", {
        "page": Paginator(found, PER_PAGE).get_page(request.GET.get("page")), "asked": asked, "total": len(rows),
        "query": urlencode({key: value for key, value in asked.items() if value}) + "&",
        "counts": [(basis, label, sum(row.basis == basis for row in rows)) for basis, label in _bases()],
        "waiting": sum(row.state in queries.WAITING for row in rows),
        "states": [("waiting", _("Waiting for a decision")), *CredentialsState.choices],
        "languages": [(code, OWN_NAMES[code]) for code in languages],
        "language": get_language() if get_language() in languages else languages[0],
    })  # fmt: skip


def _bases() -> list[tuple[str, str]]:
    return [("formal", _("Formal credentials")), ("other", _("Other information")), ("nothing", _("Nothing yet"))]


@login_required
@require_GET
def draft(request: HttpRequest, summit: str) -> HttpResponse:
    """The memorandum or the report as a file, made now from what stands now."""
    gathering, _person = desk_for(request, summit)
    form = DraftForm(request.GET)
    if not form.is_valid() or form.cleaned_data["language"] not in dict(settings.LANGUAGES):
        raise Http404
    asked, now = form.cleaned_data, timezone.now()
    compose = {"memorandum": composing.memorandum, "report": composing.report}[asked["kind"]]
    symbol = asked["symbol"].strip() or "[…]"
    made = compose(gathering, queries.rows_of(gathering), language=asked["language"], symbol=symbol, now=now)
    try:
        content = exporting.RENDER[asked["format"]](made, "")
    except CannotRender as refusal:
        messages.error(request, str(exporting.ERRORS[refusal.code]))
        return redirect("credentials_desk", summit)
    response = HttpResponse(content, content_type=exporting.TYPES[asked["format"]])
    name = f"{gathering.slug}-{asked['kind']}-{asked['language']}.{asked['format']}"
    return _as_download(response, name)


@login_required
@require_http_methods(["GET", "POST"])
def delegation(request: HttpRequest, summit: str, delegation: str) -> HttpResponse:
    """One delegation's letters, state, full powers and history. POST hands in a letter."""
    row, person, decides = papers_for(request, summit, delegation)
    form = LetterForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        found = _looked_into(form, "letter")
        values = {name: form.cleaned_data[name] for name in ("kind", "signed_by", "dated")}
        if found and _done(
            form, lambda: documents.hand_in(row.pk, by=person, now=timezone.now(), found=found, **values)
        ):
            messages.success(request, _("The letter was received. The secretariat will read it."))
            return redirect("credentials_of", summit, row.code)
    return _page(request, row, decides, form=form)


def _page(request: HttpRequest, row: Delegation, decides: bool, **forms: Any) -> HttpResponse:
    state = row.credentials.state if hasattr(row, "credentials") else "none"
    context = {
        "delegation": row, "decides": decides, "state": state, "state_label": CredentialsState(state).label,
        "letters": row.letters.exclude(kind=CredentialsLetter.Kind.POWERS).select_related("handed_in_by"),
        "powers": row.full_powers.select_related("person", "document"), "today": timezone.now().date(),
        "history": queries.history_of(row), "steps": [(to, STEP_LABELS[to]) for to in CREDENTIALS[state]],
        "powers_form": PowersForm(people=_members(row), prefix="powers"), "form": LetterForm(),
    }  # fmt: skip
    return render(request, "committee/delegation.html", context | forms)


def _members(row: Delegation) -> QuerySet[Person]:
    return Person.objects.filter(memberships__in=row.memberships.filter(holding(timezone.now())))


@login_required
@require_POST
def move(request: HttpRequest, summit: str, delegation: str) -> HttpResponse:
    """Decide: the credentials move to another state; open rooms follow at once."""
    row, person, decides = papers_for(request, summit, delegation)
    if not decides:
        raise Http404
    to, reason = request.POST.get("to", ""), request.POST.get("reason", "")
    if to == CredentialsState.WITHDRAWN:  # takes every right at once
        step_up(request)
    _told(request, lambda: actions.move_credentials(row.pk, to, by=person, now=timezone.now(), reason=reason))
    return redirect("credentials_of", summit, row.code)


@login_required
@require_POST
def enter_powers(request: HttpRequest, summit: str, delegation: str) -> HttpResponse:
    """Enter full powers into the register."""
    row, person, decides = papers_for(request, summit, delegation)
    if not decides:
        raise Http404
    form = PowersForm(request.POST, request.FILES, people=_members(row), prefix="powers")
    if form.is_valid():
        found = _looked_into(form, "document") if form.cleaned_data["document"] else None
        if not form.errors and _done(form, lambda: _enter(row, person, form.cleaned_data, found)):
            messages.success(request, _("The full powers are in the register."))
            return redirect("credentials_of", summit, row.code)
    return _page(request, row, decides, powers_form=form)


@transaction.atomic
def _enter(row: Delegation, by: Person, values: dict[str, Any], found: files.Found | None) -> None:
    now, values = timezone.now(), dict(values)
    who, _file = values.pop("person"), values.pop("document")
    held, made = None, None
    if found:
        kind, signed = CredentialsLetter.Kind.POWERS, values["issued_by"]
        dated = values["issued_on"]
        held = row.letters.filter(sha256=found.sha256, kind=kind, withdrawn_at=None, purged_at=None).first()
        held = held or (  # one document may name several persons
            made := documents.hand_in(row.pk, by=by, now=now, kind=kind, signed_by=signed, dated=dated, found=found)
        )
    try:
        documents.enter_powers(row.pk, who.pk, by=by, now=now, document=held, **values)
    except Refused:
        if made:  # its row goes with the transaction; nobody would find the file again
            made.file.storage.delete(str(made.file.name))
        raise


@login_required
@require_POST
def revoke_powers(request: HttpRequest, summit: str, delegation: str, powers: int) -> HttpResponse:
    """Full powers authorise nothing any more."""
    row, person, decides = papers_for(request, summit, delegation)
    held = get_object_or_404(row.full_powers, pk=powers)
    if not decides:
        raise Http404
    reason = request.POST.get("reason", "")
    _told(request, lambda: documents.revoke_powers(held.pk, by=person, now=timezone.now(), reason=reason))
    return redirect("credentials_of", summit, row.code)


@login_required
@require_http_methods(["GET", "POST"])
def letter(request: HttpRequest, summit: str, delegation: str, letter: int) -> HttpResponse | FileResponse:
    """The document itself, as a download that no browser will run. POST withdraws it."""
    row, person, decides = papers_for(request, summit, delegation)
    held = get_object_or_404(row.letters, pk=letter)
    if request.method == "POST":
        if not decides:
            raise Http404
        reason = request.POST.get("reason", "")
        _told(request, lambda: documents.withdraw_letter(held.pk, by=person, now=timezone.now(), reason=reason))
        return redirect("credentials_of", summit, row.code)
    try:
        response = FileResponse(held.file.open("rb"), content_type="application/pdf")
    except (FileNotFoundError, ValueError) as error:  # purged
        raise Http404 from error
    return _as_download(response, f"{row.code}-{held.kind}-{held.dated.isoformat()}.pdf")


def _as_download(response: R, name: str) -> R:
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"
    return response


def _looked_into(form: Any, field: str) -> files.Found | None:
    """What the upload really is; what is wrong with it stands on the form."""
    upload = form.cleaned_data[field]
    if not upload.name.lower().endswith(".pdf"):
        form.add_error(field, _("Letters are PDF files. Scan or export it as PDF."))
        return None
    if upload.size > settings.UPLOAD_LIMIT:
        form.add_error(field, _("The file is larger than 25 MB. Make it smaller or split it."))
        return None
    try:
        return files.look_into(upload.name, upload.read())
    except Refused as refused:
        form.add_error(field, str(refused.message))
        return None


def _done(form: Any, act: Callable[[], object]) -> bool:
    """Whether the act was allowed; what the rules refuse stands on the form."""
    try:
        act()
    except Refused as refused:
        form.add_error(None, str(refused.message))
        return False
    return True


def _told(request: HttpRequest, act: Callable[[], object]) -> None:
    """Act, and say what came of it above the page."""
    try:
        act()
    except Refused as refused:
        messages.error(request, str(refused.message))
    else:
        messages.success(request, _("Done, and in the journal."))
