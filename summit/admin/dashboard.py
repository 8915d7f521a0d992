"""What needs an organiser now: the first page of the organisers' site."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from summit.admin.base import organised
from summit.agenda.models import Meeting
from summit.credentials.models import Accreditation, Invitation, Suspension
from summit.credentials.transitions import WITHOUT_DOCUMENT
from summit.delegations.models import Delegation
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
    """Unfold's DASHBOARD_CALLBACK: `blocks` of what waits, in the summits one organises."""
    summits, now = organised(request), timezone.now()
    found = list(summits)
    return context | {
        "summits": found,
        "blocks": [
            _meetings(found, now), _credentials(summits), _suspensions(summits), _accreditations(summits),
            _invitations(summits, now),
        ] if found else [],
    }  # fmt: skip


def _block(title: Any, empty: Any, rows: list[Line]) -> Block:
    return Block(title, rows[:SHOWN], max(0, len(rows) - SHOWN), empty)


def _page(row: Any, pk: int | None = None) -> str:
    return reverse(f"admin:summit_{type(row)._meta.model_name}_change", args=[pk or row.pk])


def _meetings(summits: list[Summit], now: datetime) -> Block:
    lines = []
    rows = Meeting.objects.filter(summit__in=summits).exclude(state="closed").prefetch_related("offices")
    for row in rows.filter(starts_at__lt=now + timedelta(days=2)).select_related("summit"):
        if row.day != now.astimezone(ZoneInfo(row.zone)).date() and row.state == Meeting.State.PLANNED:
            continue
        chairs = [office for office in row.offices.all() if office.kind == "chair"]
        why = row.get_state_display() if chairs else _("nobody has been named to chair it")
        lines.append(Line(f"{row.time:%H:%M} {row}", why, _page(row)))
    return _block(_("Meetings today"), _("No meeting today."), lines)


def _credentials(summits: QuerySet[Summit]) -> Block:
    rows = Delegation.objects.filter(summit__in=summits).exclude(category__in=WITHOUT_DOCUMENT)
    lines = []
    for row in rows.select_related("credentials").order_by("code"):
        held = getattr(row, "credentials", None)
        if held is None or held.state in _UNDECIDED:
            lines.append(Line(str(row), held.get_state_display() if held else _("none received"), _page(row)))
    return _block(_("Credentials that wait"), _("Every delegation's credentials are decided."), lines)


def _suspensions(summits: QuerySet[Summit]) -> Block:
    rows = Suspension.objects.filter(delegation__summit__in=summits, confirmed_at=None, lifted_at=None)
    lines = [
        Line(row.delegation, _("proposed by %(name)s, waits for a second person") % {"name": row.proposed_by},
             _page(row.delegation))
        for row in rows.select_related("delegation", "proposed_by")
    ]  # fmt: skip
    return _block(_("Suspensions proposed"), _("None is proposed."), lines)


def _accreditations(summits: QuerySet[Summit]) -> Block:
    rows = Accreditation.objects.filter(summit__in=summits, state="nominated").select_related("person")
    lines = [Line(row.person, _("nominated, to be approved"), _page(row)) for row in rows.order_by("pk")]
    return _block(_("People to approve"), _("Nobody waits for approval."), lines)


def _invitations(summits: QuerySet[Summit], now: datetime) -> Block:
    rows = Invitation.objects.filter(summit__in=summits, consumed_at=None, withdrawn_at=None, reusable=False)
    waiting = list(rows.select_related("person").order_by("sent_at"))
    pairs = {(row.summit_id, row.person_id) for row in waiting}
    found = Accreditation.objects.filter(summit__in=summits, person__in=[person for _summit, person in pairs])
    page_of = {(row.summit_id, row.person_id): _page(row) for row in found}
    lines = [
        Line(row.person, _("the link has run out") if row.expires_at < now else _("no answer yet"),
             page_of.get((row.summit_id, row.person_id), ""))
        for row in waiting
    ]  # fmt: skip
    return _block(_("Invitations unanswered"), _("Every invitation was answered."), lines)
