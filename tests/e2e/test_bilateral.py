"""A bilateral meeting: proposed, countered, agreed, declined, withdrawn, held, in both calendars, seen by nobody else."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

from axe_playwright_python.sync_playwright import Axe

from tests.e2e.people import Person, until
from tests.product import ROOT, Product, operators_environment

DESK = "/s/reykjavik/bilaterals/"
TOPIC = "Ferry lines"
WAITING, AGREED, ASKED, OVER = (f"section[aria-labelledby=b-{one}]" for one in ("waiting", "agreed", "asked", "over"))
# The agreed hour of the meeting about this has come.
NOW = """
from datetime import timedelta
from django.utils import timezone
from summit.models import Bilateral
now = timezone.now()
Bilateral.objects.filter(about=%r).update(starts_at=now + timedelta(minutes=5), ends_at=now + timedelta(minutes=20))
"""


def test_two_delegations_agree_on_a_time_and_nobody_else_reads_of_it(arrive: Callable[..., Person]) -> None:
    amina, lucia, otto = arrive("amina"), arrive("lucia"), arrive("otto")
    amina.go("/s/reykjavik/corridors/")
    amina.page.get_by_role("link", name="Bilateral meetings").click()
    propose(amina, "Chile", "09:00", TOPIC)

    lucia.go(DESK)
    lucia.sees(TOPIC, WAITING)
    lucia.page.locator(f"{WAITING} details summary").click()
    lucia.page.locator(f"{WAITING} details").get_by_label("How long").select_option("15")
    lucia.press("Propose this time")
    lucia.sees("You have proposed", "main")

    amina.go(DESK)
    amina.sees(TOPIC, WAITING)
    amina.press("Agree")
    for person in (amina, lucia):
        person.go(DESK)
        person.sees(TOPIC, AGREED)
        assert Axe().run(person.page).violations_count == 0
        person.go("/s/reykjavik/calendar/")
        person.page.get_by_role("heading", level=1).wait_for()
    for path in (DESK, "/admin/", "/admin/summit/entry/"):
        otto.go(path)
        assert TOPIC not in otto.page.content(), path


def propose(who: Person, to: str, at: str, about: str) -> None:
    """For tomorrow, from the desk."""
    who.page.locator("nav[aria-label=Day] a").nth(1).click()
    who.page.get_by_label("With", exact=True).select_option(label=to)
    when = who.page.get_by_label("When, at the host")
    when.select_option(value=when.locator("option", has_text=at).first.get_attribute("value"))
    who.page.get_by_label("What about (may stay empty)").fill(about)
    who.press("Propose")
    who.sees(about, ASKED)


def test_one_declines_one_withdraws_and_two_go_in_when_the_hour_has_come(
    arrive: Callable[..., Person], product: Product
) -> None:
    amina, ingrid = arrive("amina"), arrive("ingrid")
    amina.go(DESK)
    while (left := amina.page.get_by_role("button", name="Withdraw")).count():  # of an earlier test, or a first try
        left.first.click()
        amina.page.locator(".messages").wait_for()
        amina.go(DESK)
    for at, about in (("10:00", "Cables"), ("11:00", "Cod"), ("12:00", "Lighthouses")):
        propose(amina, "Norway", at, about)
    line(amina, ASKED, "Cod").get_by_role("button", name="Withdraw").click()
    amina.sees("Withdrawn.", ".messages")
    amina.page.locator(f"{OVER} .tag[data-state=withdrawn]").first.wait_for()
    ingrid.go(DESK)
    assert "Cod" not in ingrid.page.inner_text("main")  # what it was about is forgotten on both sides
    line(ingrid, WAITING, "Cables").get_by_role("button", name="Decline").click()
    ingrid.sees("Declined. No reason is given.", ".messages")
    amina.go("/s/reykjavik/corridors/")
    amina.sees("Open to talk", "h2")
    line(ingrid, WAITING, "Lighthouses").get_by_role("button", name="Agree").click()
    ingrid.sees("Agreed. A corridor is held for you both.", ".messages")
    amina.sees("Next: Norway")  # on the page that was open
    amina.go(DESK)
    amina.page.locator(f"{OVER} .tag[data-state=declined]").first.wait_for()
    assert line(amina, AGREED, "Lighthouses").get_by_role("link", name="Go in").count() == 0  # not before its time
    the_hour_comes(product, "Lighthouses")
    for person in (amina, ingrid):
        person.go(DESK)
        line(person, AGREED, "Lighthouses").get_by_role("link", name="Go in").click()
        person.sees("Lighthouses", ".knock")
    amina.press("Go in")
    amina.sees("Only members of the two delegations can come in.")
    ingrid.press("Go in")
    for person in (amina, ingrid):
        until(lambda person=person: person.page.locator(".tile").count() == 2, "two tiles")
    ingrid.page.locator("#mic").click()
    amina.hears()
    for person in (amina, ingrid):
        person.page.locator("#leave-corridor").click()
    ingrid.go(DESK)
    line(ingrid, AGREED, "Lighthouses").get_by_role("button", name="Withdraw").click()
    ingrid.sees("Nothing is agreed yet.", AGREED)
    amina.go("/s/reykjavik/corridors/")
    amina.sees("Open to talk", "h2")
    assert "Bilateral meeting with" not in amina.page.inner_text("main")


def line(who: Person, section: str, about: str):
    return who.page.locator(f"{section} li", has_text=about)


def the_hour_comes(product: Product, about: str) -> None:
    subprocess.run(
        [sys.executable, "manage.py", "shell", "-c", NOW % about], cwd=ROOT, check=True, timeout=120,
        capture_output=True, env=operators_environment(product.var, PARLEY_DEMO="1"),
    )  # fmt: skip
