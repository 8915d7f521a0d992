"""Who of many is heard: three by loudness, as people really talk. Levels in dB below full scale, as RFC 6464 sends them."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from rooms.sfu.inbound import Track
from rooms.sfu.plan import RoomPlan, SeatPlan
from rooms.sfu.stage import Live, assign

PACKETS = 50  # a second
LOOKS = 4  # a second
TALK, SHOUT, COUGH, NOISE = 25, 12, 15, 65
Stretch = tuple[float, dict[str, int]]  # seconds, and the level of each; who is not named is only noise
THREE = {"amina": TALK, "bruno": TALK, "chen": TALK}
NAMES = (*THREE, "dana", "eve")


class Discussion:
    """Five open microphones, one listener with three slots for voices and one for a language."""

    def __init__(self, floor: str | None = None) -> None:
        self.plan = RoomPlan(
            "e", 1, {name: SeatPlan(order=at) for at, name in enumerate((*NAMES, "listener"))}, floor=floor
        )
        self.tracks = {name: Track(at, is_video=False, clock=48_000) for at, name in enumerate(NAMES)}
        self.slots: dict[str, str | None] = dict.fromkeys(("a0", "a1", "a2", "a3"))
        self.changes: list[tuple[float, str]] = []  # when, and who is heard from then on
        self.at = 0

    def play(self, stretches: Iterable[Stretch]) -> None:
        for seconds, levels in stretches:
            for _ in range(round(seconds * PACKETS)):
                self.at += 1
                for name, track in self.tracks.items():
                    track.hear(127 - levels.get(name, NOISE))
                if self.at % (PACKETS // LOOKS) == 0:
                    self._look()

    def _look(self) -> None:
        live = [Live(f"{name}:mic", name, "mic", track.loudness) for name, track in self.tracks.items()]
        before, self.slots = self.slots, assign(self.plan, "listener", live, self.slots, audio=4, video=0)
        fresh = {one for one in self.slots.values() if one} - {one for one in before.values() if one}
        self.changes += [(self.at / PACKETS, one.removesuffix(":mic")) for one in sorted(fresh)]

    @property
    def heard(self) -> set[str]:
        return {one.removesuffix(":mic") for one in self.slots.values() if one}


@pytest.mark.parametrize(
    ("name", "stretches", "joins", "within"),
    [
        ("three talk and two listen", [(5, THREE)], [], 0),
        ("a cough", [(0.2, {**THREE, "dana": COUGH}), (3, THREE)], [], 0),
        ("a cough while everybody takes a breath", [(0.5, {}), (0.2, {"dana": COUGH}), (3, THREE)], [], 0),
        ("a door slams far away", [(0.1, {**THREE, "dana": 1}), (3, THREE)], [], 0),
        ("four talk all the time", [(5, {**THREE, "dana": TALK})], [], 0),
        ("the fourth is a little louder", [(5, {**THREE, "dana": TALK - 6})], [], 0),
        ("the fourth is clearly louder", [(2, {**THREE, "dana": SHOUT})], ["dana"], 2.0),
        ("one has stopped, another begins", [(2, {"amina": TALK, "bruno": TALK}), (1, {**THREE, "chen": NOISE, "dana": TALK})], ["dana"], 2.5),
        ("everybody has stopped, one answers", [(3, {}), (1, {"eve": TALK})], ["eve"], 3.5),
        ("question and answer", [(2, {"amina": TALK}), (2, {"bruno": TALK}), (2, {"amina": TALK})], [], 0),
    ],
)  # fmt: skip
def test_who_is_heard_of_five_open_microphones(
    name: str, stretches: list[Stretch], joins: list[str], within: float
) -> None:
    room = Discussion()
    room.play([(3, THREE)])
    assert room.heard == set(THREE)
    room.changes, began = [], room.at / PACKETS
    room.play(stretches)
    assert [who for _at, who in room.changes] == joins, name
    assert all(at - began <= within for at, _who in room.changes), (name, room.changes)


def test_whoever_has_the_floor_is_heard_however_loud_the_others_are() -> None:
    room = Discussion(floor="eve")
    room.play([(3, dict.fromkeys(THREE, SHOUT) | {"dana": SHOUT})])
    assert room.slots["a0"] == "eve:mic" and len(room.heard) == 3
    room.play([(5, dict.fromkeys(THREE, SHOUT) | {"dana": SHOUT, "eve": 90})])
    assert room.slots["a0"] == "eve:mic"


def test_the_place_of_a_language_stays_free_whoever_shouts() -> None:
    room = Discussion()
    room.play([(3, dict.fromkeys(NAMES, SHOUT))])
    assert room.slots["a3"] is None
