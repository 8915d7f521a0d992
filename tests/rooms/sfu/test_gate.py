"""The queue before a node: who is let in when, and what the others are told."""

from __future__ import annotations

from typing import Any

from rooms.sfu import limits
from rooms.sfu.gate import AT_ONCE, FLOOR, HEAR, HURRIED, HURRY, LONGEST, SEND, SHORTEST, Direction, Event, Gate, Ticket

RANKS = {"floor": FLOOR, "hear": HEAR, "send": SEND}


class Scene:
    """A gate with a clock of its own. `connected` in order; `told` what each was told."""

    def __init__(self, *, age: float = HURRY) -> None:
        self.gate, self.now, self.spent = Gate(100.0 - age), 100.0, 0.0
        self.connected: list[str] = []
        self.told: dict[object, list[Event]] = {}

    def ask(self, seat: str, rank: int = HEAR, *, number: object = None, refused: bool = False) -> Event:
        number = number or seat
        direction: Direction = "publish" if rank == SEND else "receive"

        def connect() -> Event:
            self.connected.append(seat)
            return {"re": number, "refused": "no_seat"} if refused else {"re": number, "sdp": "…"}

        told = self.told.setdefault(number, [])
        return self.gate.enter(
            Ticket(("room", seat, direction), number, rank, connect, told.append), self.now, self.spent
        )

    def crowd(self, many: int, rank: int = HEAR) -> list[Event]:
        return [self.ask(f"{rank}-{number}", rank) for number in range(many)]

    def serve(self, seconds: float, *, busy: float = 0.0, every: float = 0.001) -> None:
        for _ in range(round(seconds / every)):
            self.now += every
            self.spent += every * busy
            self.gate.serve(self.now, self.spent)

    def last(self, number: object) -> Any:
        return self.told[number][-1]


def test_a_small_meeting_never_sees_a_queue() -> None:
    scene = Scene()
    assert [set(reply) for reply in scene.crowd(AT_ONCE)] == [{"re", "sdp"}] * AT_ONCE


def test_the_others_are_told_their_place_and_their_turn_comes() -> None:
    scene = Scene()
    replies = scene.crowd(AT_ONCE + 101)[AT_ONCE + 1 :]
    assert [reply["place"] for reply in replies] == list(range(1, 101))
    assert replies[-1]["wait"] == round(100 * SHORTEST, 1)
    scene.serve(0.5)
    assert 30 < len(scene.connected) - AT_ONCE < 70
    scene.serve(1.0)
    assert len(scene.connected) == AT_ONCE + 101 and not len(scene.gate)
    assert scene.connected == [f"{HEAR}-{number}" for number in range(AT_ONCE + 101)], "in order of arrival"
    assert scene.last(f"{HEAR}-{AT_ONCE + 100}")["sdp"]


def test_places_are_told_again_every_second() -> None:
    scene = Scene()
    scene.crowd(500)
    scene.serve(3.0)
    places = [told["place"] for told in scene.told[f"{HEAR}-499"] if "place" in told]
    assert len(places) == 3 and places == sorted(places, reverse=True)
    assert places[0] - places[1] > 50


def test_the_floor_comes_first_and_hearing_before_sending() -> None:
    scene = Scene()
    scene.crowd(AT_ONCE + 1)
    scene.connected.clear()
    for who in ("send", "hear", "floor"):
        scene.ask(who, RANKS[who])
    scene.serve(1.0)
    assert scene.connected == ["floor", "hear", "send"]


def test_who_asks_again_keeps_the_place_and_the_first_request_is_answered() -> None:
    scene = Scene()
    scene.crowd(AT_ONCE + 1)
    scene.ask("amina", number="first")
    scene.ask("bruno")
    assert scene.ask("amina", number="second")["place"] == 1
    assert scene.last("first")["refused"] == "replaced"
    scene.serve(1.0)
    assert scene.connected[-2:] == ["amina", "bruno"]
    assert scene.last("second")["sdp"]


def test_a_full_core_lets_in_fewer() -> None:
    def let_in(busy: float) -> int:
        scene = Scene()
        scene.crowd(limits.WAITING)
        scene.serve(1.0, busy=busy)
        before = len(scene.connected)
        scene.serve(4.0, busy=busy)
        return (len(scene.connected) - before) // 4

    assert let_in(0.0) > 100
    assert 18 <= let_in(1.0) <= 1 / LONGEST + 1


def test_a_node_that_has_just_started_hurries_for_a_while() -> None:
    scene = Scene(age=1.0)
    scene.crowd(limits.WAITING)
    scene.serve(1.0, busy=1.0)
    before = len(scene.connected)
    scene.serve(4.0, busy=1.0)
    assert 4 / HURRIED - 5 <= len(scene.connected) - before <= 4 / HURRIED + 1
    scene.serve(HURRY - 5, busy=1.0)
    before = len(scene.connected)
    scene.serve(2.0, busy=1.0)
    assert len(scene.connected) - before <= 2 / LONGEST + 1


def test_a_node_that_comes_late_makes_nothing_up() -> None:
    scene = Scene()
    scene.crowd(200)
    before = len(scene.connected)
    scene.serve(4.0, every=0.4)  # something held it up, again and again
    assert len(scene.connected) - before <= 10


def test_a_refusal_costs_nobody_time_and_who_left_does_not_wait() -> None:
    scene = Scene()
    scene.crowd(AT_ONCE + 1)
    for number in range(50):
        scene.ask(f"gone-{number}", refused=True)
    scene.ask("amina")
    scene.ask("bruno")
    scene.gate.forget("room", "bruno")
    assert scene.last("bruno")["refused"] == "no_seat"
    scene.serve(AT_ONCE * SHORTEST + 3 * SHORTEST)
    assert scene.connected[-1] == "amina"


def test_a_queue_without_end_is_refused() -> None:
    scene = Scene()
    replies = scene.crowd(AT_ONCE + limits.WAITING + 2)
    assert replies[-1]["refused"] == "full"
    assert len(scene.gate) == limits.WAITING
