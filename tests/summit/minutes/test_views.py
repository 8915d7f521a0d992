"""The pages of the minutes: who reaches which, and what they show."""

from __future__ import annotations

import json
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from summit.minutes import actions, exporting
from summit.models import Export, Meeting, Office, Prose
from tests.cast import confirm
from tests.summit.minutes.conftest import entry_of, minute

pytestmark = pytest.mark.django_db


def at(name, cast, *args):
    return reverse(name, args=[cast.summit.slug, cast.meeting.slug, *args])


@pytest.fixture
def see(client):
    """GET a page as somebody."""

    def get(who, url, **headers):
        client.force_login(who.account)
        return client.get(url, headers=headers)

    return get


def approve(cast):
    return actions.approve(cast.minutes.pk, seen=actions.draft_digest(cast.minutes), by=cast.dana, now=minute(20))


PAGES = ["minutes_of", "minutes_exports"]
OFFICERS = ["minutes_revisions"]
WRITERS = ["minutes_desk", "minutes_state"]


@pytest.mark.parametrize("page", [*PAGES, *OFFICERS, *WRITERS, "minutes_approve"])
@pytest.mark.parametrize("who", ["amina", "chen", "eve"])
def test_drafts_are_not_there_for_delegates_and_strangers(held, see, page, who):
    assert see(getattr(held, who), at(page, held)).status_code == 404


@pytest.mark.parametrize("page", [*PAGES, *OFFICERS, "minutes_approve"])
def test_the_chair_reads_drafts_and_does_not_write(held, see, page):
    assert see(held.bruno, at(page, held)).status_code == 200
    assert see(held.bruno, at("minutes_desk", held)).status_code == 404


@pytest.mark.parametrize("page", [*PAGES, *OFFICERS, *WRITERS, "minutes_approve"])
def test_the_secretary_reaches_every_page(held, see, page):
    assert see(held.dana, at(page, held)).status_code == 200


@pytest.mark.parametrize("page", [*PAGES, *WRITERS])
def test_nobody_reads_without_signing_in(held, client, page):
    assert client.get(at(page, held)).status_code == 302


def test_approved_minutes_are_read_by_participants_and_not_by_strangers(held, see):
    revision = approve(held)
    page = see(held.amina, at("minutes_of", held)).content.decode()
    assert "made a statement" in page
    assert revision.digest in page
    assert "Draft, not approved" not in page
    assert see(held.eve, at("minutes_of", held)).status_code == 404
    for page in [*OFFICERS, *WRITERS, "minutes_approve"]:
        assert see(held.amina, at(page, held)).status_code == 404


def test_the_list_shows_each_reader_what_is_theirs(held, see):
    url = reverse("minutes", args=[held.summit.slug])
    assert "TEST/SR.1" not in see(held.amina, url).content.decode()
    assert "TEST/SR.1" in see(held.dana, url).content.decode()
    approve(held)
    assert "TEST/SR.1" in see(held.amina, url).content.decode()
    assert see(held.eve, url).status_code == 404


def test_the_desk_s_state_is_unchanged_until_something_happens(held, see):
    first = see(held.dana, at("minutes_state", held) + "?language=en")
    told = json.loads(first.content)
    assert [entry["lead"] for entry in told["entries"]][2] == "Amina Rahal (Kenya)"
    assert see(held.dana, at("minutes_state", held) + "?language=en", if_none_match=first["ETag"]).status_code == 304
    actions.save_prose(
        held.minutes.pk, entry_of(held, "floor.given"), "en", "x", based_on=0, by=held.lucia, now=minute(9)
    )
    again = see(held.dana, at("minutes_state", held) + "?language=en", if_none_match=first["ETag"])
    assert json.loads(again.content)["entries"][2]["prose"] == {
        "version": 1, "text": "x", "by": "Lucia Soto", "at": "12:09:00",
    }  # fmt: skip


def test_saving_answers_with_the_version_the_other_s_text_or_the_reason(held, client):
    client.force_login(held.dana.account)
    url = at("minutes_prose", held, entry_of(held, "floor.given"))
    body = {"language": "en", "text": "Mine.", "based_on": "0"}
    assert json.loads(client.post(url, body).content)["version"] == 1
    answer = client.post(url, body | {"text": "Other."})
    assert (answer.status_code, json.loads(answer.content)["theirs"]["text"]) == (409, "Mine.")
    assert client.post(url, body | {"language": "ru"}).status_code == 422
    assert client.post(url, body | {"based_on": "x"}).status_code == 400
    assert Prose.objects.get().text == "Mine."
    client.force_login(held.amina.account)
    assert client.post(url, body).status_code == 404


def test_hostile_text_is_shown_as_text(held, see):
    hostile = "<script>alert(1)</script>"
    actions.save_prose(
        held.minutes.pk, entry_of(held, "floor.given"), "en", hostile, based_on=0, by=held.dana, now=minute(9)
    )
    for page in ("minutes_of", "minutes_desk", "minutes_approve"):
        assert hostile not in see(held.dana, at(page, held)).content.decode()


def test_states_are_written_as_those_beside_them_with_a_capital(held, see):
    page = see(held.dana, at("minutes_of", held)).content.decode()
    assert re.search(r'data-state="draft">\s*Draft<', page)


def test_on_a_phone_every_cell_of_an_annex_says_what_it_holds(held, see):
    page = see(held.dana, at("minutes_of", held)).content.decode()
    cells = re.findall(r"<td[^>]*>", page)
    assert cells and all('data-label="' in cell for cell in cells)


def test_approving_takes_two_steps_and_the_text_that_was_read(held, client):
    client.force_login(held.dana.account)
    confirm(client)
    page = client.get(at("minutes_approve", held))
    client.post(at("minutes_approve", held), {"seen": "0" * 64})
    held.minutes.refresh_from_db()
    assert held.minutes.state == "draft"
    client.post(at("minutes_approve", held), {"seen": page.context["seen"]})
    held.minutes.refresh_from_db()
    assert held.minutes.state == "approved"


def test_revisions_show_their_differences_word_by_word(held, client):
    client.force_login(held.dana.account)
    actions.archive(held.meeting.pk, now=minute(8))
    actions.save_prose(
        held.minutes.pk, entry_of(held, "floor.given"), "en", "A new text.", based_on=0, by=held.dana, now=minute(9)
    )
    client.post(at("minutes_revisions", held))
    page = client.get(at("minutes_revision", held, 2)).content.decode()
    assert '<ins><span class="visually-hidden">[added] </span>A new text.' in page
    assert client.get(at("minutes_revision", held, 1)).status_code == 200
    assert client.get(at("minutes_revision", held, 9)).status_code == 404


@pytest.mark.parametrize("format", ["pdf", "docx", "html", "json"])
def test_a_file_is_asked_for_made_and_downloaded_under_a_name_of_ours(held, client, format, settings, tmp_path):
    settings.EXPORTS = tmp_path
    client.force_login(held.dana.account)
    client.post(at("minutes_exports", held), {"format": format, "language": "en"})
    export = Export.objects.get()
    assert (export.state, export.progress) == ("queued", 0)
    assert client.get(at("minutes_export", held, export.pk)).status_code == 404
    exporting.run(export.pk)
    answer = client.get(at("minutes_export", held, export.pk))
    assert answer.status_code == 200
    assert answer["Content-Disposition"] == f'attachment; filename="TEST-SR.1-draft-en.{format}"'
    assert (answer["X-Content-Type-Options"], answer["Content-Security-Policy"]) == (
        "nosniff", "sandbox; default-src 'none'",
    )  # fmt: skip
    assert len(b"".join(answer.streaming_content)) > 500
    client.force_login(held.amina.account)
    assert client.get(at("minutes_export", held, export.pk)).status_code == 404


def test_a_delegate_downloads_the_approved_text_only(held, client, settings, tmp_path):
    settings.EXPORTS = tmp_path
    draft = actions.ask_export(held.minutes.pk, "json", "en", by=held.dana, now=minute(9))
    exporting.run(draft.pk)
    approve(held)
    client.force_login(held.amina.account)
    client.post(at("minutes_exports", held), {"format": "json", "language": "en"})
    made = Export.objects.get(revision__kind="approved")
    exporting.run(made.pk)
    assert client.get(at("minutes_export", held, made.pk)).status_code == 200
    assert client.get(at("minutes_export", held, draft.pk)).status_code == 404


def test_a_full_disk_is_told_and_leaves_no_half_file(held, settings, tmp_path, monkeypatch):
    settings.EXPORTS = tmp_path

    def full(fd):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    export = actions.ask_export(held.minutes.pk, "html", "en", by=held.dana, now=minute(9))
    exporting.run(export.pk)
    export.refresh_from_db()
    assert (export.state, export.error) == ("failed", "no_space")
    assert list(tmp_path.iterdir()) == []


def test_a_list_of_three_costs_as_many_queries_as_a_list_of_one(held, see):
    def counted():
        with CaptureQueriesContext(connection) as context:
            see(held.dana, reverse("minutes", args=[held.summit.slug]))
        return len(context)

    counted()  # signs in
    one = counted()
    for number in (2, 3):
        meeting = Meeting.objects.get(pk=held.meeting.pk)
        meeting.pk, meeting.slug, meeting.number = None, f"plenary-{number}", number
        meeting.save()
        Office.objects.create(meeting=meeting, person=held.dana, kind="secretary")
        actions.open_minutes(meeting)
    assert counted() == one
