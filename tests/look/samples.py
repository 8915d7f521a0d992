"""Renders every snippet of docs/markup.md into a page of its own: `python -m tests.look.samples FOLDER`.

For looking at the style sheets without a running meeting; the test in this folder proves that every snippet renders.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import django
from django.template import Context, Engine

ROOT = Path(__file__).resolve().parents[2]
_BLOCK = re.compile(r"^```html (\w+) ?(\w*)\n(.*?)^```$", re.S | re.M)
_SHEETS = {
    "": ["tokens", "base", "layout", "components"],
    "paper": ["tokens", "base", "layout", "components", "print"],
    "stage": ["tokens", "base", "layout", "components", "room", "desk"],
    "screen": ["tokens", "base", "layout", "components", "room", "desk", "screen"],
}


def snippets() -> dict[str, tuple[str, str]]:
    """{name: (frame, template source)} of docs/markup.md."""
    text = (ROOT / "docs/markup.md").read_text("utf-8")
    return {name: (frame, source) for name, frame, source in _BLOCK.findall(text)}


def render(source: str) -> str:
    engine = Engine(libraries={"summit": "summit.templatetags.summit"}, builtins=["summit.templatetags.summit"])
    return engine.from_string(source).render(Context())


def page(name: str, frame: str, source: str, *, language: str = "en", theme: str = "", static: str = "/static/") -> str:
    """A whole HTML page around one snippet."""
    world = "stage" if frame in {"stage", "screen"} else "paper"
    sheets = "".join(f'<link rel="stylesheet" href="{static}css/{sheet}.css">' for sheet in _SHEETS[frame])
    direction = "rtl" if language == "ar" else "ltr"
    body = render(source)
    if world == "paper":
        body = render(_MASTHEAD) + f'<main class="frame main" id="main">{body}</main>' + render(_FOOT)
    themed = f' data-theme="{theme}"' if theme else ""
    return (
        f'<!doctype html><html lang="{language}" dir="{direction}" data-world="{world}"{themed}><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><title>{name}</title>{sheets}</head>'
        f'<body class="{frame or "paper"}">{body}</body></html>'
    )


_NAV = "".join(
    f'<li><a href="#"{current}>{label}</a></li>'
    for label, current in (
        ("Home", ' aria-current="page"'),
        ("Agenda", ""),
        ("Papers", ""),
        ("Meetings", ""),
        ("Minutes", ""),
        ("Corridors", ""),
    )
)
_MASTHEAD = (
    """<header class="masthead"><div class="frame masthead-row"><a class="summit-name" href="#">{% icon "mark" %}
<span>Nairobi Summit on Climate Finance</span></a><div class="masthead-tools">
<button class="button button--quiet">{% icon "globe" %}English{% icon "chevron-down" %}</button>
<button class="button button--quiet">{% icon "user" %}Ms Amina Rahal · Kenya{% icon "chevron-down" %}</button>
</div></div><nav class="nav"><ul class="frame nav-list">"""
    + _NAV
    + "</ul></nav></header>"
)
_FOOT = """<footer class="foot"><div class="frame"><p>Parley keeps its own record and loads nothing from anyone else.</p>
<div class="row"><button class="button button--quiet button--small">{% icon "sun-moon" %}As the system</button></div>
</div></footer>"""


def main(folder: str) -> None:
    from django.conf import settings

    settings.configure(
        STATIC_URL="/static/",
        INSTALLED_APPS=["django.contrib.staticfiles"],
        STATICFILES_DIRS=[ROOT / "static"],
        USE_TZ=True,
    )
    django.setup()
    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    for name, (frame, source) in snippets().items():
        for language, theme in (("en", ""), ("en", "dark"), ("ar", "")):
            target = out / f"{name}-{language}{'-' + theme if theme else ''}.html"
            target.write_text(page(name, frame, source, language=language, theme=theme), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
