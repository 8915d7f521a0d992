"""Deadlines, with a clock of our own: nobody waits 30 seconds in a test."""

from __future__ import annotations

import asyncio
import gc
import itertools
import weakref
from collections.abc import Iterator

import pytest

from rooms.sfu import limits, negotiate
from rooms.sfu.client import VP8, Feed, Wire, publish_offer, rtp_packet, vp8_payload
from rooms.sfu.connection import Connection, Ground
from rooms.sfu.dtls import make_certificate
from rooms.sfu.fanout import PythonKernel
from rooms.sfu.ice import LiteIceTransport
from rooms.sfu.mux import Address, Bound, UdpMux, host_addresses
from rooms.sfu.plan import RoomPlan, SeatPlan
from rooms.sfu.receiving import ReceiveConnection
from rooms.sfu.room import PHASES, Room


@pytest.fixture
async def ground() -> Iterator[Ground]:
    mux = UdpMux()
    mux.open([Address("127.0.0.1", "127.0.0.1")], 0)
    yield Ground(mux, PythonKernel(mux), make_certificate())
    mux.close()


class Seen:
    def __init__(self) -> None:
        self.closed: list[str] = []

    def connection(self, ground: Ground, now: float = 0.0) -> ReceiveConnection:
        def opened(_: Connection) -> None:
            raise AssertionError("nobody connects here")

        return ReceiveConnection(
            ground, now, negotiate.make_slots(1, 1), opened, lambda _, why: self.closed.append(why)
        )


async def test_who_never_connects_is_closed_after_fifteen_seconds(ground: Ground) -> None:
    seen = Seen()
    connection = seen.connection(ground)
    connection.tick(limits.JOIN_SECONDS - 0.1)
    assert not seen.closed
    connection.tick(limits.JOIN_SECONDS + 0.1)
    assert seen.closed == ["join_timeout"]
    assert ground.connections == 0


async def test_a_handshake_under_way_is_given_up_too(ground: Ground) -> None:
    seen = Seen()
    connection = seen.connection(ground)
    connection.start("abcd", [("sha-256", ":".join(["AB"] * 32))])
    await asyncio.sleep(0)
    connection.tick(limits.JOIN_SECONDS + 1)
    async with asyncio.timeout(limits.CLOSE_SECONDS + 1):
        while ground.tasks:
            await asyncio.sleep(0.01)
    assert seen.closed == ["join_timeout"]


async def test_a_silent_client_is_gone_after_thirty_seconds(ground: Ground) -> None:
    seen = Seen()
    connection = seen.connection(ground)
    connection.is_open = True
    connection.ice.checked_at = 100.0
    connection.tick(100.0 + limits.CONSENT_SECONDS - 1)
    assert not seen.closed
    connection.tick(100.0 + limits.CONSENT_SECONDS + 1)
    assert seen.closed == ["silent"]


async def test_datagrams_for_a_handshake_do_not_pile_up(ground: Ground) -> None:
    ice = LiteIceTransport(ground.mux, lambda data, now: None, 0.0)
    path = (ground.mux.bound[0], ("127.0.0.1", 9))
    for _ in range(2_000):
        ice.on_dtls(b"\x16" * 100, path, 0.0)
    assert len(ice._inbox) == limits.DTLS_QUEUE


async def test_addresses_of_one_connection_do_not_pile_up(ground: Ground) -> None:
    ice = LiteIceTransport(ground.mux, lambda data, now: None, 0.0)
    bound: Bound = ground.mux.bound[0]
    for port in range(1, 200):
        ice._remember((bound, ("127.0.0.1", port)))
    assert len(bound.peers) == limits.ADDRESSES
    ice.close()
    assert not bound.peers


def test_loopback_is_the_last_address() -> None:
    addresses = [one.advertised for one in host_addresses()]
    assert addresses[-1] == "127.0.0.1"
    assert len(set(addresses)) == len(addresses)
    assert not [one for one in addresses if one.startswith("fe80")]


@pytest.mark.skipif(len(host_addresses()) < 2, reason="this host has no address but 127.0.0.1")
async def test_an_address_of_the_world_outside_is_told_and_an_own_one_bound() -> None:
    """As in a container, where nobody knows the inner address beforehand."""
    mux = UdpMux()
    mux.open([Address.parse("203.0.113.9")], 0)
    (bound,) = mux.bound
    assert bound.advertised == "203.0.113.9"
    assert bound.socket.getsockname()[0] == host_addresses()[0].local
    mux.close()


def test_an_address_behind_a_nat_names_both() -> None:
    assert Address.parse("203.0.113.9=10.0.0.5") == Address("203.0.113.9", "10.0.0.5")
    with pytest.raises(ValueError):
        Address.parse("example.org")


async def test_a_connection_that_closed_is_gone_without_waiting_for_the_collector(ground: Ground) -> None:
    """Its rings of packets are its largest part, and the collector's visit stops everybody's sound for a moment."""
    room = Room("room", ground, lambda event: None)
    room.apply(RoomPlan("e", 1, {"amina": SeatPlan(publish=frozenset({"audio", "video"}))}), 0.0)
    wire = Wire()
    gc.collect()
    gc.disable()
    try:
        room.publish("amina", publish_offer(wire, [Feed("audio", "0", 1), Feed("video", "1", 2, 3)]), 0.0)
        room.receive("amina", 2, 2, 0.0)
        seat = room.seats["amina"]
        (publishing,) = seat.publish
        for number in range(20):
            body = vp8_payload(number, number, b"\x10picture", begins=True)
            publishing.on_rtp(rtp_packet(VP8, number, number * 3_000, 2, body), 0.1)
            ground.pacer.flush()  # as after every look at the sockets
        gone = [
            weakref.ref(publishing),
            weakref.ref(next(iter(publishing.tracks.values()))),
            weakref.ref(seat.receive[0]),
        ]
        del publishing, seat
        room.apply(RoomPlan("e", 2, {}), 1.0)
        async with asyncio.timeout(limits.CLOSE_SECONDS + 1):
            while ground.tasks:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.01)
        assert [one() for one in gone] == [None, None, None]
    finally:
        gc.enable()
        await wire.close()


async def test_who_asks_what_is_shown_while_somebody_joins_is_told_nothing_by_halves(ground: Ground) -> None:
    """A web process that comes just then could read nothing of it, and would never speak with this node again."""
    room = Room("room", ground, lambda event: None)
    room.apply(RoomPlan("e", 1, {"amina": SeatPlan()}), 0.0)
    room.receive("amina", 1, 1, 0.0)
    seat = room.seats["amina"]
    (connection,) = seat.receive
    connection.is_open = True
    room._opened(seat, connection)
    assert [event for event in room.snapshot() if event["is"] == "routes"] == []
    room.restage()
    (routes,) = [event for event in room.snapshot() if event["is"] == "routes"]
    assert routes["slots"] == {"a0": None, "v0": None}
    room.close()
    await asyncio.gather(*ground.tasks, return_exceptions=True)


async def test_every_seat_has_its_turn_once_in_a_second_and_none_waits_for_all(ground: Ground) -> None:
    room = Room("room", ground, lambda event: None)
    names = [f"seat-{number}" for number in range(2 * PHASES + 5)]
    room.apply(RoomPlan("e", 1, dict.fromkeys(names, SeatPlan())), 0.0)
    for name in names:
        room.receive(name, 1, 1, 0.0)
    left = []
    for _ in range(PHASES):
        room.tick(limits.JOIN_SECONDS + 1)
        left.append(ground.connections)
    assert left[-1] == 0
    assert all(before - after in (2, 3) for before, after in itertools.pairwise([len(names), *left]))
