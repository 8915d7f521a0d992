"""What the database holds, in the shape tables have: read for previews and exports, written when one is applied."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from allauth.account.models import EmailAddress

from summit.agenda.models import Item, Paper
from summit.credentials.models import Accreditation
from summit.delegations.models import Delegation, Function, Membership
from summit.delegations.queries import holding
from summit.people.models import Person
from summit.summits.models import Summit


def held(kind: str, summit: Summit, now: datetime) -> dict[str, Any]:
    """{"rows": {key: values}, "ids": {key: {model: id}}, "delegations": {code: id}}; five queries at most."""
    return {"delegations": _delegations, "people": _people, "agenda": _agenda, "papers": _papers}[kind](summit, now)


def _delegations(summit: Summit, now: datetime) -> dict[str, Any]:
    rows = list(Delegation.objects.filter(summit=summit).order_by("order__en", "code"))
    return {
        "rows": {row.code: {"category": row.category, "flag": row.flag, "names": row.names} for row in rows},
        "ids": {row.code: {"delegation": row.pk} for row in rows},
        "delegations": {row.code: row.pk for row in rows},
    }


def _people(summit: Summit, now: datetime) -> dict[str, Any]:
    """People by address. Those of other summits are known too, so that nobody is entered twice."""
    codes = dict(Delegation.objects.filter(summit=summit).values_list("pk", "code"))
    members: dict[int, Membership] = {}
    for row in Membership.objects.filter(holding(now), delegation__summit=summit).order_by("-pk"):
        members[row.person_id] = row
    inside = dict(Accreditation.objects.filter(summit=summit).values_list("person_id", "pk"))
    typed = set(EmailAddress.objects.filter(verified=False).values_list("user", flat=True))  # not proven to be theirs
    rows, ids = {}, {}
    for person in Person.objects.exclude(email="").order_by("-pk"):
        member = members.get(person.pk)
        if person.pk not in inside and (person.email in rows or person.account_id in typed):
            continue  # somebody here has this address: it is they who are meant
        ids[person.email] = {"person": person.pk}
        if person.pk not in inside:
            continue  # known elsewhere: to this summit they are new
        rows[person.email] = {
            "names": person.names, "language": person.language, "zone": person.zone,
            "delegation": codes[member.delegation_id] if member else "",
            "function": member.function if member else "", "title": member.title if member else {},
        }  # fmt: skip
        ids[person.email] |= {"accreditation": inside[person.pk]} | ({"membership": member.pk} if member else {})
    return {"rows": rows, "ids": ids, "delegations": {code: pk for pk, code in codes.items()}}


def _agenda(summit: Summit, now: datetime) -> dict[str, Any]:
    items = list(Item.objects.filter(summit=summit).select_related("parent"))
    return {
        "rows": {
            one.number: {
                "titles": one.titles, "under": one.parent.number if one.parent else "", "position": one.position
            }
            for one in items
        },
        "ids": {one.number: {"item": one.pk} for one in items},
    }  # fmt: skip


def _papers(summit: Summit, now: datetime) -> dict[str, Any]:
    papers = list(Paper.objects.filter(summit=summit).select_related("item"))
    return {
        "rows": {
            one.symbol: {"item": one.item.number if one.item else "", "access": one.access, "titles": one.titles}
            for one in papers
        },
        "ids": {one.symbol: {"paper": one.pk} for one in papers},
        "items": set(Item.objects.filter(summit=summit).values_list("number", flat=True)),
    }  # fmt: skip


def cells_of(kind: str, key: str, values: Mapping[str, Any]) -> dict[str, str]:
    """A row of what is held as cells by machine name: what an export writes and an import reads."""
    first = {"delegations": "code", "people": "email", "agenda": "number", "papers": "symbol"}[kind]
    cells = {first: key}
    for name, value in values.items():
        if name == "names":
            cells |= {f"{form}_{code}": text for code, forms in value.items() for form, text in forms.items()}
        elif name in {"titles", "title"}:
            cells |= {f"title_{code}": text for code, text in value.items()}
        else:
            cells[name] = str(value)
    return cells


def _seat_as(row: Membership) -> dict[str, Any]:
    times = {"starts": row.starts, "ends": row.ends}
    told = {name: at.isoformat() if at else None for name, at in times.items()}
    return {"id": row.pk, "function": row.function, "title": row.title, **told}


class Writer:
    """Writes planned rows; `made` of each row names what it created. No journal: the import is one entry."""

    def __init__(self, summit: Summit, now: datetime) -> None:
        self.summit, self.now = summit, now

    def delegation(self, row: Any, ids: Mapping[str, int]) -> None:
        if row.act == "create":
            made = Delegation.objects.create(summit=self.summit, code=row.key, **row.values)
            row.made = {"delegation": made.pk}
        else:
            self.set(Delegation, ids["delegation"], row.values)

    def item(self, row: Any, ids: Mapping[str, int]) -> None:
        values = dict(row.values)
        if "under" in values:
            under = values.pop("under")
            values["parent"] = self.summit.items.get(number=under) if under else None
        if row.act == "create":
            values.setdefault("position", self.summit.items.count() + 1)
            row.made = {"item": Item.objects.create(summit=self.summit, number=row.key, **values).pk}
        else:
            self.set(Item, ids["item"], values)

    def paper(self, row: Any, ids: Mapping[str, int]) -> None:
        values = dict(row.values)
        if "item" in values:
            number = values.pop("item")
            values["item"] = self.summit.items.get(number=number) if number else None
        if row.act == "create":
            row.made = {"paper": Paper.objects.create(summit=self.summit, symbol=row.key, **values).pk}
        else:
            self.set(Paper, ids["paper"], values)

    def person(self, row: Any, ids: Mapping[str, int], delegations: Mapping[str, int]) -> None:
        values = dict(row.values)
        post = {name: values.pop(name) for name in ("delegation", "function", "title") if name in values}
        pk = ids.get("person")
        if pk is None:
            person = Person.objects.create(email=row.key, **values)
            pk = person.pk
            row.made["person"] = pk
        elif row.act == "change" and values:
            self.set(Person, pk, values)
        if "accreditation" not in ids:
            row.made["accreditation"] = Accreditation.objects.create(summit=self.summit, person_id=pk).pk
        if ids.get("membership") and "delegation" not in post:
            self.set(Membership, ids["membership"], post)
        elif post.get("delegation"):
            self._appoint(row, pk, ids, post, delegations)

    def _appoint(
        self, row: Any, pk: int, ids: Mapping[str, int], post: dict[str, Any], codes: Mapping[str, int]
    ) -> None:
        before = Membership.objects.filter(pk=ids.get("membership", 0)).first()
        fields = {  # what is the same in both delegations is not in the row
            "function": post.get("function") or (before.function if before else Function.ADVISER),
            "title": post.get("title") or (before.title if before else {}),
        }
        if before:  # they speak for another delegation from now on
            Membership.objects.filter(pk=before.pk).update(ends=self.now)
            row.was["membership"] = before.pk
        home = codes[post["delegation"]]
        if earlier := Membership.objects.filter(person_id=pk, delegation_id=home).first():  # they come back to it
            row.was["seat"] = _seat_as(earlier)
            self.set(Membership, earlier.pk, {**fields, "starts": None, "ends": None})
        else:
            row.made["membership"] = Membership.objects.create(person_id=pk, delegation_id=home, **fields).pk

    @staticmethod
    def seat_again(was: Mapping[str, Any]) -> None:
        """A seat as `_seat_as` kept it."""
        times = {name: datetime.fromisoformat(was[name]) if was[name] else None for name in ("starts", "ends")}
        Writer.set(Membership, was["id"], {"function": was["function"], "title": was["title"], **times})

    @staticmethod
    def set(model: Any, pk: int, values: Mapping[str, Any]) -> None:
        """Change a row's fields."""
        if values:
            model.objects.filter(pk=pk).update(**values)
