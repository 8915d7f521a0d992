"""How allauth behaves here: nobody signs up without an invitation, and passkeys belong to our public address."""

from __future__ import annotations

from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http import HttpRequest


class InvitationOnly(DefaultAccountAdapter):  # type: ignore[misc]
    """Accounts come from invitations or the admin."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


class Passkeys(DefaultMFAAdapter):  # type: ignore[misc]
    """The relying party is the host of PARLEY_ORIGIN: a passkey made there works there and nowhere else.

    In a demo every member of the cast has a host of their own, and their passkeys belong to it.
    """

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        entity: dict[str, str] = super().get_public_key_credential_rp_entity()
        if not settings.DEMO:
            entity["id"] = urlsplit(settings.ORIGIN).hostname or entity["id"]
        return entity | {"name": settings.MFA_TOTP_ISSUER}
