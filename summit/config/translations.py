"""Compiles `locale/*/LC_MESSAGES/*.po` with Babel; Debian's gettext tools are not needed.

`python -m summit.config.translations [--check]`: with --check, also fails on texts whose placeholders differ.
"""

import importlib.util
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po

from summit.config.bootstrap import ROOT

OTHER_NAMES = {"zh": "zh_Hans"}  # ours → theirs
# French sets a space before these signs and inside its quotation marks: one at which no line may end.
FRENCH_SPACE = re.compile(r" (?=[:;!?»])|(?<=«) ")
THEIRS = (("django", "conf"), ("django", "contrib/admin"), ("django", "contrib/auth"), ("allauth", ""))


def catalogs(root: Path) -> Iterator[Path]:
    """Every .po file of the project: pages (`django`) and scripts (`djangojs`)."""
    yield from sorted((root / "locale").glob("*/LC_MESSAGES/*.po"))


def _with_theirs(catalog: Catalog, language: str) -> None:
    """Sentences of Django and allauth for a language that they know under another name; ours come first."""
    for package, folder in THEIRS:
        top = Path(str(importlib.util.find_spec(package).origin)).parent  # type: ignore[union-attr]
        with (top / folder / "locale" / language / "LC_MESSAGES" / "django.mo").open("rb") as file:
            for message in read_mo(file):
                context = message.context.decode() if isinstance(message.context, bytes) else message.context
                if message.id and catalog.get(message.id, context) is None:
                    catalog.add(message.id, message.string, context=context)


def _keep_together(catalog: Catalog) -> None:
    for message in catalog:
        forms = [message.string] if isinstance(message.string, str) else list(message.string or ())
        kept = [FRENCH_SPACE.sub("\N{NO-BREAK SPACE}", form) for form in forms]
        if message.id:
            message.string = kept[0] if isinstance(message.id, str) else tuple(kept)


def compile_catalogs(root: Path = ROOT) -> list[str]:
    """Write a .mo beside each .po that is newer than it; returns what is wrong in the texts of all."""
    wrong: list[str] = []
    for source in catalogs(root):
        with source.open("rb") as file:
            catalog = read_po(file, locale=source.parts[-3], abort_invalid=True)
        for message in catalog:
            wrong += [f"{source.relative_to(root)}:{message.lineno}: {error}" for error in message.check(catalog)]
        if source.stem == "django" and source.parts[-3] in OTHER_NAMES:
            _with_theirs(catalog, OTHER_NAMES[source.parts[-3]])
        if source.stem != "minutes" and source.parts[-3] == "fr":  # documents are set by their own makers
            _keep_together(catalog)
        compiled = source.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime:
            draft = compiled.with_suffix(f".{os.getpid()}")
            with draft.open("wb") as file:
                write_mo(file, catalog)
            draft.replace(compiled)
    return wrong


if __name__ == "__main__":
    problems = compile_catalogs()
    if "--check" in sys.argv:
        print("\n".join(problems))
        sys.exit(1 if problems else 0)
