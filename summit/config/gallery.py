"""`manage.py screenshots [FOLDER [NAME…]]`: every page, or those named, at 1440 and 390 px, light and dark, in English and Arabic.
`manage.py screenshots --handbook`: the pictures of docs/.
`manage.py screenshots --large [FOLDER [NAME…]]`: what is different at a summit of 193 members and 600 people.

Starts a demo of its own, holds a little of its meeting, and photographs what each member of the cast sees. Look at the
pictures after any change to a page; the browser tests walk the same list (`PAGES`).
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from summit.config import browser as browsers
from summit.config.bootstrap import ROOT, CannotStart
from summit.config.suite import install_browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

    Photographer = Callable[[BrowserContext, dict[str, Any], "Sight", Path], None]

MEETING = "/s/reykjavik/meetings/plenary-2/"
FINISHED, DRAFT = "/s/reykjavik/meetings/plenary-1/", "/s/reykjavik/meetings/declaration-1/"


@dataclass(frozen=True)
class Sight:
    """What one member of the cast sees at one address; `who` empty: a stranger."""

    name: str
    who: str
    path: str
    live: bool = False  # drawn from the socket, on the stage, which has no light and dark


PAGES = (
    Sight("sign-in", "", "/account/login/"),
    Sight("reset-password", "", "/account/password/reset/"),
    Sight("not-found", "amina", "/s/reykjavik/meetings/none/"),
    Sight("home", "amina", "/s/reykjavik/"),
    Sight("search", "amina", "/s/reykjavik/search/?q=climate"),
    Sight("notices", "amina", "/s/reykjavik/notices/"),
    Sight("question", "amina", "/s/reykjavik/questions/1/"),
    Sight("agenda", "amina", "/s/reykjavik/agenda/"),
    Sight("papers", "amina", "/s/reykjavik/papers/"),
    Sight("meetings", "amina", "/s/reykjavik/meetings/"),
    Sight("delegations", "amina", "/s/reykjavik/delegations/"),
    Sight("seating", "amina", "/s/reykjavik/seating/"),
    Sight("seating-hall", "otto", "/s/reykjavik/seating/hall/"),
    Sight("calendar", "amina", "/s/reykjavik/calendar/"),
    Sight("meeting", "amina", MEETING),
    Sight("minutes", "amina", "/s/reykjavik/minutes/"),
    Sight("minutes-approved", "amina", FINISHED + "minutes/"),
    Sight("minutes-of", "dana", DRAFT + "minutes/"),
    Sight("minutes-desk", "dana", DRAFT + "minutes/desk/"),
    Sight("minutes-files", "dana", DRAFT + "minutes/files/"),
    Sight("minutes-revisions", "dana", FINISHED + "minutes/revisions/"),
    Sight("minutes-revision", "dana", FINISHED + "minutes/revisions/1/"),
    Sight("minutes-approve", "dana", DRAFT + "minutes/approve/"),
    Sight("focal-point", "joseph", "/s/reykjavik/delegations/KE/people/"),
    Sight("focal-nominate", "joseph", "/s/reykjavik/delegations/KE/people/new/"),
    Sight("check-in", "hana", "/s/reykjavik/check-in/"),
    Sight("photo", "amina", "/s/reykjavik/photo/"),
    Sight("accreditation", "otto", "/s/reykjavik/accreditation/"),
    Sight("accreditation-person", "otto", "/s/reykjavik/accreditation/19/"),
    Sight("accreditation-rules", "otto", "/s/reykjavik/accreditation/rules/"),
    Sight("settings", "amina", "/account/settings/"),
    Sight("two-factor", "amina", "/account/2fa/"),
    Sight("connections", "amina", "/account/3rdparty/"),
    Sight("passkey", "amina", "/account/2fa/webauthn/add/"),
    Sight("authenticator", "amina", "/account/2fa/totp/activate/"),
    Sight("not-allowed", "otto", "/account/reauthenticate/"),
    Sight("organise", "otto", "/admin/"),
    Sight("organise-people", "otto", "/admin/summit/accreditation/"),
    Sight("organise-person", "otto", "/admin/summit/accreditation/1/change/"),
    Sight("credentials", "otto", "/s/reykjavik/credentials/"),
    Sight("credentials-of", "amina", "/s/reykjavik/credentials/KE/"),
    Sight("credentials-decide", "otto", "/s/reykjavik/credentials/EG/"),
    Sight("lobby", "ingrid", MEETING + "lobby/", live=True),
    Sight("corridors", "amina", "/s/reykjavik/corridors/", live=True),
    Sight("bilaterals", "amina", "/s/reykjavik/bilaterals/"),
    Sight("table-cards", "bruno", "/s/reykjavik/corridors/tables/"),
    Sight("desk", "bruno", MEETING + "desk/", live=True),
    Sight("hall", "hana", MEETING + "hall/", live=True),
    Sight("room", "amina", MEETING + "room/", live=True),
)
LARGE_MEETING = "/s/assembly/meetings/plenary-1/"
LARGE = (
    Sight("large-home", "delegate", "/s/assembly/"),
    Sight("large-delegations", "delegate", "/s/assembly/delegations/"),
    Sight("large-agenda", "delegate", "/s/assembly/agenda/"),
    Sight("large-papers", "delegate", "/s/assembly/papers/"),
    Sight("large-meeting", "delegate", LARGE_MEETING),
    Sight("large-accreditation", "olive", "/s/assembly/accreditation/"),
    Sight("large-rules", "olive", "/s/assembly/accreditation/rules/"),
    Sight("large-credentials", "olive", "/s/assembly/credentials/"),
    Sight("large-organise", "olive", "/admin/"),
    Sight("large-organise-delegations", "olive", "/admin/summit/delegation/"),
    Sight("large-corridors", "delegate", "/s/assembly/corridors/", live=True),
    Sight("large-lobby", "delegate", LARGE_MEETING + "lobby/", live=True),
    Sight("large-desk", "chair", LARGE_MEETING + "desk/", live=True),
    Sight("large-room", "delegate", LARGE_MEETING + "room/", live=True),
)
# What docs/ shows, as docs/pictures/NAME.png: made by `manage.py screenshots --handbook`, never by hand.
HANDBOOK = (
    "organise", "credentials", "focal-point", "focal-nominate", "accreditation", "accreditation-person", "check-in",
    "home", "minutes-desk", "desk",
)  # fmt: skip
IN_PRINT = {"width": 1200, "height": 800}
SIZES = {"1440": {"width": 1440, "height": 900}, "390": {"width": 390, "height": 844}}


def main(arguments: Sequence[str]) -> int:
    """Photograph into FOLDER (`var/screenshots` when none is named) all pages or those named; 0 when all answered."""
    from playwright.sync_api import sync_playwright

    install_browser()
    handbook, large = list(arguments) == ["--handbook"], "--large" in arguments
    arguments, known = [one for one in arguments if one != "--large"], LARGE if large else PAGES
    folder = (
        ROOT / "docs" / "pictures" if handbook else Path(arguments[0]) if arguments else ROOT / "var" / "screenshots"
    )
    named = HANDBOOK if handbook else arguments[1:]
    if unknown := set(named) - {page.name for page in known}:
        all_names = ", ".join(page.name for page in known)
        raise CannotStart(f"There is no page named {', '.join(sorted(unknown))}. There are: {all_names}.")
    folder.mkdir(parents=True, exist_ok=True)
    with demo(large=large) as started, fonts() as known_fonts, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=browsers.find(),
            args=browsers.arguments(browsers.REAL_ADDRESSES),
            env={**os.environ, **known_fonts},
        )
        sights = [page for page in known if page.name in named or not named]
        take(browser, started, sights, folder, print_one if handbook else in_every_light)
        browser.close()
    print(f"{len(list(folder.glob('*.png')))} pictures in {folder}")
    return 0


def take(
    browser: Browser, started: dict[str, Any], sights: Sequence[Sight], folder: Path, photographer: Photographer
) -> None:
    """Hold a little of the meeting of a demo (see `demo`) that nobody has opened yet, and photograph these pages. At the
    large summit it is open already, with forty hands up."""
    is_small = "bruno" in started["links"]
    present = {*(("bruno", "amina", "lucia") if is_small else ()), *(page.who for page in sights)}
    people = {name: sign_in(browser, started, name) for name in sorted(present)}
    if is_small:
        hold_a_meeting(people, started)
    for sight in sights:
        photographer(people[sight.who], started, sight, folder)
    for context in people.values():
        context.close()


@contextmanager
def demo(*, large: bool = False) -> Iterator[dict[str, Any]]:
    """A demo of its own on a free port: {"origin": …, "links": {name: address}}; gone afterwards. large: the links are
    those of the summit of 193 members, which is made for it."""
    with tempfile.TemporaryDirectory(prefix="parley-gallery-") as var:
        environment = {
            k: v for k, v in os.environ.items() if not k.startswith(("PARLEY_", "MEDIA_", "REDIS_", "DATABASE_"))
        }
        up = subprocess.Popen(
            [sys.executable, "manage.py", "up", "--port", "0"],
            cwd=ROOT, env=environment | {"PARLEY_VAR": var}, stdout=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            started = _announced(up, Path(var) / "up.json")
            yield started | {"links": _large(started, environment | {"PARLEY_VAR": var})} if large else started
        finally:
            up.terminate()
            up.wait(60)


@contextmanager
def fonts() -> Iterator[dict[str, str]]:
    """The environment in which a browser finds the Chinese font of the minutes; this machine may have none."""
    wheel = find_spec("pylopdf_fonts_zh_cn")
    with tempfile.TemporaryDirectory(prefix="parley-fonts-") as data:
        if wheel and wheel.origin:
            Path(data, "fonts").symlink_to(Path(wheel.origin).parent)
        yield {"XDG_DATA_HOME": data}


def _large(started: dict[str, Any], environment: dict[str, str]) -> dict[str, str]:
    base = str(started["origin"]).replace("//", "//{name}.")
    for command in (["demo_summit", "--large"], ["cast_links", "--large", "--json", "--base", base]):
        told = subprocess.check_output([sys.executable, "manage.py", *command], cwd=ROOT, env=environment, text=True)
    return {row["name"]: row["url"] for row in json.loads(told)}


def _announced(up: subprocess.Popen[bytes], note: Path) -> dict[str, Any]:
    until = time.monotonic() + 300
    while time.monotonic() < until and up.poll() is None:
        if note.exists() and (said := json.loads(note.read_text())).get("pid") == up.pid:
            return dict(said)
        time.sleep(0.2)
    raise CannotStart("The demo did not start; `manage.py up` tells why.")


def sign_in(browser: Browser, started: dict[str, Any], name: str) -> BrowserContext:
    """A browser profile in which this member of the cast has followed their link."""
    context = browser.new_context(permissions=["camera", "microphone"], locale="en-GB", reduced_motion="reduce")
    if name:
        page = context.new_page()
        page.goto(started["links"][name])
        page.locator("main form button").click()
        page.wait_for_url(lambda url: "/invitation/" not in url)
        page.close()
    return context


def address(started: dict[str, Any], who: str, path: str) -> str:
    """Each member of the cast has a host name of their own."""
    return str(started["origin"]).replace("//", f"//{who}.") + path if who else str(started["origin"]) + path


def hold_a_meeting(people: dict[str, BrowserContext], started: dict[str, Any]) -> None:
    """The chair opens and takes up climate finance; Kenya has the floor with her camera on, Chile waits."""
    desk = people["bruno"].new_page()
    desk.set_default_timeout(60_000)
    desk.goto(address(started, "bruno", MEETING + "desk/"))
    desk.get_by_role("button", name="Open the meeting").click()
    desk.locator("li", has_text="Climate finance").get_by_role("button").first.click()
    for name in ("amina", "lucia"):
        _join_and_ask(people[name].new_page(), address(started, name, MEETING + "lobby/"))
    desk.get_by_role("button", name="Give the floor").first.click()


def _join_and_ask(page: Page, lobby: str) -> None:
    page.set_default_timeout(60_000)
    page.set_viewport_size({"width": 640, "height": 480})
    page.goto(lobby)
    page.get_by_role("button", name="Join as").click()
    page.get_by_role("button", name="Ask for the floor").click()


def in_every_light(context: BrowserContext, started: dict[str, Any], sight: Sight, folder: Path) -> None:
    """One page in both languages and themes."""
    for language in ("en", "ar"):
        for theme in ("light",) if sight.live else ("light", "dark"):
            photograph(context, started, sight, language, theme, folder)


def photograph(
    context: BrowserContext, started: dict[str, Any], sight: Sight, language: str, theme: str, folder: Path
) -> None:
    """One page in one language and theme, at both widths."""
    page = context.new_page()
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    where = address(started, sight.who, sight.path)
    home = address(started, sight.who, "/")
    context.add_cookies([{"name": "django_language", "value": language, "url": home}])
    for size, viewport in SIZES.items():
        page.set_viewport_size(viewport)  # type: ignore[arg-type]
        page.goto(where)
        page.wait_for_timeout(1500 if sight.live else 200)  # pictures arrive; a photograph, not a test
        page.screenshot(path=folder / f"{sight.name}-{size}-{theme}-{language}.png", full_page=not sight.live)
    page.close()


def print_one(context: BrowserContext, started: dict[str, Any], sight: Sight, folder: Path) -> None:
    """One page for the handbook: what stands above the fold, light, in English, in 256 colours."""
    from PIL import Image

    page = context.new_page()
    page.set_viewport_size(IN_PRINT)  # type: ignore[arg-type]
    page.goto(address(started, sight.who, sight.path))
    page.wait_for_timeout(1500 if sight.live else 200)
    with Image.open(io.BytesIO(page.screenshot())) as taken:
        taken.quantize(256).save(folder / f"{sight.name}.png", optimize=True)
    page.close()
