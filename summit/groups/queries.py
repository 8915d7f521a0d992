"""Reading groups and who belongs to them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet

from summit.delegations.queries import holding
from summit.groups.models import Group, GroupMembership

if TYPE_CHECKING:
    from summit.summits.models import Summit


def groups_of(delegation_id: int, now: datetime) -> QuerySet[Group]:
    """The groups this delegation belongs to now."""
    mine = GroupMembership.objects.filter(holding(now), delegation=delegation_id)
    return Group.objects.filter(pk__in=mine.values("group"))


def members_of(group: Group, now: datetime) -> list[str]:
    """The codes of the delegations that belong to this group now, in order."""
    rows = GroupMembership.objects.filter(holding(now), group=group)
    return sorted(rows.values_list("delegation__code", flat=True))


def groups_state(summit: Summit, now: datetime) -> dict[str, Any]:
    """{code: {names, members: [delegation ids]}} of a summit, for live pages. Two queries."""
    members: dict[int, list[int]] = {}
    held = GroupMembership.objects.filter(holding(now), group__summit=summit)
    for group, delegation in held.order_by("delegation").values_list("group_id", "delegation_id"):
        members.setdefault(group, []).append(delegation)
    return {row.code: {"names": row.names, "members": members.get(row.pk, [])} for row in summit.groups.all()}


def group_as(group: Group) -> dict[str, Any]:
    """A group as it stands now, for the journal."""
    return {"code": group.code, "names": group.names}


def announced(group: Group) -> dict[str, str]:
    """What a group is announced as, {language: text}: its short name in every language it has one in."""
    return {
        code: str(forms.get("short") or forms.get("formal"))
        for code, forms in group.names.items()
        if any(forms.values())
    }
