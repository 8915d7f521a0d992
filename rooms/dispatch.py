"""Which message is which act: the whole mapping on one page. The acts check, change, record and publish.

Each runs as (meeting, message, by, now) in one database transaction with its receipt; what it returns goes into `done`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware
from django.utils.translation import gettext_lazy as _

from rooms import actions as room
from rooms import protocol as p
from summit.attendance import actions as attendance
from summit.attendance.models import Mode
from summit.chair import actions as chair
from summit.chair import persons, undoing
from summit.errors import Refused
from summit.floor import actions as floor
from summit.floor import hands, lists
from summit.people.models import Person
from summit.record.actions import stamp
from summit.recordings import actions as recordings
from summit.votes import actions as votes


@dataclass(frozen=True)
class Act:
    """One request about to be done."""

    meeting: int
    by: Person
    now: datetime

    @property
    def who(self) -> dict[str, Any]:
        return {"by": self.by, "now": self.now}


def _raise(act: Act, m: p.HandRaise) -> dict[str, Any]:
    turn = hands.raise_hand(
        act.meeting, register=m.register, capacity=m.capacity, on_behalf_of=m.on_behalf_of, delegation_id=m.delegation,
        **act.who,
    )  # fmt: skip
    return {"turn": turn.pk}


def _raise_for_hall(act: Act, m: p.HallRaise) -> dict[str, Any]:
    turn = hands.raise_for_hall(
        act.meeting, m.delegation, register=m.register, capacity=m.capacity, on_behalf_of=m.on_behalf_of,
        speaker_id=m.person, **act.who,
    )  # fmt: skip
    return {"turn": turn.pk}


def _present(act: Act, m: p.HallPresent) -> None:
    mark = attendance.arrive if m.present else attendance.leave
    mark(act.meeting, m.delegation, Mode.HALL, **act.who)


def _suspend(act: Act, m: p.MeetingSuspend) -> None:
    chair.suspend(act.meeting, until=_moment(m.until), **act.who)


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        at = parse_datetime(text)
    except ValueError:
        at = None
    if at is None or not is_aware(at):
        raise Refused("chair.bad_time", _("Give the hour at which the meeting resumes."))
    return at


def _vote(act: Act, m: p.VoteCast) -> dict[str, Any]:
    ballot = votes.cast(act.meeting, m.vote, m.choice, delegation_id=m.delegation, **act.who)
    return {"received_at": stamp(ballot.at)}


def _say(act: Act, m: p.ChatSay) -> dict[str, Any]:
    return {"line": room.say(act.meeting, m.text, to=m.to, nonce=m.id, **act.who)["line"]}


def _call(act: Act, m: p.HelpCall) -> dict[str, Any]:
    return room.call_help(act.meeting, obstacle=m.obstacle, text=m.text, **act.who)


def _answer(act: Act, m: p.HelpAnswer) -> dict[str, Any]:
    return {"call": room.answer_help(act.meeting, m.call, reply=m.reply, **act.who).pk}


def _reach(act: Act, m: p.HelpReach) -> dict[str, Any]:
    return {"call": room.reach(act.meeting, m.person, text=m.text, offer=m.offer, **act.who)}


ACTS: dict[type[p.Message], Callable[[Act, Any], Any]] = {
    p.HandRaise: _raise,
    p.HandLower: lambda act, m: hands.lower_hand(act.meeting, m.turn, **act.who),
    p.FloorGive: lambda act, m: floor.give_floor(act.meeting, m.turn, **act.who),
    p.FloorGiveNext: lambda act, m: floor.give_next(act.meeting, expect=m.expect, **act.who),
    p.FloorPause: lambda act, m: floor.pause_floor(act.meeting, m.turn, **act.who),
    p.FloorResume: lambda act, m: floor.resume_floor(act.meeting, m.turn, **act.who),
    p.FloorEnd: lambda act, m: floor.end_floor(act.meeting, m.turn, **act.who),
    p.FloorExtend: lambda act, m: floor.extend_floor(act.meeting, m.turn, seconds=m.seconds, **act.who),
    p.FloorRule: lambda act, m: floor.rule(act.meeting, m.turn, ruling=m.ruling, **act.who),
    p.FloorMove: lambda act, m: lists.move(act.meeting, m.turn, before=m.before, reason=m.reason, **act.who),
    p.FloorSpeaker: lambda act, m: hands.set_speaker(act.meeting, m.turn, m.person, **act.who),
    p.ListClose: lambda act, m: lists.close_list(act.meeting, m.item, **act.who),
    p.ListOpen: lambda act, m: lists.open_list(act.meeting, m.item, **act.who),
    p.HallPresent: _present,
    p.HallRaise: _raise_for_hall,
    p.MeetingOpen: lambda act, m: chair.open_meeting(act.meeting, **act.who),
    p.MeetingResume: lambda act, m: chair.resume_meeting(act.meeting, **act.who),
    p.MeetingSuspend: _suspend,
    p.MeetingAdjourn: lambda act, m: chair.adjourn(act.meeting, **act.who),
    p.MeetingClose: lambda act, m: chair.close(act.meeting, unheard=m.unheard, **act.who),
    p.MeetingSpeech: lambda act, m: chair.set_speech(act.meeting, m.speech, **act.who),
    p.MeetingChat: lambda act, m: chair.set_chat(act.meeting, m.chat, **act.who),
    p.MeetingScreens: lambda act, m: chair.set_screens(act.meeting, m.screens, **act.who),
    p.MeetingOpenness: lambda act, m: chair.set_openness(act.meeting, m.openness, **act.who),
    p.MeetingSilence: lambda act, m: chair.silence(act.meeting, m.on, **act.who),
    p.MeetingPreside: lambda act, m: chair.preside(act.meeting, m.person, **act.who),
    p.ItemTake: lambda act, m: chair.take_item(act.meeting, m.item, **act.who),
    p.DecisionGavel: lambda act, m: chair.decide(
        act.meeting, text=m.text, symbol=m.symbol, item_id=m.item, **act.who
    ),
    p.VoteOpen: lambda act, m: votes.open_vote(
        act.meeting, text=m.text, symbol=m.symbol, majority=m.majority, **act.who
    ),
    p.VoteCast: _vote,
    p.VoteClose: lambda act, m: votes.close_vote(act.meeting, m.vote, **act.who),
    p.VoteWithdraw: lambda act, m: votes.withdraw_vote(act.meeting, m.vote, reason=m.reason, **act.who),
    p.ActUndo: lambda act, m: undoing.undo(act.meeting, m.entry, **act.who),
    p.ActCorrect: lambda act, m: undoing.correct(act.meeting, m.entry, reason=m.reason, text=m.text, **act.who),
    p.PersonRemove: lambda act, m: persons.remove_person(act.meeting, m.person, reason=m.reason, **act.who),
    p.PersonReadmit: lambda act, m: persons.readmit_person(act.meeting, m.person, **act.who),
    p.RecordingAnnounce: lambda act, m: recordings.announce(act.meeting, **act.who),
    p.RecordingStop: lambda act, m: recordings.stop(act.meeting, **act.who),
    p.RecordingAcknowledge: lambda act, m: recordings.acknowledge(
        act.meeting, m.recording, consents=m.consents, **act.who
    ),
    p.ChatSay: _say,
    p.HelpCall: _call,
    p.HelpAnswer: _answer,
    p.HelpReach: _reach,
    p.ScreenLink: lambda act, m: room.make_screen_link(act.meeting, **act.who),
    p.ScreenRevoke: lambda act, m: room.revoke_screen_link(act.meeting, m.link, **act.who),
}  # fmt: skip


def perform(act: Act, message: p.Message) -> dict[str, Any]:
    """Do it; what the answer carries beside its id. Refused as the act says."""
    reply = ACTS[type(message)](act, message)
    return reply if isinstance(reply, dict) else {}
