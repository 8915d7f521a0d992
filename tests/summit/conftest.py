"""The cast, for every test of the domain."""

from __future__ import annotations

import pytest

from tests.cast import Cast, make_cast


@pytest.fixture
def cast(db) -> Cast:
    """Amina (head of delegation, Kenya), Bruno (chair), Chen (observer), Dana (secretariat), Eve (not accredited)."""
    return make_cast()
