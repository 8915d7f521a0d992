from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from summit.credentials.models import CredentialsLetter, FullPowers, Signatory
from summit.people.models import Person


class _Day(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class LetterForm(forms.Form):
    """A letter of credentials on its way in."""

    KINDS = [choice for choice in CredentialsLetter.Kind.choices if choice[0] != CredentialsLetter.Kind.POWERS]
    letter = forms.FileField(label=_("Letter"), help_text=_("The signed and stamped letter as PDF, at most 25 MB."))
    kind = forms.ChoiceField(label=_("What it is"), choices=KINDS)
    signed_by = forms.ChoiceField(label=_("Signed by"), choices=Signatory.choices)
    dated = forms.DateField(label=_("Date of the letter"), widget=_Day())


class PowersForm(forms.Form):
    """Full powers that the secretariat has seen."""

    person = forms.ModelChoiceField(Person.objects.none(), label=_("For whom"))
    scopes = forms.MultipleChoiceField(
        label=_("For what"), choices=FullPowers.Scope.choices, widget=forms.CheckboxSelectMultiple
    )
    treaty = forms.CharField(label=_("Treaty"), max_length=300)
    issued_by = forms.ChoiceField(label=_("Issued by"), choices=Signatory.choices)
    issued_on = forms.DateField(label=_("Issued on"), widget=_Day())
    expires_on = forms.DateField(
        label=_("Valid until"), required=False, widget=_Day(), help_text=_("Left empty, until they are revoked.")
    )
    document = forms.FileField(
        label=_("Document"), required=False, help_text=_("The signed full powers as PDF, at most 25 MB.")
    )

    def __init__(self, *args: Any, people: Any, **options: Any) -> None:
        """people: the members of the delegation."""
        super().__init__(*args, **options)
        self.fields["person"].queryset = people  # type: ignore[attr-defined]


class DraftForm(forms.Form):
    """Which draft, in which language and format."""

    kind = forms.ChoiceField(choices=[("memorandum", _("Memorandum")), ("report", _("Report of the Committee"))])
    format = forms.ChoiceField(choices=[("docx", "Word"), ("pdf", "PDF")])
    language = forms.CharField(max_length=8)
    symbol = forms.CharField(max_length=60, required=False)
