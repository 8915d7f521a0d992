"""Work that does not get done is told to the organisers of the summit it is about."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from summit.models import Export, Import, Minutes, Outbox, Paper, Person
from tests.cast import NOW, Cast, make_cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def otto(organiser: Person, client: Client) -> Client:
    client.force_login(organiser.account)
    return client


def stall(**arguments: object) -> None:
    Outbox.objects.create(
        key=f"stuck:{Outbox.objects.count()}", task="x", arguments=arguments, tries=9,
        created_at=timezone.now() - timedelta(hours=1),
    )  # fmt: skip


def test_stuck_work_of_other_summits_is_not_counted_and_what_is_one_thing_is_led_to(cast: Cast, otto: Client) -> None:
    other = make_cast("other", at="other.org")

    def said() -> str:
        line = re.search(r"<li>(?:(?!</li>).)*does not get done.*?</li>", otto.get("/admin/").content.decode(), re.S)
        return line[0] if line else ""

    file = Export.objects.create(
        minutes=Minutes.objects.create(meeting=cast.meeting),
        format="pdf",
        language="en",
        asked_at=NOW,
        asked_by=cast.dana,
    )
    minutes = reverse("minutes_of", args=["test", cast.meeting.slug])
    stall(meeting_id=other.meeting.pk)
    stall(papers=[Paper.objects.create(summit=other.summit, symbol="A/1").pk])
    assert said() == ""
    stall(meeting_id=cast.meeting.pk)
    assert "done: 1" in said() and f'href="{reverse("admin:summit_meeting_change", args=[cast.meeting.pk])}"' in said()
    row = Import.objects.create(summit=cast.summit, kind="people", name="a.xlsx", made_at=NOW, by=cast.dana)
    stall(import_id=row.pk)
    assert "done: 2" in said() and "href" not in said()
    stall()  # of no summit that could be told
    stall(import_id=row.pk + 1000)
    assert "done: 4" in said()
    Outbox.objects.exclude(arguments__has_key="import_id").delete()
    Outbox.objects.filter(arguments__import_id=row.pk + 1000).delete()
    assert "done: 1" in said() and f'href="{reverse("admin:summit_import_change", args=[row.pk])}"' in said()
    Outbox.objects.all().delete()
    stall(export_id=file.pk)
    assert f'href="{minutes}"' in said()
    with CaptureQueriesContext(connection) as few:
        said()
    for _again in range(3):
        stall(export_id=file.pk)
    with CaptureQueriesContext(connection) as more:
        said()
    assert len(more) <= len(few)
