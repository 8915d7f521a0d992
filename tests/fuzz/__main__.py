"""Fuzzing of our own parsers by atheris (libFuzzer).

`python -m tests.fuzz [TARGET…] [--seconds 60] [--jobs 2]` runs targets side by side, each in its own process, from the
seeds of `seeds/TARGET` and the findings of `found/TARGET`. A crash is kept in `var/fuzz/TARGET` and printed as the line
that repeats it: `python -m tests.fuzz --repeat TARGET FILE`. Once fixed, the file goes to `found/TARGET` for good.
Without a target the native kernel's tests run beside them under sanitizers (`sanitized.py`).
"""

from __future__ import annotations

import argparse
import base64
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path

from tests.fuzz import sanitized

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
KEPT = Path(os.environ.get("PARLEY_VAR") or ROOT / "var") / "fuzz"
INSTRUMENTED = ["tests.fuzz", "rooms.sfu", "aioice.stun", "aiortc.rtp"]
MEMORY = 1_024  # MB of resident memory before an input counts as a bomb
SLOW = 1.0  # s of processor time one input may take
STUCK = 120  # s of the clock: it hangs
LEAST = 300  # inputs of a campaign: fewer have proven nothing, however little was found
ROUNDS = 3  # so often it begins anew where the machine had no time for that many
GRACE = 240.0  # s beyond its time before a process is ended: a busy machine takes a minute to begin


def target_of(name: str) -> Callable[[bytes], None]:
    """By its name in `targets.py`, or `module:function`. Imported as late as possible: the fuzzer instruments imports."""
    if ":" not in name:
        return import_module("tests.fuzz.targets").TARGETS[name]
    module, _, function = name.partition(":")
    return getattr(import_module(module), function)


def fuzz_here(name: str, options: list[str]) -> None:
    """Become the fuzzer of one target; never returns."""
    import atheris

    with atheris.instrument_imports(include=INSTRUMENTED):
        target = target_of(name)

    def timed(data: bytes) -> None:
        began = time.process_time()
        target(data)
        assert time.process_time() - began < SLOW, "too slow"

    atheris.Setup([sys.argv[0], *options], timed)
    atheris.Fuzz()


def spoken(command: list[str], limit: float) -> tuple[int, str]:
    """How a fuzzer ended, and its words."""
    try:
        outcome = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=limit)
    except subprocess.TimeoutExpired as hung:
        return 1, f"{(hung.stdout or b'').decode(errors='replace')}\nIt did not end."
    return outcome.returncode, outcome.stdout.decode(errors="replace")


def campaign(name: str, seconds: int) -> str:
    """Fuzz one target in a process of its own. Prints how it went; what was found comes back."""
    label = name.replace(":", "-")
    kept = KEPT / label
    kept.mkdir(parents=True, exist_ok=True)
    before = set(kept.iterdir())
    with tempfile.TemporaryDirectory() as corpus:
        folders = [corpus, *(str(one) for one in (HERE / "seeds" / name, HERE / "found" / name) if one.is_dir())]
        options = [f"-max_total_time={seconds}", f"-rss_limit_mb={MEMORY}", f"-timeout={STUCK}", "-max_len=4096"]
        options += [f"-artifact_prefix={kept}/", "-print_final_stats=1", *folders]
        if (words := HERE / "seeds" / f"{name}.dict").exists():
            options.append(f"-dict={words}")
        command = [sys.executable, "-m", "tests.fuzz", "--inside", name, *options]
        for _ in range(ROUNDS):
            code, output = spoken(command, seconds + GRACE)
            runs = next((line.split()[-1] for line in output.splitlines() if "number_of_executed_units" in line), "0")
            if code or int(runs) >= LEAST:
                break
        else:
            code, output = 1, f"Only {runs} inputs: this machine had no time for it."
    print(f"{label}: {runs} inputs in {seconds} s, {'nothing found' if code == 0 else 'FOUND'}", flush=True)
    if code == 0:
        return ""
    findings = [
        f"  base64: {base64.b64encode(finding.read_bytes()).decode()}\n"
        f"  repeat: python3 -m tests.fuzz --repeat {name} {finding}"
        for finding in sorted(set(kept.iterdir()) - before)
    ]
    return "\n".join([f"{label} ended with {code}.", *output.splitlines()[-40:], *findings])


def sanitize() -> str:
    """The native kernel under sanitizers. Prints how it went; what was found comes back."""
    outcome = sanitized.run()
    if outcome is None:
        print("native kernel: no compiler with sanitizers here", flush=True)
        return ""
    lines = outcome.stdout.splitlines() or ["it said nothing"]
    print(f"native kernel, sanitized: {lines[-1]}", flush=True)
    return "\n".join(lines[-60:]) if outcome.returncode else ""


def main() -> int:
    """0 when nothing was found."""
    if sys.argv[1:2] == ["--inside"]:
        fuzz_here(sys.argv[2], sys.argv[3:])
    if sys.argv[1:2] == ["--repeat"]:
        target_of(sys.argv[2])(Path(sys.argv[3]).read_bytes())
        return 0
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description="Fuzz our parsers.")
    known = sorted(path.name for path in (HERE / "seeds").iterdir() if path.is_dir())
    parser.add_argument("targets", nargs="*", help=f"of {', '.join(known)}; all when none is named")
    parser.add_argument("--seconds", type=int, default=60, help="for each (60)")
    parser.add_argument("--jobs", type=int, default=2, help="side by side (2)")
    given = parser.parse_args()
    with ThreadPoolExecutor(given.jobs) as pool:
        kernel = pool.submit(sanitize) if not given.targets else None
        found = list(pool.map(lambda name: campaign(name, given.seconds), given.targets or known))
    found += [kernel.result()] if kernel else []
    if words := "\n\n".join(one for one in found if one):
        print(words, flush=True)  # last, where a log is read
    return int(bool(words))


if __name__ == "__main__":
    sys.exit(main())
