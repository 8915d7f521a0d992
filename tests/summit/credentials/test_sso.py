"""Signing in through a ministry's identity provider, a real one on a port of its own."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
import requests
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from summit.credentials import invitations
from summit.credentials.sso import proven_address
from summit.models import Entry, Person, User
from tests.cast import Cast, accredit, person

CLIENT, SECRET = "parley", "a secret of thirty-two characters."


class Ministry(ThreadingHTTPServer):
    """OpenID Connect's code flow with PKCE, for whoever `claims` says is at the keyboard."""

    claims: dict[str, Any]
    codes: dict[str, str]  # code → PKCE challenge
    asked: list[dict[str, str]]  # what authorization requests said

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Desk(BaseHTTPRequestHandler):
    server: Ministry

    def do_GET(self) -> None:
        where, query = urlsplit(self.path), {k: v[0] for k, v in parse_qs(urlsplit(self.path).query).items()}
        if where.path == "/.well-known/openid-configuration":
            issuer = self.server.issuer
            self.say({
                "issuer": issuer, "authorization_endpoint": f"{issuer}/ask", "token_endpoint": f"{issuer}/token",
                "userinfo_endpoint": f"{issuer}/who", "jwks_uri": f"{issuer}/keys",
            })  # fmt: skip
        elif where.path == "/ask":
            self.server.asked.append(query)
            self.server.codes["c1"] = query["code_challenge"]
            self.send_response(302)
            self.send_header(
                "Location", f"{query['redirect_uri']}?{urlencode({'code': 'c1', 'state': query['state']})}"
            )
            self.end_headers()
        elif where.path == "/who" and self.headers["Authorization"] == "Bearer t1":
            self.say(self.server.claims)
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        form = {k: v[0] for k, v in parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()).items()}
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        assert form["client_secret"] == SECRET and self.server.codes.pop(form["code"]) == challenge
        told = {"iss": self.server.issuer, "aud": CLIENT, "iat": int(time.time()), "exp": int(time.time()) + 60}
        token = jwt.encode(told | self.server.claims, SECRET, "HS256")
        self.say({"access_token": "t1", "token_type": "Bearer", "id_token": token})

    def say(self, body: dict[str, Any]) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def ministry(settings: Any) -> Iterator[Ministry]:
    server = Ministry(("127.0.0.1", 0), Desk)
    server.claims, server.codes, server.asked = {}, {}, []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    one = {
        "provider_id": "kenya", "name": "Ministry of Foreign Affairs", "client_id": CLIENT, "secret": SECRET,
        "settings": {"server_url": server.issuer, "domains": ["example.org"], "token_auth_method": "client_secret_post"},
    }  # fmt: skip
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [one]}}
    yield server
    server.shutdown()
    server.server_close()


def come(client: Client, ministry: Ministry, start: str = "", **claims: Any) -> Any:
    """Through the provider as somebody; the page one ends on."""
    ministry.claims = {"sub": "17", "email": "amina@example.org", "email_verified": True} | claims
    way = client.post(start or reverse("openid_connect_login", args=["kenya"]))
    back = requests.get(way["Location"], allow_redirects=False, timeout=5).headers["Location"]
    return client.get(back.removeprefix("http://testserver"), follow=False)


def verified(who: Person) -> None:
    EmailAddress.objects.create(user=who.account, email=who.email, verified=True, primary=True)


def signed_in(client: Client) -> Any:
    return client.session.get("_auth_user_id")


def test_the_sign_in_page_offers_the_ministry_and_its_people_come_in(cast: Cast, ministry: Ministry) -> None:
    verified(cast.amina)
    client = Client()
    assert "Ministry of Foreign Affairs" in client.get(reverse("account_login")).content.decode()
    assert come(client, ministry)["Location"] == "/"
    assert signed_in(client) == str(cast.amina.account.pk)  # type: ignore[union-attr]
    held = SocialAccount.objects.get()
    assert held.extra_data == {"email": "amina@example.org"}, "nothing else is kept"
    again = Client()
    come(again, ministry, email="renamed@example.org")  # known by its number there
    assert signed_in(again) == str(cast.amina.account.pk)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"email_verified": False}, "did not confirm"),
        ({"email_verified": "false"}, "did not confirm"),
        ({"email": "amina@elsewhere.example"}, "did not confirm"),  # not a domain it may vouch for
        ({"email": "amina@sub.example.org"}, "did not confirm"),
        ({"email": None}, "did not confirm"),
        ({"email": "nobody@example.org"}, "has been invited"),
    ],
)
def test_who_is_not_proven_or_not_invited_stays_outside(cast: Cast, ministry: Ministry, claims: Any, why: str) -> None:
    verified(cast.amina)
    client = Client()
    answer = come(client, ministry, **claims)
    assert answer.status_code == 403 and why in answer.content.decode()
    assert signed_in(client) is None and not SocialAccount.objects.exists()


def test_an_address_that_an_account_has_not_proven_is_not_matched(cast: Cast, ministry: Ministry) -> None:
    EmailAddress.objects.create(user=cast.amina.account, email=cast.amina.email, verified=False, primary=True)
    client = Client()
    assert come(client, ministry).status_code == 403 and signed_in(client) is None


def test_whoever_is_invited_needs_no_code_and_the_link_is_used(
    cast: Cast, ministry: Ministry, organiser: Person, settings: Any
) -> None:
    guest = person("Gita Guest", account=False)
    accredit(guest, cast.summit, "approved")
    row, token = invitations.invite(cast.summit.pk, guest.pk, by=organiser, now=timezone.now())
    client = Client()
    settings.OIDC = [{"id": "kenya", "name": "Ministry of Foreign Affairs", "domains": ["example.org"]}]
    assert "Ministry of Foreign Affairs" in client.get(reverse("invitation", args=[token])).content.decode()
    settings.OIDC = [{"id": "kenya", "name": "Ministry of Foreign Affairs", "domains": ["elsewhere.example"]}]
    assert "Ministry of Foreign Affairs" not in client.get(reverse("invitation", args=[token])).content.decode()
    assert come(client, ministry, email="Gita@example.org", sub="18")["Location"] == "/"
    guest.refresh_from_db()
    row.refresh_from_db()
    assert guest.account and not guest.account.has_usable_password() and row.consumed_at
    assert signed_in(client) == str(guest.account.pk)
    assert Client().get(reverse("invitation", args=[token])).status_code == 404
    assert Entry.objects.order_by("seq").last().kind == "invitation.accepted"  # type: ignore[union-attr]


def test_nobody_ties_a_strangers_provider_account_to_their_own(cast: Cast, ministry: Ministry) -> None:
    client = Client()
    client.force_login(cast.chen.account)
    start = reverse("openid_connect_login", args=["kenya"]) + "?process=connect"
    assert come(client, ministry, start=start).status_code == 403
    assert not SocialAccount.objects.exists()


def test_before_a_dangerous_act_the_ministry_asks_again(cast: Cast, ministry: Ministry, organiser: Person) -> None:
    verified(organiser)
    account = organiser.account
    assert account
    account.set_unusable_password()
    account.save()
    client = Client()
    come(client, ministry, email="otto@example.org", sub="19")
    target = reverse("admin:summit_delegation_step", args=[cast.kenya.pk])
    assert client.post(target, {"step": "suspension.propose", "reason": "Decision 4/1"})["Location"].endswith(
        "/change/"
    )
    assert cast.kenya.suspensions.count() == 1, "signed in a moment ago"
    session = client.session
    for one in session["account_authentication_methods"]:
        one["at"] -= 601
    session.save()
    asked = client.post(target, {"step": "suspension.lift"})  # not dangerous
    asked = client.post(target, {"step": "suspension.propose", "reason": "Again"}, headers={"referer": "/admin/"})
    assert "/oidc/kenya/login/" in asked["Location"] and cast.kenya.suspensions.count() == 1
    come(client, ministry, start=asked["Location"], email="otto@example.org", sub="19")
    assert ministry.asked[-1]["prompt"] == "login"
    client.post(target, {"step": "suspension.propose", "reason": "Again"})
    assert cast.kenya.suspensions.count() == 2


@pytest.mark.parametrize(
    ("claims", "domains", "address"),
    [
        ({"email": "A@B.org", "email_verified": True}, ["b.org"], "a@b.org"),
        ({"email": "a@b.org", "email_verified": "true"}, ["*"], "a@b.org"),
        ({"email": "a@b.org"}, ["b.org"], ""),
        ({"email": "a@b.org", "email_verified": 1}, [], ""),
        ({"email": "a@b.org@evil.org", "email_verified": True}, ["b.org"], ""),
    ],
)
def test_which_address_is_proven(claims: Any, domains: list[str], address: str) -> None:
    assert proven_address(claims, domains) == address


def test_an_address_that_somebody_else_signs_in_with_is_refused_in_words(
    cast: Cast, ministry: Ministry, organiser: Person
) -> None:
    guest = person("Gita Guest", account=False)
    accredit(guest, cast.summit, "approved")
    invitations.invite(cast.summit.pk, guest.pk, by=organiser, now=timezone.now())
    User.objects.create_user(guest.email, "a password they chose")
    client = Client()
    assert come(client, ministry, email=guest.email, sub="20").status_code == 403 and signed_in(client) is None
