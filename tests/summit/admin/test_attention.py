"""The organisers' first page: people in corridors as a number, and nothing else of them."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from rooms.models import Room, Seat
from summit.models import Delegation, Person, Summit
from tests.cast import Cast, give_task, make_cast

pytestmark = pytest.mark.django_db
TOPIC = "MARK-of-the-topic"


def sit(summit: Summit, *persons: Person, own: Delegation | None = None) -> None:
    """These persons in a new corridor of this summit, each by a seat in the foyer."""
    foyer, _made = Room.objects.get_or_create(summit=summit, kind="foyer")
    room = Room.objects.create(summit=summit, kind="corridor", topic=TOPIC, delegation=own)
    now = timezone.now()
    for one in persons:
        fields = {"person": one, "device": "media", "taken_at": now, "seen_at": now, "session": f"s{room.pk}"}
        Seat.objects.create(room=room, through=Seat.objects.create(room=foyer, **fields), **fields)


@pytest.fixture
def otto(organiser: Person, client: Client) -> Client:
    client.force_login(organiser.account)
    return client


def corridors(client: Client) -> str:
    page = client.get("/admin/").content.decode()
    said = page.partition('id="in-corridors"')[2].partition("</section>")[0]
    return re.sub(r"\s+", " ", re.sub("<[^>]+>", " ", said.partition("</h2>")[2])).strip()


def test_it_holds_the_number_of_people_in_corridors_and_no_name(cast: Cast, otto: Client) -> None:
    assert corridors(otto) == "0 people are in corridors. Nobody sees who."
    sit(cast.summit, cast.amina)
    assert corridors(otto) == "1 person is in a corridor. Nobody sees who."
    sit(cast.summit, cast.lucia, cast.chen)
    sit(cast.summit, cast.lucia)  # on a second device
    sit(cast.summit, cast.bruno, own=cast.kenya)  # nobody sees that they are there
    with CaptureQueriesContext(connection) as few:
        assert corridors(otto) == "3 people are in corridors. Nobody sees who."
    page = otto.get("/admin/").content.decode()
    for secret in ("Amina", "Lucia", "Chen", TOPIC, *map(str, Room.objects.values_list("key", flat=True))):
        assert secret not in page
    Seat.objects.filter(room__kind="foyer", person=cast.chen).update(left_at=timezone.now())
    for who in (cast.dana, cast.eve):
        sit(cast.summit, who)
    with CaptureQueriesContext(connection) as more:
        assert corridors(otto) == "4 people are in corridors. Nobody sees who."
    assert len(more) == len(few)


def test_only_organisers_of_a_summit_are_told_its_number(cast: Cast, otto: Client, organiser: Person) -> None:
    other = make_cast("other", at="other.org")
    sit(other.summit, other.amina)
    assert corridors(otto).startswith("0 people")
    give_task(other.summit, organiser, "organiser")
    other.summit.accreditations.create(person=organiser, state="badged")
    other.summit.delegations.get(code="SEC").memberships.create(person=organiser, function="adviser")
    assert corridors(otto) == "Test summit 1 person is in a corridor. Nobody sees who."
    give_task(cast.summit, cast.chen, "conference")
    otto.force_login(cast.chen.account)
    assert corridors(otto) == ""
