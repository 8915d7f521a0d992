"""Names and flags to begin with, for an organiser to approve. They are never protocol truth: what was approved wins."""

from __future__ import annotations

from babel import Locale
from django.conf import settings
from django.contrib.staticfiles import finders


def names_of_state(code: str) -> dict[str, dict[str, str]]:
    """The short names of a State by its ISO code, in the six languages, from the Unicode locale data; {} if unknown."""
    found = {}
    for language in settings.CONTENT_LANGUAGES:
        name = Locale.parse(language).territories.get(code.upper())
        if name and len(code) == 2 and code.isalpha():
            found[language] = {"short": name}
    return found


def flag_of_state(code: str) -> str:
    """The flag of a State by its ISO code, as `Delegation.flag` names it; "" where we have none."""
    name = code.lower()
    return name if len(name) == 2 and name.isalpha() and finders.find(f"img/flags/{name}.svg") else ""
