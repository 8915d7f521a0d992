"""Reading settings from the environment: loud on nonsense, silent otherwise.

Every reader takes the variable's name and a default. `NAME_FILE` may name a file that holds the value, so that
secrets stay out of process lists.
"""

from __future__ import annotations

import os
from pathlib import Path


class BadSetting(Exception):
    """An environment variable holds something we cannot use; the message says which and what is expected."""


def env_str(name: str, default: str = "") -> str:
    """The value of NAME, or of the file NAME_FILE names, or the default."""
    if file := os.environ.get(f"{name}_FILE"):
        try:
            return Path(file).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise BadSetting(f"{name}_FILE names {file}, which cannot be read: {error.strerror}.") from error
    return os.environ.get(name, default).strip()


def env_bool(name: str, default: bool = False) -> bool:
    """1/true/yes/on or 0/false/no/off."""
    value = env_str(name).lower()
    if not value:
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise BadSetting(f"{name} is {value!r}; use 1 or 0.")


def env_int(name: str, default: int) -> int:
    """A whole number."""
    value = env_str(name)
    if not value:
        return default
    try:
        return int(value)
    except ValueError as error:
        raise BadSetting(f"{name} is {value!r}; use a whole number.") from error


def env_list(name: str, default: str = "") -> list[str]:
    """Comma-separated words."""
    return [word.strip() for word in env_str(name, default).split(",") if word.strip()]
