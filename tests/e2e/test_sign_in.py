"""Signing in with a real browser: the strict content policy holds, and a passkey works."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from playwright.sync_api import Page

from tests.e2e.access import everybody_can_use, everybody_can_use_in_arabic
from tests.product import Product

WATCH = """
globalThis.broken = []
document.addEventListener('securitypolicyviolation', (event) =>
  globalThis.broken.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`))
"""


def violations(page: Page) -> list[str]:
    return page.evaluate("globalThis.broken")


def test_a_passkey_is_made_and_opens_the_door_under_the_strict_policy(
    product: Product, open_context: Callable[..., object]
) -> None:
    context = open_context()
    context.add_init_script(WATCH)
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    authenticator = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    session.send("WebAuthn.addVirtualAuthenticator", {"options": authenticator})
    link = product.links["tariq"]
    base = f"{urlsplit(link).scheme}://{urlsplit(link).netloc}"
    page.goto(link)
    page.get_by_role("button", name="Enter the summit").click()
    page.wait_for_url("**/s/reykjavik/")
    page.goto(f"{base}/account/2fa/webauthn/add/")
    page.get_by_label("Name").fill("This laptop")
    page.get_by_label("This key lets me in without a password").check()
    assert violations(page) == []
    page.get_by_role("button", name="Add").click()
    page.wait_for_url("**/recovery-codes/")  # at once: there is nothing yet by which to ask who one is
    everybody_can_use(page)
    assert len(page.get_by_label("Unused codes").input_value().split()) == 10 and violations(page) == []
    page.get_by_label("I have put my recovery codes in a safe place").check()
    everybody_can_use_in_arabic(page)  # as it is from the second time on: the codes are shown once
    page.get_by_role("link", name="Go on").click()
    page.wait_for_url("**/s/reykjavik/")
    page.goto(f"{base}/account/2fa/reauthenticate/")
    page.get_by_role("heading", name="Confirm that it is you").wait_for()
    everybody_can_use(page)
    page.goto(f"{base}/account/2fa/webauthn/")
    page.get_by_text("This laptop").wait_for()
    assert violations(page) == []
    context.clear_cookies()
    page.goto(f"{base}/account/login/")
    page.locator("#passkey_login").click()
    page.wait_for_url("**/s/reykjavik/")
    assert violations(page) == []


def test_the_organisers_pages_work_in_a_browser(product: Product, signed_in: Callable[..., Page]) -> None:
    page = signed_in("otto")
    base = page.url.split("/s/")[0]
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on(
        "requestfailed",  # not what was given up for the next page
        lambda request: (
            wrong.append(f"{request.url}: {request.failure}") if "ABORTED" not in str(request.failure) else None
        ),
    )
    page.on(
        "request", lambda request: wrong.append(request.url) if not request.url.startswith((base, "data:")) else None
    )
    for name in ("", "summit/delegation/", "summit/meeting/", "summit/accreditation/add/"):
        assert page.goto(f"{base}/admin/{name}").status == 200
    page.goto(f"{base}/admin/summit/delegation/?credentials__state__exact=received")
    page.locator("#result_list tbody th a").first.click()
    page.get_by_label("Reason, for the journal").fill("The original is in order")
    page.get_by_role("button", name="Accept the credentials").click()
    page.get_by_text("Done, and in the journal.").wait_for()
    page.get_by_role("button", name="The credentials are challenged").wait_for()
    assert wrong == []
