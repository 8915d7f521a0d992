"""From the organiser's button to a seat at home: a real letter, forwarded to the wrong person on its way."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from email import message_from_bytes, policy

from playwright.sync_api import Page, expect

from tests.e2e.access import everybody_can_use
from tests.e2e.people import until
from tests.product import Product

PASSWORD = "a long and quiet password"


def letters(product: Product, to: str) -> list[str]:
    """What the worker has sent to this address so far, oldest first."""
    found = []
    for path in sorted(product.var.glob("mail/*"), key=lambda path: path.stat().st_mtime):
        for raw in path.read_bytes().split(b"\n" + b"-" * 79 + b"\n"):
            mail = message_from_bytes(raw.strip(), policy=policy.default)
            if mail["To"] == to:
                found.append(mail.get_content())
    return found


def test_a_forwarded_link_admits_only_the_one_who_was_invited(
    product: Product, signed_in: Callable[..., Page], open_context: Callable[..., object]
) -> None:
    otto, guest = signed_in("otto"), f"greta-{uuid.uuid4().hex[:6]}@ministry.example"  # of a second try, too
    base = otto.url.split("/s/")[0]
    otto.goto(f"{base}/admin/summit/accreditation/add/")
    otto.locator("[name=names_en_short]").fill(f"Greta {guest}")
    otto.locator("[name=email]").fill(guest)
    otto.locator("[name=_save]").first.click()
    otto.get_by_role("link", name=f"Greta {guest}").first.click()
    otto.get_by_role("button", name="Approve: this person may enter").click()
    otto.get_by_role("button", name="Send an invitation").click()
    otto.get_by_text(f"The letter to {guest} is on its way.").wait_for()
    [letter] = until(lambda: letters(product, guest), "the worker sends the letter")
    otto.reload()
    otto.get_by_text("taken by the mail server").first.wait_for()
    link = re.search(r"http\S+/invitation/\w+/", letter)
    assert link

    eve = open_context().new_page()  # to whom Greta's assistant forwarded it
    eve.goto(link[0])
    expect(eve.locator("input[type=password]")).to_have_count(0)
    for language, theme in (("ar", "dark"), ("en", "light")):
        eve.context.add_cookies([{"name": "django_language", "value": language, "url": link[0]}])
        eve.emulate_media(color_scheme=theme)
        eve.reload()
        everybody_can_use(eve)
    eve.get_by_role("button", name="Send me the code").click()
    eve.get_by_label("Code").fill("123456")
    eve.get_by_label("Password", exact=True).fill(PASSWORD)
    eve.get_by_role("button", name="Enter the summit").click()
    eve.get_by_text("This is not the newest code").first.wait_for()

    second = until(lambda: letters(product, guest)[1:], "the code is sent to Greta")[0]
    code = re.search(r"^\d{6}$", second, re.MULTILINE)
    assert code and link[0] not in second
    greta = open_context(locale="en-GB").new_page()
    greta.goto(link[0])
    greta.get_by_label("Code").fill(code[0])
    greta.get_by_label("Password", exact=True).fill(PASSWORD)
    greta.get_by_role("button", name="Enter the summit").click()
    greta.wait_for_url("**/s/reykjavik/")
    eve.goto(link[0])
    eve.get_by_role("heading", name="This link does not work").wait_for()
