"""The private names of aiortc, aioice and pylibsrtp that the node stands on. A new version that moves them fails here."""

from __future__ import annotations

import inspect

import pylibsrtp
import pytest
from aioice import stun
from aiortc.rtcdtlstransport import RTCCertificate, RTCDtlsTransport
from pylibsrtp._binding import ffi, lib

from rooms.sfu import dtls
from rooms.sfu.dtls import SfuDtlsTransport, make_certificate
from rooms.sfu.ice import LiteIceTransport
from rooms.sfu.mux import UdpMux


def test_the_private_names_we_use_are_where_they_were() -> None:
    ice = LiteIceTransport(UdpMux(), lambda data, now: None, 0.0)
    transport = SfuDtlsTransport(ice, make_certificate())
    for name in ("_rx_srtp", "_tx_srtp", "_ssl", "_task", "_role", "_srtp_profiles", "_transport"):
        assert hasattr(transport, name), name
    for name in ("_setup_srtp", "_set_role", "_recv_next", "_write_ssl", "start", "stop"):
        assert callable(getattr(RTCDtlsTransport, name)), name
    assert hasattr(RTCCertificate, "_create_ssl_context")


def test_aiortc_uses_nothing_of_its_transport_but_what_ours_has() -> None:
    source = inspect.getsource(RTCDtlsTransport)
    used = {word.partition("(")[0] for word in source.replace("self.transport.", "\0@").split("\0") if word[0] == "@"}
    names = {name.removeprefix("@").split()[0].rstrip(",):") for name in used}
    assert names <= {"role", "_recv", "_send"}


def test_gcm_is_preferred() -> None:
    ice = LiteIceTransport(UdpMux(), lambda data, now: None, 0.0)
    profiles = SfuDtlsTransport(ice, make_certificate())._srtp_profiles
    assert [profile.openssl_profile for profile in profiles][:2] == [b"SRTP_AEAD_AES_256_GCM", b"SRTP_AEAD_AES_128_GCM"]


def test_a_session_gives_its_libsrtp_context() -> None:
    key = bytes(range(30))
    policy = pylibsrtp.Policy(key=key, ssrc_type=pylibsrtp.Policy.SSRC_ANY_OUTBOUND)
    session = pylibsrtp.Session(policy)
    assert "srtp_ctx_t_" in str(ffi.typeof(dtls.context_of(session)))


def test_srtp_protect_has_three_arguments() -> None:
    dtls.check_libsrtp()
    assert len(ffi.typeof(lib.srtp_protect).args) == 3


def test_another_libsrtp_is_refused_at_start(monkeypatch: pytest.MonkeyPatch) -> None:
    class FiveArguments:
        def typeof(self, _: object) -> object:
            return type("T", (), {"args": range(5)})

    monkeypatch.setattr(dtls, "ffi", FiveArguments())
    with pytest.raises(RuntimeError, match="5 arguments"):
        dtls.check_libsrtp()


def test_a_stun_check_is_verified_by_its_own_method() -> None:
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    message.attributes["USERNAME"] = "ours:theirs"
    message.add_message_integrity(b"password")
    parsed = stun.parse_message(bytes(message))
    assert parsed.check_message_integrity(b"password")
    assert not parsed.check_message_integrity(b"another")


def test_packets_are_opened_past_the_wrapper_as_by_it() -> None:
    """And neither a replay, a forgery nor a stump comes through."""
    key = bytes(range(30))
    ways = (pylibsrtp.Policy.SSRC_ANY_OUTBOUND, pylibsrtp.Policy.SSRC_ANY_INBOUND)
    out, back = (pylibsrtp.Session(pylibsrtp.Policy(key=key, ssrc_type=way)) for way in ways)
    context = dtls.context_of(back)
    plain = bytes.fromhex("8060000100000001000000ff") + b"sound" * 200
    sent = out.protect(plain)
    assert dtls.unprotect(context, sent[:-1] + bytes((sent[-1] ^ 1,))) is None
    assert dtls.unprotect(context, sent) == plain
    assert dtls.unprotect(context, sent) is None
    assert [dtls.unprotect(context, sent[:size]) for size in (0, 1, 11, 12, 13)] == [None] * 5
