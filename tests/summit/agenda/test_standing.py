from datetime import timedelta

from summit.agenda import queries
from summit.models import Accreditation, Membership, Office, Paper, Suspension
from summit.rights import Right
from tests.cast import NOW


def test_a_member_may_ask_and_vote_an_observer_may_not_vote_a_stranger_may_nothing(cast):
    rights = {name: queries.meeting_rights(getattr(cast, name), cast.meeting, NOW) for name in ("amina", "chen", "eve")}
    assert Right.VOTE in rights["amina"] and Right.POINT_OF_ORDER in rights["amina"]
    assert Right.ASK in rights["chen"] and Right.VOTE not in rights["chen"]
    assert rights["eve"] == frozenset()


def test_whoever_presides_does_not_speak_for_a_state(cast):
    rights = queries.meeting_rights(cast.bruno, cast.meeting, NOW)
    assert Right.PRESIDE in rights and Right.ASK not in rights


def test_an_office_and_a_membership_hold_from_their_beginning_to_their_end(cast):
    Office.objects.filter(person=cast.bruno).update(starts=NOW, ends=NOW + timedelta(hours=1))
    Membership.objects.filter(person=cast.amina).update(ends=NOW)
    assert queries.standing_of(cast.bruno, cast.meeting, NOW).offices == {"chair"}
    assert queries.standing_of(cast.bruno, cast.meeting, NOW + timedelta(hours=1)).offices == frozenset()
    assert queries.standing_of(cast.amina, cast.meeting, NOW - timedelta(seconds=1)).posts != ()
    assert queries.standing_of(cast.amina, cast.meeting, NOW).posts == ()


def test_a_suspension_counts_only_once_a_second_person_confirmed_it(cast):
    row = Suspension.objects.create(delegation=cast.kenya, reason="r", proposed_by=cast.bruno, proposed_at=NOW)
    assert Right.ASK in queries.meeting_rights(cast.amina, cast.meeting, NOW)
    row.confirmed_by, row.confirmed_at = cast.dana, NOW
    row.save()
    assert queries.meeting_rights(cast.amina, cast.meeting, NOW) == frozenset()


def test_accreditation_of_another_summit_does_not_open_this_one(cast):
    Accreditation.objects.filter(person=cast.amina).delete()
    assert not queries.standing_of(cast.amina, cast.meeting, NOW).accredited
    assert list(queries.meetings_for(cast.amina)) == []
    assert list(queries.meetings_for(cast.chen)) == [cast.meeting]


def test_standings_of_many_take_as_many_queries_as_of_one(cast, django_assert_num_queries):
    for persons in ([cast.amina.pk], [p.pk for p in (cast.amina, cast.bruno, cast.chen, cast.dana, cast.eve)]):
        with django_assert_num_queries(7):
            assert set(queries.standings_of(persons, cast.meeting, NOW)) == set(persons)


def test_papers_are_seen_by_those_they_are_for(cast):
    for access in Paper.Access.values:
        Paper.objects.create(summit=cast.summit, symbol=access, access=access)

    def seen(person):
        return set(queries.papers_for(person, NOW).values_list("symbol", flat=True))

    assert seen(None) == {"public"} == seen(cast.eve)
    assert seen(cast.amina) == {"public", "participants", "restricted"}
    assert seen(cast.dana) == {"public", "participants", "restricted", "delegation"}  # secretariat
    cast.kenya.credentials.state = "none"
    cast.kenya.credentials.save()
    assert seen(cast.amina) == {"public", "participants"}
