"""From a bare Python to a command, in a small copy of the project that needs no library."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PREPARE = (
    "import sys; from summit.config.bootstrap import *\n"
    "try: prepare()\n"
    "except CannotStart as obstacle: sys.exit(str(obstacle))"
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("summit/__init__.py", "summit/config/__init__.py", "summit/config/bootstrap.py"):
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text((ROOT / name).read_text())
    (tmp_path / "requirements.txt").write_text("# nothing\n")
    return tmp_path


def start(project: Path) -> subprocess.Popen[str]:
    command = [getattr(sys, "_base_executable", sys.executable), "-c", PREPARE]
    return subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def test_only_the_first_of_two_starts_installs_and_the_next_one_says_nothing(project: Path) -> None:
    two = [start(project), start(project)]
    printed = [one.communicate(timeout=60)[0] for one in two]
    assert [one.returncode for one in two] == [0, 0]
    assert "".join(printed).count("Making .venv") == 1
    assert (project / ".venv/bin/python").exists()
    assert start(project).communicate(timeout=60) == ("", "")

    (project / "requirements.txt").write_text(
        "# still nothing\n"
    )  # the file changed: install again, into the same place
    again = start(project).communicate(timeout=60)[0]
    assert "Installing requirements.txt" in again and "Making .venv" not in again


def test_what_else_is_wanted_is_done_with_an_installation_and_not_without_one(project: Path) -> None:
    wanted = (
        "from summit.config.bootstrap import *\nprepare(meanwhile=lambda: print(f'meanwhile {is_installed(RUNTIME)}'))"
    )
    command = [getattr(sys, "_base_executable", sys.executable), "-c", wanted]
    said = [subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=60).stdout for _ in range(2)]
    assert said[0].count("meanwhile False") == 1
    assert said[1] == ""


def test_the_virtual_environment_may_be_a_link_to_a_shared_folder(project: Path) -> None:
    (project / ".venv").symlink_to(project / "shared")
    begun = start(project)
    begun.communicate(timeout=60)
    assert begun.returncode == 0
    assert (project / "shared/bin/python").exists() and (project / ".venv").is_symlink()


def test_a_folder_that_cannot_be_written_is_one_sentence(project: Path) -> None:
    (project / ".venv").symlink_to("/proc/nowhere")
    begun = start(project)
    assert begun.communicate(timeout=60)[1].strip() == (
        "Cannot write /proc/nowhere: No such file or directory. Run Parley in a folder you may write."
    )


def test_without_root_the_missing_debian_packages_are_named_in_one_line() -> None:
    program = (
        "import os; os.geteuid = lambda: 1000\n"
        "from summit.config.bootstrap import CannotStart, apt_install\n"
        "try: apt_install(['chromium', 'coturn'], 'What the browser tests need')\n"
        "except CannotStart as obstacle: print(obstacle)"
    )
    said = subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert said.strip() == ("What the browser tests need is missing. Run:  sudo apt-get install -y chromium coturn")


def test_nothing_beyond_the_standard_library_is_needed_to_begin() -> None:
    """Also not by up, run and test, which start before anything is known to work."""
    modules = [
        "bootstrap",
        "surroundings",
        "supervisor",
        "watchdog",
        "up",
        "run",
        "suite",
        "postgres",
        "bench",
        "doctor",
    ]
    command = [sys.executable, "-S", "-c", f"from summit.config import {', '.join(modules)}"]
    assert subprocess.run(command, cwd=ROOT, check=False).returncode == 0
