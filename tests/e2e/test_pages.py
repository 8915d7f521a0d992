"""Every page of the gallery (summit/config/gallery.py), as people with other needs meet it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from summit.config.gallery import PAGES, Sight
from tests.e2e.access import FOCUSED, MOVES, TOO_WIDE, gone_through, twice_the_size, walked
from tests.e2e.conftest import enter
from tests.product import Product

# Where organisers look, add and change: found by the links of their own pages, so that no page is forgotten.
LISTS = """() => [...new Set([...document.querySelectorAll('a[href^="/admin/summit/"]')].map((one) => one.pathname))]
  .filter((path) => /^\\/admin\\/summit\\/[a-z]+\\/$/.test(path)).sort()"""
LINKS = {
    "list": "() => location.pathname",
    "add": """() => [...document.links].find((one) => one.pathname === location.pathname + 'add/')?.pathname ?? ''""",
    "change": """() => document.querySelector('#result_list tbody th a')?.pathname ?? ''""",
}
PAPER = [sight for sight in PAGES if not sight.live]  # the live pages are walked in test_plenary.py


@pytest.fixture(scope="module")
def visit(product: Product, browser) -> Callable[[Sight, str, int], Page]:
    """Opens a page as its member of the cast, in a language, at a width. One browser profile and one tab a person."""
    tabs: dict[str, Page] = {}

    def go(sight: Sight, language: str, width: int) -> Page:
        if sight.who not in tabs:
            tabs[sight.who] = browser.new_context(locale="en-GB", reduced_motion="reduce").new_page()
            if sight.who:
                enter(tabs[sight.who], product.links[sight.who])
        page = tabs[sight.who]
        origin = product.origin.replace("//", f"//{sight.who}.") if sight.who else product.origin
        page.context.clear_cookies(name="django_language")
        page.context.add_cookies([{"name": "django_language", "value": language, "url": origin}])
        page.set_viewport_size({"width": width, "height": 800})
        answer = page.goto(origin + sight.path)
        assert answer and answer.status < 500, f"{sight.path}: {answer and answer.status}"
        return page

    yield go
    for tab in tabs.values():
        tab.context.close()


@pytest.mark.parametrize("sight", PAPER, ids=lambda sight: sight.name)
def test_everybody_can_use_this_page(visit: Callable[..., Page], sight: Sight) -> None:
    """Axe finds nothing, it never scrolls sideways, also with text of twice the size, nothing moves for whoever wants no
    motion, and Tab reaches every control and shows where one is."""
    for language, direction, width, theme, others in (
        ("en", "ltr", 1440, "light", (320, 1440)),
        ("ar", "rtl", 390, "dark", (320, 1440)),
    ):
        page = visit(sight, language, width)
        page.emulate_media(color_scheme=theme)
        assert page.evaluate("document.documentElement.dir || 'ltr'") == direction
        found = Axe().run(page)
        assert found.violations_count == 0, f"{sight.name} {language} {width} {theme}: {found.generate_report()}"
        for window in (width, *others):
            page.set_viewport_size({"width": window, "height": 800})
            assert (wide := page.evaluate(TOO_WIDE)) <= 0, f"{sight.name} {language} {window}: {wide} px too wide"
        assert not (wrong := twice_the_size(page)), f"{sight.name} {language}, text of twice the size: {wrong}"
        assert not (moves := page.evaluate(MOVES)), f"{sight.name}: {moves} although its reader wants no motion"
        if language == "en":
            page.keyboard.press("Tab")
            first = page.evaluate(FOCUSED)
            assert first and "content" in first["name"].lower(), f"the first stop skips to the content: {first}"
            assert not walked(page), sight.name


@pytest.mark.parametrize("kind", LINKS)
def test_everybody_can_use_the_organisers_own_pages(visit: Callable[..., Page], kind: str) -> None:
    """The lists and forms of everything they set up: axe finds nothing, the Tab key goes through them, a phone in Arabic
    holds them."""
    otto, wrong, walks = Sight("organise", "otto", "/admin/"), [], 0
    lists = visit(otto, "en", 1440).evaluate(LISTS)
    assert len(lists) > 10
    for address in lists:
        page = visit(replace(otto, path=address), "en", 1440)
        page.emulate_media(color_scheme="light")
        if not (path := page.evaluate(LINKS[kind])):
            continue
        walks += 1
        if path != address:
            visit(replace(otto, path=path), "en", 1440)
        assert page.locator("#content").count(), f"{path}: {page.locator('h1').inner_text()}"
        found = Axe().run(page).response["violations"]
        wrong += [(path, fault["id"], [node["html"][:160] for node in fault["nodes"]][:3]) for fault in found]
        wrong += [(path, "200 %", fault) for fault in twice_the_size(page)]
        wrong += [(path, "keyboard", fault) for fault in gone_through(page)]
        visit(replace(otto, path=path), "ar", 390)
        for window in (390, 320):
            page.set_viewport_size({"width": window, "height": 800})
            if (wide := page.evaluate(TOO_WIDE)) > 0:
                wrong.append((path, "ar", f"{wide} px too wide at {window}"))
    assert walks > 8
    assert not wrong, "\n".join(map(str, wrong))


def test_a_day_is_chosen_from_the_calendar_by_keyboard(visit: Callable[..., Page]) -> None:
    page = visit(Sight("organise", "otto", "/admin/summit/summit/add/"), "en", 1440)
    opener, calendar = page.get_by_role("link", name="First day: Choose a Date"), page.locator(".calendarbox:visible")
    opener.press("Enter")
    assert "dialog" in calendar.aria_snapshot() and not Axe().run(page).response["violations"]
    within = (
        "document.activeElement.closest('.calendarbox')?.checkVisibility() ?? document.activeElement === document.body"
    )
    for _ in range(60):  # more than it has days: the page beneath is out of reach
        page.keyboard.press("Tab")
        assert page.evaluate(within)
    page.keyboard.press("Escape")
    calendar.wait_for(state="hidden")
    assert opener.evaluate("opener => opener === document.activeElement")
    opener.press("Enter")
    page.keyboard.press("Tab")
    calendar.get_by_role("link", name="Next", exact=True).press("Enter")
    calendar.get_by_role("link", name="15", exact=True).press("Enter")
    calendar.wait_for(state="hidden")
    assert page.locator("[name=opens_on]").input_value().endswith("-15")
    assert opener.evaluate("opener => opener === document.activeElement")
