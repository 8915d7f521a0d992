import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from summit.delegations import actions
from summit.delegations.order import RANK, Seated, places
from summit.delegations.queries import in_protocol_order
from summit.errors import Refused
from summit.models import Entry, Membership
from tests.cast import NOW, make_cast, person


def seat(cast, by, code, name, category="member", **more):
    names = {"en": {"short": name}} | more
    return actions.create_delegation(cast.summit.pk, by=by, now=NOW, code=code, category=category, names=names)


def order(cast, language=None):
    return [row.code for row in in_protocol_order(cast.summit, language)]


def test_protocol_order_follows_the_collator_of_each_language_not_code_points(cast, organiser):
    for code, name, french in (
        ("CY", "Cyprus", "Chypre"), ("CI", "Côte d’Ivoire", "Côte d’Ivoire"), ("CR", "Costa Rica", "Costa Rica"),
        ("CU", "Cuba", "Cuba"), ("DE", "Germany", "Allemagne"), ("AX", "Åland", "Åland"),
    ):  # fmt: skip
        seat(cast, organiser, code, name, fr={"short": french})
    assert order(cast)[:8] == ["AX", "CL", "CR", "CI", "CU", "CY", "DE", "KE"]
    assert order(cast, "fr")[:8] == ["AX", "DE", "CL", "CY", "CR", "CI", "CU", "KE"]
    assert order(cast)[-2:] == ["VA", "SEC"]  # members, then observers, then the secretariat


def test_chinese_order_is_the_one_stored_and_newcomers_stand_at_its_end(cast, organiser):
    seat(cast, organiser, "FR", "France")
    actions.store_order(cast.summit.pk, ["KE", "FR", "CL", "VA", "SEC"], by=organiser, now=NOW)
    assert order(cast, "zh") == ["KE", "FR", "CL", "VA", "SEC"]
    seat(cast, organiser, "AT", "Austria")
    assert order(cast, "zh") == ["KE", "FR", "CL", "AT", "VA", "SEC"]
    with pytest.raises(Refused) as refused:
        actions.store_order(cast.summit.pk, ["KE", "KE", "CL", "AT", "VA", "SEC"], by=organiser, now=NOW)
    assert refused.value.code == "order.incomplete"


@given(st.lists(st.tuples(st.text(max_size=8), st.sampled_from(sorted(RANK))), max_size=12))
def test_every_order_numbers_everybody_once(rows):
    seated = [Seated(n, category, {"en": {"short": name}}, {}) for n, (name, category) in enumerate(rows)]
    found = places(seated, settings.CONTENT_LANGUAGES)
    for language in settings.CONTENT_LANGUAGES:
        assert sorted(row[language] for row in found.values()) == list(range(1, len(rows) + 1))


def test_a_renamed_state_keeps_its_old_name_in_the_journal(cast, organiser):
    names = {"en": {"short": "Kenya Renamed", "formal": "the Republic of Kenya Renamed"}}
    actions.change_delegation(cast.kenya.pk, by=organiser, now=NOW, category="member", names=names, flag="ke")
    entry = Entry.objects.get()
    assert (entry.kind, entry.audience) == ("delegation.changed", "meeting")
    assert entry.body["was"]["names"]["en"]["short"] == "Kenya"
    assert entry.body["delegation"]["names"]["en"]["short"] == "Kenya Renamed"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"code": "ke"}, "delegation.code"),
        ({"code": "TOO-LONG-A-CODE"}, "delegation.code"),
        ({"code": "KE"}, "delegation.twice"),
        ({"category": "kingdom"}, "delegation.category"),
        ({"flag": "../../x"}, "delegation.flag"),
        ({"names": {}}, "name.empty"),
        ({"names": {"en": {"short": "  "}}}, "name.empty"),
        ({"names": {"tlh": {"short": "Qo'noS"}}}, "name.language"),
        ({"names": {"en": {"short": "x" * 301}}}, "name.long"),
        ({"names": {"en": {"short": "Ken\u202eya"}}}, "name.control"),
        ({"names": {"en": {"short": "<b>Kenya</b>"}}}, "name.markup"),
    ],
)
def test_what_cannot_be_seated(cast, organiser, values, code):
    plan = {"code": "XX", "category": "member", "names": {"en": {"short": "X"}}, "flag": ""} | values
    with pytest.raises(Refused) as refused:
        actions.create_delegation(cast.summit.pk, by=organiser, now=NOW, **plan)
    assert refused.value.code == code
    assert not Entry.objects.exists()


def test_names_are_kept_as_approved_in_composed_form_and_never_change_case(cast, organiser):
    made = seat(cast, organiser, "TR", " Tu\u0308rkiye ")
    assert made.names["en"]["short"] == "Türkiye"


def test_appointing_and_ending_reach_open_rooms(cast, organiser, rings):
    row = actions.appoint(cast.chile.pk, cast.bruno.pk, by=organiser, now=NOW, function="alternate")
    actions.end_membership(row.pk, by=organiser, now=NOW)
    assert rings() == [{"type": "live.standing", "persons": [cast.bruno.pk]}] * 2
    assert list(Entry.objects.order_by("seq").values_list("kind", flat=True)) == ["member.appointed", "member.ended"]
    with pytest.raises(Refused) as refused:
        actions.end_membership(row.pk, by=organiser, now=NOW)
    assert refused.value.code == "membership.ended"


def test_appointing_again_changes_the_seat_and_never_doubles_it(cast, organiser):
    actions.appoint(cast.kenya.pk, cast.amina.pk, by=organiser, now=NOW, function="deputy")
    assert Membership.objects.get(person=cast.amina).function == "deputy"


def test_who_may_appoint_whom(cast, organiser):
    other = make_cast("other", at="other.org")
    cases = [
        (cast.kenya, person("Not Nominated"), organiser, "membership.accreditation"),
        (other.kenya, cast.amina, organiser, "organiser.required"),
        (cast.kenya, cast.chen, cast.dana, "organiser.required"),
        (cast.kenya, cast.chen, cast.eve, "organiser.required"),
    ]
    for home, who, by, code in cases:
        with pytest.raises(Refused) as refused:
            actions.appoint(home.pk, who.pk, by=by, now=NOW, function="adviser")
        assert refused.value.code == code


def test_open_rooms_hear_of_a_delegation_that_is_seated_or_renamed_though_nobody_sits_with_it(cast, organiser, rings):
    names = {"en": {"short": "Peru"}}
    made = actions.create_delegation(
        cast.summit.pk, by=organiser, now=NOW, code="PE", category="member", names=names
    )  # fmt: skip
    assert rings() == [{"type": "live.standing", "persons": []}]
    actions.change_delegation(made.pk, by=organiser, now=NOW, category="member", names={"en": {"short": "Perú"}})
    assert len(rings()) == 2
