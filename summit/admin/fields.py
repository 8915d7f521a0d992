"""Form fields for what is stored as JSON: approved names and titles, one row for each language."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from summit.names import OWN_NAMES

FORMS = ("short", "formal")


def _input(language: str, label: Any) -> forms.TextInput:
    return UnfoldAdminTextInputWidget(  # type: ignore[no-any-return]
        attrs={
            "lang": language,
            "dir": "auto",
            "aria-label": format_lazy("{}: {}", OWN_NAMES[language], label),
            "maxlength": 300,
        }
    )


class RowsWidget(forms.MultiWidget):
    """A table with a row for each language and a column for each form. forms: () for titles of one form."""

    template_name = "admin/rows.html"

    def __init__(self, columns: dict[str, Any]) -> None:
        self.columns = columns
        super().__init__(
            {
                f"{language}_{form}": _input(language, label)
                for language in settings.CONTENT_LANGUAGES
                for form, label in columns.items()
            }
        )

    def decompress(self, value: Any) -> list[str]:
        """{language: {form: text}} or, with one column, {language: text} → texts row by row."""
        held = value if isinstance(value, dict) else {}
        rows = [held.get(language) or {} for language in settings.CONTENT_LANGUAGES]
        if len(self.columns) == 1:
            return [row if isinstance(row, str) else "" for row in rows]
        return [row.get(form, "") if isinstance(row, dict) else "" for row in rows for form in self.columns]

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        inputs = context["widget"]["subwidgets"]
        width = len(self.columns)
        context["widget"]["columns"] = list(self.columns.values())
        context["widget"]["rows"] = [
            {"language": language, "own_name": OWN_NAMES[language], "inputs": inputs[at * width : (at + 1) * width]}
            for at, language in enumerate(settings.CONTENT_LANGUAGES)
        ]
        return context


class RowsField(forms.MultiValueField):
    """What RowsWidget edits. Checks nothing but shape: the actions refuse what is not an approved string."""

    def __init__(self, *, columns: dict[str, Any], **options: Any) -> None:
        self.columns = columns
        count = len(settings.CONTENT_LANGUAGES) * len(columns)
        fields = [forms.CharField(required=False, max_length=1000) for _number in range(count)]
        super().__init__(fields, widget=RowsWidget(columns), require_all_fields=False, **options)

    def compress(self, values: list[str]) -> dict[str, Any]:
        width, found = len(self.columns), {}
        for at, language in enumerate(settings.CONTENT_LANGUAGES):
            row = values[at * width : (at + 1) * width] if values else []
            if any(row):
                found[language] = row[0] if width == 1 else dict(zip(self.columns, row, strict=True))
        return found


def names_field(required: bool = True, help_text: Any = "") -> RowsField:
    """Approved names, short and formal."""
    columns = {"short": _("Short name"), "formal": _("Formal name")}
    return RowsField(columns=columns, label=_("Approved names"), required=required, help_text=help_text)


def titles_field(label: Any = None, required: bool = True) -> RowsField:
    """A title."""
    return RowsField(columns={"text": _("Title")}, label=label or _("Titles"), required=required)


def place_field() -> RowsField:
    """The name of a hall."""
    why = _("Where the hall sits, as it stands in the minutes: “Hall A”. Leave it empty when everybody is remote.")
    return RowsField(columns={"text": _("Hall")}, label=_("Hall"), required=False, help_text=why)
