"""The commands that need a browser, as an operator and whoever changes a page call them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser

from summit.config import gallery
from tests.e2e.conftest import running
from tests.product import ROOT, Product


@pytest.fixture
def product(seed: Path, tmp_path: Path) -> Iterator[Product]:
    """Of its own: its meeting is opened."""
    yield from running(seed, tmp_path / "up")


def test_screenshots_show_pages_in_both_languages_themes_and_widths(
    product: Product, browser: Browser, tmp_path: Path
) -> None:
    started = {"origin": product.origin, "links": product.links}

    sights = [sight for sight in gallery.PAGES if sight.name in {"sign-in", "desk"}]
    gallery.take(browser, started, sights, tmp_path, gallery.in_every_light)

    sizes = {picture.stem: Image.open(picture).size for picture in tmp_path.glob("*.png")}
    assert set(sizes) == {
        *(
            f"sign-in-{width}-{theme}-{tongue}"
            for width in (1440, 390)
            for theme in ("light", "dark")
            for tongue in ("en", "ar")
        ),
        *(f"desk-{width}-light-{tongue}" for width in (1440, 390) for tongue in ("en", "ar")),
    }
    assert {name: size[0] for name, size in sizes.items()} == {name: int(name.split("-")[-3]) for name in sizes}
    assert sizes["desk-390-light-ar"] == (390, 844)


@pytest.mark.timed
def test_the_bench_of_a_room_of_twelve_carries_everybody_and_ends_with_one_json_object() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "bench", "room", "--quick"], cwd=ROOT, capture_output=True, text=True, timeout=150
    )

    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["seats"] == 12
    assert result["delivered_percent"] > 90  # a busy machine may drop some; the figures are for quiet ones
    assert all(seen >= 6 for seen in result["pictures_per_page"]), "most of the eleven others, within three seconds"
    assert result["server_cpu_percent"] > 0
    assert result["relay_us_per_packet"] > 0
