"""The rules of nomination of an earlier summit, here too."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from summit.accreditation import quotas
from summit.accreditation.decisions import set_hall_places, set_rules
from summit.accreditation.models import HallPlaces, Rules
from summit.people.models import Person
from summit.people.queries import summits_organised_by
from summit.summits.models import Summit


@transaction.atomic
def set_rules_as_in(source_id: int, summit_id: int, *, by: Person, now: datetime) -> None:
    """Deadline and places as in an earlier summit that one organises: of everybody, of categories, of the delegations
    that are seated here, and in the hall of the meetings that are held here again. Refused: desk.required.
    """
    summit, source = Summit.objects.lock(summit_id), summits_organised_by(by, now).get(pk=source_id)
    if rules := Rules.objects.filter(summit=source).first():
        set_rules(
            summit_id, by=by, now=now, nominate_until=_moved(rules.nominate_until, source, summit, now),
            hall_quota=rules.hall_quota, remote_quota=rules.remote_quota,
        )  # fmt: skip
    homes = dict(summit.delegations.values_list("code", "pk"))
    for row in quotas.quotas_in(source):
        home = homes.get(row.delegation.code) if row.delegation else None
        if row.category or home:
            quotas.set_quota(
                summit_id, by=by, now=now, category=row.category, delegation_id=home, hall=row.hall, remote=row.remote
            )
    meetings = dict(summit.meetings.values_list("slug", "pk"))
    halls = HallPlaces.objects.filter(meeting__summit=source).select_related("meeting", "delegation")
    for places in halls.order_by("meeting", "pk"):
        home = homes.get(places.delegation.code) if places.delegation else None
        if (meeting := meetings.get(places.meeting.slug)) and (home or not places.delegation):
            set_hall_places(meeting, places.each, by=by, now=now, delegation_id=home)


def _moved(until: datetime | None, source: Summit, summit: Summit, now: datetime) -> datetime | None:
    """As many days before the first day, at the same wall time of the host. None when that has passed: it would close
    the nominations before anybody was asked."""
    if until is None:
        return None
    wall = until.astimezone(ZoneInfo(source.zone)).replace(tzinfo=None) + (summit.opens_on - source.opens_on)
    moved = wall.replace(tzinfo=ZoneInfo(summit.zone)).astimezone(UTC)
    return moved if moved > now else None
