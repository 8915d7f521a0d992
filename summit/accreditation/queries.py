"""Reading what delegations asked for and what became of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Case, Prefetch, Q, QuerySet, When
from django.utils.translation import gettext_lazy as _

from summit import names
from summit.accreditation.duplicates import Pair, Someone, pairs
from summit.accreditation.models import Badge, FocalPoint, Nomination, Place, Rules
from summit.agenda.models import Office
from summit.credentials.models import Accreditation, AccreditationState, Invitation
from summit.credentials.queries import MAY_ENTER
from summit.delegations.models import Delegation, Function, Membership
from summit.delegations.queries import holding
from summit.errors import Refused
from summit.people.models import Person, Task
from summit.people.queries import summits_worked_at, tasks_held
from summit.summits.models import Summit


def rules_of(summit: Summit) -> Rules:
    """The rules of nomination; none are set: no deadline, no quota."""
    return Rules.objects.filter(summit=summit).first() or Rules(summit=summit)


def works_desk(person: Person | None, summit: Summit, now: datetime) -> bool:
    """Whether this person decides on accreditations here."""
    return summits_worked_at(person, now, Task.ACCREDITATION).filter(pk=summit.pk).exists()


def works_door(person: Person | None, summit: Summit, now: datetime) -> bool:
    """Whether this person checks badges at the door here: an organiser, the desk, or whoever has that task alone."""
    return summits_worked_at(person, now, Task.ACCREDITATION, Task.CHECK_IN).filter(pk=summit.pk).exists()


def refuse_unless_desk(person: Person | None, summit: Summit, now: datetime) -> None:
    """Refused: desk.required. `None` is the machine itself, which may."""
    if person is not None and not works_desk(person, summit, now):
        raise Refused("desk.required", _("Only the accreditation desk of this summit may do this."))


def focal_for(person: Person, summit: Summit) -> QuerySet[Delegation]:
    """The delegations of this summit whose focal point this person is; whether they may enter is not asked here."""
    return Delegation.objects.filter(summit=summit, focal_points__person=person, focal_points__ended_at=None)


def is_focal(person: Person, delegation: Delegation) -> bool:
    """Whether this person is a focal point of the delegation now, and may enter the summit."""
    entered = Accreditation.objects.filter(person=person, summit=delegation.summit_id, state__in=MAY_ENTER)
    return FocalPoint.objects.filter(person=person, delegation=delegation, ended_at=None).exists() and entered.exists()


def seats_taken(delegation: Delegation, now: datetime, *, leaving: Collection[int] = ()) -> dict[str, set[int]]:
    """{place: persons of the delegation who count there}: its members now, and who is nominated.

    Whoever waits to replace someone does not count: they take that seat. Nor does whoever was approved and whose seat has
    ended since. leaving: persons who are left out.
    Members entered by the organisers count in the hall unless a nomination says otherwise.
    """
    rows = Nomination.objects.filter(delegation=delegation).exclude(accreditation__state=AccreditationState.WITHDRAWN)
    seated = set(members_of(delegation, now).values_list("person_id", flat=True))
    ended = set(delegation.memberships.filter(ends__lte=now).values_list("person_id", flat=True))
    places: dict[int, str] = {}
    for person, place, state, replaces in rows.values_list(
        "accreditation__person", "place", "accreditation__state", "replaces"
    ):
        waits = state == AccreditationState.NOMINATED
        if person in seated or (waits and replaces is None) or not (waits or person in ended):
            places[person] = place
    for person in seated:
        places.setdefault(person, Place.HALL)
    found: dict[str, set[int]] = {place: set() for place in Place.values}
    for person, place in places.items():
        if person not in leaving:
            found[place].add(person)
    return found


def members_of(delegation: Delegation, now: datetime) -> QuerySet[Membership]:
    """The memberships of this delegation that hold now, of persons whose accreditation was not withdrawn."""
    left = Accreditation.objects.filter(summit=delegation.summit_id, state=AccreditationState.WITHDRAWN)
    return delegation.memberships.filter(holding(now)).exclude(person__in=left.values("person"))


def heads_of(delegation: Delegation, now: datetime) -> set[int]:
    """The persons who are its head, or nominated to be, replacements left out: one at most, if all went well."""
    asked = Nomination.objects.filter(
        delegation=delegation, function=Function.HEAD, accreditation__state=AccreditationState.NOMINATED, replaces=None
    )
    seated = members_of(delegation, now).filter(function=Function.HEAD)
    return {*asked.values_list("accreditation__person", flat=True), *seated.values_list("person_id", flat=True)}


@dataclass(frozen=True)
class Row:
    """One person of a delegation, as its focal point sees them."""

    accreditation: Accreditation
    nomination: Nomination | None
    membership: Membership | None
    invited_at: datetime | None  # of the invitation that is out; None: none is
    successor: Person | None = None  # nominated to replace them

    @property
    def person(self) -> Person:
        return self.accreditation.person

    @property
    def function(self) -> str:
        held = self.membership or self.nomination
        return str(Function(held.function).label) if held else ""

    @property
    def place(self) -> str:
        return str(Place(self.nomination.place if self.nomination else Place.HALL).label)

    @property
    def has_photo(self) -> bool:
        return hasattr(self.accreditation, "photo")

    @property
    def is_out(self) -> bool:
        return self.accreditation.state == AccreditationState.WITHDRAWN


def people_of(delegation: Delegation, now: datetime) -> list[Row]:
    """Everybody of a delegation: members first by function, those who wait, then those who left. Four queries."""
    concerned = Q(nomination__delegation=delegation) | Q(person__memberships__delegation=delegation)
    rows = Accreditation.objects.filter(concerned, summit=delegation.summit_id).distinct()
    found = list(rows.select_related("person__account", "nomination__replaces__person", "photo").order_by("pk"))
    people = [row.person_id for row in found]
    seats = {row.person_id: row for row in delegation.memberships.filter(holding(now))}
    letters = Invitation.objects.filter(
        summit=delegation.summit_id, person__in=people, withdrawn_at=None, consumed_at=None, reusable=False
    )
    sent = dict(letters.values_list("person_id", "sent_at"))
    following = {
        row.nomination.replaces_id: row.person
        for row in found
        if hasattr(row, "nomination") and row.state == AccreditationState.NOMINATED and row.nomination.replaces_id
    }
    listed = []
    for row in found:
        seat = seats.get(row.person_id)
        listed.append(
            Row(
                row, getattr(row, "nomination", None), seat, sent.get(row.person_id),
                following.get(seat.pk) if seat else None,
            )
        )  # fmt: skip
    order = [*Function.values]
    return sorted(listed, key=lambda one: (one.is_out, one.membership is None, _rank(one, order), one.person.pk))


def _rank(row: Row, order: list[str]) -> int:
    held = row.membership or row.nomination
    return order.index(held.function) if held and held.function in order else len(order)


def needed_elsewhere(row: Accreditation, delegation: Delegation, now: datetime) -> bool:
    """Whether this person also sits with another delegation, holds an office in a meeting or has a task of the staff."""
    seats = Membership.objects.filter(holding(now), person=row.person_id, delegation__summit=row.summit_id)
    offices = Office.objects.filter(holding(now), person=row.person_id, meeting__summit=row.summit_id)
    return (
        seats.exclude(delegation=delegation).exists()
        or offices.exists()
        or tasks_held([row.person_id], row.summit_id).exists()
    )


def at_desk(summit: Summit, *, words: str = "", state: str = "", code: str = "") -> QuerySet[Accreditation]:
    """Accreditations as the desk lists them, those that wait first: found by words of name or address (one
    query more), state, delegation."""
    seats = Membership.objects.filter(delegation__summit=summit).select_related("delegation").order_by("pk")
    rows = summit.accreditations.select_related(
        "person__account", "nomination__delegation", "nomination__replaces__person", "photo"
    ).prefetch_related(Prefetch("person__memberships", seats, to_attr="seats_here"))
    if state:
        rows = rows.filter(state=state)
    if code:
        rows = rows.filter(
            Q(nomination__delegation__code=code)
            | Q(person__memberships__delegation__in=summit.delegations.filter(code=code))
        ).distinct()
    if words.strip():
        rows = rows.filter(pk__in=_named(summit, words))
    waiting = Case(When(state=AccreditationState.NOMINATED, then=0), default=1)
    return rows.annotate(waiting=waiting).order_by("waiting", "-pk")


def unanswered(summit: Summit) -> QuerySet[Invitation]:
    """The invitations that are out and that nobody has followed, also where the letter came back. The demo's are none."""
    return summit.invitations.filter(consumed_at=None, withdrawn_at=None, reusable=False)


def _named(summit: Summit, words: str) -> list[int]:
    """The accreditations whose names or address hold all of these words, whatever accents and case they are typed with."""
    addresses = [word.casefold() for word in words.split() if "@" in word]
    wanted = " ".join(word for word in words.split() if "@" not in word)
    return [
        pk
        for pk, held, email in summit.accreditations.values_list("pk", "person__names", "person__email")
        if names.holds(f"{email} {names.forms(held)}", wanted) and all(part in email.casefold() for part in addresses)
    ]


def twins_in(summit: Summit) -> list[Pair]:
    """Who may have been entered twice, of those who were not withdrawn. Three queries."""
    rows = list(summit.accreditations.exclude(state=AccreditationState.WITHDRAWN).select_related("person"))
    people = {row.person_id: row.person for row in rows}
    homes: dict[int, set[int]] = defaultdict(set)
    seats = Membership.objects.filter(delegation__summit=summit, person__in=people)
    asked = Nomination.objects.filter(accreditation__in=rows).values_list("accreditation__person", "delegation")
    for person, delegation in [*seats.values_list("person_id", "delegation_id"), *asked]:
        homes[person].add(delegation)
    return pairs(Someone(pk, one.names, one.email, frozenset(homes[pk])) for pk, one in people.items())


def may_send_photo(person: Person, row: Accreditation, now: datetime) -> bool:
    """Whether this person sends the badge photo of `row`: themselves, a focal point of the delegation, the desk."""
    if row.person_id == person.pk or works_desk(person, row.summit, now):
        return True
    homes = Delegation.objects.filter(
        Q(nominations__accreditation=row, nominations__accreditation__state=AccreditationState.NOMINATED)
        | Q(memberships__person=row.person_id, memberships__in=Membership.objects.filter(holding(now))),
        summit=row.summit_id,
    )
    return any(is_focal(person, home) for home in homes.distinct())


def may_see_photo(person: Person, row: Accreditation, now: datetime) -> bool:
    """Whether this person sees the badge photo of `row`: themselves, the desk, the door."""
    return row.person_id == person.pk or works_desk(person, row.summit, now) or works_door(person, row.summit, now)


def badges_in(summit: Summit, now: datetime) -> QuerySet[Badge]:
    """Every badge that was made here, with what stands on it: the seat is one that has not ended."""
    ended = Q(ends__isnull=False, ends__lte=now)
    seats = Membership.objects.filter(delegation__summit=summit).exclude(ended).select_related("delegation")
    seats = seats.order_by("pk")
    people = Accreditation.objects.select_related("person", "photo", "nomination").prefetch_related(
        Prefetch("person__memberships", seats, to_attr="seats_here")
    )
    return Badge.objects.filter(summit=summit).order_by("number").prefetch_related(Prefetch("accreditation", people))
