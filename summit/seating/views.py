"""Pages of the seating plan."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from summit.agenda.models import Meeting
from summit.agenda.queries import meetings_for
from summit.agenda.views import summit_for
from summit.errors import Refused
from summit.people.models import Person
from summit.people.queries import organises
from summit.seating import printing
from summit.seating.actions import set_hall
from summit.seating.forms import HallForm
from summit.seating.queries import hall_of, seating_of
from summit.summits.models import Summit


def _meeting(request: HttpRequest, summit: Summit, person: Person) -> tuple[list[Meeting], Meeting | None]:
    """The meetings to choose from, and the one asked for by `?meeting=`; else the next that is not over."""
    rows = list(meetings_for(person).filter(summit=summit).order_by("starts_at", "pk"))
    if slug := request.GET.get("meeting"):
        found = next((row for row in rows if row.slug == slug), None)
        if found is None:
            raise Http404
        return rows, found
    return rows, next((row for row in rows if row.state != Meeting.State.CLOSED), None)


@login_required
@require_GET
def plan(request: HttpRequest, summit: str) -> HttpResponse:
    """Who sits where in the hall, drawn and as a list, with the podium of one meeting."""
    gathering, person = summit_for(request, summit)
    now = timezone.now()
    meetings, chosen = _meeting(request, gathering, person)
    context = {
        "seating": seating_of(gathering, chosen, now), "meetings": meetings, "chosen": chosen,
        "drawn": gathering.draws.filter(drawn_at__isnull=False).exists(),
        "organises": organises(person, gathering, now),
    }  # fmt: skip
    return render(request, "seating/plan.html", context)


@login_required
@require_GET
def pdf(request: HttpRequest, summit: str) -> HttpResponse:
    """The same as a PDF, in the reader's language. 404 until the hall is known."""
    gathering, person = summit_for(request, summit)
    _rows, chosen = _meeting(request, gathering, person)
    seating = seating_of(gathering, chosen, timezone.now())
    if seating is None:
        raise Http404
    try:
        made = printing.render(gathering, chosen, seating)
    except Refused as refused:
        messages.error(request, str(refused.message))
        return redirect("seating", gathering.slug)
    response = HttpResponse(made, content_type="application/pdf")
    response["Content-Disposition"] = 'attachment; filename="seating-plan.pdf"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def hall(request: HttpRequest, summit: str) -> HttpResponse:
    """How the seats stand, for the organisers. POST: `rows`, `blocks`, `places`, `begins`."""
    gathering, person = summit_for(request, summit)
    if not organises(person, gathering, timezone.now()):
        raise Http404
    form = HallForm(request.POST or None, hall=hall_of(gathering))
    if request.method == "POST" and form.is_valid() and _kept(form, gathering, person, timezone.now()):
        messages.success(request, _("Saved."))
        return redirect("seating", gathering.slug)
    return render(request, "seating/hall.html", {"form": form})


def _kept(form: HallForm, summit: Summit, by: Person, now: datetime) -> bool:
    """Whether it was kept; else the form says why not, with what was typed."""
    try:
        set_hall(summit.pk, by=by, now=now, **form.cleaned_data)
    except Refused as refused:
        form.add_error("blocks", str(refused.message))
        return False
    return True
