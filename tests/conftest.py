"""What every test may rely on: a real Valkey, and a database that can be put back as it was."""

from __future__ import annotations

import gc
import os
import sqlite3
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
import redis
from django.conf import settings
from django.db import connection
from django.test import TransactionTestCase
from django.utils import translation

from summit.config.supervisor import die_with_parent
from summit.config.up import valkey_command
from tests.kept import GROUND, Kept, way_to

KEEPING = pytest.StashKey[Callable[[Sequence[Kept]], None]]()  # once there is a database


class TellsAtOnce:
    """Prints what fails when it fails: a second try hides the first, and a run that is ended tells nothing at its end."""

    def __init__(self, terminal: pytest.TerminalReporter) -> None:
        self.terminal = terminal

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.outcome not in ("failed", "rerun"):
            return
        self.terminal.ensure_newline()
        self.terminal.write_line(f"{report.outcome.upper()} {report.nodeid} ({report.when}, {report.duration:.0f} s)")
        for entry in getattr(getattr(report.longrepr, "reprtraceback", None), "reprentries", ()):
            where, lines = getattr(entry, "reprfileloc", None), getattr(entry, "lines", ())
            if where and where.path.startswith("tests/"):
                self.terminal.write_line(f"  {where.path}:{where.lineno}: {next(_said(lines, '>'), '')}")
        self.terminal.write_line("\n".join(f"  {line[:160]}" for line in _wrong(report.longreprtext)))


def _said(lines: Sequence[str], mark: str) -> Iterator[str]:
    return (line[1:].strip() for line in lines if line.startswith(mark))


def _wrong(text: str) -> list[str]:
    """What pytest says went wrong, without where."""
    return list(_said(text.splitlines(), "E"))[:6] or text.splitlines()[-5:]


@pytest.hookimpl(trylast=True)  # pytest's own terminal comes first
def pytest_configure(config: pytest.Config) -> None:
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if terminal and not hasattr(config, "workerinput"):
        config.pluginmanager.register(TellsAtOnce(terminal))


@pytest.hookimpl(trylast=True)  # pytest-django puts what commits and what needs no database last
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long ones begin first, so that none goes on alone when all others have ended; then those that begin alike."""
    ways = {item: [f"{one.place}.{one.name}" for one in way_to(item)] for item in items}
    items.sort(key=lambda item: (item.get_closest_marker("long") is None, not ways[item], ways[item]))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    translation.deactivate()  # a request's language stays with its thread
    if keeping := item.config.stash.get(KEEPING, None):
        keeping(way_to(item))


def pytest_collection_finish() -> None:
    """All of Django and thousands of tests stay until the end: nobody has to look through them for garbage."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def valkey() -> Iterator[redis.Redis]:
    """A Valkey of this pytest process on its own socket (`settings.REDIS_URL`)."""
    server = subprocess.Popen(
        valkey_command(Path(os.environ["PARLEY_VAR"])), stdout=subprocess.DEVNULL, preexec_fn=die_with_parent
    )
    client = redis.Redis.from_url(
        settings.REDIS_URL, retry=redis.retry.Retry(redis.backoff.ConstantBackoff(0.02), retries=250)
    )
    client.ping()
    yield client
    client.close()
    server.terminate()
    server.wait(5)


@pytest.fixture(autouse=True)
def empty_valkey(valkey: redis.Redis) -> None:
    """No rate limit, cache entry or queued job of an earlier test."""
    valkey.flushall()


@pytest.fixture(scope="session")
def django_db_setup(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker) -> Iterator[None]:
    """Keeps a copy of the freshly migrated database. The journal's triggers refuse Django's flush, so a test that
    commits (`django_db(transaction=True)`) gets the copy back afterwards instead."""
    with django_db_blocker.unblock():
        put_back = _sqlite_template() if connection.vendor == "sqlite" else _postgres_template()
    original = TransactionTestCase._fixture_teardown
    TransactionTestCase._fixture_teardown = lambda self: put_back()

    def keep(way: Sequence[Kept]) -> None:
        with django_db_blocker.unblock():
            GROUND.stand_on(way)

    request.config.stash[KEEPING] = keep
    yield
    keep(())
    TransactionTestCase._fixture_teardown = original


def _sqlite_template():
    connection.ensure_connection()
    template = sqlite3.connect(":memory:", check_same_thread=False)
    connection.connection.backup(template)

    def put_back() -> None:
        connection.ensure_connection()
        template.backup(connection.connection)  # by SQLite's own locking: open connections of other threads stay valid

    return put_back


def _postgres_template():
    name = connection.settings_dict["NAME"]
    quoted, template = connection.ops.quote_name(name), connection.ops.quote_name(f"{name}_template")

    def replace(old: str, new: str) -> None:
        connection.close()
        connection.close_pool()
        with connection._nodb_cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {old} WITH (FORCE)")
            cursor.execute(f"CREATE DATABASE {old} TEMPLATE {new}")

    replace(template, quoted)
    return lambda: replace(quoted, template)
