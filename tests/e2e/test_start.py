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


def test_what_lets_people_in_is_in_no_log(product: Product) -> None:
    """Attack 20. Runs after the links were followed."""
    secrets = [link.rstrip("/").rsplit("/", 1)[1] for link in product.links.values()]
    secrets.append((product.var / "secret_key").read_text())
    written = "".join(log.read_text(errors="replace") for log in (product.var / "log").iterdir())
    assert written
    assert not [secret for secret in secrets if secret in written]
