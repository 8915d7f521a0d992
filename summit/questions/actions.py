"""Putting a question to delegations, and answering it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from summit.agenda.models import Item
from summit.credentials.queries import accredited
from summit.delegations.queries import memberships_of
from summit.errors import Refused
from summit.people.models import Person, Task
from summit.people.queries import acting, refuse_unless_tasked
from summit.questions.models import Question
from summit.record import actions as record
from summit.record.models import Entry
from summit.record.queries import delegation_as, item_as, person_as
from summit.record.text import plain
from summit.summits import approved
from summit.summits.models import Summit

ANSWER = 2000  # characters


@transaction.atomic
def put_question(
    summit_id: int, delegations: Collection[int], *, by: Person | None, now: datetime, texts: Mapping[str, Any],
    item_id: int | None = None, due_at: datetime | None = None,
) -> list[Question]:  # fmt: skip
    """Ask these delegations the same thing; each answers for itself. One journal entry, for officers only.

    Refused: organiser.required, question.nobody, question.due_past, item.unknown, name.*.
    """
    summit = Summit.objects.lock(summit_id)
    refuse_unless_tasked(by, summit, now, Task.CONFERENCE)
    asked = list(summit.delegations.filter(pk__in=delegations).order_by("code"))
    if not asked:
        raise Refused("question.nobody", _("Choose at least one delegation to ask."))
    if due_at is not None and due_at <= now:
        raise Refused("question.due_past", _("Choose a time for the answer that has not passed yet."))
    item = Item.objects.filter(pk=item_id, summit=summit).first() if item_id else None
    if item_id and item is None:
        raise Refused("item.unknown", _("This agenda item belongs to another summit or is gone. Choose again."))
    words = approved.texts(texts)
    rows = [
        Question(summit=summit, delegation=one, item=item, texts=words, due_at=due_at, asked_by=by, asked_at=now)
        for one in asked
    ]
    Question.objects.bulk_create(rows)
    record.write(
        summit, "question.put", at=now, actor=acting(by, summit, now), audience=Entry.Audience.OFFICERS, texts=words,
        delegations=[delegation_as(one) for one in asked], item=item_as(item),
        due=record.stamp(due_at) if due_at else None, questions=[row.pk for row in rows],
    )  # fmt: skip
    return rows


@transaction.atomic
def answer_question(question_id: int, text: str, *, by: Person, now: datetime) -> Question:
    """Answer for the delegation; once. Also after the time given: a late answer is better than none.

    Refused: question.not_yours, question.closed, text.*.
    """
    row = _held(question_id)
    member = memberships_of([by.pk], row.summit_id, now).filter(delegation=row.delegation).first()
    if member is None or not accredited([by.pk], row.summit_id):
        raise Refused("question.not_yours", _("You do not speak for this delegation."))
    _refuse_unless_open(row)
    row.answer = plain(text, limit=ANSWER, required=True)
    row.answered_by, row.answered_at = by, now
    row.save(update_fields=["answer", "answered_by", "answered_at"])
    actor = person_as(by, delegation=row.delegation, function=member.function, title=member.title)
    _record(row, "question.answered", actor, now, answer=row.answer)
    return row


@transaction.atomic
def withdraw_question(question_id: int, *, by: Person | None, now: datetime) -> Question:
    """Take a question back that was not answered. Refused: organiser.required, question.closed."""
    row = _held(question_id)
    refuse_unless_tasked(by, row.summit, now, Task.CONFERENCE)
    _refuse_unless_open(row)
    row.withdrawn_at = now
    row.save(update_fields=["withdrawn_at"])
    _record(row, "question.withdrawn", acting(by, row.summit, now), now)
    return row


def _held(question_id: int) -> Question:
    return Question.objects.select_for_update(of=("self",), no_key=True).select_related("summit", "delegation").get(
        pk=question_id
    )  # fmt: skip


def _refuse_unless_open(row: Question) -> None:
    if row.answered_at is not None or row.withdrawn_at is not None:
        raise Refused(
            "question.closed", _("This question was answered or withdrawn already. Write to the secretariat instead.")
        )


def _record(row: Question, kind: str, actor: dict[str, Any] | None, now: datetime, **body: Any) -> None:
    record.write(
        row.summit, kind, at=now, actor=actor, audience=Entry.Audience.OFFICERS,
        delegation=delegation_as(row.delegation), texts=row.texts, question=row.pk, **body,
    )  # fmt: skip
