"""The sockets under traffic: gathered while busy, awake when quiet, nothing lost between."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from rooms.sfu.mux import EASY_SECONDS, GATHER_SECONDS, LOOKS, Address, UdpMux
from tests.media.until import until

DATAGRAM = b"\x80" * 40  # RTP of nobody we know: counted as a stranger's


@pytest.fixture
async def mux() -> Iterator[UdpMux]:
    one = UdpMux()
    one.open([Address("127.0.0.1", "127.0.0.1")], 0)
    yield one
    one.close()


@pytest.fixture
def sender(mux: UdpMux) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.connect(("127.0.0.1", mux.port))
        yield one


async def test_everything_arrives_whether_it_comes_alone_or_in_crowds(mux: UdpMux, sender: socket.socket) -> None:
    sent = 0
    for pause in (0.0, GATHER_SECONDS / 4, 0.0, 10 * GATHER_SECONDS, 0.0):
        for _ in range(50):
            sender.send(DATAGRAM)
            sent += 1
            await asyncio.sleep(pause)
        await until(lambda sent=sent: mux.counters.strangers == sent)


async def test_a_busy_socket_is_looked_at_less_often_than_packets_come(mux: UdpMux, sender: socket.socket) -> None:
    looks = 0

    def looked() -> bool:
        nonlocal looks
        looks += 1
        return False

    mux.on_drained = looked
    for _ in range(400):
        sender.send(DATAGRAM)
        await asyncio.sleep(0)
    await until(lambda: mux.counters.strangers == 400)
    assert looks < 200


@pytest.mark.parametrize(
    ("took", "pause"),
    [
        ([], GATHER_SECONDS),  # nothing is known yet
        ([0.0] * 8, GATHER_SECONDS),
        ([0.0] * LOOKS * 2, EASY_SECONDS),  # a table of talkers on a fast core
        ([0.00015] * LOOKS * 4, EASY_SECONDS),
        ([0.0004] * LOOKS * 4, GATHER_SECONDS),  # two hundred copies: waiting would make a burst of them
        ([0.0] * LOOKS * 2 + [0.002] * LOOKS, GATHER_SECONDS),  # they begin
        ([0.002] * LOOKS + [0.0] * LOOKS * 4, EASY_SECONDS),  # and end
        ([0.0] * LOOKS * 4 + [0.004], EASY_SECONDS),  # one look that waited for the processor says little
    ],
)
async def test_a_busy_socket_is_looked_at_still_less_often_while_that_finds_little_to_do(
    mux: UdpMux, took: list[float], pause: float
) -> None:
    (bound,) = mux.bound
    for seconds in took:
        bound.looked(seconds, bound.pause)
    assert bound.pause == pause


async def test_what_a_look_finds_is_measured(mux: UdpMux, sender: socket.socket) -> None:
    (bound,) = mux.bound

    def share() -> float:
        for _ in range(10):
            sender.send(DATAGRAM)
        return bound.share

    await until(lambda: share() < 1, every=0)  # it is gathered, and finds little
    # As long as two hundred copies take: the work a look finds is what is measured, so it must take time.
    mux.on_drained = lambda: bool(time.sleep(5 * GATHER_SECONDS))
    await until(lambda: share() > 1.5, every=0)  # each look takes longer than its pause


async def test_a_socket_closed_while_busy_is_not_looked_at_again(sender: socket.socket) -> None:
    loop, failures = asyncio.get_running_loop(), list[dict[str, Any]]()
    loop.set_exception_handler(lambda _, context: failures.append(context))
    mux = UdpMux()
    mux.open([Address("127.0.0.1", "127.0.0.1")], 0)
    for _ in range(20):
        sender.sendto(DATAGRAM, ("127.0.0.1", mux.port))
        await asyncio.sleep(0)
    mux.close()
    await asyncio.sleep(5 * GATHER_SECONDS)
    assert failures == []


async def test_a_fault_while_a_busy_socket_is_read_leaves_it_readable(mux: UdpMux, sender: socket.socket) -> None:
    loop, failures = asyncio.get_running_loop(), list[dict[str, Any]]()
    loop.set_exception_handler(lambda _, context: failures.append(context))

    class Unlucky(dict[Any, Any]):
        """The peers of an address, of which one cannot be looked up."""

        def get(self, *_: object) -> None:
            raise OSError("no such device")

    for _ in range(20):  # busy: it is gathered from now on
        sender.send(DATAGRAM)
        await asyncio.sleep(0)
    mux.bound[0].peers = Unlucky()
    sender.send(DATAGRAM)
    await until(lambda: failures)
    mux.bound[0].peers = {}
    before = mux.counters.strangers
    sender.send(DATAGRAM)
    await until(lambda: mux.counters.strangers > before)
