"""Every act of the floor, by table: in which state of the meeting it is refused, and which topics the seats hear."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction

from summit import live
from summit.attendance import actions as attendance
from summit.chair import actions as chair
from summit.errors import Refused
from summit.floor import actions as floor
from summit.floor.topics import TOPICS
from tests.cast import NOW, House, journal
from tests.kept import kept


def later(seconds: float):
    return NOW + timedelta(seconds=seconds)


@kept
def turns(opened: House) -> dict[str, int]:
    """Amina speaks, Lucia and Norway (hall) wait, Gita raises a point of order."""
    meeting = opened.meeting.pk
    attendance.arrive(meeting, opened.norway.pk, "hall", by=opened.omar, now=NOW)
    made = {
        "speech": floor.raise_hand(meeting, by=opened.amina, now=NOW),
        "hand": floor.raise_hand(meeting, by=opened.lucia, now=NOW),
        "hall": floor.raise_for_hall(meeting, opened.norway.pk, by=opened.omar, now=NOW),
        "order": floor.raise_hand(meeting, by=opened.gita, now=NOW, register="order"),
    }
    floor.give_floor(meeting, made["speech"].pk, by=opened.bruno, now=NOW)
    return {name: turn.pk for name, turn in made.items()}


AT = later(30)
FLOOR, LIST, DESK = ["floor"], ["floor", "agenda"], ["desk"]  # the desk: what it may undo now
HELD, OVER, GONE = "meeting.suspended", "meeting.over", "hall.not_present"
# The act · what the seats hear · refused while suspended · refused after the closing.
ACTS = {
    "raise": (lambda c, m, t: floor.raise_hand(m, by=c.chen, now=AT), LIST, None, OVER),
    "reply": (lambda c, m, t: floor.raise_hand(m, by=c.chen, now=AT, register="reply"), LIST, None, OVER),
    "order": (lambda c, m, t: floor.raise_hand(m, by=c.lucia, now=AT, register="order"), LIST, HELD, OVER),
    "lower": (lambda c, m, t: floor.lower_hand(m, t["hand"], by=c.lucia, now=AT), LIST, None, None),
    "lower at the desk": (lambda c, m, t: floor.lower_hand(m, t["hand"], by=c.bruno, now=AT), [*LIST, *DESK], None, None),
    "name": (lambda c, m, t: floor.set_speaker(m, t["hall"], c.nils.pk, by=c.omar, now=AT), [*FLOOR, *DESK], None, None),
    "hall": (lambda c, m, t: floor.raise_for_hall(m, c.norway.pk, by=c.omar, now=AT, register="reply"), [*LIST, *DESK], None, GONE),
    "give": (lambda c, m, t: floor.give_floor(m, t["hand"], by=c.bruno, now=AT), [*LIST, *DESK], HELD, OVER),
    "next": (lambda c, m, t: floor.give_next(m, expect=t["hand"], by=c.bruno, now=AT), [*LIST, *DESK], HELD, OVER),
    "pause": (lambda c, m, t: floor.pause_floor(m, t["speech"], by=c.bruno, now=AT), [*FLOOR, *DESK], HELD, OVER),
    "extend": (lambda c, m, t: floor.extend_floor(m, t["speech"], seconds=60, by=c.bruno, now=AT), [*FLOOR, *DESK], None, "floor.not_speaking"),
    "end": (lambda c, m, t: floor.end_floor(m, t["speech"], by=c.bruno, now=AT), [*FLOOR, *DESK], None, "floor.not_speaking"),
    "rule": (lambda c, m, t: floor.rule(m, t["order"], ruling="Noted.", by=c.bruno, now=AT), [*FLOOR, *DESK], HELD, OVER),
    "move": (lambda c, m, t: floor.move(m, t["hall"], before=t["hand"], by=c.bruno, now=AT), [*FLOOR, *DESK], None, OVER),
    "close the list": (lambda c, m, t: floor.close_list(m, c.item.pk, by=c.bruno, now=AT), [*LIST, *DESK], None, OVER),
    "decide": (lambda c, m, t: chair.decide(m, text="Adopted.", by=c.bruno, now=AT), ["meeting", *DESK], HELD, OVER),
    "take": (lambda c, m, t: chair.take_item(m, c.subitem.pk, by=c.bruno, now=AT), [*TOPICS, *DESK], HELD, OVER),
    "preside": (lambda c, m, t: chair.preside(m, c.gita.pk, by=c.omar, now=AT), ["meeting", *DESK], None, OVER),
    "suspend": (lambda c, m, t: chair.suspend(m, until=None, by=c.bruno, now=AT), ["meeting", *FLOOR, *DESK], HELD, OVER),
    "adjourn": (lambda c, m, t: chair.adjourn(m, by=c.bruno, now=AT), ["meeting", *FLOOR, "attendance", *DESK], None, OVER),
    "close": (lambda c, m, t: chair.close(m, unheard=2, by=c.bruno, now=AT), [*TOPICS, "attendance", *DESK], None, OVER),
    "correct": (lambda c, m, t: chair.correct(m, 1, reason="x", text="y", by=c.bruno, now=AT), DESK, None, None),
}  # fmt: skip


@contextmanager
def tried() -> Iterator[None]:
    """What happens here is taken back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def codes(house: House, turns: dict[str, int]) -> dict[str, str | None]:
    """The code with which each act is refused now, None where it is done; what is refused leaves the journal alone."""
    found: dict[str, str | None] = dict.fromkeys(ACTS)
    for name, (act, _topics, _suspended, _closed) in ACTS.items():
        before = journal(house.meeting)
        with tried():
            try:
                act(house, house.meeting.pk, turns)
            except Refused as no:
                found[name] = no.code
            assert (journal(house.meeting) == before) is (found[name] is not None), name
    return found


def test_what_the_seats_hear_of_each_act(opened, turns, settings, django_capture_on_commit_callbacks):
    settings.CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
    layer = get_channel_layer()
    async_to_sync(layer.group_add)(live.group(opened.meeting.pk), "a-seat")
    found = {}
    for name, (act, *_) in ACTS.items():
        with tried():
            with django_capture_on_commit_callbacks(execute=True):
                act(opened, opened.meeting.pk, turns)
            found[name] = [*async_to_sync(layer.receive)("a-seat")["topics"]]
    assert found == {name: topics for name, (_, topics, *_) in ACTS.items()}


def test_what_is_refused_while_the_meeting_is_suspended(opened, turns):
    chair.suspend(opened.meeting.pk, until=None, by=opened.bruno, now=later(2))
    assert codes(opened, turns) == {name: code for name, (_, _, code, _) in ACTS.items()}


def test_what_is_refused_after_the_closing(opened, turns):
    chair.close(opened.meeting.pk, unheard=2, by=opened.bruno, now=later(2))
    assert codes(opened, turns) == {name: code for name, (_, _, _, code) in ACTS.items()}
