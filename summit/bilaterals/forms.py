from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from summit import names
from summit.bilaterals.actions import MINUTES


def _lengths() -> list[tuple[int, str]]:
    """In the language of whoever looks."""
    return [(n, gettext("%(n)s minutes") % {"n": n}) for n in MINUTES]


class SlotForm(forms.Form):
    """A time to meet. `at`: one of the slots offered, ISO 8601."""

    at = forms.DateTimeField(label=_("When"))
    minutes = forms.TypedChoiceField(label=_("How long"), coerce=int, initial=30, choices=_lengths)


class ProposalForm(SlotForm):
    """Whom to meet, in whose name, and about what."""

    host = forms.TypedChoiceField(label=_("In whose name"), coerce=int)
    guest = forms.TypedChoiceField(label=_("With"), coerce=int)
    about = forms.CharField(label=_("What about (may stay empty)"), max_length=120, required=False)

    def __init__(self, *args: Any, own: list[Any], others: list[Any], **options: Any) -> None:
        super().__init__(*args, **options)
        language = get_language() or "en"
        for name, rows in (("host", own), ("guest", others)):
            choices = [(one.pk, names.short(one.names, language)) for one in rows]
            self.fields[name].choices = choices if name == "host" else [("", ""), *choices]  # type: ignore[attr-defined]
