"""Settings that would be unsafe stop the start with one sentence."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.product import ROOT, operators_environment

KEY = "a-real-key-of-an-operator-0123456789-0123456789"


def check(var: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", "check"]
    whole = operators_environment(var, **environment)
    return subprocess.run(command, cwd=ROOT, env=whole, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"PARLEY_DEMO": "0"}, "set PARLEY_SECRET_KEY"),
        ({"PARLEY_DEMO": "0", "PARLEY_SECRET_KEY": "demo-only-not-a-secret"}, "at least 32 random characters"),
        ({"PARLEY_DEMO": "0", "PARLEY_SECRET_KEY": "short"}, "at least 32 random characters"),
        ({"PARLEY_SECRET_KEY": KEY, "PARLEY_DEBUG": "1"}, "PARLEY_DEBUG shows internals to everyone"),
        (
            {"PARLEY_SECRET_KEY": KEY, "PARLEY_TRUSTED_PROXIES": "one"},
            "PARLEY_TRUSTED_PROXIES is 'one'; use a whole number.",
        ),
        ({"PARLEY_DEMO": "perhaps"}, "PARLEY_SECRET_KEY"),
        ({"PARLEY_SECRET_KEY_FILE": "/nowhere/key"}, "PARLEY_SECRET_KEY_FILE names /nowhere/key, which cannot be read"),
        ({"PARLEY_SECRET_KEY": KEY, "DATABASE_URL": "mysql://db/parley"}, "DATABASE_URL must begin with postgres://"),
        ({"PARLEY_SECRET_KEY": KEY, "PARLEY_OIDC": "unog"}, "PARLEY_OIDC_UNOG_ISSUER is not set"),
    ],
)
def test_a_setting_that_cannot_be_meant_is_refused(tmp_path: Path, environment: dict[str, str], sentence: str) -> None:
    refused = check(tmp_path, **environment)
    assert refused.returncode == 2
    assert sentence in refused.stderr and "Traceback" not in refused.stderr


def test_a_key_makes_it_production_and_no_key_a_demo(tmp_path: Path) -> None:
    program = "from django.conf import settings; print('demo', settings.DEMO)"
    for environment, said in (({"PARLEY_SECRET_KEY": KEY}, "demo False"), ({}, "demo True")):
        command = [sys.executable, "manage.py", "shell", "--no-imports", "-c", program]
        whole = operators_environment(tmp_path, **environment)
        shown = subprocess.run(command, cwd=ROOT, env=whole, capture_output=True, text=True, timeout=60, check=False)
        assert said in shown.stdout, shown.stderr
