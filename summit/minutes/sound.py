"""The sound beside the minutes: which file belongs to which paragraph, who may hear it, and how it is served."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_safe

from summit import names
from summit.minutes import queries
from summit.minutes.models import Minutes
from summit.minutes.reading import minutes_for
from summit.minutes.skeleton import story
from summit.recordings.models import Sound
from summit.recordings.queries import sounds_of
from summit.rights import Right

OPUS = "audio/ogg; codecs=opus"
PIECE = 65_536  # bytes
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")  # one range; a list of them is answered whole


def may_listen(minutes: Minutes, rights: frozenset[Right]) -> bool:
    """Officers of the meeting always; everybody else who reads the minutes once they are approved, if the meeting's plan
    lets participants listen."""
    if queries.reads_drafts(rights):
        return True
    return minutes.state == Minutes.State.APPROVED and minutes.meeting.recording_open


def sounds_beside(minutes: Minutes, language: str) -> dict[int, list[dict[str, Any]]]:
    """{entry of a paragraph: its sounds in order}, each {id, url, began, length, who, cut}. Two queries and the entries.

    A turn's sounds stand with the turn; what was said without one, by the chair mostly, with what had just happened.
    """
    rows = list(sounds_of(minutes.meeting).select_related("person"))
    if not rows:
        return {}
    events = story(queries.entries_of(minutes))
    of_turn = {event.body.get("turn"): event.seq for event in events if event.turn is not None}
    moments = [event.at for event in events]
    found: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        seq = of_turn.get(row.turn_id) if row.turn_id else None
        if seq is None and events:
            seq = events[max(0, bisect_right(moments, row.began_at) - 1)].seq
        if seq is not None:
            found.setdefault(seq, []).append(_shown(minutes, row, language))
    return found


def _shown(minutes: Minutes, row: Sound, language: str) -> dict[str, Any]:
    meeting = minutes.meeting
    return {
        "id": row.pk,
        "url": reverse("minutes_sound", args=[meeting.summit.slug, meeting.slug, row.pk]),
        "began": row.began_at,
        "length": f"{row.seconds // 60}:{row.seconds % 60:02}",
        "who": names.short(row.person.names, language) if row.person else "",
        "cut": row.cut,
    }


@login_required
@require_safe
def sound(request: HttpRequest, summit: str, meeting: str, sound: int) -> HttpResponseBase:
    """One recorded spell, whole or the part a player asks for. 404 for whoever may not hear it, and once it was purged."""
    minutes, _person, rights = minutes_for(request, summit, meeting)
    if not may_listen(minutes, rights):
        raise Http404
    row = get_object_or_404(sounds_of(minutes.meeting), pk=sound)
    try:
        response = ranged(request, settings.RECORDINGS / row.file)
    except FileNotFoundError as error:
        raise Http404 from error
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-store"  # no proxy and no browser keeps what will be deleted here
    return response


def ranged(request: HttpRequest, path: Path) -> HttpResponseBase:
    """A file by the range asked for (RFC 9110 §14): 206 with it, 416 beyond the end, else 200 with all of it."""
    size = path.stat().st_size
    asked = _RANGE.fullmatch(request.headers.get("Range", ""))
    response: HttpResponseBase
    if asked is None or asked.groups() == ("", ""):
        response = FileResponse(path.open("rb"), content_type=OPUS)
    else:
        first, last = _bounds(asked[1], asked[2], size)
        if first > last:
            response = HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
        else:
            pieces = _pieces(path, first, last - first + 1)
            response = StreamingHttpResponse(pieces, status=206, content_type=OPUS)
            response["Content-Range"] = f"bytes {first}-{last}/{size}"
            response["Content-Length"] = str(last - first + 1)
    response["Accept-Ranges"] = "bytes"
    return response


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    """The first and the last byte; `-500` asks for the last 500. Empty when first > last."""
    if not first:
        return max(0, size - int(last)), size - 1
    return int(first), min(int(last), size - 1) if last else size - 1


def _pieces(path: Path, first: int, length: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(first)
        while length > 0 and (piece := file.read(min(PIECE, length))):
            length -= len(piece)
            yield piece
