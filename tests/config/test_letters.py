"""Letters through a real mail server that speaks STARTTLS and asks for a password."""

from __future__ import annotations

import ssl
import subprocess
import sys
from collections.abc import Iterator
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session

from summit.config.certificate import write_certificate
from tests.product import ROOT, operators_environment

SEND = """
from smtplib import SMTPException
from django.core.mail import send_mail
try:
    print("sent", send_mail("Votre accès", "Le lien : https://parley.example/invitation/x/", None, ["gita@example.org"]))
except (OSError, SMTPException) as fault:
    print("not sent", type(fault).__name__)
"""


class Post:
    """What a mail server took, and over which line."""

    def __init__(self) -> None:
        self.taken: list[tuple[bytes, bool]] = []

    async def handle_DATA(self, _server: object, session: Session, envelope: Envelope) -> str:
        self.taken.append((bytes(envelope.content or b""), session.ssl is not None))
        return "250 taken"


class Server(Controller):
    """On a free port, which it learns from its socket."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


@pytest.fixture
def post(tmp_path: Path) -> Iterator[tuple[Post, int]]:
    """A server on a free port with a certificate of its own for localhost; only „parley“ with its password may send."""
    write_certificate(tmp_path / "mail.pem", tmp_path / "mail.key", ["localhost"])
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(tmp_path / "mail.pem", tmp_path / "mail.key")
    box = Post()

    def knows(_server: object, _session: object, _envelope: object, _how: str, data: LoginPassword) -> AuthResult:
        right = (data.login, data.password) == (b"parley", b"pass word/1")
        return AuthResult(success=right, handled=right)  # not handled: the server itself says no

    server = Server(
        box,
        hostname="localhost",
        port=0,
        tls_context=tls,
        require_starttls=True,
        auth_required=True,
        authenticator=knows,
    )
    server.start()
    yield box, server.port
    server.stop()


def letter(var: Path, url: str, **environment: str) -> str:
    """Send one with these settings; what was said of it."""
    command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", SEND]
    whole = operators_environment(var, PARLEY_DEMO="1", EMAIL_URL=url, **environment)
    done = subprocess.run(command, cwd=ROOT, env=whole, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout.strip() or done.stderr


def test_a_letter_goes_over_starttls_with_the_password_of_the_url(tmp_path: Path, post: tuple[Post, int]) -> None:
    box, port = post
    url = f"smtp+tls://parley:pass%20word%2F1@localhost:{port}"
    assert letter(tmp_path, url, SSL_CERT_FILE=str(tmp_path / "mail.pem")) == "sent 1"
    [(content, encrypted)] = box.taken
    found = message_from_bytes(content, policy=policy.default)
    assert encrypted and found["Subject"] == "Votre accès" and "/invitation/x/" in found.get_content()


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("smtp+tls://parley:pass%20word%2F1@localhost:{port}", "SSLCertVerificationError"),  # nobody vouches for it
        ("smtp://localhost:{port}", "SMTPSenderRefused"),  # never in clear where the server wants better
    ],
)
def test_a_server_nobody_vouches_for_gets_no_letter(
    tmp_path: Path, post: tuple[Post, int], url: str, fault: str
) -> None:
    box, port = post
    assert letter(tmp_path, url.format(port=port)) == f"not sent {fault}"
    assert box.taken == []


def test_a_wrong_password_is_told(tmp_path: Path, post: tuple[Post, int]) -> None:
    box, port = post
    url = f"smtp+tls://parley:wrong@localhost:{port}"
    said = letter(tmp_path, url, SSL_CERT_FILE=str(tmp_path / "mail.pem"))
    assert (said, box.taken) == ("not sent SMTPAuthenticationError", [])
