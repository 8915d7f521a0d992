"""Compiling the native kernel, as on machines that have a compiler, have none, or have a broken one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rooms.sfu import compiling
from rooms.sfu.compiling import FLAGS, CannotCompile, compile_kernel, compiler, library, units

ROOT = Path(__file__).resolve().parents[3]


def test_two_at_once_make_one_library_and_leave_nothing_else(tmp_path: Path) -> None:
    code = f"from rooms.sfu.compiling import compile_kernel; print(compile_kernel({str(tmp_path)!r}))"
    two = [
        subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    said = {one.communicate(timeout=60)[0].strip() for one in two}
    assert said == {str(library(str(tmp_path)))}
    assert [path.name for path in (tmp_path / "parley").iterdir()] == [library(str(tmp_path)).name]


def test_a_changed_source_is_another_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = library()
    changed = tmp_path / "fanout.c"
    changed.write_text(compiling.SOURCES[0].read_text() + "/* changed */\n")
    monkeypatch.setattr(compiling, "SOURCES", (changed, *compiling.SOURCES[1:]))
    assert library() != before


def test_without_a_compiler_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CC", raising=False)
    with pytest.raises(CannotCompile, match="apt-get install gcc libc6-dev"):
        compile_kernel(str(tmp_path))


def test_a_compiler_that_fails_is_quoted_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "cc"
    broken.write_text("#!/bin/sh\necho 'fanout.c:9: fatal error: arpa/inet.h: No such file' >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("CC", str(broken))
    with pytest.raises(CannotCompile, match=r"arpa/inet\.h"):
        compile_kernel(str(tmp_path))
    assert list((tmp_path / "parley").iterdir()) == []


def test_a_library_of_another_program_is_not_taken(tmp_path: Path) -> None:
    """A node told to be native says so and ends; told `auto` it forwards in Python."""
    target = library(str(tmp_path))
    target.parent.mkdir()
    target.write_bytes(b"\x7fELF and nothing more")
    code = (
        f"import sys; sys.prefix = {str(tmp_path)!r}\n"  # before the first import: it is the default of `library`
        "from rooms.sfu import native; from rooms.sfu.mux import UdpMux\n"
        "print(native.choose(UdpMux(), 'auto').name)\n"
        "try: native.choose(UdpMux(), 'native')\n"
        "except ValueError as refused: print(refused)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    name, refused = done.stdout.splitlines()
    assert name == "python"
    assert refused.startswith("MEDIA_FANOUT=native, but there is no native kernel: ")


def test_an_operator_who_insists_on_native_without_a_compiler_gets_one_sentence(tmp_path: Path) -> None:
    code = (
        "import sys; from summit.config import fanout; from summit.config.bootstrap import CannotStart\n"
        "from rooms.sfu import compiling; fanout.compile_kernel = lambda: compiling.compile_kernel(sys.argv[1])\n"
        "fanout.prepare({'MEDIA_FANOUT': 'auto'})\n"
        "try: fanout.prepare({'MEDIA_FANOUT': 'native'})\n"
        "except CannotStart as obstacle: print(obstacle)\n"
    )
    environment = {key: value for key, value in os.environ.items() if key != "CC"} | {"PATH": str(tmp_path)}
    command = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.stdout == (
        "PARLEY_FANOUT=native, but there is no C compiler; on Debian: apt-get install gcc libc6-dev.\n"
    ), done.stderr


def test_the_compiler_finds_nothing_to_remark(tmp_path: Path) -> None:
    """Elsewhere a newer compiler's new remark must not cost anybody the kernel, so it is asked here."""
    command = [compiler() or "cc", *FLAGS, "-Werror", "-pedantic", "-o", str(tmp_path / "x.so"), *units(), "-lm"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
