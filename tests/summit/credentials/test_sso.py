"""Signing in through a ministry's identity provider, a real one on a port of its own."""

from __future__ import annotations

import html
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from summit.credentials import invitations
from summit.credentials.sso import proven_address
from summit.credentials.ties import untie
from summit.models import Entry, Person, User
from tests.cast import Cast, accredit, confirm, make_cast, person
from tests.ministry import CLIENT, SECRET, Ministry, ministry_running

START = "/account/oidc/kenya/login/"


@pytest.fixture
def ministry(settings: Any) -> Iterator[Ministry]:
    with ministry_running() as server:
        one = {
            "provider_id": "kenya", "name": "Ministry of Foreign Affairs", "client_id": CLIENT, "secret": SECRET,
            "settings": {
                "server_url": server.issuer, "domains": ["example.org"], "token_auth_method": "client_secret_post",
            },
        }  # fmt: skip
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [one]}}
        yield server


def come(client: Client, ministry: Ministry, start: str = START, **claims: Any) -> Any:
    """Through the provider as somebody; the page one ends on."""
    ministry.claims = {"sub": "17", "email": "amina@example.org", "email_verified": True} | claims
    return client.get(way_back(client, start))


def way_back(client: Client, start: str = START) -> str:
    """The address to which the provider sends back whoever it was asked about."""
    leaving = client.post(start).content.decode()
    way = html.unescape(re.search(r'content="0; url=([^"]+)"', leaving)[1])  # type: ignore[index]
    back = requests.get(way, allow_redirects=False, timeout=5).headers["Location"]
    return str(back).removeprefix("http://testserver")


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


def test_whoever_is_connected_sees_it_in_the_settings_and_may_end_it(cast: Cast, ministry: Ministry) -> None:
    verified(cast.amina)
    account, page = cast.amina.account, reverse("socialaccount_connections")
    assert account

    def arrived(password: str | None) -> Client:
        account.set_password(password)
        account.save()
        client = Client()
        assert come(client, ministry)["Location"] == "/"
        return client

    client = arrived(None)
    assert page in client.get(reverse("own_settings")).content.decode()
    shown = client.get(page).content.decode()
    assert "amina@example.org" in shown and shown.count("Ministry of Foreign Affairs") == 2  # held, and to connect
    held = SocialAccount.objects.get().pk
    assert "set a password first" in client.post(page, {"account": held}).content.decode()
    client = arrived("a long enough one")
    asked = client.post(page, {"account": held})["Location"]
    assert asked.startswith(reverse("account_reauthenticate"))  # ending a way in is a dangerous act
    client.post(asked, {"password": "a long enough one"})  # and goes on with it
    assert not SocialAccount.objects.exists()
    assert "None is connected." in client.get(page).content.decode()


def test_nobody_ties_a_strangers_provider_account_to_their_own(cast: Cast, ministry: Ministry) -> None:
    client = Client()
    client.force_login(cast.chen.account)
    assert come(client, ministry, start=f"{START}?process=connect").status_code == 403
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
    typed = User.objects.create_user(guest.email, "a password they chose")
    EmailAddress.objects.create(user=typed, email=guest.email, verified=False, primary=True)
    client = Client()
    answer = come(client, ministry, email=guest.email, sub="20")
    assert answer.status_code == 403 and "not known to be yours" in answer.content.decode()
    assert signed_in(client) is None


def test_staff_whom_the_operator_entered_come_in_by_whatever_case_the_provider_writes(
    cast: Cast, ministry: Ministry
) -> None:
    client = Client()
    come(client, ministry, email="Amina@Example.ORG")  # `createsuperuser` leaves no row of a proven address
    assert signed_in(client) == str(cast.amina.account.pk)  # type: ignore[union-attr]


def test_an_address_that_passed_to_somebody_else_does_not_pass_the_account_on(cast: Cast, ministry: Ministry) -> None:
    verified(cast.amina)
    come(Client(), ministry, sub="17")
    successor = Client()
    answer = come(successor, ministry, sub="99")
    assert answer.status_code == 403 and "not known to be yours" in answer.content.decode()
    assert signed_in(successor) is None and SocialAccount.objects.get().uid == "17"


def test_who_stays_outside_reads_as_whom_they_came_and_may_come_as_another(cast: Cast, ministry: Ministry) -> None:
    verified(cast.amina)
    client = Client()
    page = come(client, ministry, start=f"{START}?next=/account/settings/", email="nobody@example.org").content.decode()
    assert "nobody@example.org" in page and "Ministry of Foreign Affairs" in page
    again = html.unescape(re.search(r'action="(/account/oidc/[^"]+)"', page)[1])  # type: ignore[index]
    assert come(client, ministry, start=again)["Location"] == "/account/settings/"
    assert ministry.asked[-1]["prompt"] == "login", "else the provider sends the same person once more"


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/who"])
def test_a_provider_that_is_away_is_a_sentence_and_a_line_in_the_log(
    cast: Cast, ministry: Ministry, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    verified(cast.amina)
    client, ministry.claims = Client(), {"sub": "17", "email": "amina@example.org", "email_verified": True}
    back = way_back(client)
    ministry.broken = {path}
    with caplog.at_level(logging.WARNING):
        pages = [client.get(back), client.post(START)][: 1 if path == "/who" else 2]
    for page in pages:
        assert page.status_code == 503 and "does not answer" in page.content.decode()
    assert "Sign-in through kenya: away" in caplog.text and "503" in caplog.text and "amina" not in caplog.text
    ministry.broken = set()
    assert come(client, ministry).status_code == 302 and signed_in(client), "and then it works"


@pytest.mark.parametrize(
    ("claims", "change", "status", "says"),
    [
        ({}, "", 401, "cancelled there, or refused"),
        ({"sub": "17"}, "&error=server_error", 502, "cannot be used"),
        ({"sub": "17"}, "&state=of-another-window", 401, "in another window"),
    ],
)
def test_what_goes_wrong_on_the_way_is_said_in_words_with_a_button_to_try_again(
    cast: Cast, ministry: Ministry, claims: Any, change: str, status: int, says: str
) -> None:
    client, ministry.claims = Client(), claims
    page = client.get(way_back(client) + change)
    assert page.status_code == status and says in page.content.decode() and "Try again" in page.content.decode()
    assert signed_in(client) is None


def test_a_wrong_secret_is_no_persons_fault(cast: Cast, ministry: Ministry, settings: Any) -> None:
    client = Client()
    settings.SOCIALACCOUNT_PROVIDERS["openid_connect"]["APPS"][0]["secret"] = "another"
    page = come(client, ministry)
    assert page.status_code == 502 and "cannot be used" in page.content.decode() and signed_in(client) is None


def test_a_link_to_the_provider_asks_before_it_leads_there(cast: Cast, ministry: Ministry) -> None:
    page = Client().get(START).content.decode()
    assert "Ministry of Foreign Affairs" in page and 'http-equiv="refresh"' not in page and not ministry.asked


def test_an_organiser_unties_an_account_and_its_holder_comes_in_anew(
    cast: Cast, ministry: Ministry, organiser: Person, second_organiser: Person, refused: Any
) -> None:
    verified(cast.amina)
    wrong, desk = Client(), Client()
    come(wrong, ministry, sub="17")  # whoever came first, and the account is theirs from then on
    assert signed_in(wrong) and come(Client(), ministry, sub="99").status_code == 403
    desk.force_login(organiser.account)
    row = cast.summit.accreditations.get(person=cast.amina)
    target, page = (reverse(f"admin:summit_accreditation_{one}", args=[row.pk]) for one in ("step", "change"))
    assert "Untie from the service" in desk.get(page).content.decode()
    asked = desk.post(
        target, {"step": "untie", "reason": "She was given a new number there"}, headers={"referer": page}
    )
    assert "/account/reauthenticate/" in asked["Location"] and SocialAccount.objects.exists(), "a dangerous act"
    confirm(desk, page)
    told = desk.post(target, {"step": "untie", "reason": "  "}, follow=True).content.decode()
    assert "Say why" in told and SocialAccount.objects.exists()
    desk.post(target, {"step": "untie", "reason": "She was given a new number there"})
    assert wrong.get("/account/settings/").status_code == 302, "signed out"
    assert desk.get(page).status_code == 200 and "Untie from the service" not in desk.get(page).content.decode()
    entry = Entry.objects.order_by("seq").last()
    assert entry and entry.kind == "person.untied" and entry.audience == "officers"
    assert (entry.body["providers"], entry.body["subject"]["person"]) == (["kenya"], cast.amina.pk)
    assert come(Client(), ministry, sub="99").status_code == 302 and SocialAccount.objects.get().uid == "99"
    now, why = timezone.now(), "Because"
    for who, by, code in (
        (cast.amina, cast.dana, "organiser.required"), (organiser, organiser, "untie.own"),
        (second_organiser, organiser, "untie.none"),
    ):  # fmt: skip
        with refused(code):
            untie(who.pk, cast.summit.pk, by=by, now=now, reason=why)
    accredit(cast.amina, make_cast("next-year", "next.example").summit)
    with refused("person.shared"):  # her account opens that one, too
        untie(cast.amina.pk, cast.summit.pk, by=organiser, now=now, reason=why)
