"""Proposing, countering, agreeing. Nothing here is journaled: whom a State meets is its own affair."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from summit import live
from summit.agenda.models import Meeting
from summit.bilaterals.models import Bilateral
from summit.bilaterals.queries import clashes, speaks_for
from summit.delegations.models import Category, Delegation
from summit.errors import Refused
from summit.people.models import Person
from summit.summits.models import Summit

MINUTES = (15, 30, 45, 60)
OPEN_AT_ONCE = 60  # proposals of one delegation that wait for an answer
HORIZON = timedelta(days=366)  # ahead; a row that lies further would never be forgotten
KEPT = timedelta(hours=12)  # after its end, or after it was declined or withdrawn


@transaction.atomic
def propose(
    summit_id: int, *, by: Person, host_id: int, guest_id: int, starts_at: datetime, minutes: int, about: str = "",
    now: datetime,
) -> Bilateral:  # fmt: skip
    """Ask another delegation to meet.

    Refused: bilateral.not_yours, bilateral.nobody, bilateral.past, bilateral.far, bilateral.length, bilateral.busy,
    bilateral.many.
    """
    summit = Summit.objects.get(pk=summit_id)
    _mine(summit, by, host_id, now)
    _hold(host_id, guest_id)
    guest = Delegation.objects.filter(summit=summit, pk=guest_id).exclude(category=Category.PRESS).first()
    if guest is None or guest.pk == host_id:
        raise Refused("bilateral.nobody", _("Choose another delegation of this summit."))
    ends_at = _fits(starts_at, minutes, now)
    _free(host_id, starts_at, ends_at)
    waiting = Bilateral.objects.filter(host=host_id, state=Bilateral.State.PROPOSED)
    if waiting.count() >= OPEN_AT_ONCE:
        raise Refused("bilateral.many", _("Sixty of your proposals wait for an answer. Withdraw some first."))
    forget(now)
    made = Bilateral.objects.create(
        summit=summit, host_id=host_id, guest=guest, by=by, about=about.strip(), starts_at=starts_at, ends_at=ends_at,
        waits_for=guest, changed_at=now,
    )  # fmt: skip
    _ring(summit_id, guest.pk, {host_id, guest.pk})
    return made


@transaction.atomic
def accept(pk: int, *, by: Person, now: datetime) -> None:
    """Agreed. Refused: bilateral.gone, bilateral.not_yours, bilateral.not_your_turn, bilateral.past, bilateral.busy."""
    row, mine = _held(pk, by, now)
    _asked(row, mine)
    _fits(row.starts_at, row.minutes, now)
    _free(mine, row.starts_at, row.ends_at, row.pk)
    if clashes([_other(row, mine)], row.starts_at, row.ends_at, row.pk):
        raise Refused("bilateral.busy", _("The other delegation is no longer free then. Propose another time."))
    _change(row, by, now, mine, state=Bilateral.State.ACCEPTED, waits_for=None)


@transaction.atomic
def counter(pk: int, *, by: Person, starts_at: datetime, minutes: int, now: datetime) -> None:
    """Another time: now the other side answers. Also of one that was agreed: it is open again.

    Refused: as `accept`, and bilateral.length.
    """
    row, mine = _held(pk, by, now)
    if row.state == Bilateral.State.PROPOSED:
        _asked(row, mine)
    ends_at = _fits(starts_at, minutes, now)
    _free(mine, starts_at, ends_at, row.pk)
    _change(
        row, by, now, mine, state=Bilateral.State.PROPOSED, starts_at=starts_at, ends_at=ends_at,
        waits_for_id=_other(row, mine),
    )  # fmt: skip


@transaction.atomic
def decline(pk: int, *, by: Person, now: datetime) -> None:
    """No, without a reason. Refused: bilateral.gone, bilateral.not_yours, bilateral.not_your_turn."""
    row, mine = _held(pk, by, now)
    _asked(row, mine)
    _change(row, by, now, mine, state=Bilateral.State.DECLINED, waits_for=None, about="")


@transaction.atomic
def withdraw(pk: int, *, by: Person, now: datetime) -> None:
    """Not after all, proposed or agreed. Refused: bilateral.gone, bilateral.not_yours."""
    row, mine = _held(pk, by, now)
    _change(row, by, now, mine, state=Bilateral.State.WITHDRAWN, waits_for=None, about="")


def forget(now: datetime) -> None:
    """What is over, declined or withdrawn leaves no row."""
    said_no = Q(state__in=[Bilateral.State.DECLINED, Bilateral.State.WITHDRAWN], changed_at__lt=now - KEPT)
    Bilateral.objects.filter(said_no | Q(ends_at__lt=now - KEPT)).delete()


def _mine(summit: Summit, by: Person, delegation: int, now: datetime) -> None:
    if delegation not in {one.pk for one in speaks_for(by, summit, now)}:
        raise Refused("bilateral.not_yours", _("You do not speak for this delegation."))


def _hold(*delegations: int) -> None:
    """Two desks that agree at once to the same half hour come one after the other."""
    list(Delegation.objects.select_for_update(no_key=True).filter(pk__in=delegations).order_by("pk").values_list("pk"))


def _held(pk: int, by: Person, now: datetime) -> tuple[Bilateral, int]:
    """The row, and which of the two delegations I am. To everybody else there is none."""
    gone = Refused("bilateral.gone", _("This proposal is no longer open."))
    row = Bilateral.objects.select_related("summit").filter(pk=pk).first()
    if row is None:
        raise gone
    own = {one.pk for one in speaks_for(by, row.summit, now)}
    _hold(row.host_id, row.guest_id)
    row = Bilateral.objects.select_for_update(no_key=True).filter(pk=pk).first()
    if row is None or row.state in {Bilateral.State.DECLINED, Bilateral.State.WITHDRAWN}:
        raise gone
    sides = [side for side in (row.guest_id, row.host_id) if side in own]
    if not sides:
        raise gone
    return row, next((side for side in sides if side == row.waits_for_id), sides[0])


def _asked(row: Bilateral, mine: int) -> None:
    if row.state != Bilateral.State.PROPOSED or row.waits_for_id != mine:
        raise Refused("bilateral.not_your_turn", _("The other delegation answers next."))


def _other(row: Bilateral, mine: int) -> int:
    return row.host_id if mine == row.guest_id else row.guest_id


def _fits(starts_at: datetime, minutes: int, now: datetime) -> datetime:
    """When it ends."""
    if starts_at <= now:
        raise Refused("bilateral.past", _("This time has passed. Propose another."))
    if starts_at > now + HORIZON:
        raise Refused("bilateral.far", _("Choose a time."))
    if minutes not in MINUTES:
        raise Refused("bilateral.length", _("Choose a quarter of an hour, half an hour, 45 minutes or an hour."))
    return starts_at + timedelta(minutes=minutes)


def _free(delegation: int, starts_at: datetime, ends_at: datetime, but: int | None = None) -> None:
    if clashes([delegation], starts_at, ends_at, but):
        raise Refused("bilateral.busy", _("Your delegation meets somebody else then. Propose another time."))


def _change(row: Bilateral, by: Person, now: datetime, mine: int, **fields: object) -> None:
    for name, value in fields.items():
        setattr(row, name, value)
    row.by, row.changed_at = by, now
    row.save()
    forget(now)
    _ring(row.summit_id, _other(row, mine), {row.host_id, row.guest_id})


def _ring(summit_id: int, told: int, concerned: set[int]) -> None:
    """Open pages of one delegation hear that there is news, not what; those of both read again what is agreed."""
    event = {"type": "live.bilateral", "told": told, "concerned": sorted(concerned)}
    rooms = Meeting.objects.filter(summit=summit_id).exclude(state=Meeting.State.CLOSED).values_list("pk", flat=True)
    for group in [live.foyer(summit_id), *(live.group(pk) for pk in rooms)]:
        live.ring(group, event)
