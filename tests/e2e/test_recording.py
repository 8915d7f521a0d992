"""The recording of a meeting as people live it: announced, asked, spoken, suspended, and played beside the minutes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import running
from tests.e2e.people import PLENARY, Person, until
from tests.product import Product

BANNER = "#recording"
PLAY = """async (audio) => {
  audio.load()
  await new Promise((resolve, reject) => { audio.onloadedmetadata = resolve; audio.onerror = () => reject(audio.error.message) })
  audio.muted = true
  await audio.play()
  await new Promise((resolve) => { audio.ontimeupdate = () => audio.currentTime > 0.2 && resolve() })
  return audio.duration
}"""


# Keeps every tone that a page plays.
TONES = """(() => {
  const start = OscillatorNode.prototype.start
  window.tones = []
  OscillatorNode.prototype.start = function (...all) { window.tones.push(this); return start.apply(this, all) }
})()"""


@pytest.fixture
def product(seed: Path, tmp_path: Path) -> Iterator[Product]:
    """One of its own: its meeting is opened and recorded; a second try begins with a new one."""
    yield from running(seed, tmp_path)


def test_a_recorded_meeting_from_the_announcement_to_the_player(arrive: Callable[..., Person]) -> None:
    bruno, amina, lucia = arrive("bruno"), arrive("amina", TONES), arrive("lucia")
    bruno.join()
    desk = bruno.go(PLENARY + "desk/?device=companion", bruno.tab())
    desk.get_by_role("button", name="Open the meeting").click()
    amina.join()
    desk.get_by_role("button", name="Take Item 3(b)").click()
    amina.press("Ask for the floor")
    amina.reads("next on the list")

    desk.locator("#record").click()
    for person, page in ((bruno, bruno.page), (bruno, desk), (amina, amina.page)):
        person.sees("The sound of the floor is being recorded.", BANNER, page)
    amina.sees("Corridors are never recorded.", BANNER)
    until(lambda: amina.page.evaluate("window.tones.map((one) => [one.context.state, one.frequency.value])")
          == [["running", 660], ["running", 880]], "Amina hears that it begins")  # fmt: skip
    bruno.sees("have not answered", ".desk-house", desk)

    lucia.go(PLENARY + "lobby/")  # who joins late is told before, and asked inside
    lucia.sees("You are asked inside", BANNER)
    lucia.join()
    lucia.sees("you are heard once you have agreed", BANNER)
    lucia.page.locator(f"{BANNER} [data-consents=false]").click()
    lucia.sees("You only listen", BANNER)

    desk.locator("#next-step").click()  # the floor goes to Kenya, which has not answered
    amina.sees("Microphone", ".controls")
    assert amina.page.locator("#mic").get_attribute("data-reason") != "rules"
    amina.page.locator(f"{BANNER} [data-consents=true]").click()
    amina.sees("You agreed to be recorded", BANNER)
    amina.reads("You have the floor. Press to speak.")
    amina.press("Speak")
    amina.reads("The room hears you")
    lucia.hears()
    amina.page.wait_for_timeout(2000)
    desk.get_by_role("button", name="Suspend until").click()
    desk.locator("dialog .button--primary").click()
    until(lambda: amina.page.locator(BANNER).count() == 0, "the suspension ends the recording")

    dana = arrive("dana")
    written = dana.go(PLENARY + "minutes/desk/")
    parts: list[int] = []
    written.on("response", lambda answer: "/minutes/sound/" in answer.url and parts.append(answer.status))
    player = written.locator(".sound audio").first
    until(player.count, "the speech has its sound", 90)
    assert player.evaluate(PLAY) > 1
    assert set(parts) <= {200, 206} and 206 in parts
    dana.sees("Amina", ".sound")
