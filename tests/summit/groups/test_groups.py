from datetime import timedelta

from django.urls import reverse

from rooms.queries import directory_state
from summit.chair import actions as chair
from summit.floor import hands
from summit.floor.actions import end_floor, give_floor
from summit.floor.topics import floor_state
from summit.groups import actions
from summit.groups.queries import groups_of, members_of
from summit.minutes.queries import draft
from summit.models import Entry, Group, Meeting, Minutes
from tests.cast import NOW

G77 = {"en": {"short": "Group of 77 and China"}, "fr": {"short": "Groupe des 77 et la Chine"}}
LATER = NOW + timedelta(hours=1)


def named(cast, *members, code="G77", names=G77):
    return actions.name_group(cast.summit.pk, by=None, now=NOW, code=code, names=names, members=members)


def test_members_come_and_go_and_who_belonged_stays_known(cast):
    group = named(cast, "KE", "CL")
    actions.change_group(group.pk, by=None, now=LATER, names=G77, members=["KE"])
    assert members_of(group, NOW) == ["CL", "KE"] and members_of(group, LATER) == ["KE"]
    actions.change_group(group.pk, by=None, now=LATER + timedelta(hours=1), names=G77, members=["CL", "KE"])
    assert group.memberships.filter(delegation=cast.chile).count() == 2
    assert list(groups_of(cast.chile.pk, LATER)) == [] and list(groups_of(cast.chile.pk, NOW)) == [group]
    entry = Entry.objects.filter(kind="group.changed").order_by("seq")[0]
    assert (entry.body["members"], entry.body["was"]["members"]) == (["KE"], ["CL", "KE"])


def test_only_organisers_name_groups_of_seated_delegations(cast, organiser, refused):
    def name(by=organiser, code="G77", members=("KE",)):
        actions.name_group(cast.summit.pk, by=by, now=NOW, code=code, names=G77, members=members)

    with refused("organiser.required"):
        name(by=cast.amina)
    with refused("group.code"):
        name(code="the 77")
    with refused("group.unknown"):
        name(members=["KE", "XX"])
    assert not Group.objects.exists()
    name()
    with refused("group.twice"):
        name()


def test_one_speaks_for_a_group_one_belongs_to_and_is_announced_in_every_language(opened, refused):
    meeting = opened.meeting.pk
    group = named(opened, "KE")
    for who, typed in ((opened.lucia, "G77"), (opened.amina, "Group of 77 and China")):
        with refused("floor.not_in_group"):
            hands.raise_hand(meeting, by=who, now=NOW, capacity="group", on_behalf_of=typed)
    turn = hands.raise_hand(meeting, by=opened.amina, now=NOW, capacity="group", on_behalf_of="G77")
    assert turn.group == group
    said = {"en": "Group of 77 and China", "fr": "Groupe des 77 et la Chine"}
    assert Entry.objects.get(kind="hand.raised").body["on_behalf_of"] == said
    assert floor_state(Meeting.objects.get(pk=meeting), NOW)["list"][0]["on_behalf_of"] == said
    state = directory_state(opened.summit, opened.meeting, NOW)
    assert state["groups"] == {"G77": {"names": G77, "members": [opened.kenya.pk]}}


def test_a_group_comes_first_only_where_the_meeting_has_it_so(opened):
    named(opened, "KE")
    hands.raise_hand(opened.meeting.pk, by=opened.lucia, now=NOW)
    hands.raise_hand(opened.meeting.pk, by=opened.amina, now=LATER, capacity="group", on_behalf_of="G77")

    def first():
        meeting = Meeting.objects.get(pk=opened.meeting.pk)
        return floor_state(meeting, LATER)["list"][0]["delegation"]

    assert first() == opened.kenya.pk
    Meeting.objects.update(groups_first=False)
    assert first() == opened.chile.pk


def test_the_minutes_name_the_group_in_their_own_language(opened):
    named(opened, "KE")
    turn = hands.raise_hand(opened.meeting.pk, by=opened.amina, now=NOW, capacity="group", on_behalf_of="G77")
    give_floor(opened.meeting.pk, turn.pk, by=opened.bruno, now=NOW)
    end_floor(opened.meeting.pk, turn.pk, by=opened.bruno, now=LATER)
    chair.close(opened.meeting.pk, unheard=0, by=opened.bruno, now=LATER)
    minutes = Minutes.objects.get(meeting=opened.meeting)
    for language, wanted in (("en", "Group of 77 and China"), ("fr", "Groupe des 77 et la Chine")):
        told = draft(minutes, language)
        assert wanted in " ".join(p.text for section in told.sections for p in section.paragraphs)


def test_the_admin_takes_a_pasted_column_of_codes(cast, organiser, client):
    client.force_login(organiser.account)
    form = {
        "summit": cast.summit.pk,
        "code": "G77",
        "names_en_short": "Group of 77 and China",
        "members": "ke\r\nCL\r\n",
    }
    page = client.post(reverse("admin:summit_group_add"), form)
    assert page.status_code == 302, page.context["adminform"].form.errors
    group = Group.objects.get()
    assert sorted(group.memberships.values_list("delegation__code", flat=True)) == ["CL", "KE"]
    change = reverse("admin:summit_group_change", args=[group.pk])
    assert "CL, KE" in client.get(change).content.decode()
    page = client.post(change, {"names_en_short": "G77", "members": "KE, XX"})
    assert "No delegation has the code XX" in page.content.decode() and "KE, XX" in page.content.decode()
