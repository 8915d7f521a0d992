"""Every fixed sentence exists in all six languages, with the same placeholders."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po
from django.conf import settings

from summit.minutes import compose, sentences
from summit.minutes.texts import LANGUAGES


def used():
    keywords = {"gettext": None, "ngettext": (1, 2)}
    for module in (sentences, compose):
        for _, message, _, _ in extract_from_file("python", module.__file__, keywords=keywords):
            yield message


@pytest.mark.parametrize("code", [code for code in LANGUAGES if code != "en"])
def test_a_catalogue_has_every_sentence_with_its_placeholders_and_no_other(code):
    with (Path(settings.BASE_DIR) / "locale" / code / "LC_MESSAGES" / "minutes.po").open("rb") as file:
        catalogue = {message.id: message.string for message in read_po(file, locale=code) if message.id}
    assert set(catalogue) == set(used())
    for message, translated in catalogue.items():
        wanted = set(re.findall(r"%\(\w+\)[sd]", message if isinstance(message, str) else message[1]))
        for text in [translated] if isinstance(translated, str) else translated:
            assert text, message
            assert set(re.findall(r"%\(\w+\)[sd]", text)) == wanted, message
