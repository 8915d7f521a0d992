"""An organiser's morning: a summit from a template, its delegations from a table, a helper, and the first invitation; and
the way in through the organisation's own identity provider."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page

from tests.e2e.conftest import enter, running
from tests.e2e.people import PATIENCE, Person, until
from tests.ministry import CLIENT, SECRET, Ministry, ministry_running
from tests.product import Product

TABLE = "code,category,short_en,short_fr\nPE,member,Peru,Pérou\nGH,member,Ghana,Ghana\nXX,nobody,Nowhere,\n"


def choose(page: Page, name: str, label: str) -> None:
    page.locator(f"select[name={name}]").select_option(label=label)


def save(page: Page) -> None:
    page.locator("button[name=_save], input[name=_save]").first.click()
    page.get_by_text("was added successfully").wait_for()


@pytest.fixture(scope="module")
def ministry() -> Iterator[Ministry]:
    with ministry_running() as server:
        yield server


@pytest.fixture(scope="module")
def product(seed: Path, tmp_path_factory: pytest.TempPathFactory, ministry: Ministry) -> Iterator[Product]:
    """One of its own: a second summit is founded, and a provider is set as an operator sets it."""
    provider = {
        "PARLEY_OIDC": "house", "PARLEY_OIDC_HOUSE_NAME": "Foreign Service", "PARLEY_OIDC_HOUSE_ISSUER": ministry.issuer,
        "PARLEY_OIDC_HOUSE_CLIENT": CLIENT, "PARLEY_OIDC_HOUSE_SECRET": SECRET, "PARLEY_OIDC_HOUSE_DOMAINS": "parley.example",
    }  # fmt: skip
    yield from running(seed, tmp_path_factory.mktemp("own"), **provider)


def test_an_organisers_morning_from_the_template_to_the_first_invitation(arrive: Callable[..., Person]) -> None:
    otto, slug = arrive("otto"), f"council-{uuid.uuid4().hex[:6]}"  # of a second try, too
    page = otto.page
    page.set_default_timeout(PATIENCE * 1000)

    otto.go("/admin/summit/summit/add/")
    page.locator("[name=slug]").fill(slug)
    page.locator("[name=names_en_short]").fill(f"Harbour {slug}")
    page.locator("[name=zone]").fill("America/Lima")
    for language in ("en", "fr"):
        page.locator(f"[name=languages][value={language}]").check()
    choose(page, "protocol_language", "English")
    for name, day in (("opens_on", "2027-03-01"), ("closes_on", "2027-03-01")):
        page.locator(f"[name={name}]").fill(day)
    choose(page, "beginning", "Regional council: one day, two meetings")
    save(page)
    otto.go("/admin/summit/meeting/?q=")
    assert page.locator("main").inner_text().count("Mar") >= 2 or "2027" in page.locator("main").inner_text()

    otto.go("/admin/summit/import/add/")
    choose(page, "summit", f"Harbour {slug}")
    choose(page, "kind", "Delegations")
    page.locator("input[type=file]").set_input_files(
        [{"name": "delegations.csv", "mimeType": "text/csv", "buffer": TABLE.encode()}]
    )
    page.locator("button[name=_save], input[name=_save]").first.click()
    otto.go("/admin/summit/import/")
    page.get_by_role("link", name="delegations.csv").first.click()
    page.get_by_role("button", name="Apply to the summit").wait_for()  # the worker has read it; the page looks again
    shown = page.locator("main").inner_text()
    assert "Peru" in shown and "Choose one of" in shown  # what would come, and what is wrong with the third row
    page.get_by_role("button", name="Apply to the summit").click()
    page.get_by_role("button", name="Undo the whole import").wait_for()

    otto.go("/admin/summit/accreditation/add/")
    choose(page, "summit", f"Harbour {slug}")
    page.locator("[name=names_en_short]").fill("Rosa Quispe")
    page.locator("[name=email]").fill("rosa@peru.example")
    choose(page, "delegation", "Peru")
    choose(page, "function", "Head of delegation")
    save(page)
    otto.go("/admin/")
    page.get_by_role("link", name="Rosa Quispe").first.click()  # she waits for approval: what needs him now
    page.get_by_role("button", name="Approve: this person may enter").click()
    page.get_by_role("button", name="Send an invitation").click()
    page.get_by_text("The letter to rosa@peru.example is on its way").wait_for()

    def went() -> bool:
        page.reload()
        return "taken by the mail server" in page.locator(".steps dl").inner_text()

    until(went, "the letter went to the mail server")
    assert otto.faults == []


def test_staff_come_in_through_their_own_service_and_a_stranger_reads_why_not(
    product: Product, ministry: Ministry, open_context: Callable[..., BrowserContext]
) -> None:
    page, wrong = open_context().new_page(), []
    page.set_default_timeout(PATIENCE * 1000)
    page.on("console", lambda line: "Content Security Policy" in line.text and wrong.append(line.text))
    page.goto(f"{product.origin}/account/login/?next=/s/reykjavik/agenda/")
    ministry.is_asked_by("stranger@parley.example")
    page.get_by_role("button", name="Foreign Service").click()
    page.get_by_text("Nobody with your e-mail address has been invited").wait_for()
    assert "stranger@parley.example" in page.locator("main").inner_text()
    ministry.claims = {}  # they think better of it there
    page.get_by_role("button", name="Use another account there").click()
    page.get_by_text("Nothing about you was passed on").wait_for()
    ministry.is_asked_by("Otto@Parley.example")
    page.get_by_role("button", name="Try again").click()
    page.wait_for_url("**/s/reykjavik/agenda/")
    assert "Otto" in page.locator("header").inner_text()
    page.goto(f"{product.origin}/admin/")
    page.get_by_role("heading", name="What needs you now").wait_for()

    enter(open_context().new_page(), product.links["dana"])  # she has an account from now on
    ministry.is_asked_by("dana@parley.example")
    hers = open_context().new_page()
    hers.set_default_timeout(PATIENCE * 1000)
    hers.goto(f"{product.origin}/account/login/?next=/s/reykjavik/agenda/")
    hers.get_by_role("button", name="Foreign Service").click()
    hers.wait_for_url("**/s/reykjavik/agenda/")
    page.goto(f"{product.origin}/admin/summit/accreditation/?q=dana")
    page.locator("#result_list tbody th a").first.click()
    page.get_by_role("button", name="Untie from the service they sign in through").click()
    page.get_by_text("Say why, as it shall stand in the journal.").wait_for()
    page.get_by_label("Reason, for the journal").fill("Somebody else came first")
    page.get_by_role("button", name="Untie from the service they sign in through").click()
    page.get_by_text("Done, and in the journal.").wait_for()
    assert "Signs in through" not in page.locator(".steps").inner_text()
    hers.goto(f"{product.origin}/s/reykjavik/agenda/")
    hers.wait_for_url("**/account/login/**")  # whoever came in through it is outside
    assert wrong == []
