"""A coffee break: somebody new, somebody of Norway, a table from a telephone in the hall, peace, and all called back."""

from __future__ import annotations

from collections.abc import Callable

from tests.e2e.people import Person, standing, until

Arrive = Callable[..., Person]
PAGE = "/s/reykjavik/corridors/"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
GUESTS = iter(["Ingrid", "Bruno"])  # nobody meets the same person twice: a second try drinks with somebody else


def test_a_coffee_break_ends_when_all_are_called_back(arrive: Arrive) -> None:
    amina, ingrid, bruno = arrive("amina"), arrive("ingrid"), arrive("bruno")
    lucia = arrive("lucia", **PHONE)
    for person in (amina, ingrid, bruno):
        person.go(PAGE)
        person.sees("Tables and corners")
    two_drink_coffee_and_never_meet_by_it_again(amina, {"Ingrid": ingrid, "Bruno": bruno}[next(GUESTS)], watching=lucia)
    somebody_of_norway_is_found_and_comes(amina, ingrid)
    a_phone_in_the_hall_sits_down_by_the_card_and_speaks_with_headphones(lucia, amina)
    all_are_called_back(bruno, lucia, amina)
    a_finger_moves_the_mark(lucia, amina)
    who_leaves_by_herself_is_out(amina)
    nobody_disturbs_who_wants_none(amina, ingrid)
    time_is_over(bruno, lucia, amina)


def leaves(person: Person) -> None:
    person.page.locator("#leave-corridor").click()
    person.sees("Open to talk", "h2")


def sit_together(*people: Person) -> None:
    for person in people:
        until(lambda person=person: person.page.locator(".tile").count() == len(people), f"{len(people)} tiles")


def two_drink_coffee_and_never_meet_by_it_again(amina: Person, guest: Person, *, watching: Person) -> None:
    amina.press("Take me along")
    amina.sees("Looking for somebody.", "aside")
    guest.sees("1 person waits.", "aside")
    guest.press("Take me along")
    sit_together(amina, guest)
    for person in (amina, guest):
        person.sees("Coffee: you have not met here before.")
        leaves(person)
        person.press("Take me along")
    for person in (amina, guest):
        person.sees("Looking for somebody.", "aside")
    watching.go(PAGE)
    watching.sees("2 people wait.", "aside")
    for person in (amina, guest):
        person.press("Not any more")
    watching.sees("Take me along", "aside")
    until(lambda: "wait." not in watching.page.inner_text("aside"), "nobody waits any more")


def somebody_of_norway_is_found_and_comes(amina: Person, ingrid: Person) -> None:
    amina.page.get_by_label("Find someone of a delegation").select_option(label="Norway")
    amina.press("Ask whoever is here")
    amina.sees("Asked whoever of Norway is here.", ".knock")
    ingrid.sees("Amina Rahal", ".knock")
    ingrid.sees("asks for a word.", ".knock")
    ingrid.press("Come in")
    sit_together(amina, ingrid)
    for person in (amina, ingrid):
        until(
            lambda person=person: "Asked whoever of Norway" not in person.page.inner_text("body"), "nobody is asked now"
        )
        leaves(person)


def a_phone_in_the_hall_sits_down_by_the_card_and_speaks_with_headphones(lucia: Person, amina: Person) -> None:
    lucia.go(PAGE + "?table=3")
    lucia.sees("Put on headphones before you speak there.", ".knock")
    lucia.page.get_by_role("button", name="Floor plan").tap()
    lucia.page.locator(".knock").get_by_role("button", name="Sit down").tap()
    lucia.sees("Table 3", "h1")
    lucia.sees("You are in the hall. With headphones on you may speak", ".room-notices")
    amina.press("Floor plan")
    amina.page.locator("#table-3").click()
    sit_together(amina, lucia)
    assert lucia.page.locator("#mic").get_attribute("aria-disabled") == "true"
    assert lucia.flow()["sent"] == 0, "without them it would howl"
    lucia.page.get_by_role("button", name="I wear headphones").tap()
    lucia.sees("this corridor hears you", ".room-notices")
    lucia.page.locator("#mic").tap()
    amina.hears()
    assert lucia.page.evaluate("document.scrollingElement.scrollWidth") <= 390


def a_finger_moves_the_mark(lucia: Person, amina: Person) -> None:
    touch(lucia, (20, 85))
    until(lambda: standing(lucia) == (20, 85), "she stands where she tapped")
    touch(lucia, (20, 85), (50, 95), (99, 99))
    until(lambda: standing(lucia) == (99, 99), "she was dragged there")
    seen = amina.page.locator(".ground .plan-person")
    until(lambda: (seen.get_attribute("cx"), seen.get_attribute("cy")) == ("99", "99"), "and Amina sees it")
    lucia.page.set_viewport_size({"width": 844, "height": 390})
    lucia.page.locator(".tile").last.wait_for()
    lucia.page.locator("#camera").tap(trial=True)  # nothing lies over it
    lucia.page.set_viewport_size({"width": 390, "height": 844})


def touch(person: Person, *way: tuple[int, int]) -> None:
    """With one finger, along these places of the ground, which is 100 by 100."""
    person.page.locator(".ground-floor").scroll_into_view_if_needed()
    ground = person.page.locator(".ground-floor").bounding_box()
    assert ground
    finger = person.context.new_cdp_session(person.page)
    points = [
        {"x": ground["x"] + x * ground["width"] / 100, "y": ground["y"] + y * ground["height"] / 100} for x, y in way
    ]
    finger.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": points[:1]})
    for point in points[1:]:
        finger.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
    finger.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    finger.detach()


def all_are_called_back(bruno: Person, lucia: Person, amina: Person) -> None:
    option = bruno.page.locator("#recall option").first
    option.evaluate("(option) => { option.value = '0.5' }")  # the shortest grace the server gives
    bruno.page.locator("#recall").select_option(index=0)
    bruno.press("Call back")
    for person in (lucia, amina):
        person.sees("Everybody is called back to the meeting. Finish your sentence", ".room-notices")
    first = seconds_left(lucia)
    assert 10 < first <= 30
    until(lambda: seconds_left(lucia) < first, "the seconds run down")


def who_leaves_by_herself_is_out(amina: Person) -> None:
    leaves(amina)
    amina.sees("Everybody is called back to the meeting.", "main")


def seconds_left(person: Person) -> int:
    minutes, seconds = person.page.locator("[role=timer]").inner_text().split(":")
    return 60 * int(minutes) + int(seconds)


def nobody_disturbs_who_wants_none(amina: Person, ingrid: Person) -> None:
    ingrid.page.get_by_label("I am open to talk").check()
    amina.press("Ask Ingrid Lund for a word")
    ingrid.page.get_by_label("Do not disturb me").check()
    until(lambda: "Ingrid Lund" not in amina.page.locator("main").inner_text(), "she is on the list no more")
    dialog = amina.page.locator("dialog")
    dialog.get_by_role("button", name="Ask for a word").click()
    quiet = "This person does not want to be disturbed now."
    until(lambda: quiet in dialog.get_by_role("alert").aria_snapshot(), "the refusal is spoken")
    amina.sees(quiet, "dialog .error")
    dialog.get_by_role("button", name="Cancel").click()
    amina.page.get_by_label("Find someone of a delegation").select_option(label="Norway")
    amina.press("Ask whoever is here")
    amina.is_told("Nobody of this delegation is here now, or they want to be alone.", urgent=True)
    ingrid.page.get_by_label("I am open to talk").check()
    amina.press("Ask Ingrid Lund for a word")
    amina.page.locator("#line").fill("Now?")
    dialog.get_by_role("button", name="Ask for a word").click()
    ingrid.sees("Now?", ".knock")
    assert ingrid.page.locator(".knock").count() == 1, "what was asked before never reached her"
    ingrid.press("Not now")
    amina.sees("Ingrid Lund: not now.", ".knock")
    ingrid.page.get_by_label("I am not on the list").check()  # as it was
    until(lambda: amina.page.locator(".open-people").count() == 0, "she is off it")


def time_is_over(bruno: Person, lucia: Person, amina: Person) -> None:
    lucia.sees("Everybody was called back to the meeting.")
    lucia.sees("Open to talk", "h2")
    until(lambda: lucia.flow()["connected"] == 0, "nothing is sent any more")
    for person in (lucia, amina):
        until(
            lambda person=person: "Everybody is called back" not in person.page.inner_text("body"), "the call is over"
        )
    bruno.page.get_by_role("button", name="Call back").wait_for()
    bruno.sees("No corner is open.")
