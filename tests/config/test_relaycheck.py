"""Where a relay is, from the address that pages are told."""

from __future__ import annotations

import pytest

from summit.config.relaycheck import Where


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("turns:turn.summit.example:443", Where("turn.summit.example", 443, tls=True, udp=False)),
        ("turns:turn.summit.example", Where("turn.summit.example", 5349, tls=True, udp=False)),
        ("turn:192.0.2.7:3478?transport=tcp", Where("192.0.2.7", 3478, tls=False, udp=False)),
        ("turn:[2001:db8::7]", Where("2001:db8::7", 3478, tls=False, udp=True)),
    ],
)
def test_an_address_of_a_relay_is_read(url: str, found: Where) -> None:
    assert Where.read(url) == found


@pytest.mark.parametrize("url", ["", "stun:host", "turn:", "turns:host:443?transport=sctp", "https://host"])
def test_what_is_no_relay_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="is not turn:host:port"):
        Where.read(url)
