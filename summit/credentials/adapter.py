"""How allauth behaves here: nobody signs up without an invitation, and passkeys belong to our public address."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from summit.people.models import User


class InvitationOnly(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts come from invitations or the admin."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def post_login(self, request: HttpRequest, user: Any, **options: Any) -> HttpResponse:
        """Pages come in the language the person chose, on whatever device they sign in."""
        response: HttpResponse = super().post_login(request, user, **options)
        speak_their_language(response, user)
        return response


def speak_their_language(response: HttpResponse, user: User) -> None:
    """Set the language cookie to what this account's person chose, if they did."""
    language = user.person.language if hasattr(user, "person") else ""
    if language in dict(settings.LANGUAGES):
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, language, secure=settings.LANGUAGE_COOKIE_SECURE, samesite="Lax",
            max_age=settings.SESSION_COOKIE_AGE,
        )  # fmt: skip


class Passkeys(DefaultMFAAdapter):  # type: ignore[misc]
    """The relying party is the host of PARLEY_ORIGIN: a passkey made there works there and nowhere else.

    In a demo every member of the cast has a host of their own, and their passkeys belong to it.
    """

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        entity: dict[str, str] = super().get_public_key_credential_rp_entity()
        if not settings.DEMO:
            entity["id"] = urlsplit(settings.ORIGIN).hostname or entity["id"]
        return entity | {"name": settings.MFA_TOTP_ISSUER}
