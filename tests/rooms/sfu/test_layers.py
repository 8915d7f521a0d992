"""Which layer a listener gets: sizes, budgets and locks, as a table of cases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from rooms.sfu.layers import RANK, STILL_BITS, Layer, Rung, Wish, allowed, choose, cost, level
from rooms.sfu.plan import Limit

CAMERA: Mapping[Rung, Layer] = {
    "high": Layer(1_300_000, 720),
    "medium": Layer(450_000, 360),
    "low": Layer(120_000, 180),
}
SMALL: Mapping[Rung, Layer] = {"high": Layer(600_000, 360), "medium": Layer(200_000, 180), "low": Layer(60_000, 90)}
LONE: Mapping[Rung, Layer] = {"high": Layer(900_000, 540)}
SCREEN: Mapping[Rung, Layer] = {"high": Layer(1_000_000, 1080)}


def floor(**more: object) -> Wish:
    return replace(Wish("v0", CAMERA, 720, lead=True), **more)  # type: ignore[arg-type]


def tile(number: int, height: int | None = 180, layers: Mapping[Rung, Layer] = CAMERA, held: Rung = "none") -> Wish:
    return Wish(f"v{number}", layers, height, held=held)


def screen(number: int = 1, *, lead: bool = False) -> Wish:
    return Wish(f"v{number}", SCREEN, 900, lead=lead, screen=True)


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        (tile(1, 1080), "high"),
        (tile(1, 540), "high"),
        (tile(1, 480), "medium"),  # 360 is three quarters of it
        (tile(1, 240), "low"),
        (tile(1, 90), "low"),
        (tile(1, 0), "none"),  # a hidden page, a tile scrolled away
        (tile(1, None), "low"),  # the page has not said
        (floor(height=None), "high"),
        (tile(1, 240, SMALL), "medium"),  # the layers' own sizes count, not their names
        (tile(1, 90, SMALL), "low"),
        (tile(1, 90, LONE), "high"),  # one layer is what there is
        (tile(1, 720, {"low": Layer(100_000, 180)}), "low"),  # a weak uplink dropped the others
        (tile(1, 180, {"high": Layer(), "medium": Layer(), "low": Layer()}), "low"),  # nothing measured yet
        (tile(1, 500, {}), "none"),
        (screen(), "high"),
    ],
)
def test_without_a_budget_the_size_decides(wish: Wish, expected: Rung) -> None:
    assert choose([wish], None) == {wish.mid: expected}


@pytest.mark.parametrize(
    ("most", "wish", "expected"),
    [
        ("medium", floor(), "medium"),
        ("low", floor(), "low"),
        ("still", floor(), "still"),
        ("none", floor(), "none"),
        ("still", floor(height=0), "none"),
        ("medium", tile(1, 90), "low"),
        ("medium", tile(1, 500, LONE), "still"),  # 900 kbit/s is not what the listener allowed
        ("medium", tile(1, 500, {"high": Layer(300_000, 360)}), "high"),
        ("low", tile(1, 500, {"high": Layer(300_000, 360)}), "still"),
        ("low", tile(1, 500, {"high": Layer(90_000, 180)}), "high"),
    ],
)
def test_nothing_goes_above_the_listeners_own_lock(most: Rung, wish: Wish, expected: Rung) -> None:
    assert choose([wish], None, most) == {wish.mid: expected}


@pytest.mark.parametrize(
    ("budget", "expected"),
    [
        (10_000_000, ["high", "medium", "medium"]),
        (2_000_000, ["high", "medium", "low"]),  # the last tile first
        (1_800_000, ["high", "low", "low"]),
        (1_500_000, ["high", "low", "still"]),
        (1_420_000, ["high", "still", "still"]),
        (1_360_000, ["high", "still", "none"]),
        (1_310_000, ["high", "none", "none"]),  # the speaker only
        (500_000, ["medium", "none", "none"]),
        (200_000, ["low", "none", "none"]),
        (60_000, ["still", "none", "none"]),
        (40_000, ["none", "none", "none"]),
    ],
)
def test_the_floors_picture_degrades_last(budget: int, expected: list[Rung]) -> None:
    wishes = [floor(held="high"), tile(1, 360, held="high"), tile(2, 360, held="high")]
    assert list(choose(wishes, budget).values()) == expected


def test_what_the_speaker_shows_outlives_the_speakers_face_and_other_tiles() -> None:
    wishes = [screen(0, lead=True), replace(floor(), mid="v1"), tile(2)]
    wishes = [replace(wish, held="high") for wish in wishes]
    assert choose(wishes, 1_700_000) == {"v0": "high", "v1": "medium", "v2": "none"}
    assert choose(wishes, 1_100_000) == {"v0": "high", "v1": "still", "v2": "none"}
    assert choose(wishes, 500_000) == {"v0": "still", "v1": "still", "v2": "none"}


def test_another_seats_screen_gives_way_after_the_tiles_and_before_the_floor() -> None:
    wishes = [replace(wish, held="high") for wish in (floor(), screen(1), tile(2))]
    assert choose(wishes, 2_310_000) == {"v0": "high", "v1": "high", "v2": "none"}
    assert choose(wishes, 1_360_000) == {"v0": "high", "v1": "still", "v2": "none"}
    assert choose(wishes, 900_000) == {"v0": "medium", "v1": "still", "v2": "none"}


def test_a_step_up_needs_air_and_a_step_down_does_not_come_back_at_once() -> None:
    needed = 1_300_000
    assert choose([floor(held="medium")], needed + 10_000)["v0"] == "medium"
    assert choose([floor(held="high")], needed + 10_000)["v0"] == "high"
    assert choose([floor(held="medium")], needed * 2)["v0"] == "high"
    assert choose([floor(held="high")], needed - 10_000)["v0"] == "medium"


def test_a_smaller_budget_never_moves_anybody_up_and_is_always_kept() -> None:
    wishes = [
        replace(one, held="high") for one in (floor(), screen(1), tile(2, 360), tile(3, 90, SMALL), tile(4, 500, LONE))
    ]
    before = choose(wishes, 10_000_000)
    for budget in range(4_000_000, -1, -10_000):
        now = choose(wishes, budget)
        assert sum(cost(wish, now[wish.mid]) for wish in wishes) <= budget
        assert all(RANK[now[mid]] <= RANK[before[mid]] for mid in now)
        before = now
    assert set(before.values()) == {"none"}


def test_a_resting_picture_costs_a_fraction_of_the_lowest_layer() -> None:
    assert cost(tile(1), "still") == STILL_BITS < cost(tile(1), "low")


@pytest.mark.parametrize(
    ("limit", "budget", "word"),
    [
        ("high", None, "all"),
        ("high", 1_900_000, "smaller"),
        ("high", 450_000, "speaker"),
        ("high", 60_000, "still"),
        ("high", 10_000, "none"),
        ("low", None, "smaller"),
        ("speaker", None, "speaker"),
        ("still", None, "still"),
        ("none", None, "none"),
    ],
)
def test_what_comes_is_one_word(limit: Limit, budget: int | None, word: str) -> None:
    wishes = [floor(), tile(1, 400), tile(2, 400)]
    left, most = allowed(wishes, limit)
    assert level(wishes, choose(wishes, None), choose(left, budget, most)) == word


def test_where_nobody_has_the_floor_the_speaker_is_whoever_comes_first() -> None:
    left, most = allowed([tile(1), tile(2)], "speaker")
    assert choose(left, None, most) == {"v1": "low", "v2": "none"}
