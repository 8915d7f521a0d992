"""Invitations: a link that lets one person enrol. Opening it changes nothing; a POST consumes it.

A link that was forwarded admits nobody: consuming it takes a code that is sent to the invited address as well.
Neither token nor code is kept: both are made of the secret key and a nonce, so that a letter can be written when the
mail server is there, and whoever reads the database alone has no link.
"""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from datetime import datetime, timedelta

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from summit.credentials import letters
from summit.credentials.models import AccreditationState, Delivery, Invitation
from summit.errors import Refused
from summit.people.actions import tell_standing
from summit.people.joining import join, may_be_joined
from summit.people.models import Person, Task, User
from summit.people.queries import acting, refuse_unless_tasked
from summit.record import actions as record
from summit.record.models import Entry
from summit.summits.models import Summit

VALID = timedelta(days=14)
NONCE_BYTES = 16  # 128 bits: not to be guessed, so that one answer for every bad link is enough
CODE_VALID = timedelta(minutes=15)
CODE_PAUSE = timedelta(seconds=30)  # between two codes
CODES, TRIES = 10, 5  # codes an invitation has, wrong ones typed for each: 50 guesses at one of a million


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
    """A new link for this person; earlier ones stop working. Where there is an address, the letter is on its way.

    Returns it with the token, to be handed over where there is no address.

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
    nonce = secrets.token_hex(NONCE_BYTES)
    token = letters.token_of(nonce)
    row = Invitation.objects.create(
        summit=summit, person=person, digest=digest(token), nonce=nonce, sent_at=now, expires_at=now + valid
    )
    if person.email:
        letters.queue(row, Delivery.Kind.INVITATION, now=now)
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


def needs_code(row: Invitation) -> bool:
    """Whether this link is of no use without the code that its holder's own address gets."""
    return bool(row.person.email) and not row.reusable


@transaction.atomic
def send_code(token: str, *, now: datetime) -> Invitation:
    """Send a new code to the invited address; the one before stops working.

    Refused: invitation.invalid, invitation.soon (one was sent just now), invitation.codes (too many were).
    """
    known = look_up(token, now)
    Summit.objects.lock(known.summit_id)
    row = Invitation.objects.select_related("summit", "person").get(pk=known.pk)
    if not needs_code(row):
        raise Refused("invitation.invalid", _("This link needs no code."))
    if row.code_sent_at and now - row.code_sent_at < CODE_PAUSE:
        raise Refused("invitation.soon", _("A code was sent a moment ago. Wait for it before you ask for another."))
    if row.codes >= CODES:
        raise Refused("invitation.codes", _("Too many codes were asked for. Ask the secretariat for a new link."))
    row.codes, row.code_sent_at, row.code_tries = row.codes + 1, now, 0
    row.save(update_fields=["codes", "code_sent_at", "code_tries"])
    letters.queue(row, Delivery.Kind.CODE, now=now, number=row.codes)
    return row


def awaits_code(row: Invitation, now: datetime) -> bool:
    """Whether a code that was sent can still be typed."""
    sent = row.code_sent_at
    return sent is not None and now - sent < CODE_VALID and row.code_tries < TRIES


def _digits(typed: str) -> str:
    """What was typed, in ASCII's digits: an Arabic keyboard has ٠ to ٩."""
    return "".join(str(unicodedata.digit(letter, letter)) for letter in "".join(typed.split()))


@transaction.atomic
def _code_fits(token: str, typed: str, now: datetime) -> bool:
    """Whether this is the newest code, still good; a wrong one is counted, and that is kept whatever follows."""
    row = Invitation.objects.select_for_update(no_key=True).get(digest=digest(token))
    if not awaits_code(row, now):
        return False
    fits = secrets.compare_digest(letters.code_of(row, row.codes).encode(), _digits(typed).encode())
    if not fits:
        row.code_tries += 1
        row.save(update_fields=["code_tries"])
    return fits


def accept(token: str, *, now: datetime, password: str | None, email: str = "", code: str = "") -> User:
    """Consume the link: the person gets an account, with this password or (None) one that a passkey will open.

    Who has enrolled by an invitation to another summit keeps that account, password and all: the code proves the address
    to be theirs, and both entries become one person. They are not signed in by this: the account may ask for more.

    code: what the invited address was sent. email: what they type themselves where nobody has told us an address; it is
    not proven, and the link was handed over by the secretariat.
    Of two at the same time one wins. A demo link gives the account of its member of the cast, again and again.
    Refused: invitation.invalid, invitation.code, invitation.password (with what is wrong), invitation.account.
    """
    if needs_code(look_up(token, now)) and not _code_fits(token, code, now):
        raise Refused(
            "invitation.code", _("This is not the newest code, or it is older than 15 minutes. Look again or ask anew.")
        )
    try:
        return _accept(token, now, password, email)
    except IntegrityError:  # by the link of another summit, this address got its account in the same moment
        return _accept(token, now, password, email)


@transaction.atomic
def _accept(token: str, now: datetime, password: str | None, email: str) -> User:
    known = look_up(token, now)
    Summit.objects.lock(known.summit_id)  # two browsers: the second waits here and then finds it consumed
    row = look_up(token, now)
    if row.reusable:
        return row.person.account or _enrol(row.person, None)
    user = _known(row, now) or _enrol(row.person, password, email)
    row.person = user.person
    consume(row, now)
    return user


def _known(row: Invitation, now: datetime) -> User | None:
    """The account of whoever has proven this address in another summit; the person invited here is theirs from now on.

    Refused: invitation.account, when somebody of another name has it, or one whom a summit knows beside this one.
    """
    drop = row.person
    keep = None if drop.account_id else holder_of(drop.email)
    if keep is None:
        return None
    if not may_be_joined(drop, keep):
        raise Refused(
            "invitation.account",
            _("Somebody else signs in with this address. Ask the secretariat of your summit to correct it."),
        )
    summits = list(Summit.objects.filter(accreditations__person=drop).distinct())
    was = {summit.pk: acting(drop, summit, now) for summit in summits}
    join(drop, keep)
    for summit in summits:
        actor = acting(keep, summit, now)
        record.write(
            summit, "person.merged", at=now, actor=actor, audience=Entry.Audience.OFFICERS, subject=actor,
            was=was[summit.pk],
        )  # fmt: skip
        tell_standing(summit, [drop.pk, keep.pk])
    return keep.account


def holder_of(address: str) -> Person | None:
    """Whoever signs in with this address and has proven it to be theirs."""
    proven = EmailAddress.objects.filter(email=address, verified=True, user__person__isnull=False)
    held = proven.select_related("user__person__account").first() if address else None
    return held.user.person if held else None


@transaction.atomic
def admit(address: str, *, now: datetime) -> User | None:
    """Let in whoever a trusted provider has shown to hold this address, if they are invited: no link, no code needed.

    Their account has no password. None when nobody of this address is invited.
    """
    rows = Invitation.objects.filter(person__email__iexact=address, person__account=None, reusable=False)
    known = rows.filter(consumed_at=None, withdrawn_at=None, expires_at__gt=now).order_by("-sent_at").first()
    if known is None:
        return None
    Summit.objects.lock(known.summit_id)
    row = rows.filter(pk=known.pk, consumed_at=None, withdrawn_at=None).select_related("summit", "person").first()
    if row is None or not _welcome(row):
        return None
    user = _enrol(row.person, None)
    consume(row, now)
    return user


def consume(row: Invitation, now: datetime) -> None:
    """The person has come in: the link is used."""
    row.consumed_at = now
    row.save(update_fields=["consumed_at"])
    actor = acting(row.person, row.summit, now)
    record.write(row.summit, "invitation.accepted", at=now, actor=actor, audience=Entry.Audience.OFFICERS)


def _expected(address: str) -> bool:
    """Whether this is the address of somebody who may still come: taken here, they could not sign in any more."""
    rows = Person.objects.filter(email=address)
    return rows.filter(accreditations__state__in=set(AccreditationState) - {AccreditationState.WITHDRAWN}).exists()


def _enrol(person: Person, password: str | None, typed: str = "") -> User:
    """Make the account. The code sent to the address proves the address."""
    email = person.email or User.objects.normalize_email(typed).lower()
    if not email:
        raise Refused("invitation.address", _("Give an e-mail address: you will sign in with it."))
    if person.account_id or User.objects.filter(email=email).exists():
        raise Refused("invitation.account", _("There is an account for this address already. Sign in with it."))
    if not person.email and _expected(email):
        raise Refused(
            "invitation.account",
            _("Somebody else is expected here with this address. Give your own, or ask the secretariat."),
        )
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
