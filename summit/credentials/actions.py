"""Accreditation (who may enter) and credentials (who represents a State): the steps, and suspension by two persons."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from summit.credentials import transitions
from summit.credentials.models import Accreditation, AccreditationState, Credentials, CredentialsState, Suspension
from summit.delegations.models import Delegation
from summit.errors import Refused
from summit.people.actions import tell_standing
from summit.people.models import Person, Task
from summit.people.queries import acting, refuse_if_colleague, refuse_unless_organiser, refuse_unless_tasked
from summit.record import actions as record
from summit.record.models import Entry
from summit.record.queries import delegation_as, person_as
from summit.record.text import REASON, plain
from summit.summits.models import Summit


@transaction.atomic
def nominate(summit_id: int, person_id: int, *, by: Person | None, now: datetime) -> Accreditation:
    """Put a person forward for this summit; someone withdrawn may be nominated again.

    Refused: organiser.required, accreditation.twice.
    """
    summit = Summit.objects.lock(summit_id)
    refuse_unless_tasked(by, summit, now, Task.ACCREDITATION)
    person = Person.objects.get(pk=person_id)
    row = summit.accreditations.filter(person=person).first()
    if row and row.state != AccreditationState.WITHDRAWN:
        raise Refused("accreditation.twice", _("This person is nominated already."))
    row = row or Accreditation(summit=summit, person=person)
    row.state = AccreditationState.NOMINATED
    row.save()
    _record_accreditation(summit, row, by, now)
    return row


def approve(accreditation_id: int, *, by: Person | None, now: datetime) -> Accreditation:
    """From now on this person may enter. Refused: organiser.required, accreditation.step."""
    return _step(accreditation_id, AccreditationState.APPROVED, by, now)


def badge(accreditation_id: int, *, by: Person | None, now: datetime) -> Accreditation:
    """The badge was handed out. Refused: organiser.required, accreditation.step."""
    return _step(accreditation_id, AccreditationState.BADGED, by, now)


def withdraw_accreditation(accreditation_id: int, *, by: Person | None, now: datetime) -> Accreditation:
    """This person may no longer enter; open rooms let them go at once.

    Refused: organiser.required, accreditation.step, accreditation.own (organisers cannot lock themselves out).
    """
    return _step(accreditation_id, AccreditationState.WITHDRAWN, by, now)


@transaction.atomic
def _step(accreditation_id: int, to: str, by: Person | None, now: datetime) -> Accreditation:
    summit = Summit.objects.lock(Accreditation.objects.values_list("summit_id", flat=True).get(pk=accreditation_id))
    refuse_unless_tasked(by, summit, now, Task.ACCREDITATION)
    row = summit.accreditations.select_related("person").get(pk=accreditation_id)
    take_step(summit, row, to, by=by, now=now)
    return row


def take_step(
    summit: Summit, row: Accreditation, to: str, *, by: Person | None, now: datetime, kind: str = "", **more: Any
) -> None:
    """The step itself, within an act that holds the summit and knows that `by` may.

    kind: of the journal entry, where it is not that of the state. more: what else it says.
    Refused: accreditation.step, accreditation.own, organiser.required (an organiser's, by who is none).
    """
    if not transitions.may_follow(transitions.ACCREDITATION, row.state, to):
        raise Refused("accreditation.step", _("This step does not follow from where the accreditation stands now."))
    if to == AccreditationState.WITHDRAWN and by == row.person:
        raise Refused("accreditation.own", _("Ask another organiser to withdraw your own accreditation."))
    if to == AccreditationState.WITHDRAWN:
        refuse_if_colleague(by, row.person, summit, now)
    row.state = to
    row.save(update_fields=["state"])
    _record_accreditation(summit, row, by, now, kind, **more)
    tell_standing(summit, [row.person_id])


def _record_accreditation(
    summit: Summit, row: Accreditation, by: Person | None, now: datetime, kind: str = "", **more: Any
) -> None:
    record.write(
        summit, kind or f"accreditation.{row.state}", at=now, actor=acting(by, summit, now),
        audience=Entry.Audience.OFFICERS, subject=acting(row.person, summit, now), **more,
    )  # fmt: skip


@transaction.atomic
def move_credentials(
    delegation_id: int, to: str, *, by: Person | None, now: datetime, reason: str = ""
) -> Credentials:  # fmt: skip
    """Receive, accept, challenge or withdraw a delegation's credentials. Takes effect in open rooms at once.

    Refused: organiser.required, credentials.category (brings none), credentials.step, text.long, text.control.
    """
    summit, delegation = _locked(delegation_id)
    refuse_unless_organiser(by, summit, now)
    if delegation.category in transitions.WITHOUT_DOCUMENT:
        raise Refused("credentials.category", _("Delegations of this category bring no credentials."))
    row, _made = Credentials.objects.get_or_create(delegation=delegation)
    if not transitions.may_follow(transitions.CREDENTIALS, row.state, to):
        raise Refused("credentials.step", _("This step does not follow from where the credentials stand now."))
    why = plain(reason, limit=REASON)
    was, row.state = row.state, CredentialsState(to)
    row.save(update_fields=["state"])
    record.write(
        summit, f"credentials.{to}", at=now, actor=acting(by, summit, now), delegation=delegation_as(delegation),
        was=was, reason=why, letters=_letters(delegation),
    )  # fmt: skip
    _tell(summit, delegation)
    return row


def _letters(delegation: Delegation) -> list[str]:
    """The hashes of the documents at hand when this was decided, newest first."""
    return list(delegation.letters.filter(withdrawn_at=None).exclude(kind="powers").values_list("sha256", flat=True))


@transaction.atomic
def propose_suspension(delegation_id: int, reason: str, *, by: Person, now: datetime) -> Suspension:
    """First of two persons: propose to suspend a delegation's rights. Nothing changes until a second one confirms.

    Refused: organiser.required, suspension.reason, suspension.pending, suspension.own.
    """
    summit, delegation = _locked(delegation_id)
    refuse_unless_organiser(by, summit, now)
    why = plain(reason, limit=REASON)
    if not why:
        raise Refused("suspension.reason", _("Say why, as it shall stand in the journal."))
    _refuse_own(delegation, by)
    if delegation.suspensions.filter(lifted_at__isnull=True).exists():
        raise Refused("suspension.pending", _("A suspension of this delegation is proposed or in force already."))
    row = Suspension.objects.create(delegation=delegation, reason=why, proposed_by=by, proposed_at=now)
    _record_suspension(summit, row, "delegation.suspension_proposed", by, now)
    return row


@transaction.atomic
def confirm_suspension(suspension_id: int, *, by: Person, now: datetime) -> Suspension:
    """Second of two persons: from now on the delegation's rights are suspended, in open rooms too.

    Refused: organiser.required, suspension.same_person, suspension.over, suspension.own.
    """
    summit, row = _held(suspension_id)
    refuse_unless_organiser(by, summit, now)
    if row.lifted_at or row.confirmed_at:
        raise Refused("suspension.over", _("This suspension is in force or lifted already."))
    if row.proposed_by_id == by.pk:
        raise Refused("suspension.same_person", _("Somebody else must confirm what you proposed."))
    _refuse_own(row.delegation, by)
    row.confirmed_by, row.confirmed_at = by, now
    row.save(update_fields=["confirmed_by", "confirmed_at"])
    _record_suspension(summit, row, "delegation.suspended", by, now)
    _tell(summit, row.delegation)
    return row


@transaction.atomic
def lift_suspension(suspension_id: int, *, by: Person, now: datetime) -> Suspension:
    """Give the delegation its rights back, or drop a proposal.

    Refused: organiser.required, suspension.over, suspension.own.
    """
    summit, row = _held(suspension_id)
    refuse_unless_organiser(by, summit, now)
    if row.lifted_at:
        raise Refused("suspension.over", _("This suspension is lifted already."))
    _refuse_own(row.delegation, by)
    row.lifted_at = now
    row.save(update_fields=["lifted_at"])
    kind = "delegation.suspension_lifted" if row.confirmed_at else "delegation.suspension_dropped"
    _record_suspension(summit, row, kind, by, now)
    _tell(summit, row.delegation)
    return row


def _refuse_own(delegation: Delegation, by: Person) -> None:
    if delegation.memberships.filter(person=by).exists():
        raise Refused("suspension.own", _("You sit with this delegation; another organiser must do this."))


def _locked(delegation_id: int) -> tuple[Summit, Delegation]:
    summit = Summit.objects.lock(Delegation.objects.values_list("summit_id", flat=True).get(pk=delegation_id))
    return summit, summit.delegations.get(pk=delegation_id)


def _held(suspension_id: int) -> tuple[Summit, Suspension]:
    summit_id = Suspension.objects.values_list("delegation__summit_id", flat=True).get(pk=suspension_id)
    summit = Summit.objects.lock(summit_id)
    rows = Suspension.objects.select_related("delegation", "proposed_by")
    return summit, rows.get(pk=suspension_id, delegation__summit=summit)


def _record_suspension(summit: Summit, row: Suspension, kind: str, by: Person, now: datetime) -> None:
    record.write(
        summit, kind, at=now, actor=acting(by, summit, now), delegation=delegation_as(row.delegation),
        reason=row.reason, proposed_by=person_as(row.proposed_by),
    )  # fmt: skip


def _tell(summit: Summit, delegation: Delegation) -> None:
    tell_standing(summit, delegation.memberships.values_list("person_id", flat=True))
