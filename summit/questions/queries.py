"""Reading questions."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import F, QuerySet

from summit.questions.models import Question


def open_for(delegations: Collection[int]) -> QuerySet[Question]:
    """What these delegations have not answered yet, what is due first first."""
    rows = Question.objects.filter(delegation__in=delegations, answered_at=None, withdrawn_at=None)
    return rows.select_related("delegation", "item").order_by(F("due_at").asc(nulls_last=True), "pk")
