"""A day in the corridors, between meetings: found by intent, a word, a knock, a table on the floor plan, the rostrum."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from playwright.sync_api import Page

from tests.e2e.access import everybody_can_use
from tests.e2e.people import LISTENING, PLENARY, Person, standing, until

Arrive = Callable[..., Person]
PAGE = "/s/reykjavik/corridors/"
ROUNDS = count(14)  # whoever is gone stays at a door for half a minute: a second run speaks of something else


def test_four_people_spend_a_day_in_the_corridors(arrive: Arrive) -> None:
    amina, lucia, chen, bruno = arrive("amina", LISTENING), arrive("lucia"), arrive("chen"), arrive("bruno")
    for person in (amina, lucia, chen, bruno):
        person.go(PAGE)
        person.sees("Tables and corners")
    everybody_can_use(chen.page)
    a_knock_is_answered_and_the_door_locked(amina, lucia, bruno)
    somebody_is_found_and_comes(amina, chen)
    many_are_narrowed_down_by_what_they_said(amina, lucia, bruno)
    who_is_nearer_at_a_table_is_louder(amina, lucia)
    the_rostrum_speaks(bruno, amina, chen)
    somebody_is_reported_and_kept_away(amina, lucia, bruno)
    the_card_of_a_table_leads_to_it(lucia)


def a_knock_is_answered_and_the_door_locked(amina: Person, lucia: Person, bruno: Person) -> None:
    address, topic = amina.page.url, f"Paragraph {next(ROUNDS)}"
    amina.page.locator("#topic").fill(topic)
    amina.press("Open a corner")
    amina.sees("You are alone here.")
    amina.page.locator("#camera").click()
    until(
        lambda: amina.page.evaluate("document.querySelector('.tile--mine video')?.videoWidth > 0"), "Amina sees herself"
    )
    lucia.sees(topic, ".corners")
    lucia.press(f"Knock: {topic}")
    lucia.page.locator("#line").fill("Two minutes?")
    lucia.page.locator("dialog").get_by_role("button", name="Knock").click()
    amina.sees("Two minutes?", ".knock")
    amina.press("In five minutes")
    lucia.sees("In five minutes, they say.", ".knock")
    lucia.page.locator(".knock").get_by_role("button", name="Close").click()
    lucia.press(f"Knock: {topic}")
    lucia.page.locator("dialog").get_by_role("button", name="Knock").click()
    amina.press("Come in")
    lucia.press("Go in")
    for person in (amina, lucia):
        until(lambda person=person: person.page.locator(".tile").count() == 2, "two tiles")
    everybody_can_use(lucia.page)
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


def somebody_is_found_and_comes(amina: Person, chen: Person) -> None:
    chen.page.get_by_label("I am open to talk").check()
    chen.page.locator("#about").fill("Loss and damage")
    chen.page.locator("#about").press("Tab")
    amina.sees("Loss and damage", ".open-people")
    amina.page.locator(".open-people button").first.click()
    amina.page.locator("dialog").get_by_role("button", name="Ask for a word").click()
    amina.sees("You hear the answer here", ".knock")
    chen.press("Come in")
    for person in (amina, chen):
        until(lambda person=person: person.page.locator(".tile").count() == 2, "two tiles")
    amina.page.locator("#leave-corridor").click()
    amina.sees("Open to talk", "h2")


def many_are_narrowed_down_by_what_they_said(amina: Person, lucia: Person, bruno: Person) -> None:
    for person, language, item in ((lucia, "es", 1), (bruno, "fr", 2)):
        person.page.get_by_label("I am open to talk").check()
        person.page.locator(f"#speak-{language}").check()
        person.page.locator("#about-item").select_option(index=item)
    people = amina.page.locator(".open-people")

    def left(*names: str) -> None:
        wanted = sorted(names)
        until(
            lambda: sorted(people.locator(".person-name bdi:first-child").all_inner_texts()) == wanted,
            f"only {wanted} are left",
        )

    everybody = ("Lucía Soto", "Bruno Keller", "Chen Wei")
    left(*everybody)
    amina.page.locator("#seek-open").fill("lucia")  # as whoever has no accents on the keyboard
    left("Lucía Soto")
    amina.page.locator("#seek-open").fill("chile")
    left("Lucía Soto")
    amina.page.locator("#seek-open").fill("nobody of that name")
    amina.sees("Nobody who is open to talk fits.")
    amina.page.locator("#seek-open").fill("")
    amina.page.locator("#speaks").select_option("fr")
    left("Bruno Keller")
    amina.page.locator("#speaks").select_option("")
    amina.page.locator("#on-item").select_option(index=1)
    left("Lucía Soto")
    amina.page.locator("#on-item").select_option("0")
    amina.page.locator("#of-group").select_option(index=1)
    left("Lucía Soto")
    amina.page.locator("#of-group").select_option("")
    left(*everybody)


def who_is_nearer_at_a_table_is_louder(amina: Person, lucia: Person) -> None:
    amina.press("Floor plan")
    amina.page.locator("#table-1").focus()
    amina.page.keyboard.press("ArrowRight")
    amina.page.keyboard.press("Enter")
    amina.sees("Table 2", "h1")
    lucia.page.locator("#table").select_option("2")
    lucia.press("Sit down")
    lucia.sees("Table 2", "h1")
    lucia.page.locator("#mic").click()
    amina.hears()
    loudness = "Math.min(...window.playing.filter((one) => one.srcObject).map((one) => one.volume))"
    across = until(lambda: amina.page.evaluate(f"({loudness}) < 1 && {loudness}"), "across the table")
    amina.page.locator(".ground-me").focus()
    for _ in range(3):
        amina.page.keyboard.press("ArrowUp")
        amina.page.keyboard.press("ArrowRight")
    until(lambda: amina.page.evaluate(loudness) < across, "farther away it is quieter")
    drag(amina.page, ".ground-me", (0.02, 0.98))
    until(lambda: standing(amina) == (0, 100), "dragged into a corner of the ground")
    amina.page.get_by_label("About Lucía Soto").click()
    amina.press("Stand beside this person")
    until(lambda: amina.page.evaluate(loudness) > across, "beside her she is as loud as can be")


def drag(page: Page, what: str, to: tuple[float, float]) -> None:
    """With the mouse, to this part of the drawing's width and height."""
    start, drawing = page.locator(f"{what} circle").bounding_box(), page.locator(f"svg:has({what})").bounding_box()
    assert start and drawing
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(drawing["x"] + drawing["width"] / 2, drawing["y"] + drawing["height"] / 3, steps=3)
    page.mouse.move(drawing["x"] + drawing["width"] * to[0], drawing["y"] + drawing["height"] * to[1], steps=3)
    page.mouse.up()


def somebody_is_reported_and_kept_away(amina: Person, lucia: Person, officer: Person) -> None:
    words = f"Paragraph {next(ROUNDS)}, though I asked her to stop"
    amina.page.get_by_label("About Lucía Soto").click()
    amina.press("Report to an officer")
    amina.page.locator("#report").fill(words)
    amina.press("Send the report")
    amina.sees("The report is with a conference officer.")
    amina.page.get_by_label("About Lucía Soto").click()
    amina.press("Do not let this person reach me")
    amina.sees("This person can no longer reach you")
    desk = officer.go(PLENARY + "desk/", officer.tab())
    officer.sees(words, page=desk)
    desk.close()
    amina.page.locator("#leave-corridor").click()
    amina.sees("1 person cannot reach you")
    lucia.page.locator("#leave-corridor").click()
    amina.page.get_by_label("I am open to talk").check()
    lucia.sees("Amina Rahal", ".open-people")
    lucia.press("Ask Amina Rahal for a word")
    lucia.page.locator("dialog").get_by_role("button", name="Ask for a word").click()
    lucia.sees("You hear the answer here", ".knock")  # nobody is told
    amina.page.get_by_text("1 person cannot reach you").click()
    assert not amina.page.get_by_role("button", name="Come in").count()
    amina.press("Let Lucía Soto reach me again")
    until(lambda: "cannot reach you" not in amina.page.inner_text("body"), "nobody is kept away any more")


def the_card_of_a_table_leads_to_it(lucia: Person) -> None:
    lucia.go(PAGE + "?table=3")
    lucia.sees("Put on headphones before you speak there.")
    lucia.press("Sit down")
    lucia.sees("Table 3", "h1")
    lucia.page.locator("#leave-corridor").click()
    lucia.sees("Open to talk", "h2")
    assert "Put on headphones before you speak there." not in lucia.page.inner_text("body")


def the_rostrum_speaks(bruno: Person, *inside: Person) -> None:
    bruno.page.locator("#rostrum").fill("The vote begins in ten minutes.")
    bruno.press("Send to all corridors")
    for person in inside:
        person.sees("The vote begins in ten minutes.", ".room-notices")
    bruno.press("Call back")
    for person in inside:
        person.sees("Everybody is called back to the meeting.", ".room-notices")
    bruno.press("Do not call them back")
