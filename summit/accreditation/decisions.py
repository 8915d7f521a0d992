"""What the accreditation desk decides: who may come, who nominates, and by which rules."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from summit.accreditation import queries, quotas
from summit.accreditation.models import FocalPoint, HallPlaces, Nomination, Rules
from summit.agenda.models import Meeting
from summit.credentials.actions import take_step
from summit.credentials.invitations import holder_of, issue
from summit.credentials.models import Accreditation, AccreditationState, Invitation
from summit.credentials.queries import MAY_ENTER
from summit.delegations.actions import seat_member, unseat_member
from summit.delegations.models import Category, Delegation, Function
from summit.errors import Refused
from summit.people.joining import may_be_joined
from summit.people.models import Person
from summit.people.queries import acting, refuse_unless_organiser
from summit.record import actions as record
from summit.record.models import Entry
from summit.record.queries import delegation_as, person_as
from summit.record.text import REASON, plain
from summit.summits.models import Summit


@transaction.atomic
def approve(
    accreditation_id: int, *, by: Person | None, now: datetime, invite: bool = True
) -> tuple[Invitation, str] | None:
    """This person may enter, and sits with the delegation that nominated them. One act, also for a substitution: whom
    they replace loses entry in the same moment, in open rooms too.

    Returns the invitation with its token, to be sent after the commit; None for whoever has an account already.
    Refused: desk.required, accreditation.step, nomination.head, quota.*, accreditation.duplicate.
    """
    summit, row = _locked(accreditation_id, by, now)
    nomination = Nomination.objects.filter(accreditation=row).select_related("delegation", "replaces__person").first()
    _refuse_namesake(row)
    replaced = _make_room(summit, nomination, by, now) if nomination else None
    take_step(
        summit, row, AccreditationState.APPROVED, by=by, now=now, replaces=person_as(replaced) if replaced else None
    )
    if nomination:
        seat_member(
            summit, nomination.delegation, row.person, by=by, now=now, function=nomination.function,
            title=nomination.title,
        )  # fmt: skip
        nomination.decided_at = now
        nomination.save(update_fields=["decided_at"])
    if row.person.account_id or not invite:
        return None
    return issue(summit, row.person, by=by, now=now)


@transaction.atomic
def send_again(accreditation_id: int, *, by: Person | None, now: datetime) -> tuple[Invitation, str]:
    """A new link for somebody who has not followed theirs, or whose letter came back; the earlier one stops working.

    Refused: desk.required, invitation.enrolled, invitation.none, invitation.accreditation.
    """
    summit, row = _locked(accreditation_id, by, now)
    if not row.person.account_id and not queries.unanswered(summit).filter(person=row.person).exists():
        raise Refused("invitation.none", _("No invitation is out that could be sent again."))
    return issue(summit, row.person, by=by, now=now)


@transaction.atomic
def refuse(accreditation_id: int, reason: str, *, by: Person | None, now: datetime) -> Accreditation:
    """Say no to a nomination; the focal point reads the reason.

    Refused: desk.required, desk.reason, desk.decided, text.long, text.control.
    """
    summit, row = _locked(accreditation_id, by, now)
    nomination = Nomination.objects.filter(accreditation=row).first()
    if nomination is None or row.state != AccreditationState.NOMINATED:
        raise Refused(
            "desk.decided", _("Only a nomination that waits can be refused. Withdraw the accreditation instead.")
        )
    if not reason.strip():
        raise Refused("desk.reason", _("Say why, so that the focal point knows what to do."))
    nomination.decided_at, nomination.refusal = now, plain(reason, limit=REASON)
    nomination.save(update_fields=["decided_at", "refusal"])
    take_step(
        summit, row, AccreditationState.WITHDRAWN, by=by, now=now, kind="accreditation.refused",
        reason=nomination.refusal,
    )  # fmt: skip
    return row


@transaction.atomic
def withdraw(accreditation_id: int, *, by: Person | None, now: datetime) -> Accreditation:
    """This person may no longer enter. Refused: desk.required, accreditation.step, accreditation.own."""
    summit, row = _locked(accreditation_id, by, now)
    take_step(summit, row, AccreditationState.WITHDRAWN, by=by, now=now)
    return row


@transaction.atomic
def set_rules(
    summit_id: int, *, by: Person | None, now: datetime, nominate_until: datetime | None, hall_quota: int | None,
    remote_quota: int | None,
) -> Rules:  # fmt: skip
    """Until when delegations nominate, and how many persons each. None: no deadline, no quota. Refused: desk.required."""
    summit = Summit.objects.lock(summit_id)
    queries.refuse_unless_desk(by, summit, now)
    values: dict[str, Any] = {
        "nominate_until": nominate_until, "hall_quota": hall_quota, "remote_quota": remote_quota
    }  # fmt: skip
    row, _made = Rules.objects.update_or_create(summit=summit, defaults=values)
    record.write(
        summit, "accreditation.rules_set", at=now, actor=acting(by, summit, now), audience=Entry.Audience.OFFICERS,
        nominate_until=record.stamp(nominate_until) if nominate_until else None, hall_quota=hall_quota,
        remote_quota=remote_quota,
    )  # fmt: skip
    return row


@transaction.atomic
def set_hall_places(
    meeting_id: int, each: int | None, *, by: Person | None, now: datetime, delegation_id: int | None = None
) -> HallPlaces | None:
    """How many persons of each delegation, or of this one alone, the door lets into this meeting's hall. None: as many
    as come; for one delegation: as many as for each other.

    Refused: desk.required, quota.whom (of another summit, or the secretariat).
    """
    summit = Summit.objects.lock(Meeting.objects.values_list("summit_id", flat=True).get(pk=meeting_id))
    queries.refuse_unless_desk(by, summit, now)
    meeting = summit.meetings.get(pk=meeting_id)
    home = summit.delegations.filter(pk=delegation_id).first() if delegation_id else None
    if delegation_id and (home is None or home.category == Category.SECRETARIAT):
        raise Refused("quota.whom", _("Choose a category or a delegation. The secretariat has no quota."))
    if each is None:
        HallPlaces.objects.filter(meeting=meeting, delegation=home).delete()
        row = None
    else:
        row, _made = HallPlaces.objects.update_or_create(meeting=meeting, delegation=home, defaults={"each": each})
    record.write(
        summit, "hall.places_set", at=now, actor=acting(by, summit, now), meeting=meeting,
        audience=Entry.Audience.OFFICERS, delegation=delegation_as(home) if home else None, each=each,
    )  # fmt: skip
    return row


@transaction.atomic
def name_focal_point(
    delegation_id: int, person_id: int, on: bool, *, by: Person | None, now: datetime
) -> FocalPoint | None:
    """Let someone nominate for this delegation, or no longer. A delegation may have several.

    Refused: organiser.required, focal.entry (they may not enter), focal.twice, focal.is_not.
    """
    summit = Summit.objects.lock(Delegation.objects.values_list("summit_id", flat=True).get(pk=delegation_id))
    refuse_unless_organiser(by, summit, now)
    delegation = summit.delegations.get(pk=delegation_id)
    person = Person.objects.get(pk=person_id)
    held = delegation.focal_points.filter(person=person, ended_at=None).first()
    if on:
        if held:
            raise Refused("focal.twice", _("This person is a focal point of this delegation already."))
        if not summit.accreditations.filter(person=person, state__in=MAY_ENTER).exists():
            raise Refused("focal.entry", _("A focal point must be accredited. Approve their accreditation first."))
        row = FocalPoint.objects.create(delegation=delegation, person=person, named_at=now)
    else:
        if held is None:
            raise Refused("focal.is_not", _("This person is no focal point of this delegation."))
        held.ended_at, row = now, held
        held.save(update_fields=["ended_at"])
    record.write(
        summit, "focal.named" if on else "focal.released", at=now, actor=acting(by, summit, now),
        audience=Entry.Audience.OFFICERS, subject=person_as(person), delegation=delegation_as(delegation),
    )  # fmt: skip
    return row


def _locked(accreditation_id: int, by: Person | None, now: datetime) -> tuple[Summit, Accreditation]:
    summit = Summit.objects.lock(Accreditation.objects.values_list("summit_id", flat=True).get(pk=accreditation_id))
    queries.refuse_unless_desk(by, summit, now)
    return summit, summit.accreditations.select_related("person").get(pk=accreditation_id)


def _refuse_namesake(row: Accreditation) -> None:
    """An address signs in once: two persons with the same one must be told to be one before either may enter.

    Whoever signs in to another summit with it, by the same name, is left to the invitation: the code sent there proves
    that they are one (summit/credentials/invitations.py, accept).
    """
    if not row.person.email or row.person.account_id:
        return
    others = Person.objects.filter(email=row.person.email).exclude(pk=row.person_id)
    here = Accreditation.objects.filter(summit=row.summit_id).exclude(state=AccreditationState.WITHDRAWN)
    holder = holder_of(row.person.email)
    known = others.filter(account__isnull=False)
    strangers = (one for one in known if one != holder or not may_be_joined(row.person, one))
    if others.filter(accreditations__in=here).exists() or any(strangers):
        raise Refused(
            "accreditation.duplicate",
            _("Somebody else has this e-mail address. Merge the two, or correct the address."),
        )


def _make_room(summit: Summit, nomination: Nomination, by: Person | None, now: datetime) -> Person | None:
    """Whoever is replaced leaves now; else there must be room for one more. The person who left."""
    delegation, seat = nomination.delegation, nomination.replaces
    known = nomination.accreditation.person_id
    if seat is None or (seat.ends and seat.ends <= now):
        if nomination.function == Function.HEAD and queries.heads_of(delegation, now) - {known}:
            raise Refused("nomination.head", _("The delegation has a head already. End that membership first."))
        quotas.refuse_if_full(delegation, nomination.place, now, leaving={known})
        return None
    quotas.refuse_if_full(delegation, nomination.place, now, leaving={known, seat.person_id})
    unseat_member(summit, seat, by=by, now=now)
    gone = summit.accreditations.select_related("person").get(person=seat.person)
    if gone.state != AccreditationState.WITHDRAWN and not queries.needed_elsewhere(gone, delegation, now):
        take_step(summit, gone, AccreditationState.WITHDRAWN, by=by, now=now)
    return seat.person
