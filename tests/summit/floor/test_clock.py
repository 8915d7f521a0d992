from datetime import UTC, datetime, timedelta

import pytest

from summit.floor import clock

NINE = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("finished", "running_for", "expected"),
    [(0, None, 0), (40.5, None, 40.5), (0, 30, 30), (40.5, 30, 70.5), (40, -5, 40)],
)
def test_time_used(finished, running_for, expected):
    since = None if running_for is None else NINE - timedelta(seconds=running_for)
    assert clock.used(finished, since, NINE) == expected


def test_a_change_to_summer_time_is_no_hour_of_speech():
    paris = datetime.fromisoformat("2026-03-29T01:59:30+01:00")
    assert clock.used(0, paris, datetime.fromisoformat("2026-03-29T03:00:10+02:00")) == 40


@pytest.mark.parametrize(("granted", "used", "expected"), [(180, 60, 120), (180, 200, -20), (0, 500, None)])
def test_time_left(granted, used, expected):
    assert clock.left(granted, used) == expected


@pytest.mark.parametrize(
    ("left", "waiting", "expected"),
    [
        (None, [], {}),
        (None, [(1, 180), (2, 300), (3, 180)], {1: 0, 2: 180, 3: 480}),
        (65.4, [(1, 180), (2, 180)], {1: 65, 2: 245}),
        (-20, [(1, 180)], {1: 0}),  # over time: may begin any moment
        (None, [(1, 0), (2, 60)], {1: 0, 2: clock.ASSUMED}),
    ],
)
def test_when_each_may_begin(left, waiting, expected):
    assert clock.forecast(left, waiting) == expected


@pytest.mark.parametrize(
    ("register", "capacity", "replies", "expected"),
    [
        ("list", "national", 0, 180),
        ("list", "group", 0, 300),
        ("list", "observer", 0, 120),
        ("list", "chair", 0, 0),
        ("order", "national", 0, 0),
        ("reply", "national", 0, 600),
        ("reply", "observer", 1, 300),
    ],
)
def test_time_granted(register, capacity, replies, expected):
    times = {"national": 180, "group": 300, "observer": 120, "reply": 600, "second_reply": 300}
    assert clock.granted(register, capacity, replies=replies, **times) == expected
