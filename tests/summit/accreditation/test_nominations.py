from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress

from summit.accreditation import decisions, queries
from summit.accreditation.models import Nomination
from summit.accreditation.nominations import (
    Asked,
    change_nomination,
    name_acting_head,
    nominate_member,
    withdraw_member,
)
from summit.agenda.queries import meeting_rights
from summit.credentials import invitations, letters
from summit.delegations.actions import end_membership
from summit.models import Accreditation, Entry, Invitation, Membership, Office
from summit.record.queries import faults
from summit.rights import Right
from tests.cast import NOW, accredit, give_task, make_cast, person


def asked(name="Wanjiru Kamau", function="adviser", **more):
    return Asked(
        names={"en": {"short": name}}, function=function, email=f"{name.split()[0].lower()}@ke.example", **more
    )


@pytest.fixture
def focal(cast, organiser):
    """Faith types for Kenya; she is accredited and no member."""
    faith = person("Faith Otieno")
    accredit(faith, cast.summit)
    decisions.name_focal_point(cast.kenya.pk, faith.pk, True, by=organiser, now=NOW)
    return faith


def kinds(cast):
    return list(Entry.objects.filter(summit=cast.summit).order_by("seq").values_list("kind", flat=True))


def test_a_focal_point_nominates_the_desk_approves_and_the_member_is_seated_and_invited(cast, organiser, focal):
    row = nominate_member(cast.kenya.pk, asked(title={"en": "Director"}), by=focal, now=NOW)
    someone = row.accreditation.person
    assert meeting_rights(someone, cast.meeting, NOW) == frozenset()
    invitation, token = decisions.approve(row.accreditation_id, by=organiser, now=NOW)
    assert Right.VOTE in meeting_rights(someone, cast.meeting, NOW)
    seat = Membership.objects.get(person=someone)
    assert (seat.function, seat.title, seat.delegation) == ("adviser", {"en": "Director"}, cast.kenya)
    assert invitation.person == someone and token
    assert kinds(cast) == [
        "focal.named", "member.nominated", "accreditation.approved", "member.appointed", "invitation.sent",
    ]  # fmt: skip
    said = Entry.objects.get(kind="member.nominated").body
    assert said["actor"]["names"]["en"]["short"] == "Faith Otieno"
    assert said["subject"]["delegation"]["code"] == "KE"
    assert list(faults(cast.summit.pk)) == []


@pytest.mark.parametrize("who", ["amina", "bruno", "chen", "dana", "eve", "lucia"])
def test_nobody_but_the_focal_point_nominates_and_nobody_but_the_desk_decides(cast, focal, refused, who):
    by = getattr(cast, who)
    row = nominate_member(cast.kenya.pk, asked(), by=focal, now=NOW)
    amina = Accreditation.objects.get(person=cast.amina)
    for act in (
        lambda: nominate_member(cast.kenya.pk, asked("Other One"), by=by, now=NOW),
        lambda: change_nomination(row.pk, asked("Other One"), by=by, now=NOW),
        lambda: withdraw_member(cast.kenya.pk, amina.pk, by=by, now=NOW),
        lambda: name_acting_head(cast.meeting.pk, cast.kenya.pk, cast.amina.pk, by=by, now=NOW),
    ):
        with refused("focal.required"):
            act()
    for decide in (
        lambda: decisions.approve(row.accreditation_id, by=by, now=NOW),
        lambda: decisions.refuse(row.accreditation_id, "No.", by=by, now=NOW),
        lambda: decisions.withdraw(amina.pk, by=by, now=NOW),
        lambda: decisions.set_rules(cast.summit.pk, by=by, now=NOW, nominate_until=None, hall_quota=1, remote_quota=1),
    ):
        with refused("desk.required"):
            decide()
    assert kinds(cast) == ["focal.named", "member.nominated"]


def test_a_focal_point_reaches_no_other_delegation_and_none_once_released_or_withdrawn(cast, organiser, focal, refused):
    with refused("focal.required"):
        nominate_member(cast.chile.pk, asked(), by=focal, now=NOW)
    lucia = Accreditation.objects.get(person=cast.lucia)
    with refused("nomination.not_ours"):
        withdraw_member(cast.kenya.pk, lucia.pk, by=focal, now=NOW)
    Accreditation.objects.filter(person=focal).update(state="withdrawn")
    with refused("focal.required"):
        nominate_member(cast.kenya.pk, asked(), by=focal, now=NOW)
    Accreditation.objects.filter(person=focal).update(state="approved")
    decisions.name_focal_point(cast.kenya.pk, focal.pk, False, by=organiser, now=NOW)
    with refused("focal.required"):
        nominate_member(cast.kenya.pk, asked(), by=focal, now=NOW)


def test_a_delegation_has_one_head_at_a_time(cast, organiser, focal, refused):
    with refused("nomination.head"):
        nominate_member(cast.kenya.pk, asked(function="head"), by=focal, now=NOW)
    seat = Membership.objects.get(person=cast.amina)
    row = nominate_member(cast.kenya.pk, asked(), by=focal, now=NOW, replaces=seat.pk)
    assert row.function == "head"
    decisions.approve(row.accreditation_id, by=organiser, now=NOW)
    assert queries.heads_of(cast.kenya, NOW) == {row.accreditation.person_id}


def test_after_the_deadline_one_can_only_ask_to_replace(cast, organiser, focal, refused):
    early = nominate_member(cast.kenya.pk, asked(), by=focal, now=NOW)
    decisions.set_rules(cast.summit.pk, by=organiser, now=NOW, nominate_until=NOW, hall_quota=None, remote_quota=None)
    with refused("nomination.deadline"):
        nominate_member(cast.kenya.pk, asked("Late One"), by=focal, now=NOW)
    with refused("nomination.deadline"):
        change_nomination(early.pk, asked("Changed Name"), by=focal, now=NOW)
    seat = Membership.objects.get(person=cast.amina)
    row = nominate_member(cast.kenya.pk, asked("Late One"), by=focal, now=NOW, replaces=seat.pk)
    assert change_nomination(row.pk, asked("Later One"), by=focal, now=NOW).accreditation.person.names["en"] == {
        "short": "Later One"
    }
    with refused("nomination.replaced_already"):
        nominate_member(cast.kenya.pk, asked("Third One"), by=focal, now=NOW, replaces=seat.pk)


def test_a_substitution_takes_one_approval_and_open_rooms_hear_of_both_at_once(cast, organiser, focal, rings):
    seat = Membership.objects.get(person=cast.amina)
    row = nominate_member(cast.kenya.pk, asked(), by=focal, now=NOW, replaces=seat.pk)
    someone = row.accreditation.person
    assert Right.VOTE in meeting_rights(cast.amina, cast.meeting, NOW)
    assert rings() == []
    _invitation, token = decisions.approve(row.accreditation_id, by=organiser, now=NOW)
    assert meeting_rights(cast.amina, cast.meeting, NOW) == frozenset()
    assert Right.VOTE in meeting_rights(someone, cast.meeting, NOW)
    assert Accreditation.objects.get(person=cast.amina).state == "withdrawn"
    assert {pk for ring in rings() for pk in ring["persons"]} == {cast.amina.pk, someone.pk}
    assert token and Invitation.objects.filter(person=someone, consumed_at=None).count() == 1
    said = Entry.objects.get(kind="accreditation.approved").body
    assert said["replaces"]["names"]["en"]["short"] == "Amina Rahal"


def test_whoever_holds_an_office_keeps_their_accreditation_when_their_seat_ends(cast, organiser, focal):
    Office.objects.create(meeting=cast.meeting, person=cast.amina, kind="deputy")
    row = withdraw_member(cast.kenya.pk, Accreditation.objects.get(person=cast.amina).pk, by=focal, now=NOW)
    assert row.state == "badged"
    assert not queries.members_of(cast.kenya, NOW).exists()
    give_task(cast.summit, cast.lucia, "records")
    decisions.name_focal_point(cast.chile.pk, focal.pk, True, by=organiser, now=NOW)
    kept = withdraw_member(cast.chile.pk, Accreditation.objects.get(person=cast.lucia).pk, by=focal, now=NOW)
    assert kept.state == "badged", "of the staff"


def test_a_withdrawn_member_loses_entry_at_once(cast, focal, rings):
    withdraw_member(cast.kenya.pk, Accreditation.objects.get(person=cast.amina).pk, by=focal, now=NOW)
    assert meeting_rights(cast.amina, cast.meeting, NOW) == frozenset()
    assert {pk for ring in rings() for pk in ring["persons"]} == {cast.amina.pk}


def test_the_desk_refuses_with_a_reason_that_the_focal_point_reads(cast, organiser, focal, refused):
    row = nominate_member(cast.kenya.pk, asked(), by=focal, now=NOW)
    with refused("desk.reason"):
        decisions.refuse(row.accreditation_id, "  ", by=organiser, now=NOW)
    decisions.refuse(row.accreditation_id, "The note verbale is missing.", by=organiser, now=NOW)
    shown = next(one for one in queries.people_of(cast.kenya, NOW) if one.nomination)
    assert (shown.is_out, shown.nomination.refusal) == (True, "The note verbale is missing.")
    assert Entry.objects.get(kind="accreditation.refused").body["reason"] == "The note verbale is missing."
    with refused("desk.decided"):
        decisions.refuse(row.accreditation_id, "Again.", by=organiser, now=NOW)
    with refused("nomination.decided"):
        change_nomination(row.pk, asked("Other"), by=focal, now=NOW)


def test_quotas_hold_for_nominations_and_for_approvals_and_a_replacement_needs_no_place(
    cast, organiser, focal, refused
):
    waiting = nominate_member(cast.kenya.pk, asked("Second One"), by=focal, now=NOW)
    decisions.set_rules(cast.summit.pk, by=organiser, now=NOW, nominate_until=None, hall_quota=1, remote_quota=1)
    with refused("quota.hall"):
        nominate_member(cast.kenya.pk, asked("Third One"), by=focal, now=NOW)
    with refused("quota.hall"):
        decisions.approve(waiting.accreditation_id, by=organiser, now=NOW)
    nominate_member(cast.kenya.pk, asked("Remote One", place="remote"), by=focal, now=NOW)
    with refused("quota.remote"):
        nominate_member(cast.kenya.pk, asked("Remote Two", place="remote"), by=focal, now=NOW)
    withdraw_member(cast.kenya.pk, waiting.accreditation_id, by=focal, now=NOW)
    seat = Membership.objects.get(person=cast.amina)
    row = nominate_member(cast.kenya.pk, asked("New Head"), by=focal, now=NOW, replaces=seat.pk)
    decisions.approve(row.accreditation_id, by=organiser, now=NOW)
    assert queries.seats_taken(cast.kenya, NOW)["hall"] == {row.accreditation.person_id}


def test_an_acting_head_is_the_head_in_that_meeting_and_the_journal_says_so(house, refused):
    from summit.chair import actions as chair
    from summit.floor import hands

    faith = person("Faith Otieno")
    accredit(faith, house.summit)
    decisions.name_focal_point(house.kenya.pk, faith.pk, True, by=None, now=NOW)
    deputy = person("Joseph Mwangi")
    accredit(deputy, house.summit)
    with refused("head.member"):
        name_acting_head(house.meeting.pk, house.kenya.pk, deputy.pk, by=faith, now=NOW)
    Membership.objects.create(person=deputy, delegation=house.kenya, function="deputy")
    name_acting_head(house.meeting.pk, house.kenya.pk, deputy.pk, by=faith, now=NOW)
    chair.open_meeting(house.meeting.pk, by=house.bruno, now=NOW)
    chair.take_item(house.meeting.pk, house.item.pk, by=house.bruno, now=NOW)
    hands.raise_hand(house.meeting.pk, by=deputy, now=NOW)
    assert Entry.objects.get(kind="hand.raised").body["actor"]["function"] == "head"
    name_acting_head(house.meeting.pk, house.kenya.pk, None, by=faith, now=NOW)
    assert not house.kenya.acting_heads.exists()


def test_an_address_known_elsewhere_holds_up_the_approval_until_it_is_cleared(cast, organiser, focal, refused):
    known = Asked(names={"en": {"short": "Lucia Soto"}}, function="adviser", email="Lucia@Example.org")
    row = nominate_member(cast.kenya.pk, known, by=focal, now=NOW)
    assert row.accreditation.person != cast.lucia
    with refused("accreditation.duplicate"):
        decisions.approve(row.accreditation_id, by=organiser, now=NOW)


def test_a_double_is_found_also_when_its_other_entry_was_withdrawn_from_last_years_summit(
    cast, organiser, focal, refused
):
    known = person("Wanjiru Kamau", account=False, at="ke.example")
    accredit(known, cast.summit, "approved")
    accredit(known, make_cast("last-year", at="old.example").summit, "withdrawn")
    row = nominate_member(cast.kenya.pk, asked(), by=focal, now=NOW)
    assert row.accreditation.person.email == known.email
    with refused("accreditation.duplicate"):
        decisions.approve(row.accreditation_id, by=organiser, now=NOW)
    Accreditation.objects.filter(person=known).update(state="withdrawn")
    decisions.approve(row.accreditation_id, by=organiser, now=NOW)


@pytest.mark.parametrize(
    ("name", "proven", "may_come"),
    [("Kamau Wanjirú", True, True), ("Grace Kamau", True, False), ("Wanjiru Kamau", False, False)],
    ids=["the same name", "another name", "an address nobody has proven"],
)
def test_who_signs_in_to_another_summit_by_this_name_may_be_approved_here_and_is_one_person_by_the_code(
    cast, organiser, focal, refused, name, proven, may_come
):
    known = person(name)
    known.email = known.account.email = "wanjiru@ke.example"
    known.save()
    known.account.save()
    EmailAddress.objects.create(user=known.account, email=known.email, verified=proven, primary=True)
    accredit(known, make_cast("last-year", at="old.example").summit)
    row = nominate_member(cast.kenya.pk, asked(), by=focal, now=NOW)
    if not may_come:
        with refused("accreditation.duplicate"):
            decisions.approve(row.accreditation_id, by=organiser, now=NOW)
        return
    _, token = decisions.approve(row.accreditation_id, by=organiser, now=NOW)
    row = invitations.send_code(token, now=NOW)
    code = letters.code_of(row, row.codes)
    assert invitations.accept(token, now=NOW, password=None, code=code) == known.account
    assert known.memberships.get().delegation == cast.kenya
    assert set(known.accreditations.values_list("summit__slug", flat=True)) == {"test", "last-year"}


def test_the_list_of_a_delegation_costs_the_same_however_many(cast, focal, django_assert_num_queries):
    for number in (1, 3):
        for index in range(number):
            nominate_member(
                cast.kenya.pk, asked(f"Person{number}{index} X"), by=focal, now=NOW + timedelta(hours=index)
            )
        with django_assert_num_queries(3):
            rows = queries.people_of(cast.kenya, NOW)
            assert [row.function for row in rows] and [row.place for row in rows]
    assert Nomination.objects.count() == 4


def test_a_focal_point_corrects_neither_name_nor_address_of_whom_others_know(cast, organiser, focal, refused):
    row = nominate_member(cast.kenya.pk, asked(), by=focal, now=NOW)
    other = make_cast("other", at="other.org")
    accredit(row.accreditation.person, other.summit)
    taken = Asked(names={"en": {"short": "Wanjiru Kamau"}}, function="adviser", email="mallory@example.org")
    for wrong in (taken, asked("Another Name")):
        with refused("nomination.known"):
            change_nomination(row.pk, wrong, by=focal, now=NOW)
    assert change_nomination(row.pk, asked(place="remote"), by=focal, now=NOW).place == "remote"
    row.accreditation.person.refresh_from_db()
    assert row.accreditation.person.email == "wanjiru@ke.example"


def test_a_seat_that_ended_leaves_its_place_to_somebody_else(cast, organiser, focal):
    decisions.set_rules(cast.summit.pk, by=organiser, now=NOW, nominate_until=None, hall_quota=2, remote_quota=0)
    row = nominate_member(cast.kenya.pk, asked(), by=focal, now=NOW)
    decisions.approve(row.accreditation_id, by=organiser, now=NOW)
    assert len(queries.seats_taken(cast.kenya, NOW)["hall"]) == 2
    end_membership(row.accreditation.person.memberships.get().pk, by=organiser, now=NOW)
    assert queries.seats_taken(cast.kenya, NOW)["hall"] == {cast.amina.pk}
    gone = Accreditation.objects.get(pk=row.accreditation_id)
    assert gone.state == "approved" and not queries.may_send_photo(focal, gone, NOW), "theirs no more"
    assert nominate_member(cast.kenya.pk, asked("Next One"), by=focal, now=NOW)
