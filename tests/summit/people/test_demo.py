import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone

from summit.management.demo import words
from summit.minutes.actions import archive
from summit.minutes.document import digest
from summit.minutes.queries import stored
from summit.models import Accreditation, Delegation, Entry, Meeting, PaperFile, Person, Summit
from summit.record.queries import entries_of, faults
from tests.cast import NOW


@pytest.fixture(scope="module")
def made(django_db_setup, django_db_blocker, tmp_path_factory):
    """Made once: it takes six seconds. Each test's own transaction is within this one."""
    with (
        django_db_blocker.unblock(),
        override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("papers")),
        transaction.atomic(),
    ):
        call_command("demo_summit", stdout=StringIO())
        yield
        transaction.set_rollback(True)


@pytest.fixture
def demo(made, db):
    return Summit.objects.get(slug="reykjavik")


def cast_links():
    out = StringIO()
    call_command("cast_links", "--json", "--base", "http://{name}.localhost:1", stdout=out)
    return {row["name"]: row for row in json.loads(out.getvalue())}


def test_the_demo_summit_is_whole_and_made_once(demo):
    counts = [model.objects.count() for model in (Delegation, Person, Accreditation, Meeting, PaperFile, Entry)]
    call_command("demo_summit", stdout=StringIO())
    assert counts == [model.objects.count() for model in (Delegation, Person, Accreditation, Meeting, PaperFile, Entry)]
    assert counts[0] == 12
    assert PaperFile.objects.filter(paper__item__parent__isnull=False).exists()  # below items that are nested
    assert set(PaperFile.objects.values_list("language", flat=True)) >= {"en", "fr", "ar"}
    assert set(Delegation.objects.values_list("category", flat=True)) == {
        "member", "observer", "igo", "ngo", "press", "host", "secretariat",
    }  # fmt: skip
    for delegation in Delegation.objects.all():
        assert set(delegation.names) == {"en", "fr", "es", "ar", "ru", "zh"}, delegation.code
        assert all(set(names) == {"short", "formal"} for names in delegation.names.values())
    assert list(faults(demo.pk)) == []


def test_protocol_order_of_the_demo(demo):
    def codes(language):
        return [d.code for d in sorted(demo.delegations.all(), key=lambda d: d.order[language])]

    assert codes("en")[:7] == ["CL", "CI", "EG", "IS", "KE", "NO", "TR"]
    assert codes("fr")[:7] == ["CL", "CI", "EG", "IS", "KE", "NO", "TR"]
    assert codes("ru")[:7] == ["EG", "IS", "KE", "CI", "NO", "TR", "CL"]
    assert codes("zh")[:7] == ["EG", "IS", "CI", "KE", "NO", "TR", "CL"]
    assert codes("en")[-1] == "SEC"


def test_the_finished_meeting_was_held_by_real_acts(demo):
    meeting = demo.meetings.get(slug="plenary-1")
    kinds = [entry.kind for entry in entries_of(meeting)]
    assert meeting.state == "closed" and meeting.place["en"] == "Hall A"
    for kind in ("meeting.opened", "floor.given", "order.raised", "order.ruled", "decision.taken", "meeting.closed"):
        assert kind in kinds
    times = [entry.at for entry in entries_of(meeting) if not entry.kind.startswith(("meeting.planned", "office"))]
    assert times == sorted(times)
    soon = demo.meetings.get(slug="plenary-2")
    assert soon.state == "planned" and soon.starts_at - timezone.now() < timedelta(minutes=15)
    assert soon.programme.count() > 3 and {"chair", "deputy", "secretary", "officer"} <= set(
        soon.offices.values_list("kind", flat=True)
    )


def test_its_minutes_are_approved_with_prose_and_every_delegate_reads_them(demo, client):
    minutes = demo.meetings.get(slug="plenary-1").minutes
    approved = minutes.revisions.get(kind="approved")
    assert (minutes.state, minutes.digest) == ("approved", digest(approved.document))
    assert (
        approved.number == 2 and archive(minutes.meeting_id, now=NOW).number == 1
    )  # the worker's turn changes nothing
    for language in ("en", "fr", "ar"):
        document = stored(approved, language)
        prose = [paragraph for paragraph in document.paragraphs if paragraph.kind == "prose"]
        assert len(prose) == 11 and not any(paragraph.language for paragraph in prose), language
        assert (document.facts[0].value, document.marking) == (words.HALL_A[language], "")
    client.post(cast_links()["amina"]["url"].split(":1", 1)[1])
    page = client.get("/s/reykjavik/meetings/plenary-1/minutes/").content.decode()
    assert "mangroves replanted by village associations" in page and approved.digest in page
    assert client.get("/s/reykjavik/meetings/declaration-1/minutes/").status_code == 404


def test_a_secretary_finds_a_draft_that_is_half_written(demo):
    minutes = demo.meetings.get(slug="declaration-1").minutes
    assert (minutes.state, minutes.prose.count(), minutes.revisions.count()) == ("draft", 1, 0)


def test_every_member_of_the_cast_has_a_link_that_works(demo, client):
    links = cast_links()
    assert set(links) == {
        "amina", "joseph", "bruno", "chen", "dana", "hana", "tariq", "elif", "lucia", "ingrid", "otto",
    }  # fmt: skip
    for name, row in links.items():
        assert row["url"].startswith(f"http://{name}.localhost:1/invitation/")
        path = row["url"].split(":1", 1)[1]
        for _ in range(2):
            assert client.post(path, headers={"host": f"{name}.localhost"}).status_code == 302
        page = client.get("/s/reykjavik/", headers={"host": f"{name}.localhost"})
        assert page.status_code == 200, name
        client.logout()
    otto = cast_links()["otto"]["url"].split(":1", 1)[1]
    client.post(otto)
    assert client.get(reverse("admin:index")).status_code == 200


def test_demo_commands_refuse_outside_demo_mode(db, settings):
    settings.DEMO = False
    for command in ("demo_summit", "cast_links"):
        with pytest.raises(CommandError):
            call_command(command, stdout=StringIO())


def test_verify_journal_tells_whole_from_broken(demo):
    out = StringIO()
    call_command("verify_journal", "--summit", "reykjavik", stdout=out)
    assert "whole" in out.getvalue()
    with connection.cursor() as cursor:
        for name in ("entry_refuses_update", "entry_refuses_delete"):
            cursor.execute(f"DROP TRIGGER {name}" + ("" if connection.vendor == "sqlite" else " ON summit_entry"))
        cursor.execute("UPDATE summit_entry SET kind = 'floor.taken' WHERE seq = 3")
        cursor.execute("DELETE FROM summit_entry WHERE seq = 7")
    out = StringIO()
    with pytest.raises(SystemExit) as exit:
        call_command("verify_journal", stdout=out)
    assert exit.value.code == 1
    assert "entry 3: its time, kind, meeting or audience was changed" in out.getvalue()
    assert "entry 7: an entry is missing" in out.getvalue() and "not protected" in out.getvalue()
