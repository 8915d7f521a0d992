"""DTLS-SRTP on aiortc. The only file that touches its private names; a test fails when a new version moves them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, cast

import pylibsrtp
from aiortc.rtcdtlstransport import RTCCertificate, RTCDtlsFingerprint, RTCDtlsParameters, RTCDtlsTransport
from pylibsrtp._binding import ffi, lib

from rooms.sfu import limits
from rooms.sfu.ice import LiteIceTransport

Fingerprints = Sequence[tuple[str, str]]  # algorithm, value


class HandshakeFailed(Exception):
    """The client is not who its SDP said, or speaks another DTLS."""


def check_libsrtp() -> None:
    """libsrtp 2's `srtp_protect` takes three arguments; version 3 takes five, and would write anywhere."""
    arguments = ffi.typeof(lib.srtp_protect).args
    if len(arguments) != 3:
        raise RuntimeError(f"srtp_protect takes {len(arguments)} arguments, three are needed (libsrtp 2)")


def make_certificate() -> RTCCertificate:
    return RTCCertificate.generateCertificate()


def fingerprint_of(certificate: RTCCertificate) -> str:
    """The SHA-256 fingerprint as SDP writes it."""
    return next(one.value for one in certificate.getFingerprints() if one.algorithm == "sha-256")


class SfuDtlsTransport(RTCDtlsTransport):
    """Handshake and keys from aiortc; its packet loop only ever sees DTLS. We are the passive side."""

    def __init__(self, ice: LiteIceTransport, certificate: RTCCertificate) -> None:
        super().__init__(cast(Any, ice), [certificate])
        self._set_role("server")

    async def connect(self, fingerprints: Fingerprints) -> None:
        """Shake hands. Raises HandshakeFailed; the caller sets the deadline."""
        parameters = RTCDtlsParameters([RTCDtlsFingerprint(algorithm, value) for algorithm, value in fingerprints])
        await self.start(parameters)
        if self.state != "connected":
            raise HandshakeFailed(self.state)

    @property
    def is_over(self) -> bool:
        """Whether the client ended it (close_notify), or it failed."""
        return self.state in ("closed", "failed")

    @property
    def incoming(self) -> pylibsrtp.Session | None:
        return self._rx_srtp

    @property
    def outgoing(self) -> pylibsrtp.Session | None:
        return self._tx_srtp

    async def finish(self, seconds: float) -> None:
        """Say goodbye, with a deadline; a transport that hangs must not hold up a room."""
        try:
            await asyncio.wait_for(self.stop(), seconds)
        except Exception:  # closing is best effort: the address is forgotten in any case
            return


_packet = ffi.new("char[]", limits.DATAGRAM)  # everything here runs on one thread
_packet_bytes = ffi.buffer(_packet)
_length = ffi.new("int *")
_unprotect = lib.srtp_unprotect


def unprotect(context: Any, data: bytes) -> bytes | None:
    """One RTP packet opened; None when it is not authentic, or a replay. At most `limits.DATAGRAM` bytes.

    What `Session.unprotect` does, for every packet that arrives: without an exception and a new buffer for each.
    """
    size = len(data)
    _packet_bytes[:size] = data
    _length[0] = size
    if _unprotect(context, _packet, _length):
        return None
    plain: bytes = _packet_bytes[: _length[0]]
    return plain


def context_of(session: pylibsrtp.Session) -> Any:
    """libsrtp's own context of a session, for calls past the wrapper."""
    return session._srtp[0]
