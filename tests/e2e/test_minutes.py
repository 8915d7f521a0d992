"""The draft minutes of yesterday's working group in real browsers: written by two, compared, downloaded, approved, read by all."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import docx
import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.e2e.conftest import running
from tests.e2e.people import until
from tests.product import Product

MINUTES = "/s/reykjavik/meetings/declaration-1/minutes/"
SignIn = Callable[..., Page]


@pytest.fixture(scope="module")
def product(seed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """One of its own: its minutes are written and approved."""
    yield from running(seed, tmp_path_factory.mktemp("own"))


@pytest.fixture
def writer(signed_in: SignIn, product: Product) -> Callable[..., Page]:
    """Dana at a page of the minutes, in a browser profile of her own; every failure of a script fails the test."""

    def at(path: str = "desk/", **options: object) -> Page:
        page = signed_in("dana", **options)
        page.on("pageerror", lambda error: pytest.fail(str(error)))
        page.goto(origin_of(page) + MINUTES + path)
        return page

    return at


def origin_of(page: Page) -> str:
    return page.evaluate("location.origin")


def beside(page: Page, words: str):
    """The text of the entry that tells these words."""
    return page.locator("#prose > li").filter(has=page.locator(".prose-told", has_text=words)).first


def test_the_archive_is_there_and_two_writers_lose_nothing(writer) -> None:
    one, two = writer(), writer(viewport={"width": 390, "height": 844})
    mine, theirs = beside(one, "Lucía Soto (Chile)"), beside(two, "Lucía Soto (Chile)")
    mine.locator("textarea").fill("She spoke of small islands.")
    expect(mine.locator("[data-part=saved]")).to_contain_text("Dana Novak", timeout=20_000)
    expect(theirs.locator("textarea")).to_have_value("She spoke of small islands.", timeout=20_000)
    two.context.set_offline(True)
    theirs.locator("textarea").fill("She spoke of the sea.")
    expect(two.locator("#offline")).to_be_visible(timeout=20_000)
    mine.locator("textarea").fill("She spoke of small islands and of time.")
    expect(mine.locator("[data-part=saved]")).to_contain_text("Dana Novak", timeout=20_000)
    two.context.set_offline(False)
    expect(theirs.locator(".conflict")).to_be_visible(timeout=30_000)
    expect(theirs.locator("[data-part=theirs]")).to_have_text("She spoke of small islands and of time.")
    expect(theirs.locator("textarea")).to_have_value("She spoke of the sea.")
    theirs.get_by_role("button", name="Keep mine").click()
    expect(mine.locator("textarea")).to_have_value("She spoke of the sea.", timeout=20_000)
    mine.get_by_role("link", name="Earlier versions").click()
    for text in ("She spoke of small islands.", "She spoke of small islands and of time.", "She spoke of the sea."):
        expect(one.get_by_text(text, exact=True)).to_be_visible()


def test_what_was_typed_survives_a_page_that_was_closed_without_the_server(writer) -> None:
    page = writer()
    text = beside(page, "Amina Rahal (Kenya)").locator("textarea")
    page.context.set_offline(True)
    text.fill("Typed without a line.")
    expect(page.locator("#offline")).to_be_visible(timeout=20_000)
    address = page.url
    page.close(run_before_unload=False)
    again = page.context.new_page()
    page.context.set_offline(False)
    again.goto(address)
    kept = beside(again, "Amina Rahal (Kenya)")
    expect(kept.locator("textarea")).to_have_value("Typed without a line.")
    expect(kept.locator("[data-part=saved]")).to_contain_text("Dana Novak", timeout=20_000)


def test_every_format_is_made_by_the_worker_downloaded_and_opened(writer, tmp_path: Path) -> None:
    page, formats = writer("files/"), {"pdf": "PDF", "docx": "Word", "html": "HTML", "json": "JSON"}
    for format in formats:
        page.select_option("#format", format)
        with page.expect_navigation():  # else the next choice may fall on the page that goes
            page.get_by_role("button", name="Make the file").click()
    page.select_option("#format", "html")
    rows = page.locator("#exports tbody tr")
    newest = [rows.filter(has_text=label).first.locator("a[download]") for label in formats.values()]
    until(lambda: all(link.count() for link in newest), "four files", 60)
    assert page.input_value("#format") == "html", "the files came, and the choice stayed"
    opened = {}
    for link in newest:
        with page.expect_download() as download:
            link.click()
        name = download.value.suggested_filename
        opened[name.rpartition(".")[2]] = Path(download.value.path()).read_bytes()
        assert name.startswith("REYKJAVIK-WG-SR.1-draft-en.")
    document = json.loads(opened["json"])
    told = [paragraph["text"] for section in document["sections"] for paragraph in section["paragraphs"]]
    words = " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(opened["pdf"])).pages).split())
    typed = " ".join(paragraph.text for paragraph in docx.Document(BytesIO(opened["docx"])).paragraphs)
    assert len(told) > 10
    for text in told:
        assert text.replace(" ", "") in words.replace(" ", "")
        assert text in typed
    assert opened["html"].startswith(b"<!doctype html>")


def test_the_record_desk_is_worked_by_keyboard(writer) -> None:
    page = writer()
    first = page.locator("#events a").first
    first.focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("Written by keyboard.")
    page.keyboard.press("Control+s")
    expect(page.locator("#prose > li").first.locator("[data-part=saved]")).to_contain_text("Dana", timeout=20_000)


def test_the_approved_text_is_read_by_delegates_and_changed_by_nobody(writer, signed_in: SignIn) -> None:
    amina = signed_in("amina")
    assert amina.goto(origin_of(amina) + MINUTES).status == 404
    page = writer("approve/")
    page.get_by_role("button", name="Approve REYKJAVIK/WG/SR.1").click()
    page.get_by_role("button", name="Approve REYKJAVIK/WG/SR.1 for good").click()
    expect(page.get_by_text("The minutes are approved.")).to_be_visible()
    amina.goto(origin_of(amina) + MINUTES)
    expect(amina.locator(".document-foot")).to_contain_text("SHA-256")
    expect(amina.get_by_text("Draft, not approved")).to_have_count(0)
    page.goto(origin_of(page) + MINUTES + "desk/")
    assert page.url.endswith(MINUTES)  # there is nothing to write any more
