from datetime import timedelta

import pytest

from summit.agenda import queries
from summit.credentials import actions, transitions
from summit.delegations.actions import appoint, change_delegation, end_membership
from summit.errors import Refused
from summit.models import Accreditation, Entry, Membership
from summit.people.queries import organises
from summit.record.queries import faults
from summit.rights import Right
from tests.cast import NOW, accredit, give_task, make_cast, person


def journal(cast):
    return list(Entry.objects.filter(summit=cast.summit).order_by("seq").values_list("kind", flat=True))


def test_a_person_is_nominated_approved_badged_and_withdrawn_and_the_journal_says_by_whom(cast, organiser):
    guest = person("Gita Guest")
    row = actions.nominate(cast.summit.pk, guest.pk, by=organiser, now=NOW)
    actions.approve(row.pk, by=organiser, now=NOW)
    actions.badge(row.pk, by=organiser, now=NOW)
    actions.withdraw_accreditation(row.pk, by=organiser, now=NOW)
    assert journal(cast) == [f"accreditation.{s}" for s in ("nominated", "approved", "badged", "withdrawn")]
    entry = Entry.objects.last()
    assert entry.body["actor"]["names"]["en"]["short"] == "Otto Brandt"
    assert entry.body["actor"]["delegation"]["code"] == "SEC"
    assert entry.body["subject"]["names"]["en"]["short"] == "Gita Guest"
    assert entry.audience == "officers"
    assert list(faults(cast.summit.pk)) == []


def test_a_step_that_does_not_follow_is_refused_and_changes_nothing(cast, organiser):
    row = Accreditation.objects.get(person=cast.amina)
    with pytest.raises(Refused) as refused:
        actions.approve(row.pk, by=organiser, now=NOW)
    assert refused.value.code == "accreditation.step"
    row.refresh_from_db()
    assert row.state == "badged" and journal(cast) == []


@pytest.mark.parametrize("who", ["amina", "bruno", "chen", "dana", "eve"])
def test_nobody_but_an_organiser_changes_accreditation_or_credentials(cast, who):
    by = getattr(cast, who)
    row = Accreditation.objects.get(person=cast.amina)
    acts = [
        lambda: actions.withdraw_accreditation(row.pk, by=by, now=NOW),
        lambda: actions.nominate(cast.summit.pk, cast.eve.pk, by=by, now=NOW),
        lambda: actions.move_credentials(cast.kenya.pk, "withdrawn", by=by, now=NOW),
        lambda: actions.propose_suspension(cast.kenya.pk, "x", by=by, now=NOW),
    ]
    for act in acts:
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == "organiser.required"
    assert journal(cast) == []


def test_the_organiser_of_another_summit_is_a_stranger_here(cast, organiser):
    other = make_cast("other", at="other.org")
    row = Accreditation.objects.get(summit=other.summit, person=other.amina)
    with pytest.raises(Refused) as refused:
        actions.withdraw_accreditation(row.pk, by=organiser, now=NOW)
    assert refused.value.code == "organiser.required"


def test_an_organiser_whose_accreditation_or_seat_ended_organises_no_more(cast, organiser):
    row = Accreditation.objects.get(person=cast.amina)
    Membership.objects.filter(person=organiser).update(ends=NOW)
    with pytest.raises(Refused):
        actions.withdraw_accreditation(row.pk, by=organiser, now=NOW)
    Membership.objects.filter(person=organiser).update(ends=NOW + timedelta(days=1))
    Accreditation.objects.filter(person=organiser).update(state="withdrawn")
    with pytest.raises(Refused):
        actions.withdraw_accreditation(row.pk, by=organiser, now=NOW)


def test_organisers_cannot_lock_themselves_out(cast, organiser):
    row = Accreditation.objects.get(person=organiser)
    with pytest.raises(Refused) as refused:
        actions.withdraw_accreditation(row.pk, by=organiser, now=NOW)
    assert refused.value.code == "accreditation.own"


def test_credentials_move_only_along_the_table(cast, organiser):
    every = transitions.CREDENTIALS
    assert set(every) == {to for steps in every.values() for to in steps} | {"none"}
    for state, allowed in every.items():
        for to in every:
            cast.kenya.credentials.state = state
            cast.kenya.credentials.save()
            if to in allowed:
                assert actions.move_credentials(cast.kenya.pk, to, by=organiser, now=NOW).state == to
            else:
                with pytest.raises(Refused) as refused:
                    actions.move_credentials(cast.kenya.pk, to, by=organiser, now=NOW)
                assert refused.value.code == "credentials.step"
    with pytest.raises(Refused) as refused:
        actions.move_credentials(cast.secretariat.pk, "received", by=organiser, now=NOW)
    assert refused.value.code == "credentials.category"


def test_withdrawn_credentials_reach_open_rooms_after_the_commit(cast, organiser, rings):
    actions.move_credentials(cast.kenya.pk, "withdrawn", by=organiser, now=NOW, reason="recalled")
    assert rings() == [{"type": "live.standing", "persons": [cast.amina.pk]}]
    assert queries.meeting_rights(cast.amina, cast.meeting, NOW) == frozenset()
    body = Entry.objects.last().body
    assert (body["was"], body["reason"], body["delegation"]["code"]) == ("accepted", "recalled", "KE")


def test_closed_meetings_are_not_told(cast, organiser, rings):
    cast.meeting.state = "closed"
    cast.meeting.save()
    actions.move_credentials(cast.kenya.pk, "withdrawn", by=organiser, now=NOW)
    assert rings() == []


def test_suspending_a_delegation_takes_two_persons(cast, organiser, second_organiser, rings):
    row = actions.propose_suspension(cast.kenya.pk, "Decision 4/1", by=organiser, now=NOW)
    assert Right.VOTE in queries.meeting_rights(cast.amina, cast.meeting, NOW)
    with pytest.raises(Refused) as refused:
        actions.confirm_suspension(row.pk, by=organiser, now=NOW)
    assert refused.value.code == "suspension.same_person"
    with pytest.raises(Refused) as refused:
        actions.propose_suspension(cast.kenya.pk, "again", by=second_organiser, now=NOW)
    assert refused.value.code == "suspension.pending"
    assert rings() == []
    actions.confirm_suspension(row.pk, by=second_organiser, now=NOW)
    assert queries.meeting_rights(cast.amina, cast.meeting, NOW) == frozenset()
    actions.lift_suspension(row.pk, by=organiser, now=NOW)
    assert Right.VOTE in queries.meeting_rights(cast.amina, cast.meeting, NOW)
    assert journal(cast) == [
        "delegation.suspension_proposed", "delegation.suspended", "delegation.suspension_lifted",
    ]  # fmt: skip
    assert len(rings()) == 2


def test_a_suspension_needs_a_reason(cast, organiser):
    with pytest.raises(Refused) as refused:
        actions.propose_suspension(cast.kenya.pk, "  ", by=organiser, now=NOW)
    assert refused.value.code == "suspension.reason"


def test_the_accreditation_desk_neither_withdraws_nor_unseats_an_organiser(cast, organiser, second_organiser):
    desk = person("Omar Diallo")
    accredit(desk, cast.summit)
    give_task(cast.summit, desk, "accreditation")
    seat = Membership.objects.get(person=organiser)
    acts = [
        lambda by: actions.withdraw_accreditation(organiser.accreditations.get().pk, by=by, now=NOW),
        lambda by: end_membership(seat.pk, by=by, now=NOW),
        lambda by: appoint(seat.delegation_id, organiser.pk, by=by, now=NOW, function="adviser", ends=NOW),
    ]
    for act in acts:
        with pytest.raises(Refused, match=r"organiser\.required"):
            act(desk)
    assert journal(cast) == []
    end_membership(seat.pk, by=second_organiser, now=NOW)


def test_an_organiser_ends_neither_their_own_seat_nor_the_secretariat(cast, organiser):
    with pytest.raises(Refused, match=r"membership\.own"):
        end_membership(Membership.objects.get(person=organiser).pk, by=organiser, now=NOW)
    names = cast.secretariat.names
    with pytest.raises(Refused, match=r"delegation\.own"):
        change_delegation(cast.secretariat.pk, by=organiser, now=NOW, category="member", names=names)
    assert organises(organiser, cast.summit, NOW) and journal(cast) == []


def test_whoever_sits_with_a_delegation_decides_nothing_of_its_suspension(cast, organiser, second_organiser):
    row = actions.propose_suspension(cast.kenya.pk, "Decision 4/1", by=organiser, now=NOW)
    Membership.objects.create(person=second_organiser, delegation=cast.kenya, function="adviser")
    for act in (actions.confirm_suspension, actions.lift_suspension):
        with pytest.raises(Refused, match=r"suspension\.own"):
            act(row.pk, by=second_organiser, now=NOW)


def test_a_reason_is_a_text_of_bounded_length(cast, organiser):
    for reason, code in (("x" * 1001, "text.long"), ("a\u202eb", "text.control")):
        with pytest.raises(Refused, match=code):
            actions.move_credentials(cast.kenya.pk, "challenged", by=organiser, now=NOW, reason=reason)
    assert journal(cast) == []
