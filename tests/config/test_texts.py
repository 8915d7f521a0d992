"""Translations are translations: in the letters of their language, with every placeholder, none left in English."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from summit.config.translations import compile_catalogs

LOCALE = Path(__file__).resolve().parents[2] / "locale"
CATALOGS = sorted(LOCALE.glob("*/LC_MESSAGES/*.po"))
LETTER = {"ar": r"[\u0620-\u064a]", "ru": r"[а-яёА-ЯЁ]", "zh": r"[\u4e00-\u9fff]"}
HOLE = re.compile(r"%\(\w+\)[sd]|%[sd]|%%|</?\w+[^>]*>")
CODES = {"UTC", "Esc"}  # written alike everywhere: time scales, keys as keyboards print them
UNITS = {"kbit", "Mbit", "ms", "s", "min", "kHz", "Hz", "px", "dB"}  # as the SI writes them in Latin letters
# Words that French and English share.
ALIKE = UNITS | {
    "Badge", "Badges", "Code", "Photo", "Position", "Question", "question", "original", "Note",
    "Distribution", "Document", "Objections", "Photos",
    "Date", "Format", "Journal", "Microphone", "Minutes", "Pages", "Participants", "Pause", "Programme", "Public",
    "Suspension", "Table", "Version", "Vote", "code", "foyer", "invitation", "invitations", "microphone", "minute", "minutes", "position",
    "suspension", "suspensions",
}  # fmt: skip


def texts(catalog: Path) -> Iterator[tuple[str, str]]:
    """(English, translation), plurals one by one: the form for one beside its English, all others beside the many."""
    with catalog.open("rb") as file:
        for message in read_po(file, locale=catalog.parent.parent.name):
            if message.id and isinstance(message.id, str):
                yield message.id, str(message.string)
            elif message.id:
                yield from ((message.id[-1], form) for form in message.string[1:])
                yield message.id[0], message.string[0]


def words(text: str) -> set[str]:
    """The words that a translator can put into another language."""
    return set(re.findall(r"[^\W\d_]+", HOLE.sub(" ", text))) - CODES


def name(catalog: Path) -> str:
    return f"{catalog.parent.parent.name}-{catalog.stem}"


def test_every_language_of_the_pages_has_its_catalogs() -> None:
    assert {name(path) for path in CATALOGS} >= {
        f"{language}-{domain}"
        for language in ("ar", "es", "fr", "ru", "zh")
        for domain in ("django", "djangojs", "minutes")
    }


@pytest.mark.parametrize("catalog", [path for path in CATALOGS if path.parts[-3] in LETTER], ids=name)
def test_every_text_holds_a_letter_of_its_language(catalog: Path) -> None:
    letter = LETTER[catalog.parent.parent.name]
    assert [english for english, text in texts(catalog) if words(english) and not re.search(letter, text)] == []


@pytest.mark.parametrize("catalog", [path for path in CATALOGS if path.parts[-3] in {"fr", "es"}], ids=name)
def test_no_text_is_left_in_english_but_for_words_both_share(catalog: Path) -> None:
    alike = ALIKE | ({"Plenary", "error", "kB"} if "es" in catalog.parts else set())
    assert [english for english, text in texts(catalog) if text == english and words(english) - alike] == []


@pytest.mark.parametrize("catalog", CATALOGS, ids=name)
def test_no_placeholder_is_lost_or_invented(catalog: Path) -> None:
    def holes(text: str) -> Counter[str]:
        return Counter(re.findall(r"%\(\w+\)[sd]", text))

    with catalog.open("rb") as file:
        rows = [message for message in read_po(file, locale=catalog.parent.parent.name) if message.id]
    last = [(row.id, row.string) if isinstance(row.id, str) else (row.id[-1], row.string[-1]) for row in rows]
    assert [pair for pair in last if holes(str(pair[0])) != holes(str(pair[1]))] == []
    # languages have words for one and for two: those forms may do without the number, never with another one
    assert [(english, text) for english, text in texts(catalog) if holes(text) - holes(english)] == []


def test_french_lines_never_begin_with_a_colon_or_a_closing_quotation_mark(tmp_path: Path) -> None:
    source = tmp_path / "locale" / "fr" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    source.write_text(
        'msgid "Sound:"\nmsgstr "Son : « non » ?"\n\nmsgid "one"\nmsgid_plural "many"\nmsgstr[0] "un !"\nmsgstr[1] "a:b"\n'
    )
    assert compile_catalogs(tmp_path) == []
    with source.with_suffix(".mo").open("rb") as file:
        compiled = read_mo(file)
    assert compiled["Sound:"].string == "Son\u00a0: «\u00a0non\u00a0»\u00a0?"
    assert tuple(compiled["one"].string) == ("un\u00a0!", "a:b")
