"""The cast of every test, and the summit they meet at. Rows are made directly: actions are what is tested."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from django.test import Client
from django.urls import reverse

from summit.models import (
    Accreditation,
    Credentials,
    Delegation,
    Entry,
    Item,
    Meeting,
    Membership,
    Office,
    Person,
    Programme,
    StaffTask,
    Summit,
    User,
)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PASSWORD = "correct horse battery staple"


@dataclass
class Cast:
    """Everybody and everything by name."""

    summit: Summit
    meeting: Meeting
    item: Item  # 3, with child 3(b)
    subitem: Item
    kenya: Delegation
    chile: Delegation
    observer: Delegation
    secretariat: Delegation
    amina: Person
    bruno: Person
    chen: Person
    dana: Person
    eve: Person  # has an account, is accredited nowhere
    lucia: Person  # Chile


def person(name: str, *, account: bool = True, at: str = "example.org") -> Person:
    """A person, with an account `name@example.org` unless they have none."""
    email = f"{name.split()[0].lower()}@{at}"
    user = User.objects.create_user(email, PASSWORD) if account else None
    return Person.objects.create(account=user, email=email, names={"en": {"short": name, "formal": name}})


def delegation(summit: Summit, code: str, category: str, name: str, state: str | None = None) -> Delegation:
    """A delegation, with credentials in this state where it has any."""
    made = Delegation.objects.create(
        summit=summit, code=code, category=category, names={"en": {"short": name, "formal": f"the State of {name}"}}
    )
    if state:
        Credentials.objects.create(delegation=made, state=state)
    return made


def accredit(who: Person, summit: Summit, state: str = "badged") -> None:
    Accreditation.objects.create(summit=summit, person=who, state=state)


def confirm(client: Client, back: str = "/") -> None:
    """Whoever is signed in shows again who they are, as before a dangerous act; what was asked for at `back` is done."""
    assert client.post(reverse("account_reauthenticate"), {"password": PASSWORD, "next": back}).status_code == 302


def make_organiser(summit: Summit, name: str = "Otto Brandt") -> Person:
    """Staff, accredited, and seated with the secretariat of this summit."""
    who = person(name)
    accredit(who, summit)
    Membership.objects.create(person=who, delegation=summit.delegations.get(code="SEC"), function="adviser")
    give_task(summit, who, "organiser")
    return who


def give_task(summit: Summit, who: Person, task: str) -> None:
    """Of the staff of this summit, for this task."""
    assert who.account
    who.account.is_staff = True
    who.account.save()
    StaffTask.objects.create(summit=summit, person=who, task=task, given_at=NOW)


def make_cast(slug: str = "test", at: str = "example.org") -> Cast:
    """One summit with an open-ended agenda, one planned meeting tomorrow morning, and the cast."""
    summit = Summit.objects.create(
        slug=slug, names={"en": {"short": "Test summit", "formal": "The Test Summit"}}, zone="Africa/Nairobi",
        languages=["en", "fr"], opens_on=date(2026, 11, 23), closes_on=date(2026, 11, 27),
    )  # fmt: skip
    item = Item.objects.create(summit=summit, number="3", position=1, titles={"en": "Climate finance"})
    subitem = Item.objects.create(summit=summit, number="3(b)", parent=item, position=2, titles={"en": "Adaptation"})
    meeting = Meeting.objects.create(
        summit=summit, slug="plenary-1", titles={"en": "Plenary, 1st meeting"}, zone="Africa/Nairobi",
        day=date(2026, 11, 23), time=time(13, 0), starts_at=datetime(2026, 11, 23, 10, 0, tzinfo=UTC),
    )  # fmt: skip
    for position, entry in enumerate((item, subitem)):
        Programme.objects.create(meeting=meeting, item=entry, position=position)
    kenya = delegation(summit, "KE", "member", "Kenya", "accepted")
    chile = delegation(summit, "CL", "member", "Chile", "received")
    observer = delegation(summit, "VA", "observer", "Holy See", "accepted")
    secretariat = delegation(summit, "SEC", "secretariat", "Secretariat")
    people = {name.split()[0].lower(): person(name, at=at) for name in
              ("Amina Rahal", "Bruno Keller", "Chen Wei", "Dana Novak", "Eve Stranger", "Lucia Soto")}  # fmt: skip
    for name, who in people.items():
        if name != "eve":
            accredit(who, summit)
    for name, home, function in (
        ("amina", kenya, "head"),
        ("chen", observer, "head"),
        ("lucia", chile, "head"),
        ("dana", secretariat, "adviser"),
    ):
        Membership.objects.create(person=people[name], delegation=home, function=function)
    Office.objects.create(meeting=meeting, person=people["bruno"], kind="chair")
    Office.objects.create(meeting=meeting, person=people["dana"], kind="secretary")
    return Cast(
        summit=summit, meeting=meeting, item=item, subitem=subitem, kenya=kenya, chile=chile, observer=observer,
        secretariat=secretariat, **people,
    )  # fmt: skip


@dataclass
class House(Cast):
    """The cast and more: a delegation in the hall, a deputy chair who heads a delegation, an officer, an interpreter."""

    norway: Delegation  # sits in the hall
    india: Delegation
    nils: Person  # Norway, no account: hall only
    gita: Person  # deputy chair of the meeting, and head of India
    omar: Person  # conference officer


def make_house(slug: str = "test", at: str = "example.org") -> House:
    """The cast's summit with everything a meeting on the floor needs; nothing has happened yet."""
    cast = make_cast(slug, at)
    norway = delegation(cast.summit, "NO", "member", "Norway", "accepted")
    india = delegation(cast.summit, "IN", "member", "India", "accepted")
    nils, gita, omar = person("Nils Berg", account=False), person("Gita Rao", at=at), person("Omar Diallo", at=at)
    for who in (nils, gita, omar):
        accredit(who, cast.summit)
    for who, home in ((nils, norway), (gita, india), (omar, cast.secretariat)):
        function = "adviser" if who is omar else "head"
        Membership.objects.create(person=who, delegation=home, function=function)
    Office.objects.create(meeting=cast.meeting, person=gita, kind="deputy")
    Office.objects.create(meeting=cast.meeting, person=omar, kind="officer")
    return House(**vars(cast), norway=norway, india=india, nils=nils, gita=gita, omar=omar)


def journal(meeting: Meeting, since: int = 0) -> list[tuple[int, str]]:
    """The meeting's entries as (number, kind), after number `since`."""
    return list(Entry.objects.filter(meeting=meeting, seq__gt=since).order_by("seq").values_list("seq", "kind"))


def body(meeting: Meeting, seq: int) -> dict[str, Any]:
    """What one entry says."""
    return Entry.objects.get(meeting=meeting, seq=seq).body


def last(meeting: Meeting) -> Entry:
    """The newest entry of the meeting."""
    return Entry.objects.filter(meeting=meeting).order_by("-seq")[0]
