"""Two delegations agree to meet: proposals, counters, clashes, and that nobody else ever sees it."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from summit.agenda.calendar import make_feed
from summit.bilaterals import actions, queries, views
from summit.bilaterals.models import Bilateral
from summit.chair import actions as chair
from summit.errors import Refused
from summit.floor import hands
from summit.models import Entry, Meeting, Summit
from tests.cast import Cast

pytestmark = pytest.mark.django_db
SOON = timedelta(hours=3)


def code_of(act: Any, *args: Any, **fields: Any) -> str:
    with pytest.raises(Refused) as no:
        act(*args, **fields)
    return no.value.code


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def ask(cast: Cast, now: datetime) -> Any:
    """Kenya proposes to Chile, unless told otherwise."""

    def one(**more: Any) -> Bilateral:
        fields = {
            "by": cast.amina, "host_id": cast.kenya.pk, "guest_id": cast.chile.pk, "starts_at": now + SOON, "minutes": 30,
            "about": "Paragraph 14", "now": now,
        }  # fmt: skip
        return actions.propose(cast.summit.pk, **(fields | more))

    return one


def test_one_proposes_and_the_other_agrees(cast: Cast, ask: Any, now: datetime) -> None:
    row = ask()
    assert code_of(actions.accept, row.pk, by=cast.amina, now=now) == "bilateral.not_your_turn"
    actions.accept(row.pk, by=cast.lucia, now=now)
    for delegation in (cast.kenya, cast.chile):
        assert [one.pk for one in queries.agreed([delegation.pk], now)] == [row.pk]
    assert not queries.agreed([cast.observer.pk], now)


def test_a_counter_is_answered_by_whoever_asked_first(cast: Cast, ask: Any, now: datetime) -> None:
    row = ask()
    later = now + SOON + timedelta(hours=1)
    actions.counter(row.pk, by=cast.lucia, starts_at=later, minutes=45, now=now)
    assert code_of(actions.accept, row.pk, by=cast.lucia, now=now) == "bilateral.not_your_turn"
    actions.accept(row.pk, by=cast.amina, now=now)
    row.refresh_from_db()
    assert (row.state, row.starts_at, row.ends_at - row.starts_at) == ("accepted", later, timedelta(minutes=45))
    actions.counter(row.pk, by=cast.lucia, starts_at=later + timedelta(hours=1), minutes=15, now=now)  # open again
    row.refresh_from_db()
    assert (row.state, row.waits_for) == ("proposed", cast.kenya)


def test_declined_and_withdrawn_lose_what_they_were_about_and_are_open_no_more(
    cast: Cast, ask: Any, now: datetime
) -> None:
    first, second = ask(), ask(starts_at=now + 2 * SOON)
    actions.decline(first.pk, by=cast.lucia, now=now)
    actions.accept(second.pk, by=cast.lucia, now=now)
    actions.withdraw(second.pk, by=cast.lucia, now=now)
    assert set(Bilateral.objects.values_list("state", "about")) == {("declined", ""), ("withdrawn", "")}
    assert code_of(actions.accept, first.pk, by=cast.lucia, now=now) == "bilateral.gone"


def test_what_cannot_be_is_refused(cast: Cast, ask: Any, now: datetime) -> None:
    assert code_of(ask, starts_at=now) == "bilateral.past"
    assert code_of(ask, starts_at=datetime.max.replace(tzinfo=UTC)) == "bilateral.far"
    assert code_of(ask, minutes=600) == "bilateral.length"
    assert code_of(ask, guest_id=cast.kenya.pk) == "bilateral.nobody"
    assert code_of(ask, guest_id=0) == "bilateral.nobody"
    assert code_of(ask, by=cast.lucia) == "bilateral.not_yours"
    assert code_of(ask, by=cast.eve) == "bilateral.not_yours"
    row = ask()
    for stranger in (cast.chen, cast.eve, cast.bruno):
        assert code_of(actions.withdraw, row.pk, by=stranger, now=now) == "bilateral.gone"
    late = now + SOON + timedelta(hours=1)
    assert code_of(actions.accept, row.pk, by=cast.lucia, now=late) == "bilateral.past"


def test_nobody_agrees_to_two_meetings_at_once(cast: Cast, ask: Any, now: datetime) -> None:
    first = ask()
    actions.accept(first.pk, by=cast.lucia, now=now)
    assert code_of(ask, guest_id=cast.observer.pk, starts_at=now + SOON + timedelta(minutes=15)) == "bilateral.busy"
    after = ask(guest_id=cast.observer.pk, starts_at=now + SOON + timedelta(minutes=30))  # one ends as the other begins
    actions.accept(after.pk, by=cast.chen, now=now)
    other = ask(by=cast.chen, host_id=cast.observer.pk, guest_id=cast.chile.pk)
    assert code_of(actions.accept, other.pk, by=cast.lucia, now=now) == "bilateral.busy"


def test_slots_say_what_my_delegation_has_then_and_when_it_may_speak(cast: Cast, ask: Any, now: datetime) -> None:
    zone = ZoneInfo(cast.summit.zone)
    noon = now.astimezone(zone).replace(hour=9, minute=0, second=0, microsecond=0)  # the day has not begun
    Meeting.objects.filter(pk=cast.meeting.pk).update(starts_at=noon + timedelta(hours=1))
    chair.open_meeting(cast.meeting.pk, by=cast.bruno, now=noon)
    chair.take_item(cast.meeting.pk, cast.item.pk, by=cast.bruno, now=noon)
    hands.raise_hand(cast.meeting.pk, by=cast.amina, now=noon)
    row = ask(starts_at=noon + timedelta(hours=6), now=noon)
    actions.accept(row.pk, by=cast.lucia, now=noon)
    found = {
        f"{slot.starts_at:%H:%M}": [one.kind for one in slot.busy]
        for slot in queries.slots(cast.summit, [cast.kenya.pk], [noon.date()], noon)[noon.date()]
    }
    assert next(iter(found)) == "09:30" and list(found)[-1] == "19:30"
    assert found["10:00"] == found["12:30"] == ["meeting"] and found["13:00"] == []
    assert found["15:00"] == ["bilateral"]
    kinds = {one.kind for one in queries.busy(cast.summit, [cast.kenya.pk], noon - SOON, noon + 3 * SOON, noon)}
    assert kinds == {"meeting", "speech", "bilateral"}
    theirs = queries.busy(cast.summit, [cast.observer.pk], noon - SOON, noon + 3 * SOON, noon)
    assert {one.kind for one in theirs} == {"meeting"}


def test_what_is_over_leaves_no_row(cast: Cast, ask: Any, now: datetime) -> None:
    row, no = ask(), ask(starts_at=now + 2 * SOON)
    actions.decline(no.pk, by=cast.lucia, now=now)
    actions.forget(now + timedelta(hours=13))
    assert list(Bilateral.objects.values_list("pk", flat=True)) == [row.pk]
    actions.forget(now + timedelta(hours=16))
    assert not Bilateral.objects.exists()


def test_the_desk_shows_each_side_its_own_and_takes_their_answers(
    cast: Cast, client: Client, ask: Any, now: datetime
) -> None:
    address = reverse("bilaterals", args=[cast.summit.slug])
    client.force_login(cast.amina.account)
    at = (now + SOON).isoformat()
    said = {"step": "propose", "host": cast.kenya.pk, "guest": cast.chile.pk, "at": at, "minutes": 30, "about": "Fish"}
    assert client.post(address, said).status_code == 302
    row = Bilateral.objects.get()
    assert "You have proposed" in client.get(address).content.decode()
    assert client.post(address, {**said, "guest": ""}).status_code == 200  # what was typed stays
    assert client.post(address, {"step": "accept", "bilateral": row.pk}).status_code == 200  # refused, said on the page
    assert client.post(address, {"step": "burn"}).status_code == 404
    assert client.post(address, {"step": "accept", "bilateral": "9" * 5000}).status_code == 200
    client.force_login(cast.lucia.account)
    page = client.get(address).content.decode()
    assert "Fish" in page and "Kenya" in page
    assert (
        client.post(address, {"step": "counter", "bilateral": row.pk, "at": "soon", "minutes": 30}).status_code == 200
    )
    assert client.post(address, {"step": "accept", "bilateral": row.pk}).status_code == 302
    client.force_login(cast.chen.account)
    assert "Fish" not in client.get(address).content.decode()
    client.cookies["django_language"] = "ar"
    assert "30 دقيقة" in client.get(address).content.decode()


def test_another_time_is_offered_on_the_day_that_was_proposed(
    cast: Cast, client: Client, ask: Any, now: datetime
) -> None:
    today = now.astimezone(ZoneInfo(cast.summit.zone)).date()
    Summit.objects.filter(pk=cast.summit.pk).update(opens_on=today, closes_on=today + timedelta(days=4))
    proposed = datetime.combine(today + timedelta(days=2), time(10, 30), ZoneInfo(cast.summit.zone))
    ask(starts_at=proposed)
    client.force_login(cast.lucia.account)
    (line,) = client.get(reverse("bilaterals", args=[cast.summit.slug])).context["waiting"]
    assert proposed.isoformat() in [slot["at"] for slot in line.slots if slot["day"] == proposed.date()]
    other = proposed.date() + timedelta(days=1)
    there = {"day": other.isoformat()}
    page = client.get(reverse("bilaterals", args=[cast.summit.slug]), there)
    assert {slot["day"] for slot in page.context["waiting"][0].slots} == {proposed.date(), other}
    assert f'<option value="{proposed.isoformat()}" selected>' in page.content.decode()


def test_the_desk_asks_as_much_for_three_as_for_one(cast: Cast, client: Client, ask: Any, now: datetime) -> None:
    client.force_login(cast.lucia.account)
    address = reverse("bilaterals", args=[cast.summit.slug])
    ask()
    client.get(address)
    with CaptureQueriesContext(connection) as one:
        client.get(address)
    for n in (2, 3):
        ask(starts_at=now + n * SOON)
    with CaptureQueriesContext(connection) as three:
        client.get(address)
    assert len(one) == len(three) < 40


def test_whom_a_state_meets_is_in_its_own_calendars_and_nowhere_else(
    cast: Cast, client: Client, ask: Any, now: datetime
) -> None:
    row = ask(about="MARK-of-the-bilateral")
    actions.accept(row.pk, by=cast.lucia, now=now)
    feeds = {
        person: make_feed(cast.summit, person, delegation, now=now)
        for person, delegation in (
            (cast.amina, None),
            (cast.lucia, cast.chile.pk),
            (cast.chen, None),
            (cast.dana, None),
        )
    }
    told = {
        person.pk: "MARK-of-the-bilateral" in client.get(reverse("calendar_feed", args=[token])).content.decode()
        for person, token in feeds.items()
    }
    assert told == {cast.amina.pk: True, cast.lucia.pk: True, cast.chen.pk: False, cast.dana.pk: False}

    staff = cast.dana.account
    staff.is_staff = staff.is_superuser = True
    staff.save()
    client.force_login(staff)
    for path in ("/admin/", f"/admin/summit/delegation/{cast.kenya.pk}/change/", "/admin/summit/summit/"):
        assert "MARK-of-the-bilateral" not in client.get(path, follow=True).content.decode()
    assert Bilateral not in admin.site._registry
    assert not any("MARK" in str(entry.body) or "bilateral" in entry.kind for entry in Entry.objects.all())


def test_an_evening_offers_the_next_day(cast: Cast) -> None:
    zone = ZoneInfo(cast.summit.zone)
    today = cast.summit.opens_on
    cast.summit.closes_on = today + timedelta(days=2)
    last = datetime.combine(today, queries.LATEST, zone) - queries.STEP
    assert views._days(cast.summit, last - timedelta(seconds=1))[0] == today
    assert views._days(cast.summit, last) == [today + timedelta(days=1), today + timedelta(days=2)]
    assert views._days(cast.summit, last + timedelta(days=9)) == [today + timedelta(days=2)]
