"""Who is heard and seen, in tables: facts in, grants and plans out."""

from __future__ import annotations

import dataclasses

import pytest

from rooms.attendance import remote
from rooms.media import Recording
from rooms.models import Seat
from rooms.places import Place
from rooms.plan import Cast, Listener, Scene, Sitter, grant, leading, recorded, room_plan, scene
from rooms.sfu.plan import PlanError
from summit.rights import Post, Standing

AMINA, BRUNO, DANA = 1, 2, 3
SINCE, LATER = "2026-11-23T09:00:00.000000+00:00", "2026-11-23T09:05:00.000000+00:00"
MEMBER = Standing(AMINA, True, (Post(10, "member", "head", "accepted"),))
CHAIR = Standing(BRUNO, True, (), frozenset({"chair"}))
SECRETARY = Standing(DANA, True, (), frozenset({"secretary"}))
PRESS = Standing(4, True, (Post(11, "press", "adviser", "none"),))
OPEN = Scene(state="open", presiding=BRUNO)
SPEAKS = dataclasses.replace(OPEN, voices=frozenset({AMINA}))
amina = Sitter("a", AMINA, "media", "remote")
bruno = Sitter("b", BRUNO, "media", "remote")
hall = Sitter("h", DANA, "hall", "hall")


@pytest.mark.parametrize(
    ("sitter", "standing", "now", "publish", "audible"),
    [
        (amina, MEMBER, OPEN, {"audio", "video"}, False),
        (amina, MEMBER, SPEAKS, {"audio", "video", "screen"}, True),
        (amina, MEMBER, dataclasses.replace(SPEAKS, silenced=True), {"audio", "video", "screen"}, False),
        (amina, MEMBER, dataclasses.replace(OPEN, speech="discussion"), {"audio", "video", "screen"}, True),
        (amina, MEMBER, dataclasses.replace(OPEN, state="suspended", speech="discussion"), {"audio", "video", "screen"}, False),
        (amina, MEMBER, dataclasses.replace(OPEN, state="closed"), {"audio", "video", "screen"}, True),
        (amina, MEMBER, dataclasses.replace(OPEN, delegations=frozenset({10})), {"audio", "video", "screen"}, True),
        (dataclasses.replace(amina, muted=True), MEMBER, SPEAKS, {"audio", "video", "screen"}, False),
        (dataclasses.replace(amina, in_corridor=True), MEMBER, SPEAKS, set(), False),
        (dataclasses.replace(amina, device="companion"), MEMBER, SPEAKS, set(), False),
        (dataclasses.replace(amina, mode="hall"), MEMBER, SPEAKS, set(), False),
        (dataclasses.replace(amina, person=None, device="screen"), None, SPEAKS, set(), False),
        (bruno, CHAIR, OPEN, {"audio", "video", "screen"}, True),
        (bruno, CHAIR, dataclasses.replace(OPEN, silenced=True), {"audio", "video", "screen"}, True),
        (bruno, CHAIR, dataclasses.replace(OPEN, state="suspended"), {"audio", "video", "screen"}, True),
        (Sitter("p", 4, "media", "remote"), PRESS, dataclasses.replace(OPEN, speech="discussion"), set(), False),
        (hall, SECRETARY, OPEN, {"audio", "video"}, False),
        (hall, SECRETARY, dataclasses.replace(OPEN, hall_speaks=True), {"audio", "video"}, True),
        (hall, SECRETARY, dataclasses.replace(OPEN, hall_speaks=True, silenced=True), {"audio", "video"}, False),
        (hall, MEMBER, dataclasses.replace(OPEN, hall_speaks=True), set(), False),
    ],
)  # fmt: skip
def test_a_seat_may_send_and_be_heard(sitter, standing, now, publish, audible) -> None:
    found = grant(sitter, standing, now)
    assert (found.publish, found.audible) == (publish, audible)


def test_a_chair_in_the_hall_is_heard_through_the_halls_line() -> None:
    assert grant(hall, SECRETARY, OPEN, chair_is_remote=False).audible


def test_a_microphone_opens_alone_only_when_called_and_agreed() -> None:
    agreed = dataclasses.replace(amina, opens_alone=True)
    assert [grant(one, MEMBER, now).opens for one in (amina, agreed) for now in (OPEN, SPEAKS)] == [
        False,
        False,
        False,
        True,
    ]


def test_the_scene_is_read_from_the_topics_and_a_paused_speech_is_no_voice() -> None:
    meeting = {"state": "open", "openness": "open", "speech": "rostrum", "screens": "one", "silenced": False}
    meeting["presiding"] = BRUNO
    speech = {"running_since": None, "mode": "remote", "speaker": AMINA, "delegation": 10}
    point = {"id": 5, "running_since": SINCE, "mode": "hall", "speaker": 9, "delegation": 12}
    found = scene(meeting, {"speaking": speech, "order": point})
    assert found == dataclasses.replace(OPEN, hall_speaks=True, spell="t5-1795424400000", spell_since=SINCE)
    running = scene(meeting, {"speaking": speech | {"id": 4, "running_since": SINCE}, "order": None})
    assert (running.voices, running.spell) == ({AMINA}, "t4-1795424400000")


ANNOUNCED = {"id": 8, "state": "announced", "since": LATER, "why": "", "gaps": 0}


def test_a_recording_is_read_with_the_answers_to_it_and_no_other() -> None:
    meeting = {
        "state": "open",
        "openness": "open",
        "speech": "rostrum",
        "screens": "one",
        "silenced": False,
        "presiding": BRUNO,
    }
    answers = {"recording": 8, "yes": [AMINA], "no": [DANA]}
    found = scene(meeting | {"recording": ANNOUNCED}, {}, answers)
    assert (found.recording, found.runs, found.agreed, found.listening) == (8, False, {AMINA}, {DANA})
    older = scene(meeting | {"recording": ANNOUNCED | {"state": "running"}}, {}, {**answers, "recording": 7})
    assert (older.runs, older.agreed, older.listening) == (True, frozenset(), frozenset())
    assert scene(meeting | {"recording": ANNOUNCED | {"state": "stopped"}}, {}, answers).recording is None


RECORDED = dataclasses.replace(SPEAKS, recording=8, runs=True, recording_since=SINCE, spell="t4-1", spell_since=LATER)
ALL = frozenset({AMINA, BRUNO, DANA})
TALK = dataclasses.replace(RECORDED, speech="discussion", voices=frozenset())
IN_HALL = dataclasses.replace(RECORDED, voices=frozenset(), hall_speaks=True)


@pytest.mark.parametrize(
    ("sitter", "standing", "now", "audible", "spell"),
    [
        (amina, MEMBER, RECORDED, False, ""),  # who joined late answers before they speak
        (amina, MEMBER, dataclasses.replace(RECORDED, agreed=ALL), True, "t4-1"),
        (amina, MEMBER, dataclasses.replace(RECORDED, listening=ALL), False, ""),
        (amina, MEMBER, dataclasses.replace(RECORDED, runs=False), True, ""),  # announced: nothing is written yet
        (amina, MEMBER, dataclasses.replace(RECORDED, runs=False, agreed=ALL), True, ""),
        (amina, MEMBER, dataclasses.replace(RECORDED, runs=False, listening=ALL), False, ""),
        (amina, MEMBER, dataclasses.replace(RECORDED, recording_since=LATER, spell_since=SINCE), True, ""),  # not cut off
        (amina, MEMBER, dataclasses.replace(RECORDED, recording_since=LATER, spell_since=SINCE, listening=ALL), False, ""),
        (amina, MEMBER, TALK, False, ""),
        (amina, MEMBER, dataclasses.replace(TALK, agreed=ALL), True, "open"),
        (amina, MEMBER, dataclasses.replace(RECORDED, agreed=ALL, state="suspended"), False, ""),
        (dataclasses.replace(amina, muted=True), MEMBER, dataclasses.replace(RECORDED, agreed=ALL), False, ""),
        (dataclasses.replace(amina, in_corridor=True), MEMBER, dataclasses.replace(RECORDED, agreed=ALL), False, ""),
        (bruno, CHAIR, RECORDED, True, ""),  # an officer announced it: the chair goes on, unwritten until they answer
        (bruno, CHAIR, dataclasses.replace(RECORDED, agreed=ALL), True, "open"),
        (bruno, CHAIR, dataclasses.replace(RECORDED, listening=ALL), False, ""),
        (hall, SECRETARY, IN_HALL, False, ""),
        (hall, SECRETARY, dataclasses.replace(IN_HALL, agreed=ALL), True, "t4-1"),
    ],
)  # fmt: skip
def test_only_who_agreed_is_written_down_and_who_did_not_is_not_heard(sitter, standing, now, audible, spell) -> None:
    found = grant(sitter, standing, now)
    assert (found.audible, found.spell) == (audible, spell)


def test_behind_closed_doors_only_who_is_let_in_is_present() -> None:
    both = Standing(AMINA, True, (*MEMBER.posts, Post(12, "ngo", "adviser", "none")), frozenset({"technician"}))
    place = Place(Seat(device="media", mode="remote"), "a", None, standing=both)
    assert [remote([place], openness) for openness in ("open", "restricted", "closed")] == [{10, 12}, {10}, {10}]


def test_everybody_is_told_what_they_answered() -> None:
    now = dataclasses.replace(RECORDED, agreed=frozenset({AMINA}), listening=frozenset({BRUNO}))
    companion = Sitter("c", DANA, "companion", "remote")
    rows = {amina: MEMBER, bruno: CHAIR, companion: SECRETARY}
    assert [grant(one, standing, now).recording for one, standing in rows.items()] == ["agreed", "listening", "asked"]
    assert grant(amina, MEMBER, SPEAKS).recording == ""


def test_the_node_is_told_whose_sound_to_write_and_only_while_it_runs() -> None:
    now = dataclasses.replace(RECORDED, agreed=ALL)
    grants = {
        one.seat: grant(one, standing, now) for one, standing in {amina: MEMBER, bruno: CHAIR, hall: SECRETARY}.items()
    }
    assert recorded(grants, now) == Recording("8", {"a": "t4-1", "b": "open"})
    assert recorded(grants, dataclasses.replace(now, runs=False)) is None
    assert recorded(grants, dataclasses.replace(now, state="suspended")) is None
    with pytest.raises(PlanError):
        room_plan(Cast(), epoch="e", version=1, floor=None, private=True, record=Recording("8"))


@pytest.mark.parametrize(
    ("now", "expected"), [(OPEN, "b"), (SPEAKS, "a"), (dataclasses.replace(OPEN, hall_speaks=True), "h")]
)
def test_the_first_picture_is_whoever_speaks_else_whoever_presides(now, expected) -> None:
    rows = {amina: MEMBER, bruno: CHAIR, hall: SECRETARY}
    grants = {one.seat: grant(one, standing, now) for one, standing in rows.items()}
    assert leading(rows, grants, now) == expected
    listeners = {one.seat: Listener(order=3, look=("x:camera",), heights=(360,), most="low") for one in rows}
    plan = room_plan(Cast(grants, listeners), epoch="e", version=4, floor=expected)
    assert plan.floor == expected and set(plan.seats) == {"a", "b", "h"}
    assert plan.seats["a"].audible is (now is SPEAKS) and plan.seats["a"].sizes == {"x:camera": 360}
    assert plan.seats["a"].most == "low"


def test_a_screen_is_forwarded_only_from_who_said_so_first() -> None:
    grants = {"a": grant(amina, MEMBER, SPEAKS), "b": grant(bruno, CHAIR, SPEAKS)}
    listeners = {"a": Listener(), "b": Listener()}
    plan = room_plan(Cast(grants, listeners, frozenset({"b"})), epoch="e", version=1, floor=None)
    assert plan.seats["a"].publish == {"audio", "video"}
    assert plan.seats["b"].publish == {"audio", "video", "screen"}
