from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class EnrolForm(forms.Form):
    """How somebody who opens their invitation wants to sign in from now on."""

    PASSWORD, PASSKEY = "password", "passkey"
    way = forms.ChoiceField(
        label=_("How will you sign in?"),
        choices=[(PASSWORD, _("With a password")), (PASSKEY, _("With a passkey of this device or a security key"))],
        widget=forms.RadioSelect,
        initial=PASSWORD,
    )
    password = forms.CharField(
        label=_("Password"),
        help_text=_("At least 12 characters. Leave it empty for a passkey."),
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if not settings.PASSKEYS:
            self.fields["way"].widget = forms.HiddenInput()

    def clean(self) -> dict[str, object]:
        cleaned: dict[str, object] = super().clean() or {}
        if cleaned.get("way") == self.PASSKEY and not settings.PASSKEYS:
            self.add_error("password", _("Passkeys are off here. Choose a password."))
        if cleaned.get("way") == self.PASSWORD and not cleaned.get("password"):
            self.add_error("password", _("Choose a password, or choose a passkey above."))
        return cleaned

    def chosen_password(self) -> str | None:
        """The password, None for a passkey."""
        return self.cleaned_data["password"] if self.cleaned_data["way"] == self.PASSWORD else None
