"""Two entries of one person, made by two summits that know nothing of each other, become one."""

from __future__ import annotations

from django.db.models import ForeignKey

from summit import names
from summit.people.models import Person


def may_be_joined(drop: Person, keep: Person) -> bool:
    """Whether these may be one person: a form of the name is the same but for accents, case and order of words, the one who
    goes has no account, and no summit knows both (there its desk says who is who). The address must be proven besides.

    Two people may share an address: without the name nobody is let in as somebody else.
    """
    if drop.account_id or names.likenesses(drop.names).isdisjoint(names.likenesses(keep.names)):
        return False
    return not drop.accreditations.filter(summit__in=keep.accreditations.values("summit")).exists()


def join(drop: Person, keep: Person) -> None:
    """Everything that is said of `drop` is said of `keep` from now on. The row stays, without address: the journal names it."""
    for relation in Person._meta.get_fields(include_hidden=True):
        field = getattr(relation, "field", None)
        if not (relation.auto_created and isinstance(field, ForeignKey)):
            continue
        rows = field.model._default_manager.filter(**{field.name: drop})
        if relation.one_to_one and field.model._default_manager.filter(**{field.name: keep}).exists():
            continue  # their own, and there is but one
        rows.update(**{field.name: keep})
    drop.email = ""
    drop.save(update_fields=["email"])
