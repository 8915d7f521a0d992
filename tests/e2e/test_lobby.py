"""Everything that can stand between a person and the room has its own sentence and its way out."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.e2e.access import everybody_can_use
from tests.e2e.people import PLENARY, Person, until
from tests.product import ROOT, Product, operators_environment

COMMITTEE = "/s/reykjavik/meetings/finance-1/"  # tomorrow's: nobody opens it here

# What a browser says when a device cannot be had, by name of its error; and what the page answers.
REFUSALS = [
    ("NotAllowedError", "The browser may not use your microphone.", "choose “Allow”"),
    ("NotFoundError", "No microphone was found.", "Plug one in"),
    ("NotReadableError", "Another program is using your microphone.", "Close the other call"),
    ("InvalidStateError", "Your microphone did not start.", "Choose another one"),
]
REFUSE = "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('no', '%s') }"

# A camera that takes its time, as many do.
SLOW_CAMERA = """
const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices)
navigator.mediaDevices.getUserMedia = async (wish) => {
  if (wish.video) await new Promise((go) => setTimeout(go, 3000))
  return ask(wish)
}
"""

Arrive = Callable[..., Person]


@pytest.mark.parametrize(("error", "sentence", "way"), REFUSALS)
def test_a_device_that_cannot_be_had_says_why_and_what_to_do(
    arrive: Arrive, error: str, sentence: str, way: str
) -> None:
    amina = arrive("amina", REFUSE % error)
    amina.go(COMMITTEE + "lobby/")
    amina.sees(sentence, ".preview")
    amina.sees(way, ".preview")
    assert amina.page.locator(".preview").get_by_role("button", name="Try again").first.is_enabled()


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        ("Object.defineProperty(window, 'isSecureContext', { value: false })", "This address is not secure"),
        ("Object.defineProperty(navigator, 'mediaDevices', { value: undefined })", "This browser cannot send sound"),
    ],
)
def test_an_address_or_browser_that_cannot_send_still_lets_people_follow(
    arrive: Arrive, script: str, sentence: str
) -> None:
    amina = arrive("amina", script)
    amina.go(COMMITTEE + "lobby/")
    amina.sees(sentence, ".preview")
    amina.page.locator("label[for=mode-hall]").click()
    until(lambda: sentence not in amina.page.inner_text("main"), "in the hall no device is needed")


def test_before_the_meeting_opens_one_checks_sound_and_picture(arrive: Arrive) -> None:
    amina = arrive("amina")
    amina.go(COMMITTEE + "lobby/")
    amina.sees("The meeting has not opened yet.")
    amina.sees("Kenya", ".lower-third-name")
    assert amina.page.locator("#join").is_disabled()
    until(lambda: amina.page.evaluate("document.querySelector('video')?.videoWidth > 0"), "Amina sees herself")
    until(lambda: amina.page.evaluate("document.querySelector('meter')?.value > 0"), "her level moves")
    amina.sees("Good", ".sound-grade")
    amina.press("Test the loudspeaker")
    amina.sees("You should hear a chime")
    for kind in ("Microphone", "Camera", "Loudspeaker"):
        assert amina.page.get_by_label(kind, exact=True).locator("option").count() >= 1
    everybody_can_use(amina.page)


def test_a_device_in_the_hall_gets_neither_microphone_nor_loudspeaker(arrive: Arrive) -> None:
    amina = arrive("amina")
    amina.go(COMMITTEE + "lobby/")
    amina.page.locator("label[for=mode-hall]").click()
    amina.sees("This device stays silent", ".preview")
    assert amina.page.get_by_label("Microphone", exact=True).count() == 0
    assert amina.page.locator("video").count() == 0


def test_whoever_sits_elsewhere_moves_here_or_takes_a_companion(arrive: Arrive) -> None:
    first = arrive("tariq")  # a technician comes in before the meeting opens
    first.go(COMMITTEE + "lobby/")
    first.page.locator("#join").click()
    first.page.wait_for_url("**/room/**")
    first.page.locator("#leave").wait_for()  # seated, not only on the way
    second = arrive("tariq")
    second.go(COMMITTEE + "lobby/")
    second.sees("You are already in the room on another device.")
    second.press("Use this device as a companion")
    second.page.wait_for_url("**device=companion")
    second.reads("")
    third = arrive("tariq")
    third.go(COMMITTEE + "lobby/")
    third.press("Move here")
    third.page.wait_for_url("**/room/**")
    first.sees("opened")  # and the first page says what happened
    assert first.page.get_by_role("button", name="Use this page").count() == 1


def test_whoever_joins_before_the_camera_is_open_has_it_in_the_room(arrive: Arrive) -> None:
    bruno = arrive("bruno", SLOW_CAMERA)
    bruno.join()
    until(lambda: bruno.page.locator("#camera").get_attribute("aria-pressed") == "true", "the camera opens in the room")
    bruno.page.reload()
    until(lambda: bruno.page.locator("#camera").get_attribute("aria-pressed") == "true", "and again after a reload")
    bruno.page.locator("#camera").click()
    until(lambda: bruno.page.locator("#camera").get_attribute("aria-pressed") == "false", "the camera is off")


def test_low_data_chosen_in_the_lobby_holds_in_the_room_and_over_a_reload(arrive: Arrive) -> None:
    tariq = arrive("tariq")
    tariq.go(COMMITTEE + "lobby/")
    tariq.page.locator("#low-data").check()
    tariq.page.locator("#join, button:has-text('Move here')").first.click()
    tariq.page.wait_for_url("**/room/**")

    def connection() -> None:
        tariq.page.locator("#more > summary").click()
        tariq.press("Your connection")
        tariq.page.locator("dialog #limit").wait_for()

    connection()
    assert tariq.page.locator("#most-low").is_checked()
    assert not Axe().run(tariq.page).response["violations"]
    tariq.page.locator("label[for=most-none]").click()
    kept = "JSON.parse(sessionStorage.getItem('parley.equipment')).most"
    until(lambda: tariq.page.evaluate(kept) == "none", "the server has taken it")
    tariq.page.reload()
    connection()
    assert tariq.page.locator("#most-none").is_checked()
    assert not tariq.faults


def test_closed_doors_say_so_and_help_reaches_a_person(arrive: Arrive) -> None:
    hana, chen = arrive("hana"), arrive("chen")
    desk = hana.go(PLENARY + "desk/?device=companion")
    desk.get_by_label("Doors").select_option("closed")
    try:
        chen.go(PLENARY + "lobby/")
        chen.sees("This meeting is closed")
        chen.press("Ask for help")
        chen.page.locator("#help-text").fill("I am on the list of observers.")
        chen.press("Call a person")
        chen.sees("A person was called", "dialog")
        hana.sees("Chen Wei", ".desk-house")
        hana.sees("I am on the list of observers.", ".desk-house")
        chen.press("Close")
        chen.page.route("**/help/", lambda route: route.fulfill(json={"call": 1, "attended": False}))
        chen.press("Ask for help")
        chen.press("Call a person")
        chen.sees("Nobody of the help desk is here just now.", "dialog")
        chen.sees("telephone the secretariat", "dialog")
    finally:
        desk.get_by_label("Doors").select_option("open")
    hana.sees("Doors changed", ".undo", desk)
    chen.go(PLENARY + "lobby/")
    chen.sees("How do you take part?")
    assert "This meeting is closed" not in chen.page.inner_text("main")


def test_whoever_is_not_accredited_is_told_whom_to_ask(arrive: Arrive, product: Product) -> None:
    chen = arrive("chen")
    _accreditation(product, "withdrawn")
    try:
        chen.go(COMMITTEE + "lobby/")
        chen.sees("You are not accredited to this meeting.")
        chen.sees("focal point")
        assert chen.page.locator("#join").is_disabled()
    finally:
        _accreditation(product, "badged")


@pytest.mark.parametrize(
    ("code", "sentence"),
    [
        ("full", "The room is full."),
        ("removed", "You were asked to leave this meeting."),
        ("over", "The meeting is over."),
        ("seat.three", "You are in the room on three devices already."),
    ],
)
def test_what_the_door_answers_is_said_in_a_sentence(arrive: Arrive, code: str, sentence: str) -> None:
    """The answers themselves are tested where they are given (tests/rooms); here only what a person reads."""
    tariq = arrive("tariq")
    tariq.page.route(
        "**/seat/", lambda route: route.fulfill(status=403, json={"code": code, "message": "", "choices": []})
    )
    tariq.go(COMMITTEE + "lobby/")
    button = tariq.page.locator("#join, button:has-text('Move here')").first
    button.click()
    tariq.sees(sentence)


def _accreditation(product: Product, state: str) -> None:
    script = (
        "from summit.credentials.models import Accreditation\n"
        f"Accreditation.objects.filter(person__names__en__short='Chen Wei').update(state='{state}')"
    )
    subprocess.run(
        [sys.executable, "manage.py", "shell", "-c", script], cwd=ROOT, check=True, timeout=120, capture_output=True,
        env=operators_environment(product.var, PARLEY_DEMO="1"),
    )  # fmt: skip
