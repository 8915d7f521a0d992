"""The first minute: `up` was started, its links are followed."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext

from tests.e2e.conftest import enter
from tests.product import Product


def test_one_browser_can_be_several_people_at_once(
    product: Product, open_context: Callable[..., BrowserContext]
) -> None:
    context = open_context()
    asked: set[str] = set()
    context.on("request", lambda request: asked.add(request.url))
    pages = {name: context.new_page() for name in ("amina", "bruno", "dana")}
    for name, page in pages.items():
        enter(page, product.links[name])
    names = {name: page.locator("header").inner_text() for name, page in pages.items()}
    assert len(set(names.values())) == 3, names
    for page in pages.values():
        page.reload()  # the sessions did not overwrite one another
    assert {name: page.locator("header").inner_text() for name, page in pages.items()} == names
    assert all(".localhost:" in url or url.startswith(("data:", "blob:")) for url in asked), asked
