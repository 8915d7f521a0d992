"""Approved names: {language: {"short": …, "formal": …}} for delegations and people, {language: text} for titles.

They are shown as approved: never case-changed, never translated by code.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

Names = Mapping[str, Mapping[str, str]]
Texts = Mapping[str, str]
FALLBACK = ("en", "fr", "es", "ru", "ar", "zh")
OWN_NAMES = {"en": "English", "fr": "français", "es": "español", "ru": "русский", "ar": "العربية", "zh": "中文"}
CLOCK_AFTER_DATE = {"ar": "، ", "zh": " "}  # what stands between the two; elsewhere a comma
NAME_LIMIT = 300  # characters; the longest official name of a State is under 80
# Overrides and isolates could make "Kenya" read as something else (Unicode TR36); approved strings never need them.
_CONTROLS = {"\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069"}

_MARKUP = re.compile(r"<[a-zA-Z/!?]|&#?\w{1,8};")  # no approved name has any; shown as text it would only look wrong


_FOLDED = str.maketrans({"ð": "d", "þ": "th", "ø": "o", "ł": "l", "đ": "d", "ß": "ss", "æ": "ae", "œ": "oe", "ı": "i"})

NONCHARACTERS = {"\ufffe", "\uffff"}  # Unicode has them for nobody's text; XML, and so Word, refuses them


def is_invisible(character: str) -> bool:
    """Whether this character changes how text is read, or cannot stand in a document, without being seen."""
    strange = character in _CONTROLS or character in NONCHARACTERS
    return strange or unicodedata.category(character) in {"Cc", "Cs", "Co"}


def pick(texts: Mapping[str, Any], language: str) -> Any:
    """The entry in this language, else the first there is in the fallback order, else None."""
    for code in (language, language.split("-")[0], *FALLBACK):
        if texts.get(code):
            return texts[code]
    return next((value for value in texts.values() if value), None)


def short(names: Names, language: str) -> str:
    """The approved short name, e.g. "Kenya"."""
    entry = pick(names, language) or {}
    return str(entry.get("short") or entry.get("formal") or "")


def formal(names: Names, language: str) -> str:
    """The approved formal name, e.g. "the Republic of Kenya"; the short one where none was given."""
    entry = pick(names, language) or {}
    return str(entry.get("formal") or entry.get("short") or "")


def apart(text: str) -> str:
    """A name that keeps its own direction where no markup can stand, as `<bdi>` does on a page (Unicode FSI … PDI)."""
    return f"\u2068{text}\u2069" if text else ""


def listed(entries: Iterable[object], language: str) -> str:
    """Names one after the other with the comma of this language (CLDR, list pattern "unit")."""
    return {"ar": "، ", "zh": "、"}.get(language, ", ").join(map(str, entries))


def folded(name: str) -> str:
    """A name for comparing: no accents, no case, words in order of the alphabet."""
    bare = unicodedata.normalize("NFKD", name.casefold().translate(_FOLDED))
    kept = "".join(c if c.isalnum() else " " for c in bare if not unicodedata.combining(c))
    return " ".join(sorted(kept.split()))


def likenesses(names: Names) -> set[str]:
    """The short forms of a name for comparing; not those too short to tell anybody by."""
    return {form for entry in names.values() if len(form := folded(str(entry.get("short") or ""))) > 3}


def forms(names: Names) -> str:
    """Every form of a name, in all its languages, one after the other."""
    return " ".join(str(form) for entry in names.values() for form in entry.values())


def holds(said: str, words: str) -> bool:
    """Whether all of these words, or beginnings and parts of words, stand in what is said, whatever accents and case they
    are typed with."""
    within = folded(said)
    return all(word in within for word in folded(words).split())


def text(texts: Texts, language: str) -> str:
    """A title in this language, or the nearest there is."""
    return str(pick(texts, language) or "")


def faults(value: str) -> str | None:
    """Why this cannot be an approved string: "empty", "long", "control", "markup"; None when it can."""
    if not value.strip():
        return "empty"
    if len(value) > NAME_LIMIT:
        return "long"
    if any(is_invisible(c) for c in value):
        return "control"
    return "markup" if _MARKUP.search(value) else None
