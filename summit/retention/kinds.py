"""How each kind of personal data is deleted. One function a kind: the rows of a summit go, their number is returned.

Kinds whose tables stand above this topic (the rooms') register theirs with `deletes`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.db.models import Q, QuerySet

from summit.accreditation.models import Nomination, Photo
from summit.credentials.models import Accreditation, AccreditationState, CredentialsLetter, Delivery
from summit.notices.models import Notice, Seen
from summit.people.models import Person, StaffTask, Task, User
from summit.retention import holdings
from summit.retention.models import DEFAULT_DAYS, Kind
from summit.retention.queries import keeping
from summit.summits.models import Summit

Delete = Callable[[Summit, datetime], int]
DELETE: dict[str, Delete] = {}


def deletes(kind: str) -> Callable[[Delete], Delete]:
    """Decorator: this function deletes a summit's data of this kind, inside a transaction, and says how many."""

    def keep(function: Delete) -> Delete:
        DELETE[kind] = function
        return function

    return keep


@deletes(Kind.LETTERS)
def letters(summit: Summit, now: datetime) -> int:
    """The files go; who signed what when, and the hash, stay."""
    rows = list(CredentialsLetter.objects.filter(delegation__summit=summit, purged_at=None))
    for row in rows:
        transaction.on_commit(partial(row.file.storage.delete, str(row.file.name)), robust=True)
        row.file, row.purged_at = "", now
        row.save(update_fields=["file", "purged_at"])
    return len(rows)


@deletes(Kind.INVITATIONS)
def invitations(summit: Summit, now: datetime) -> int:
    """Addresses and the servers' words go; links that were not used end. Also works that waited to be sent."""
    summit.invitations.filter(consumed_at=None, withdrawn_at=None, reusable=False).update(withdrawn_at=now)
    rows = Delivery.objects.filter(invitation__summit=summit).exclude(address="", said="")
    return rows.update(address="", said="")


@deletes(Kind.PHOTOS)
def photos(summit: Summit, now: datetime) -> int:
    """Badge photos, file and row."""
    rows = list(Photo.objects.filter(accreditation__summit=summit))
    for row in rows:
        transaction.on_commit(partial(row.file.storage.delete, str(row.file.name)), robust=True)
        row.delete()
    return len(rows)


@deletes(Kind.IMPORTS)
def imports(summit: Summit, now: datetime) -> int:
    """The table's bytes and rows go; who imported what file, by its hash, stays. It can be undone no more."""
    rows = summit.imports.filter(kind="people").exclude(Q(content=b"") & Q(rows=[]))
    return rows.update(content=b"", rows=[])


@deletes(Kind.NOMINATIONS)
def nominations(summit: Summit, now: datetime) -> int:
    """What was asked for in vain, or taken back, with title and reason. Whoever was never anything else, in no summit,
    loses name and address, too; that somebody was refused stays, under a number."""
    rows = Nomination.objects.filter(accreditation__summit=summit, accreditation__state=AccreditationState.WITHDRAWN)
    asked = set(rows.values_list("accreditation__person", flat=True))
    elsewhere = Accreditation.objects.filter(
        ~Q(state=AccreditationState.WITHDRAWN) | Q(summit__in=keeping(Kind.NOMINATIONS, now))
    )
    strangers = Person.objects.filter(pk__in=asked, account=None, memberships=None, offices=None, staff_tasks=None)
    strangers = strangers.exclude(pk__in=elsewhere.values("person"))
    forgotten = list(strangers.select_for_update(of=("self",), no_key=True).order_by("pk"))
    for person in forgotten:
        person.names = holdings.pseudonym(person)
    Person.objects.bulk_update(forgotten, ["names"])
    holdings.close_accounts([person.pk for person in forgotten])
    return rows.delete()[1].get(Nomination._meta.label, 0)


@deletes(Kind.QUESTIONS)
def questions(summit: Summit, now: datetime) -> int:
    """Question and answer, and the notices of them. What the journal says for officers stays."""
    return summit.questions.all().delete()[1].get("summit.Question", 0)


@deletes(Kind.NOTICES)
def notices(summit: Summit, now: datetime) -> int:
    """What was told, and who has read up to when. Those of bilaterals go with these, half a day after their end."""
    told = Notice.objects.filter(summit=summit, bilateral=None).delete()[0]
    return told + Seen.objects.filter(summit=summit).delete()[0]


@deletes(Kind.FEEDS)
def feeds(summit: Summit, now: datetime) -> int:
    """The addresses answer no more; also those that were ended before."""
    return summit.feeds.all().delete()[0]


@deletes(Kind.ACCOUNTS)
def accounts(summit: Summit, now: datetime) -> int:
    """How people sign in and are reached, of those who are in no summit that keeps its accounts still. What they did stays
    under their name. Organisers keep theirs until that task ends, superusers for good: a new summit begins with them.
    An account that is in no summit whatsoever goes with the first summit that looks."""
    people = _in([summit.pk]).exclude(pk__in=_in(keeping(Kind.ACCOUNTS, now)).values("pk"))
    tasks = StaffTask.objects.filter(ended_at=None)
    staff = Q(account__is_staff=True) & (
        Q(pk__in=tasks.filter(task=Task.ORGANISER).values("person")) | ~Q(pk__in=tasks.values("person"))
    )
    people = people.exclude(pk__in=Person.objects.filter(staff | Q(account__is_superuser=True)).values("pk"))
    held = people.exclude(account=None, email="", language="", languages=[], zone="").order_by("pk")
    going = list(held.select_for_update(of=("self",), no_key=True).values_list("pk", flat=True))
    lost = dict(_lost(now).values_list("pk", "person"))
    holdings.close_accounts([*going, *(pk for pk in lost.values() if pk)])
    User.objects.filter(pk__in=lost).delete()
    return len(going) + len(lost)


def _lost(now: datetime) -> QuerySet[User]:
    """Accounts, not of the staff, that are in no summit, and were neither made nor used for as long as one usually keeps
    them: somebody may be about to be nominated."""
    since = now - timedelta(days=DEFAULT_DAYS[Kind.ACCOUNTS])
    rows = User.objects.filter(is_staff=False, is_superuser=False, date_joined__lt=since)
    inside = _in(list(Summit.objects.values_list("pk", flat=True)))
    return rows.exclude(last_login__gte=since).exclude(pk__in=inside.filter(account__isnull=False).values("account"))


def _in(summits: list[int]) -> QuerySet[Person]:
    """Whoever is in one of these summits in whatever part."""
    paths = (
        "accreditations__summit",
        "memberships__delegation__summit",
        "offices__meeting__summit",
        "staff_tasks__summit",
    )
    parts = [Person.objects.filter(**{f"{path}__in": summits}).values("pk") for path in paths]
    return Person.objects.filter(Q(pk__in=parts[0]) | Q(pk__in=parts[1]) | Q(pk__in=parts[2]) | Q(pk__in=parts[3]))
