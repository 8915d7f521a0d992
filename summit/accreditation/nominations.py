"""What a focal point does for the people of their delegation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from summit.accreditation import queries, quotas
from summit.accreditation.models import Nomination, Place
from summit.agenda.models import Meeting
from summit.credentials.actions import take_step
from summit.credentials.models import Accreditation, AccreditationState
from summit.delegations.actions import unseat_member
from summit.delegations.models import ActingHead, Delegation, Function, Membership
from summit.delegations.queries import holding
from summit.errors import Refused
from summit.people.actions import tell_standing
from summit.people.models import Person, User
from summit.people.queries import acting
from summit.record import actions as record
from summit.record.models import Entry
from summit.record.queries import delegation_as, person_as
from summit.summits import approved
from summit.summits.models import Summit


@dataclass(frozen=True)
class Asked:
    """What is asked for one person. names: {language: {short, formal}}; title: {language: text}; language: of letters."""

    names: Mapping[str, Mapping[str, Any]]
    function: str
    place: str = Place.HALL
    email: str = ""
    title: Mapping[str, Any] | None = None
    language: str = ""


@transaction.atomic
def nominate_member(
    delegation_id: int, asked: Asked, *, by: Person | None, now: datetime, replaces: int | None = None
) -> Nomination:
    """Put someone forward; replaces: the membership they take over once approved, in its function, also after the deadline.

    A new person is entered even where the address is known: whether they are the same is for the desk to say.
    Refused: focal.required, nomination.deadline, nomination.function, nomination.place, nomination.head,
    nomination.replaces, nomination.replaced_already, quota.hall, quota.remote, name.*.
    """
    summit, delegation = _locked(delegation_id, by, now)
    leaving = _leaving(delegation, replaces, now)
    if leaving is None:
        _refuse_after_deadline(summit, now)
    _refuse_unfit(delegation, asked, now, leaving)
    person = Person.objects.create(
        names=approved.approved(asked.names), email=_address(asked.email), language=asked.language
    )
    accreditation = Accreditation.objects.create(summit=summit, person=person)
    row = Nomination.objects.create(
        accreditation=accreditation, delegation=delegation, function=leaving.function if leaving else asked.function,
        title=approved.texts(asked.title or {}, required=False), place=asked.place, replaces=leaving, nominated_by=by,
        nominated_at=now,
    )  # fmt: skip
    _record(summit, row, "member.nominated", by, now, replaces=person_as(leaving.person) if leaving else None)
    return row


@transaction.atomic
def change_nomination(nomination_id: int, asked: Asked, *, by: Person | None, now: datetime) -> Nomination:
    """Correct what was asked for, as long as it is not decided.

    Refused: focal.required, nomination.deadline (a replacement may still be corrected), nomination.decided,
    nomination.known (name or address of somebody who has signed in, or takes part elsewhere), nomination.function,
    nomination.head, quota.*, name.*.
    """
    held = Nomination.objects.values_list("delegation_id", flat=True).get(pk=nomination_id)
    summit, delegation = _locked(held, by, now)
    row = delegation.nominations.select_related("accreditation__person", "replaces__person").get(pk=nomination_id)
    if row.accreditation.state != AccreditationState.NOMINATED:
        raise Refused("nomination.decided", _("This was decided already. Ask the accreditation desk for a change."))
    if row.replaces is None:
        _refuse_after_deadline(summit, now)
    person = row.accreditation.person
    _refuse_unfit(delegation, asked, now, row.replaces, person.pk)
    was = person_as(person, delegation=delegation, function=row.function)
    _correct(person, asked, summit)
    row.function = row.replaces.function if row.replaces else asked.function
    row.title, row.place = approved.texts(asked.title or {}, required=False), asked.place
    row.save(update_fields=["function", "title", "place"])
    _record(summit, row, "nomination.changed", by, now, was=was)
    return row


@transaction.atomic
def withdraw_member(delegation_id: int, accreditation_id: int, *, by: Person | None, now: datetime) -> Accreditation:
    """This person no longer comes for the delegation; open rooms let them go at once. Possible at any time.

    Somebody who also sits elsewhere, holds an office in a meeting or is of the staff keeps their accreditation: only the
    seat ends.
    Refused: focal.required, nomination.own, nomination.not_ours, accreditation.step.
    """
    summit, delegation = _locked(delegation_id, by, now)
    row = summit.accreditations.select_related("person").get(pk=accreditation_id)
    seat = delegation.memberships.filter(holding(now), person=row.person).select_related("person", "delegation").first()
    if seat is None and not delegation.nominations.filter(accreditation=row).exists():
        raise Refused("nomination.not_ours", _("This person does not come for your delegation."))
    if by is not None and by == row.person:
        raise Refused("nomination.own", _("Ask another focal point or the accreditation desk to withdraw yourself."))
    if seat:
        unseat_member(summit, seat, by=by, now=now)
    if row.state != AccreditationState.WITHDRAWN and not queries.needed_elsewhere(row, delegation, now):
        take_step(summit, row, AccreditationState.WITHDRAWN, by=by, now=now)
    return row


@transaction.atomic
def name_acting_head(
    meeting_id: int, delegation_id: int, person_id: int | None, *, by: Person | None, now: datetime
) -> ActingHead | None:
    """Who heads the delegation in this meeting; None: its head does.

    Refused: focal.required, head.meeting, head.member.
    """
    summit, delegation = _locked(delegation_id, by, now)
    meeting = summit.meetings.filter(pk=meeting_id).exclude(state=Meeting.State.CLOSED).first()
    if meeting is None:
        raise Refused("head.meeting", _("This meeting is over. Choose one that is still to come."))
    person = None
    if person_id is not None:
        seat = queries.members_of(delegation, now).filter(person=person_id).select_related("person").first()
        if seat is None:
            raise Refused("head.member", _("Only a member of the delegation can head it. Nominate them first."))
        person = seat.person
    concerned = [*delegation.acting_heads.filter(meeting=meeting).values_list("person_id", flat=True)]
    delegation.acting_heads.filter(meeting=meeting).delete()
    row = ActingHead.objects.create(meeting=meeting, delegation=delegation, person=person) if person else None
    record.write(
        summit, "head.acting", at=now, actor=acting(by, summit, now), meeting=meeting,
        audience=Entry.Audience.OFFICERS, delegation=delegation_as(delegation),
        subject=person_as(person, delegation=delegation, function=Function.HEAD) if person else None,
    )  # fmt: skip
    tell_standing(summit, [*concerned, *([person.pk] if person else [])])
    return row


def _locked(delegation_id: int, by: Person | None, now: datetime) -> tuple[Summit, Delegation]:
    summit = Summit.objects.lock(Delegation.objects.values_list("summit_id", flat=True).get(pk=delegation_id))
    delegation = summit.delegations.get(pk=delegation_id)
    if by is not None and not (queries.is_focal(by, delegation) or queries.works_desk(by, summit, now)):
        raise Refused("focal.required", _("Only a focal point of this delegation may do this."))
    return summit, delegation


def _leaving(delegation: Delegation, membership_id: int | None, now: datetime) -> Membership | None:
    if membership_id is None:
        return None
    row = queries.members_of(delegation, now).filter(pk=membership_id).select_related("person", "delegation").first()
    if row is None:
        raise Refused("nomination.replaces", _("Only somebody who is a member now can be replaced."))
    if row.successors.filter(accreditation__state=AccreditationState.NOMINATED).exists():
        raise Refused(
            "nomination.replaced_already", _("Somebody is nominated to replace this person already. Change that one.")
        )
    return row


def _refuse_after_deadline(summit: Summit, now: datetime) -> None:
    until = queries.rules_of(summit).nominate_until
    if until and now >= until:
        raise Refused(
            "nomination.deadline", _("The time for nominations is over. You can still ask to replace somebody.")
        )


def _refuse_unfit(
    delegation: Delegation, asked: Asked, now: datetime, leaving: Membership | None, known: int | None = None
) -> None:
    if asked.function not in Function.values:
        raise Refused("nomination.function", _("Choose a function: head, deputy head, alternate or adviser."))
    if asked.place not in Place.values:
        raise Refused("nomination.place", _("Choose whether they come to the hall or take part remotely."))
    if leaving is None and asked.function == Function.HEAD and queries.heads_of(delegation, now) - {known}:
        raise Refused(
            "nomination.head", _("The delegation has a head already. Replace them, or choose another function.")
        )
    gone = {pk for pk in (known, leaving.person_id if leaving else None) if pk}
    quotas.refuse_if_full(delegation, asked.place, now, leaving=gone)


def _correct(person: Person, asked: Asked, summit: Summit) -> None:
    """Name, address and language. Whom others know too a focal point leaves as they are."""
    clean, address = approved.approved(asked.names), _address(asked.email)
    if person.account_id or person.accreditations.exclude(summit=summit).exists():
        if address != person.email or any(person.names.get(code) != forms for code, forms in clean.items()):
            raise Refused(
                "nomination.known",
                _(
                    "This person is known beyond your delegation. Here you can correct function and place; "
                    "for name and address ask the accreditation desk."
                ),
            )
        return
    person.names, person.email, person.language = clean, address, asked.language
    person.save(update_fields=["names", "email", "language"])


def _address(email: str) -> str:
    return User.objects.normalize_email(email).lower()


def _record(summit: Summit, row: Nomination, kind: str, by: Person | None, now: datetime, **more: Any) -> None:
    record.write(
        summit, kind, at=now, actor=acting(by, summit, now), audience=Entry.Audience.OFFICERS,
        subject=person_as(
            row.accreditation.person, delegation=row.delegation, function=row.function, title=row.title
        ), place=row.place, **more,
    )  # fmt: skip
