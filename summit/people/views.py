from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import override

from summit.people import actions
from summit.people.forms import OwnSettingsForm
from summit.people.queries import person_of


@login_required
def own_settings(request: HttpRequest) -> HttpResponse:
    """My language, my time zone, and the ways I sign in."""
    person = person_of(request.user)
    if person is None:
        raise Http404
    initial = {"language": person.language or settings.LANGUAGE_CODE, "zone": person.zone}
    form = OwnSettingsForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        actions.save_own_settings(person.pk, **form.cleaned_data)
        response = redirect("own_settings")
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, form.cleaned_data["language"], secure=settings.LANGUAGE_COOKIE_SECURE,
            samesite="Lax", max_age=365 * 86400,
        )  # fmt: skip
        with override(form.cleaned_data["language"]):
            messages.success(request, _("Your settings are saved."))
        return response
    return render(request, "account/own_settings.html", {"form": form})
