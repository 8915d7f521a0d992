"""Every pair of colours a page may draw is far enough apart (WCAG 2.2: text 4.5:1, edges of controls and large marks 3:1)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TOKENS = (Path(__file__).resolve().parents[2] / "static/css/tokens.css").read_text("utf-8")
_DECLARATION = re.compile(r"--([\w-]+):\s*([^;]+);")
_HEX = re.compile(r"#([0-9a-f]{6})")

GROUNDS = ["ground", "raised", "sunken"]
TEXT = (
    [
        (ink, ground)
        for ink in ("ink", "muted", "action", "action-strong", "good", "soon", "over", "floor")
        for ground in GROUNDS
    ]
    + [(tone, f"{tone}-soft") for tone in ("good", "soon", "over", "floor", "action")]
    + [("ink", f"{tone}-soft") for tone in ("good", "soon", "over", "floor", "action")]
    + [
        ("muted", "action-soft"),
        ("on-action", "action"),
        ("on-action", "action-strong"),
        ("on-floor", "floor"),
        ("on-over", "over"),
    ]
)
EDGES = [("edge", ground) for ground in GROUNDS] + [("focus", ground) for ground in GROUNDS]


def _block(selector: str, text: str) -> dict[str, str]:
    body = re.search(re.escape(selector) + r"\s*\{(.*?)\}", text, re.S)
    assert body, selector
    return dict(_DECLARATION.findall(body.group(1)))


def _worlds() -> dict[str, dict[str, str]]:
    """{world: {token: "#rrggbb"}} for paper by day and night and the stage, each plainly and with more contrast."""
    plain, more = TOKENS.split("@media (prefers-contrast: more)")
    paper, stage = _block(":root", plain), _block(':root[data-world="stage"]', plain)
    extra = _block(':root, :root[data-world="stage"]', more.split("/* Uses")[0])
    worlds = {}
    for suffix, over in (("", {}), (", more contrast", extra)):
        worlds[f"paper{suffix}"] = _resolve({**paper, **over}, 0)
        worlds[f"paper at night{suffix}"] = _resolve({**paper, **over}, 1)
        worlds[f"stage{suffix}"] = _resolve({**paper, **stage, **over}, 1)
    return worlds


def _resolve(tokens: dict[str, str], night: int) -> dict[str, str]:
    found = {name: _HEX.findall(value) for name, value in tokens.items()}
    return {name: colours[night] if len(colours) > 1 else colours[0] for name, colours in found.items() if colours}


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _ratio(one: str, other: str) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("world", _worlds())
def test_text_and_edges_stand_out_from_their_ground(world: str) -> None:
    tokens = _worlds()[world]
    weak = [
        f"{front} on {back}: {_ratio(tokens[front], tokens[back]):.2f}, needs {needed}"
        for pairs, needed in ((TEXT, 4.5), (EDGES, 3.0))
        for front, back in pairs
        if _ratio(tokens[front], tokens[back]) < needed
    ]
    assert weak == []
