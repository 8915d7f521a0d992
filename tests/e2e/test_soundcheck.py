"""The sound check of the lobby, over the real path; and help that comes while one waits."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable

from axe_playwright_python.sync_playwright import Axe

from tests.e2e.people import PLENARY, Person, until
from tests.product import Product

Arrive = Callable[..., Person]
COMMITTEE = "/s/reykjavik/meetings/finance-1/"
NO_UDP = """
const Open = RTCPeerConnection
window.RTCPeerConnection = class extends Open { constructor(wish) { super({ ...wish, iceTransportPolicy: 'relay' }) } }
"""


def checked(person: Person) -> str:
    """Press “Check my line”; what is said then."""
    button = person.page.locator("#check-line")
    until(lambda: button.count() and button.is_enabled(), "the microphone is open")
    person.page.evaluate("document.querySelector('#line-result')?.setAttribute('data-old', '')")
    button.click()
    result = person.page.locator("#line-result:not([data-old])")
    until(result.count, f"{person.name} reads what was found")
    return result.inner_text()


def test_the_line_is_measured_through_the_real_node_and_one_hears_oneself(arrive: Arrive) -> None:
    amina = arrive("amina")
    amina.go(COMMITTEE + "lobby/")
    found = checked(amina)
    assert found.startswith("Your line"), found
    assert re.search(r"There and back\s+\d+ ms", found) and re.search(r"Words lost\s+\d+%", found), found
    came_back = re.search(r"Came back\s+([\d,]+) kbit/s", found)
    assert came_back and int(came_back[1].replace(",", "")) > 20, found
    assert not Axe().run(amina.page).response["violations"]
    amina.press("Hear yourself")
    amina.sees("Put your headphones on first.", ".sound-check")
    before = amina.connections()
    amina.page.locator("#hear-now").click()
    amina.sees("this is how the room hears you", ".sound-check")
    until(lambda: amina.flow(since=before)["sound"] > 20, "her own sound comes back")
    amina.press("Stop hearing myself")
    until(lambda: amina.flow(since=before)["connected"] == 0, "nothing stays open")
    assert amina.page.locator("#line-result").count() == 0


def test_a_network_without_udp_and_a_node_that_is_away_have_their_own_sentences(
    arrive: Arrive, product: Product
) -> None:
    chen, amina = arrive("chen", NO_UDP), arrive("amina")
    chen.go(COMMITTEE + "lobby/")
    assert "Your network lets no sound and picture through." in checked(chen)
    assert chen.page.locator("#line-result").get_by_role("button", name="Ask for help").is_enabled()
    amina.go(COMMITTEE + "lobby/")
    os.kill(product.pids["media"], signal.SIGSTOP)
    try:
        assert "sound and picture cannot be reached" in checked(amina)
    finally:
        os.kill(product.pids["media"], signal.SIGCONT)
    until(lambda: checked(amina).startswith("Your line"), "the node is awake: a check beside it may still fail")


def test_a_call_for_help_and_its_answer_arrive_without_a_reload(arrive: Arrive) -> None:
    tariq, chen = arrive("tariq"), arrive("chen", NO_UDP)
    tariq.go(PLENARY + "hall/?device=companion")
    tariq.sees("Hall screens", ".desk-house")
    chen.go(PLENARY + "lobby/")
    checked(chen)
    chen.press("Ask for help")
    chen.page.locator("#help-text").fill("The hotel’s network, I think.")
    chen.press("Call a person")
    chen.sees("A person was called", "dialog")
    chen.page.locator("dialog").get_by_role("button", name="Close").click()
    chen.sees("The answer appears here", "#my-call")
    tariq.sees("The network lets no sound and picture through: The hotel’s network, I think.", ".desk-house", seconds=5)
    tariq.page.get_by_label("Answer", exact=True).first.fill("Use the telephone as hotspot.")
    tariq.press("Send the answer")
    chen.sees("Use the telephone as hotspot.", "#my-call", seconds=5)
