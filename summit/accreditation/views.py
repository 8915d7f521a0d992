"""The focal point's desk: the people of one's own delegation."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from summit.accreditation import nominations, queries, quotas
from summit.accreditation.forms import NominationForm
from summit.accreditation.models import Nomination, Place
from summit.agenda.models import Meeting
from summit.agenda.views import summit_for
from summit.credentials.models import AccreditationState
from summit.delegations.models import Delegation
from summit.errors import Refused
from summit.people.models import Person
from summit.summits.models import Summit


def _mine(request: HttpRequest, slug: str, code: str) -> tuple[Summit, Person, Delegation]:
    """404 unless whoever looks is a focal point of this delegation, or works the accreditation desk."""
    summit, person = summit_for(request, slug)
    delegation = get_object_or_404(summit.delegations.select_related("summit"), code=code)
    if not queries.is_focal(person, delegation) and not queries.works_desk(person, summit, timezone.now()):
        raise Http404
    return summit, person, delegation


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def desk(request: HttpRequest, summit: str, delegation: str) -> HttpResponse:
    """Everybody of the delegation and how far they are. POST `step`: withdraw (`person`) or acting (`meeting`, `person`)."""
    gathering, me, home = _mine(request, summit, delegation)
    now = timezone.now()
    if request.method == "POST":
        try:
            _act(request, home, me)
        except Refused as refused:
            messages.error(request, str(refused.message))
        return redirect("focal_desk", gathering.slug, home.code)
    rows = queries.people_of(home, now)
    rules = queries.rules_of(gathering)
    taken = queries.seats_taken(home, now)
    limits = quotas.limits_of(home)
    heads = {row.meeting_id: row.person_id for row in home.acting_heads.all()}
    ahead = gathering.meetings.exclude(state__in=(Meeting.State.CLOSED, Meeting.State.ADJOURNED)).order_by("starts_at")
    context = {
        "delegation": home,
        "rows": [row for row in rows if not row.is_out],
        "left": [row for row in rows if row.is_out],
        "rules": rules,
        "is_over": bool(rules.nominate_until and now >= rules.nominate_until),
        "places": [
            {"label": label, "taken": len(taken[place]), "limit": limits.get(place)} for place, label in Place.choices
        ],
        "members": [row for row in rows if row.membership and not row.is_out],
        "meetings": [{"meeting": row, "head": heads.get(row.pk)} for row in ahead],
    }
    return render(request, "accreditation/focal.html", context)


def _act(request: HttpRequest, home: Delegation, me: Person) -> None:
    now, chosen = timezone.now(), request.POST.get("person", "")
    person = int(chosen) if chosen.isdecimal() else None
    if request.POST.get("step") == "withdraw":
        row = get_object_or_404(home.summit.accreditations, person=person)
        nominations.withdraw_member(home.pk, row.pk, by=me, now=now)
        messages.success(request, _("Withdrawn. They may no longer enter for your delegation."))
    elif request.POST.get("step") == "acting":
        meeting = request.POST.get("meeting", "")
        nominations.name_acting_head(int(meeting) if meeting.isdecimal() else 0, home.pk, person, by=me, now=now)
        messages.success(request, _("Saved. The meeting knows who heads your delegation."))


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def nominate(request: HttpRequest, summit: str, delegation: str) -> HttpResponse:
    """A form for one person; with ?replaces=MEMBERSHIP for whoever takes that seat over."""
    gathering, me, home = _mine(request, summit, delegation)
    wanted = request.GET.get("replaces", "")
    seat = None
    if wanted:
        found = queries.members_of(home, timezone.now()).select_related("person")
        seat = get_object_or_404(found, pk=int(wanted) if wanted.isdecimal() else 0)
    form = NominationForm(request.POST or None, replaces=seat.function if seat else "")
    if request.method == "POST" and form.is_valid():
        try:
            nominations.nominate_member(
                home.pk, form.asked(), by=me, now=timezone.now(), replaces=seat.pk if seat else None
            )
        except Refused as refused:
            form.add_error(None, str(refused.message))
        else:
            messages.success(request, _("Sent to the accreditation desk. You see here what it decides."))
            return redirect("focal_desk", gathering.slug, home.code)
    return render(request, "accreditation/nominate.html", {"delegation": home, "form": form, "seat": seat})


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, summit: str, delegation: str, nomination: int) -> HttpResponse:
    """Correct what was asked for, until it is decided."""
    gathering, me, home = _mine(request, summit, delegation)
    rows = Nomination.objects.select_related("accreditation__person", "replaces__person")
    row = get_object_or_404(rows, pk=nomination, delegation=home, accreditation__state=AccreditationState.NOMINATED)
    form = NominationForm(request.POST or None, replaces=row.replaces.function if row.replaces else "", nomination=row)
    if request.method == "POST" and form.is_valid():
        try:
            nominations.change_nomination(row.pk, form.asked(), by=me, now=timezone.now())
        except Refused as refused:
            form.add_error(None, str(refused.message))
        else:
            messages.success(request, _("Saved."))
            return redirect("focal_desk", gathering.slug, home.code)
    context: dict[str, Any] = {"delegation": home, "form": form, "seat": row.replaces, "nomination": row}
    return render(request, "accreditation/nominate.html", context)
