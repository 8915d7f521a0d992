"""A summit founded after an earlier one takes whatever is about nobody; a new table must say whether it is taken."""

from __future__ import annotations

from collections import deque
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db.models import ForeignKey, Model, QuerySet
from django.test import Client

from summit.accreditation import decisions
from summit.accreditation.quotas import set_quota
from summit.delegations.actions import work_out_order
from summit.founding.actions import found_after
from summit.groups.actions import change_group, name_group
from summit.groups.queries import members_of
from summit.models import (
    Entry,
    Group,
    GroupMembership,
    HallPlaces,
    Item,
    Meeting,
    Membership,
    Period,
    Quota,
    Rules,
    Summit,
)
from summit.people.models import Person
from summit.record.queries import faults
from summit.retention.actions import set_period
from summit.retention.queries import days_of
from summit.seating.actions import set_hall
from tests.cast import NOW, Cast, make_cast, make_organiser

LATER = NOW + timedelta(days=100)
G77 = {"en": {"short": "Group of 77 and China"}}
NEXT: dict[str, Any] = {
    "slug": "next", "names": {"en": {"short": "Next", "formal": "The Next Summit"}}, "zone": "Europe/Berlin",
    "languages": ["en"], "protocol_language": "en", "opens_on": date(2027, 11, 27), "closes_on": date(2027, 12, 2),
}  # fmt: skip

# Each table stands in exactly one of these. Whoever adds one decides, and whoever adds a field to one that is taken, too.
TAKEN = {
    "summit.Summit", "summit.Item", "summit.Meeting", "summit.Programme", "summit.Delegation", "summit.Group",
    "summit.GroupMembership", "summit.Rules", "summit.Quota", "summit.HallPlaces", "summit.HallPlan", "summit.Period",
}  # fmt: skip
LEFT = {
    # people, and what they may
    "summit.User", "summit.Person", "summit.Membership", "summit.Accreditation", "summit.StaffTask", "summit.Office",
    "summit.FocalPoint", "summit.Nomination", "summit.Photo", "summit.Badge", "summit.Invitation", "summit.Delivery",
    "summit.Credentials", "summit.CredentialsLetter", "summit.FullPowers", "summit.Suspension", "summit.ActingHead",
    "summit.CalendarFeed", "summit.Reader", "summit.Seen", "summit.Import", "rooms.ScreenLink",
    # what was said, handed in, decided or happened
    "summit.Paper", "summit.PaperFile", "summit.Question", "summit.Bilateral", "summit.Turn", "summit.Spell",
    "summit.Removal", "summit.Presence", "summit.Scan", "summit.Draw", "summit.Recording", "summit.Sound",
    "summit.Acknowledgement", "summit.Vote", "summit.Ballot", "summit.Minutes", "summit.Prose", "summit.ProseVersion", "summit.Revision",
    "summit.Export", "summit.Notice", "summit.Purge", "summit.Entry", "summit.Act",
    "rooms.ChatLine", "rooms.HelpCall", "rooms.Seat", "rooms.Receipt",
    # corridors
    "rooms.Room", "rooms.Knock", "rooms.OpenToTalk", "rooms.Block",
    # the machine's own books
    "summit.Head", "summit.Outbox", "summit.Cursor", "summit.Indexed", "summit.Text", "rooms.Keeping",
}  # fmt: skip
# Of those that are taken: what whoever founds it says anew, and what came of the first one.
LEFT_FIELDS = {
    "summit.Summit": {"slug", "names", "zone", "languages", "protocol_language", "opens_on", "closes_on", "demo"},
    "summit.Item": {"list_state"},
    "summit.Meeting": {
        "zone", "day", "starts_at", "state", "screens", "item", "presiding", "silenced", "opened_at", "resumes_at",
        "closed_at", "version", "recording",
    },
    "summit.GroupMembership": {"starts", "ends"},
    "summit.Rules": {"nominate_until"},
}  # fmt: skip


@pytest.fixture
def source(cast: Cast, organiser: Person) -> Cast:
    """The test summit with a row in every table that is taken, and no field as it is by default."""
    pk, by = cast.summit.pk, {"by": organiser, "now": NOW}
    Summit.objects.filter(pk=pk).update(tables=12)
    Meeting.objects.filter(pk=cast.meeting.pk).update(
        kind="committee", number=4, openness="closed", speech="discussion", chat="off", recording_days=90,
        recording_open=True, groups_first=False, time_national=120, time_group=240, time_observer=60, time_reply=400,
        time_second_reply=200, place={"en": "Hall A"}, screens="several",
    )  # fmt: skip
    Item.objects.filter(pk=cast.item.pk).update(list_state="closed")
    cast.summit.delegations.filter(code="KE").update(flag="ke")
    set_hall(pk, **by, rows=9, blocks=[4, 5], places=2, begins="right")
    name_group(pk, **by, code="G77", names=G77, members=["KE", "CL"])
    until = datetime(2026, 11, 1, 18, tzinfo=UTC)
    decisions.set_rules(pk, **by, nominate_until=until, hall_quota=5, remote_quota=7)
    set_quota(pk, **by, category="observer", hall=2, remote=3)
    set_quota(pk, **by, delegation_id=cast.kenya.pk, hall=40, remote=4)
    decisions.set_hall_places(cast.meeting.pk, 3, **by)
    decisions.set_hall_places(cast.meeting.pk, 9, **by, delegation_id=cast.kenya.pk)
    set_period(pk, "chat", 14, **by)
    set_period(pk, "photos", 7, **by)
    work_out_order(cast.summit)
    cast.summit.refresh_from_db()
    return cast


def found(source: Cast, organiser: Person, *, with_delegations: bool = True, **change: Any) -> Summit:
    return found_after(
        source.summit.pk, by=organiser, now=LATER, with_delegations=with_delegations, **(NEXT | change)
    )  # fmt: skip


def path_to_summit(model: type[Model]) -> str:
    """The shortest way of foreign keys to the summit: "group__summit"."""
    ways = deque([(model, "")])
    while ways:
        at, path = ways.popleft()
        for field in at._meta.concrete_fields:
            if isinstance(field, ForeignKey) and field.related_model is not at:
                way = f"{path}__{field.name}" if path else field.name
                if field.related_model is Summit:
                    return way
                if way.count("__") < 4:
                    ways.append((field.related_model, way))
    raise AssertionError(f"{model} has no way to a summit")


def rows_of(model: type[Model], summit: Summit) -> QuerySet[Any]:
    return model._default_manager.filter(**{"pk" if model is Summit else path_to_summit(model): summit.pk})


def test_every_table_is_taken_or_left_behind() -> None:
    labels = {model._meta.label for name in ("summit", "rooms") for model in apps.get_app_config(name).get_models()}
    assert not TAKEN & LEFT
    assert labels == TAKEN | LEFT, "a new table: is it of a summit's making, or about somebody?"


@pytest.mark.parametrize("label", sorted(TAKEN))
def test_each_field_of_what_is_taken_is_the_same(source: Cast, organiser: Person, label: str) -> None:
    model = apps.get_model(label)
    summit = found(source, organiser)
    names = [
        field.name
        for field in model._meta.concrete_fields
        if not field.primary_key and not isinstance(field, ForeignKey) and field.name not in LEFT_FIELDS.get(label, ())
    ]

    def told(of: Summit) -> list[str]:
        rows = rows_of(model, of)
        if label == "summit.Delegation":  # the secretariat is founded, not taken
            rows = rows.exclude(category="secretariat")
        return sorted(str([getattr(row, name) for name in names]) for row in rows)

    assert rows_of(model, source.summit).exists() and told(summit) == told(source.summit)
    for field in model._meta.concrete_fields:
        if field.name in names and field.has_default():
            values = {str(getattr(row, field.name)) for row in rows_of(model, source.summit)}
            assert values != {str(field.get_default())}, f"give {label}.{field.name} another value in `source`"


def test_nobody_comes_along(source: Cast, organiser: Person) -> None:
    summit = found(source, organiser)
    assert [row.person for row in summit.accreditations.all()] == [organiser]
    assert [row.person for row in Membership.objects.filter(delegation__summit=summit)] == [organiser]
    assert [row.person for row in summit.staff_tasks.all()] == [organiser]
    own = {"summit.Accreditation", "summit.Membership", "summit.StaffTask", "summit.Entry", "summit.Head"}
    for label in sorted(LEFT - own - {"summit.User", "summit.Person", "summit.Reader", "rooms.Block", "summit.Outbox"}):
        assert not rows_of(apps.get_model(label), summit).exists(), label
    assert (summit.meetings.get().screens, {item.list_state for item in summit.items.all()}) == ("one", {"open"})


def test_whoever_belongs_to_a_group_now_belongs_to_it_from_now_on(source: Cast, organiser: Person) -> None:
    change_group(Group.objects.get().pk, by=organiser, now=NOW, names=G77, members=["KE"])
    summit = found(source, organiser)
    (group,) = summit.groups.all()
    assert members_of(group, LATER) == ["KE"] and members_of(group, NOW) == []
    assert GroupMembership.objects.get(group=group).delegation.summit == summit


def test_without_the_delegations_groups_are_empty_and_only_their_numbers_stay_behind(
    source: Cast, organiser: Person
) -> None:
    summit = found(source, organiser, with_delegations=False)
    assert [(row.code, members_of(row, LATER)) for row in summit.groups.all()] == [("G77", [])]
    assert [(row.category, row.delegation) for row in summit.quotas.all()] == [("observer", None)]
    halls = HallPlaces.objects.filter(meeting__summit=summit).values_list("each", "delegation__code")
    assert list(halls) == [(3, None)]
    full = HallPlaces.objects.filter(meeting__summit=found(source, organiser, slug="another"))
    assert sorted(full.values_list("each", "delegation__code")) == [(3, None), (9, "KE")]


@pytest.mark.parametrize(
    ("opens_on", "zone", "until"),
    [
        (date(2027, 11, 27), "Europe/Berlin", datetime(2027, 11, 5, 20, tzinfo=UTC)),  # 21:00 where it meets
        (date(2027, 7, 27), "Europe/Berlin", datetime(2027, 7, 5, 19, tzinfo=UTC)),  # in summer time
        (date(2027, 11, 27), "Africa/Nairobi", datetime(2027, 11, 5, 18, tzinfo=UTC)),
    ],
)
def test_the_deadline_moves_with_the_first_day_and_keeps_its_wall_time(
    source: Cast, organiser: Person, opens_on: date, zone: str, until: datetime
) -> None:
    opened = source.summit.opens_on
    assert (opened, source.summit.zone) == (date(2026, 11, 23), "Africa/Nairobi")  # 1 November, 21:00 there
    summit = found(source, organiser, opens_on=opens_on, closes_on=opens_on + timedelta(days=3), zone=zone)
    assert Rules.objects.get(summit=summit).nominate_until == until


def test_a_deadline_that_would_have_passed_is_none(source: Cast, organiser: Person) -> None:
    soon = LATER.date() + timedelta(days=5)
    summit = found(source, organiser, opens_on=soon, closes_on=soon + timedelta(days=3))
    row = Rules.objects.get(summit=summit)
    assert (row.nominate_until, row.hall_quota, row.remote_quota) == (None, 5, 7)


def test_all_of_it_stands_in_the_new_journal_and_the_old_one_is_left_alone(source: Cast, organiser: Person) -> None:
    before = Entry.objects.filter(summit=source.summit).count()
    summit = found(source, organiser)
    told = list(Entry.objects.filter(summit=summit).order_by("seq").values_list("kind", flat=True))
    assert told == [
        "summit.founded", "delegations.seated", "item.added", "item.added", "meeting.planned", "hall.planned",
        "group.named", "accreditation.rules_set", "accreditation.quota_set", "accreditation.quota_set",
        "hall.places_set", "hall.places_set", "retention.set", "retention.set",
    ]  # fmt: skip
    assert Entry.objects.filter(summit=source.summit).count() == before
    assert days_of(summit) == days_of(source.summit) and not list(faults(summit.pk))


def test_a_summit_where_nothing_was_set_gives_nothing(cast: Cast, organiser: Person) -> None:
    summit = found(cast, organiser)
    for model in (Group, Rules, Quota, HallPlaces, Period):
        assert not rows_of(model, summit).exists()


def test_only_of_a_summit_one_organises(source: Cast, refused: Any) -> None:
    other = make_cast("other", at="other.example")
    olga = make_organiser(other.summit, "Olga Other")
    with refused("blueprint.unknown"):
        found(source, olga)
    assert Summit.objects.count() == 2


def test_the_founding_page_says_what_comes_along_and_brings_it(source: Cast, organiser: Person, client: Client) -> None:
    client.force_login(organiser.account)
    page = client.get("/admin/summit/summit/add/").content.decode()
    assert "From an earlier summit also come the hall" in page and "People, credentials, papers and everything" in page
    assert "Each belongs to the groups it belongs to there now" in page
    data = {
        "slug": "next", "names_en_short": "Next", "zone": "Africa/Nairobi", "languages": ["en"],
        "protocol_language": "en", "opens_on": "2027-11-22", "closes_on": "2027-11-26",
        "beginning": str(source.summit.pk), "with_delegations": "on",
    }  # fmt: skip
    assert client.post("/admin/summit/summit/add/", data).status_code == 302
    summit = Summit.objects.get(slug="next")
    assert (summit.tables, summit.groups.count(), summit.quotas.count(), summit.periods.count()) == (12, 1, 2, 2)
