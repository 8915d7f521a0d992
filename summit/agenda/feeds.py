"""Pages of the calendar feeds: making and ending an address, and what stands under it."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from summit.agenda import calendar
from summit.agenda.models import CalendarFeed
from summit.agenda.views import summit_for
from summit.errors import Refused


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def feeds(request: HttpRequest, summit: str) -> HttpResponse:
    """My feeds of this summit. POST `delegation` (id, empty for my own) and `step`: make shows the new address once."""
    gathering, person = summit_for(request, summit)
    now = timezone.now()
    shown: dict[int | None, str] = {}
    if request.method == "POST":
        chosen = request.POST.get("delegation", "")
        if chosen and not (chosen.isdecimal() and len(chosen) < 10):
            raise Http404
        delegation = int(chosen) if chosen else None
        if request.POST.get("step") == "withdraw":
            calendar.withdraw_feed(gathering, person, delegation, now=now)
            messages.success(request, _("The address answers no more."))
            return redirect("calendar_feeds", gathering.slug)
        try:
            token = calendar.make_feed(gathering, person, delegation, now=now)
        except Refused as refused:
            raise Http404 from refused
        shown[delegation] = request.build_absolute_uri(reverse("calendar_feed", args=[token]))
    live = set(
        CalendarFeed.objects.filter(summit=gathering, person=person, withdrawn_at=None).values_list(
            "delegation_id", flat=True
        )
    )
    own: list[tuple[int | None, object]] = [(None, _("My meetings"))]
    rows = [
        {"id": pk, "title": title, "live": pk in live, "address": shown.get(pk)}
        for pk, title in [*own, *calendar.delegations_of(person, gathering, now).items()]
    ]
    return render(request, "agenda/feeds.html", {"feeds": rows})


@never_cache
@require_GET
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """What a calendar program reads; no account, the address is the secret. 404 for one that is not, or no more, live."""
    row = calendar.feed_of(token)
    if row is None:
        raise Http404
    now = timezone.now()
    offered = {code for code, _name in settings.LANGUAGES}
    language = next((code for code in (row.person.language, row.summit.languages[0], "en") if code in offered), "en")
    with translation.override(language):
        body = calendar.ics(row, calendar.meetings_in(row, now), settings.ORIGIN, language, now)
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="meetings.ics"'
    return response
