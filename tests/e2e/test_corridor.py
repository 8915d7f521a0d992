"""A corridor entered from its own page, between meetings: knock, come in, see and hear each other, lock, leave."""

from __future__ import annotations

from collections.abc import Callable

from tests.e2e.people import Person, until

Arrive = Callable[..., Person]
PAGE = "/s/reykjavik/corridors/"


def test_two_people_meet_in_a_corridor_and_a_third_finds_it_locked(arrive: Arrive) -> None:
    amina, lucia, bruno = arrive("amina"), arrive("lucia"), arrive("bruno")
    for person in (amina, lucia, bruno):
        person.go(PAGE)
        person.sees("Tables and corners")
    address = amina.page.url
    amina.page.locator("#topic").fill("Paragraph 14")
    amina.press("Open a corner")
    amina.sees("You are alone here.")
    amina.page.locator("#camera").click()
    until(
        lambda: amina.page.evaluate("document.querySelector('.tile--mine video')?.videoWidth > 0"), "Amina sees herself"
    )
    lucia.sees("Paragraph 14", ".corners")
    lucia.press("Knock: Paragraph 14")
    lucia.page.locator("#line").fill("Two minutes?")
    lucia.page.locator("dialog").get_by_role("button", name="Knock").click()
    amina.sees("Two minutes?", ".knock")
    amina.press("In five minutes")
    lucia.sees("In five minutes, they say.", ".knock")
    lucia.page.locator(".knock").get_by_role("button", name="Close").click()
    lucia.press("Knock: Paragraph 14")
    lucia.page.locator("dialog").get_by_role("button", name="Knock").click()
    amina.press("Come in")
    lucia.press("Go in")
    for person in (amina, lucia):
        until(lambda person=person: person.page.locator(".tile").count() == 2, "two tiles")
    lucia.page.locator("#camera").click()
    for person in (amina, lucia):
        person.watches()
    amina.page.locator("#mic").click()
    lucia.hears()
    amina.page.locator("#lock-corridor").click()
    bruno.sees("locked", ".corners")
    bruno.page.get_by_role("button", name="Locked").click(force=True)  # it stays pressable to say why
    bruno.sees("The people inside have locked this corner.")
    assert amina.page.url == address == lucia.page.url.replace("//lucia.", "//amina.")  # no corridor has an address
    amina.page.locator("#leave-corridor").click()
    amina.sees("Open to talk", "h2")
    until(lambda: amina.flow()["connected"] == 0, "outside nothing is sent")
    assert "You are not in a corridor." not in amina.page.inner_text("body")
    lucia.page.locator("#leave-corridor").click()
    bruno.sees("No corner is open.")
