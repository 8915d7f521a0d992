"""A paragraph plays its sound: to whom, in pieces, and beside the right words."""

from datetime import timedelta

import pytest
from django.test import Client

from summit.minutes import queries
from summit.minutes.sound import sounds_beside
from summit.models import Meeting, Minutes, Recording, Sound, Turn
from tests.cast import NOW
from tests.summit.minutes.conftest import entry_of, minute

SAID = bytes(range(256)) * 4


@pytest.fixture
def recorded(held, settings, tmp_path):
    """The held meeting, with Amina's statement and a word of the chair as sound."""
    settings.RECORDINGS = tmp_path
    made = Recording.objects.create(meeting=held.meeting, state="stopped", why="closed", announced_at=NOW)
    rows = ((Turn.objects.get(), held.amina, minute(3)), (None, held.bruno, minute(6) + timedelta(seconds=9)))
    for number, (turn, person, began) in enumerate(rows):
        (tmp_path / f"{number}.opus").write_bytes(SAID)
        Sound.objects.create(
            recording=made, turn=turn, person=person, file=f"{number}.opus", began_at=began, ms=61_000, size=len(SAID),
            entry=90 + number, sha256="0" * 64,
        )  # fmt: skip
    held.sounds = list(Sound.objects.all())
    return held


def browser(person) -> Client:
    client = Client()
    client.force_login(person.account, "django.contrib.auth.backends.ModelBackend")
    return client


def url(cast, sound) -> str:
    return f"/s/{cast.summit.slug}/meetings/{cast.meeting.slug}/minutes/sound/{sound.pk}/"


def whole(response) -> bytes:
    return b"".join(response.streaming_content)


def test_a_statement_plays_beside_its_paragraph_and_the_chairs_word_beside_what_had_just_happened(recorded):
    found = sounds_beside(recorded.minutes, "en")
    given, decided = entry_of(recorded, "floor.given"), entry_of(recorded, "decision.taken")
    assert {seq: [(one["id"], one["who"], one["length"]) for one in sounds] for seq, sounds in found.items()} == {
        given: [(recorded.sounds[0].pk, "Amina Rahal", "1:01")], decided: [(recorded.sounds[1].pk, "Bruno Keller", "1:01")],
    }  # fmt: skip
    page = (
        browser(recorded.dana)
        .get(f"/s/{recorded.summit.slug}/meetings/{recorded.meeting.slug}/minutes/")
        .content.decode()
    )
    assert page.count("<audio") == 2 and url(recorded, recorded.sounds[0]) in page


def test_an_exported_file_holds_no_player(recorded):
    from summit.minutes.export import html

    document, _ = queries.document_of(recorded.minutes, "en")
    assert b"<audio" not in html.render(document, "")


def test_who_may_listen_and_when(recorded):
    def answers() -> dict[str, int]:
        who = {name: getattr(recorded, name) for name in ("dana", "bruno", "lucia", "amina", "chen", "eve")}
        return {name: browser(one).get(url(recorded, recorded.sounds[0])).status_code for name, one in who.items()}

    officers = {"dana": 200, "bruno": 200, "lucia": 200}  # secretary, chair, record writer
    assert answers() == officers | {"amina": 404, "chen": 404, "eve": 404}
    Minutes.objects.update(state="approved")
    assert answers() == officers | {"amina": 404, "chen": 404, "eve": 404}
    Meeting.objects.update(recording_open=True)
    assert answers() == officers | {"amina": 200, "chen": 200, "eve": 404}
    Minutes.objects.update(state="draft")
    assert answers() == officers | {"amina": 404, "chen": 404, "eve": 404}
    assert Client().get(url(recorded, recorded.sounds[0])).status_code == 302


@pytest.mark.parametrize(
    ("asked", "status", "first", "length"),
    [
        ("", 200, 0, 1024), ("bytes=0-", 206, 0, 1024), ("bytes=0-0", 206, 0, 1), ("bytes=100-199", 206, 100, 100),
        ("bytes=1000-9999", 206, 1000, 24), ("bytes=-24", 206, 1000, 24), ("bytes=-9999", 206, 0, 1024),
        ("bytes=1024-", 416, 0, 0), ("bytes=9-3", 416, 0, 0), ("bytes=-0", 416, 0, 0), ("bytes=-", 200, 0, 1024),
        ("bytes=0-1,5-6", 200, 0, 1024), ("lines=1-2", 200, 0, 1024), ("bytes=x-", 200, 0, 1024),
    ],
)  # fmt: skip
def test_a_player_gets_the_piece_it_asks_for(recorded, asked, status, first, length):
    response = browser(recorded.dana).get(url(recorded, recorded.sounds[0]), headers={"Range": asked})
    assert response.status_code == status
    assert response["Accept-Ranges"] == "bytes"
    if status == 416:
        assert response["Content-Range"] == "bytes */1024"
        return
    assert whole(response) == SAID[first : first + length]
    assert response["Content-Length"] == str(length)
    assert response["Content-Type"] == "audio/ogg; codecs=opus"
    if status == 206:
        assert response["Content-Range"] == f"bytes {first}-{first + length - 1}/1024"


def test_nobody_keeps_a_copy_and_what_was_deleted_is_gone(recorded, settings):
    client = browser(recorded.dana)
    response = client.get(url(recorded, recorded.sounds[0]))
    assert whole(response) == SAID
    assert response["Cache-Control"] == "private, no-store"
    assert (response["X-Content-Type-Options"], "sandbox" in response["Content-Security-Policy"]) == ("nosniff", True)
    (settings.RECORDINGS / "0.opus").unlink()
    assert client.get(url(recorded, recorded.sounds[0])).status_code == 404
    Sound.objects.filter(pk=recorded.sounds[1].pk).update(purged_at=NOW)
    assert client.get(url(recorded, recorded.sounds[1])).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_sounds_cost_the_same_however_many(recorded, count, django_assert_num_queries):
    Sound.objects.exclude(pk=recorded.sounds[0].pk).delete()
    for number in range(1, count):
        row = Sound.objects.get(pk=recorded.sounds[0].pk)
        row.pk, row.file = None, f"more-{number}.opus"
        row.save()
    minutes = Minutes.objects.select_related("meeting__summit").get()
    with django_assert_num_queries(2):
        assert sum(len(sounds) for sounds in sounds_beside(minutes, "en").values()) == count


def test_the_desk_tells_of_sounds_and_approving_says_that_they_go(recorded):
    client = browser(recorded.dana)
    base = f"/s/{recorded.summit.slug}/meetings/{recorded.meeting.slug}/minutes/"
    entries = client.get(f"{base}desk/state/").json()["entries"]
    told = {entry["seq"]: [sound["url"] for sound in entry["sounds"]] for entry in entries if entry["sounds"]}
    assert told[entry_of(recorded, "floor.given")] == [url(recorded, recorded.sounds[0])]
    assert "deleted once you approve" in client.get(f"{base}approve/").content.decode()
    Meeting.objects.update(recording_days=30)
    assert "deleted once you approve" not in client.get(f"{base}approve/").content.decode()
