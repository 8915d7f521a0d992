"""Invitations: a link that lets one person enrol. Opening it changes nothing; a POST consumes it."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from summit.credentials.models import AccreditationState, Invitation
from summit.errors import Refused
from summit.people.models import Person, Task, User
from summit.people.queries import acting, refuse_unless_tasked
from summit.record import actions as record
from summit.record.models import Entry
from summit.summits.models import Summit

VALID = timedelta(days=14)
TOKEN_BYTES = 16  # 128 bits: not to be guessed, so that one answer for every bad link is enough


def digest(token: str) -> str:
    """What we keep of a token: SHA-256, hex. A fast hash is right for 128 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()


def demo_token(person: Person) -> str:
    """The reusable token of a member of the demo cast: the same each time it is asked for, 128 bits."""
    return salted_hmac("summit.credentials.demo", str(person.pk), algorithm="sha256").hexdigest()[:32]


@transaction.atomic
def invite(
    summit_id: int, person_id: int, *, by: Person | None, now: datetime, valid: timedelta = VALID
) -> tuple[Invitation, str]:
    """A new link for this person; earlier ones stop working. Returns it with the token, which nobody can see again.

    Refused: organiser.required, invitation.accreditation (nominate first), invitation.enrolled (has an account).
    """
    summit = Summit.objects.lock(summit_id)
    refuse_unless_tasked(by, summit, now, Task.ACCREDITATION)
    return issue(summit, Person.objects.get(pk=person_id), by=by, now=now, valid=valid)


def issue(
    summit: Summit, person: Person, *, by: Person | None, now: datetime, valid: timedelta = VALID
) -> tuple[Invitation, str]:
    """The link itself, within an act that holds the summit and knows that `by` may.

    Refused: invitation.accreditation, invitation.enrolled.
    """
    if not summit.accreditations.filter(person=person).exclude(state=AccreditationState.WITHDRAWN).exists():
        raise Refused("invitation.accreditation", _("Nominate this person for the summit first."))
    if person.account_id:
        raise Refused("invitation.enrolled", _("This person has an account already and signs in with it."))
    summit.invitations.filter(person=person, consumed_at=None, withdrawn_at=None).update(withdrawn_at=now)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    row = Invitation.objects.create(
        summit=summit, person=person, digest=digest(token), sent_at=now, expires_at=now + valid
    )
    record.write(
        summit, "invitation.sent", at=now, actor=acting(by, summit, now), audience=Entry.Audience.OFFICERS,
        subject=acting(person, summit, now), expires=record.stamp(row.expires_at),
    )  # fmt: skip
    return row, token


@transaction.atomic
def invite_cast(summit_id: int, person_id: int, *, now: datetime) -> str:
    """The reusable link of a member of the demo cast, good for a year. Refused: invitation.demo outside demo mode."""
    summit = Summit.objects.lock(summit_id)
    if not (settings.DEMO and summit.demo):
        raise Refused("invitation.demo", _("Reusable links exist only in demo mode."))
    token = demo_token(Person.objects.get(pk=person_id))
    values = {"person_id": person_id, "sent_at": now, "expires_at": now + timedelta(days=365), "reusable": True}
    Invitation.objects.get_or_create(digest=digest(token), defaults={"summit": summit, **values})
    return token


@transaction.atomic
def withdraw_invitation(invitation_id: int, *, by: Person | None, now: datetime) -> Invitation:
    """The link stops working. Refused: organiser.required, invitation.over."""
    summit = Summit.objects.lock(Invitation.objects.values_list("summit_id", flat=True).get(pk=invitation_id))
    refuse_unless_tasked(by, summit, now, Task.ACCREDITATION)
    row = summit.invitations.select_related("person").get(pk=invitation_id)
    if row.consumed_at or row.withdrawn_at:
        raise Refused("invitation.over", _("This link was used or withdrawn already."))
    row.withdrawn_at = now
    row.save(update_fields=["withdrawn_at"])
    record.write(
        summit, "invitation.withdrawn", at=now, actor=acting(by, summit, now), audience=Entry.Audience.OFFICERS,
        subject=acting(row.person, summit, now),
    )  # fmt: skip
    return row


def look_up(token: str, now: datetime) -> Invitation:
    """The invitation behind a link that works now. Changes nothing.

    Refused: invitation.invalid, in the same words whether the link never was, was used, withdrawn or has run out.
    """
    rows = Invitation.objects.filter(digest=digest(token), expires_at__gt=now, withdrawn_at=None)
    row = rows.select_related("summit", "person__account").first()
    demo = row is not None and row.reusable and settings.DEMO and row.summit.demo
    if row is None or (row.reusable and not demo) or (row.consumed_at and not demo) or not _welcome(row):
        raise Refused(
            "invitation.invalid",
            _("This link does not work, or no longer. Ask the secretariat of your summit for a new one."),
        )
    return row


def _welcome(row: Invitation) -> bool:
    return row.person.accreditations.filter(summit=row.summit_id).exclude(state="withdrawn").exists()


@transaction.atomic
def accept(token: str, *, now: datetime, password: str | None, email: str = "") -> User:
    """Consume the link: the person gets an account, with this password or (None) one that a passkey will open.

    email: what they type themselves where nobody has told us an address; it is not proven.
    Of two at the same time one wins. A demo link gives the account of its member of the cast, again and again.
    Refused: invitation.invalid, invitation.password (with what is wrong), invitation.account.
    """
    known = look_up(token, now)
    summit = Summit.objects.lock(known.summit_id)  # two browsers: the second waits here and then finds it consumed
    row = look_up(token, now)
    if row.reusable:
        return row.person.account or _enrol(row.person, None)
    user = _enrol(row.person, password, email)
    row.consumed_at = now
    row.save(update_fields=["consumed_at"])
    record.write(
        summit, "invitation.accepted", at=now, actor=acting(row.person, summit, now), audience=Entry.Audience.OFFICERS
    )
    return user


def _enrol(person: Person, password: str | None, typed: str = "") -> User:
    """Make the account. A link sent to the address proves the address."""
    email = person.email or User.objects.normalize_email(typed).lower()
    if not email:
        raise Refused("invitation.address", _("Give an e-mail address: you will sign in with it."))
    if person.account_id or User.objects.filter(email=email).exists():
        raise Refused("invitation.account", _("There is an account for this address already. Sign in with it."))
    if password is not None:
        try:
            validate_password(password, User(email=email))
        except ValidationError as error:
            raise Refused("invitation.password", " ".join(error.messages)) from error
    user = User.objects.create_user(email, password)
    EmailAddress.objects.create(user=user, email=email, verified=bool(person.email), primary=True)
    person.account, person.email = user, email
    person.save(update_fields=["account", "email"])
    return user
