"""From a bare Python to a running command: makes `.venv`, installs the pinned requirements, starts again inside it.

Standard library only: it runs before anything is installed. Debian 12 without extras has neither pip nor ensurepip.
"""

import contextlib
import fcntl
import hashlib
import importlib
import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"  # may be a symbolic link to a directory shared by several checkouts
PYTHON = VENV / "bin" / "python"
RUNTIME = "requirements.txt"
TESTS = "requirements-test.txt"
OWN_COMMANDS = {
    "up": "up",
    "run": "run",
    "test": "suite",
    "doctor": "doctor",
    "bench": "bench",
    "screenshots": "gallery",
}
NEED_TEST_TOOLS = {"test", "bench", "screenshots"}


class CannotStart(Exception):
    """Something outside the program stands in the way; the message says what to do. Ends the command with exit 2."""


def main(argv: Sequence[str]) -> int:
    """Run `manage.py COMMAND …`; returns the exit code. Starts itself again inside `.venv` when needed."""
    command = argv[1] if len(argv) > 1 else "help"
    try:
        wanted = (TESTS, install_programs) if command in NEED_TEST_TOOLS else (RUNTIME,)
        enter_venv(*wanted)
        return dispatch(command, list(argv))
    except CannotStart as obstacle:
        print(obstacle, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130  # as shells say it


def dispatch(command: str, argv: list[str]) -> int:
    """Hand over to our own command, or to Django for all others."""
    if command in OWN_COMMANDS:
        run = importlib.import_module(f"summit.config.{OWN_COMMANDS[command]}")
        return int(run.main(argv[2:]))
    from summit.config import surroundings

    os.environ.update(surroundings.complete(surroundings.var_folder()))
    if command in NEED_TEST_TOOLS:
        importlib.import_module("summit.config.suite").install_browser()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "summit.config.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import execute_from_command_line

    from summit.config.env import BadSetting

    try:
        execute_from_command_line(argv)
    except (BadSetting, ImproperlyConfigured) as wrong:
        raise CannotStart(str(wrong)) from wrong
    return 0


def install_programs() -> None:
    """What tests need from Debian; without root they say themselves what is missing."""
    if os.geteuid() == 0:
        importlib.import_module("summit.config.suite").install_programs()


def enter_venv(requirements: str, meanwhile: Callable[[], None] | None = None) -> None:
    """Make sure that `requirements` are installed and that this process runs on the virtual environment's Python.

    meanwhile: done beside an installation, and not when nothing is to be installed.
    """
    prepare(requirements, meanwhile)
    if Path(sys.prefix).resolve() != VENV.resolve():
        os.execv(PYTHON, [str(PYTHON), *sys.orig_argv[1:]])


def prepare(requirements: str = RUNTIME, meanwhile: Callable[[], None] | None = None) -> None:
    """Create `.venv` and install `requirements` unless both are there already; safe when several start at once."""
    if is_installed(requirements):
        return
    with _locked():
        if is_installed(requirements):  # another start did it while we waited
            return
        _make_venv()
        with ThreadPoolExecutor(1) as beside:
            other = beside.submit(meanwhile or (lambda: None))
            _install(requirements)
        other.result()
        _stamp(requirements).write_text(_fingerprint(requirements))


def is_installed(requirements: str) -> bool:
    """Whether the last finished installation was of exactly these files, for the Python that `.venv` has now."""
    try:
        return os.access(PYTHON, os.X_OK) and _stamp(requirements).read_text() == _fingerprint(requirements)
    except OSError:
        return False


def _stamp(requirements: str) -> Path:
    return VENV / f"installed-{requirements}.sha256"


def _fingerprint(requirements: str) -> str:
    """SHA-256 over the file, those it includes with `-r`, and the Python that `.venv` was made with."""
    digest = hashlib.sha256((VENV / "pyvenv.cfg").read_bytes())
    for name in dict.fromkeys((RUNTIME, requirements)):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


@contextlib.contextmanager
def _locked() -> Iterator[None]:
    target = VENV.resolve()
    try:
        target.mkdir(parents=True, exist_ok=True)
        lock = (target / "installing.lock").open("w")
    except OSError as error:
        raise CannotStart(f"Cannot write {target}: {error.strerror}. Run Parley in a folder you may write.") from error
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make_venv() -> None:
    if os.access(PYTHON, os.X_OK) and (VENV / "bin" / "pip").exists():
        return
    if importlib.util.find_spec("ensurepip") is None or importlib.util.find_spec("venv") is None:
        apt_install(["python3-venv"], "Python's venv module")
    print("Making .venv", flush=True)
    outcome = subprocess.run([_system_python(), "-m", "venv", str(VENV.resolve())], capture_output=True, text=True)
    if outcome.returncode:
        raise CannotStart(f"Could not make .venv:\n{outcome.stdout}{outcome.stderr}")


def _system_python() -> str:
    """The interpreter we run on; inside a virtual environment, the one behind it."""
    return str(getattr(sys, "_base_executable", None) or sys.executable)


def apt_install(packages: Sequence[str], purpose: str) -> None:
    """Install Debian packages when root on Debian; else refuse, naming the one line that would."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise CannotStart(f"{purpose} is missing. Run:  sudo apt-get install -y {' '.join(packages)}")
    print(f"Installing {' '.join(packages)} from Debian", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages]
    for step in (["apt-get", "update", "-qq"], install):
        outcome = subprocess.run(
            step, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
    if outcome.returncode:
        raise CannotStart(f"apt-get could not install {' '.join(packages)}:\n{outcome.stdout[-2000:]}")


def _install(requirements: str) -> None:
    """Run pip; shows each package as it is fetched, and everything pip said when it fails."""
    print(f"Installing {requirements} into .venv (first start, or the file changed)", flush=True)
    began, said = time.monotonic(), []
    pip_install = "-m pip install --no-input --disable-pip-version-check --progress-bar off --no-color -r"
    command = [str(PYTHON), *pip_install.split(), str(ROOT / requirements)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as pip:
        assert pip.stdout is not None  # noqa: S101 - for the type checker
        for line in pip.stdout:
            said.append(line)
            _show_progress(line, time.monotonic() - began)
    if pip.returncode:
        raise CannotStart("".join(said[-15:]) + "pip could not install the requirements: see above.")
    print(f"  installed in {time.monotonic() - began:.0f} s", flush=True)


def _show_progress(line: str, elapsed: float) -> None:
    words = line.split()
    if line.startswith("Collecting "):
        print(f"  {elapsed:4.0f} s  {words[1].split('==')[0]}", flush=True)
    elif line.startswith("Installing collected packages"):
        print(f"  {elapsed:4.0f} s  unpacking {len(words) - 3} packages", flush=True)
