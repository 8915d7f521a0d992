"""A summit of the size of the world: 193 members, observers, 600 people, three days. For tests, benches and pictures.

Built as an organiser would: from a template, with tables for delegations, people and papers, then one step for each
person and each State's credentials.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from summit.agenda.actions import give_office
from summit.agenda.founding import found_from
from summit.agenda.models import Meeting
from summit.chair import actions as chair
from summit.credentials import actions as credentials
from summit.credentials.invitations import invite_cast
from summit.credentials.models import AccreditationState
from summit.credentials.transitions import WITHOUT_DOCUMENT
from summit.delegations.defaults import names_of_state
from summit.delegations.models import Membership
from summit.floor import hands
from summit.imports import actions as imports
from summit.imports.models import Import
from summit.management.demo import crowd
from summit.people.models import Person, User
from summit.summits.models import Summit

SLUG, PEOPLE, PAPERS, HANDS = "assembly", 600, 60, 40
OLIVE = "olive@assembly.example"
NAMES = {
    "en": {"short": "World Assembly on Water", "formal": "World Assembly on Water and Oceans"},
    "fr": {"short": "Assemblée mondiale de l’eau", "formal": "Assemblée mondiale de l’eau et des océans"},
    "es": {"short": "Asamblea Mundial del Agua", "formal": "Asamblea Mundial del Agua y los Océanos"},
    "ar": {"short": "الجمعية العالمية للمياه", "formal": "الجمعية العالمية للمياه والمحيطات"},
    "ru": {"short": "Всемирная ассамблея по воде", "formal": "Всемирная ассамблея по водным ресурсам и океанам"},
    "zh": {"short": "世界水大会", "formal": "世界水与海洋大会"},
}
_STEPS = ("accepted", "accepted", "accepted", "accepted", "received", "provisional", None)  # by place, again and again


@transaction.atomic
def build_large(now: datetime, *, people: int = PEOPLE) -> tuple[Summit, bool]:
    """The large summit and whether it was made now. It takes about half a minute."""
    if there := Summit.objects.filter(slug=SLUG).first():
        return there, False
    early, first = now - timedelta(days=30), now.date()
    olive = _organiser()
    summit = found_from(
        by=olive, now=early, template="general-assembly", slug=SLUG, names=NAMES, zone="Europe/Zurich",
        languages=settings.CONTENT_LANGUAGES, protocol_language="en", opens_on=first,
        closes_on=first + timedelta(days=2),
    )  # fmt: skip
    Summit.objects.filter(pk=summit.pk).update(demo=True)
    _table(summit, Import.Kind.DELEGATIONS, _delegations(), olive, early)
    _table(summit, Import.Kind.PEOPLE, _people(people), olive, early)
    _table(summit, Import.Kind.PAPERS, _papers(summit, first), olive, early)
    for row in summit.accreditations.filter(state=AccreditationState.NOMINATED).order_by("pk"):
        credentials.approve(row.pk, by=None, now=early)
    for place, home in enumerate(summit.delegations.exclude(category__in=WITHOUT_DOCUMENT).order_by("code")):
        _credentials(home.pk, _STEPS[place % len(_STEPS)], early)
    return summit, True


def open_large(summit: Summit, now: datetime) -> list[Person]:
    """Its first meeting under way: the first head of delegation presides, forty others ask for the floor. All heads."""
    meeting = summit.meetings.order_by("starts_at").first()
    posts = Membership.objects.filter(delegation__summit=summit, delegation__category="member", function="head")
    heads = [row.person for row in posts.select_related("person").order_by("pk")]
    if meeting is None or meeting.state != Meeting.State.PLANNED:
        return heads
    item = meeting.programme.order_by("position").first()
    give_office(meeting.pk, heads[0].pk, "chair", by=None, now=now)
    chair.open_meeting(meeting.pk, by=heads[0], now=now)
    if item:
        chair.take_item(meeting.pk, item.item_id, by=heads[0], now=now)
    for who in heads[1 : 1 + HANDS]:
        hands.raise_hand(meeting.pk, by=who, now=now)
    return heads


def large_links(summit: Summit, base: str, now: datetime) -> list[tuple[str, str, str]]:
    """As `build.links`: the organiser, whoever presides, and a delegate."""
    heads = open_large(summit, now)
    olive = Person.objects.get(email=OLIVE)
    found = []
    for key, what, who in (
        ("olive", "organises", olive),
        ("chair", "presides", heads[0]),
        ("delegate", "speaks", heads[1]),
    ):
        path = reverse("invitation", args=[invite_cast(summit.pk, who.pk, now=now)])
        found.append((key, what, base.format(name=key).rstrip("/") + path))
    return found


def _organiser() -> Person:
    names = {"en": {"short": "Olive Marchetti", "formal": "Ms Olive Marchetti"}}
    account = User.objects.create_user(OLIVE, None, is_staff=True)
    return Person.objects.create(account=account, email=account.email, names=names)


def _table(summit: Summit, kind: str, rows: Sequence[dict[str, Any]], by: Person, now: datetime) -> None:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, columns)
    writer.writeheader()
    writer.writerows(rows)
    upload = imports.begin(summit.pk, kind, f"{kind}.csv", out.getvalue().encode(), by=by, now=now)
    imports.preview(upload.pk, now=now)
    imports.apply(upload.pk, by=by, now=now)


def _named(names: dict[str, dict[str, str]]) -> dict[str, str]:
    return {f"{form}_{code}": text for code, forms in names.items() for form, text in forms.items()}


def _delegations() -> list[dict[str, Any]]:
    members: list[dict[str, Any]] = [
        {"code": code, "category": "member", "flag": code.lower(), **_named(names_of_state(code))}
        for code in crowd.MEMBERS
    ]
    others = [
        {
            "code": code,
            "category": category,
            "flag": "eu" if code == "EU-IGO" else "",
            "short_en": english,
            "short_fr": french,
        }
        for code, category, english, french in crowd.OBSERVERS
    ]
    return members + others


def _people(count: int) -> list[dict[str, Any]]:
    functions, languages = ("head", "deputy", "alternate", "adviser"), settings.CONTENT_LANGUAGES
    return [
        {
            "email": f"{code.lower()}.{place}@assembly.example", "delegation": code,
            "function": functions[min(place, 3)] if code != "SEC" else "adviser",
            "language": languages[(number + place) % len(languages)], "zone": crowd.HEADS_BY_ZONE.get(code, ""),
            "title_en": "Minister for Water" if place == 0 and code in crowd.MEMBERS else "Counsellor",
            **_named(crowd.names(code, place)),
        }
        for number, (code, place) in enumerate(crowd.seats(count))
    ]  # fmt: skip


def _papers(summit: Summit, first: date) -> list[dict[str, Any]]:
    items = list(summit.items.order_by("position").values_list("number", flat=True))
    return [
        {
            "symbol": f"WAW/{first.year}/{number}", "item": items[number % len(items)],
            "title_en": f"Note by the secretariat on item {items[number % len(items)]}, part {number // len(items) + 1}",
            "title_fr": f"Note du secrétariat sur le point {items[number % len(items)]}, partie {number // len(items) + 1}",
        }
        for number in range(1, PAPERS + 1)
    ]  # fmt: skip


def _credentials(delegation_id: int, state: str | None, now: datetime) -> None:
    for step in {"accepted": ("received", "accepted"), None: ()}.get(state, (state,)):
        credentials.move_credentials(delegation_id, str(step), by=None, now=now)
