"""A ministry's identity provider on a port of its own: OpenID Connect's code flow with PKCE. Standard library and PyJWT."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt

CLIENT, SECRET = "parley", "a secret of thirty-two characters."


class Ministry(ThreadingHTTPServer):
    """Whoever `claims` names is at the keyboard; nobody: they refuse. The page that asks is on another host than the issuer."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Desk)
        self.claims: dict[str, Any] = {}
        self.codes: dict[str, str] = {}  # code → PKCE challenge
        self.asked: list[dict[str, str]] = []  # what authorization requests said
        self.broken: set[str] = set()  # paths that answer 503
        self.discovery: Any = None  # what it says of itself instead of the truth

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def is_asked_by(self, email: str, **claims: Any) -> None:
        """Next comes whoever has this address."""
        self.claims = {"sub": f"number of {email}", "email": email, "email_verified": True} | claims


class Desk(BaseHTTPRequestHandler):
    server: Ministry

    def do_GET(self) -> None:
        where, query = urlsplit(self.path), {k: v[0] for k, v in parse_qs(urlsplit(self.path).query).items()}
        if where.path in self.server.broken:
            self.send_error(503)
        elif where.path == "/.well-known/openid-configuration":
            issuer = self.server.issuer
            self.say(self.server.discovery if self.server.discovery is not None else {
                "issuer": issuer, "authorization_endpoint": f"http://localhost:{self.server.server_port}/ask",
                "token_endpoint": f"{issuer}/token", "userinfo_endpoint": f"{issuer}/who", "jwks_uri": f"{issuer}/keys",
            })  # fmt: skip
        elif where.path == "/ask":
            self.server.asked.append(query)
            self.server.codes["c1"] = query["code_challenge"]
            told = {"code": "c1"} if self.server.claims else {"error": "access_denied"}
            self.send_response(302)
            self.send_header("Location", f"{query['redirect_uri']}?{urlencode({**told, 'state': query['state']})}")
            self.end_headers()
        elif where.path == "/who" and self.headers["Authorization"] == "Bearer t1":
            self.say(self.server.claims)
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        form = {k: v[0] for k, v in parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()).items()}
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if form["client_secret"] != SECRET or self.server.codes.pop(form["code"]) != challenge:
            self.send_error(400)
            return
        told = {"iss": self.server.issuer, "aud": CLIENT, "iat": int(time.time()), "exp": int(time.time()) + 60}
        token = jwt.encode(told | self.server.claims, SECRET, "HS256")
        self.say({"access_token": "t1", "token_type": "Bearer", "id_token": token})

    def say(self, body: Any) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def ministry_running() -> Iterator[Ministry]:
    """Until the block ends."""
    server = Ministry()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()  # s until it sees that it ends
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
