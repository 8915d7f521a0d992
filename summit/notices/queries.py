"""Who is told what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet

from summit.agenda.models import Paper
from summit.agenda.queries import papers_for
from summit.bilaterals.models import Bilateral
from summit.bilaterals.queries import waiting_for
from summit.credentials.queries import everybody
from summit.delegations.models import Membership
from summit.delegations.queries import holding, memberships_of
from summit.notices.models import USUAL, How, Kind, Notice, Reader, Seen
from summit.people.models import Person
from summit.summits.models import Summit


def choices_of(person: Person) -> dict[str, str]:
    """{kind: how} of all kinds, as this person wants it."""
    held = Reader.objects.filter(person=person).values_list("choices", flat=True).first() or {}
    return _choices(held)


def _choices(held: Mapping[str, str]) -> dict[str, str]:
    return {kind.value: held.get(kind.value, USUAL[kind].value) for kind in Kind}


def notices_for(
    person: Person, summit: Summit, now: datetime, readable: QuerySet[Paper], but: Iterable[str] = ()
) -> QuerySet[Notice]:
    """What this person is told in this summit, newest first, without kinds they do not want and those of `but`.

    readable: the papers they may read now (`papers_for`).
    """
    mine = list(memberships_of([person.pk], summit.pk, now).values_list("delegation", flat=True))
    off = {*but, *(kind for kind, how in choices_of(person).items() if how == How.OFF)}
    rows = Notice.objects.filter(Q(delegation=None) | Q(delegation__in=mine), summit=summit).exclude(kind__in=off)
    rows = rows.filter(Q(paper=None) | Q(paper__in=readable.values("pk")))
    rows = rows.exclude(question__withdrawn_at__isnull=False)
    if Kind.BILATERAL not in off:
        asked = waiting_for(person, summit, mine, now)
        rows = rows.filter(Q(bilateral=None) | Q(bilateral__in=[row.pk for row in asked]))
    return rows.select_related("summit", "delegation", "meeting", "paper", "question")


def unread_for(
    person: Person, summit: Summit, now: datetime, readable: QuerySet[Paper], but: Iterable[str] = ()
) -> QuerySet[Notice]:
    """What they have not read yet, of what `notices_for` tells."""
    until = Seen.objects.filter(summit=summit, person=person).values_list("until", flat=True).first()
    rows = notices_for(person, summit, now, readable, but)
    return rows.filter(at__gt=until) if until else rows


def readers_by_mail(notice: Notice, now: datetime) -> list[Person]:
    """Who is to get a letter about it: accredited, concerned, with an address and an account, and wanting it so. Who may
    read the paper it is about, or answer the proposal, is asked when the letter is sent (`entitled`): that takes queries
    for each.
    """
    inside = everybody(notice.summit_id)
    persons = Person.objects.filter(pk__in=inside, account__is_active=True).exclude(email="").select_related("reader")
    if notice.delegation_id:
        members = Membership.objects.filter(holding(now), delegation=notice.delegation_id)
        persons = persons.filter(pk__in=members.values("person"))
    return [
        person
        for person in persons.order_by("pk")
        if _choices(person.reader.choices if hasattr(person, "reader") else {})[notice.kind] == How.MAIL
    ]


def entitled(notice: Notice, persons: Iterable[Person], now: datetime) -> list[Person]:
    """Those of them who may read now what it is about; of a proposal to meet, who may answer it while it waits."""
    if (asked := notice.bilateral) is not None:
        side = [notice.delegation_id or 0]
        return [person for person in persons if asked in waiting_for(person, notice.summit, side, now)]
    return [
        person
        for person in persons
        if notice.paper_id is None or papers_for(person, now).filter(pk=notice.paper_id).exists()
    ]


def untold(now: datetime) -> QuerySet[Bilateral]:
    """Proposals whose present time nobody has been told to whom they wait for. One query, of all summits."""
    told = Notice.objects.filter(
        bilateral=OuterRef("pk"), delegation=OuterRef("waits_for"), at__gte=OuterRef("changed_at")
    )
    rows = Bilateral.objects.filter(~Exists(told), state=Bilateral.State.PROPOSED, starts_at__gt=now)
    return rows.select_related("summit").order_by("pk")
