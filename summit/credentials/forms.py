from __future__ import annotations

from typing import Any

from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
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

    email = forms.EmailField(
        label=_("Your e-mail address"),
        help_text=_("You sign in with it, and a forgotten password is renewed by it."),
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )
    code = forms.CharField(
        label=_("Code"),
        help_text=_("Six digits, in the letter we just sent."),
        max_length=12,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "class": "input--short", "dir": "ltr"}
        ),
    )
    field_order = ("code", "email", "way", "password")

    def __init__(self, *args: Any, asks_address: bool = False, **options: Any) -> None:
        """asks_address: the link was handed over, and nobody has told us an address of this person; else a code is asked."""
        super().__init__(*args, **options)
        self.offers_passkey = settings.PASSKEYS and not asks_address  # a passkey needs an address that is proven
        del self.fields["code" if asks_address else "email"]
        if not self.offers_passkey:
            self.fields["way"].widget = forms.HiddenInput()
            self.fields["password"].help_text = _("At least 12 characters.")

    def clean(self) -> dict[str, object]:
        cleaned: dict[str, object] = super().clean() or {}
        if cleaned.get("way") == self.PASSKEY and not self.offers_passkey:
            self.add_error("password", _("Passkeys are off here. Choose a password."))
        if cleaned.get("way") == self.PASSWORD and not cleaned.get("password"):
            chance = _("Choose a password, or choose a passkey above.")
            self.add_error("password", chance if self.offers_passkey else _("Choose a password."))
        return cleaned

    def chosen_password(self) -> str | None:
        """The password, None for a passkey."""
        return self.cleaned_data["password"] if self.cleaned_data["way"] == self.PASSWORD else None


class AddKeyForm(AddWebAuthnForm):  # type: ignore[misc]
    """allauth labels the name of a key in English only."""

    name = forms.CharField(label=_("Name of the key"), required=False)


class RenameKeyForm(EditWebAuthnForm):  # type: ignore[misc]
    """allauth labels the name of a key in English only."""

    name = forms.CharField(label=_("Name of the key"))
