"""The style sheets mirror for Arabic, keep approved spellings, and stay small; every snippet of docs/markup.md draws."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.template import Context, Engine

from tests.look.samples import snippets

ROOT = Path(__file__).resolve().parents[2]
SHEETS = sorted((ROOT / "static/css").glob("*.css"))
_SIDES = "(?:left|right|top|bottom)"
PHYSICAL = re.compile(
    rf"(?<![\w-])(?:(?:(?:margin|padding|border|inset|scroll-padding)-)?{_SIDES}\s*:|(?:text-align|float)\s*:\s*{_SIDES})"
)


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_only_logical_properties_are_used(sheet: Path) -> None:
    assert PHYSICAL.findall(sheet.read_text("utf-8")) == []


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.name)
def test_no_sheet_changes_case_or_spaces_letters(sheet: Path) -> None:
    assert re.findall(r"text-transform|letter-spacing|font-variant-caps", sheet.read_text("utf-8")) == []


def test_what_the_frames_load_weighs_less_than_75_kb_and_a_sheet_of_some_pages_alone_less_than_6() -> None:
    frames = set(re.findall(r"css/(\w+)\.css", (ROOT / "templates/components/head.html").read_text()))
    assert {"tokens", "components", "room"} <= frames
    weights = {sheet.stem: sheet.stat().st_size for sheet in SHEETS}
    assert sum(weights[name] for name in frames) < 75_000
    assert {name: size for name, size in weights.items() if name not in frames and size >= 6_000} == {}


def test_what_the_bar_has_no_room_for_stands_under_more_at_every_width() -> None:
    sheet = (ROOT / "static/css/room.css").read_text("utf-8")
    hidden = max(
        map(float, re.findall(r"max-width: ([\d.]+)rem\) \{(?:(?!@media).)*?\.control--wide-only", sheet, re.DOTALL))
    )
    shown = float(re.findall(r"min-width: ([\d.]+)rem\) \{ \.narrow-only", sheet)[0])
    assert hidden < shown <= hidden + 0.01


def test_a_page_of_latin_text_loads_fonts_below_120_kb_each() -> None:
    fonts = list((ROOT / "static/fonts").glob("*.woff2"))
    assert fonts and all(font.stat().st_size < 120_000 for font in fonts)


def test_every_sheet_and_font_named_in_css_exists() -> None:
    missing = [
        f"{sheet.name}: {name}"
        for sheet in SHEETS
        for name in re.findall(r'url\("([^"]+)"\)', sheet.read_text("utf-8"))
        if not (sheet.parent / name).is_file()
    ]
    assert missing == []


def _icons_used() -> set[str]:
    pages = [*(ROOT / "templates").rglob("*.html"), ROOT / "docs/markup.md"]
    used = {name for page in pages for name in re.findall(r"\{% icon [\"']([\w-]+)[\"']", page.read_text("utf-8"))}
    scripts = (ROOT / "static/js").rglob("*.js")
    return used | {name for script in scripts for name in re.findall(r"\bicon\('([\w-]+)'", script.read_text("utf-8"))}


def test_every_icon_that_pages_and_views_name_is_in_the_sprite() -> None:
    drawn = set(re.findall(r'<symbol id="([\w-]+)"', (ROOT / "static/icons/sprite.svg").read_text("utf-8")))
    assert _icons_used() - drawn == set()


@pytest.mark.parametrize("name", snippets())
def test_every_snippet_of_the_markup_paper_renders(name: str) -> None:
    engine = Engine(libraries={"summit": "summit.templatetags.summit"}, builtins=["summit.templatetags.summit"])
    _frame, source = snippets()[name]
    html = engine.from_string(source).render(Context())
    assert "style=" not in html
    assert html.count("<svg") == source.count("{% icon")
