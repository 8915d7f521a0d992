"""Every cap of the node on one page: what a stranger or a broken client can never exceed."""

DATAGRAM = 1_500  # bytes; anything longer is not WebRTC
RTP_PACKET = 1_400  # bytes before protection; pylibsrtp's own buffer ends at 1,356 and ours has a margin
DTLS_QUEUE = 32  # datagrams waiting for the handshake of one connection
ADDRESSES = 16  # remote addresses one connection may have proved
PUBLISH_SSRCS = 16  # streams one publisher may open: three sources, their retransmissions, and room to spare
RECEIVE_SSRCS = 48  # RTCP senders on a receive connection: Firefox uses one for each m-line
PACKETS_PER_SECOND = 2_000  # from one connection, after authentication
BYTES_PER_SECOND = 1_000_000
NACKS_PER_SECOND = 1_000  # packets sent again to one seat
SDP_BYTES = 65_536
PUBLISH_SECTIONS = 8  # m-lines of an offer
AUDIO_SLOTS = 8
VIDEO_SLOTS = 24
JOIN_SECONDS = 15.0  # from SDP to a finished handshake
CLOSE_SECONDS = 2.0  # for any one thing to close
CONSENT_SECONDS = 30.0  # without an authenticated check (RFC 7675)
OFFERS_BURST = 12  # negotiations of one seat at once, then one every OFFERS_EVERY seconds
OFFERS_EVERY = 5.0
FORGET_SECONDS = 60.0  # a room no web process speaks for any more, while one is connected
CONNECTIONS = 4_000
ROOMS = 1_000


class Bucket:
    """A token bucket. Units are the caller's."""

    __slots__ = ("_at", "_burst", "_left", "_per_second")

    def __init__(self, burst: float, per_second: float, now: float) -> None:
        self._burst = self._left = burst
        self._per_second = per_second
        self._at = now

    def take(self, amount: float, now: float) -> bool:
        """Whether this much may pass now."""
        self._left = min(self._burst, self._left + (now - self._at) * self._per_second)
        self._at = now
        if self._left < amount:
            return False
        self._left -= amount
        return True
