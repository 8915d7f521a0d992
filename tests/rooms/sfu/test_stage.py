"""Who is in which slot."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from rooms.sfu.plan import RoomPlan, SeatPlan
from rooms.sfu.stage import Live, assign

NAMES = ("chair", "amina", "bruno", "chen", "dana", "eve")


def room(floor: str | None = None, **look: tuple[str, ...]) -> RoomPlan:
    seats = {name: SeatPlan(order=place, look=look.get(name, ())) for place, name in enumerate(NAMES)}
    return RoomPlan("e", 1, seats, floor=floor)


def mics(**loudness: float) -> list[Live]:
    return [Live(f"{seat}:mic", seat, "mic", level) for seat, level in loudness.items()]


def cameras(*seats: str) -> list[Live]:
    return [Live(f"{seat}:camera", seat, "camera") for seat in seats]


def slots(audio: int = 4, video: int = 6) -> dict[str, str | None]:
    return dict.fromkeys([*(f"a{n}" for n in range(audio)), *(f"v{n}" for n in range(video))])


def stage(
    plan: RoomPlan, seat: str, live: list[Live], held: dict[str, str | None] | None = None
) -> dict[str, str | None]:
    held = held or slots()
    audio = sum(mid.startswith("a") for mid in held)
    return assign(plan, seat, live, held, audio=audio, video=len(held) - audio)


def test_the_floor_is_in_the_first_slots() -> None:
    got = stage(room("chen"), "dana", cameras(*NAMES) + mics(chair=50, chen=10))
    assert (got["v0"], got["a0"]) == ("chen:camera", "chen:mic")
    assert got["v1"] == "chair:camera"


def test_nobody_receives_their_own_not_even_on_the_floor() -> None:
    got = stage(room("chen"), "chen", cameras(*NAMES) + mics(chen=90))
    assert not [source for source in got.values() if source and source.startswith("chen")]


def test_wishes_come_before_the_order_of_the_room() -> None:
    plan = room(dana=("eve:camera", "bruno:camera", "gone:camera"))
    got = stage(plan, "dana", cameras(*NAMES), slots(0, 3))
    assert [got["v0"], got["v1"], got["v2"]] == ["eve:camera", "bruno:camera", "chair:camera"]


def test_a_shared_screen_comes_before_faces() -> None:
    live = [*cameras(*NAMES), Live("eve:screen", "eve", "screen")]
    assert stage(room(), "dana", live, slots(0, 1))["v0"] == "eve:screen"


def test_the_last_of_four_audio_slots_is_kept_for_a_language() -> None:
    got = stage(room(), "dana", mics(chair=1, amina=2, bruno=3, chen=4, eve=5))
    assert got["a3"] is None
    assert {got["a0"], got["a1"], got["a2"]} == {"eve:mic", "chen:mic", "bruno:mic"}


def test_a_voice_already_heard_yields_only_to_a_clearly_louder_one() -> None:
    held = {**slots(3, 0), "a0": "amina:mic", "a1": "bruno:mic", "a2": "chen:mic"}
    level = {"amina": 50.0, "bruno": 50.0, "chen": 50.0}
    assert stage(room(), "dana", mics(**level, eve=55.0), held) == held
    got = stage(room(), "dana", mics(**level, eve=70.0), held)
    assert "eve:mic" in got.values()
    assert sum(got[mid] == held[mid] for mid in held) == 2, "the others do not move"


def test_the_floor_is_heard_however_quiet() -> None:
    got = stage(room("chair"), "dana", mics(chair=0, amina=90, bruno=90, chen=90, eve=90))
    assert got["a0"] == "chair:mic"


def test_who_may_not_receive_receives_nothing() -> None:
    plan = RoomPlan("e", 1, {"amina": SeatPlan(), "bruno": SeatPlan(receive=False)})
    assert set(stage(plan, "bruno", cameras("amina") + mics(amina=1)).values()) == {None}
    assert set(stage(plan, "stranger", cameras("amina")).values()) == {None}


def test_a_source_of_a_seat_the_plan_does_not_know_is_never_shown() -> None:
    assert set(stage(room(), "dana", cameras("stranger")).values()) == {None}


@given(
    st.sampled_from([None, *NAMES]),
    st.lists(st.sampled_from(NAMES), unique=True),
    st.lists(st.sampled_from(NAMES), unique=True),
    st.lists(st.tuples(st.sampled_from(NAMES), st.floats(0, 127)), unique_by=lambda pair: pair[0]),
)
def test_whoever_stays_keeps_the_slot_and_nobody_is_in_two(
    floor: str | None, before: list[str], after: list[str], loud: list[tuple[str, float]]
) -> None:
    first = stage(room(floor), "dana", cameras(*before))
    second = stage(room(floor), "dana", cameras(*after) + mics(**dict(loud)), first)
    filled = [source for source in second.values() if source]
    assert len(filled) == len(set(filled))
    for mid, source in first.items():
        if source in filled and mid != "v0":
            assert second[mid] == source
