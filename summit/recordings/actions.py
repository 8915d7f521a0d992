"""Recording the floor: announced, answered, run, stopped; and what becomes of the files.

A recording is announced by the chair, or an officer for the chair. It runs once every page shows it
(`rooms/recording.py` says when that is), and stops with the chair, the suspension, the end of the sitting, or the disk;
after that only a new announcement begins another. None of this is undone: an announcement is stopped, a stop announced anew.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from summit.agenda.models import Meeting
from summit.agenda.sitting import Sitting, office_of, sit
from summit.errors import Refused
from summit.floor.models import Turn
from summit.floor.queries import turn_as
from summit.floor.topics import announce as publish
from summit.people.models import Person
from summit.record import actions as record
from summit.record.models import Entry
from summit.record.queries import person_as
from summit.recordings.models import Acknowledgement, Recording, Sound
from summit.recordings.queries import consents_state, due
from summit.rights import Right

log = logging.getLogger(__name__)
NEVER = timedelta(microseconds=-1)  # to undo it
FOR_APPROVAL = "approval"  # kept until the minutes are approved


@transaction.atomic
def announce(meeting_id: int, *, by: Person, now: datetime) -> Recording:
    """Tell everybody that the floor will be recorded. Whoever announces agrees for themselves.

    Refused: floor.not_yours, meeting.*, recording.is_on.
    """
    sitting = _desk(meeting_id, by, now)
    sitting.require_while("recording.announce")
    meeting = sitting.meeting
    if meeting.recording is not None and meeting.recording.is_on:
        raise Refused("recording.is_on", _("The meeting is being recorded already."))
    meeting.recording = Recording.objects.create(meeting=meeting, announced_at=now)
    meeting.save(update_fields=["recording"])
    days = meeting.recording_days
    entry = sitting.write(
        "recording.announced", recording=meeting.recording.pk, days=days, until="" if days else FOR_APPROVAL
    )
    _answer(sitting, meeting.recording, by, consents=True)
    sitting.remember(entry, window=NEVER)
    publish(sitting, "meeting", consents=consents_state(meeting))
    return meeting.recording


@transaction.atomic
def begin(meeting_id: int, recording_id: int, *, shown: int, cut: int, now: datetime) -> bool:
    """The machine's: every page shows it, so it runs. shown: seats that said so; cut: lines that were dropped because
    they did not. False when it was stopped meanwhile, or runs already."""
    sitting = sit(meeting_id, by=None, now=now)
    held = _current(sitting, recording_id)
    if held is None or held.state != Recording.State.ANNOUNCED or sitting.meeting.state != Meeting.State.OPEN:
        return False
    held.state, held.began_at = Recording.State.RUNNING, now
    held.save(update_fields=["state", "began_at"])
    sitting.write("recording.started", recording=held.pk, shown=shown, cut=cut)
    publish(sitting, "meeting")
    return True


@transaction.atomic
def stop(meeting_id: int, *, by: Person, now: datetime) -> Recording:
    """The chair stops it. Refused: floor.not_yours, recording.is_off."""
    sitting = _desk(meeting_id, by, now)
    held = sitting.meeting.recording
    if held is None or not held.is_on:
        raise _is_off()
    sitting.remember(_stop(sitting, held, Recording.Why.CHAIR), window=NEVER)
    publish(sitting, "meeting")
    return held


def stop_within(sitting: Sitting, why: str) -> None:
    """Stop it within another act, whose undoing does not bring it back: suspending, adjourning, closing."""
    held = sitting.meeting.recording
    if held is not None and held.is_on:
        _stop(sitting, held, why)


@transaction.atomic
def give_up(meeting_id: int, recording_id: int, *, why: str, now: datetime) -> bool:
    """The machine's: the recorder could not go on; the meeting does. why: disk, slow, failed, no_folder.

    False when it had stopped already.
    """
    sitting = sit(meeting_id, by=None, now=now)
    held = _current(sitting, recording_id)
    if held is None or not held.is_on:
        return False
    _stop(sitting, held, Recording.Why(why))
    publish(sitting, "meeting")
    return True


@transaction.atomic
def acknowledge(meeting_id: int, recording_id: int, *, consents: bool, by: Person, now: datetime) -> Acknowledgement:
    """I have seen that the floor is recorded; with `consents` I may be heard, without I stay as a listener.

    Changing one's mind is written down, too; saying the same again is not. Refused: meeting.no_entry, recording.is_off.
    """
    sitting = sit(meeting_id, by=by, now=now)
    sitting.require(Right.ENTER)
    held = _current(sitting, recording_id)
    if held is None or not held.is_on:
        raise _is_off()
    given = held.acknowledgements.filter(person=by).first()
    if given is not None and given.consents == consents:
        return given
    given = _answer(sitting, held, by, consents=consents)
    publish(sitting, consents=consents_state(sitting.meeting))
    return given


def _desk(meeting_id: int, by: Person, now: datetime) -> Sitting:
    sitting = sit(meeting_id, by=by, now=now)
    sitting.require(Right.PRESIDE, Right.RUN_FLOOR)
    return sitting


def _is_off() -> Refused:
    return Refused("recording.is_off", _("The meeting is not being recorded."))


def _current(sitting: Sitting, recording_id: int) -> Recording | None:
    held = sitting.meeting.recording
    return held if held is not None and held.pk == recording_id else None


def _stop(sitting: Sitting, held: Recording, why: str) -> Entry:
    held.state, held.stopped_at, held.why = Recording.State.STOPPED, sitting.now, why
    held.save(update_fields=["state", "stopped_at", "why"])
    return sitting.write("recording.stopped", lasting=True, recording=held.pk, why=str(why))


def _answer(sitting: Sitting, held: Recording, by: Person, *, consents: bool) -> Acknowledgement:
    row, _new = held.acknowledgements.update_or_create(person=by, defaults={"consents": consents, "at": sitting.now})
    # Who only listens is nobody's business but the officers'.
    sitting.write("recording.acknowledged", audience=Entry.Audience.OFFICERS, recording=held.pk, consents=consents)
    return row


# ── The files ─────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Spoken:
    """A finished file, as the media node tells of it. turn, person: ids, where they are known."""

    file: str
    began_at: datetime
    ms: int
    silence_ms: int
    size: int
    cut: bool
    turn: int | None
    person: int | None


@transaction.atomic
def take_in(meeting_id: int, recording_id: int, spoken: Spoken, *, now: datetime) -> Sound | None:
    """A file is there: it is put down and will be hashed. The same file again changes nothing; None for a recording
    that this meeting never had."""
    sitting = sit(meeting_id, by=None, now=now)
    held = sitting.meeting.recordings.filter(pk=recording_id).first()
    if held is None:
        return None
    turn = Turn.objects.filter(meeting=sitting.meeting, pk=spoken.turn).first() if spoken.turn else None
    sound, new = Sound.objects.get_or_create(
        file=spoken.file,
        defaults={
            "recording": held, "turn": turn, "person_id": spoken.person, "began_at": spoken.began_at, "ms": spoken.ms,
            "silence_ms": spoken.silence_ms, "size": spoken.size, "cut": spoken.cut,
        },
    )  # fmt: skip
    if not new:
        return sound
    record.ask_for("summit.recordings.tasks.keep", f"sound:{sound.pk}", now=now, sound_id=sound.pk)
    if spoken.cut:
        held.gaps += 1
        held.save(update_fields=["gaps"])
        sitting.write(
            "recording.interrupted",
            recording=held.pk,
            since=record.stamp(spoken.began_at + timedelta(milliseconds=spoken.ms)),
        )
        publish(sitting, "meeting")
    return sound


@transaction.atomic
def keep(sound_id: int, *, sha256: str, size: int, now: datetime) -> Sound:
    """Put the hash of a file into the journal, with whose voice it is. Once, however often this runs."""
    meeting = Meeting.objects.lock(Sound.objects.values_list("recording__meeting", flat=True).get(pk=sound_id))
    sound = Sound.objects.select_related("turn__delegation", "turn__item", "turn__speaker", "person").get(pk=sound_id)
    if sound.entry is not None:
        return sound
    entry = record.write(
        meeting.summit, "recording.kept", at=now, actor=None, meeting=meeting, recording=sound.recording_id,
        sound=sound.pk, began=record.stamp(sound.began_at), ms=sound.ms, silence_ms=sound.silence_ms, size=size,
        cut=sound.cut, sha256=sha256, **_whose(meeting, sound),
    )  # fmt: skip
    sound.sha256, sound.size, sound.entry = sha256, size, entry.seq
    sound.save(update_fields=["sha256", "size", "entry"])
    return sound


def _whose(meeting: Meeting, sound: Sound) -> dict[str, Any]:
    """The common parts of a turn; of who spoke without one, the person alone."""
    if sound.turn is not None:
        return turn_as(sound.turn)
    if sound.person is None:
        return {"speaker": None}
    return {"speaker": person_as(sound.person, office=office_of(meeting, sound.person, sound.began_at))}


def purge(now: datetime) -> int:
    """Delete the files whose time is over; their hashes stay in the journal. The number of files that went."""
    return sum(_purge(meeting, sounds, now) for meeting, sounds in due(now))


@transaction.atomic
def _purge(meeting: Meeting, sounds: list[Sound], now: datetime) -> int:
    meeting = Meeting.objects.lock(meeting.pk)
    for sound in sounds:  # first the file: where the row were first, a crash would leave a file nobody knows of
        (settings.RECORDINGS / sound.file).unlink(missing_ok=True)
    Sound.objects.filter(pk__in=[sound.pk for sound in sounds]).update(purged_at=now)
    days = meeting.recording_days
    record.write(
        meeting.summit, "recording.purged", at=now, actor=None, meeting=meeting, days=days,
        until="" if days else FOR_APPROVAL, sounds=[{"kept": sound.entry, "sha256": sound.sha256} for sound in sounds],
    )  # fmt: skip
    log.info("%d recorded files were deleted: their time is over", len(sounds))
    return len(sounds)
