from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from summit.agenda.queries import papers_for
from summit.agenda.views import summit_for
from summit.errors import Refused
from summit.notices import actions
from summit.notices.models import How, Kind
from summit.notices.queries import choices_of, notices_for, unread_for
from summit.notices.words import path, sentence

SHOWN = 50


@login_required
@require_http_methods(["GET", "POST"])
def notices(request: HttpRequest, summit: str) -> HttpResponse:
    """What I was told, newest first, and how I want to be told. POST `step`: read (all of it), choose ({kind: how})."""
    gathering, person = summit_for(request, summit)
    now = timezone.now()
    if request.method == "POST":
        if request.POST.get("step") == "choose":
            try:
                actions.choose(person, {kind: request.POST[kind] for kind in Kind.values if kind in request.POST})
            except Refused as refused:
                messages.error(request, str(refused.message))
            else:
                messages.success(request, _("You are told as you chose, from now on."))
            return redirect("notices", gathering.slug)
        actions.read_all(person, gathering, now=now)
        return redirect("summit", gathering.slug)
    readable = papers_for(person, now)
    unread = set(unread_for(person, gathering, now, readable).values_list("pk", flat=True)[:SHOWN])
    rows = [
        {"notice": row, "words": sentence(row), "path": path(row), "new": row.pk in unread}
        for row in notices_for(person, gathering, now, readable)[:SHOWN]
    ]
    held = choices_of(person)
    kinds = [{"kind": kind, "label": Kind(kind).label, "how": held[kind]} for kind in Kind.values]
    return render(request, "notices/list.html", {"rows": rows, "kinds": kinds, "hows": How.choices})
