"""Writing, archiving, approving: works, refused for strangers, refused in the wrong state, what the journal says."""

from __future__ import annotations

import pytest

from summit.chair import actions as chair
from summit.chair.undoing import correct, undo
from summit.errors import Refused
from summit.minutes import actions, queries
from summit.minutes.document import digest
from summit.models import Entry, Minutes, Prose, Revision
from summit.record.queries import faults
from tests.summit.minutes.conftest import entry_of, hold, minute

pytestmark = pytest.mark.django_db


def texts(document):
    return [(p.kind, p.text) for p in document.paragraphs]


def save(cast, text, *, by=None, based_on=0, kind="floor.given", language="en"):
    seq = entry_of(cast, kind)
    return actions.save_prose(
        cast.minutes.pk, seq, language, text, based_on=based_on, by=by or cast.dana, now=minute(10)
    )


def refused(code, act, *args, **options):
    with pytest.raises(Refused) as refusal:
        act(*args, **options)
    assert refusal.value.code == code
    return refusal.value


def test_the_meeting_reads_as_it_was_held(held):
    assert texts(queries.draft(held.minutes, "en")) == [
        ("procedure", "The meeting was called to order at 12:00."),
        ("item", "The item was taken up at 12:01."),
        ("speech", "Amina Rahal (Kenya) made a statement (remote; 12:03–12:05)."),
        ("decision", "Decision TEST/DEC.1, taken without a vote at 12:06: The report was adopted."),
        ("procedure", "The meeting was closed at 12:07."),
    ]


def test_the_archive_is_made_once_and_told_in_the_journal(held):
    first = actions.archive(held.meeting.pk, now=minute(8))
    again = actions.archive(held.meeting.pk, now=minute(9))
    assert first == again == Revision.objects.get()
    assert (first.kind, first.number, first.digest) == ("archive", 1, digest(first.document))
    assert sorted(first.document["languages"]) == ["en", "fr"]
    told = Entry.objects.filter(kind="minutes.archived").values_list("body", flat=True)
    assert list(told) == [{"actor": None, "digest": first.digest, "revision": 1}]
    assert list(faults(held.summit.pk)) == []


def test_the_archive_gives_the_same_bytes_after_a_state_was_renamed(held):
    before = digest(queries.freeze(held.minutes, corrected=False))
    held.kenya.names = {"en": {"short": "Renamed", "formal": "the Renamed State"}}
    held.kenya.save()
    held.amina.names = {"en": {"short": "Renamed", "formal": "Renamed"}}
    held.amina.save()
    held.item.titles = {"en": "Renamed"}
    held.item.save()
    held.summit.names = {"en": {"short": "Renamed", "formal": "Renamed"}}
    held.summit.save()
    assert digest(queries.freeze(Minutes.objects.get(), corrected=False)) == before


def test_a_closing_that_was_undone_is_not_archived_and_the_next_one_is(held):
    actions.archive(held.meeting.pk, now=minute(8))
    undo(held.meeting.pk, entry_of(held, "meeting.closed"), by=held.bruno, now=minute(8))
    assert actions.archive(held.meeting.pk, now=minute(8)) is None
    chair.close(held.meeting.pk, unheard=0, by=held.bruno, now=minute(9))
    actions.archive(held.meeting.pk, now=minute(10))
    assert list(Revision.objects.values_list("number", "kind")) == [(1, "archive"), (2, "archive")]
    last = queries.stored(Revision.objects.get(number=2), "en")
    assert [p.text for p in last.paragraphs][-1] == "The meeting was closed at 12:09."
    assert sum("closed" in p.text for p in last.paragraphs) == 1


def test_closing_never_overwrites_prose(sitting):
    save(sitting, "She spoke of the sea.")
    chair.close(sitting.meeting.pk, unheard=0, by=sitting.bruno, now=minute(11))
    actions.archive(sitting.meeting.pk, now=minute(12))
    archived = queries.stored(Revision.objects.get(), "en")
    assert ("prose", "She spoke of the sea.") in texts(archived)
    assert save(sitting, "She spoke of the sea and of its level.", based_on=1).version == 2


def test_a_correction_after_closing_is_shown_in_the_draft_but_not_in_the_archive(held):
    archived = actions.archive(held.meeting.pk, now=minute(8))
    wrong = entry_of(held, "decision.taken")
    correct(held.meeting.pk, wrong, reason="misheard", text="The report was noted.", by=held.bruno, now=minute(9))
    draft = [p for p in queries.draft(held.minutes, "en").paragraphs if p.kind == "decision"]
    assert [(p.text, p.note) for p in draft] == [
        ("Decision TEST/DEC.1, taken without a vote at 12:06: The report was noted.", "Corrected at 12:09: misheard")
    ]
    assert digest(queries.freeze(held.minutes, corrected=False)) == archived.digest


def test_two_writers_on_different_items_do_not_meet(held):
    save(held, "First.", kind="floor.given")
    save(held, "Second.", kind="item.taken", by=held.lucia)
    assert list(Prose.objects.order_by("pk").values_list("text", "version")) == [("First.", 1), ("Second.", 1)]


def test_the_second_writer_on_the_same_item_is_told_and_nothing_is_lost(held):
    save(held, "Dana's text.")
    told = refused("minutes.changed", save, held, "Lucia's text.", by=held.lucia)
    assert (told.theirs.text, told.theirs.edited_by, told.theirs.version) == ("Dana's text.", held.dana, 1)
    save(held, "Lucia's text.", by=held.lucia, based_on=1)
    kept = Prose.objects.get().versions.values_list("version", "text", "by__email")
    assert list(kept) == [(1, "Dana's text.", "dana@example.org"), (2, "Lucia's text.", "lucia@example.org")]


def test_the_same_save_twice_is_one_version(held):
    assert save(held, "Once.").version == save(held, "Once.").version == 1


@pytest.mark.parametrize("who", ["amina", "bruno", "chen", "eve"])
def test_only_record_writers_write(held, who):
    refused("minutes.not_yours", save, held, "Mine.", by=getattr(held, who))
    refused("minutes.not_yours", actions.save_revision, held.minutes.pk, by=getattr(held, who), now=minute(9))
    assert not Prose.objects.exists()


def test_prose_is_refused_where_it_cannot_stand(held):
    write = actions.save_prose
    by = {"based_on": 0, "by": held.dana, "now": minute(9)}
    refused("minutes.no_such_entry", write, held.minutes.pk, 9999, "en", "x", **by)
    seq = entry_of(held, "floor.given")
    refused("minutes.language", write, held.minutes.pk, seq, "ru", "x", **by)
    refused("text.long", write, held.minutes.pk, seq, "en", "x" * 20_001, **by)
    refused("text.control", write, held.minutes.pk, seq, "en", "a\u202eb", **by)


def test_a_revision_is_kept_only_when_something_changed(held):
    actions.archive(held.meeting.pk, now=minute(8))
    refused("minutes.unchanged", actions.save_revision, held.minutes.pk, by=held.dana, now=minute(9))
    save(held, "Now there is more.")
    assert actions.save_revision(held.minutes.pk, by=held.dana, now=minute(11)).number == 2


def test_approval_freezes_the_text_with_its_hash(held):
    save(held, "She spoke of the sea.")
    revision = actions.approve(held.minutes.pk, seen=actions.draft_digest(held.minutes), by=held.dana, now=minute(20))
    minutes = Minutes.objects.get()
    assert (minutes.state, minutes.digest, minutes.approved_by) == ("approved", digest(revision.document), held.dana)
    body = Entry.objects.get(kind="minutes.approved").body
    assert (body["digest"], body["revision"], body["actor"]["person"]) == (revision.digest, 1, held.dana.pk)
    shown, of = queries.document_of(minutes, "en")
    assert (of, shown.status, shown.marking) == (revision, "approved", "")
    assert ("Approved", "Monday, 23 November 2026") in [(fact.label, fact.value) for fact in shown.facts]
    refused("minutes.approved", save, held, "Too late.", based_on=1)
    refused("minutes.approved", actions.approve, held.minutes.pk, seen=revision.digest, by=held.dana, now=minute(21))


def test_what_was_not_read_is_not_approved(held):
    seen = actions.draft_digest(held.minutes)
    save(held, "A late addition.")
    refused("minutes.changed_since", actions.approve, held.minutes.pk, seen=seen, by=held.dana, now=minute(20))


def test_minutes_of_an_open_meeting_are_not_approved(sitting):
    seen = actions.draft_digest(sitting.minutes)
    refused("minutes.still_open", actions.approve, sitting.minutes.pk, seen=seen, by=sitting.dana, now=minute(20))


@pytest.mark.parametrize("who", ["amina", "chen", "eve"])
def test_delegates_and_strangers_do_not_approve(held, who):
    seen = actions.draft_digest(held.minutes)
    refused("minutes.not_yours", actions.approve, held.minutes.pk, seen=seen, by=getattr(held, who), now=minute(20))


def test_no_file_of_an_approved_text_pretends_to_be_in_a_language_it_was_not_approved_in(held):
    actions.approve(held.minutes.pk, seen=actions.draft_digest(held.minutes), by=held.dana, now=minute(20))
    held.summit.languages = ["en", "fr", "es"]
    held.summit.save()
    assert actions.ask_export(held.minutes.pk, "html", "fr", by=held.dana, now=minute(21)).language == "fr"
    refused("minutes.language", actions.ask_export, held.minutes.pk, "html", "es", by=held.dana, now=minute(21))


def test_the_chair_approves_too(held):
    seen = actions.draft_digest(held.minutes)
    assert actions.approve(held.minutes.pk, seen=seen, by=held.bruno, now=minute(20)).by == held.bruno


def test_two_summits_do_not_share_minutes(db):
    from tests.cast import make_cast

    one, other = make_cast("one", at="one.example"), make_cast("other", at="other.example")
    minutes = hold(one)
    hold(other)
    refused("minutes.not_yours", actions.save_revision, minutes.pk, by=other.dana, now=minute(9))
