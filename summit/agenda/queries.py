"""Reading meetings, agenda and papers: everything a person gets is fetched through what they may see."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet

from summit import rights
from summit.agenda.models import Item, Meeting, Office, Paper, Removal
from summit.credentials import queries as credentials
from summit.delegations import queries as delegations
from summit.people.models import Person


def standings_of(persons: Iterable[int], meeting: Meeting, now: datetime) -> dict[int, rights.Standing]:
    """{person: all that decides their rights in this meeting now}, for persons given by id. Six queries at most."""
    ids = list(set(persons))
    memberships = list(delegations.memberships_of(ids, meeting.summit_id, now))
    represented = {row.delegation_id for row in memberships}
    states, out = credentials.credentials_of(represented), credentials.suspended(represented)
    inside = credentials.accredited(ids, meeting.summit_id)
    posts: dict[int, list[rights.Post]] = defaultdict(list)
    for row in memberships:
        posts[row.person_id].append(
            rights.Post(
                delegation=row.delegation_id,
                category=row.delegation.category,
                function=row.function,
                credentials=states.get(row.delegation_id, "none"),
                suspended=row.delegation_id in out,
            )
        )
    held: dict[int, set[str]] = defaultdict(set)
    for person, kind in offices_held(meeting, now).filter(person__in=ids).values_list("person_id", "kind"):
        held[person].add(kind)
    gone = set(
        Removal.objects.filter(meeting=meeting, person__in=ids, lifted_at=None).values_list("person_id", flat=True)
    )
    return {
        pk: rights.Standing(pk, pk in inside, posts=tuple(posts[pk]), offices=frozenset(held[pk]), removed=pk in gone)
        for pk in ids
    }


def standing_of(person: Person, meeting: Meeting, now: datetime) -> rights.Standing:
    """All that decides this person's rights in this meeting now."""
    return standings_of([person.pk], meeting, now)[person.pk]


def meeting_rights(person: Person, meeting: Meeting, now: datetime) -> frozenset[rights.Right]:
    """Everything this person may do in this meeting now; empty for strangers."""
    return rights.rights_of(standing_of(person, meeting, now), openness=meeting.openness)


def offices_held(meeting: Meeting, now: datetime) -> QuerySet[Office]:
    """The offices of this meeting that are held now."""
    return Office.objects.filter(delegations.holding(now), meeting=meeting)


def meetings_for(person: Person | None) -> QuerySet[Meeting]:
    """The meetings this person may know of: all of every summit they may enter. Entering one takes Right.ENTER."""
    if person is None:
        return Meeting.objects.none()
    return Meeting.objects.filter(summit__in=credentials.summits_for(person)).select_related("summit")


def items_for(person: Person | None) -> QuerySet[Item]:
    """The agenda items of every summit this person may enter."""
    if person is None:
        return Item.objects.none()
    return Item.objects.filter(summit__in=credentials.summits_for(person))


def papers_for(person: Person | None, now: datetime) -> QuerySet[Paper]:
    """The papers this person may read: public ones; participants' in the summits they may enter; restricted ones
    where they speak for a delegation whose credentials allow it, or hold an office in one of the meetings."""
    public = Q(access=Paper.Access.PUBLIC)
    if person is None:
        return Paper.objects.filter(public)
    mine = list(credentials.summits_for(person).values_list("pk", flat=True))
    readers = [pk for pk in mine if _reads_restricted(person, pk, now)]
    return Paper.objects.filter(
        public
        | Q(access=Paper.Access.PARTICIPANTS, summit__in=mine)
        | Q(access=Paper.Access.RESTRICTED, summit__in=readers)
    )


def _reads_restricted(person: Person, summit_id: int, now: datetime) -> bool:
    if Office.objects.filter(delegations.holding(now), person=person, meeting__summit=summit_id).exists():
        return True
    rows = list(delegations.memberships_of([person.pk], summit_id, now))
    represented = {row.delegation_id for row in rows}
    states, out = credentials.credentials_of(represented), credentials.suspended(represented)
    return any(
        row.delegation.category == "secretariat"
        or (
            row.delegation.category in rights.MAY_ENTER_RESTRICTED
            and row.delegation_id not in out
            and states.get(row.delegation_id, "none") not in {"none", "withdrawn"}
        )
        for row in rows
    )
