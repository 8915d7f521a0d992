"""A mail server for tests: takes, puts off or refuses, address by address."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aiosmtpd.controller import Controller


class Postmaster:
    """answers: {address: what is said to it}; everybody else's letters are taken."""

    def __init__(self) -> None:
        self.answers: dict[str, str] = {}
        self.taken: list[str] = []

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        said = self.answers.get(address, "250 taken")
        if said.startswith("250"):
            envelope.rcpt_tos.append(address)
        return said

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.taken += envelope.rcpt_tos
        return "250 taken"

    @classmethod
    def serving(cls, settings: Any) -> Iterator[Postmaster]:
        """For a fixture: serves while it lasts, and Django sends there."""
        box = cls()
        server = _Server(box, hostname="127.0.0.1", port=0)
        server.start()
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        yield box
        server.stop()


class _Server(Controller):
    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()
