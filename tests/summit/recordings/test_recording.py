"""Announcing, answering and stopping: what the journal says, what rooms hear, and what is refused."""

from datetime import timedelta

import pytest

from summit.chair import actions as chair
from summit.models import Acknowledgement, Entry, Meeting, Recording
from summit.recordings import actions as recordings
from tests.cast import NOW, body, journal, last


def later(seconds: float):
    return NOW + timedelta(seconds=seconds)


@pytest.fixture
def meeting(opened):
    return opened.meeting.pk


@pytest.fixture
def announced(opened, meeting) -> Recording:
    """Bruno has announced the recording: entries 3 and 4."""
    return recordings.announce(meeting, by=opened.bruno, now=NOW)


@pytest.fixture
def running(announced, meeting) -> Recording:
    """Every page shows it: entry 5."""
    assert recordings.begin(meeting, announced.pk, shown=7, cut=1, now=later(2))
    announced.refresh_from_db()
    return announced


def test_an_announcement_is_told_to_every_page_before_anything_runs(opened, meeting, heard):
    heard()
    made = recordings.announce(meeting, by=opened.bruno, now=NOW)
    assert journal(meeting, since=2) == [(3, "recording.announced"), (4, "recording.acknowledged")]
    assert {key: body(meeting, 3)[key] for key in ("recording", "days", "until")} == {
        "recording": made.pk, "days": 0, "until": "approval",
    }  # fmt: skip
    assert Entry.objects.get(meeting=meeting, seq=4).audience == "officers"
    told = {topic: event["state"] for topic, event in heard()}
    assert told["meeting"]["recording"] == {
        "id": made.pk, "state": "announced", "since": "2026-11-23T09:00:00.000000+00:00", "why": "", "gaps": 0,
        "days": 0, "open": False,
    }  # fmt: skip
    assert told["consents"] == {"recording": made.pk, "yes": [opened.bruno.pk], "no": []}
    assert "desk" in told


def test_an_officer_announces_for_the_chair_who_still_answers_for_themselves(opened, meeting):
    made = recordings.announce(meeting, by=opened.omar, now=NOW)
    assert body(meeting, 3)["beneficiary"]["person"] == opened.bruno.pk
    assert list(made.acknowledgements.values_list("person", "consents")) == [(opened.omar.pk, True)]


def test_it_runs_once_every_page_shows_it_and_only_once(announced, meeting):
    assert recordings.begin(meeting, announced.pk, shown=7, cut=1, now=later(2))
    assert not recordings.begin(meeting, announced.pk, shown=8, cut=0, now=later(3))
    assert journal(meeting, since=4) == [(5, "recording.started")]
    said = body(meeting, 5)
    assert (said["actor"], said["shown"], said["cut"]) == (None, 7, 1)
    announced.refresh_from_db()
    assert (announced.state, announced.began_at) == ("running", later(2))


def test_what_was_stopped_meanwhile_does_not_begin(opened, announced, meeting):
    recordings.stop(meeting, by=opened.bruno, now=later(1))
    assert not recordings.begin(meeting, announced.pk, shown=7, cut=0, now=later(2))
    assert last(opened.meeting).kind == "recording.stopped"


def test_an_answer_is_written_once_and_a_change_of_mind_again(opened, running, meeting):
    recordings.acknowledge(meeting, running.pk, consents=True, by=opened.amina, now=later(3))
    recordings.acknowledge(meeting, running.pk, consents=True, by=opened.amina, now=later(4))
    recordings.acknowledge(meeting, running.pk, consents=False, by=opened.amina, now=later(5))
    assert journal(meeting, since=5) == [(6, "recording.acknowledged"), (7, "recording.acknowledged")]
    assert [body(meeting, seq)["consents"] for seq in (6, 7)] == [True, False]
    assert body(meeting, 6)["actor"]["person"] == opened.amina.pk
    assert Acknowledgement.objects.get(person=opened.amina).consents is False


@pytest.mark.parametrize("who", ["amina", "chen", "lucia"])
def test_only_the_chairs_side_announces_and_stops(opened, meeting, refused, who):
    with refused("floor.not_yours"):
        recordings.announce(meeting, by=getattr(opened, who), now=NOW)
    with refused("floor.not_yours"):
        recordings.stop(meeting, by=getattr(opened, who), now=NOW)


def test_a_stranger_is_refused_everything(opened, announced, meeting, refused):
    for act in (
        lambda: recordings.announce(meeting, by=opened.eve, now=NOW),
        lambda: recordings.stop(meeting, by=opened.eve, now=NOW),
        lambda: recordings.acknowledge(meeting, announced.pk, consents=True, by=opened.eve, now=NOW),
    ):
        with refused("meeting.no_entry"):
            act()


def test_only_an_open_meeting_is_recorded_and_only_once_at_a_time(house, refused):
    with refused("meeting.not_open"):
        recordings.announce(house.meeting.pk, by=house.bruno, now=NOW)
    chair.open_meeting(house.meeting.pk, by=house.bruno, now=NOW)
    with refused("recording.is_off"):
        recordings.stop(house.meeting.pk, by=house.bruno, now=NOW)
    made = recordings.announce(house.meeting.pk, by=house.bruno, now=NOW)
    with refused("recording.is_on"):
        recordings.announce(house.meeting.pk, by=house.bruno, now=NOW)
    recordings.stop(house.meeting.pk, by=house.bruno, now=NOW)
    with refused("recording.is_off"):
        recordings.acknowledge(house.meeting.pk, made.pk, consents=True, by=house.amina, now=NOW)


@pytest.mark.parametrize("why", ["suspended", "adjourned", "closed"])
def test_it_stops_with_the_sitting_and_what_follows_is_announced_anew(opened, running, meeting, why):
    ends = {
        "suspended": lambda: chair.suspend(meeting, until=None, by=opened.bruno, now=later(9)),
        "adjourned": lambda: chair.adjourn(meeting, by=opened.bruno, now=later(9)),
        "closed": lambda: chair.close(meeting, unheard=0, by=opened.bruno, now=later(9)),
    }
    ends[why]()
    running.refresh_from_db()
    assert (running.state, running.why, running.stopped_at) == ("stopped", why, later(9))
    assert [kind for _, kind in journal(meeting, since=5)][:1] == ["recording.stopped"]
    if why != "closed":
        chair.resume_meeting(meeting, by=opened.bruno, now=later(20))
        running.refresh_from_db()
        assert running.state == "stopped"
        again = recordings.announce(meeting, by=opened.bruno, now=later(21))
        assert again.pk != running.pk and again.acknowledgements.count() == 1  # everybody is asked again


def test_undoing_a_suspension_does_not_bring_the_recording_back(opened, running, meeting):
    chair.suspend(meeting, until=None, by=opened.bruno, now=later(9))
    seq = last(opened.meeting).seq
    chair.undo(meeting, seq, by=opened.bruno, now=later(12))
    row = Meeting.objects.get(pk=meeting)
    assert (row.state, row.recording.state) == ("open", "stopped")
    said = body(meeting, seq + 1)
    assert (said["undoes"], said["also"]) == (seq, [])  # `recording.stopped` holds: nobody undid that


def test_neither_announcing_nor_stopping_can_be_undone(opened, announced, meeting, refused):
    with refused("act.too_late"):
        chair.undo(meeting, 3, by=opened.bruno, now=NOW)
    recordings.stop(meeting, by=opened.bruno, now=later(1))
    with refused("act.too_late"):
        chair.undo(meeting, last(opened.meeting).seq, by=opened.bruno, now=later(1))


def test_a_full_disk_stops_the_recording_and_not_the_meeting(opened, running, meeting, heard):
    heard()
    assert recordings.give_up(meeting, running.pk, why="disk", now=later(9))
    assert not recordings.give_up(meeting, running.pk, why="disk", now=later(9))
    assert journal(meeting, since=5) == [(6, "recording.stopped")]
    assert (body(meeting, 6)["actor"], body(meeting, 6)["why"]) == (None, "disk")
    row = Meeting.objects.get(pk=meeting)
    assert (row.state, row.recording.state, row.recording.why) == ("open", "stopped", "disk")
    told = {topic: event["state"] for topic, event in heard()}
    assert told["meeting"]["recording"]["why"] == "disk"
    assert recordings.announce(meeting, by=opened.bruno, now=later(30))
