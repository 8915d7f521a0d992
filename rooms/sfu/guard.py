"""What a remote address may ask of us before it has proved anything: one bucket for each, and a bounded number of them.

Only what costs is counted. A datagram that is neither a check nor from a proved address is dropped for less than a
bucket would cost, and no answer ever goes to a stranger, so nobody can be flooded through us.
"""

from __future__ import annotations

import socket
from collections import OrderedDict

from rooms.sfu import limits


def network_of(host: str) -> str | bytes:
    """Whose bucket it is: an IPv4 address, or the 64-bit network of an IPv6 one: whoever has one, has all of it."""
    if ":" not in host:
        return host
    return socket.inet_pton(socket.AF_INET6, host.partition("%")[0])[:8]


class Guard:
    """Buckets by network. Forgets whoever was not heard for longest: a flood of forged addresses grows nothing."""

    def __init__(self) -> None:
        self._buckets: OrderedDict[str | bytes, limits.Bucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def admits(self, host: str, now: float) -> bool:
        """Whether we look at one more check from there."""
        network = network_of(host)
        bucket = self._buckets.get(network)
        if bucket is None:
            if len(self._buckets) >= limits.NETWORKS:
                self._buckets.popitem(last=False)
            bucket = self._buckets[network] = limits.Bucket(limits.NETWORK_BURST, limits.NETWORK_PER_SECOND, now)
        else:
            self._buckets.move_to_end(network)
        return bucket.take(1, now)
