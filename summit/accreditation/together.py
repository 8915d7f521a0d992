"""What the desk does for many at once: for those who are ticked, or for everybody whom the list finds."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from time import monotonic

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from summit.accreditation import badges, decisions, printing, queries
from summit.accreditation.forms import FilterForm
from summit.credentials import letters
from summit.credentials.models import Accreditation, AccreditationState, Invitation
from summit.errors import Refused
from summit.names import listed
from summit.people.models import Person
from summit.summits.models import Summit

PAGE = 200  # persons on one page, and at most ticked at once
PATIENCE = 20.0  # s one request goes on deciding; whoever is left then is told of


def found(summit: Summit, asked: QueryDict) -> QuerySet[Accreditation]:
    """The accreditations the desk lists for these filters, as they stand in its address."""
    form = FilterForm(asked)
    values = form.cleaned_data if form.is_valid() else {}
    return queries.at_desk(
        summit, words=values.get("q", ""), state=values.get("state", ""), code=values.get("delegation", "")
    )


def decide(request: HttpRequest, summit: Summit, me: Person) -> HttpResponse | None:
    """Do `step` (approve | again | badge | refuse) for those who are `chosen`, or for `everybody` who matches the filters.

    None: done, and told on the next page.
    """
    if request.POST.get("everybody"):
        return _everybody(request, summit, me)
    rows = list(summit.accreditations.filter(pk__in=_ticked(request)).select_related("person").order_by("pk"))
    if not rows:
        messages.warning(request, _("Choose somebody first: tick the boxes beside their names."))
    if request.POST.get("step") == "badge" and len(rows) > printing.MOST:  # before one is void that cannot be printed
        messages.error(request, _("Print at most 100 badges at once."))
        return None
    return _act(request, summit, me, rows)


def _ticked(request: HttpRequest) -> list[int]:
    """At most a page of them. The box in the head of the list names the whole page: "17,16,12"."""
    said = [pk for box in request.POST.getlist("chosen") for pk in box.split(",")]
    return [int(pk) for pk in dict.fromkeys(said) if pk.isdecimal()][:PAGE]


def _everybody(request: HttpRequest, summit: Summit, me: Person) -> HttpResponse | None:
    """Asks once more: nothing happens until `seen` says that these very people were shown."""
    step = request.POST.get("step", "")
    match = list(found(summit, request.GET).exclude(state=AccreditationState.WITHDRAWN).order_by("pk"))
    concerned = set(summit.accreditations.filter(_concerned(summit, step)).values_list("pk", flat=True))
    rows = [row for row in match if row.pk in concerned]
    if not rows:
        messages.warning(request, _("There is nobody among those who match for whom this can be done now."))
        return None
    if step == "refuse" and not request.POST.get("reason", "").strip():
        messages.error(request, _("Say why, so that the focal point knows what to do."))
        return None
    now = rows[: printing.MOST] if step == "badge" else rows
    seen = hashlib.sha256(",".join(str(row.pk) for row in now).encode()).hexdigest()
    if request.POST.get("seen") == seen:
        return _act(request, summit, me, now)
    context = {
        "summit": summit, "step": step, "rows": now, "seen": seen, "others": len(match) - len(now),
        "reason": request.POST.get("reason", ""), "back": request.get_full_path(),
        "changed": "seen" in request.POST, "first": len(now) < len(rows),
    }  # fmt: skip
    return render(request, "accreditation/together.html", context)


def _concerned(summit: Summit, step: str) -> Q:
    """For whom of everybody an act is meant: nobody gets a second badge or a first letter by it."""
    match step:
        case "approve":
            return Q(state=AccreditationState.NOMINATED)
        case "badge":
            return Q(state=AccreditationState.APPROVED)
        case "again":
            return Q(person__account=None, person__in=queries.unanswered(summit).values("person"))
        case _:
            return Q(state=AccreditationState.NOMINATED, nomination__isnull=False)


def _act(request: HttpRequest, summit: Summit, me: Person, rows: list[Accreditation]) -> HttpResponse | None:
    """Each person in an act of their own: what the rules refuse for one does not hold up the others. Badges are answered
    as one file."""
    step, made, done, began = request.POST.get("step", ""), list[int](), 0, monotonic()
    refused: dict[str, list[Person]] = defaultdict(list)
    for at, row in enumerate(rows):
        if monotonic() - began > PATIENCE:
            _tell_left(request, len(rows) - at)
            break
        try:
            if badge := _one(request, step, row, me):
                made.append(badge)
        except Refused as why:
            refused[str(why.message)].append(row.person)
        else:
            done += 1
    for reason, people in refused.items():
        messages.error(request, f"{listed(people, get_language() or 'en')}: {reason}")
    if made:
        return printed(request, summit, made)
    if done:
        said = ngettext("%(count)s person decided on.", "%(count)s persons decided on.", done)
        if step == "again":
            said = ngettext("%(count)s invitation sent again.", "%(count)s invitations sent again.", done)
        messages.success(request, said % {"count": done})
    return None


def _one(request: HttpRequest, step: str, row: Accreditation, me: Person) -> int | None:
    """The act for one person; the badge where one was made."""
    now = timezone.now()
    match step:
        case "approve":
            approve(request, row, me)
        case "again":
            _send(request, *decisions.send_again(row.pk, by=me, now=now))
        case "badge":
            return badges.issue_badge(row.pk, by=me, now=now).pk
        case _:
            decisions.refuse(row.pk, request.POST.get("reason", ""), by=me, now=now)
    return None


def _tell_left(request: HttpRequest, left: int) -> None:
    said = ngettext(
        "%(count)s person is left: choose them again.", "%(count)s persons are left: choose them again.", left
    )
    messages.warning(request, said % {"count": left})


def printed(request: HttpRequest, summit: Summit, made: list[int]) -> HttpResponse | None:
    """The file with these badges; None, and said why, when it could not be made."""
    try:
        pdf = printing.render(summit, list(queries.badges_in(summit, timezone.now()).filter(pk__in=made)))
    except Refused as refused:
        messages.error(request, str(refused.message))
        return None
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = 'attachment; filename="badges.pdf"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def approve(request: HttpRequest, row: Accreditation, me: Person) -> None:
    """Approve, and see to the letter."""
    made = decisions.approve(row.pk, by=me, now=timezone.now())
    if made:
        _send(request, *made)


def _send(request: HttpRequest, invitation: Invitation, token: str) -> None:
    """The letter is on its way. Where there is no address the desk gets the link, which nobody can see again."""
    if invitation.person.email:
        return
    said = _("There is no address of %(name)s. Hand this link over yourself; it is shown only now: %(link)s")
    messages.warning(request, said % {"name": invitation.person, "link": letters.address(token)})
