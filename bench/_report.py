"""What `bench media` prints: every window as it comes, and how each figure stands to what was asked of it."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bench._load import Window
from bench._machine import describe
from summit.config.bootstrap import ROOT

if TYPE_CHECKING:
    from bench._work import Place

# where in the JSON, what it is, must, aim; a figure is good when below, but for what is delivered
ASKED: Sequence[tuple[str, str, float, float]] = (
    ("round_table_25.ratio_janus", "round table, CPU per packet ÷ Janus as shipped", 0.65, 0.45),
    ("round_table_25.ratio_janus_one_loop", "round table, CPU per packet ÷ Janus with one event loop", 0.85, 0.60),
    ("round_table_25.p99_ms", "round table, added latency p99, ms", 5, 2),
    ("plenary_200.cpu_percent", "plenary of 200, per cent of a core", 35, 20),
    ("plenary_200.delivered_percent", "plenary of 200, per cent delivered", 99.99, 100),
    ("plenary_200.p99_ms", "plenary of 200, added latency p99, ms", 8, 4),
    ("plenary_600.delivered_percent", "plenary of 600 on one core, per cent delivered", 99.9, 99.9),
    ("plenary_600.p99_ms", "plenary of 600 on one core, added latency p99, ms", float("inf"), 20),
    ("python_kernel.ratio_janus", "round table, Python kernel ÷ Janus as shipped", 1.0, 0.75),
    ("receive_us", "receive path, one listener, µs per packet", 20, 12),
    ("join_50_p95_s", "click to first decoded frame, room of 50, p95, s", 1.5, 0.5),
)

notes: list[str] = []  # what was said beside the figures, for the record
RECORD = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- figures: written by `manage.py bench media --record` -->", "<!-- end of figures -->"


def heading(place: Place) -> str:
    with_what = "beside Janus from Debian" if place.janus else "our node alone"
    return (
        f"bench media, {time.strftime('%Y-%m-%d %H:%M')}, {with_what}\n{describe()}; "
        f"server on core {place.cores.server}, load on core {place.cores.load}; "
        f"{'a network namespace' if place.network.is_own else 'loopback'}\n\n"
        f"{'work':<22}{'server':<24}{'packets/s':>10}{'% core':>8}{'µs/packet':>11}{'delivered %':>13}{'p50 ms':>8}{'p99 ms':>8}{'load %':>8}"
    )


def window(server: str, work: str, one: Window) -> None:
    print(
        f"{work:<22}{server:<24}{one.packets_a_second:>10,.0f}{one.cpu_percent:>8.1f}{one.us_per_packet:>11.2f}"
        f"{one.delivered_percent:>13.4f}{one.p50_ms:>8.2f}{one.p99_ms:>8.2f}{100 * one.own_cpu / one.seconds:>8.0f}"
        f"{_doubts(one)}",
        flush=True,
    )


def _doubts(one: Window) -> str:
    """What makes a window say less about the server than it seems to."""
    said = []
    if one.overflow:
        said.append(f"the load itself lost {one.overflow}")
    if one.not_sent:
        said.append(f"the load could not send {one.not_sent}")
    if one.repaired:
        said.append(f"{one.repaired} came only when asked for again")
    if one.own_cpu > 0.9 * one.seconds:
        said.append("the load's core was full")
    return f"   ({'; '.join(said)})" if said else ""


def say(text: str) -> None:
    """Beside the figures."""
    notes.append(text)
    print(f"  {text}", flush=True)


def spread(label: str, found: Sequence[float]) -> None:
    say(f"{label}: median {statistics.median(found):.3f} of {len(found)}, from {min(found):.3f} to {max(found):.3f}")


def growth(steps: Sequence[tuple[int, float]]) -> None:
    text = ", ".join(f"{listeners}: {cost:.2f}" for listeners, cost in steps)
    first, last = steps[0][1], steps[-1][1]
    say(
        f"CPU per forwarded packet by listeners, µs: {text}: {'falling, as aimed at' if last < first else 'RISING: misses'}"
    )


def value(result: dict[str, Any], path: str) -> float | None:
    found: Any = result
    for key in path.split("."):
        found = found[key]
    return found  # type: ignore[no-any-return]


def verdict(path: str, figure: float) -> str:
    """'meets the aim of 2', 'meets 5, not the aim of 2' or 'misses 5'."""
    _, _, must, aim = next(one for one in ASKED if one[0] == path)

    def is_met(limit: float) -> bool:
        return figure >= limit if "delivered" in path else figure <= limit

    if not is_met(must):
        return f"misses {must:g}"
    if is_met(aim):
        return f"meets the aim of {aim:g}"
    return f"misses the aim of {aim:g}" if must == float("inf") else f"meets {must:g}, not the aim of {aim:g}"


def verdicts(result: dict[str, Any], place: Place) -> None:
    print()
    for path, label, _must, _aim in ASKED:
        figure = value(result, path)
        if figure is None:
            print(f"{label:<62}{'–':>10}  not measured")
        elif place.size.seats < 25:
            print(f"{label:<62}{figure:>10g}  a tiny run says nothing")
        else:
            print(f"{label:<62}{figure:>10g}  {verdict(path, figure)}")


def section(result: dict[str, Any], place: Place, said: Sequence[str], commit: str) -> str:
    """These figures and what was `said` beside them, for docs/performance.md; files of this project by their path in it."""
    rows = ["| figure | measured | must | aim | |", "|---|---|---|---|---|"]
    for path, label, must, aim in ASKED:
        figure, sign = value(result, path), "≥" if "delivered" in path else "≤"
        limits = f"{f'{sign} {must:g}' if must != float('inf') else '–'} | {sign} {aim:g}"
        found = ("–", "not measured") if figure is None else (f"{figure:g}", verdict(path, figure))
        rows.append(f"| {label} | {found[0]} | {limits} | {found[1]} |")
    with_what = "beside Janus from Debian" if place.janus else "our node alone"
    text = "\n".join(
        [
            f"{time.strftime('%Y-%m-%d')}, {with_what}, commit {commit or 'unknown'}; {describe()}.",
            "",
            *rows,
            "",
            *(f"- {note}" for note in [*said, *place.failed]),
        ]
    )
    return text.replace(f"{ROOT}{os.sep}", "")


def record(result: dict[str, Any], place: Place) -> None:
    """Put these figures into docs/performance.md, in place of the last ones."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True).stdout
    text = section(result, place, notes, commit.strip())
    before, _, rest = RECORD.read_text().partition(BEGIN)
    RECORD.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}")
    print(f"Written into {RECORD.relative_to(ROOT)}.")
