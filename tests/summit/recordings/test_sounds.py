"""Files: taken in once, hashed into the journal, deleted when their time is over; the journal verifies on."""

import hashlib
from datetime import timedelta

import pytest
from django.utils import timezone

from summit.chair import actions as chair
from summit.floor import actions as floor
from summit.models import Meeting, Minutes, Outbox, Recording, Sound, Turn
from summit.record.queries import faults
from summit.recordings import actions as recordings
from summit.recordings import queries, tasks
from tests.cast import NOW, body, journal, last

SAID = b"OggS what was said"


def later(seconds: float):
    return NOW + timedelta(seconds=seconds)


@pytest.fixture
def folder(settings, tmp_path):
    settings.RECORDINGS = tmp_path
    return tmp_path


@pytest.fixture
def speech(opened) -> Turn:
    """Amina speaks, and is recorded: entries 1 to 8."""
    meeting = opened.meeting.pk
    turn = floor.raise_hand(meeting, by=opened.amina, now=NOW)
    floor.give_floor(meeting, turn.pk, by=opened.bruno, now=NOW)
    made = recordings.announce(meeting, by=opened.bruno, now=NOW)
    recordings.begin(meeting, made.pk, shown=3, cut=0, now=NOW)
    return turn


def spoken(speech: Turn | None, opened, name: str = "1-aa.opus", *, cut: bool = False) -> recordings.Spoken:
    return recordings.Spoken(
        file=name, began_at=later(3), ms=61_000, silence_ms=400, size=len(SAID), cut=cut,
        turn=speech.pk if speech else None, person=opened.amina.pk if speech else opened.bruno.pk,
    )  # fmt: skip


def kept(opened, folder, speech, name: str = "1-aa.opus") -> Sound:
    (folder / name).write_bytes(SAID)
    made = Recording.objects.get()
    sound = recordings.take_in(opened.meeting.pk, made.pk, spoken(speech, opened, name), now=later(70))
    tasks.keep(sound.pk)
    sound.refresh_from_db()
    return sound


def test_a_finished_file_is_put_down_once_and_its_hash_asked_for_once(opened, speech, folder):
    made = Recording.objects.get()
    for _ in range(2):  # the node tells again until it hears that we have it
        recordings.take_in(opened.meeting.pk, made.pk, spoken(speech, opened), now=later(70))
    sound = Sound.objects.get()
    assert (sound.turn, sound.person, sound.ms, sound.entry) == (speech, opened.amina, 61_000, None)
    work = Outbox.objects.get(key=f"sound:{sound.pk}")
    assert (work.task, work.arguments) == ("summit.recordings.tasks.keep", {"sound_id": sound.pk})
    assert recordings.take_in(opened.meeting.pk, made.pk + 1, spoken(speech, opened, "x"), now=later(71)) is None


def test_its_hash_and_whose_voice_it_is_go_into_the_journal_once(opened, speech, folder):
    sound = kept(opened, folder, speech)
    before = journal(opened.meeting)
    tasks.keep(sound.pk)  # killed and run again
    assert journal(opened.meeting) == before
    entry = last(opened.meeting)
    assert (entry.kind, entry.seq) == ("recording.kept", sound.entry)
    said = entry.body
    assert said["sha256"] == hashlib.sha256(SAID).hexdigest() == sound.sha256
    assert (said["turn"], said["delegation"]["code"], said["speaker"]["person"]) == (speech.pk, "KE", opened.amina.pk)
    assert (said["ms"], said["silence_ms"], said["size"], said["cut"]) == (61_000, 400, len(SAID), False)
    assert said["began"] == "2026-11-23T09:00:03.000000+00:00"


def test_who_spoke_without_a_turn_is_named_with_their_office(opened, speech, folder):
    sound = kept(opened, folder, None)
    said = body(opened.meeting, sound.entry)
    assert (said["speaker"]["person"], said["speaker"]["office"]) == (opened.bruno.pk, "chair")


def test_a_file_cut_off_by_a_crash_tells_of_the_gap(opened, speech, folder, heard):
    made = Recording.objects.get()
    heard()
    recordings.take_in(opened.meeting.pk, made.pk, spoken(speech, opened, cut=True), now=later(70))
    entry = last(opened.meeting)
    assert (entry.kind, entry.body["since"]) == ("recording.interrupted", "2026-11-23T09:01:04.000000+00:00")
    told = {topic: event["state"] for topic, event in heard()}
    assert (told["meeting"]["recording"]["state"], told["meeting"]["recording"]["gaps"]) == ("running", 1)


def test_until_approval_files_go_when_the_minutes_are_approved(opened, speech, folder):
    sound = kept(opened, folder, speech)
    chair.close(opened.meeting.pk, unheard=0, by=opened.bruno, now=later(100))
    assert recordings.purge(later(10_000_000)) == 0
    Minutes.objects.filter(meeting=opened.meeting).update(state="approved")
    assert recordings.purge(later(200)) == 1
    assert list(folder.iterdir()) == []
    entry = last(opened.meeting)
    assert (entry.kind, entry.audience) == ("recording.purged", "meeting")
    assert {key: entry.body[key] for key in ("actor", "days", "until", "sounds")} == {
        "actor": None, "days": 0, "until": "approval", "sounds": [{"kept": sound.entry, "sha256": sound.sha256}],
    }  # fmt: skip
    assert list(faults(opened.summit.pk)) == []
    assert recordings.purge(later(300)) == 0
    assert not queries.sounds_of(opened.meeting).exists()


def test_days_are_counted_from_when_it_was_said(opened, speech, folder):
    Meeting.objects.filter(pk=opened.meeting.pk).update(recording_days=30)
    kept(opened, folder, speech)
    assert recordings.purge(later(31 * 86_400)) == 0  # it is still being recorded
    recordings.stop(opened.meeting.pk, by=opened.bruno, now=later(100))
    assert recordings.purge(later(29 * 86_400)) == 0
    (folder / "1-aa.opus").unlink()  # somebody was faster; the row and the journal still tell it
    assert recordings.purge(later(31 * 86_400)) == 1
    assert last(opened.meeting).body["days"] == 30


@pytest.mark.parametrize("count", [1, 3])
def test_looking_for_what_is_due_costs_the_same_however_much_there_is(
    opened, speech, folder, count, django_assert_num_queries
):
    for number in range(count):
        kept(opened, folder, speech, f"1-{number}.opus")
    chair.close(opened.meeting.pk, unheard=0, by=opened.bruno, now=later(100))
    Minutes.objects.filter(meeting=opened.meeting).update(state="approved")
    with django_assert_num_queries(2):
        ((_, found),) = queries.due(timezone.now())
    assert len(found) == count
