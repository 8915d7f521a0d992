"""A bilateral meeting: proposed, countered, agreed, in both calendars, and seen by nobody else."""

from __future__ import annotations

from collections.abc import Callable

from axe_playwright_python.sync_playwright import Axe

from tests.e2e.people import Person

DESK = "/s/reykjavik/bilaterals/"
TOPIC = "Ferry lines"


def test_two_delegations_agree_on_a_time_and_nobody_else_reads_of_it(arrive: Callable[..., Person]) -> None:
    amina, lucia, otto = arrive("amina"), arrive("lucia"), arrive("otto")
    amina.go("/s/reykjavik/corridors/")
    amina.page.get_by_role("link", name="Bilateral meetings").click()
    tomorrow = amina.page.locator("nav[aria-label=Day] a").nth(1)
    tomorrow.click()
    amina.page.get_by_label("With").select_option(label="Chile")
    early = amina.page.get_by_label("When, at the host").locator("option", has_text="09:00").first
    amina.page.get_by_label("When, at the host").select_option(value=early.get_attribute("value"))
    amina.page.get_by_label("What about (may stay empty)").fill(TOPIC)
    amina.press("Propose")
    amina.sees("You have proposed", "main")

    lucia.go(DESK)
    lucia.sees(TOPIC, "section[aria-labelledby=b-waiting]")
    lucia.page.locator("section[aria-labelledby=b-waiting] details summary").click()
    lucia.page.locator("section[aria-labelledby=b-waiting] details").get_by_label("How long").select_option("15")
    lucia.press("Propose this time")
    lucia.sees("You have proposed", "main")

    amina.go(DESK)
    amina.sees(TOPIC, "section[aria-labelledby=b-waiting]")
    amina.press("Agree")
    for person in (amina, lucia):
        person.go(DESK)
        person.sees(TOPIC, "section[aria-labelledby=b-agreed]")
        assert Axe().run(person.page).violations_count == 0
        person.go("/s/reykjavik/calendar/")
        person.page.get_by_role("heading", level=1).wait_for()
    for path in (DESK, "/admin/", "/admin/summit/entry/"):
        otto.go(path)
        assert TOPIC not in otto.page.content(), path
