"""Lines in a real room: what the media node counts becomes words for whom it concerns, and a list for the desks."""

from __future__ import annotations

import time
from typing import Any

import pytest

from rooms.house import house
from rooms.media import Counters

pytestmark = pytest.mark.django_db(transaction=True)

FINE = {
    "up_loss": 0, "up_jitter": 4, "down_loss": 0, "down_jitter": 5, "rtt": 30, "frozen": 0, "concealed": 0, "strained": False,
}  # fmt: skip


async def key_of(page: Any) -> str:
    return str((await page.hear("welcome"))["seat"])


def count(seat: str, times: int = 2, *, up: float = 0.0, down: float = 0.0) -> None:
    """The media node says how a seat's packets fare, in per cent lost."""
    says = house()._media_says
    for _ in range(times):
        says(Counters("room", seat, 60, up, 800, down, 40))


async def test_a_weak_line_is_told_to_its_owner_and_to_the_desks_and_to_nobody_else(opened) -> None:
    amina, lucia = await opened.sit(opened.cast.amina), await opened.sit(opened.cast.lucia)
    key = await key_of(amina)
    await amina.do("source", room="meeting", kind="camera", on=True)
    count(key, 1, up=8.0)
    assert (await amina.hear("line"))["verdict"]["what"] == "good", "one bad moment"
    count(key, 1, up=8.0)
    said = await amina.until(lambda: [m for m in amina.heard if m["type"] == "line"][1:])
    assert said[0]["verdict"] == {"whose": "mine", "what": "up", "action": "camera"}
    desk = opened.bruno
    await desk.until(lambda: desk.topics.get("lines", {}).get("lines"))
    row = desk.topics["lines"]["lines"][0]
    assert (row["seat"], row["what"], row["weight"]) == (key, "up", 1)
    assert (row["up"], row["down"], row["rtt"], row["out"], row["in"]) == (8, 0, 40, 60, 800)
    assert "lines" not in amina.topics and "lines" not in lucia.topics


async def test_the_worst_line_stands_first_and_of_equals_the_longest(opened) -> None:
    cast, desk = opened.cast, opened.bruno
    amina, lucia, chen = [await opened.sit(person) for person in (cast.amina, cast.lucia, cast.chen)]
    await opened.sit(cast.dana)  # most lines are good: it is not the server
    keys = [await key_of(page) for page in (amina, lucia, chen)]

    def listed() -> list[str]:
        return [row["seat"] for row in desk.topics.get("lines", {}).get("lines", [])]

    for number, loss in ((0, 8.0), (1, 8.0), (2, 40.0)):
        count(keys[number], down=loss)
        await desk.until(lambda number=number: keys[number] in listed())
    weights = [row["weight"] for row in desk.topics["lines"]["lines"]]
    assert weights[0] > weights[1] == weights[2]
    assert listed() == [keys[2], keys[0], keys[1]]


async def test_a_page_says_what_it_sees_and_a_slip_closes_its_socket(opened) -> None:
    amina = await opened.sit(opened.cast.amina)
    key = await key_of(amina)
    await amina.send({"type": "line.seen", **FINE, "rtt": 900})
    await amina.do("microphone.consent", open=False)  # it was heard
    count(key)
    await amina.until(lambda: any(m["type"] == "line" and m["verdict"]["what"] == "late" for m in amina.heard))
    await amina.send({"type": "line.seen", **FINE, "up_loss": 1001})
    await amina.gone(4400)


async def test_most_lines_bad_at_once_are_the_conferences_fault(opened) -> None:
    cast = opened.cast
    pages = [await opened.sit(person) for person in (cast.amina, cast.lucia, cast.chen)] + [opened.bruno]
    for page in pages:
        count(await key_of(page), 1, down=20.0)
    keeper = next(iter(house().seats.values()))[0]
    keeper.lines.look(time.monotonic())
    for page in pages:
        count(await key_of(page), 2, down=20.0)
    await pages[0].until(lambda: any(m["type"] == "line" and m["verdict"]["whose"] == "server" for m in pages[0].heard))


async def test_a_speaker_who_cannot_be_understood_is_not_the_listeners_fault(opened) -> None:
    amina, lucia = await opened.sit(opened.cast.amina), await opened.sit(opened.cast.lucia)
    turn = (await amina.do("hand.raise"))["turn"]
    await opened.bruno.do("floor.give", turn=turn)
    await amina.hear("rights", audible=True)
    keeper = next(iter(house().seats.values()))[0]
    speaker, listener = await key_of(amina), await key_of(lucia)
    await lucia.until(lambda: keeper.lead == speaker)
    count(speaker, up=20.0)
    await lucia.send({"type": "line.seen", **FINE, "concealed": 300})
    await lucia.do("microphone.consent", open=False)
    count(listener)
    await lucia.until(lambda: any(m["type"] == "line" and m["verdict"]["whose"] == "theirs" for m in lucia.heard))


async def test_the_help_desk_writes_first_and_offers_low_data_once_a_minute(opened) -> None:
    cast = opened.cast
    dana, amina = await opened.sit(cast.dana), await opened.sit(cast.amina)
    await dana.do("help.reach", person=cast.amina.pk, offer="low_data")
    assert (await amina.hear("help.reached"))["offer"] == "low_data"
    assert (await dana.ask("help.reach", person=cast.amina.pk, offer="low_data"))["code"] == "help.just_asked"
    await dana.do("help.reach", person=cast.amina.pk, text="Can you use a cable?")
    assert (await amina.hear("help.reached", offer=""))["text"] == "Can you use a cable?"
    calls = dana.topics["help"]["calls"]
    assert [(call["obstacle"], call["answered_by"]) for call in calls] == [
        ("reach.word", cast.dana.pk), ("reach.low_data", cast.dana.pk),
    ]  # fmt: skip
    for page, person, fields, code in (
        (amina, cast.dana, {"text": "?"}, "help.not_yours"),
        (dana, cast.lucia, {"text": "?"}, "help.not_here"),
        (dana, cast.amina, {"text": " "}, "help.empty"),
    ):
        assert (await page.ask("help.reach", person=person.pk, **fields))["code"] == code
    assert not [m for m in opened.bruno.heard if m["type"] == "help.reached"]


async def test_a_voice_is_graded_by_its_page_and_the_desks_hear_of_it(opened) -> None:
    amina, lucia, desk = await opened.sit(opened.cast.amina), await opened.sit(opened.cast.lucia), opened.bruno
    key = await key_of(amina)
    await amina.send({"type": "sound.grade", "grade": "green", "why": "good", "bandwidth": 16_000})

    def sounds() -> list[tuple[str, str, str]]:
        return [(one["seat"], one["grade"], one["why"]) for one in desk.topics.get("lines", {}).get("sounds", [])]

    await desk.until(lambda: sounds() == [(key, "green", "good")])
    count(key, up=20.0)
    await desk.until(lambda: sounds() == [(key, "red", "lost")])  # the best microphone, and words are lost all the same
    await amina.send({"type": "sound.grade", "grade": "", "why": ""})
    await desk.until(lambda: sounds() == [])
    assert "lines" not in lucia.topics
    await amina.send({"type": "sound.grade", "grade": "red", "why": ""})
    await amina.gone(4400)
