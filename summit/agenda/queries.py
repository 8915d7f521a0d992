"""Reading meetings, agenda and papers: everything a person gets is fetched through what they may see."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from django.db.models import Exists, Prefetch, Q, QuerySet

from summit import rights
from summit.agenda.models import Item, Meeting, Office, Paper, Programme, Removal
from summit.agenda.symbols import sort_key
from summit.credentials import queries as credentials
from summit.delegations import queries as delegations
from summit.people.models import Person, Task
from summit.people.queries import tasks_held
from summit.summits.models import Summit

# A task for the whole summit is the office in each of its meetings.
AS_OFFICE: dict[str, set[str]] = {
    Task.CONFERENCE: {Office.Kind.OFFICER},
    Task.RECORDS: {Office.Kind.WRITER},
    Task.INTERPRETATION: {Office.Kind.INTERPRETER},
    Task.TECHNICAL: {Office.Kind.TECHNICIAN},
}


def standings_of(persons: Iterable[int], meeting: Meeting, now: datetime) -> dict[int, rights.Standing]:
    """{person: all that decides their rights in this meeting now}, for persons given by id. Seven queries."""
    ids = list(set(persons))
    posts, inside = _posts_of(ids, meeting.summit_id, now), credentials.accredited(ids, meeting.summit_id)
    held: dict[int, set[str]] = defaultdict(set)
    for person, kind in offices_held(meeting, now).filter(person__in=ids).values_list("person_id", "kind"):
        held[person].add(kind)
    for task in tasks_held(ids, meeting.summit_id):
        held[task.person_id] |= AS_OFFICE.get(task.task, set())
    gone = set(
        Removal.objects.filter(meeting=meeting, person__in=ids, lifted_at=None).values_list("person_id", flat=True)
    )
    return {
        pk: rights.Standing(pk, pk in inside, posts=posts[pk], offices=frozenset(held[pk]), removed=pk in gone)
        for pk in ids
    }


def standings_in(person: Person, meetings: Sequence[Meeting], now: datetime) -> dict[int, rights.Standing]:
    """{meeting: what decides this person's rights there now}, for meetings of one summit. Seven queries."""
    if not meetings:
        return {}
    summit_id = meetings[0].summit_id
    posts = _posts_of([person.pk], summit_id, now)[person.pk]
    inside = bool(credentials.accredited([person.pk], summit_id))
    everywhere: set[str] = set()
    for task in tasks_held([person.pk], summit_id):
        everywhere |= AS_OFFICE.get(task.task, set())
    held: dict[int, set[str]] = defaultdict(everywhere.copy)
    offices = Office.objects.filter(delegations.holding(now), meeting__in=meetings, person=person)
    for meeting_id, kind in offices.values_list("meeting_id", "kind"):
        held[meeting_id].add(kind)
    removals = Removal.objects.filter(meeting__in=meetings, person=person, lifted_at=None)
    gone = set(removals.values_list("meeting_id", flat=True))
    return {
        row.pk: rights.Standing(person.pk, inside, posts=posts, offices=frozenset(held[row.pk]), removed=row.pk in gone)
        for row in meetings
    }


def _posts_of(persons: Iterable[int], summit_id: int, now: datetime) -> dict[int, tuple[rights.Post, ...]]:
    """{person: the memberships they hold now in this summit}; persons without any have an empty tuple."""
    memberships = list(delegations.memberships_of(persons, summit_id, now))
    represented = {row.delegation_id for row in memberships}
    states, out = credentials.credentials_of(represented), credentials.suspended(represented)
    posts: dict[int, tuple[rights.Post, ...]] = defaultdict(tuple)
    for row in memberships:
        posts[row.person_id] += (
            rights.Post(
                delegation=row.delegation_id,
                category=row.delegation.category,
                function=row.function,
                credentials=states.get(row.delegation_id, "none"),
                suspended=row.delegation_id in out,
            ),
        )
    return posts


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


@dataclass(frozen=True)
class Line:
    """One line of a printed agenda. depth: 0 for an item, 1 for what stands under it, and so on."""

    item: Item
    depth: int
    papers: Sequence[Paper]  # those the reader may see, with their files
    meetings: Sequence[Meeting]


def agenda_of(summit: Summit, person: Person, now: datetime) -> list[Line]:
    """The whole agenda as this person reads it, parents before what stands under them. Four queries and the rights."""
    rows = _with_papers(summit.items.all(), person, now).prefetch_related(
        Prefetch("programme", Programme.objects.select_related("meeting").order_by("meeting__starts_at"))
    )
    return _lines(list(rows))


def programme_of(meeting: Meeting, person: Person, now: datetime) -> list[Line]:
    """The items of one meeting in the order of its programme."""
    rows = list(
        _with_papers(Item.objects.filter(programme__meeting=meeting), person, now).order_by("programme__position")
    )
    depths = _depths(list(meeting.summit.items.all()))
    return [Line(row, depths[row.pk], _filed(row), ()) for row in rows]


def _with_papers(items: QuerySet[Item], person: Person, now: datetime) -> QuerySet[Item]:
    readable = papers_for(person, now)
    return items.prefetch_related(Prefetch("papers", listed(readable, readable)))


def _filed(item: Item) -> list[Paper]:
    return sorted(item.papers.all(), key=lambda paper: sort_key(paper.symbol))


def _lines(items: Sequence[Item]) -> list[Line]:
    depths = _depths(items)
    under: dict[int | None, list[Item]] = defaultdict(list)
    for item in items:
        under[item.parent_id].append(item)

    def walk(parent: int | None) -> Iterable[Line]:
        for item in under[parent]:
            meetings = [row.meeting for row in item.programme.all()]
            yield Line(item, depths[item.pk], _filed(item), meetings)
            yield from walk(item.pk)

    return list(walk(None))


def _depths(items: Sequence[Item]) -> dict[int, int]:
    parents = {item.pk: item.parent_id for item in items}

    def depth(pk: int) -> int:
        above = parents.get(pk)
        return 0 if above is None else depth(above) + 1

    return {pk: depth(pk) for pk in parents}


def by_day(meetings: Sequence[Meeting]) -> list[tuple[date, list[Meeting]]]:
    """Meetings in order, grouped by the day at their host."""
    return [(day, list(rows)) for day, rows in groupby(meetings, key=lambda meeting: meeting.day)]


def matching(papers: Iterable[Paper], words: str) -> list[Paper]:
    """The papers whose symbol or title, in any language, holds all of these words. Titles are JSON: searched here,
    because the databases disagree about letters outside ASCII."""
    wanted = words.casefold().split()
    return [
        paper
        for paper in papers
        if all(any(word in text.casefold() for text in (paper.symbol, *paper.titles.values())) for word in wanted)
    ]


def may_read_minutes(meeting: Meeting, mine: frozenset[rights.Right]) -> bool:
    """Whether whoever has these rights in the meeting has minutes of it to read: drafts for its officers, else approved
    ones (as summit/minutes/queries.py answers)."""
    if rights.Right.ENTER not in mine:
        return False
    kept = Meeting.objects.filter(pk=meeting.pk, minutes__isnull=False)
    return (kept if mine & rights.READ_DRAFTS else kept.filter(minutes__state="approved")).exists()


def papers_for(person: Person | None, now: datetime) -> QuerySet[Paper]:
    """The papers this person may read: public ones; participants' in the summits they may enter; restricted ones where
    they speak for a delegation whose credentials allow it, or hold an office in one of the meetings; a delegation's own
    for its members and the secretariat. What is held back until its item is taken up only secretariat and officers see.
    """
    public = Q(access=Paper.Access.PUBLIC)
    out = Q(embargoed=False) | Q(released_at__isnull=False)
    if person is None:
        return Paper.objects.filter(public & out)
    reading = {pk: _reading(person, pk, now) for pk in credentials.summits_for(person).values_list("pk", flat=True)}
    staff = [pk for pk, one in reading.items() if one.secretariat or one.officer]
    return Paper.objects.filter(
        public
        | Q(access=Paper.Access.PARTICIPANTS, summit__in=list(reading))
        | Q(access=Paper.Access.RESTRICTED, summit__in=[pk for pk, one in reading.items() if one.restricted])
        | Q(access=Paper.Access.DELEGATION, delegation__in=[pk for one in reading.values() for pk in one.delegations])
        | Q(access=Paper.Access.DELEGATION, summit__in=[pk for pk, one in reading.items() if one.secretariat]),
        out | Q(summit__in=staff),
    )


def listed(papers: QuerySet[Paper], readable: QuerySet[Paper]) -> QuerySet[Paper]:
    """With all that a line of a list shows: language versions, and what superseded them if it is among the readable."""
    return papers.select_related("delegation").prefetch_related("files", Prefetch("superseded_by", readable))


@dataclass(frozen=True)
class _Reading:
    """What somebody's seats and offices in one summit let them read."""

    secretariat: bool
    officer: bool
    restricted: bool
    delegations: tuple[int, ...]


def _reading(person: Person, summit_id: int, now: datetime) -> _Reading:
    offices = Office.objects.filter(delegations.holding(now), person=person, meeting__summit=summit_id)
    tasks = tasks_held([person.pk], summit_id).filter(task__in=AS_OFFICE)
    officer = Person.objects.filter(Exists(offices) | Exists(tasks), pk=person.pk).exists()
    posts = _posts_of([person.pk], summit_id, now)[person.pk]
    secretariat = any(post.category == "secretariat" for post in posts)
    good = [
        post
        for post in posts
        if post.category in rights.MAY_ENTER_RESTRICTED
        and not post.suspended
        and post.credentials not in {"none", "withdrawn"}
    ]
    own = tuple(post.delegation for post in posts if not post.suspended)
    return _Reading(secretariat, officer, officer or secretariat or bool(good), own)
