"""Building the demo summit by the same actions an organiser uses."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.urls import reverse

from summit.accreditation import decisions
from summit.accreditation.badges import issue_badge
from summit.accreditation.nominations import nominate_member
from summit.agenda import actions as agenda
from summit.agenda import files, papers
from summit.agenda.models import Item, Meeting
from summit.credentials import actions as credentials
from summit.credentials import documents
from summit.credentials.founding import found_summit
from summit.credentials.invitations import invite_cast
from summit.credentials.staff import give_task
from summit.delegations import actions as delegations
from summit.groups.actions import name_group
from summit.management.demo import papers as sheets
from summit.management.demo import people, words
from summit.management.demo.first_meeting import FirstMeeting
from summit.management.demo.working_group import WorkingGroup
from summit.notices.actions import begin
from summit.people.actions import register_person
from summit.people.models import Person, Task, User
from summit.questions.actions import put_question
from summit.seating.actions import set_hall
from summit.summits.models import Summit

SLUG = "reykjavik"
ZONE = "Atlantic/Reykjavik"
_STEPS = {
    "provisional": ("provisional",),
    "received": ("received",),
    "accepted": ("received", "accepted"),
}


@transaction.atomic
def build(now: datetime) -> tuple[Summit, bool]:
    """The demo summit and whether it was made now; one that is there is left as it is."""
    if there := Summit.objects.filter(slug=SLUG).first():
        return there, False
    early = now - timedelta(days=3)
    otto = _person(people.OTTO)
    otto.account = User.objects.create_user(otto.email, None, is_staff=True)
    otto.save()
    today = now.astimezone(ZoneInfo(ZONE)).date()
    summit = found_summit(
        by=otto, now=early, slug=SLUG, names=words.SUMMIT, zone=ZONE, languages=list(words.LANGUAGES),
        protocol_language="en", opens_on=today - timedelta(days=1), closes_on=today + timedelta(days=2), demo=True,
    )  # fmt: skip
    _delegations(summit, otto, early)
    set_hall(summit.pk, by=otto, now=early, rows=4, blocks=[4, 4], places=2, begins="left")
    items = _agenda(summit, otto, early)
    meetings = _meetings(summit, otto, items, now, early)
    cast = _people(summit, otto, [*meetings.values()], early)
    first = FirstMeeting(meetings["plenary-1"], cast, items)
    first.run()
    WorkingGroup(meetings["declaration-1"], cast, items).run()
    first.approve()
    _nominations(summit, otto, cast, now)
    begin(summit.pk)
    put_question(
        summit.pk, [summit.delegations.get(code="KE").pk], by=otto, now=now, texts=words.QUESTION,
        item_id=items["3(b)"].pk, due_at=now + timedelta(hours=3),
    )  # fmt: skip
    return summit, True


def _person(someone: people.Someone) -> Person:
    return Person(names=_names(someone), email=f"{someone.key}@parley.example", language=someone.language)


def _names(someone: people.Someone) -> dict[str, dict[str, str]]:
    found = {"en": {"short": someone.name, "formal": someone.formal}}
    if someone.native:
        language, short, formal = someone.native
        found[language] = {"short": short, "formal": formal}
    return found


def _delegations(summit: Summit, by: Person, now: datetime) -> None:
    for code, category, flag, state, names in words.DELEGATIONS:
        made = delegations.create_delegation(
            summit.pk, by=by, now=now, code=code, category=category, names=names, flag=flag
        )
        if code in words.LETTERS:
            _letter(made.pk, by, now, *words.LETTERS[code])
        for step in _STEPS.get(state or "", ()):
            credentials.move_credentials(made.pk, step, by=by, now=now)
    for code, names, members in words.GROUPS:
        name_group(summit.pk, by=by, now=now, code=code, names=names, members=members)
    delegations.store_order(summit.pk, words.CHINESE_ORDER, by=by, now=now)


def _letter(delegation: int, by: Person, now: datetime, kind: str, signed_by: str, text: str) -> None:
    found = files.look_into("letter.pdf", sheets.pdf("Letter of credentials", "", (text,)))
    dated = (now - timedelta(days=6)).date()
    documents.hand_in(delegation, by=by, now=now, kind=kind, signed_by=signed_by, dated=dated, found=found)


def _agenda(summit: Summit, by: Person, now: datetime) -> dict[str, Item]:
    items: dict[str, Item] = {}
    for number, parent, titles in words.ITEMS:
        items[number] = agenda.create_item(
            summit.pk, by=by, now=now, number=number, titles=words.texts(titles),
            parent_id=items[parent].pk if parent else None,
        )  # fmt: skip
    for sheet in sheets.SHEETS:
        _paper(summit, by, now, sheet, items[sheet.item])
    return items


def _paper(summit: Summit, by: Person, now: datetime, sheet: sheets.Sheet, item: Item) -> None:
    titles = words.texts(sheet.titles)
    paper = papers.publish_paper(
        summit.pk, by=by, now=now, symbol=sheet.symbol, titles=titles, access=sheet.access, item_id=item.pk
    )
    for language in sheet.languages:
        kind, draw = ("pdf", sheets.pdf) if language in {"en", "fr", "es"} else ("txt", sheets.text)
        lines = sheet.lines if language == "en" else ()
        papers.add_file(
            paper.pk, by=by, now=now, language=language,
            found=files.look_into(f"paper.{kind}", draw(titles[language], sheet.symbol, lines)),
        )  # fmt: skip


def _meetings(
    summit: Summit, by: Person, items: dict[str, Item], now: datetime, planned: datetime
) -> dict[str, Meeting]:
    """The 1st plenary yesterday morning, a working group in the afternoon, the 2nd plenary within the quarter hour, a
    committee tomorrow."""
    here = now.astimezone(ZoneInfo(ZONE))
    soon = here.replace(minute=here.minute - here.minute % 15, second=0, microsecond=0) + timedelta(minutes=15)
    yesterday, tomorrow = here - timedelta(days=1), here + timedelta(days=1)
    plans = [
        ("plenary-1", words.PLENARY_1, 1, "plenary", yesterday.replace(hour=10, minute=0), ["1", "2", "2(a)", "3", "3(a)"]),
        ("declaration-1", words.WORKING_GROUP, 1, "working_group", yesterday.replace(hour=14, minute=30), ["4"]),
        ("plenary-2", words.PLENARY_2, 2, "plenary", soon, ["2(b)", "3", "3(a)", "3(b)", "4", "5"]),
        ("finance-1", words.COMMITTEE, 1, "committee", tomorrow.replace(hour=14, minute=0), ["3", "3(b)"]),
    ]  # fmt: skip
    made = {}
    for slug, titles, number, kind, start, programme in plans:
        plan = agenda.Plan(
            titles=titles, day=start.date(), time=start.time().replace(second=0, microsecond=0, tzinfo=None), zone=ZONE,
            kind=kind, number=number, place=words.HALL_A if kind == "plenary" else words.HALL_B, items=[items[key].pk for key in programme],
            speech="rostrum" if kind == "plenary" else "discussion",
        )  # fmt: skip
        made[slug] = agenda.plan_meeting(summit.pk, by=by, now=planned, slug=slug, plan=plan)
    return made


def _people(summit: Summit, by: Person, meetings: list[Meeting], now: datetime) -> dict[str, Person]:
    homes = {row.code: row for row in summit.delegations.all()}
    found: dict[str, Person] = {}
    for someone in people.PEOPLE:
        person = register_person(
            summit.pk, by=by, now=now, names=_names(someone), email=f"{someone.key}@parley.example",
            language=someone.language, zone=someone.zone,
        )  # fmt: skip
        row = credentials.nominate(summit.pk, person.pk, by=by, now=now)
        credentials.approve(row.pk, by=by, now=now)
        if someone.home:
            delegations.appoint(
                homes[someone.home].pk, person.pk, by=by, now=now, function=someone.function, title=someone.title
            )
        for meeting in meetings:
            for office in someone.offices:
                agenda.give_office(meeting.pk, person.pk, office, by=by, now=now)
        found[someone.key] = person
    return found


def _nominations(summit: Summit, by: Person, cast: dict[str, Person], now: datetime) -> None:
    """Joseph types for Kenya; two persons wait for the desk, one of them entered before with other accents."""
    kenya, chile = (summit.delegations.get(code=code) for code in ("KE", "CL"))
    decisions.name_focal_point(kenya.pk, cast["joseph"].pk, True, by=by, now=now)
    hana = cast["hana"]  # runs the hall, and checks badges at its door
    hana.account = User.objects.create_user(hana.email, None)
    hana.save()
    give_task(summit.pk, hana.pk, Task.CHECK_IN, by=by, now=now)
    for key in ("ingrid", "amina"):
        issue_badge(summit.accreditations.get(person=cast[key]).pk, by=by, now=now)
    nominate_member(kenya.pk, people.WANJIRU, by=cast["joseph"], now=now)
    nominate_member(chile.pk, people.TOMAS_AGAIN, by=by, now=now)


def links(summit: Summit, base: str, now: datetime) -> list[tuple[str, str, str]]:
    """(name, what they are, address) of each member of the cast. base: with `{name}` where each has a host of its own."""
    found = []
    for someone in [*people.PEOPLE, people.OTTO]:
        if not someone.cast:
            continue
        person = Person.objects.get(email=f"{someone.key}@parley.example")
        path = reverse("invitation", args=[invite_cast(summit.pk, person.pk, now=now)])
        found.append((someone.key, someone.cast, base.format(name=someone.key).rstrip("/") + path))
    return found
