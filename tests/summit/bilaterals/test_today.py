"""An agreed bilateral stands on Today among what is now and next, for members of the two delegations and nobody else."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from summit.bilaterals.models import Bilateral
from summit.models import Meeting, Membership, Person, Suspension
from tests.cast import Cast, make_organiser

pytestmark = pytest.mark.django_db
ABOUT = "MARK-of-the-topic"


def agree(cast: Cast, minutes: int, state: str = "accepted") -> Bilateral:
    """Kenya and Chile, for half an hour, this many minutes from now."""
    now = timezone.now()
    at = now + timedelta(minutes=minutes)
    return Bilateral.objects.create(
        summit=cast.summit, host=cast.kenya, guest=cast.chile, by=cast.lucia, about=ABOUT, starts_at=at,
        ends_at=at + timedelta(minutes=30), state=state, changed_at=now,
    )  # fmt: skip


def today(client: Client, cast: Cast, who: Person) -> str:
    client.force_login(who.account)
    return client.get(reverse("summit", args=[cast.summit.slug])).content.decode()


def section(page: str, mark: str) -> str:
    """What the section says whose id begins so; "" when there is none."""
    return page.partition(f'id="{mark}')[2].partition("</section>")[0]


def test_what_is_next_stands_in_the_order_of_time_and_leads_to_the_desk(cast: Cast, client: Client) -> None:
    Meeting.objects.filter(pk=cast.meeting.pk).update(starts_at=timezone.now() + timedelta(hours=5))
    agree(cast, 60 * 4)
    agree(cast, 60 * 6)
    desk = reverse("bilaterals", args=[cast.summit.slug])
    for who, other in ((cast.amina, "Chile"), (cast.lucia, "Kenya")):
        said = section(today(client, cast, who), "next")
        with_ = f"Bilateral meeting with <bdi>{other}</bdi>"
        assert [said.find(with_) < said.find("Plenary, 1st meeting") < said.rfind(with_)] == [True]
        assert said.count(f'href="{desk}"') == 2 and said.count(f"<bdi>{ABOUT}</bdi>") == 2
        assert said.count('data-local="Africa/Nairobi"') == 3 and "30 minutes" in said
        assert "No meeting is under way." in section(today(client, cast, who), "nothing-on")


@pytest.mark.parametrize(("minutes", "word"), [(9, "Soon"), (-1, "Now"), (-59, "Now"), (11, ""), (-61, "")])
def test_while_its_corridor_is_open_it_stands_above_and_leads_there(
    cast: Cast, client: Client, minutes: int, word: str
) -> None:
    row = agree(cast, minutes)
    page = today(client, cast, cast.amina)
    said = section(page, f"bilateral-{row.pk}")
    if word:
        assert f"<h2>{word}</h2>" in said and "Bilateral meeting with <bdi>Chile</bdi>" in said
        assert (
            said.count(f'href="{reverse("corridors", args=[cast.summit.slug])}"') == 2 and f"<bdi>{ABOUT}</bdi>" in said
        )
        assert section(page, "nothing-on") == "" and ABOUT not in section(page, "next")
    else:
        assert said == "" and (ABOUT in section(page, "next")) == (minutes > 0)


def test_nobody_else_is_shown_it_nor_is_what_is_not_agreed(cast: Cast, client: Client) -> None:
    agree(cast, 60)
    agree(cast, 0)
    for other in (cast.chen, cast.bruno, cast.dana, make_organiser(cast.summit)):
        assert not re.search(f"{ABOUT}|Bilateral meeting", today(client, cast, other))
    Suspension.objects.create(
        delegation=cast.kenya,
        proposed_by=cast.dana,
        proposed_at=timezone.now(),
        confirmed_by=cast.bruno,
        confirmed_at=timezone.now(),
    )
    assert ABOUT not in today(client, cast, cast.amina) and ABOUT in today(client, cast, cast.lucia)
    Membership.objects.filter(person=cast.lucia).update(ends=timezone.now())
    assert ABOUT not in today(client, cast, cast.lucia)
    Membership.objects.filter(person=cast.lucia).update(ends=None)
    for state in ("proposed", "declined", "withdrawn"):
        Bilateral.objects.update(state=state)
        assert ABOUT not in today(client, cast, cast.lucia)


def test_today_takes_as_many_queries_for_three_as_for_one(cast: Cast, client: Client) -> None:
    today(client, cast, cast.amina)
    counts = []
    for more in ((-5, 60), (-10, 5, 120, 180)):
        for minutes in more:
            agree(cast, minutes)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(reverse("summit", args=[cast.summit.slug])).content.decode().count(ABOUT) >= len(more)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 41, counts
