from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from summit.seating.actions import MOST_PLACES, MOST_ROWS
from summit.seating.models import HallPlan


class HallForm(forms.Form):
    """How the seats of the hall stand, as an organiser types it in."""

    rows = forms.IntegerField(label=_("Rows of seats"), min_value=1, max_value=MOST_ROWS)
    blocks = forms.CharField(
        label=_("Seats of a row, block by block"), max_length=60,
        help_text=_("From left to right as seen from the floor, a gangway between two numbers: 6, 12, 6."),
    )  # fmt: skip
    places = forms.IntegerField(
        label=_("Seats of each delegation"), min_value=1, max_value=MOST_PLACES,
        help_text=_("Beside one another: no delegation is parted by a gangway or the end of a row."),
    )  # fmt: skip
    begins = forms.ChoiceField(
        label=_("The order begins in the front row"), choices=HallPlan.End, widget=forms.RadioSelect,
        help_text=_("In the General Assembly at the right of whoever presides, which is left as seen from the floor."),
    )  # fmt: skip

    def __init__(self, *args: Any, hall: HallPlan | None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.initial = {"begins": HallPlan.End.LEFT, "places": 2}
        if hall:
            blocks = ", ".join(map(str, hall.blocks))
            self.initial = {"rows": hall.rows, "blocks": blocks, "places": hall.places, "begins": hall.begins}
        self.fields["blocks"].widget.attrs |= {"inputmode": "numeric", "dir": "ltr"}

    def clean_blocks(self) -> list[int]:
        """Numbers, in whatever digits and with whatever stands between them."""
        parts = [part for part in re.split(r"[\s,;،、，+–-]+", self.cleaned_data["blocks"].strip()) if part]
        if not all(part.isdecimal() for part in parts):
            raise ValidationError(_("Write numbers with commas between them: 6, 12, 6."))
        return [int(part) for part in parts]
