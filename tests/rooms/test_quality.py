"""How a line is judged, by table, and when what is told of it changes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rooms.media import Counters, Routes
from rooms.quality import AWAY, BLOCKED, GOOD, Figures, Reading, Seen, Steady, Verdict, judge

FINE = Figures(Seen(0.0, 5, 0.01, 8, 40), up_loss=0.0, down_loss=0.0, rtt=45)
UP, DOWN = Verdict("mine", "up", "cable", 1), Verdict("mine", "down", "low_data", 1)


def with_seen(**more: object) -> Figures:
    return replace(FINE, seen=replace(FINE.seen, **more))


@pytest.mark.parametrize(
    ("name", "figures", "others", "verdict"),
    [
        ("nothing is known", Figures(), {}, GOOD),
        ("a good line", FINE, {}, GOOD),
        ("below what Opus hides", replace(FINE, up_loss=0.029), {}, GOOD),
        ("words are lost on the way out", replace(FINE, up_loss=0.05), {}, UP),
        ("many are", replace(FINE, up_loss=0.2), {}, replace(UP, weight=2)),
        ("with the camera on", replace(FINE, up_loss=0.05, camera=True), {}, replace(UP, action="camera")),
        ("the page hears it from its browser first", with_seen(up_loss=0.08), {}, UP),
        ("on the way in", with_seen(down_loss=0.06), {}, DOWN),
        ("low data already", replace(with_seen(down_loss=0.06), most="low"), {}, replace(DOWN, action="cable")),
        ("the page mended what the node misses", replace(with_seen(down_loss=0.0), down_loss=0.2), {}, GOOD),
        ("the page does not say", replace(FINE, seen=Seen(), down_loss=0.2), {}, replace(DOWN, weight=2)),
        ("the worse of both ways", replace(with_seen(down_loss=0.3), up_loss=0.05), {}, replace(DOWN, weight=2)),
        ("equally bad: what others suffer from", replace(with_seen(down_loss=0.05), up_loss=0.05), {}, UP),
        ("a long way", replace(FINE, rtt=500), {}, Verdict("mine", "late", "vpn", 1)),
        ("too long to talk", with_seen(rtt=900), {}, Verdict("mine", "late", "vpn", 2)),
        ("uneven", with_seen(down_jitter=80), {}, Verdict("mine", "uneven", "cable", 1)),
        ("came too late to be played", with_seen(concealed=0.3), {}, Verdict("mine", "uneven", "cable", 2)),
        ("a picture stood still for a moment", with_seen(frozen=900), {}, GOOD),
        ("a picture rests by itself", with_seen(frozen=4000), {}, GOOD),
        ("no pictures fit", replace(FINE, pictures="still", by="line"), {}, Verdict("mine", "narrow", "low_data", 1)),
        ("smaller pictures trouble nobody", replace(FINE, pictures="smaller", by="line"), {}, GOOD),
        ("no pictures, as they wished", replace(FINE, pictures="none", by="limit"), {}, GOOD),
        ("a slow computer", with_seen(strained=True), {}, Verdict("mine", "busy", "programs", 1)),
        (
            "the speaker is the one who is broken", with_seen(concealed=0.15), {"speaker_fails": True},
            Verdict("theirs", "speaker", "wait", 1),
        ),
        ("the speaker's picture freezes", with_seen(frozen=3000), {"speaker_fails": True}, Verdict("theirs", "speaker", "wait", 1)),
        ("mine is worse than the speaker's", with_seen(down_loss=0.2, concealed=0.3), {"speaker_fails": True}, replace(DOWN, weight=2)),
        ("nothing to hear of it", FINE, {"speaker_fails": True}, GOOD),
        ("everybody has it", replace(FINE, up_loss=0.05), {"everybody": True}, Verdict("server", "server", "wait", 1)),
        ("everybody but this one", FINE, {"everybody": True}, GOOD),
        ("my computer is mine", with_seen(strained=True), {"everybody": True}, Verdict("mine", "busy", "programs", 1)),
    ],
)  # fmt: skip
def test_a_line_is_judged_by_the_worst_of_it(
    name: str, figures: Figures, others: dict[str, bool], verdict: Verdict
) -> None:
    assert judge(figures, **others) == verdict, name


def told(*readings: tuple[float, Verdict]) -> list[tuple[float, str]]:
    """When something else was told, and what."""
    steady = Steady()
    return [(at, steady.told.what) for at, fresh in readings if steady.take(fresh, at)]


@pytest.mark.parametrize(
    ("name", "readings", "said"),
    [
        ("one bad moment", [(0, GOOD), (3, UP), (6, GOOD), (9, UP), (12, GOOD)], []),
        ("it lasts", [(0, UP), (3, UP), (6, UP), (9, UP)], [(3, "up")]),
        ("now this, now that", [(0, UP), (3, DOWN), (6, UP)], [(3, "down")]),
        ("better at once is not believed", [(0, UP), (3, UP), (6, GOOD), (9, GOOD), (18, GOOD)], [(3, "up")]),
        (
            "good for long enough", [(0, UP), (3, UP), (6, GOOD), (12, GOOD), (21, GOOD), (24, GOOD)],
            [(3, "up"), (21, "good")],
        ),
        (
            "on the edge: told once", [(0, UP), (3, UP), (6, GOOD), (15, GOOD), (18, UP), (21, GOOD), (30, GOOD)],
            [(3, "up")],
        ),
        ("it gets heavier without another word", [(0, UP), (3, UP), (6, replace(UP, weight=2))], [(3, "up")]),
        (
            "something worse comes on top", [(0, UP), (3, UP), (6, replace(DOWN, weight=2)), (9, replace(DOWN, weight=2))],
            [(3, "up"), (9, "down")],
        ),
        ("a lost line is told at once, and so is its return", [(0, AWAY), (5, GOOD), (10, BLOCKED), (15, GOOD)],
         [(0, "away"), (5, "good"), (10, "blocked"), (15, "good")]),
    ],
)  # fmt: skip
def test_what_is_told_changes_soon_for_the_worse_and_late_for_the_better(
    name: str, readings: list[tuple[float, Verdict]], said: list[tuple[float, str]]
) -> None:
    assert told(*readings) == said, name


def test_what_would_help_follows_what_was_done_about_it() -> None:
    steady = Steady()
    for at in (0, 3):
        steady.take(replace(UP, action="camera"), at)
    assert not steady.take(UP, 6)
    assert (steady.told.action, steady.told.what) == ("cable", "up")


def counted(**more: object) -> Counters:
    return replace(Counters("room", "seat", 64, 0.0, 900, 0.0, 40), **more)


def test_figures_are_of_both_ends_and_old_ones_say_nothing() -> None:
    reading = Reading(since=0.0)
    reading.seen(Seen(down_loss=0.2, rtt=300), 1.0)
    reading.counted(counted(up_loss=5.0, rtt_ms=350), 2.0)
    reading.routed(Routes("room", "seat", {}, {}, "still", "line"))
    found = reading.figures(3.0, camera=True, most="high")
    assert (found.sending, found.receiving, found.delay, found.pictures, found.camera) == (
        0.05,
        0.2,
        350,
        "still",
        True,
    )
    assert reading.is_measured(3.0)
    old = reading.figures(18.0, camera=False, most="high")
    assert (old.sending, old.receiving, old.delay) == (0.0, 0.0, 0)
    assert not reading.is_measured(18.0)


@pytest.mark.parametrize(
    ("name", "clock", "node_since", "is_open", "unheard"),
    [
        ("just sat down", 15.0, 0.0, None, False),
        ("never had a connection", 25.0, 0.0, None, True),
        ("it tries, and nothing opens", 25.0, 0.0, False, True),
        ("connected a moment ago", 25.0, 0.0, True, False),
        ("the node has just come back", 25.0, 20.0, None, False),
    ],
)
def test_a_seat_without_media_is_missed_after_a_while(
    name: str, clock: float, node_since: float, is_open: bool | None, unheard: bool
) -> None:
    reading = Reading(since=1.0)
    if is_open is not None:
        reading.counted(counted(is_open=is_open), 20.0)
    assert reading.is_unheard(clock, node_since) is unheard, name
