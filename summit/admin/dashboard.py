"""What needs an organiser now: the first page of the organisers' site."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _

from summit import live
from summit.admin.base import organised
from summit.admin.stuck import stuck
from summit.agenda.models import Meeting, Paper
from summit.agenda.symbols import sort_key
from summit.credentials.models import Accreditation, Delivery, Invitation, Suspension
from summit.credentials.transitions import WITHOUT_DOCUMENT
from summit.delegations.models import Delegation
from summit.imports.models import Import
from summit.minutes.models import Export
from summit.names import OWN_NAMES, listed
from summit.people.models import Task
from summit.people.queries import may_found, person_of, tasks_now
from summit.summits.models import Summit

SHOWN = 12  # rows of each kind; the rest is a number
_UNDECIDED = ("none", "provisional", "received", "challenged")


@dataclass(frozen=True)
class Line:
    """One thing to look at."""

    what: Any
    why: Any
    url: str


@dataclass(frozen=True)
class Block:
    """Things of one kind. empty: what it means when there are none."""

    title: Any
    lines: list[Line]
    more: int
    empty: Any


def attention(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """`blocks` of what waits, each of the summits where it is one's work."""
    now, blocks = timezone.now(), []
    person = person_of(request.user)
    held = set(tasks_now(person))
    everything = Task.ORGANISER in held
    if organised(request, *Task).exists():
        for block, tasks in BLOCKS:
            if everything or held & set(tasks):
                blocks.append(block(organised(request, *tasks), now))
    return context | {
        "blocks": blocks,
        "tasks": "" if everything else listed((task.label for task in Task if task in held), get_language() or "en"),
        "may_found": may_found(person),
    }


def _block(title: Any, empty: Any, rows: list[Line]) -> Block:
    return Block(title, rows[:SHOWN], max(0, len(rows) - SHOWN), empty)


def _page(row: Any, pk: int | None = None) -> str:
    return reverse(f"admin:summit_{type(row)._meta.model_name}_change", args=[pk or row.pk])


def _meetings(summits: QuerySet[Summit], now: datetime) -> Block:
    lines = []
    rows = Meeting.objects.filter(summit__in=summits).exclude(state="closed").prefetch_related("offices")
    for row in rows.filter(starts_at__lt=now + timedelta(days=2)).select_related("summit"):
        if row.day != now.astimezone(ZoneInfo(row.zone)).date() and row.state == Meeting.State.PLANNED:
            continue
        chairs = [office for office in row.offices.all() if office.kind == "chair"]
        why = row.get_state_display() if chairs else _("nobody has been named to chair it")
        lines.append(Line(f"{row.time:%H:%M} {row}", why, _page(row)))
    return _block(_("Meetings today"), _("No meeting today."), lines)


def _credentials(summits: QuerySet[Summit], now: datetime) -> Block:
    rows = Delegation.objects.filter(summit__in=summits).exclude(category__in=WITHOUT_DOCUMENT)
    lines = []
    for row in rows.select_related("credentials").order_by("code"):
        held = getattr(row, "credentials", None)
        if held is None or held.state in _UNDECIDED:
            lines.append(Line(str(row), held.get_state_display() if held else _("none received"), _page(row)))
    return _block(_("Credentials that wait"), _("Every delegation's credentials are decided."), lines)


def _suspensions(summits: QuerySet[Summit], now: datetime) -> Block:
    rows = Suspension.objects.filter(delegation__summit__in=summits, confirmed_at=None, lifted_at=None)
    lines = [
        Line(row.delegation, _("proposed by %(name)s, waits for a second person") % {"name": row.proposed_by},
             _page(row.delegation))
        for row in rows.select_related("delegation", "proposed_by")
    ]  # fmt: skip
    return _block(_("Suspensions proposed"), _("None is proposed."), lines)


def _accreditations(summits: QuerySet[Summit], now: datetime) -> Block:
    rows = Accreditation.objects.filter(summit__in=summits, state="nominated").select_related("person")
    lines = [Line(row.person, _("nominated, to be approved"), _page(row)) for row in rows.order_by("pk")]
    return _block(_("People to approve"), _("Nobody waits for approval."), lines)


def _invitations(summits: QuerySet[Summit], now: datetime) -> Block:
    rows = Invitation.objects.filter(summit__in=summits, consumed_at=None, withdrawn_at=None, reusable=False)
    went = Delivery.objects.filter(kind=Delivery.Kind.INVITATION)
    waiting = list(rows.select_related("person").prefetch_related(Prefetch("deliveries", went, to_attr="went")))
    waiting.sort(key=lambda row: (not _undelivered(row), row.sent_at))  # what will not arrive stands first
    pairs = {(row.summit_id, row.person_id) for row in waiting}
    found = Accreditation.objects.filter(summit__in=summits, person__in=[person for _summit, person in pairs])
    page_of = {(row.summit_id, row.person_id): _page(row) for row in found}
    lines = [
        Line(row.person, _why(row, now),
             page_of.get((row.summit_id, row.person_id), ""))
        for row in waiting
    ]  # fmt: skip
    return _block(_("Invitations unanswered"), _("Every invitation was answered."), lines)


def _undelivered(row: Invitation) -> bool:
    """Whether the letter came back or was never taken."""
    return bool(row.went) and row.went[0].state in {Delivery.State.REFUSED, Delivery.State.BOUNCED}  # type: ignore[attr-defined]


def _why(row: Invitation, now: datetime) -> Any:
    if _undelivered(row):
        return f"{row.went[0].get_state_display()}: {row.went[0].said}"  # type: ignore[attr-defined]
    return _("the link has run out") if row.expires_at < now else _("no answer yet")


def _lines(summits: QuerySet[Summit], now: datetime) -> Block:
    """Open meetings in which somebody's line is weak."""
    rows = Meeting.objects.filter(summit__in=summits, state__in=("open", "suspended")).select_related("summit")
    found = live.weak_lines([row.pk for row in rows])
    lines = [
        Line(row, ngettext("%(n)s weak line", "%(n)s weak lines", found[row.pk]) % {"n": found[row.pk]},
             reverse("meeting", args=[row.summit.slug, row.slug]))
        for row in rows if row.pk in found
    ]  # fmt: skip
    return _block(_("Weak lines"), _("Every line is good."), lines)


def _papers(summits: QuerySet[Summit], now: datetime) -> Block:
    """Papers that lack a language of their summit."""
    lines = []
    rows = Paper.objects.filter(summit__in=summits).select_related("summit").prefetch_related("files")
    for row in sorted(rows, key=lambda row: (row.summit_id, sort_key(row.symbol))):
        there = {file.language for file in row.files.all()}
        if missing := [OWN_NAMES.get(code, code) for code in row.summit.languages if code not in there]:
            why = (
                _("not yet in %(languages)s") % {"languages": listed(missing, get_language() or "en")}
                if there
                else _("no file yet")
            )
            lines.append(Line(row.symbol, why, _page(row)))
    return _block(_("Papers without a language version"), _("Every paper is there in every language."), lines)


def _jobs(summits: QuerySet[Summit], now: datetime) -> Block:
    """What the worker could not do; a file asked for again since is no failure any more."""
    lines = [
        Line(row, row.why or _("could not be read"), _page(row))
        for row in Import.objects.filter(summit__in=summits, state=Import.State.FAILED).order_by("-made_at")
    ]
    exports = Export.objects.filter(minutes__meeting__summit__in=summits, state=Export.State.FAILED)
    for file in exports.select_related("minutes__meeting__summit").order_by("-asked_at"):
        meeting = file.minutes.meeting
        address = reverse("minutes_of", args=[meeting.summit.slug, meeting.slug])
        lines.append(Line(meeting, _("minutes as %(format)s") % {"format": file.get_format_display()}, address))
    count, address = stuck(summits, now)
    if count:
        why = _("tried again and again; ask whoever runs the server to look at the worker’s log")
        lines.append(Line(_("Work that does not get done: %(count)s") % {"count": count}, why, address))
    return _block(_("Jobs that failed"), _("Everything that was asked of the worker is done."), lines)


# In the order of urgency, with whose work it is besides the organisers'.
BLOCKS: Sequence[tuple[Callable[[QuerySet[Summit], datetime], Block], tuple[str, ...]]] = (
    (_meetings, (Task.CONFERENCE, Task.RECORDS, Task.INTERPRETATION, Task.TECHNICAL)),
    (_lines, (Task.CONFERENCE, Task.TECHNICAL)),
    (_credentials, ()),
    (_suspensions, ()),
    (_accreditations, (Task.ACCREDITATION,)),
    (_invitations, (Task.ACCREDITATION,)),
    (_papers, (Task.CONFERENCE,)),
    (_jobs, ()),
)
