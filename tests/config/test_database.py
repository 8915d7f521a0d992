"""The test database itself: a test that commits leaves nothing behind, although the journal refuses to be emptied."""

import threading

import pytest
from django.contrib.auth import get_user_model
from django.db import connection


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_a_committed_row_is_gone_in_the_next_test(turn: int) -> None:
    users = get_user_model().objects
    assert users.count() == 0
    users.create(email="amina@example.org")
    seen: list[int] = []

    def look() -> None:
        seen.append(users.count())
        connection.close()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [1]


def test_valkey_answers_and_is_empty(valkey) -> None:
    assert valkey.info("server")["server_name"] == "valkey"
    assert valkey.dbsize() == 0
