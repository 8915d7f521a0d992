"""The languages minutes are told in: sentences of `locale/*/LC_MESSAGES/minutes.po`, dates and names by CLDR.

These catalogues are apart from the pages' ones: minutes are told in all six languages of the United Nations, the
interface in fewer, and no reader's language is ever activated to write them.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from typing import Any

from babel import Locale
from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from django.conf import settings
from pyuca import Collator

from summit.minutes.export.bidi import RIGHT_TO_LEFT


class Language:
    """A `sentences.Texts`. An unknown language tells its sentences in English and names in their fallback order."""

    def __init__(self, code: str) -> None:
        self.language = code
        self.direction = "rtl" if code in RIGHT_TO_LEFT else "ltr"
        self._catalog = _catalog(code)
        self._locale = Locale.parse(code, sep="-") if code in LANGUAGES else Locale.parse("en")

    def gettext(self, message: str) -> str:
        return self._catalog.gettext(message)

    def ngettext(self, one: str, many: str, count: int) -> str:
        return self._catalog.ngettext(one, many, count)

    def day(self, day: date) -> str:
        """ "23 November 2026" as the language writes it, with the day of the week."""
        if self.language == "en":
            return f"{format_date(day, 'EEEE', locale='en')}, {day.day} {format_date(day, 'MMMM y', locale='en')}"
        return str(format_date(day, "full", locale=self._locale))

    def place_of(self, name: str) -> Any:
        """Sort key by the Unicode collation algorithm."""
        return _collator().sort_key(name)

    def language_name(self, code: str) -> str:
        return str(self._locale.languages.get(code, code))


LANGUAGES = ("en", "fr", "es", "ar", "ru", "zh")


@cache
def language(code: str) -> Language:
    """The texts of one language."""
    return Language(code)


@cache
def _collator() -> Any:
    return Collator()


@cache
def _catalog(code: str) -> NullTranslations:
    """Read from the .po itself, so that nothing needs compiling before a worker may write minutes."""
    source = settings.BASE_DIR / "locale" / code / "LC_MESSAGES" / "minutes.po"
    if code not in LANGUAGES or not source.exists():
        return NullTranslations()
    compiled = BytesIO()
    with source.open("rb") as file:
        write_mo(compiled, read_po(file, locale=code))
    compiled.seek(0)
    return GNUTranslations(compiled)
