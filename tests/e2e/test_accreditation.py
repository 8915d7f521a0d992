"""From a nomination to the door: the focal point's desk, the accreditation desk, and check-in without a network."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import segno
from PIL import Image
from pypdf import PdfReader

from tests.e2e.access import everybody_can_use
from tests.e2e.conftest import running
from tests.e2e.people import Person, until
from tests.product import Product

SUMMIT = "/s/reykjavik/"
GUESTS = iter(["Ingrid Lund", "Amina Rahal"])  # whoever came in has come in: a second try needs another
PEOPLE, DESK, DOOR = f"{SUMMIT}delegations/KE/people/", f"{SUMMIT}accreditation/", f"{SUMMIT}check-in/"
# A camera that films one picture: the badge that is held up.
CAMERA = """async (picture) => {
  const image = new Image()
  image.src = picture
  await image.decode()
  const canvas = Object.assign(document.createElement('canvas'), { width: 640, height: 480 })
  const pen = canvas.getContext('2d')
  setInterval(() => {
    pen.fillStyle = '#ddd'
    pen.fillRect(0, 0, 640, 480)
    pen.drawImage(image, 200, 120, 240, 240)
  }, 100)
  navigator.mediaDevices.getUserMedia = async () => canvas.captureStream(10)
}"""


EVERYBODY = """() => document.querySelector('[name="chosen"]').form.append(
  Object.assign(document.createElement('input'), { type: 'hidden', name: 'everybody', value: '1' }))"""


@pytest.fixture(scope="module")
def product(seed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """One of its own: whoever is checked in at the door is in the hall from then on."""
    yield from running(seed, tmp_path_factory.mktemp("own"))


def nominate(who: Person, name: str, address: str) -> None:
    who.page.get_by_label("Name", exact=True).fill(name)
    who.page.get_by_label("E-mail address").fill(address)
    who.press("Send to the accreditation desk")
    who.page.wait_for_url(lambda url: url.endswith("/people/"))


def line_of(who: Person, name: str) -> str:
    who.go(PEOPLE)
    return who.page.locator("tr, li", has_text=name).first.inner_text()


def decide(otto: Person, name: str) -> None:
    otto.go(f"{DESK}?q={name.split()[0]}&state=nominated")
    otto.page.get_by_label(name, exact=True).check()
    otto.press("Approve and invite")
    otto.page.locator(".messages .notice").first.wait_for()


def test_a_focal_point_nominates_and_replaces_and_one_approval_moves_the_seat(arrive: Callable[..., Person]) -> None:
    joseph, otto = arrive("joseph"), arrive("otto")
    joseph.page.get_by_text("Joseph Mwangi").first.click()
    joseph.page.get_by_role("link", name="People of Kenya").click()
    joseph.page.get_by_role("link", name="Nominate somebody").click()
    nominate(joseph, "Achieng Odhiambo", "achieng@parley.example")
    assert "Waits for the accreditation desk" in line_of(joseph, "Achieng Odhiambo")
    decide(otto, "Achieng Odhiambo")
    assert "has not signed in yet" in line_of(joseph, "Achieng Odhiambo")
    joseph.page.get_by_role("link", name="Replace Achieng Odhiambo").click()
    nominate(joseph, "Brian Kiprotich", "brian@parley.example")
    decide(otto, "Brian Kiprotich")
    assert "has not signed in yet" in line_of(joseph, "Brian Kiprotich")
    assert "Withdrawn" in line_of(joseph, "Achieng Odhiambo")


@pytest.mark.parametrize(("language", "asked"), [("en", r"Print \d+ badges\?"), ("ar", r"\d+.*؟")])
def test_before_everybody_is_decided_on_at_once_the_desk_is_asked(
    arrive: Callable[..., Person], language: str, asked: str
) -> None:
    otto = arrive("otto")
    otto.context.add_cookies([{"name": "django_language", "value": language, "url": otto.origin}])
    otto.go(DESK)
    otto.page.evaluate(EVERYBODY)  # the box stands on lists of more than a page
    otto.page.locator("button[name=step][value=badge]").click()
    otto.page.get_by_role("heading", name=re.compile(asked)).wait_for()
    everybody_can_use(otto.page)


def test_a_delegation_reads_the_number_of_places_that_is_its_own(arrive: Callable[..., Person]) -> None:
    joseph, otto = arrive("joseph"), arrive("otto")
    for whom, places in (("Observer", "2"), ("Kenya", "40")):
        otto.go(f"{DESK}rules/")
        otto.page.get_by_label("Category or delegation").select_option(label=whom)
        otto.page.get_by_label("In the hall", exact=True).fill(places)
        otto.page.locator("form", has=otto.page.get_by_label("Category or delegation")).get_by_role("button").click()
        otto.sees("Saved.")
    everybody_can_use(otto.page)
    joseph.go(PEOPLE)
    joseph.sees("of 40")
    joseph.sees("set for your delegation")
    everybody_can_use(joseph.page)
    otto.page.get_by_role("button", name="Remove Kenya").click()
    otto.sees("Saved.")
    joseph.go(PEOPLE)
    assert "set for your delegation" not in joseph.page.inner_text("main")


def print_badge(otto: Person, name: str) -> str:
    """The code beneath the QR of a new badge."""
    otto.go(f"{DESK}?q={name.split()[0]}")
    otto.page.get_by_role("link", name=name).click()
    with otto.page.expect_download() as download:
        otto.page.get_by_role("button", name=re.compile("^Print")).click()
    text = PdfReader(io.BytesIO(download.value.path().read_bytes())).pages[0].extract_text()
    return re.search(r"\d+-[A-Z2-7]{4}-[A-Z2-7]{4}", text)[0]


def send_photo(otto: Person, name: str) -> None:
    otto.go(f"{DESK}?q={name.split()[0]}")
    otto.page.get_by_role("link", name=name).click()
    otto.page.get_by_role("link", name=re.compile("photo", re.IGNORECASE)).first.click()
    picture = io.BytesIO()
    Image.linear_gradient("L").resize((600, 800)).save(picture, "PNG")
    otto.page.locator("input[type=file]").set_input_files(
        [{"name": "ingrid.png", "mimeType": "image/png", "buffer": picture.getvalue()}]
    )
    otto.press("Send the photo")
    otto.sees("The photo is kept")


def kept_for_the_door(hana: Person) -> list[str]:
    """Names of what this browser holds for the door, the key and scans left out."""
    return hana.page.evaluate("""() => new Promise((resolve) => {
      indexedDB.open('parley-door-reykjavik').onsuccess = (event) => {
        const asked = event.target.result.transaction('kept').objectStore('kept').getAllKeys()
        asked.onsuccess = () => resolve(asked.result.filter((name) => name !== 'key'))
      }
    })""")


def holds_up(hana: Person, code: str, outcome: str) -> None:
    """Typed in; the verdict is there at once."""
    hana.page.locator("#verdict").evaluate("(box) => { box.dataset.outcome = '' }")
    hana.page.get_by_label("Code beneath the QR").fill(code)
    hana.press("Check")
    hana.page.locator(f"#verdict[data-outcome={outcome}]").wait_for()


def test_the_door_checks_badges_without_a_network_and_sends_later(arrive: Callable[..., Person]) -> None:
    otto, hana = arrive("otto"), arrive("hana", viewport={"width": 390, "height": 844})
    guest = next(GUESTS)
    send_photo(otto, guest)
    old, new = print_badge(otto, guest), print_badge(otto, guest)
    hana.go(DOOR)
    hana.page.locator("#check-in[data-kept=yes]").wait_for()
    hana.page.locator("#kept[data-photos=all]").wait_for()
    hana.context.set_offline(True)
    hana.page.reload()
    hana.sees("No network: it works all the same")
    holds_up(hana, old, "void")
    holds_up(hana, new.lower(), "in")
    assert guest in hana.page.locator("#verdict").inner_text()
    hana.page.wait_for_function("document.querySelector('#verdict-photo').naturalWidth === 120")
    assert hana.page.locator("#verdict-photo").is_visible()
    holds_up(hana, new, "again")
    assert hana.page.locator("#verdict").get_attribute("role") == "alert"
    holds_up(hana, "1-AAAA-AAAA", "unknown")
    hana.page.locator("#waits[data-count='4']").wait_for()
    hana.context.set_offline(False)
    hana.page.locator("#waits[data-count='0']").wait_for()
    hana.page.evaluate(CAMERA, segno.make_qr(new).svg_data_uri(scale=8))
    hana.page.locator("#verdict").evaluate("(box) => { box.dataset.outcome = '' }")
    hana.press("Scan with the camera")
    hana.page.locator("#verdict[data-outcome=again]").wait_for()
    otto.page.reload()
    until(lambda: "Badge scanned at the door" in otto.page.locator("main").inner_text(), "the desk sees the scan", 10)
    assert {"list", "photo"} <= {name.split("-")[0] for name in kept_for_the_door(hana)}
    hana.page.locator("header summary", has_text="Hana").click()
    hana.press("Sign out")
    hana.go("/account/login/")
    hana.page.locator("html[data-doors=forgotten]").wait_for()
    assert kept_for_the_door(hana) == []


# Red and green of the first and of the last pixel of a picture.
CORNERS = """(image) => {
  const pen = new OffscreenCanvas(480, 640).getContext('2d')
  pen.drawImage(image, 0, 0, 480, 640)
  return [[0, 0], [479, 639]].flatMap(([x, y]) => [...pen.getImageData(x, y, 1, 1).data.slice(0, 2)])
}"""


def test_a_photo_is_cut_where_keys_and_a_slow_hand_chose(arrive: Callable[..., Person]) -> None:
    amina = arrive("amina")
    amina.go("/s/reykjavik/photo/")
    wide, high = 800, 600
    ramp, picture = Image.linear_gradient("L"), io.BytesIO()  # red says how far right, green how far down
    Image.merge("RGB", (ramp.rotate(90), ramp, ramp)).resize((wide, high)).save(picture, "PNG")
    amina.page.locator("input[type=file]").set_input_files(
        [{"name": "amina.png", "mimeType": "image/png", "buffer": picture.getvalue()}]
    )
    for slider, key in (("Size", "End"), ("Up or down", "End"), ("Left or right", "Home")):
        amina.page.get_by_label(slider).press(key)
    left = amina.page.locator("#crop-x")
    amina.page.evaluate("document.documentElement.dir = 'rtl'")
    left.press("ArrowRight")
    until(lambda: left.input_value() == "1", "right is right, wherever a line begins", 10)
    view = amina.page.locator("#crop-view").bounding_box()
    assert view
    at = (view["x"] + view["width"] / 2, view["y"] + view["height"] / 2)
    amina.page.mouse.move(*at)
    amina.page.mouse.down()
    amina.page.mouse.move(at[0] - 100, at[1], steps=100)  # a pixel at a time
    amina.page.mouse.up()
    until(lambda: 15 <= int(left.input_value()) <= 20, "of the 560 pixels beside the part, 6 and 100", 10)
    amina.press("Send the photo")
    amina.sees("The photo is kept")
    amina.page.wait_for_function("document.querySelector('.badge-photo img').naturalWidth === 480")
    corners = amina.page.locator(".badge-photo img").evaluate(CORNERS)
    wanted = [x * 255 / side for x, side in ((106, wide), (280, high), (346, wide), (600, high))]
    assert all(abs(one - other) < 8 for one, other in zip(corners, wanted, strict=True)), (corners, wanted)
