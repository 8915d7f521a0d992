"""Collects every text of pages, code and scripts into `locale/*/LC_MESSAGES/*.po`, with Babel alone.

`python -m summit.config.texts` updates the catalogs; with `--check` it writes nothing and fails on a text that is
missing, untranslated, fuzzy or no longer used. A page may not gain a sentence that readers of another language lack.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract, extract_javascript, extract_python
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from summit.config.bootstrap import ROOT

TOLD_ELSEWHERE = {Path("summit/minutes/sentences.py"), Path("summit/minutes/compose.py")}  # minutes.po, six languages
LANGUAGES = ("fr", "es", "ar", "ru", "zh")  # beside en, the language of the source
WORDS: dict[str, Any] = {
    "gettext": None, "gettext_lazy": None, "_": None, "gettext_noop": None,
    "ngettext": (1, 2), "ngettext_lazy": (1, 2), "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}  # fmt: skip
Found = tuple[int, Any, Any, list[str]]
_NOISE = (b'"POT-Creation', b'"PO-Revision', b'"Last-Trans', b'"Report-', b'"Language-Team', b'"Generated-By')
_CALL = re.compile(r"(?<![\w.])(?:n|p|np)?gettext\(|(?<![\w.])_\(")


def extract_template(file: IO[bytes], keywords: Any, comment_tags: Any, options: Any) -> Iterator[Found]:
    """Django turns a template into something like Python; the calls in it are read one by one."""
    source = templatize(file.read().decode())
    for match in _CALL.finditer(source):
        call = _whole_call(source, match.start())
        line = source.count("\n", 0, match.start())
        for number, name, messages, _comments in extract_python(io.BytesIO(call.encode()), WORDS, [], {}):
            yield number + line, name, messages, []


def extract_script(file: IO[bytes], keywords: Any, comment_tags: Any, options: Any) -> Iterator[Found]:
    """Babel's reader of scripts loses a call that stands beside another inside a template literal; one by one it does not."""
    source = file.read().decode()
    for match in _CALL.finditer(source):
        call = _whole_call(source, match.start())
        line = source.count("\n", 0, match.start())
        for number, name, messages, _comments in extract_javascript(io.BytesIO(call.encode()), WORDS, [], {}):
            yield number + line, name, messages, []


def _whole_call(source: str, start: int) -> str:
    """From the name to its closing bracket; strings may hold brackets."""
    depth, quote, at = 0, "", start
    while at < len(source):
        char = source[at]
        if quote:
            if char == "\\":
                at += 1
            elif source.startswith(quote, at):
                at += len(quote) - 1
                quote = ""
        elif char in "'\"":
            quote = char * 3 if source.startswith(char * 3, at) else char
            at += len(quote) - 1
        elif char in "()":
            depth += 1 if char == "(" else -1
            if depth == 0:
                return source[start : at + 1]
        at += 1
    return source[start:]


def gather(domain: str) -> Catalog:
    """Every text of `django` (Python and templates) or `djangojs` (our scripts)."""
    catalog = Catalog(project="Parley", charset="utf-8")
    if domain == "django":
        places: list[tuple[Path, Any]] = [
            (p, "python")
            for top in ("summit", "rooms")
            for p in sorted((ROOT / top).rglob("*.py"))
            if p.relative_to(ROOT) not in TOLD_ELSEWHERE
        ]
        places += [
            (p, extract_template) for p in sorted((ROOT / "templates").rglob("*.*")) if p.suffix in {".html", ".txt"}
        ]
    else:
        places = [(p, extract_script) for p in sorted((ROOT / "static" / "js").rglob("*.js"))]
    for path, method in places:
        with path.open("rb") as file:
            for line, message, _comments, context in extract(method, file, WORDS, [], {}):
                catalog.add(message, locations=[(str(path.relative_to(ROOT)), line)], context=context,
                            flags=_flags(message))  # fmt: skip
    return catalog


def _flags(message: str | tuple[str, ...]) -> list[str]:
    text = message if isinstance(message, str) else message[0]
    return ["python-format"] if re.search(r"%\(\w+\)s", text) else []


def _save(path: Path, catalog: Catalog) -> None:
    """Sorted, without dates or line numbers: a change of the texts shows nothing but the texts."""
    catalog.fuzzy, catalog.header_comment = False, "# Parley"
    out = io.BytesIO()
    write_po(out, catalog, width=118, ignore_obsolete=True, include_lineno=False, sort_output=True)
    lines = [line for line in out.getvalue().splitlines(keepends=True) if not line.startswith(_NOISE)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(lines))


def main(check: bool) -> int:
    """Update or check all catalogs; returns an exit status."""
    wrong: list[str] = []
    for domain in ("django", "djangojs"):
        template = gather(domain)
        for language in LANGUAGES:
            path = ROOT / "locale" / language / "LC_MESSAGES" / f"{domain}.po"
            catalog = Catalog(locale=language, project="Parley", charset="utf-8")
            if path.exists():
                with path.open("rb") as file:
                    catalog = read_po(file, locale=language)
            known = {(m.id if isinstance(m.id, str) else m.id[0], m.context) for m in catalog if m.id}
            catalog.update(template, no_fuzzy_matching=True)
            if not check:
                _save(path, catalog)
            for message in catalog:
                if not message.id:
                    continue
                text = message.id if isinstance(message.id, str) else message.id[0]
                strings = [message.string] if isinstance(message.string, str) else list(message.string or [""])
                if not all(strings) or message.fuzzy or (check and (text, message.context) not in known):
                    where = message.locations[0][0] if message.locations else "?"
                    wrong.append(f"{language} {domain}: not translated: {text!r} ({where})")
    print("\n".join(wrong[:200]))
    print(f"{len(wrong)} texts to translate.")
    return 1 if wrong and check else 0


if __name__ == "__main__":
    import django

    django.setup()
    sys.exit(main("--check" in sys.argv))
