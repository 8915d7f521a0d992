"""The documents of a delegation: letters of credentials as they come, and the register of full powers."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from summit.credentials.models import CredentialsLetter, FullPowers, Signatory
from summit.credentials.queries import may_hand_in
from summit.credentials.transitions import WITHOUT_DOCUMENT
from summit.delegations.models import Delegation
from summit.delegations.queries import holding
from summit.errors import Refused
from summit.people.models import Person
from summit.people.queries import acting, refuse_unless_organiser
from summit.record import actions as record
from summit.record.models import Entry
from summit.record.queries import delegation_as
from summit.record.text import REASON, plain
from summit.summits import approved
from summit.summits.models import Summit

if TYPE_CHECKING:
    from summit.agenda.files import Found

TODAY_AHEAD = 1  # days a letter may be dated ahead: it is tomorrow already where it was signed


@transaction.atomic
def hand_in(
    delegation_id: int, *, by: Person | None, now: datetime, kind: str, signed_by: str, dated: date, found: Found
) -> CredentialsLetter:
    """Keep a letter as it came. It changes nobody's rights: the secretariat reads it and moves the credentials.

    found: what `agenda.files.look_into` made of the upload, before this transaction. The journal keeps its hash.
    Refused: letter.not_yours, credentials.category, letter.kind, letter.dated, letter.twice (the same file again).
    """
    summit, delegation = _locked(delegation_id)
    if by is not None and not may_hand_in(by, delegation, now):
        raise Refused("letter.not_yours", _("Only the head of the delegation or the secretariat hands in its letters."))
    if delegation.category in WITHOUT_DOCUMENT:
        raise Refused("credentials.category", _("Delegations of this category bring no credentials."))
    if kind not in CredentialsLetter.Kind.values or signed_by not in Signatory.values:
        raise Refused("letter.kind", _("Say what the document is and who signed it."))
    if (dated - now.date()).days > TODAY_AHEAD:
        raise Refused("letter.dated", _("The letter is dated in the future. Look at its date again."))
    held = delegation.letters.filter(sha256=found.sha256, withdrawn_at=None, purged_at=None).first()
    if held is not None:
        raise Refused("letter.twice", _("This very file was handed in already. Nothing was changed."))
    row = CredentialsLetter(
        delegation=delegation, kind=kind, signed_by=signed_by, dated=dated, size=found.size, sha256=found.sha256,
        handed_in_by=by, handed_in_at=now,
    )  # fmt: skip
    row.file.save(f"{secrets.token_hex(16)}.{found.kind}", ContentFile(found.content), save=True)
    _record(summit, delegation, "credentials.letter_handed_in", by, now, **letter_as(row))
    return row


@transaction.atomic
def withdraw_letter(letter_id: int, *, by: Person | None, now: datetime, reason: str) -> CredentialsLetter:
    """A letter no longer counts; it stays readable to whoever could read it.

    Refused: organiser.required, letter.reason, letter.over.
    """
    known = CredentialsLetter.objects.get(pk=letter_id)
    summit, delegation = _locked(known.delegation_id)
    refuse_unless_organiser(by, summit, now)
    row = delegation.letters.get(pk=letter_id)
    if row.withdrawn_at:
        raise Refused("letter.over", _("This letter was withdrawn already."))
    why = plain(reason, limit=REASON)
    if not why:
        raise Refused("letter.reason", _("Say why, as it shall stand in the journal."))
    row.withdrawn_at = now
    row.save(update_fields=["withdrawn_at"])
    _record(summit, delegation, "credentials.letter_withdrawn", by, now, reason=why, **letter_as(row))
    return row


@transaction.atomic
def enter_powers(
    delegation_id: int, person_id: int, *, by: Person | None, now: datetime, scopes: Sequence[str], treaty: str,
    issued_by: str, issued_on: date, expires_on: date | None = None, document: CredentialsLetter | None = None,
) -> FullPowers:  # fmt: skip
    """Enter full powers that the secretariat has seen.

    Refused: organiser.required, powers.scope, powers.issuer, powers.dates, powers.member (not of this delegation),
    name.*.
    """
    summit, delegation = _locked(delegation_id)
    refuse_unless_organiser(by, summit, now)
    wanted = [scope for scope in FullPowers.Scope.values if scope in scopes]
    if not wanted or set(scopes) - set(wanted):
        raise Refused("powers.scope", _("Choose what the full powers are for: negotiate, adopt or sign."))
    if issued_by not in Signatory.values:
        raise Refused("powers.issuer", _("Say who issued the full powers."))
    if (issued_on - now.date()).days > TODAY_AHEAD or (expires_on is not None and expires_on < issued_on):
        raise Refused("powers.dates", _("These dates do not fit together. Look at the document again."))
    member = delegation.memberships.filter(holding(now), person=person_id).select_related("person").first()
    if member is None:
        raise Refused("powers.member", _("Full powers are of a member of this delegation. Appoint them first."))
    row = FullPowers.objects.create(
        delegation=delegation, person=member.person, scopes=wanted, treaty=approved.line(treaty), issued_by=issued_by,
        issued_on=issued_on, expires_on=expires_on, document=document, entered_by=by, entered_at=now,
    )  # fmt: skip
    _record(summit, delegation, "powers.entered", by, now, **powers_as(row, summit, now))
    return row


@transaction.atomic
def revoke_powers(powers_id: int, *, by: Person | None, now: datetime, reason: str) -> FullPowers:
    """From now on they authorise nothing. Refused: organiser.required, powers.reason, powers.over."""
    known = FullPowers.objects.get(pk=powers_id)
    summit, delegation = _locked(known.delegation_id)
    refuse_unless_organiser(by, summit, now)
    row = delegation.full_powers.select_related("person").get(pk=powers_id)
    if row.revoked_at:
        raise Refused("powers.over", _("These full powers were revoked already."))
    why = plain(reason, limit=REASON)
    if not why:
        raise Refused("powers.reason", _("Say why, as it shall stand in the journal."))
    row.revoked_at = now
    row.save(update_fields=["revoked_at"])
    _record(summit, delegation, "powers.revoked", by, now, reason=why, **powers_as(row, summit, now))
    return row


def letter_as(row: CredentialsLetter) -> dict[str, Any]:
    """A letter, for the journal."""
    return {
        "letter": {"kind": row.kind, "signed_by": row.signed_by, "dated": row.dated.isoformat(), "sha256": row.sha256}
    }


def powers_as(row: FullPowers, summit: Summit, now: datetime) -> dict[str, Any]:
    """Full powers and whose they are, for the journal."""
    ends = row.expires_on.isoformat() if row.expires_on else None
    held = {"scopes": row.scopes, "treaty": row.treaty, "issued_by": row.issued_by}
    dates = {"issued_on": row.issued_on.isoformat(), "expires_on": ends}
    return {"subject": acting(row.person, summit, now), "powers": {**held, **dates}}


def _locked(delegation_id: int) -> tuple[Summit, Delegation]:
    summit = Summit.objects.lock(Delegation.objects.values_list("summit_id", flat=True).get(pk=delegation_id))
    delegation = summit.delegations.get(pk=delegation_id)
    delegation.summit = summit
    return summit, delegation


def _record(summit: Summit, delegation: Delegation, kind: str, by: Person | None, now: datetime, **body: Any) -> None:
    record.write(
        summit, kind, at=now, actor=acting(by, summit, now), audience=Entry.Audience.OFFICERS,
        delegation=delegation_as(delegation), **body,
    )  # fmt: skip
