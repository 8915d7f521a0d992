"""Asks an identity provider for its discovery document (OpenID Connect Discovery 1.0, 4) as sign-in does: for `doctor`."""

from __future__ import annotations

from typing import Any

import requests

WITHIN = 5.0  # s to connect, and between two pieces of the answer
WELL_KNOWN = "/.well-known/"
# What signing in reads of it.
NEEDED = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")


def fault(provider: dict[str, Any]) -> str:
    """What is wrong with one of settings.OIDC and what to do, or ""."""
    name, issuer = f"PARLEY_OIDC_{provider['id'].upper().replace('-', '_')}_ISSUER", str(provider["issuer"])
    address = issuer if WELL_KNOWN in issuer else f"{issuer}{WELL_KNOWN}openid-configuration"
    try:
        answer = requests.get(address, timeout=WITHIN)
    except requests.RequestException as error:
        return f"{address} cannot be reached ({type(error).__name__}). Is {name} right, and may this machine go there?"
    if not answer.ok:
        return f"{address} answers {answer.status_code}. Is {name} right?"
    try:
        told = answer.json()
    except requests.JSONDecodeError:
        told = None
    if not isinstance(told, dict) or not isinstance(told.get("issuer"), str):
        return f"{address} is no discovery document. Is {name} right?"
    if told["issuer"].rstrip("/") != issuer.partition(WELL_KNOWN)[0].rstrip("/"):
        return f"{address} speaks for {told['issuer']}. If that is the one you mean, set {name} to it."
    if missing := [one for one in NEEDED if not told.get(one)]:
        return f"{address} names no {' and no '.join(missing)}. Ask whoever runs the provider."
    return ""
