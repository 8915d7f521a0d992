"""Reading recordings: who has answered, which sounds there are, and which are due to go."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from summit.agenda.models import Meeting
from summit.recordings.models import Recording, Sound

APPROVED = "approved"  # state of the minutes (summit.minutes.models, which stands above)


def consents_state(meeting: Meeting) -> dict[str, Any]:
    """Topic `consents`: what everybody answered to the recording that is on. To officers; the room computes with it."""
    held = meeting.recording
    if held is None or not held.is_on:
        return {"recording": None, "yes": [], "no": []}
    answers = list(held.acknowledgements.order_by("person_id").values_list("person_id", "consents"))
    return {
        "recording": held.pk,
        "yes": [person for person, consents in answers if consents],
        "no": [person for person, consents in answers if not consents],
    }


def sounds_of(meeting: Meeting) -> QuerySet[Sound]:
    """The sounds of a meeting that are in the journal and still there, in the order they were said."""
    return Sound.objects.filter(recording__meeting=meeting, entry__isnull=False, purged_at=None)


def due(now: datetime) -> Iterator[tuple[Meeting, list[Sound]]]:
    """What has been kept long enough, by meeting: until the approval of the minutes, or for days after it was said."""
    left = Sound.objects.filter(purged_at=None, entry__isnull=False)
    meetings = Meeting.objects.filter(recordings__sounds__in=left).select_related("summit", "minutes").distinct()
    for meeting in meetings:
        rows = left.filter(recording__meeting=meeting, recording__state=Recording.State.STOPPED)
        if meeting.recording_days:
            rows = rows.filter(began_at__lt=now - timedelta(days=meeting.recording_days))
        elif not hasattr(meeting, "minutes") or meeting.minutes.state != APPROVED:
            continue
        if found := list(rows):
            yield meeting, found
