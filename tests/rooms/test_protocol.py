"""The protocol's shapes: one sample per message, read by both ends; nonsense is refused, whatever it is."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rooms import protocol
from rooms.corridors import PERSONS
from rooms.seats import LINGER
from summit.chair import actions as chair
from summit.chair import persons, undoing
from summit.floor import actions as floor
from summit.votes import actions as votes

SAMPLES = {path.stem: json.loads(path.read_text()) for path in Path("tests/contract").glob("*.json")}
PAPER = Path("rooms/PROTOCOL.md").read_text()


def test_every_message_has_a_sample_and_every_sample_a_message() -> None:
    assert set(SAMPLES) == set(protocol.TO_SERVER) | set(protocol.FROM_SERVER)


def test_the_paper_names_every_message_and_no_other() -> None:
    rows = [line.split("|")[1] for line in PAPER.splitlines() if line.startswith("| `")]
    assert {name for row in rows for name in re.findall(r"`([^`]+)`", row)} == set(SAMPLES)


@pytest.mark.parametrize("name", sorted(protocol.TO_SERVER))
def test_a_sample_from_the_browser_survives_decoding(name: str) -> None:
    message = protocol.decode(json.dumps(SAMPLES[name]))
    assert type(message) is protocol.TO_SERVER[name]
    assert json.loads(json.dumps(protocol.as_json(message))) == SAMPLES[name]


@pytest.mark.parametrize("name", sorted(protocol.FROM_SERVER))
def test_a_sample_to_the_browser_is_what_we_encode(name: str) -> None:
    fields = {key: value for key, value in SAMPLES[name].items() if key != "type"}
    assert json.loads(protocol.encode(name, **fields)) == SAMPLES[name]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not JSON"),
        ("[1]", "not an object"),
        ("{}", "unknown type None"),
        ('{"type": ["pong"]}', "unknown type"),
        ('{"type": "floor.seize", "id": "1"}', "unknown type 'floor.seize'"),
        ('{"type": "pong", "x": 1}', "unknown field 'x'"),
        ('{"type": "hand.lower", "id": "1"}', "turn is missing"),
        ('{"type": "hand.lower", "turn": 1}', "id is missing"),
        ('{"type": "hand.lower", "id": "1", "turn": "1"}', "turn is not a whole number"),
        ('{"type": "hand.lower", "id": "1", "turn": true}', "turn is not a whole number"),
        ('{"type": "hand.lower", "id": "1", "turn": 1e99}', "turn is not a whole number"),
        ('{"type": "hand.lower", "id": "1", "turn": 99999999999999999999}', "turn is not a whole number"),
        ('{"type": "hand.lower", "id": 1, "turn": 1}', "id is not a text"),
        ('{"type": "hand.raise", "id": "1", "register": "front"}', "register is none of"),
        ('{"type": "hand.raise", "id": "1", "register": {}}', "register is none of"),
        ('{"type": "receive.open", "id": "1", "room": "meeting", "video": true}', "video is none of"),
        ('{"type": "look", "room": "meeting", "sources": "a"}', "sources is not a list"),
        ('{"type": "hello", "seat": "t", "known": []}', "known is not an object"),
        ('{"type": "chat.say", "id": "1", "text": "\\ud800"}', "text is not a text"),
        ('{"type": "chat.say", "id": "1", "text": "\\u0000"}', "text is not a text"),
        (json.dumps({"type": "chat.say", "id": "1", "text": "x" * 1001}), "text is too long"),
        (json.dumps({"type": "chat.say", "id": "x" * 41, "text": "x"}), "id is too long"),
        (json.dumps({"type": "look", "room": "meeting", "sources": ["x"] * 13}), "sources is too long"),
        ("[" * 60_000, "not JSON"),
        ("é" * 40_000, "too large"),
        (b"{}", "text frames only"),
        (None, "text frames only"),
    ],
)
def test_nonsense_is_named(text: str | bytes | None, why: str) -> None:
    with pytest.raises(protocol.ProtocolError, match=why.replace("[", r"\[")):
        protocol.decode(text)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])  # the first draws load Unicode's tables
@given(st.sampled_from(sorted(protocol.TO_SERVER)), st.data())
def test_whatever_a_field_holds_it_is_a_message_or_a_protocol_error(name: str, data: st.DataObject) -> None:
    sample = dict(SAMPLES[name])
    for key in data.draw(st.lists(st.sampled_from(sorted(sample)), unique=True, max_size=3)):
        sample[key] = data.draw(JSON)
    try:
        assert isinstance(protocol.decode(json.dumps(sample)), protocol.Message)
    except protocol.ProtocolError as fault:
        assert str(fault).startswith(name) or str(fault) == "too large" or "unknown type" in str(fault)


def test_a_field_forgotten_by_us_is_our_fault() -> None:
    with pytest.raises(ValueError, match="clock"):
        protocol.encode("ping", versions={})


DESK = Path("static/js/room/view/deskdialogs.js").read_text()


@pytest.mark.parametrize(
    ("wish", "field", "most"),
    [
        ("decision.gavel", "text", chair.DECISION),
        ("decision.gavel", "symbol", chair.SYMBOL),
        ("vote.open", "text", votes.TEXT),
        ("vote.open", "symbol", votes.SYMBOL),
        ("floor.rule", "ruling", floor.RULING),
        ("act.correct", "text", undoing.CORRECTION),
        ("act.correct", "reason", undoing.REASON),
        ("person.remove", "reason", persons.REASON),
    ],
)
def test_what_a_dialog_of_the_desk_lets_one_write_is_what_the_server_takes(wish: str, field: str, most: int) -> None:
    form = DESK.partition(f"'{wish}'")[2].partition("</form>")[0]
    written = re.search(rf'name="{field}"[^>]*maxlength="(\d+)"', form)
    assert written and int(written[1]) == most
    message = SAMPLES[wish] | {field: "x" * most}
    assert isinstance(protocol.decode(json.dumps(message)), protocol.TO_SERVER[wish])


def test_the_numbers_are_those_of_the_paper_and_of_the_sentences() -> None:
    for said in (
        f"`ping` every {protocol.HEARTBEAT:.0f} s",
        f"the seat is kept {protocol.SEAT_GRACE:.0f} s (`resume`), shown away at {protocol.AWAY_AFTER:.0f} s",
        f"no hello within {protocol.HELLO_WITHIN:.0f} s",
        f"over {protocol.RATE} requests/s for {protocol.BURST // protocol.RATE} s",
        f"at most {protocol.LIMIT // 1024} KiB",
    ):
        assert said in PAPER, said
    assert (16, timedelta(minutes=10)) == (PERSONS, LINGER)  # "sixteen people is the most", "open for ten minutes"
