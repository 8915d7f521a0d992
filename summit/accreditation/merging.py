"""Two entries that are one person. Nothing is deleted: the journal names the person by number, and the number stays."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from summit.accreditation import queries
from summit.accreditation.models import Nomination, Photo
from summit.credentials.actions import take_step
from summit.credentials.models import Accreditation, AccreditationState, FullPowers
from summit.credentials.queries import MAY_ENTER
from summit.delegations.models import ActingHead, Membership
from summit.delegations.queries import holding
from summit.errors import Refused
from summit.floor.models import Turn
from summit.people.actions import tell_standing
from summit.people.models import Person
from summit.people.queries import acting
from summit.record import actions as record
from summit.record.models import Entry
from summit.record.queries import person_as
from summit.summits.models import Summit


@transaction.atomic
def merge(keep_id: int, drop_id: int, *, by: Person | None, now: datetime) -> Accreditation:
    """The accreditation `keep_id` stands for both persons; `drop_id` is withdrawn and says so in the journal.

    Seats, offices, the nomination, full powers, focal points and what is still to be said move over, address and photo where
    the one who stays has none; links of the one who goes stop working. If only the one who goes was approved, the one who
    stays is approved by this.
    Refused: desk.required, merge.same, merge.over, merge.account (the one who goes has signed in), merge.elsewhere (takes
    part in another summit), merge.head (the delegation would have two).
    """
    summit = Summit.objects.lock(Accreditation.objects.values_list("summit_id", flat=True).get(pk=keep_id))
    queries.refuse_unless_desk(by, summit, now)
    rows = {row.pk: row for row in summit.accreditations.filter(pk__in=[keep_id, drop_id]).select_related("person")}
    if len(rows) != 2:
        raise Refused("merge.same", _("Choose two different persons of this summit."))
    keep, drop = rows[keep_id], rows[drop_id]
    _refuse_unfit(drop, keep)
    was = acting(drop.person, summit, now)
    _move_seats(summit, keep.person, drop.person, now)
    _move_nomination(keep, drop)
    Turn.objects.filter(speaker=drop.person, item__summit=summit, ended_at=None).update(speaker=keep.person)
    _move_offices(summit, keep.person, drop.person, now)
    _move_duties(summit, keep.person, drop.person, now)
    summit.invitations.filter(person=drop.person, consumed_at=None, withdrawn_at=None).update(withdrawn_at=now)
    if drop.state in MAY_ENTER and keep.state == AccreditationState.NOMINATED:
        take_step(summit, keep, AccreditationState.APPROVED, by=by, now=now)
    drop.state = AccreditationState.WITHDRAWN
    drop.save(update_fields=["state"])
    if not keep.person.email and drop.person.email:
        keep.person.email, drop.person.email = drop.person.email, ""  # who is entered by it later is the one who stays
        keep.person.save(update_fields=["email"])
        drop.person.save(update_fields=["email"])
    if not Photo.objects.filter(accreditation=keep).exists():
        Photo.objects.filter(accreditation=drop).update(accreditation=keep)
    record.write(
        summit, "person.merged", at=now, actor=acting(by, summit, now), audience=Entry.Audience.OFFICERS,
        subject=acting(keep.person, summit, now) or person_as(keep.person), was=was,
    )  # fmt: skip
    tell_standing(summit, [keep.person_id, drop.person_id])
    return keep


def _refuse_unfit(drop: Accreditation, keep: Accreditation) -> None:
    if AccreditationState.WITHDRAWN in {drop.state, keep.state}:
        raise Refused("merge.over", _("One of the two was withdrawn already. There is nothing to merge."))
    if drop.person.account_id:
        raise Refused("merge.account", _("Keep the one who has signed in: press the button beside the other name."))
    if drop.person.accreditations.exclude(summit=drop.summit_id).exists():
        raise Refused("merge.elsewhere", _("This person also takes part in another summit. Keep that one."))


def _move_seats(summit: Summit, keep: Person, drop: Person, now: datetime) -> None:
    """Seats that hold go over, unless the one who stays has that seat; then the other ends."""
    mine = set(keep.memberships.filter(holding(now), delegation__summit=summit).values_list("delegation_id", flat=True))
    for seat in drop.memberships.filter(holding(now), delegation__summit=summit):
        if seat.delegation_id in mine:
            seat.ends = now
            seat.save(update_fields=["ends"])
            continue
        Membership.objects.filter(person=keep, delegation=seat.delegation_id).delete()  # ended: it begins again
        seat.person = keep
        seat.save(update_fields=["person"])
    ActingHead.objects.filter(person=drop, delegation__summit=summit).update(person=keep)


def _move_offices(summit: Summit, keep: Person, drop: Person, now: datetime) -> None:
    """Offices go over, unless the one who stays has that office in that meeting; then the other ends."""
    mine = set(keep.offices.filter(meeting__summit=summit).values_list("meeting_id", "kind"))
    for office in drop.offices.filter(meeting__summit=summit):
        if (office.meeting_id, office.kind) in mine:
            office.ends = min(office.ends, now) if office.ends else now
        else:
            office.person = keep
        office.save(update_fields=["person", "ends"])


def _move_duties(summit: Summit, keep: Person, drop: Person, now: datetime) -> None:
    """For which delegations they type, and what they may sign."""
    mine = keep.focal_for.filter(delegation__summit=summit, ended_at=None).values("delegation")
    held = drop.focal_for.filter(delegation__summit=summit, ended_at=None)
    held.filter(delegation__in=mine).update(ended_at=now)
    held.update(person=keep)
    FullPowers.objects.filter(person=drop, delegation__summit=summit).update(person=keep)


def _move_nomination(keep: Accreditation, drop: Accreditation) -> None:
    asked = Nomination.objects.filter(accreditation=drop).first()
    if asked and not Nomination.objects.filter(accreditation=keep).exists():
        asked.accreditation = keep
        asked.save(update_fields=["accreditation"])
