"""`doctor` asks the identity providers as sign-in does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from summit.config.doctor import Patient, Unwell, passes, sign_in
from tests.ministry import Ministry, ministry_running

NOBODY = Patient(Path(), {}, {})


@pytest.fixture(scope="module")
def ministry() -> Iterator[Ministry]:
    with ministry_running() as server:
        yield server


def look(settings: Any, *issuers: str) -> str:
    settings.OIDC = [{"id": f"house-{n}", "issuer": issuer} for n, issuer in enumerate(issuers, start=1)]
    return sign_in(NOBODY)


def test_without_providers_nothing_is_asked(settings: Any) -> None:
    assert look(settings).startswith("no identity providers")


def test_a_provider_that_answers_is_well_however_its_address_is_written(settings: Any, ministry: Ministry) -> None:
    whole = f"{ministry.issuer}/.well-known/openid-configuration"
    assert look(settings, ministry.issuer, whole) == "house-1, house-2 can be signed in through"


def test_what_is_wrong_is_told_with_the_setting_to_look_at(
    settings: Any, ministry: Ministry, capsys: pytest.CaptureFixture[str]
) -> None:
    for issuer, words in (
        (f"{ministry.issuer}/realm", "answers 404. Is PARLEY_OIDC_HOUSE_1_ISSUER right?"),
        ("http://127.0.0.1:1", "cannot be reached (ConnectionError). Is PARLEY_OIDC_HOUSE_1_ISSUER right, and may"),
        (
            ministry.issuer.replace("127.0.0.1", "localhost"),
            f"speaks for {ministry.issuer}. If that is the one you mean",
        ),
    ):
        with pytest.raises(Unwell, match="work meanwhile") as told:
            look(settings, issuer)
        assert words in str(told.value)
    settings.OIDC = [{"id": "a", "issuer": ministry.issuer}, {"id": "b", "issuer": "http://127.0.0.1:1"}]
    assert passes("sign-in", sign_in, NOBODY) is False
    printed = capsys.readouterr().out
    assert "FAIL  sign-in" in printed and "b: http://127.0.0.1:1" in printed and "a: " not in printed


def test_a_document_that_signing_in_cannot_use_is_no_good_one(settings: Any, ministry: Ministry) -> None:
    for document, words in (
        ({}, "is no discovery document"),
        ([], "is no discovery document"),
        (
            {"issuer": ministry.issuer, "token_endpoint": "x", "jwks_uri": "x"},
            "no authorization_endpoint and no userinfo_",
        ),
    ):
        ministry.discovery = document
        with pytest.raises(Unwell) as told:
            look(settings, ministry.issuer)
        assert words in str(told.value)
    ministry.discovery = None
    assert "can be signed in" in look(settings, ministry.issuer)
