"""Dangerous acts ask again who one is."""

from __future__ import annotations

from django.test import Client
from django.urls import reverse

from tests.cast import PASSWORD, House, confirm


def test_minutes_are_approved_by_whoever_showed_lately_who_they_are(opened: House) -> None:
    client = Client()
    client.force_login(opened.dana.account)
    where = reverse("minutes_approve", args=[opened.summit.slug, opened.meeting.slug])
    asked = client.post(where, {"seen": "x"})
    assert asked["Location"].startswith(reverse("account_reauthenticate"))
    page = client.get(asked["Location"])
    assert page.status_code == 200 and "password" in page.content.decode()
    wrong = client.post(asked["Location"], {"password": PASSWORD + "!", "next": where})
    assert wrong.status_code == 200
    assert client.post(where, {"seen": "x"})["Location"].startswith(reverse("account_reauthenticate"))
    session = client.session
    assert not session.get("account_authentication_methods")


def test_ten_minutes_later_one_is_asked_again(opened: House) -> None:
    client = Client()
    client.force_login(opened.dana.account)
    where = reverse("minutes_approve", args=[opened.summit.slug, opened.meeting.slug])
    confirm(client, "/")
    assert client.post(where, {"seen": "x"}).status_code == 404, "let through; these minutes are not closed yet"
    session = client.session
    session["account_authentication_methods"][-1]["at"] -= 601
    session.save()
    assert client.post(where, {"seen": "x"})["Location"].startswith(reverse("account_reauthenticate"))
