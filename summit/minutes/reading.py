"""Whose minutes an address names, and in which languages they can be read."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import get_language_info

from summit.agenda.queries import meetings_for
from summit.agenda.views import summit_for
from summit.minutes import queries
from summit.minutes.models import Minutes
from summit.people.models import Person
from summit.rights import Right


def minutes_for(request: HttpRequest, summit: str, meeting: str) -> tuple[Minutes, Person, frozenset[Right]]:
    """The minutes of this meeting, who reads them and their rights in it. 404 unless they may read them now."""
    gathering, person = summit_for(request, summit)
    row = get_object_or_404(meetings_for(person), summit=gathering, slug=meeting)
    minutes, rights = queries.minutes_of(row, person, timezone.now())
    if minutes is None:
        raise Http404
    return minutes, person, rights


def languages(minutes: Minutes, current: str) -> list[dict[str, Any]]:
    """The languages the minutes are kept in, each by its own name."""
    return [
        {"code": code, "name": get_language_info("zh-hans" if code == "zh" else code)["name_local"], "current": code == current}
        for code in queries.languages_of(minutes)
    ]  # fmt: skip
