"""`manage.py test [PATH…]`: everything that must hold, in one readable order. Standard library only.

Without PATH all stages run, also after a failure, and the last line is `N passed, N failed`. With PATH only that runs,
by pytest or node; further options go to pytest. `--postgres` runs it on a PostgreSQL server of its own.
"""

import contextlib
import ctypes
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

from rooms.sfu.compiling import compiler
from summit.config import browser, fanout, postgres
from summit.config.bootstrap import ROOT, VENV, CannotStart, apt_install
from summit.config.supervisor import die_with_parent

NEEDS_BROWSER = ("tests/e2e", "tests/media")
ON_POSTGRES = "tests/summit"
# Two cores carry a product, a node and several browsers: what fails for want of them is tried once more, and told as R.
AGAIN = ("--reruns", "1", "-rR")
WHOLE_STORIES = "meetings"  # whose steps follow one another: a second try begins at the beginning
TWO_FILES = ("-n2", "--dist=loadfile")
THREE_FILES = ("-n3", "--dist=loadfile")  # they wait for packets more than half of the time
AS_COLLECTED = "--no-loadscope-reorder"  # as tests/conftest.py orders them
IN_BROWSERS = {
    "media": ("tests/media", *THREE_FILES, "-m", "not timed"),
    "media, alone": ("tests/media", "-m", "timed"),
    "pages": ("tests/e2e", *TWO_FILES, "-m", "not timed"),
    "meetings": ("tests/e2e", "-m", "timed"),
}
STAGE_LIMIT = 15 * 60.0  # s
LAST_WORDS = 20  # lines of what a stage printed, where it names nothing that failed
AT_ONCE = 3  # stages of one group: more than two cores, as some wait
SETTINGS = {"DJANGO_SETTINGS_MODULE": "summit.config.settings", "PARLEY_DEMO": "1"}
PRODUCTION = {  # for `check --deploy`: settings as an operator would have them
    "PARLEY_DEMO": "0",
    "PARLEY_SECRET_KEY": "not-a-secret-but-as-long-as-one-should-be-0123456789",
    "PARLEY_ORIGIN": "https://summit.example",
    "PARLEY_HOSTS": "summit.example",
}


@dataclass
class Tally:
    """How many checks passed, failed, were skipped; and what failed, in words for the end of a log."""

    passed: int = 0
    failed: int = 0
    skipped: int = 0
    words: list[str] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed" + (f", {self.skipped} skipped" if self.skipped else "")


@dataclass(frozen=True)
class Stage:
    """One command of the list; `count` reads what it did, given its exit code. `tries`: so often it is begun until nothing
    fails; the last one counts. `wanted`: waits until all is there that this one wants."""

    name: str
    command: Sequence[str]
    environment: dict[str, str]
    count: Callable[[int], Tally]
    tries: int = 1
    wanted: Callable[[], object] | None = None


def main(arguments: Sequence[str]) -> int:
    """0 when everything passed, else 1."""
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="parley-suite-")))
        environment = make_environment(scratch)
        fanout.prepare_for_tests()
        surroundings = environment, scratch, stack
        groups = [chosen(list(arguments), *surroundings)] if arguments else everything(*surroundings)
        total, summary = Tally(), []
        for group in groups:
            for tally, line in carry_out_together(group):
                total.add(tally)
                summary += [line, *(f"            {word}" for word in tally.words)]
    print("\n── summary " + "─" * 93, *summary, "", total, sep="\n", flush=True)
    return 1 if total.failed or not total.passed else 0


def carry_out_together(group: Sequence[Stage]) -> Iterator[tuple[Tally, str]]:
    """What each stage did, and its line of the summary. One alone prints as it goes; several at the same time print when
    they end, so that no one's words stand within another's."""
    if len(group) == 1:
        yield timed(group[0])
        return
    with ThreadPoolExecutor(AT_ONCE) as pool, ExitStack() as stack:
        outputs = [stack.enter_context(tempfile.TemporaryFile("w+")) for _ in group]
        running = [pool.submit(timed, stage, out) for stage, out in zip(group, outputs, strict=True)]
        for one, out in zip(running, outputs, strict=True):
            tally, line = one.result()
            out.seek(0)
            said = out.read()
            print(said, end="", flush=True)
            if tally.failed and not tally.words:
                tally.words = [text[:200] for text in said.splitlines() if text][-LAST_WORDS:]
            yield tally, line


def timed(stage: Stage, out: IO[str] | None = None) -> tuple[Tally, str]:
    """What it did, and its line of the summary."""
    began = time.monotonic()
    tally, verdict = carry_out(stage, out)
    return tally, f"  {verdict:6}  {time.monotonic() - began:6.1f} s  {stage.name}: {tally}"


def carry_out(stage: Stage, out: IO[str] | None = None) -> tuple[Tally, str]:
    """What its last try did, and the word for it: ok, again (good at a later try) or FAILED."""
    tally = Tally()
    if stage.wanted:
        stage.wanted()
    for attempt in range(stage.tries):
        title = f"{stage.name}, once more from the beginning" if attempt else stage.name
        print(f"\n── {title} " + "─" * (100 - len(title)), file=out, flush=True)
        tally = stage.count(run_stage(stage, out))
        if not tally.failed:
            return tally, "again" if attempt else "ok"
    return tally, "FAILED"


def run_stage(stage: Stage, out: IO[str] | None = None) -> int:
    """The exit code of its command; one that hangs is ended with all that it started, and says so."""
    process = subprocess.Popen(
        stage.command,
        cwd=ROOT,
        env=stage.environment,
        stdout=out,
        stderr=out and subprocess.STDOUT,
        process_group=0,
        preexec_fn=die_with_parent,
    )
    try:
        return process.wait(STAGE_LIMIT)
    except subprocess.TimeoutExpired:
        print(f"\n{stage.name} did not end within {STAGE_LIMIT / 60:.0f} minutes.", file=out, flush=True)
        return 1
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def make_environment_for_tools() -> dict[str, str]:
    """This environment with the tools of `.venv` first. Bytecode is kept: a hundred processes start from the same files."""
    path = f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    known = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**known, "PATH": path, "PYTHONUNBUFFERED": "1"}


def make_environment(scratch: Path) -> dict[str, str]:
    """The stages' environment: never this checkout's own `var/`."""
    return make_environment_for_tools() | {
        "PARLEY_VAR": str(scratch / "var"),
        "PARLEY_TEST_SEED": str(scratch / "planted"),
    }


def everything(environment: dict[str, str], scratch: Path, stack: ExitStack) -> list[list[Stage]]:
    """The list, cheapest first; the stages of a group run at the same time."""
    manage = [sys.executable, "manage.py"]

    def check(name: str, *command: str, **more: str) -> Stage:
        return Stage(name, command, environment | more, one)

    def tests(name: str, *where: str, **more: str) -> Stage:
        return pytest(name, where, environment | more, scratch)

    others = [f"--ignore={folder}" for folder in NEEDS_BROWSER]
    installing = stack.enter_context(ThreadPoolExecutor(1)).submit(install_tools, environment)
    fuzzing = ["chrt", "--idle", "0", sys.executable, "-m", "tests.fuzz", "--seconds", "60", "--jobs", "6"]
    media, *others_in_browsers = [
        replace(tests(name, *which), tries=2) if name == WHOLE_STORIES else tests(name, *which, *AGAIN)
        for name, which in IN_BROWSERS.items()
    ]
    return [
        [
            check("types", "mypy"),
            check("lint", "ruff", "check"),
            check("format", "ruff", "format", "--check", "--quiet"),
            check("import rules", "lint-imports"),
            check("migrations are complete", *manage, "makemigrations", "--check", "--dry-run"),
            check("production settings", *manage, "check", "--deploy", "--fail-level=WARNING", **PRODUCTION),
            check("translations", sys.executable, "-m", "summit.config.translations", "--check"),
            check("every text is translated", sys.executable, "-m", "summit.config.texts", "--check", **SETTINGS),
            *([node(["tests/js/"], environment)] if any((ROOT / "tests/js").glob("*.test.js")) else []),
            replace(
                check("types of the scripts", "node_modules/.bin/tsc", "--noEmit", "--project", "static/jsconfig.json"),
                wanted=installing.result,
            ),
        ],
        [tests("tests", "tests", *others, "-n3", "--dist=loadscope", AS_COLLECTED)],
        [
            tests("domain on PostgreSQL", ON_POSTGRES, "-n2", "--dist=loadscope", AS_COLLECTED, **use_postgres(stack)),
            check("a demo summit to start from", sys.executable, "-m", "tests.product"),
        ],
        [media, check("parsers withstand fuzzing", *fuzzing)],
        *([stage] for stage in others_in_browsers),
    ]


def chosen(arguments: list[str], environment: dict[str, str], scratch: Path, stack: ExitStack) -> list[Stage]:
    """What the command line names."""
    if "--postgres" in arguments:
        arguments.remove("--postgres")
        environment |= use_postgres(stack)
    paths = [path for path in arguments if not path.startswith("-") and (ROOT / path.split("::")[0]).exists()]
    if not paths:
        raise CannotStart(f"There is nothing to test at: {' '.join(arguments)}")
    if all(path.endswith(".js") or path.rstrip("/").endswith("tests/js") for path in paths):
        return [node(paths, environment)]
    if any(path.startswith(folder) for path in paths for folder in NEEDS_BROWSER):
        install_browser()
    return [pytest(" ".join(paths), arguments, environment, scratch)]


def use_postgres(stack: ExitStack) -> dict[str, str]:
    return {"PARLEY_TEST_DATABASE_URL": stack.enter_context(postgres.server())}


def pytest(name: str, where: Sequence[str], environment: dict[str, str], scratch: Path) -> Stage:
    """A pytest run; counted by its own report, so that the numbers are tests and not lines."""
    report = scratch / f"{name.replace('/', '-').replace(' ', '-')[:100]}.xml"  # no longer than file systems take

    def count(code: int) -> Tally:
        if not report.exists():
            return Tally(failed=1)
        suite = ElementTree.parse(report).getroot().find("testsuite")  # noqa: S314  written by our own pytest
        tests, failed, errors, skipped = (
            int(suite.get(key, 0)) if suite is not None else 0 for key in ("tests", "failures", "errors", "skipped")
        )
        bad = failed + errors
        words = [
            f"{case.get('classname')} {case.get('name')}: {told.get('message', '').partition(chr(10))[0][:200]}"
            for case in (suite.iter("testcase") if suite is not None else ())
            for told in (*case.iter("failure"), *case.iter("error"))
        ]
        return Tally(max(tests - bad - skipped, 0), bad or int(code != 0), skipped, words[:LAST_WORDS])

    command = [sys.executable, "-m", "pytest", "-q", "--durations=5", f"--junitxml={report}", *where]
    return Stage(name, command, environment, count)


def node(paths: Sequence[str], environment: dict[str, str]) -> Stage:
    files = [str(f) for p in paths for f in (sorted((ROOT / p).rglob("*.test.js")) if (ROOT / p).is_dir() else [p])]
    return Stage("scripts", ["node", "--test", "--test-reporter=dot", *files], environment, one)


def one(code: int) -> Tally:
    """A check that is right or wrong as a whole."""
    return Tally(passed=int(code == 0), failed=int(code != 0))


# ── What the tests need ───────────────────────────────────────────────────────────────────────────────────────


def install_programs() -> None:
    """From Debian, while pip installs what is Python. What cannot be had is said later, by what wants it."""
    with contextlib.suppress(CannotStart):
        if compiler() is None:
            fanout.install_compiler()
    install_browser()


def install_tools(environment: dict[str, str]) -> None:
    """What is not Python."""
    install_browser()
    install_node_modules(environment)


def install_browser() -> None:
    """Debian's browsers and relay; without root they are only named, and tests that want them say the same sentence."""
    programs = {"firefox-esr": "firefox-esr", "turnserver": "coturn"}
    missing = [package for program, package in programs.items() if not shutil.which(program)]
    if not browser.find():
        missing.append(browser.PACKAGE)
    try:
        ctypes.CDLL("libatomic.so.1")
    except OSError:
        missing.append("libatomic1")  # for the node that Playwright brings
    if missing:
        try:
            apt_install(missing, "What the browser tests need")
        except CannotStart as obstacle:
            print(f"{obstacle}\nTests that need it will not pass.", flush=True)


def install_node_modules(environment: dict[str, str]) -> None:
    """`npm ci` when package-lock.json changed; npm itself comes as a wheel."""
    stamp = ROOT / "node_modules" / "installed.sha256"
    wanted = hashlib.sha256((ROOT / "package-lock.json").read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print("Installing the type checker of the scripts (npm ci)", flush=True)
    quiet = ["--no-audit", "--no-fund", "--loglevel=error"]
    if subprocess.run(["npm", "ci", *quiet], cwd=ROOT, env=environment, check=False).returncode:
        print("npm could not install typescript; the types of the scripts will fail.", flush=True)
        return
    stamp.write_text(wanted)
