"""The bilateral desk: what waits for an answer, what is agreed, and a proposal of one's own."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from summit import names
from summit.agenda.views import summit_for
from summit.bilaterals import actions, queries
from summit.bilaterals.forms import ProposalForm, SlotForm
from summit.bilaterals.models import Bilateral
from summit.bilaterals.queries import LATEST, STEP, Busy
from summit.delegations.models import Category, Delegation
from summit.delegations.queries import in_protocol_order
from summit.errors import Refused
from summit.people.models import Person
from summit.summits.models import Summit

State = Bilateral.State
DONE = {
    "propose": lambda: _("Proposed. The other delegation reads it on its desk."),
    "accept": lambda: _("Agreed. A corridor is held for you both."),
    "decline": lambda: _("Declined. No reason is given."),
    "counter": lambda: _("Another time is proposed."),
    "withdraw": lambda: _("Withdrawn."),
}


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def desk(request: HttpRequest, summit: str) -> HttpResponse:
    """Of my delegations, and of them alone. POST `step` (propose, accept, decline, counter, withdraw), `bilateral`."""
    gathering, person = summit_for(request, summit)
    now = timezone.now()
    own = queries.speaks_for(person, gathering, now)
    if not own:
        raise Http404
    others = [one for one in in_protocol_order(gathering, get_language()) if one not in own]
    others = [one for one in others if one.category != Category.PRESS]
    step = request.POST.get("step", "")
    form = ProposalForm(request.POST if step == "propose" else None, own=own, others=others)
    if request.method == "POST" and _do(request, step, gathering, person, form, now):
        return redirect("bilaterals", gathering.slug)
    days = _days(gathering, now)
    day = next((one for one in days if one.isoformat() == request.GET.get("day", "")), days[0])
    rows = list(queries.of_delegations(one.pk for one in own))
    sections = _sorted(rows, own, now)
    wanted = {day, *(one.begins.date() for section in sections.values() for one in section)} & {*days}
    slots = _slots(gathering, own, wanted, now)
    context = {"form": form, "own": own, "days": days, "day": day, "slots": [one for one in slots if one["day"] == day]}
    for line in (*sections["waiting"], *sections["agreed"]):  # on its day, or on the one that is looked at
        line.slots = [one for one in slots if one["day"] in {line.begins.date(), day}]
    return render(request, "bilaterals/desk.html", context | sections)


def _do(
    request: HttpRequest, step: str, summit: Summit, person: Person, form: ProposalForm, now: datetime
) -> bool:  # fmt: skip
    """Whether it was done; what stood in the way is said on the page."""
    if step not in DONE:
        raise Http404
    try:
        if step == "propose":
            if not form.is_valid():
                return False
            said = form.cleaned_data
            actions.propose(
                summit.pk, by=person, host_id=said["host"], guest_id=said["guest"], starts_at=said["at"],
                minutes=said["minutes"], about=said["about"], now=now,
            )  # fmt: skip
        else:
            _answer(request, step, person, now)
    except Refused as no:
        messages.error(request, str(no.message))
        return False
    messages.success(request, DONE[step]())
    return True


def _answer(request: HttpRequest, step: str, person: Person, now: datetime) -> None:
    asked = request.POST.get("bilateral", "")
    pk = int(asked) if asked.isdecimal() and len(asked) < 10 else 0
    if step == "counter":
        slot = SlotForm(request.POST)
        if not slot.is_valid():
            raise Refused("bilateral.past", _("Choose a time."))
        actions.counter(pk, by=person, starts_at=slot.cleaned_data["at"], minutes=slot.cleaned_data["minutes"], now=now)
    else:
        {"accept": actions.accept, "decline": actions.decline, "withdraw": actions.withdraw}[step](
            pk, by=person, now=now
        )


def _days(summit: Summit, now: datetime) -> list[date]:
    """The days of the summit that have a half hour left; the last one when all are over."""
    zone = ZoneInfo(summit.zone)
    span = (summit.closes_on - summit.opens_on).days
    days = [summit.opens_on + timedelta(days=n) for n in range(span + 1)]
    return [day for day in days if datetime.combine(day, LATEST, zone) - STEP > now] or days[-1:]


def _slots(summit: Summit, own: list[Delegation], days: set[date], now: datetime) -> list[dict[str, Any]]:
    zone, language = ZoneInfo(summit.zone), get_language() or "en"
    pks = {one.pk for one in own}
    return [
        {
            "day": day, "at": slot.starts_at.isoformat(), "time": f"{slot.starts_at.astimezone(zone):%H:%M}",
            "busy": [_words(one, pks, language) for one in slot.busy],
        }
        for day, found in queries.slots(summit, pks, days, now).items()
        for slot in found
    ]  # fmt: skip


def _words(busy: Busy, own: set[int], language: str) -> str:
    if isinstance(busy.what, Bilateral):
        other = busy.what.guest if busy.what.host_id in own else busy.what.host
        return _("you meet %(name)s") % {"name": names.short(other.names, language)}
    title = names.text(busy.what.titles, language) or busy.what.slug
    return _("you may be speaking: %(meeting)s") % {"meeting": title} if busy.kind == "speech" else title


@dataclasses.dataclass
class Line:
    """One row as one side sees it. now: its corridor is held; field: id of the counter's select; begins: at the host's
    place; slots: what may be proposed instead."""

    row: Bilateral
    other: Delegation
    now: bool
    minutes: int
    field: str
    begins: datetime
    slots: list[dict[str, Any]] = dataclasses.field(default_factory=list)


def _sorted(rows: list[Bilateral], own: list[Delegation], now: datetime) -> dict[str, list[Line]]:
    mine = {one.pk for one in own}
    shown = [
        Line(
            row, row.guest if row.host_id in mine else row.host,
            queries.is_held(row, now),
            row.minutes, f"at-{row.pk}",
            row.starts_at.astimezone(ZoneInfo(row.summit.zone)),
        )
        for row in rows
    ]  # fmt: skip
    coming = [one for one in shown if one.row.ends_at > now]
    return {
        "waiting": [one for one in coming if one.row.state == State.PROPOSED and one.row.waits_for_id in mine],
        "asked": [one for one in coming if one.row.state == State.PROPOSED and one.row.waits_for_id not in mine],
        "agreed": [one for one in shown if one.row.state == State.ACCEPTED and (one.now or one in coming)],
        "over": [one for one in shown if one.row.state in {State.DECLINED, State.WITHDRAWN}],
    }
