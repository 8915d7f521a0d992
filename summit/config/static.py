"""The import map: hashed names for ES modules, from the static manifest.

Django's own rewriting of ES imports breaks on third-party files; relative imports resolve to URLs first and are then
remapped by the browser, so one map in each page's head serves static, nested and dynamic imports alike.
"""

from __future__ import annotations

import json
from functools import cache

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage

BARE = {"lit": "vendor/lit/lit.js"}  # bare specifiers


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
