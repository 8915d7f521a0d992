"""Pages of the accreditation desk."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from summit.accreditation import badges, decisions, merging, queries, quotas, together
from summit.accreditation.door import COMING
from summit.accreditation.forms import FilterForm, FocalPointForm, OwnPlacesForm, PlacesForm, QuotaForm, RulesForm, whom
from summit.accreditation.history import history_of
from summit.accreditation.models import FocalPoint, HallPlaces
from summit.agenda.models import Meeting
from summit.agenda.views import summit_for
from summit.credentials.models import Accreditation, AccreditationState
from summit.credentials.queries import everybody
from summit.credentials.stepup import step_up
from summit.delegations.queries import in_protocol_order
from summit.errors import Refused
from summit.people.models import Person
from summit.people.queries import organises
from summit.summits.models import Summit


def _at(request: HttpRequest, slug: str) -> tuple[Summit, Person]:
    """404 unless whoever looks works the accreditation desk of this summit."""
    summit, person = summit_for(request, slug)
    if not queries.works_desk(person, summit, timezone.now()):
        raise Http404
    return summit, person


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def desk(request: HttpRequest, summit: str) -> HttpResponse:
    """Everybody, those who wait first. POST `step` (approve | again | badge | refuse), `chosen` (accreditations) or
    `everybody`, `reason`."""
    gathering, me = _at(request, summit)
    if request.method == "POST":
        answer = together.decide(request, gathering, me)
        return answer or redirect(request.get_full_path())
    rows = together.found(gathering, request.GET)
    page = Paginator(rows, together.PAGE).get_page(request.GET.get("page"))
    twins = {pk for pair in queries.twins_in(gathering) for pk in (pair.first, pair.second)}
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "form": FilterForm(request.GET), "page": page, "twins": twins, "query": f"{query.urlencode()}&" if query else "",
        "waiting": gathering.accreditations.filter(state=AccreditationState.NOMINATED).count(),
        "choosable": [row.pk for row in page if row.state != AccreditationState.WITHDRAWN],
        "matching": rows.exclude(state=AccreditationState.WITHDRAWN).count(),
    }  # fmt: skip
    return render(request, "accreditation/desk.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def person(request: HttpRequest, summit: str, accreditation: int) -> HttpResponse:
    """One person: what was asked, who may be the same, what happened. POST `step`: approve, refuse, withdraw, merge, badge."""
    gathering, me = _at(request, summit)
    row = get_object_or_404(queries.at_desk(gathering), pk=accreditation)
    if request.method == "POST" and request.POST.get("step") == "badge":
        return _badge(request, gathering, row, me)
    if request.method == "POST":
        kept = row.pk
        try:
            kept = _step(request, row, me, timezone.now())
        except Refused as refused:
            messages.error(request, str(refused.message))
        else:
            messages.success(request, _("Done, and in the journal."))
        return redirect("accreditation_of", gathering.slug, kept)
    alike = {
        pair.second if pair.first == row.person_id else pair.first: pair.why
        for pair in queries.twins_in(gathering)
        if row.person_id in (pair.first, pair.second)
    }
    twins = [(one, alike[one.person_id]) for one in queries.at_desk(gathering).filter(person__in=alike)]
    letter = gathering.invitations.filter(person=row.person, withdrawn_at=None).order_by("-sent_at").first()
    context: dict[str, Any] = {
        "row": row, "nomination": getattr(row, "nomination", None), "twins": twins,
        "history": history_of(row), "letter": letter, "badge": row.badges.filter(voided_at=None).first(),
    }  # fmt: skip
    return render(request, "accreditation/person.html", context)


def _step(request: HttpRequest, row: Accreditation, me: Person, now: datetime) -> int:
    """Do it; the accreditation to look at afterwards."""
    match request.POST.get("step"):
        case "approve":
            together.approve(request, row, me)
        case "refuse":
            decisions.refuse(row.pk, request.POST.get("reason", ""), by=me, now=now)
        case "withdraw":
            step_up(request)
            decisions.withdraw(row.pk, by=me, now=now)
        case "merge":
            step_up(request)
            other = request.POST.get("drop", "")
            return merging.merge(row.pk, int(other) if other.isdecimal() else 0, by=me, now=now).pk
    return row.pk


def _badge(request: HttpRequest, summit: Summit, row: Accreditation, me: Person) -> HttpResponse:
    try:
        badge = badges.issue_badge(row.pk, by=me, now=timezone.now())
    except Refused as refused:
        messages.error(request, str(refused.message))
    else:
        if printed := together.printed(request, summit, [badge.pk]):
            return printed
    return redirect("accreditation_of", summit.slug, row.pk)


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: HttpRequest, summit: str) -> HttpResponse:
    """Deadline, quotas and focal points. POST `step`: rules, quota, no_quota, name, release, places, own_places,
    no_places."""
    gathering, me = _at(request, summit)
    now, step = timezone.now(), request.POST.get("step", "")
    people = Person.objects.filter(pk__in=everybody(gathering.pk)).order_by("email", "pk")
    form = RulesForm(request.POST if step == "rules" else None, rules=queries.rules_of(gathering))
    homes = in_protocol_order(gathering)
    other = QuotaForm(request.POST if step == "quota" else None, delegations=homes)
    ahead = gathering.meetings.filter(state__in=COMING).order_by("starts_at")
    own = OwnPlacesForm(
        request.POST if step == "own_places" else None, meetings=ahead, delegations=homes, auto_id="own-%s"
    )
    naming = FocalPointForm(
        request.POST if step == "name" else None, delegations=gathering.delegations.order_by("code"), people=people
    )
    try:
        if step == "rules" and form.is_valid():
            decisions.set_rules(gathering.pk, by=me, now=now, **form.cleaned_data)
        elif step == "quota" and other.is_valid():
            quotas.set_quota(gathering.pk, by=me, now=now, **other.asked())
        elif step == "no_quota":
            quotas.set_quota(gathering.pk, by=me, now=now, **whom(request.POST.get("whom", "")))
        elif step == "name" and naming.is_valid():
            chosen = naming.cleaned_data
            decisions.name_focal_point(chosen["delegation"].pk, chosen["person"].pk, True, by=me, now=now)
        elif step == "release":
            chosen_one = request.POST.get("focal", "")
            pk = int(chosen_one) if chosen_one.isdecimal() else 0
            row = get_object_or_404(FocalPoint, pk=pk, delegation__summit=gathering)
            decisions.name_focal_point(row.delegation_id, row.person_id, False, by=me, now=now)
        elif step == "places":
            _places(request, gathering, me)
        elif step == "own_places" and own.is_valid():
            decisions.set_hall_places(by=me, now=now, **own.asked())
        elif step == "no_places":
            chosen_one = request.POST.get("places", "")
            pk = int(chosen_one) if chosen_one.isdecimal() else 0
            places = get_object_or_404(HallPlaces, pk=pk, meeting__summit=gathering)
            decisions.set_hall_places(places.meeting_id, None, by=me, now=now, delegation_id=places.delegation_id)
        else:
            step = ""
    except Refused as refused:
        messages.error(request, str(refused.message))
        return redirect("accreditation_rules", gathering.slug)
    if step:
        messages.success(request, _("Saved."))
        return redirect("accreditation_rules", gathering.slug)
    held = FocalPoint.objects.filter(delegation__summit=gathering, ended_at=None).select_related("person", "delegation")
    named: dict[int, list[FocalPoint]] = {}
    for one in held:
        named.setdefault(one.delegation_id, []).append(one)
    lines = [(row, named.get(row.pk, [])) for row in homes]
    context = {
        "form": form,
        "other": other,
        "quotas": quotas.quotas_in(gathering),
        "naming": naming,
        "lines": lines,
        "meetings": _halls(ahead),
        "own": own,
        "organises": organises(me, gathering, now),
    }
    return render(request, "accreditation/rules.html", context)


def _halls(meetings: QuerySet[Meeting]) -> list[tuple[Meeting, int | None, list[HallPlaces]]]:
    """Each meeting, the places of each delegation in its hall, and whose number is another. Two queries."""
    places = Prefetch("hall_places", HallPlaces.objects.select_related("delegation").order_by("delegation__code"))
    return [
        (
            row,
            next((one.each for one in found if one.delegation_id is None), None),
            [one for one in found if one.delegation],
        )
        for row in meetings.prefetch_related(places)
        for found in [list(row.hall_places.all())]
    ]


def _places(request: HttpRequest, summit: Summit, me: Person) -> None:
    chosen = request.POST.get("meeting", "")
    meeting = get_object_or_404(summit.meetings, pk=int(chosen) if chosen.isdecimal() else 0)
    form = PlacesForm(request.POST)
    if not form.is_valid():
        raise Refused("places.number", gettext_lazy("Give a number from 1 to 999, or leave it empty."))
    decisions.set_hall_places(meeting.pk, form.cleaned_data["each"], by=me, now=timezone.now())
