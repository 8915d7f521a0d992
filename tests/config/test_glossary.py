"""The interface says the terms of `docs/glossary.md`, and nothing else, where a text is a term alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from summit.config.bootstrap import ROOT

LANGUAGES = ("fr", "es", "ar", "ru", "zh")
TRANSLATED = [language for language in LANGUAGES if (ROOT / "locale" / language / "LC_MESSAGES/django.po").exists()]
MARKS = re.compile(r"[\u064b-\u0652\u0670]")  # Arabic vowel signs, which may stand or not
ARTICLE = re.compile(r"\bال")
WORD = re.compile(r"[^\W\d_]+")
# Terms of several words that a sentence may say otherwise: idioms of the chair, and words of everyday use.
FREE = {
    "give the floor", "take the floor", "ask for the floor", "in the hall", "off the record", "on the record",
    "agenda item", "letter of credentials", "conference officer", "record writer", "statement on behalf of a group",
}  # fmt: skip


def plain(text: str) -> str:
    return ARTICLE.sub("", MARKS.sub("", text)).strip(" .").casefold()


def glossary() -> dict[str, dict[str, list[str]]]:
    """{English term: {language: accepted forms}}."""
    rows = (
        [cell.strip() for cell in line.strip("|\n ").split("|")]
        for line in (ROOT / "docs/glossary.md").read_text().splitlines()
        if line.startswith("| ") and not line.startswith("| English")
    )
    return {
        row[0].casefold(): {
            language: [plain(form) for form in cell.split(" / ")]
            for language, cell in zip(LANGUAGES, row[1:6], strict=True)
        }
        for row in rows
    }


def texts(language: str) -> Iterator[tuple[str, str]]:
    for domain in ("django", "djangojs"):
        path = Path(ROOT / "locale" / language / "LC_MESSAGES" / f"{domain}.po")
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if isinstance(message.id, str) and isinstance(message.string, str) and message.string:
                    yield message.id, message.string


def stems(form: str, language: str) -> list[str]:
    """What every form of these words has in common: their beginnings, and in Chinese, which bends no word, all of it."""
    if language == "zh":
        return [form]
    cut, least = (2, 3) if language == "ar" else (3, 4)
    return [word[: max(least, len(word) - cut)] for word in WORD.findall(form) if len(word) > 3]


def says(said: str, forms: list[str], language: str) -> bool:
    return any(all(stem in plain(said) for stem in stems(form, language)) for form in forms)


def test_the_glossary_has_each_term_once_in_six_languages() -> None:
    terms = glossary()
    assert len(terms) >= 150
    assert all(all(forms) for term in terms.values() for forms in term.values())


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_text_that_is_a_term_is_translated_as_the_glossary_says(language: str) -> None:
    terms = glossary()
    found = [(text, said) for text, said in texts(language) if text.strip(" .").casefold() in terms]
    assert len(found) > 20
    wrong = [
        (text, said, terms[text.strip(" .").casefold()][language])
        for text, said in found
        if plain(said) not in terms[text.strip(" .").casefold()][language]
    ]
    assert not wrong


def test_a_word_is_known_by_its_beginning_however_it_is_bent() -> None:
    assert says("Снять выступление по порядку ведения", ["порядок ведения"], "ru")
    assert not says("Внести полномочия", ["полномочия на подписание"], "ru")
    assert says("Retirer la motion d’ordre", ["motion d’ordre"], "fr") and not says(
        "登记全权证书", ["全权授权书"], "zh"
    )


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_term_of_several_words_is_said_by_its_own_within_a_sentence(language: str) -> None:
    terms = {term: forms[language] for term, forms in glossary().items() if " " in term and term not in FREE}
    known = re.compile(rf"\b({'|'.join(sorted(map(re.escape, terms), key=len, reverse=True))})s?\b")
    met = [(text, said, term) for text, said in texts(language) for term in known.findall(text.casefold())]
    assert len(met) > 100
    assert [(text, said, terms[term]) for text, said, term in met if not says(said, terms[term], language)] == []
