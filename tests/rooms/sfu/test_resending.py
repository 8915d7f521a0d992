"""Repairs never fill the line they repair."""

from __future__ import annotations

from rooms.sfu.resending import LEAST, REMEMBERED, SHARE, Resends


def test_the_same_packet_is_sent_again_once_a_round_trip_however_often_it_is_asked_for() -> None:
    resends = Resends()
    sent = 0
    for tick in range(100):  # a second, asked every 10 ms
        if resends.allow(1, 7, is_audio=False, rtt=0.5, now=tick / 100):
            resends.note(1, 7, 1_000, is_audio=False, now=tick / 100)
            sent += 1
    assert sent == 3


def test_pictures_are_repaired_within_a_share_of_the_budget_and_sound_apart_from_them() -> None:
    resends = Resends()
    resends.fill(sound=80_000, pictures=400_000)
    sent = {True: 0, False: 0}
    for number in range(1_000):
        for is_audio, size in ((True, 100), (False, 1_200)):
            if resends.allow(1 + is_audio, number, is_audio=is_audio, rtt=0.05, now=number):
                resends.note(1 + is_audio, number, size, is_audio=is_audio, now=number)
                sent[is_audio] += size
    assert 0 <= sent[False] - SHARE * 400_000 / 8 < 1_200
    assert 0 <= sent[True] - max(LEAST, SHARE * 80_000 / 8) < 100


def test_what_it_remembers_has_an_end() -> None:
    resends = Resends()
    resends.fill(sound=0, pictures=None)
    for number in range(3 * REMEMBERED):
        resends.note(1, number, 1, is_audio=False, now=0.0)
    assert len(resends._sent) == REMEMBERED
