from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from summit.accreditation.models import Nomination, Place, Rules
from summit.accreditation.nominations import Asked
from summit.accreditation.photos import LIMIT, Cut
from summit.accreditation.quotas import MOST
from summit.agenda.models import Meeting
from summit.credentials.models import AccreditationState
from summit.delegations.models import Category, Delegation, Function
from summit.names import OWN_NAMES, pick
from summit.people.models import Person

_OTHERS = [("", "–"), *((code, own) for code, own in OWN_NAMES.items() if code != "en")]


class NominationForm(forms.Form):
    """One person, as a focal point types them in."""

    short = forms.CharField(
        label=_("Name"), max_length=300, help_text=_("In Latin letters, as in the passport: Amina Rahal.")
    )
    formal = forms.CharField(
        label=_("Name as announced"), max_length=300, required=False,
        help_text=_("With the form of address, as the chair reads it out: H.E. Ms Amina Rahal."),
    )  # fmt: skip
    title = forms.CharField(
        label=_("Post held"), max_length=300, required=False, help_text=_("Minister for the Environment, for example.")
    )
    script = forms.ChoiceField(
        label=_("Language of a second form of the name"), choices=_OTHERS, required=False,
        help_text=_("Where the name has a form of its own in Arabic, Chinese or Russian letters."),
    )  # fmt: skip
    own = forms.CharField(label=_("Name in that language"), max_length=300, required=False)
    email = forms.EmailField(
        label=_("E-mail address"), required=False,
        help_text=_("The invitation goes there. Left empty, the desk hands the link over."),
    )  # fmt: skip
    language = forms.ChoiceField(label=_("Language of their pages and letters"), choices=settings.LANGUAGES)
    function = forms.ChoiceField(label=_("Function"), choices=Function, initial=Function.ADVISER)
    place = forms.ChoiceField(label=_("Takes part"), choices=Place, widget=forms.RadioSelect, initial=Place.HALL)

    def __init__(self, *args: Any, replaces: str = "", nomination: Nomination | None = None, **options: Any) -> None:
        """replaces: the function that is taken over, which then is not asked. nomination: what is corrected."""
        super().__init__(*args, **options)
        self.initial.setdefault("language", get_language() or settings.LANGUAGE_CODE)
        self.taken_over = replaces
        if replaces:
            del self.fields["function"]
        if nomination:
            self.initial = _as_typed(nomination)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("own") and not cleaned.get("script"):
            self.add_error("script", _("Choose the language of this form of the name."))
        return cleaned

    def asked(self) -> Asked:
        """What was typed, as the action takes it."""
        typed = self.cleaned_data
        names = {"en": {"short": typed["short"], "formal": typed["formal"]}}
        if typed["own"]:
            names[typed["script"]] = {"short": typed["own"]}
        return Asked(
            names=names, function=self.taken_over or typed["function"], place=typed["place"], email=typed["email"],
            title={"en": typed["title"]} if typed["title"] else {}, language=typed["language"],
        )  # fmt: skip


def _as_typed(nomination: Nomination) -> dict[str, Any]:
    person = nomination.accreditation.person
    latin = person.names.get("en") or {}
    script = next((code for code in person.names if code != "en"), "")
    return {
        "short": latin.get("short", ""), "formal": latin.get("formal", ""), "title": pick(nomination.title, "en") or "",
        "script": script, "own": person.names[script].get("short", "") if script else "", "email": person.email,
        "language": person.language, "function": nomination.function, "place": nomination.place,
    }  # fmt: skip


class RulesForm(forms.Form):
    """Until when, and how many."""

    nominate_until = forms.DateTimeField(
        label=_("Nominations until"), required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M"],
        help_text=_("On the clock of the host. Afterwards delegations can only ask to replace somebody."),
    )  # fmt: skip
    hall_quota = forms.IntegerField(
        label=_("Persons of one delegation in the hall"), min_value=1, max_value=MOST, required=False,
        help_text=_("The head included. Empty: as many as it likes."),
    )  # fmt: skip
    remote_quota = forms.IntegerField(
        label=_("Persons of one delegation taking part remotely"), min_value=0, max_value=MOST, required=False
    )

    def __init__(self, *args: Any, rules: Rules, **options: Any) -> None:
        super().__init__(*args, **options)
        self.zone = ZoneInfo(rules.summit.zone)
        until = rules.nominate_until
        self.initial = {
            "nominate_until": until.astimezone(self.zone).replace(tzinfo=None) if until else None,
            "hall_quota": rules.hall_quota, "remote_quota": rules.remote_quota,
        }  # fmt: skip

    def clean_nominate_until(self) -> datetime | None:
        typed: datetime | None = self.cleaned_data["nominate_until"]
        return typed.replace(tzinfo=self.zone) if typed else None


class QuotaForm(forms.Form):
    """Other numbers for a category or a delegation."""

    whom = forms.ChoiceField(label=_("Category or delegation"))
    hall = forms.IntegerField(label=_("In the hall"), min_value=1, max_value=MOST, required=False)
    remote = forms.IntegerField(label=_("Remote"), min_value=0, max_value=MOST, required=False)

    def __init__(self, *args: Any, delegations: Sequence[Delegation], **options: Any) -> None:
        super().__init__(*args, **options)
        kinds = [(code, label) for code, label in Category.choices if code != Category.SECRETARIAT]
        homes = [(str(row.pk), str(row)) for row in delegations if row.category != Category.SECRETARIAT]
        offered = [("", "–"), (_("Each delegation of a category"), kinds), (_("One delegation"), homes)]
        self.fields["whom"].choices = offered  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors and cleaned.get("hall") is None and cleaned.get("remote") is None:
            self.add_error("hall", _("Give at least one number."))
        return cleaned

    def asked(self) -> dict[str, Any]:
        """As `quotas.set_quota` takes it."""
        chosen = self.cleaned_data
        numbers = {"hall": chosen["hall"], "remote": chosen["remote"]}
        return whom(chosen["whom"]) | numbers


def whom(chosen: str) -> dict[str, Any]:
    """A category by its code, a delegation by its id, as `quotas.set_quota` takes it."""
    is_row = chosen.isascii() and chosen.isdecimal() and len(chosen) < 10
    return {"delegation_id": int(chosen)} if is_row else {"category": chosen}


class FocalPointForm(forms.Form):
    """Who nominates for which delegation."""

    delegation = forms.ModelChoiceField(Delegation.objects.none(), label=_("Delegation"), empty_label="–")
    person = forms.ModelChoiceField(
        Person.objects.none(), label=_("Person"), help_text=_("Everybody who may enter the summit."), empty_label="–"
    )

    def __init__(self, *args: Any, delegations: Any, people: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, rows in (("delegation", delegations), ("person", people)):
            field = self.fields[name]
            if isinstance(field, forms.ModelChoiceField):
                field.queryset = rows


class PlacesForm(forms.Form):
    """How many persons of each delegation come into the hall of one meeting."""

    each = forms.IntegerField(min_value=1, max_value=MOST, required=False)


class OwnPlacesForm(forms.Form):
    """Another number for one delegation in the hall of one meeting."""

    meeting = forms.ModelChoiceField(Meeting.objects.none(), label=_("Meeting"), empty_label="–")
    delegation = forms.ChoiceField(label=_("Delegation"))
    each = forms.IntegerField(label=_("Places in the hall"), min_value=1, max_value=MOST)

    def __init__(
        self, *args: Any, meetings: QuerySet[Meeting], delegations: Sequence[Delegation], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self.fields["meeting"].queryset = meetings  # type: ignore[attr-defined]
        homes = [(str(row.pk), str(row)) for row in delegations if row.category != Category.SECRETARIAT]
        self.fields["delegation"].choices = [("", "–"), *homes]  # type: ignore[attr-defined]

    def asked(self) -> dict[str, Any]:
        """As `decisions.set_hall_places` takes it."""
        chosen = self.cleaned_data
        return {
            "meeting_id": chosen["meeting"].pk, "delegation_id": int(chosen["delegation"]), "each": chosen["each"]
        }  # fmt: skip


class FilterForm(forms.Form):
    """Which accreditations the desk looks at."""

    WAITING = "nominated"
    q = forms.CharField(label=_("Name or e-mail address"), required=False, max_length=100)
    state = forms.ChoiceField(label=_("State"), choices=[("", _("All")), *AccreditationState.choices], required=False)
    delegation = forms.CharField(required=False, max_length=12, widget=forms.HiddenInput)


class PhotoForm(forms.Form):
    """A file and the part of it to keep, in shares of the upright picture; without scripts the middle is kept."""

    photo = forms.FileField(
        label=_("Photo"),
        help_text=_("JPEG, PNG or WebP, at most 10 MB. The face in the middle, looking straight at the camera."),
        widget=forms.ClearableFileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
    )
    left = forms.FloatField(min_value=0, max_value=1, required=False, widget=forms.HiddenInput)
    top = forms.FloatField(min_value=0, max_value=1, required=False, widget=forms.HiddenInput)
    width = forms.FloatField(min_value=0, max_value=1, required=False, widget=forms.HiddenInput)

    def content(self) -> bytes:
        """What was sent; one byte beyond the limit is enough to refuse it."""
        return bytes(self.cleaned_data["photo"].read(LIMIT + 1))

    def cut(self) -> Cut:
        """The part that was chosen."""
        chosen = self.cleaned_data
        return Cut(chosen["left"] or 0.0, chosen["top"] or 0.0, chosen["width"] or 1.0)
