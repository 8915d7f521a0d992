"""The relay of docker-compose.yml reaches the media node and nothing else, for whoever has a page's password that holds."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from rooms.ice import TTL_SECONDS
from rooms.sfu.mux import host_addresses
from summit.config import doctor
from summit.config.relaycheck import FIXED_IN, NEVER, RelayRefused
from tests.media import coturn as relays
from tests.media.coturn import SECRET, Coturn
from tests.media.node import NodeProcess


@pytest.fixture(scope="module")
def coturn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Coturn]:
    with relays.running(tmp_path_factory.mktemp("relay")) as started:
        yield started


def test_it_passes_packets_to_the_media_node_and_to_nobody_else(coturn: Coturn, node: NodeProcess) -> None:
    with coturn.open() as relay:
        assert relay.allocate()[0] == host_addresses()[0].advertised
        assert relay.permits(host_addresses()[0].advertised, node.port)
        assert relay.version is not None
        mapped = {"::ffff:127.0.0.1"} if relay.version < FIXED_IN else set()  # what the fix mended
        assert [peer for peer in NEVER if peer not in mapped and relay.permits(peer, 6379)] == []
        relay.release()


def test_the_doctor_tells_what_is_wrong_with_a_relay(
    coturn: Coturn, node: NodeProcess, settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(coturn.certificate))
    settings.TURN_URLS, settings.TURN_SECRET = [coturn.url], SECRET
    here = host_addresses()[0].advertised

    def said(**environment: str) -> str:
        try:
            return doctor.relay(doctor.Patient(coturn.certificate.parent, environment, {}))
        except (doctor.Remark, doctor.Unwell) as word:
            return f"{type(word).__name__}: {word}"

    with coturn.open() as relay:
        relay.allocate()
        old = relay.version is not None and relay.version < FIXED_IN
    assert said(MEDIA_ADDRESSES=here).startswith("Remark: coturn 4." if old else "1 answers")
    assert "does not pass packets on to the media node" in said(MEDIA_ADDRESSES="198.51.100.7")
    settings.TURN_SECRET = "another"
    assert "PARLEY_TURN_SECRET" in said(MEDIA_ADDRESSES=here)
    settings.TURN_URLS = []
    assert said().startswith("none")


@pytest.mark.parametrize(
    "wrong", [{"secret": "another"}, {"ago": TTL_SECONDS + 60}], ids=["of another relay", "of yesterday"]
)
def test_a_password_that_is_foreign_or_has_ended_opens_nothing(coturn: Coturn, wrong: dict[str, object]) -> None:
    with coturn.open(**wrong) as relay, pytest.raises(RelayRefused) as refused:
        relay.allocate()
    assert refused.value.code == 401


def ended(coturn: Coturn, age: float) -> bool:
    """Whether a password of this age opens nothing any more."""
    with coturn.open(ago=age) as late:
        try:
            late.allocate()
        except RelayRefused:
            return True
        late.release()
    return False


def test_what_was_opened_in_time_goes_on_when_its_password_has_ended(coturn: Coturn, node: NodeProcess) -> None:
    began = time.monotonic()
    with coturn.open(ago=TTL_SECONDS - 4) as relay:
        relay.allocate()
        while not ended(coturn, TTL_SECONDS - 4 + time.monotonic() - began):
            assert time.monotonic() - began < 20, "the relay takes it still"
        assert relay.permits(host_addresses()[0].advertised, node.port)
        relay.release()
