"""The samples in a real browser: no page scrolls sideways, nothing fails axe, and page.js does what pages rely on."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, Route

from tests.look.samples import page as whole_page
from tests.look.samples import snippets

ROOT = Path(__file__).resolve().parents[2]
ORIGIN = "http://localhost:9"  # answered from disk; nothing listens there
EXTRA = {
    "times": '<h1>Times</h1><p><time datetime="2026-11-22T14:00:00+03:00" data-local="Africa/Nairobi">14:00</time></p>',
    "choose": '<h1>Choose</h1><form><input type="checkbox" data-chooses="one" hidden aria-label="All">'
    '<input type="checkbox" name="one" value="1" aria-label="First"><input type="checkbox" name="one" value="2" aria-label="Second">'
    '<input type="checkbox" name="other" aria-label="Other"></form>',
    "close": '<h1>Close</h1><form id="f" data-confirm="ask" action="/sent"><button name="act" value="close">Close</button></form>'
    '<dialog id="ask"><form method="dialog"><button value="no">Keep it open</button><button value="yes">Close it</button></form></dialog>',
}


def _serve(route: Route) -> None:
    path, _, query = route.request.url.removeprefix(ORIGIN + "/").partition("?")
    if path.startswith("static/"):
        kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
        route.fulfill(path=ROOT / path, content_type=kind)
        return
    language = "ar" if "ar" in query else "en"
    frame, source = snippets().get(path) or ("paper", EXTRA.get(path, "<h1>Sent</h1>"))
    html = whole_page(path or "sent", frame, source, language=language)
    if frame == "paper":
        html = html.replace("</head>", '<script type="module" src="/static/js/page.js"></script></head>')
    route.fulfill(body=html, content_type="text/html; charset=utf-8")


Open = Callable[..., Page]


@pytest.fixture
def sample(open_context: Callable[..., BrowserContext]) -> Open:
    """A tab on the sample of this name; keywords go to the browser profile."""

    def open_one(path: str, **options: object) -> Page:
        context = open_context(reduced_motion="reduce", **options)
        context.route(f"{ORIGIN}/**", _serve)
        tab = context.new_page()
        tab.goto(f"{ORIGIN}/{path}")
        return tab

    return open_one


@pytest.mark.parametrize("name", snippets())
def test_no_sample_scrolls_sideways_and_axe_finds_nothing(sample: Open, name: str) -> None:
    tab = sample(name)
    faults = []
    for scheme in ("light", "dark"):
        tab.emulate_media(color_scheme=scheme)
        found = Axe().run(tab).response["violations"]
        faults += [(scheme, rule["id"], [node["target"] for node in rule["nodes"]]) for rule in found]
    for language in ("en", "ar"):
        tab.goto(f"{ORIGIN}/{name}?{language}")
        for width in (1440, 1024, 720, 390, 320):  # 720: a 1440 px window with text at 200 %
            tab.set_viewport_size({"width": width, "height": 844})
            full = tab.evaluate("document.documentElement.scrollWidth")
            if full > width:
                faults.append((language, f"{full} px wide at {width}", []))
    assert faults == []


# Every name is this one now; what leaves the box that is to hold it.
RENAME = """(name) => {
  for (const at of document.querySelectorAll('bdi')) at.textContent = name
  const out = []
  for (const [part, whole] of [['.tile-plate', '.tile'], ['.lower-third', '.speaker, .preview-picture'], ['.speakers-name', 'li']]) {
    for (const at of document.querySelectorAll(part)) {
      const [is, may] = [at, at.closest(whole) ?? at].map((one) => one.getBoundingClientRect())
      const over = [may.left - is.left, is.right - may.right, may.top - is.top, is.bottom - may.bottom]
      if (Math.max(...over) > 1) out.push([part, ...over])
    }
  }
  return [document.documentElement.scrollWidth, out]
}"""


@pytest.mark.parametrize("name", ["room", "desk", "lobby"])
def test_a_name_of_three_hundred_characters_bursts_nothing(sample: Open, name: str) -> None:
    tab, faults = sample(name), []
    for words in ("M" * 300, "Société " * 37 + "anonyme"):  # a word without an end, and many words
        for width in (1440, 390):
            tab.set_viewport_size({"width": width, "height": 844})
            full, out = tab.evaluate(RENAME, words)
            if full > width or out:
                faults.append((words[:8], width, full, out))
    assert faults == []


def test_the_readers_own_time_stands_beside_the_hosts(sample: Open) -> None:
    away = sample("times", timezone_id="America/Santiago")
    assert away.locator("main p").inner_text() == "14:00 host · 08:00\N{NO-BREAK SPACE}Santiago"
    assert sample("times", timezone_id="Africa/Nairobi").locator("main p").inner_text() == "14:00"


def test_one_box_chooses_all_and_follows_them(sample: Open) -> None:
    tab = sample("choose")
    every, first, second, other = (tab.get_by_label(name, exact=True) for name in ("All", "First", "Second", "Other"))
    every.check()
    assert first.is_checked() and second.is_checked() and not other.is_checked()
    second.uncheck()
    assert not every.is_checked() and every.evaluate("box => box.indeterminate")
    second.check()
    assert every.is_checked()
    every.uncheck()
    assert not first.is_checked() and not second.is_checked()


def test_escape_closes_a_menu_and_returns_to_its_button(sample: Open) -> None:
    tab = sample("dialog")
    menu = tab.locator("details.menu")
    assert menu.get_attribute("open") is not None
    menu.locator("a").first.focus()
    tab.keyboard.press("Escape")
    assert menu.get_attribute("open") is None
    assert tab.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_a_form_that_asks_first_is_sent_only_after_yes(sample: Open) -> None:
    tab = sample("close")
    tab.get_by_role("button", name="Close", exact=True).click()
    tab.get_by_role("button", name="Keep it open").click()
    assert tab.url == f"{ORIGIN}/close"
    tab.get_by_role("button", name="Close", exact=True).click()
    tab.get_by_role("button", name="Close it").click()
    tab.wait_for_url(f"{ORIGIN}/sent?act=close")
