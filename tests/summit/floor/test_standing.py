"""What happens elsewhere to a right takes effect on the floor at once."""

from datetime import timedelta

from summit.credentials import actions as credentials
from summit.floor import actions
from summit.models import Accreditation, Turn
from tests.cast import NOW, last, make_organiser


def test_withdrawing_credentials_or_accreditation_ends_the_speech_once_it_is_committed(opened, heard):
    otto = make_organiser(opened.summit)
    for who, withdraw in (
        (opened.amina, lambda: credentials.move_credentials(opened.kenya.pk, "withdrawn", by=otto, now=NOW)),
        (
            opened.lucia,
            lambda: credentials.withdraw_accreditation(
                Accreditation.objects.get(person=opened.lucia).pk, by=otto, now=NOW
            ),
        ),
    ):
        turn = actions.raise_hand(opened.meeting.pk, by=who, now=NOW)
        actions.give_floor(opened.meeting.pk, turn.pk, by=opened.bruno, now=NOW + timedelta(seconds=turn.pk))
        heard()
        withdraw()
        topics = [topic for topic, _ in heard()]
        assert "live.standing" in topics and topics.index("live.standing") < topics.index("floor")
        assert Turn.objects.get(pk=turn.pk).state == "ended"
        assert (last(opened.meeting).kind, last(opened.meeting).body["why"]) == ("floor.ended", "not_entitled")
