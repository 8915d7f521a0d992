"""What the script photographs and the browser tests walk is every page; the handbook shows its pictures, all of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.urls import resolve

from summit.config.gallery import HANDBOOK, PAGES
from tests.test_matrix import ADDRESSES

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAPERS = [*ROOT.glob("*.md"), *DOCS.glob("*.md"), *ROOT.glob("rooms/**/*.md")]

MEETING = "s/<slug:summit>/meetings/<slug:meeting>/"
NO_PAGES = {  # files, figures, and what only takes an answer
    "", "i18n/texts.js", "i18n/setlang/", "livez", "readyz", "metrics", "seat/", "account/data/", f"{MEETING}help/",
    "calendar/<str:token>.ics", "s/<slug:summit>/papers/<int:file>/", "s/<slug:summit>/people/<int:accreditation>/photo.jpg",
    "s/<slug:summit>/check-in/list.json", "s/<slug:summit>/check-in/scans/", "s/<slug:summit>/check-in/worker.js",
    "s/<slug:summit>/check-in/photos.json", "s/<slug:summit>/seating/plan.pdf",
    f"{MEETING}minutes/files/<int:export>/", f"{MEETING}minutes/sound/<int:sound>/", f"{MEETING}minutes/desk/state/",
    f"{MEETING}minutes/desk/<int:entry>/",
    *(f"s/<slug:summit>/credentials/{rest}" for rest in (
        "draft/", "<slug:delegation>/state/", "<slug:delegation>/letters/<int:letter>/", "<slug:delegation>/powers/",
        "<slug:delegation>/powers/<int:powers>/",
    )),
}  # fmt: skip
LIKE_ANOTHER = {  # the same template, a page behind a token, the way to a ministry's own: seen by a story of tests/e2e
    "s/<slug:summit>/delegations/<slug:delegation>/people/<int:nomination>/",
    "s/<slug:summit>/people/<int:accreditation>/photo/",
    f"{MEETING}minutes/desk/<int:entry>/versions/",
    "screen/<str:token>/",
    "invitation/<str:token>/",
    "account/oidc/<str:provider_id>/login/",
    "account/oidc/<str:provider_id>/login/callback/",
}


def route_of(path: str) -> str:
    """As the role matrix names it: the admin's and sign-in's own by their prefix."""
    route = resolve(path.partition("?")[0]).route
    prefix = route.partition("/")[0]
    return f"{prefix}/*" if prefix in {"admin", "account"} and route not in ADDRESSES else route


def test_every_page_is_photographed_and_walked() -> None:
    walked = {route_of(page.path) for page in PAGES}
    assert set(ADDRESSES) - NO_PAGES - LIKE_ANOTHER == walked


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_of_the_documents_leads_somewhere(paper: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", paper.read_text()):
        if link.startswith(("http://", "https://")):
            continue
        path, _, place = link.partition("#")
        target = paper.parent / path if path else paper
        assert target.exists(), link
        heads = re.findall(r"^#+ (.*)$", target.read_text(), re.MULTILINE) if place else []
        assert not place or place in {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}, link


def test_every_picture_is_there_is_shown_and_has_words_for_who_does_not_see_it() -> None:
    shown = [
        one for page in DOCS.glob("*.md") for one in re.findall(r"!\[(.*?)\]\(pictures/(.*?)\.png\)", page.read_text())
    ]
    assert all(words for words, _ in shown)
    assert sorted(name for _, name in shown) == sorted(HANDBOOK)
    assert {path.stem for path in (DOCS / "pictures").glob("*.png")} == set(HANDBOOK) <= {page.name for page in PAGES}
    assert re.search(r"!\[.{20,}\]\(docs/room\.png\)", (ROOT / "README.md").read_text())
