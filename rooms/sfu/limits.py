"""Every cap of the node on one page: what a stranger or a broken client can never exceed."""

DATAGRAM = 1_500  # bytes; anything longer is not WebRTC
RTP_PACKET = 1_400  # bytes before protection; pylibsrtp's own buffer ends at 1,356 and ours has a margin
DTLS_QUEUE = 32  # datagrams waiting for the handshake of one connection
ADDRESSES = 16  # remote addresses one connection may have proved
PUBLISH_SSRCS = 16  # streams one publisher may open: three sources, their retransmissions, and room to spare
RECEIVE_SSRCS = 48  # RTCP senders on a receive connection: Firefox uses one for each m-line
# From one seat, all its connections together, after authentication: before it, whoever writes a delegate's address on
# his own packets would silence her. Three layers of a camera, a screen and a voice at full rate need half of it.
PACKETS_PER_SECOND = 2_000
BYTES_PER_SECOND = 1_000_000
# A voice, of all that: it goes to everybody before any picture, so a flood that calls itself one would fill every line of the
# room. Opus knows no more than 510 kbit/s (RFC 6716 §2.1.1), and browsers no shorter frames than 10 ms.
VOICE_PACKETS_PER_SECOND = 200
VOICE_BYTES_PER_SECOND = 64_000
# RTCP of one seat, in bytes: what costs is how much it says. A page on a line that loses a fifth of six pictures sends 25 kB
# a second; the most expensive 1,400 bytes one can write take us 0.65 ms to read, so a hostile seat gets 3 % of a core.
REPORT_BYTES_PER_SECOND = 60_000
NACKS_PER_SECOND = 1_000  # packets sent again to one seat
# A listener's requests for one slot: on a bad line a keyframe may need a second and a third try, but nobody who asks on
# and on makes a speaker's picture coarse for all.
KEYFRAMES_BURST = 5
KEYFRAMES_EVERY = 2.0  # seconds
# Before authentication. A check costs us 40 µs: HMAC and answer.
CHECKS_BURST = 200  # of one connection: a page with many addresses that sits behind a slow relay; as many again from
# addresses it has proved: its name is no secret, and strangers who use it must not silence it
CHECKS_PER_SECOND = 100  # Firefox begins with 50 a second, Chromium with 20; later one every 2.5 s
NETWORK_BURST = 4_000  # checks of an address that has proved nothing: 200 delegates behind one NAT who all come back
NETWORK_PER_SECOND = 1_000
NETWORKS = 4_096  # addresses (IPv6: networks of 64 bits) we remember; the one not heard for longest is forgotten
HANDSHAKE_BURST = 64  # DTLS datagrams of one connection: a handshake has eight, a few times over on a bad line
HANDSHAKE_PER_SECOND = 20
OWNER_SECONDS = 10.0  # whoever checked from an address this recently keeps it, though another proves it as well
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
WAITING = 2_000  # requests to connect that wait for their turn: each is told its place once a second
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


class Purse:
    """What one seat may send, whatever connection brings it."""

    __slots__ = ("_at", "_bytes", "_packets", "_reports")

    def __init__(self, now: float) -> None:
        self._packets: float = PACKETS_PER_SECOND
        self._bytes: float = BYTES_PER_SECOND
        self._reports: float = REPORT_BYTES_PER_SECOND
        self._at = now

    def take(self, size: int, is_control: bool, now: float) -> bool:
        """Whether this packet may pass. Bursts of a second's worth may."""
        if (passed := now - self._at) > 0:
            self._at = now
            self._packets = min(PACKETS_PER_SECOND, self._packets + passed * PACKETS_PER_SECOND)
            self._bytes = min(BYTES_PER_SECOND, self._bytes + passed * BYTES_PER_SECOND)
            self._reports = min(REPORT_BYTES_PER_SECOND, self._reports + passed * REPORT_BYTES_PER_SECOND)
        if self._packets < 1 or self._bytes < size or (is_control and self._reports < size):
            return False
        self._packets -= 1
        self._bytes -= size
        if is_control:
            self._reports -= size
        return True


class VoicePurse:
    """What one microphone may send. Bursts of a second's worth may pass."""

    __slots__ = ("_bytes", "_packets")

    def __init__(self, now: float) -> None:
        self._packets = Bucket(VOICE_PACKETS_PER_SECOND, VOICE_PACKETS_PER_SECOND, now)
        self._bytes = Bucket(VOICE_BYTES_PER_SECOND, VOICE_BYTES_PER_SECOND, now)

    def take(self, size: int, now: float) -> bool:
        """Whether this packet may pass."""
        return self._packets.take(1, now) and self._bytes.take(size, now)
