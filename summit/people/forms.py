from __future__ import annotations

from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class OwnSettingsForm(forms.Form):
    """Language and time zone of one's own pages."""

    language = forms.ChoiceField(label=_("Language of the pages"), choices=settings.LANGUAGES)
    zone = forms.ChoiceField(
        label=_("Your time zone"),
        required=False,
        help_text=_("Times are shown at the host and, beside it, where you are."),
        choices=[
            ("", _("As this device")),
            *((zone, zone.replace("_", " ")) for zone in sorted(available_timezones()) if "/" in zone),
        ],
    )
