"""Naming groups and changing who belongs to them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from summit.delegations.queries import holding
from summit.errors import Refused
from summit.groups.models import Group, GroupMembership
from summit.groups.queries import group_as, members_of
from summit.people.actions import tell_standing
from summit.people.models import Person
from summit.people.queries import acting, refuse_unless_organiser, summits_organised_by
from summit.record import actions as record
from summit.summits import approved
from summit.summits.models import Summit

_CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{0,11}")


@transaction.atomic
def name_group(
    summit_id: int, *, by: Person | None, now: datetime, code: str, names: Mapping[str, Mapping[str, Any]],
    members: Iterable[str] = (),
) -> Group:  # fmt: skip
    """A group under which its members may speak from now on. members: codes of delegations.

    Refused: organiser.required, group.code, group.twice, group.unknown, name.*.
    """
    summit = Summit.objects.lock(summit_id)
    refuse_unless_organiser(by, summit, now)
    if not _CODE.fullmatch(code):
        raise Refused("group.code", _("A code has up to 12 capital letters, digits and hyphens, such as G77."))
    if summit.groups.filter(code=code).exists():
        raise Refused("group.twice", _("A group with this code is there already."))
    group = Group.objects.create(summit=summit, code=code, names=approved.approved(names))
    _move(summit, group, members, now)
    _record(summit, group, "group.named", by, now)
    return group


@transaction.atomic
def change_group(
    group_id: int, *, by: Person | None, now: datetime, names: Mapping[str, Mapping[str, Any]], members: Iterable[str],
) -> Group:  # fmt: skip
    """Change a group's names and who belongs to it from now on; who belonged to it before stays known.

    members: codes of all delegations that belong to it now; whoever is not named leaves. A place on a list already
    taken on behalf of the group stays. Refused: organiser.required, group.unknown, name.*.
    """
    summit = Summit.objects.lock(Group.objects.values_list("summit_id", flat=True).get(pk=group_id))
    refuse_unless_organiser(by, summit, now)
    group = summit.groups.get(pk=group_id)
    was = {**group_as(group), "members": members_of(group, now)}
    group.names = approved.approved(names)
    group.save(update_fields=["names"])
    _move(summit, group, members, now)
    _record(summit, group, "group.changed", by, now, was=was)
    return group


@transaction.atomic
def name_groups_as_in(source_id: int, summit_id: int, *, by: Person, now: datetime) -> list[Group]:
    """The groups of an earlier summit that one organises, here too. Who belongs to them there now and is seated here
    belongs to them from now on.

    Refused: organiser.required, group.twice.
    """
    summit = Summit.objects.lock(summit_id)
    source = summits_organised_by(by, now).get(pk=source_id)
    here = set(summit.delegations.values_list("code", flat=True))
    return [
        name_group(
            summit_id, by=by, now=now, code=row.code, names=row.names, members=here.intersection(members_of(row, now))
        )
        for row in source.groups.all()
    ]


def _move(summit: Summit, group: Group, members: Iterable[str], now: datetime) -> None:
    wanted = set(members)
    known = dict(summit.delegations.filter(code__in=wanted).values_list("code", "pk"))
    if unknown := sorted(wanted - set(known)):
        raise Refused(
            "group.unknown",
            _("No delegation has the code %(codes)s. Correct it, or seat the delegation first.")
            % {"codes": ", ".join(unknown)},
        )
    held = dict(group.memberships.filter(holding(now)).values_list("delegation__code", "pk"))
    group.memberships.filter(pk__in=[pk for code, pk in held.items() if code not in wanted]).update(ends=now)
    GroupMembership.objects.bulk_create(
        GroupMembership(group=group, delegation_id=known[code], starts=now) for code in sorted(wanted - set(held))
    )


def _record(summit: Summit, group: Group, kind: str, by: Person | None, now: datetime, **body: Any) -> None:
    members = members_of(group, now)
    record.write(summit, kind, at=now, actor=acting(by, summit, now), group=group_as(group), members=members, **body)
    tell_standing(summit, [], seating=True)
