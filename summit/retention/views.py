from __future__ import annotations

from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from summit.credentials.stepup import dangerous
from summit.people.models import Person
from summit.people.queries import person_of
from summit.retention import holdings


@login_required
@require_POST
@dangerous
def own_data(request: HttpRequest) -> HttpResponse:
    """Everything held about whoever asks, as a ZIP."""
    person = person_of(request.user)
    if person is None:
        raise Http404
    return as_zip(person, timezone.now(), own=True)


def as_zip(person: Person, now: datetime, *, own: bool) -> HttpResponse:
    """The download; named by number, never by name."""
    response = HttpResponse(holdings.export(person, now, own=own), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="person-{person.pk}.zip"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
