"""Compiles `locale/*/LC_MESSAGES/*.po` with Babel; Debian's gettext tools are not needed.

`python -m summit.config.translations [--check]`: with --check, also fails on texts whose placeholders differ.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from summit.config.bootstrap import ROOT


def catalogs(root: Path) -> Iterator[Path]:
    """Every .po file of the project: pages (`django`) and scripts (`djangojs`)."""
    yield from sorted((root / "locale").glob("*/LC_MESSAGES/*.po"))


def compile_catalogs(root: Path = ROOT) -> list[str]:
    """Write a .mo beside each .po that is newer than it; returns what is wrong in the texts of all."""
    wrong: list[str] = []
    for source in catalogs(root):
        with source.open("rb") as file:
            catalog = read_po(file, locale=source.parts[-3], abort_invalid=True)
        for message in catalog:
            wrong += [f"{source.relative_to(root)}:{message.lineno}: {error}" for error in message.check(catalog)]
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
