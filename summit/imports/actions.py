"""Taking a table in: uploaded, previewed by a worker, applied as one act, undone as one act."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from summit import live
from summit.agenda.models import Item, Paper
from summit.agenda.papers import work_out_chains
from summit.credentials.models import Accreditation
from summit.delegations.actions import work_out_order
from summit.delegations.models import Delegation, Membership
from summit.errors import Refused
from summit.imports import planning
from summit.imports.holdings import Writer, held
from summit.imports.models import Import
from summit.imports.planning import Row
from summit.imports.reading import LIMIT, read
from summit.people.actions import refuse_if_shared, tell_standing
from summit.people.models import Person, Task
from summit.people.queries import acting, organises, refuse_unless_organiser
from summit.record import actions as record
from summit.record.models import Entry
from summit.summits.models import Summit

MODELS: dict[str, Any] = {
    "membership": Membership, "accreditation": Accreditation, "person": Person, "paper": Paper, "item": Item,
    "delegation": Delegation,
}  # what an import makes, in the order in which it is taken away again  # fmt: skip
STEP = 250  # rows between two words of progress
NO_STEP = _("This step does not follow from where the import stands now.")


@transaction.atomic
def begin(summit_id: int, kind: str, name: str, content: bytes, *, by: Person | None, now: datetime) -> Import:
    """Keep the file and ask a worker to read it; nothing else changes. Refused: organiser.required, import.size, import.kind."""
    summit = Summit.objects.lock(summit_id)
    refuse_unless_organiser(by, summit, now)
    if kind not in planning.KINDS or by is None:
        raise Refused("import.kind", _("Choose what the table holds."))
    if len(content) > LIMIT:
        raise Refused("import.size", _("The table is larger than 10 MB. Split it."))
    row = Import.objects.create(
        summit=summit, kind=kind, name=name[:200], digest=hashlib.sha256(content).hexdigest(), content=content, by=by,
        made_at=now,
    )  # fmt: skip
    record.ask_for("summit.imports.tasks.preview", f"import:{row.pk}", now=now, import_id=row.pk)
    return row


def preview(import_id: int, *, now: datetime, progress: Callable[[int], None] = lambda percent: None) -> None:
    """Work out what the table would change. Writes only to the import itself."""
    row = Import.objects.select_related("summit", "by").get(pk=import_id)
    if row.state != Import.State.READING:
        return
    try:
        with translation.override(row.by.language or "en"):  # what is wrong is read by whoever uploaded it
            rows = work_out(row, now, progress)
    except Refused as refused:
        row.state, row.why = Import.State.FAILED, str(refused.message)
    else:
        row.state, row.rows, row.progress = Import.State.READY, [one.as_json() for one in rows], 100
    row.save(update_fields=["state", "rows", "why", "progress"])


def work_out(row: Import, now: datetime, progress: Callable[[int], None] = lambda percent: None) -> list[Row]:
    """The planned rows, against what the database holds now. Refused: import.*."""
    table = read(row.name, bytes(row.content))
    holdings = held(row.kind, row.summit, now)
    rows: list[Row] = []
    for number, one in enumerate(planning.plan(row.kind, table, holdings), start=1):
        rows.append(one)
        if number % STEP == 0:
            progress(100 * number // len(table.rows))
    if row.kind == Import.Kind.AGENDA:
        planning.resolve_parents(rows, set(holdings["rows"]))
    return rows


@transaction.atomic
def apply(import_id: int, *, by: Person | None, now: datetime) -> Import:
    """Do what the preview showed, rows with errors left out: one act, one entry with the digest of the file.

    Refused: organiser.required, import.state, import.stale (something changed since the preview), import.nothing,
    person.shared, delegation.own (they would organise the summit no more).
    """
    summit, row = _locked(import_id)
    refuse_unless_organiser(by, summit, now)
    _refuse_state(row, Import.State.READY)
    rows = work_out(row, now)
    if [one.seen() for one in rows] != [Row(**one).seen() for one in row.rows]:
        raise Refused("import.stale", _("Something changed since this preview. Upload the file again and look anew."))
    todo = [one for one in rows if one.act in {"create", "change"}]
    if not todo:
        raise Refused("import.nothing", _("There is nothing in this file to apply."))
    ids = _write(row, todo, by, now)
    if by is not None and not organises(by, summit, now):
        raise Refused("delegation.own", _("You sit with this delegation; another organiser must do this."))
    row.rows, row.state, row.applied_at = [one.as_json() for one in rows], Import.State.APPLIED, now
    row.content = b""
    row.save(update_fields=["rows", "state", "applied_at", "content"])
    _record(row, "import.applied", by, now, todo, ids)
    _tell(row, todo, ids)
    return row


def _write(row: Import, todo: list[Row], by: Person | None, now: datetime) -> dict[str, dict[str, int]]:
    """What stood before, by key: {model: id}."""
    holdings, writer = held(row.kind, row.summit, now), Writer(row.summit, now)
    ids: dict[str, dict[str, int]] = holdings["ids"]
    if row.kind == Import.Kind.PEOPLE:
        _refuse_shared(todo, ids, by, now)
        for one in todo:
            writer.person(one, ids.get(one.key, {}), holdings["delegations"])
    elif row.kind == Import.Kind.AGENDA:
        for one in _parents_first(todo):
            writer.item(one, ids.get(one.key, {}))
    elif row.kind == Import.Kind.PAPERS:
        for one in todo:
            writer.paper(one, ids.get(one.key, {}))
        work_out_chains(row.summit)
    else:
        for one in todo:
            writer.delegation(one, ids.get(one.key, {}))
        work_out_order(row.summit)
    return ids


def _refuse_shared(todo: Iterable[Row], ids: dict[str, dict[str, int]], by: Person | None, now: datetime) -> None:
    """What holds in every summit is changed only by who organises all of the person's."""
    changed = [
        ids[one.key]["person"]
        for one in todo
        if one.act == "change" and {"names", "language", "zone"} & {*one.values} and one.key in ids
    ]
    for person in Person.objects.filter(pk__in=changed):
        refuse_if_shared(person, by, now, Task.ACCREDITATION)


def _parents_first(todo: list[Row]) -> list[Row]:
    waiting, done = {one.key: one for one in todo}, []
    while waiting:
        ready = [one for one in waiting.values() if one.values.get("under", "") not in waiting]
        done += ready
        for one in ready:
            del waiting[one.key]
    return done


@transaction.atomic
def undo(import_id: int, *, by: Person | None, now: datetime) -> Import:
    """Take an import back as a whole, or not at all.

    Refused: organiser.required, import.state (also where its rows were deleted, their time being over), person.shared,
    import.built_on (something stands on what it made), import.changed_since.
    """
    summit, row = _locked(import_id)
    refuse_unless_organiser(by, summit, now)
    _refuse_state(row, Import.State.APPLIED)
    if not row.rows:  # their time was over
        raise Refused("import.state", NO_STEP)
    rows = [Row(**one) for one in row.rows]
    done = [one for one in rows if one.act in {"create", "change"}]
    made = {name: {one.made[name] for one in done if name in one.made} for name in MODELS}
    stands = held(row.kind, summit, now)
    if row.kind == Import.Kind.PEOPLE:
        _refuse_shared(done, stands["ids"], by, now)
    for one in done:
        known = stands["rows"].get(one.key, {})
        if one.act == "change" and any(known.get(name) != value for name, value in one.values.items()):
            why = _("%(key)s was changed since. Change it by hand, or leave the import as it is.")
            raise Refused("import.changed_since", why % {"key": one.key})
    _refuse_if_built_on(made)
    for name, model in MODELS.items():
        model.objects.filter(pk__in=made[name]).delete()
    _restore(row, done, stands["ids"])
    row.state = Import.State.UNDONE
    row.save(update_fields=["state"])
    _record(row, "import.undone", by, now, done, stands["ids"])
    _tell(row, done, stands["ids"])
    return row


def _restore(row: Import, done: list[Row], ids: dict[str, dict[str, int]]) -> None:
    writer = Writer(row.summit, row.made_at)
    for one in done:
        if (ended := one.was.pop("membership", None)) is not None:
            Membership.objects.filter(pk=ended).update(ends=None)
        if (seat := one.was.pop("seat", None)) is not None:
            Writer.seat_again(seat)
        if one.act != "change":
            continue
        back = Row(one.number, one.key, "change", {name: one.was[name] for name in one.values if name in one.was})
        if row.kind == Import.Kind.DELEGATIONS:
            writer.delegation(back, ids[one.key])
        elif row.kind == Import.Kind.AGENDA:
            writer.item(back, ids[one.key])
        elif row.kind == Import.Kind.PAPERS:
            writer.paper(back, ids[one.key])
        else:
            own = {name: value for name, value in back.values.items() if name in {"names", "language", "zone"}}
            Writer.set(Person, ids[one.key]["person"], own)
            post = {name: value for name, value in back.values.items() if name in {"function", "title"}}
            if "delegation" not in one.values and "membership" in ids[one.key]:
                Writer.set(Membership, ids[one.key]["membership"], post)
    if row.kind == Import.Kind.DELEGATIONS:
        work_out_order(row.summit)
    if row.kind == Import.Kind.PAPERS:
        work_out_chains(row.summit)


def _refuse_if_built_on(made: dict[str, set[int]]) -> None:
    """What an import made is taken away only while nothing else stands on it."""
    kinds = {model: name for name, model in MODELS.items()}
    if Accreditation.objects.filter(pk__in=made["accreditation"]).exclude(state="nominated").exists():
        raise Refused("import.built_on", _("Somebody of this import is approved already. Withdraw people one by one."))
    for name, model in MODELS.items():
        for relation in model._meta.related_objects:
            if relation.field.many_to_many or not made[name]:
                continue
            standing = relation.related_model._base_manager.filter(**{f"{relation.field.name}__in": made[name]})
            own = made.get(kinds.get(relation.related_model, ""), set())
            if standing.exclude(pk__in=own).exists():
                why = _("Something was built on this import since: %(what)s. It can no longer be undone as a whole.")
                raise Refused("import.built_on", why % {"what": relation.related_model._meta.verbose_name_plural})


def discard(import_id: int, *, by: Person | None, now: datetime) -> None:
    """Throw a preview away; nothing of it was applied. Refused: organiser.required, import.state."""
    with transaction.atomic():
        summit, row = _locked(import_id)
        refuse_unless_organiser(by, summit, now)
        if row.state in {Import.State.APPLIED, Import.State.UNDONE}:
            raise Refused("import.state", _("This import was applied; it stays as a proof."))
        row.delete()


def _locked(import_id: int) -> tuple[Summit, Import]:
    summit = Summit.objects.lock(Import.objects.values_list("summit_id", flat=True).get(pk=import_id))
    return summit, Import.objects.select_related("summit").get(pk=import_id)


def _refuse_state(row: Import, state: str) -> None:
    if row.state != state:
        raise Refused("import.state", NO_STEP)


def _record(
    row: Import, kind: str, by: Person | None, now: datetime, done: list[Row], ids: dict[str, dict[str, int]]
) -> None:  # fmt: skip
    """Of people their number: an address would stand in the journal for ever."""
    people = row.kind == Import.Kind.PEOPLE
    record.write(
        row.summit, kind, at=now, actor=acting(by, row.summit, now), audience=Entry.Audience.OFFICERS,
        what=row.kind, file=row.name, digest=row.digest, counts=dict(Counter(one.act for one in done)),
        rows=[[_person_of(one, ids) if people else one.key, one.act] for one in done],
    )  # fmt: skip


def _person_of(one: Row, ids: dict[str, dict[str, int]]) -> int | None:
    return one.made.get("person") or ids.get(one.key, {}).get("person")


def _tell(row: Import, done: list[Row], ids: dict[str, dict[str, int]]) -> None:
    """Open rooms hear of people and items they know."""
    if row.kind in {Import.Kind.AGENDA, Import.Kind.PAPERS}:
        live.agenda(row.summit.meetings.exclude(state="closed").values_list("pk", flat=True))
    elif row.kind == Import.Kind.PEOPLE:  # also who has no seat any more
        tell_standing(row.summit, [pk for one in done if (pk := _person_of(one, ids)) is not None])
    else:
        tell_standing(
            row.summit, Membership.objects.filter(delegation__summit=row.summit).values_list("person_id", flat=True),
            seating=True,
        )  # fmt: skip
