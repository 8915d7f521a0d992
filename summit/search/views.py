from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from summit.agenda.views import summit_for
from summit.search.queries import Hit, search
from summit.summits.models import Summit


@login_required
@require_GET
def found(request: HttpRequest, summit: str) -> HttpResponse:
    """What holds the words `q`: agenda items, papers and approved minutes one may read."""
    gathering, person = summit_for(request, summit)
    words = request.GET.get("q", "").strip()[:200]
    language = (get_language() or "en").split("-")[0]
    hits = search(words, gathering, person, language, timezone.now()) if words else []
    return render(request, "search/found.html", {"hits": [_line(hit, gathering) for hit in hits], "words": words})


def _line(hit: Hit, summit: Summit) -> dict[str, Any]:
    text = hit.text
    if text.paper:
        kind, url = "paper", f"{reverse('papers', args=[summit.slug])}?q={text.paper.symbol}"
    elif text.meeting:
        kind, url = "minutes", reverse("minutes_of", args=[summit.slug, text.meeting.slug])
    else:
        kind, url = "item", f"{reverse('agenda', args=[summit.slug])}#item-{text.item_id}"
    return {"text": text, "kind": kind, "url": url, "excerpt": hit.excerpt}
