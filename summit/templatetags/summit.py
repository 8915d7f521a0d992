"""What pages may draw by tag: an icon, a flag, a moment in host time, an approved name, their data; and the order of languages."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from django import template
from django.contrib.staticfiles import finders
from django.core.serializers.json import DjangoJSONEncoder
from django.forms import BoundField
from django.templatetags.static import static
from django.utils import formats, timezone
from django.utils.html import format_html, json_script
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from summit import names

register = template.Library()

# Icons that point along the line of reading; base.css mirrors them in Arabic.
TURNING = {
    "arrow-left",
    "arrow-right",
    "chevron-left",
    "chevron-right",
    "log-in",
    "log-out",
    "undo",
    "send",
    "door-open",
}
NO_FLAG = "org"  # a plain building, for organisations and for a code we have no file for


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """One symbol of static/icons/sprite.svg. With `label` it is an image of that name, else decoration beside words."""
    turns = " icon--turns" if name in TURNING else ""
    use = format_html('<use href="{}#{}"></use>', static("icons/sprite.svg"), name)
    if label:
        return format_html('<svg class="icon{}" role="img" aria-label="{}">{}</svg>', turns, label, use)
    return format_html('<svg class="icon{}" aria-hidden="true">{}</svg>', turns, use)


class _AsWritten(DjangoJSONEncoder):
    """Names in the page's own encoding: in Arabic, Chinese and Russian an escape takes three times the room."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options | {"ensure_ascii": False, "separators": (",", ":")})


@register.filter
def page_data(data: dict[str, Any]) -> SafeString:
    """What a live page is told in its head (rooms/PROTOCOL.md, "Page data"), as `<script id="page">`."""
    return json_script(data, "page", encoder=_AsWritten)


@register.simple_tag
def flag(code: str) -> SafeString:
    """The flag file of this code (`Delegation.flag`), decoration beside the name; a neutral mark where there is none."""
    return format_html(
        '<img class="flag" src="{}" alt="" width="32" height="24" loading="lazy">', static(_flag_path(code))
    )


@cache
def _flag_path(code: str) -> str:
    path = f"img/flags/{code}.svg"
    known = code.replace("-", "").isalnum() and finders.find(path)
    return path if known else f"img/flags/{NO_FLAG}.svg"


@register.simple_tag
def local_time(moment: datetime | None, zone: str = "", shape: str = "time") -> SafeString | str:
    """`moment` as a wall clock at the host (`zone`, IANA; else the site's); page.js adds the reader's own time.

    `shape`: "time" (14:00), "date", or "both".
    """
    if moment is None:
        return ""
    there = timezone.localtime(moment, ZoneInfo(zone) if zone else None)
    date, time = formats.date_format(there, "DATE_FORMAT"), there.strftime("%H:%M")
    comma = names.CLOCK_AFTER_DATE.get(get_language() or "en", ", ")
    text = {"time": time, "date": date}.get(shape, f"{date}{comma}{time}")
    if shape == "date":
        return format_html('<time datetime="{}">{}</time>', there.isoformat(), text)
    return format_html('<time datetime="{}" data-local="{}">{}</time>', there.isoformat(), zone, text)


@register.simple_tag
def colon() -> str:
    """What stands between a label and what it says, as the reader's language sets it."""
    return {"fr": "\N{NO-BREAK SPACE}: ", "zh": "："}.get(get_language() or "en", ": ")


@register.simple_tag
def name(named: Any, form: str = "short") -> SafeString:
    """The approved string of a delegation, person or names mapping in the reader's language, isolated for bidi text.

    `form`: "short" or "formal". Texts without names (plain strings) are isolated as they stand.
    """
    held = getattr(named, "names", named)
    if not isinstance(held, dict):
        return format_html("<bdi>{}</bdi>", named or "")
    language = get_language() or "en"
    text = names.formal(held, language) if form == "formal" else names.short(held, language)
    return format_html("<bdi>{}</bdi>", text or str(named))


@register.simple_tag
def title(texts: dict[str, str]) -> SafeString:
    """A title ({language: text}) in the reader's language, isolated; marked with its own language where it is another."""
    wanted = get_language() or "en"
    shown = names.text(texts, wanted)
    language = next((code for code, text in texts.items() if text == shown), wanted)
    if language == wanted:
        return format_html("<bdi>{}</bdi>", shown)
    return format_html('<bdi lang="{}">{}</bdi>', language, shown)


@register.filter
def beside(held: Any, key: object) -> Any:
    """What a mapping holds under a key only the page knows; nothing where there is no mapping."""
    return held.get(key, ()) if isinstance(held, dict) else ()


@register.filter
def control(field: BoundField) -> SafeString:
    """The control of a bound field; allauth's placeholders, which say the label once more, are left out."""
    return field.as_widget(attrs={"placeholder": False})


@register.filter
def mine_first(files: Iterable[Any]) -> list[Any]:
    """Language versions with the reader's own language first, the others as they come."""
    wanted = (get_language() or "en").split("-")[0]
    return sorted(files, key=lambda file: file.language != wanted)


@register.filter
def in_minutes(moment: datetime) -> str:
    """How far ahead a moment is: "in 9 minutes", "now"."""
    minutes = round((moment - timezone.now()).total_seconds() / 60)
    if minutes < 1:
        return _("now")
    return ngettext("in %(count)d minute", "in %(count)d minutes", minutes) % {"count": minutes}


@register.filter
def own_name(language: str) -> str:
    """A language by its own name: français."""
    return names.OWN_NAMES.get(language, language)
