"""Writing the journal, and finding every way of tampering with it."""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, models, transaction

from summit.floor import actions as floor
from summit.models import Entry, Head, Meeting
from summit.record import actions, chain, guard
from summit.record.queries import Fault, entries_of, faults
from tests.cast import NOW, journal, make_house
from tests.kept import kept


@contextmanager
def unguarded():
    """What somebody with the database in their hands can do."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for name in guard.NAMES:
                cursor.execute(f"DROP TRIGGER {name}")
        else:
            cursor.execute("SET session_replication_role = 'replica'")  # a superuser's way past every trigger
    yield
    if connection.vendor == "sqlite":
        guard.install()
    else:
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = 'origin'")


@kept
def four_hands(opened):
    """Six entries."""
    for who in (opened.amina, opened.lucia, opened.chen, opened.gita):
        floor.raise_hand(opened.meeting.pk, by=who, now=NOW)
    return opened.summit


@pytest.fixture
def written(four_hands):
    return Entry.objects.filter(summit=four_hands)


def found(house) -> list[tuple[int, str]]:
    return [(fault.seq, fault.what) for fault in faults(house.summit.pk)]


def test_an_untouched_journal_is_whole(opened, written):
    assert list(written.values_list("seq", flat=True)) == [1, 2, 3, 4, 5, 6]
    assert found(opened) == []
    head = Head.objects.get(summit=opened.summit)
    assert (head.seq, head.digest) == (6, written.last().digest)


def test_a_summit_without_a_journal_is_whole(house):
    assert list(faults(house.summit.pk)) == []


def test_each_summit_has_a_chain_of_its_own(opened, written):
    other = make_house("elsewhere", at="elsewhere.example")
    with transaction.atomic():
        entry = actions.write(other.summit, "test.written", at=NOW, actor=None)
    assert (entry.seq, entry.prev) == (1, chain.GENESIS)
    assert found(opened) == [] == found(other)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"body": {"actor": None, "text": "something else"}}, "body"),
        ({"kind": "floor.given"}, "digest"),
        ({"at": NOW + timedelta(microseconds=1)}, "digest"),
        ({"audience": "officers"}, "digest"),
        ({"meeting": None}, "digest"),
        ({"version": 2}, "digest"),
        ({"salt": "00" * 16}, "body"),
        ({"salt": "not hex"}, "body"),
        ({"body": {"actor": None, "seconds": 1.5}}, "body"),
    ],
)
def test_changing_anything_in_an_entry_is_found(opened, written, change, what):
    with unguarded():
        written.filter(seq=4).update(**change)
    assert found(opened) == [(4, what)]


def test_a_body_flipped_with_its_hash_made_anew_is_found(opened, written):
    entry = written.get(seq=4)
    body = entry.body | {"capacity": "group"}
    with unguarded():
        written.filter(seq=4).update(body=body, body_hash=chain.body_hash(entry.salt, body))
    assert found(opened) == [(4, "digest")]


def test_an_entry_forged_with_all_its_hashes_breaks_the_next(opened, written):
    entry = written.get(seq=4)
    body = entry.body | {"capacity": "group"}
    hashed = chain.body_hash(entry.salt, body)
    digest = chain.digest(
        version=1, summit="test", seq=4, at=actions.stamp(entry.at), kind=entry.kind, meeting="plenary-1",
        audience=entry.audience, body=hashed, prev=entry.prev,
    )  # fmt: skip
    with unguarded():
        written.filter(seq=4).update(body=body, body_hash=hashed, digest=digest)
    assert found(opened) == [(5, "prev")]


def test_a_dropped_entry_is_found(opened, written):
    with unguarded():
        written.filter(seq=3).delete()
    assert found(opened) == [(3, "gap"), (4, "prev")]


def test_swapped_entries_are_found(opened, written):
    with unguarded():
        for was, now in ((3, 99), (4, 3), (99, 4)):
            written.filter(seq=was).update(seq=now)
    assert {seq for seq, _ in found(opened)} >= {3, 4, 5}


def test_a_cut_off_tail_is_found(opened, written):
    with unguarded():
        written.filter(seq__gt=4).delete()
    assert found(opened) == [(4, "head")]


def test_a_journal_emptied_with_its_head_kept_is_found(opened, written):
    with unguarded():
        written.delete()
    assert found(opened) == [(0, "head")]


def test_entries_without_a_head_are_found(opened, written):
    Head.objects.all().delete()
    assert found(opened) == [(6, "head")]


@pytest.mark.parametrize("act", [lambda rows: rows.update(kind="x"), lambda rows: rows.delete()])
def test_the_database_refuses_to_change_or_delete_an_entry(opened, written, act):
    with pytest.raises(DatabaseError, match="journal entries are never changed"), transaction.atomic():
        act(written.filter(seq=3))
    with pytest.raises(DatabaseError, match="journal entries are never changed"), transaction.atomic():
        entry = written.get(seq=3)
        entry.kind = "x"
        entry.save()
    assert found(opened) == []


def test_entries_are_written_in_the_transaction_of_the_act(opened, written):
    class Oops(Exception):
        pass

    with pytest.raises(Oops), transaction.atomic():
        actions.write(opened.summit, "test.written", at=NOW, actor=None)
        raise Oops
    assert written.count() == 6 and found(opened) == []


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_nothing_is_written():
    house = make_house()
    with pytest.raises(RuntimeError):
        actions.write(house.summit, "test.written", at=NOW, actor=None)
    assert Entry.objects.count() == 0


def test_floats_never_reach_the_journal(opened):
    with pytest.raises(TypeError), transaction.atomic():
        actions.write(opened.summit, "test.written", at=NOW, actor=None, used=1.5)
    assert journal(opened.meeting) == [(1, "meeting.opened"), (2, "item.taken")]


def test_times_are_spelled_in_utc(opened):
    nairobi = datetime(2026, 11, 23, 12, 0, tzinfo=timezone(timedelta(hours=3)))
    assert (
        actions.stamp(nairobi)
        == "2026-11-23T09:00:00.000000+00:00"
        == actions.stamp(datetime(2026, 11, 23, 9, tzinfo=UTC))
    )


def test_a_state_renamed_later_keeps_its_name_in_the_journal(opened, written):
    opened.kenya.names = {"en": {"short": "Renamed", "formal": "Renamed"}}
    opened.kenya.save()
    assert written.get(seq=3).body["delegation"]["names"]["en"]["short"] == "Kenya"
    assert found(opened) == []


def test_entries_are_read_by_meeting_audience_and_number(opened, written):
    with transaction.atomic():
        actions.write(opened.summit, "test.secret", at=NOW, actor=None, meeting=opened.meeting, audience="officers")
        actions.write(opened.summit, "test.summit", at=NOW, actor=None)
    assert [entry.seq for entry in entries_of(opened.meeting)] == [1, 2, 3, 4, 5, 6]
    assert [entry.seq for entry in entries_of(opened.meeting, officers=True)] == [1, 2, 3, 4, 5, 6, 7]
    assert [entry.seq for entry in entries_of(opened.meeting, until=2)] == [1, 2]


def test_a_meeting_with_a_journal_is_not_deleted(opened):
    with pytest.raises(models.ProtectedError):
        Meeting.objects.get(pk=opened.meeting.pk).delete()


# ── The guard ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_check_is_silent_while_the_triggers_are_there(db):
    assert guard.missing(connection) == [] and guard.check(databases=["default"]) == []


def test_the_check_misses_a_dropped_trigger_and_migrating_brings_it_back(db):
    with connection.cursor() as cursor:
        where = "" if connection.vendor == "sqlite" else f" ON {guard.TABLE}"
        cursor.execute(f"DROP TRIGGER {guard.NAMES[1]}{where}")
    [error] = guard.check(databases=["default"])
    assert error.id == "summit.E001" and guard.NAMES[1] in error.msg
    guard.install()
    assert guard.missing(connection) == []


@pytest.mark.django_db(transaction=True)
def test_altering_the_table_drops_the_triggers_on_sqlite_and_the_check_says_so():
    old = Entry._meta.get_field("kind")
    new = models.CharField(max_length=61)
    new.set_attributes_from_name("kind")
    with connection.schema_editor() as editor:
        editor.alter_field(Entry, old, new)
    if connection.vendor == "sqlite":
        assert guard.missing(connection) == list(guard.NAMES)
        assert [error.id for error in guard.check(databases=["default"])] == ["summit.E001"]
    call_command("migrate", verbosity=0)
    assert guard.missing(connection) == []


@pytest.mark.django_db(transaction=True)
def test_a_flush_of_the_database_is_refused():
    house = make_house()
    with transaction.atomic():
        actions.write(house.summit, "test.written", at=NOW, actor=None)
    with pytest.raises(Exception, match=r"flush|never changed"):
        call_command("flush", interactive=False, verbosity=0)
    assert list(faults(house.summit.pk)) == [] and Entry.objects.count() == 1


def test_verify_journal_names_the_fault(opened, written, capsys):
    call_command("verify_journal")
    assert "test: 6 entries, whole" in capsys.readouterr().out
    with unguarded():
        written.filter(seq=4).update(kind="x")
    with pytest.raises(SystemExit):
        call_command("verify_journal")
    assert "entry 4" in capsys.readouterr().out


def test_a_fault_tells_where(opened, written):
    with unguarded():
        written.filter(seq=4).update(kind="x")
    assert list(faults(opened.summit.pk)) == [Fault(4, "digest")]
