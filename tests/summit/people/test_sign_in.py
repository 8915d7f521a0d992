import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.urls import reverse

from summit.models import User
from tests.cast import PASSWORD, make_organiser


@pytest.fixture(autouse=True)
def letters_stay_here(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def sign_in(client, email, password=PASSWORD, **headers):
    return client.post(reverse("account_login"), {"login": email, "password": password}, headers=headers)


def test_a_delegate_signs_in_and_out(cast, client):
    assert sign_in(client, "amina@example.org").status_code == 302
    assert client.get("/", follow=True).redirect_chain[-1][0] == "/s/test/"
    client.post(reverse("account_logout"))
    assert client.get("/").status_code == 302


def test_signing_in_makes_a_new_session(cast, client):
    client.get(reverse("account_login"))
    session = client.session
    session["planted"] = 1
    session.save()
    before = session.session_key
    sign_in(client, "amina@example.org")
    assert client.session.session_key != before


def test_a_wrong_password_and_an_unknown_address_are_answered_alike(cast, client):
    def page(email):
        body = sign_in(client, email, "wrong password here").content.decode()
        return re.sub(r'(nonce|value)="[^"]*"', "", body.replace(email, ""))

    assert page("amina@example.org") == page("nobody@example.org")


def test_asking_for_a_new_password_tells_nobody_who_has_an_account(cast, client):
    from django.core import mail

    def answer(email):
        response = client.post(reverse("account_reset_password"), {"email": email})
        return response.status_code, response["Location"]

    assert answer("amina@example.org") == answer("nobody@example.org")
    assert [letter.to for letter in mail.outbox] == [["amina@example.org"], ["nobody@example.org"]]


def test_nobody_signs_up_by_themselves(cast, client):
    before = User.objects.count()
    data = {"email": "new@example.org", "password1": PASSWORD}
    response = client.post(reverse("account_signup"), data)
    assert User.objects.count() == before and b"invitation" in response.content.lower()


def test_guessing_is_limited_even_behind_forged_addresses(cast, client):
    for n in range(12):
        sign_in(client, "amina@example.org", f"guess number {n}", **{"X-Forwarded-For": f"10.0.0.{n}"})
    response = sign_in(client, "amina@example.org", **{"X-Forwarded-For": "10.0.9.9"})
    assert response.status_code != 302, "the right password after a dozen guesses still has to wait"


def test_a_hall_full_of_delegates_signs_in_from_one_address(cast, client):
    for n in range(60):
        User.objects.create_user(f"delegate-{n}@example.org", PASSWORD)
    for n in range(60):
        client.logout()
        assert sign_in(client, f"delegate-{n}@example.org").status_code == 302, n


def test_the_admin_has_no_sign_in_of_its_own(cast, client):
    response = client.get("/admin/")
    assert response.status_code == 302
    response = client.get("/admin/login/")
    assert response.status_code == 302 and response["Location"].startswith(reverse("account_login"))
    sign_in(client, "amina@example.org")
    assert client.get("/admin/login/").status_code == 403


def test_in_production_organisers_set_up_a_second_factor_before_the_admin_opens(cast, client, settings):
    settings.STAFF_SECOND_FACTOR = True
    otto = make_organiser(cast.summit)
    client.force_login(otto.account)
    desks = ("accreditation/", "accreditation/rules/", "accreditation/1/", "credentials/", "credentials/KE/state/")
    for path in (
        "/admin/", "/admin/summit/meeting/", f"/admin/summit/meeting/{cast.meeting.pk}/step/",
        *(f"/s/test/{desk}" for desk in desks),
    ):  # fmt: skip
        for ask in (client.get, client.post):
            page = ask(path, follow=True)
            assert page.redirect_chain[0] == (reverse("mfa_index"), 302), path
    assert "Set up an authenticator app or a passkey first." in page.content.decode()
    Authenticator.objects.create(user=otto.account, type="recovery_codes", data={})
    assert client.get("/admin/").status_code == 302, "codes to recover with are no factor by themselves"
    Authenticator.objects.create(user=otto.account, type="totp", data={"secret": "x"})
    assert client.get("/admin/").status_code == client.get("/s/test/credentials/").status_code == 200
    client.force_login(cast.amina.account)
    assert client.get("/s/test/credentials/KE/").status_code == 200, "delegates need none to hand in their letter"
    assert client.get("/admin/")["Location"].startswith("/admin/login/"), "whoever is no organiser is not told of it"


def test_with_a_second_factor_a_password_alone_does_not_sign_in(cast, client, settings):
    settings.STAFF_SECOND_FACTOR = True
    otto = make_organiser(cast.summit)
    otto.account.set_password(PASSWORD)
    otto.account.save()
    TOTP.activate(otto.account, generate_totp_secret())
    assert sign_in(client, otto.account.email)["Location"] == reverse("mfa_authenticate")
    assert client.get("/admin/").status_code == 302


def test_pages_of_sign_in_hold_no_inline_script_or_style(cast, client):
    names = ["account_login", "account_reset_password", "account_signup"]
    pages = [client.get(reverse(name)) for name in names]
    sign_in(client, "amina@example.org")
    names = ["mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "mfa_list_webauthn", "account_change_password"]
    pages += [client.get(reverse(name), follow=True) for name in [*names, "own_settings"]]
    for page in pages:
        assert page.status_code == 200, page.request["PATH_INFO"]
        body = page.content.decode()
        policy = page["Content-Security-Policy"]
        assert "unsafe" not in policy and "default-src 'none'" in policy
        for tag in re.findall(r"<script\b[^>]*>", body):
            assert "src=" in tag or "application/json" in tag or "nonce=" in tag, tag
        assert not re.search(r"<[^>]+\son\w+=|<style|\sstyle=", body), page.request["PATH_INFO"]
