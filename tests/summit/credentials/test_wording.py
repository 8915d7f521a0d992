"""Pages that allauth brings speak as ours do, in every language."""

from __future__ import annotations

import re
from pathlib import Path

import allauth
import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.views import AddWebAuthnView, EditWebAuthnView
from babel.messages.pofile import read_po
from django.conf import settings
from django.core import mail
from django.urls import reverse
from django.utils.translation import gettext, override

LIBRARY = Path(allauth.__file__).parent
SOURCE = "summit/credentials/wording.py"


def reworded(language):
    with (Path(settings.BASE_DIR) / "locale" / language / "LC_MESSAGES" / "django.po").open("rb") as file:
        return [
            row for row in read_po(file, locale=language) if row.id and SOURCE in [at for at, _line in row.locations]
        ]


def test_what_we_say_otherwise_is_still_said_by_allauth():
    with (LIBRARY / "locale" / "en" / "LC_MESSAGES" / "django.po").open("rb") as file:
        theirs = {row.id if isinstance(row.id, str) else row.id[0] for row in read_po(file)}
    rows = reworded("en")
    assert len(rows) > 50
    assert [row.id for row in rows if (row.id if isinstance(row.id, str) else row.id[0]) not in theirs] == []


@pytest.mark.parametrize("language", ["fr", "es", "ar", "ru", "zh"])
def test_every_language_says_all_of_it(language):
    assert {row.id for row in reworded(language)} == {row.id for row in reworded("en")}


def test_headings_of_sign_in_pages_stand_in_sentence_case(cast, client):
    client.force_login(cast.amina.account)
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": 4102444800.0}]  # just now, for a century
    session.save()
    for name in (
        "mfa_index",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "mfa_list_webauthn",
        "account_email",
        "account_change_password",
    ):
        page = client.get(reverse(name), follow=True).content.decode()
        for heading in re.findall(r"<(?:h1|h2|title)[^>]*>\s*([^<]+?)\s*<", page):
            capitals = [word for word in heading.split("·")[0].split()[1:] if word[0].isupper()]
            assert not capitals, (name, heading)


@pytest.mark.parametrize("language", ["en", "fr", "es", "ar", "ru", "zh"])
def test_letters_about_passwords_name_the_way_out_in_the_readers_language(cast, client, language):
    client.cookies["django_language"] = language
    for address in (cast.amina.account.email, "nobody@example.org"):
        client.post(reverse("account_reset_password"), {"email": address})
    known, unknown = (str(letter.body) for letter in mail.outbox)
    assert "/account/password/reset/key/" in known and "nobody@example.org" in unknown and "http" not in unknown
    with override(language):
        assert gettext("If it was not you, do nothing: your password stays as it is.") in known
    assert not any("!" in f"{letter.subject}{letter.body}" for letter in mail.outbox)


def test_no_field_says_its_label_twice(cast, client):
    for name in ("account_login", "account_reset_password"):
        page = client.get(reverse(name)).content.decode()
        assert "<label" in page and "placeholder=" not in page


def test_the_name_of_a_key_is_asked_for_in_the_readers_language(cast):
    for view in (AddWebAuthnView, EditWebAuthnView):
        form = view().get_form_class()
        with override("zh"):
            assert str(form.base_fields["name"].label) == "密钥名称"
    adding = AddWebAuthnView().get_form_class()(user=cast.amina.account)
    assert next(iter(adding.fields)) == "name" and "credential" in adding.fields


def test_passkeys_are_listed_with_what_is_known_of_them(cast, client):
    client.force_login(cast.amina.account)
    Authenticator.objects.create(
        user=cast.amina.account, type="webauthn", data={"name": "This laptop", "credential": {}}
    )
    page = client.get(reverse("mfa_list_webauthn"), follow=True).content.decode()
    assert "This laptop" in page and "not used yet" in page and "Rename" in page
