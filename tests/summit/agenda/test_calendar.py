"""Calendar feeds: who gets an address, what stands under it, and when it ends."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from icalendar import Calendar

from summit.agenda import actions
from summit.models import CalendarFeed, Meeting, Membership
from tests.cast import NOW, make_cast


def make(client, delegation="", step="make"):
    return client.post(reverse("calendar_feeds", args=["test"]), {"delegation": delegation, "step": step})


def address_of(response) -> str:
    found = re.search(r'value="http://[^/]+(/calendar/[^"]+\.ics)"', response.content.decode())
    assert found
    return found[1]


def read(address) -> Calendar:
    answer = Client().get(address)  # a calendar program has no cookie
    assert answer.status_code == 200 and answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert "no-store" in answer["Cache-Control"]
    return Calendar.from_ical(answer.content)


def events(address):
    return {str(event["summary"]): event for event in read(address).walk("VEVENT")}


@pytest.fixture
def amina(cast, client):
    client.force_login(cast.amina.account)
    return client


def test_a_feed_tells_wall_time_hall_and_programme_and_follows_changes(cast, organiser, amina):
    address = address_of(make(amina))
    event = events(address)["Plenary, 1st meeting"]
    assert event["dtstart"].dt == datetime(2026, 11, 23, 13, 0, tzinfo=ZoneInfo("Africa/Nairobi"))
    assert event["dtstart"].dt.astimezone(UTC) == cast.meeting.starts_at
    assert event["dtstart"].params["TZID"] == "Africa/Nairobi"
    assert "3 Climate finance" in event["description"] and "3(b) Adaptation" in event["description"]
    assert str(event["url"]).endswith("/s/test/meetings/plenary-1/")
    plan = actions.Plan(
        titles=cast.meeting.titles, day=date(2026, 11, 24), time=time(15), zone="Africa/Nairobi", place={"en": "Hall B"}
    )
    actions.change_meeting(cast.meeting.pk, by=organiser, now=NOW, plan=plan)
    moved = events(address)["Plenary, 1st meeting"]
    assert moved["uid"] == event["uid"] and moved["location"] == "Hall B"
    assert moved["dtstart"].dt.day == 24 and moved["dtstart"].dt.hour == 15


def test_the_feed_of_a_delegation_tells_what_its_members_may_enter(cast, amina):
    Meeting.objects.create(
        summit=cast.summit, slug="closed", titles={"en": "Behind closed doors"}, zone="UTC", day=date(2026, 11, 25),
        time=time(9), starts_at=datetime(2026, 11, 25, 9, tzinfo=UTC), openness="closed",
    )  # fmt: skip
    own = address_of(make(amina))
    kenya = address_of(make(amina, delegation=str(cast.kenya.pk)))
    assert "Plenary, 1st meeting" in events(kenya)
    chen = Client()
    chen.force_login(cast.chen.account)
    observed = events(address_of(make(chen)))
    assert "Plenary, 1st meeting" in observed and "Behind closed doors" not in observed
    assert "Kenya" in str(read(kenya)["x-wr-calname"]) and "Kenya" not in str(read(own)["x-wr-calname"])
    Membership.objects.filter(person=cast.amina).update(ends=NOW.replace(year=2020))
    assert events(kenya) == {}  # they speak for it no more


def test_a_new_address_ends_the_old_one_and_so_does_withdrawing(amina):
    first = address_of(make(amina))
    second = address_of(make(amina))
    assert Client().get(first).status_code == 404 and events(second)
    assert make(amina, step="withdraw").status_code == 302
    assert Client().get(second).status_code == 404
    assert CalendarFeed.objects.count() == 2 and not CalendarFeed.objects.filter(withdrawn_at=None).exists()


def test_an_address_opens_nothing_once_its_person_may_not_enter(cast, amina):
    address = address_of(make(amina))
    cast.amina.accreditations.update(state="withdrawn")
    assert Client().get(address).status_code == 404
    cast.amina.accreditations.update(state="approved")
    cast.amina.account.is_active = False
    cast.amina.account.save()
    assert Client().get(address).status_code == 404


def test_nobody_makes_an_address_for_a_delegation_that_is_not_theirs(cast, amina):
    assert make(amina, delegation=str(cast.chile.pk)).status_code == 404
    other = make_cast("other", at="other.example")
    assert make(amina, delegation=str(other.kenya.pk)).status_code == 404
    for wrong in ("mine", "-1", "9" * 5000):
        assert make(amina, delegation=wrong).status_code == 404
        assert make(amina, delegation=wrong, step="withdraw").status_code == 404
    assert not CalendarFeed.objects.exists()


def test_the_address_is_not_kept_and_shown_once(cast, amina):
    address = address_of(make(amina))
    token = address.removeprefix("/calendar/").removesuffix(".ics")
    assert token not in str(CalendarFeed.objects.values())
    page = amina.get(reverse("calendar_feeds", args=["test"])).content.decode()
    assert token not in page and "An address is in use" in page


def test_a_feed_takes_as_many_queries_for_three_meetings_as_for_one(cast, amina):
    address, counts = address_of(make(amina)), []
    for extra in (0, 2):
        for n in range(extra):
            Meeting.objects.create(
                summit=cast.summit, slug=f"more-{n}", titles={"en": f"More {n}"}, zone="UTC", day=date(2026, 11, 25),
                time=time(9 + n), starts_at=datetime(2026, 11, 25, 9 + n, tzinfo=UTC),
            )  # fmt: skip
        with CaptureQueriesContext(connection) as queries:
            assert len(events(address)) == 1 + extra
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 18  # bilateral meetings among them
