"""What Prometheus reads of both parts during a live room: numbers that move, and nothing that names anybody."""

from __future__ import annotations

import asyncio
import re
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings as product
from prometheus_client.parser import text_string_to_metric_families

from tests.media.node import NodeProcess
from tests.media.until import until
from tests.rooms.test_media import Ear, Mouth

pytestmark = pytest.mark.django_db(transaction=True)
TOKEN = "a token of Prometheus"
OPERATOR = (Path(__file__).parents[2] / "docs/operator.md").read_text()
TABLES = OPERATOR.partition("| web | |")[2].partition("Worth an alarm")[0]

Numbers = dict[tuple[str, ...], float]


@pytest.fixture(autouse=True)
def node() -> Iterator[NodeProcess]:
    """A node at the door the application knocks at, that tells its numbers."""
    door = product.MEDIA_DOOR
    process = NodeProcess(Path(door.removeprefix("unix://")).parent, door=door, addresses="127.0.0.1").start()
    yield process
    process.stop()


def fetch(address: str, token: str = "") -> str:
    request = urllib.request.Request(address, headers={"Authorization": f"Bearer {token}"} if token else {})
    with urllib.request.urlopen(request, timeout=5) as answer:
        assert answer.headers["Content-Type"].startswith("text/plain; version=")
        return answer.read().decode()


def read(text: str) -> Numbers:
    """By name and label values, as the official parser understands it."""
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_both_parts_tell_numbers_that_move_and_never_a_name(opened, node: NodeProcess, settings) -> None:
    settings.METRICS_TOKEN = TOKEN
    texts: list[str] = []

    async def scrape() -> Numbers:
        fetched = [
            await asyncio.to_thread(fetch, f"http://localhost:{opened.port}/metrics", TOKEN),
            await asyncio.to_thread(fetch, f"http://{node.metrics}/metrics"),
        ]
        texts.extend(fetched)
        return read(fetched[0]) | read(fetched[1])

    amina, lucia = await opened.sit(opened.cast.amina), await opened.sit(opened.cast.lucia)
    before = await scrape()
    mouth, ear = await Mouth(amina).open(), await Ear(lucia).open()
    refused = await lucia.ask("floor.give", turn=1)
    turn = (await amina.do("hand.raise"))["turn"]
    await opened.bruno.do("floor.give", turn=turn)
    await ear.hears()

    async def plans_are_heard() -> bool:
        return (await scrape())["parley_web_plan_lag_seconds",] == 0

    await until(plans_are_heard, 5)
    after = await scrape()

    def rose(*name: str) -> float:
        return after[name] - before.get(name, 0)

    assert rose("parley_node_received_packets_total") > 10
    assert rose("parley_node_forwarded_packets_total") >= 10
    assert rose("parley_node_forwarded_bytes_total") > rose("parley_node_forwarded_packets_total") * 60
    assert rose("parley_node_handshakes_total", "done") == 2
    assert rose("parley_node_loop_lag_seconds_count") > 0
    assert after["parley_node_connections", "publish", "open"] == 1
    assert after["parley_node_connections", "receive", "open"] == 1
    assert (
        after["parley_node_rooms",] == after["parley_node_door_connected",] == after["parley_web_node_connected",] == 1
    )
    assert after["process_resident_memory_bytes",] > 1e6
    assert rose("parley_web_acts_total", "hand.raise") == rose("parley_web_acts_total", "floor.give") == 1
    assert rose("parley_web_refusals_total", refused["code"]) == 1
    assert rose("parley_web_act_seconds_count") >= 3
    assert rose("parley_web_journal_entries_total") >= 2
    assert after["parley_web_journal_age_seconds",] < 60
    assert after["parley_web_seats", "media", "meeting"] == after["parley_web_sockets",] == 3
    assert after["parley_web_valkey_up",] == 1
    assert after["parley_web_queue_length",] == 0
    assert after["parley_web_exports", "failed"] == 0
    await mouth.close()
    await amina.close()
    await until(lambda: asyncio.to_thread(lambda: read(fetch(f"http://{node.metrics}/metrics"))[
        "parley_node_connections_closed_total", "goodbye"] == 1), 5)  # fmt: skip
    last = await scrape()
    assert last["parley_node_received_packets_total",] >= after["parley_node_received_packets_total",]
    assert last["parley_web_sockets",] == 2
    exported = {key[0] for key in last}
    exported = {name.removesuffix("_bucket").removesuffix("_count").removesuffix("_sum") for name in exported}
    ours = {name for name in exported if name.startswith("parley_") and not name.endswith("_created")}
    assert ours == set(re.findall(r"parley_(?:web|node)_\w+", TABLES)), "what is told, and what docs/operator.md lists"
    everything = "\n".join(texts).lower()
    names = [opened.cast.summit.slug, "amina", "lucia", "bruno", "kenya", "plenary"]
    assert [name for name in names if name in everything] == []


@pytest.mark.parametrize("given", ["", "wrong", "a token of Prometheus "])
async def test_who_has_not_the_token_finds_nothing(opened, settings, given: str) -> None:
    settings.METRICS_TOKEN = TOKEN
    with pytest.raises(urllib.error.HTTPError, match="404"):
        await asyncio.to_thread(fetch, f"http://localhost:{opened.port}/metrics", given)


async def test_without_a_token_there_is_nothing_to_find(opened) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404"):
        await asyncio.to_thread(fetch, f"http://localhost:{opened.port}/metrics", "")


async def test_the_nodes_listener_has_one_address(opened, node: NodeProcess) -> None:
    with pytest.raises(urllib.error.HTTPError, match="404"):
        await asyncio.to_thread(fetch, f"http://{node.metrics}/")
