"""What a desk offers is what the server takes: acts the state of a meeting refuses are not among those it accepts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import transaction

from rooms import protocol
from rooms.dispatch import ACTS, Act, perform
from summit.agenda.sitting import WHILE
from summit.errors import Refused
from summit.floor.topics import desk_state
from summit.models import Meeting
from tests.cast import NOW, House, make_house

BY_STATE = {"meeting.not_open", "meeting.suspended", "meeting.open", "meeting.over"}
FIELDS: dict[str, dict[str, Any]] = {
    "floor.extend": {"seconds": 60}, "floor.rule": {"ruling": "No."}, "floor.move": {"before": None},
    "meeting.speech": {"speech": "discussion"}, "meeting.chat": {"chat": "open"}, "meeting.screens": {"screens": "several"},
    "meeting.openness": {"openness": "restricted"}, "meeting.silence": {"on": True}, "meeting.close": {"unheard": 0},
    "decision.gavel": {"text": "Adopted."}, "person.remove": {"reason": "Noise."}, "act.correct": {"reason": "x", "text": "y"},
    "help.call": {"text": "?"}, "help.reach": {"text": "?"}, "chat.say": {"text": "?"}, "help.answer": {"reply": "!"},
    "vote.open": {"text": "A draft."}, "vote.cast": {"choice": "yes"}, "vote.withdraw": {"reason": "New text."},
    "recording.acknowledge": {"consents": True}, "hall.present": {"present": True},
}  # fmt: skip
ASKED = ("turn", "item", "person", "delegation", "entry", "call", "link", "expect", "recording", "vote")
NOT_OF_A_DESK = {"hand.raise", "hall.raise", "hall.present"}  # asked elsewhere; another kind of hand has another bound


@pytest.fixture
def house(db) -> House:
    return make_house()


def refused_by_state(house: House, name: str) -> bool:
    """Whether this act of the chair is refused for the state of the meeting; nothing is kept."""
    known = protocol.TO_SERVER[name]
    ids = {"item": house.item.pk, "person": house.lucia.pk, "delegation": house.kenya.pk}
    fields = {key: ids.get(key, 0) for key in ASKED if key in known.__dataclass_fields__} | FIELDS.get(name, {})
    message = protocol.decode(json.dumps({"type": name, "id": "x", **fields}))
    try:
        with transaction.atomic():
            perform(Act(house.meeting.pk, house.bruno, NOW), message)
            transaction.set_rollback(True)
    except Refused as no:
        return no.code in BY_STATE
    return False


@pytest.mark.parametrize("state", Meeting.State.values)
def test_a_desk_is_told_exactly_what_the_state_of_the_meeting_accepts(house: House, state: str) -> None:
    Meeting.objects.filter(pk=house.meeting.pk).update(state=state)
    house.meeting.refresh_from_db()
    names = [kind.TYPE for kind in ACTS if kind.TYPE not in NOT_OF_A_DESK]
    refused = {name for name in names if refused_by_state(house, name)}
    assert refused == set(WHILE) - set(desk_state(house.meeting)["accepts"])
    assert state != Meeting.State.CLOSED or desk_state(house.meeting)["accepts"] == []
