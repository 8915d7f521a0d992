"""Every page of the gallery (summit/config/gallery.py), as people with other needs meet it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from summit.config.gallery import PAGES, Sight
from tests.e2e.access import FOCUSED, MOVES, TOO_WIDE, twice_the_size, walked
from tests.e2e.conftest import enter
from tests.product import Product

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
        page.goto(origin + sight.path)
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
