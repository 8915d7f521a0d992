"""Free text people write into the record: a ruling, a decision, a reason."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from summit.errors import Refused
from summit.names import is_invisible

REASON = 1000  # characters of a reason, as it shall stand in the journal


def plain(value: str, *, limit: int, required: bool = False) -> str:
    """The text without surrounding space, line ends as "\\n".

    limit: characters. Refused: text.empty (when required), text.long, text.control.
    """
    text = "\n".join(line.rstrip() for line in value.strip().splitlines())
    if required and not text:
        raise Refused("text.empty", _("Write something first."))
    if len(text) > limit:
        raise Refused(
            "text.long",
            ngettext_lazy("Use at most %(limit)d character.", "Use at most %(limit)d characters.", limit)
            % {"limit": limit},
        )
    if any(c != "\n" and is_invisible(c) for c in text):
        raise Refused("text.control", _("Remove the invisible control characters, then try again."))
    return text
