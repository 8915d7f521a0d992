"""A recorded vote as people live it: asked of everybody at once, by keyboard and telephone, entered for the hall, and read out."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.e2e.access import everybody_can_use
from tests.e2e.conftest import running
from tests.e2e.people import PLENARY, Person, takes_the_chair, until
from tests.product import Product

Arrive = Callable[..., Person]
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
TEXT = "Draft resolution on climate finance, as orally revised"


@pytest.fixture
def product(seed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """One of its own for each try: the meeting is opened, and a vote is held."""
    yield from running(seed, tmp_path_factory.mktemp("own"))


@dataclass
class Voting:
    """Who takes part: Kenya at a desk and Joseph of Kenya, Chile by telephone, the chair's desk, an officer for the hall."""

    amina: Person
    joseph: Person
    lucia: Person
    bruno: Person
    hana: Person
    desk: Page

    @property
    def choices(self) -> dict[str, object]:
        """Amina's three choices."""
        return {one: self.amina.page.locator(f"#vote [data-choice={one}]") for one in ("yes", "no", "abstain")}


def gather(arrive: Arrive) -> Voting:
    amina, joseph, bruno, hana = (arrive(name) for name in ("amina", "joseph", "bruno", "hana"))
    lucia = arrive("lucia", **PHONE)
    desk = takes_the_chair(bruno)
    for person in (amina, joseph, lucia):
        person.join()
    hana.go(PLENARY + "hall/?device=companion")
    return Voting(amina, joseph, lucia, bruno, hana, desk)


def opens(voting: Voting) -> None:
    """The chair puts a text to the vote."""
    desk = voting.desk
    desk.locator("#open-vote").click()
    desk.locator("#put").fill(TEXT)
    desk.locator("dialog #symbol").fill("RCS/1/L.4")
    desk.get_by_role("button", name="Open the vote").click()
    desk.locator(".vote-desk", has_text="Vote open").wait_for()


def test_a_recorded_vote_from_its_opening_to_the_minutes(arrive: Arrive) -> None:
    voting = gather(arrive)
    opens(voting)
    everybody_is_told_and_asked(voting)
    kenya_votes_by_keyboard_and_changes_its_mind(voting)
    chile_votes_by_telephone_and_a_reload_forgets_nothing(voting)
    norway_votes_in_the_hall(voting)
    nothing_interrupts_it(voting)
    the_result_is_read_out(voting)
    the_minutes_name_everybody(voting, arrive)
    faults = [
        *voting.amina.faults,
        *voting.joseph.faults,
        *voting.lucia.faults,
        *voting.bruno.faults,
        *voting.hana.faults,
    ]
    assert faults == []


def everybody_is_told_and_asked(voting: Voting) -> None:
    voting.amina.is_told(f"A vote is open: RCS/1/L.4: {TEXT} Kenya has not voted.", urgent=True)
    voting.lucia.is_told("Chile has not voted.", urgent=True)
    voting.amina.sees("Kenya has not voted.", "#vote")
    home = voting.joseph.go("/s/reykjavik/", voting.joseph.tab())
    voting.joseph.sees("A vote is open: Kenya has not voted.", "main", home)
    everybody_can_use(home)
    home.close()
    for page in (voting.amina.page, voting.lucia.page, voting.desk):
        everybody_can_use(page)


def kenya_votes_by_keyboard_and_changes_its_mind(voting: Voting) -> None:
    amina, joseph = voting.amina, voting.joseph
    against = amina.page.locator("#vote [data-choice=no]")
    against.focus()
    amina.page.keyboard.press("Enter")
    amina.sees("Kenya: Against. Received by the secretariat at ", "#vote")
    assert re.search(r"Received by the secretariat at \d\d:\d\d:\d\d\.", amina.page.locator("#vote").inner_text())
    assert against.get_attribute("aria-pressed") == "true"
    amina.is_told("Kenya: Against. Received by the secretariat.")
    joseph.is_told("Kenya: Against. Received by the secretariat.")
    joseph.page.locator("#vote [data-choice=yes]").click()  # one delegation, one vote: the last word counts
    amina.sees("Kenya: In favour.", "#vote")
    assert against.get_attribute("aria-pressed") == "false"


def chile_votes_by_telephone_and_a_reload_forgets_nothing(voting: Voting) -> None:
    lucia = voting.lucia
    lucia.page.locator("#vote [data-choice=abstain]").tap()
    lucia.sees("Chile: Abstaining. Received by the secretariat at ", "#vote")
    assert lucia.page.evaluate("document.scrollingElement.scrollWidth") <= 390
    lucia.page.reload()
    lucia.sees("Chile: Abstaining. Received by the secretariat.", "#vote")


def norway_votes_in_the_hall(voting: Voting) -> None:
    row = voting.hana.page.locator(".hall-list li", has_text="Norway")
    row.get_by_role("button", name="Norway: In favour").click()
    until(
        lambda: row.get_by_role("button", name="Norway: In favour").get_attribute("aria-pressed") == "true", "entered"
    )
    everybody_can_use(voting.hana.page)
    voting.bruno.sees("3 of 6 delegations have voted.", ".vote-desk", voting.desk)


def nothing_interrupts_it(voting: Voting) -> None:
    desk = voting.desk
    desk.get_by_role("button", name="Suspend until").click()
    desk.locator("dialog").get_by_role("button", name="Suspend the meeting").click()
    voting.bruno.sees("A vote is open. Close it or withdraw it first.", "dialog, .announce", desk)
    desk.keyboard.press("Escape")


def the_result_is_read_out(voting: Voting) -> None:
    button = voting.desk.locator("#next-step")
    until(lambda: "Close the vote" in button.inner_text(), "the next step is to close the vote")
    button.click()
    for person in (voting.amina, voting.lucia):
        person.is_told("Adopted. In favour 2, against 0, abstaining 1, not voting ", urgent=True)
        person.sees("Adopted", "#vote h2")
    voting.amina.page.locator("#vote summary").click()
    voting.amina.sees("Kenya, Norway", "#vote .vote-roll")
    everybody_can_use(voting.amina.page)
    voting.amina.press("Put the result away")
    until(lambda: voting.amina.page.locator("#vote").count() == 0, "the result is put away")


def the_minutes_name_everybody(voting: Voting, arrive: Arrive) -> None:
    dana = arrive("dana")
    page = dana.go(PLENARY + "minutes/")

    def written() -> bool:
        page.reload()
        return "Adopted by a recorded vote" in page.inner_text("main")

    until(written, "the minutes tell the result")
    assert f"RCS/1/L.4, {TEXT}" in page.inner_text("main")
    table = page.locator("table", has_text="Abstaining")
    until(lambda: "Chile" in table.inner_text() and "Norway" in table.inner_text(), "and how each voted")
