"""Sending a badge photo, and seeing it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from summit.accreditation import photos, queries
from summit.accreditation.forms import PhotoForm
from summit.agenda.views import summit_for
from summit.credentials.models import Accreditation, AccreditationState
from summit.errors import Refused
from summit.people.models import Person
from summit.summits.models import Summit


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def own(request: HttpRequest, summit: str) -> HttpResponse:
    """My own photo."""
    gathering, person = summit_for(request, summit)
    row = get_object_or_404(gathering.accreditations.select_related("person", "summit"), person=person)
    return _page(request, row, person)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def of(request: HttpRequest, summit: str, accreditation: int) -> HttpResponse:
    """The photo of somebody I type for or decide on; 404 for everybody else and for whoever was withdrawn."""
    gathering, person = summit_for(request, summit)
    row = _row(gathering, accreditation)
    if not queries.may_send_photo(person, row, timezone.now()):
        raise Http404
    return _page(request, row, person)


def _row(summit: Summit, pk: int) -> Accreditation:
    rows = summit.accreditations.exclude(state=AccreditationState.WITHDRAWN).select_related("person", "summit", "photo")
    return get_object_or_404(rows, pk=pk)


def _page(request: HttpRequest, row: Accreditation, me: Person) -> HttpResponse:
    """GET: the form. POST: cut and keep; nobody learns by it what another photo looks like."""
    form = PhotoForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            jpeg = photos.develop(form.content(), form.cut())
            photos.keep_photo(row.pk, jpeg, by=me, now=timezone.now())
        except Refused as refused:
            form.add_error("photo", str(refused.message))
        else:
            messages.success(request, _("The photo is kept. The desk, the door and the person see it, nobody else."))
            return redirect(request.path)
    context: dict[str, Any] = {
        "row": row, "form": form, "has_photo": hasattr(row, "photo"),
        "sees": queries.may_see_photo(me, row, timezone.now()),
    }  # fmt: skip
    return render(request, "accreditation/photo.html", context)


@login_required
@require_GET
def image(request: HttpRequest, summit: str, accreditation: int) -> FileResponse:
    """The photo itself, for the person, the desk and the door; 404 for everybody else."""
    gathering, person = summit_for(request, summit)
    row = _row(gathering, accreditation)
    if not hasattr(row, "photo") or not queries.may_see_photo(person, row, timezone.now()):
        raise Http404
    try:
        response = FileResponse(row.photo.file.open("rb"), content_type="image/jpeg")
    except FileNotFoundError as error:
        raise Http404 from error
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
