"""Everything that is held about one person: exported as a ZIP, or erased.

Found by the foreign keys of all tables, so that a table made tomorrow is exported and erased without a word here.
Rows that belong to a person (CASCADE) go with them; rows that only point to one stay, and point to a pseudonym.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Collection, Iterator
from datetime import datetime
from functools import partial
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import CASCADE, DateTimeField, FileField, ForeignObjectRel, Model, Q, QuerySet

from summit.credentials.models import Accreditation
from summit.imports.models import Import
from summit.people.models import Person, User
from summit.record.models import Entry
from summit.summits.models import Summit

# Belong to a person and stay when they are erased: what a State or a meeting has done, and what was consented to.
KEPT = frozenset({
    "summit.Accreditation", "summit.Membership", "summit.Office", "summit.FullPowers", "summit.Removal",
    "summit.ActingHead",
    "summit.Acknowledgement",
})  # fmt: skip
# Never told to anyone: by whom one is blocked, and what opens a door. Told to oneself, not to organisers: corridors.
SECRET_ROWS = frozenset({("rooms.Block", "other")})
OWN_ROWS = frozenset({"rooms.Block", "rooms.Knock", "rooms.OpenToTalk", "rooms.Seat", "summit.Bilateral"})
SECRET_FIELDS = frozenset({"digest", "nonce", "key", "session", "content", "rows", "password", "data", "seed"})
PSEUDONYM = {"en": "Person", "fr": "Personne", "es": "Persona", "ru": "Лицо", "ar": "شخص", "zh": "人员"}
NOTHING: dict[str, Any] = {"email": "", "language": "", "languages": [], "zone": ""}  # how one is reached, forgotten
CHOSEN = frozenset({"summit.Reader", "rooms.Block"})  # what one has chosen for all summits
ABOUT = ("subject", "actor", "speaker", "beneficiary", "presiding")  # parts of a journal entry that are a person


def export(person: Person, now: datetime, *, own: bool) -> bytes:
    """A ZIP: person.json with every row and journal entry, and the files beside it.

    own: for themselves; else for who organises, without whom they met. Of rows that only point to a person (a file they
    asked for, a call they answered) it tells number and times: their text is somebody else's.
    """
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as out:
        tables: dict[str, list[dict[str, Any]]] = {"summit.Person": [_plain(person)]}
        if person.account:
            tables |= _of_account(person.account)
        for rel, rows in _relations(person):
            label = rel.related_model._meta.label
            if (label, rel.field.name) in SECRET_ROWS or (label in OWN_ROWS and not own):
                continue
            belongs = rel.on_delete is CASCADE
            for row in rows:
                told = _plain(row) if belongs else _times(row)
                tables.setdefault(label, []).append({**told, "because": rel.field.name})
                for name, content in _files(row) if belongs else ():
                    out.writestr(f"files/{label}-{row.pk}-{name}", content)
        entries = [
            {"summit": entry.summit.slug, "seq": entry.seq, "at": entry.at, "kind": entry.kind, "body": entry.body}
            for entry in entries_of(person).select_related("summit").order_by("summit", "seq")
        ]
        whole = {"exported_at": now, "tables": tables, "journal": entries}
        out.writestr(
            "person.json", json.dumps(whole, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1, sort_keys=True)
        )
    return archive.getvalue()


def entries_of(person: Person) -> QuerySet[Entry]:
    """The journal entries that name this person."""
    named = Q()
    for part in ABOUT:
        named |= Q(**{f"body__{part}__person": person.pk})
    return Entry.objects.filter(named)


def merged_into(person: Person) -> list[Person]:
    """Other entries of this person: they were withdrawn when the two were merged, and keep a name and an address."""
    told = Entry.objects.filter(kind="person.merged", body__subject__person=person.pk).values_list("body", flat=True)
    gone = {body["was"]["person"] for body in told}
    return list(Person.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=gone).order_by("pk"))


def private_entries(summit: Summit, person: Person) -> QuerySet[Entry]:
    """What only officers see and is about this person: nominations, badges, invitations, also of whoever replaced them
    or whom they were merged with. Not what they did in office."""
    own = Q(kind="invitation.accepted", body__actor__person=person.pk)
    for part in ("subject", "replaces", "was"):
        own |= Q(**{f"body__{part}__person": person.pk})
    return Entry.objects.filter(own, summit=summit, audience=Entry.Audience.OFFICERS).exclude(kind="person.erased")


def erase(person: Person) -> None:
    """Delete what belongs to this person, with its files, and their account. Inside the transaction of the act."""
    for rel, rows in _relations(person):
        if rel.on_delete is CASCADE and rel.related_model._meta.label not in KEPT:
            for row in rows:
                _forget_files(row)
            rows.delete()
    person.memberships.update(title={})
    _forget_in_imports(person)
    account, person.account = person.account, None
    if account is not None:
        User.objects.filter(pk=account.pk).delete()


def pseudonym(person: Person) -> dict[str, dict[str, str]]:
    """The name of somebody who was erased."""
    return {code: {"short": f"{word} {person.pk}", "formal": f"{word} {person.pk}"} for code, word in PSEUDONYM.items()}


def close_accounts(people: Collection[int]) -> None:
    """Delete how these persons signed in and were reached, and what they had chosen; their names stay in what they did.
    As many queries for one as for many."""
    for rel in Person._meta.get_fields(include_hidden=True):
        if isinstance(rel, ForeignObjectRel) and rel.related_model._meta.label in CHOSEN:
            rel.related_model._base_manager.filter(**{f"{rel.field.name}__in": people}).delete()
    User.objects.filter(person__in=people).delete()
    Person.objects.filter(pk__in=people).update(**NOTHING)


def _forget_in_imports(person: Person) -> None:
    """Their rows of tables that were taken in; an import that is undone later leaves them alone. A preview goes whole."""
    for table in Import.objects.filter(kind=Import.Kind.PEOPLE).exclude(rows=[]).defer("content"):
        kept = [row for row in table.rows if not _is_of(row, person)]
        if len(kept) == len(table.rows):
            continue
        if table.state in {Import.State.APPLIED, Import.State.UNDONE}:
            table.rows = kept
            table.save(update_fields=["rows"])
        else:
            table.delete()


def _is_of(row: dict[str, Any], person: Person) -> bool:
    named: bool = row["key"].casefold() == person.email.casefold() != ""
    return named or row["made"].get("person") == person.pk


def _relations(person: Person) -> Iterator[tuple[Any, QuerySet[Any]]]:
    """Rows that name the person, and those that hang on an accreditation: photo, badges, what was asked for."""
    for model, where in ((Accreditation, "person"), (Person, "pk")):
        for rel in model._meta.get_fields(include_hidden=True):
            if isinstance(rel, ForeignObjectRel) and not rel.many_to_many:
                path = rel.field.name if where == "pk" else f"{rel.field.name}__{where}"
                yield rel, rel.related_model._base_manager.filter(**{path: person.pk})


def _of_account(account: User) -> dict[str, list[dict[str, Any]]]:
    """{table: rows}: the account, its addresses, services for sign-in, and that there is a second factor."""
    tables = {"summit.User": [_plain(account)]}
    for rel in User._meta.get_fields(include_hidden=True):
        if isinstance(rel, ForeignObjectRel) and not rel.many_to_many and rel.related_model is not Person:
            for row in rel.related_model._base_manager.filter(**{rel.field.name: account.pk}):
                tables.setdefault(row._meta.label, []).append(_plain(row))
    return tables


def _plain(row: Model) -> dict[str, Any]:
    fields = [f for f in row._meta.concrete_fields if f.name not in SECRET_FIELDS and not isinstance(f, FileField)]
    return {f.name: f.value_from_object(row) for f in fields}


def _times(row: Model) -> dict[str, Any]:
    fields = [field for field in row._meta.concrete_fields if isinstance(field, DateTimeField)]
    return {"id": row.pk, **{field.name: field.value_from_object(row) for field in fields}}


def _files(row: Model) -> Iterator[tuple[str, bytes]]:
    for field in row._meta.concrete_fields:
        if isinstance(field, FileField) and (held := getattr(row, field.name)):
            try:
                with held.open("rb") as file:
                    yield f"{field.name}.{held.name.rsplit('.', 1)[-1]}", file.read()
            except FileNotFoundError:  # purged since
                continue


def _forget_files(row: Model) -> None:
    for field in row._meta.concrete_fields:
        if isinstance(field, FileField) and (held := getattr(row, field.name)):
            transaction.on_commit(partial(held.storage.delete, str(held.name)), robust=True)
