"""Static files: our scripts without their doc comments; and the import map, hashed names for ES modules.

Django's own rewriting of ES imports breaks on third-party files; relative imports resolve to URLs first and are then
remapped by the browser, so one map in each page's head serves static, nested and dynamic imports alike.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.files.base import ContentFile
from servestatic.storage import CompressedManifestStaticFilesStorage  # type: ignore[import-untyped]  # it has no types

_DOC = re.compile(r"^[ \t]*/\*\*.*?\*/[ \t]*\n", re.DOTALL | re.MULTILINE)
BARE = {"lit": "vendor/lit/lit.js"}  # bare specifiers


def without_docs(script: str) -> str:
    """The same program without the doc comments that stand on lines of their own: a quarter of what a page fetches.

    Minifiers were tried: rjsmin 1.3 breaks templates within templates.
    """
    return _DOC.sub("", script)


class Storage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Hashed, compressed, and our own scripts `without_docs`."""

    def _save(self, name: str, content: Any) -> str:
        if name.startswith("js/") and name.endswith(".js"):
            content.seek(0)  # it was read for its hash
            content = ContentFile(without_docs(content.read().decode()).encode())
        return str(super()._save(name, content))


@cache
def importmap() -> str:
    """JSON for `<script type="importmap">`."""
    names: dict[str, str] = dict(getattr(staticfiles_storage, "hashed_files", {}))
    imports = {
        f"{settings.STATIC_URL}{plain}": f"{settings.STATIC_URL}{hashed}"
        for plain, hashed in names.items()
        if plain.endswith(".js") and plain.startswith(("js/", "vendor/"))
    }
    imports |= {bare: f"{settings.STATIC_URL}{names.get(path, path)}" for bare, path in BARE.items()}
    return json.dumps({"imports": imports}).replace("<", "\\u003c")
