from __future__ import annotations

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError

from summit.models import Summit
from summit.summits import production


def test_a_production_does_not_start_on_the_data_of_a_demo(cast, settings):
    def found():
        return [fault.id for fault in production.check(databases=["default"])]

    settings.DEMO = False
    assert found() == []  # a summit of its own
    Summit.objects.update(demo=True)
    assert found() == ["summit.E002"]
    with pytest.raises(SystemCheckError, match="holds the demo summit “test”"):
        call_command("migrate", skip_checks=False, verbosity=0)  # with which every start begins
    settings.DEMO = True
    assert found() == []
