"""Reading what a credentials committee needs: where every delegation stands, and how it came there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, Q
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from summit import names
from summit.committee import sorting
from summit.credentials.models import CredentialsLetter, CredentialsState
from summit.credentials.transitions import WITHOUT_DOCUMENT
from summit.delegations.models import Delegation
from summit.record.models import Entry
from summit.summits.models import Summit

STEPS: dict[str, str | Promise] = {
    "credentials.letter_handed_in": _("A letter was handed in"),
    "credentials.letter_withdrawn": _("A letter was withdrawn"),
    "credentials.provisional": _("A provisional document came"),
    "credentials.received": _("The document was received"),
    "credentials.accepted": _("The credentials were accepted"),
    "credentials.challenged": _("The credentials were challenged"),
    "credentials.withdrawn": _("The credentials were withdrawn"),
    "powers.entered": _("Full powers were entered"),
    "powers.revoked": _("Full powers were revoked"),
    "delegation.suspension_proposed": _("A suspension of rights was proposed"),
    "delegation.suspended": _("The rights were suspended"),
    "delegation.suspension_lifted": _("The suspension was lifted"),
    "delegation.suspension_dropped": _("The proposed suspension was dropped"),
}
WAITING = frozenset({"none", "provisional", "received", "challenged"})


@dataclass(frozen=True)
class Row:
    """One delegation on the desk. letters: those that count, newest first."""

    delegation: Delegation
    state: str
    basis: str
    letters: list[CredentialsLetter]

    @property
    def state_label(self) -> Any:
        return CredentialsState(self.state).label

    @property
    def newest(self) -> CredentialsLetter | None:
        return self.letters[0] if self.letters else None


def rows_of(summit: Summit) -> list[Row]:
    """Every delegation that brings credentials, in protocol order. Two queries."""
    kept = CredentialsLetter.objects.filter(withdrawn_at=None).exclude(kind=CredentialsLetter.Kind.POWERS)
    rows = summit.delegations.exclude(category__in=WITHOUT_DOCUMENT).select_related("credentials")
    rows = rows.prefetch_related(Prefetch("letters", kept, to_attr="counting"))
    language = summit.protocol_language
    found = sorted(rows, key=lambda d: (d.order.get(language, d.order.get("en", 10**6)), d.code))
    return [_row(delegation) for delegation in found]


def _row(delegation: Delegation) -> Row:
    letters: list[CredentialsLetter] = delegation.counting  # type: ignore[attr-defined]
    state = delegation.credentials.state if hasattr(delegation, "credentials") else "none"
    told = [sorting.Letter(one.kind, one.signed_by, one.dated) for one in letters]
    return Row(delegation, state, sorting.basis(delegation.category, state, told), letters)


def chosen(rows: Iterable[Row], *, words: str, state: str, basis: str) -> list[Row]:
    """Those of a code or a name in any language, typed with or without its accents; in a state ("waiting": not decided) and
    with a basis. Empty asks for all."""
    found = []
    for row in rows:
        named = names.holds(f"{row.delegation.code} {names.forms(row.delegation.names)}", words)
        fits = row.state == state or (state == "waiting" and row.state in WAITING)
        if named and (not state or fits) and (not basis or row.basis == basis):
            found.append(row)
    return found


@dataclass(frozen=True)
class Step:
    """One line of a delegation's history, as the journal tells it."""

    at: datetime
    what: str | Promise
    by: str
    reason: str
    hashes: list[str]
    number: int  # of the entry


def history_of(delegation: Delegation) -> list[Step]:
    """Who did what with a delegation's credentials and full powers, when, and on which documents; newest first."""
    kinds = Q(kind__in=[kind for kind in STEPS])
    rows = Entry.objects.filter(kinds, summit=delegation.summit_id, body__delegation__code=delegation.code)
    return [_step(entry) for entry in rows.order_by("-seq")[:200]]


def _step(entry: Entry) -> Step:
    actor, letter = entry.body.get("actor"), entry.body.get("letter")
    by = names.formal(actor["names"], get_language() or "en") if actor else ""
    hashes = [letter["sha256"]] if letter else entry.body.get("letters", [])
    return Step(entry.at, STEPS[entry.kind], by, entry.body.get("reason", ""), hashes, entry.seq)
