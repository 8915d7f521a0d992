"""The journal's hashes. Pure.

body_hash = SHA-256(salt ‖ canonical body), so that a body can be withheld and the chain still verifies;
digest = SHA-256(canonical envelope), and the next envelope holds it as `prev`.
Canonical JSON: keys sorted, no spaces, UTF-8, no floats (RFC 8785 agrees with this for what we allow).
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

VERSION = 1  # of an entry's shape; fixtures of every released version stay in the tests
GENESIS = "0" * 64


def canonical(value: Any) -> bytes:
    """The one spelling of this value. Refuses floats and anything JSON has no word for: TypeError."""
    _refuse_floats(value)
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _refuse_floats(value: Any) -> None:
    if isinstance(value, float):
        raise TypeError("floats have no canonical spelling; use whole seconds or milliseconds")
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise TypeError("keys are strings")
            _refuse_floats(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _refuse_floats(inner)


def body_hash(salt: str, body: Any) -> str:
    """salt: 32 hex digits. Returns 64 hex digits."""
    return hashlib.sha256(bytes.fromhex(salt) + canonical(body)).hexdigest()


def digest(
    *, version: int, summit: str, seq: int, at: str, kind: str, meeting: str | None, audience: str, body: str, prev: str
) -> str:
    """Hash of an envelope. summit and meeting: slugs; at: ISO 8601 in UTC with microseconds; body: its body_hash."""
    envelope = {
        "v": version, "summit": summit, "seq": seq, "at": at, "kind": kind, "meeting": meeting,
        "audience": audience, "body_hash": body, "prev": prev,
    }  # fmt: skip
    return hashlib.sha256(canonical(envelope)).hexdigest()
