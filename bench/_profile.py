"""Why a figure falls short: the same work once more with the node under cProfile, its top lines printed and saved."""

from __future__ import annotations

import io
import pstats
import shutil
from typing import Any

from bench import _report
from bench._servers import Node
from bench._work import Place, Work, contestant

LINES = 25


async def profile(place: Place, work: Work, row: str, figures: dict[str, Any]) -> None:
    """When a figure of this row misses what must be: profile it. Timings under a profiler are larger than they are."""
    paths = {f"{row}.{name}" if f"{row}.{name}" in _known() else name: figure for name, figure in figures.items()}
    missed = [
        path
        for path, figure in paths.items()
        if path in _known() and figure is not None and _report.verdict(path, figure).startswith("misses")
    ]
    if not missed or place.size.seats < 25:
        return
    raw = place.folder / f"{row}.profile"
    one = contestant(place, Node(place.folder, place.network, place.cores.server, profile=raw), work)
    try:
        await one.fill()
        await one.settle()
        await one.load.run(one.server.pid, seconds=3.0, warm=1.0)
    finally:
        await one.close()
    text = io.StringIO()
    pstats.Stats(str(raw), stream=text).strip_dirs().sort_stats("tottime").print_stats(LINES)
    place.saved.mkdir(parents=True, exist_ok=True)
    shutil.copy(raw, place.saved / f"media-{row}.profile")
    (place.saved / f"media-{row}.txt").write_text(text.getvalue())
    lines = [line for line in text.getvalue().splitlines() if line.strip()]
    top = next(n for n, line in enumerate(lines) if "tottime" in line)
    _report.say(
        f"{', '.join(missed)} falls short: where the node spends its time is in `{place.saved}/media-{row}.txt`"
    )
    print("\n".join(f"  {line}" for line in lines[top : top + 9]), flush=True)


def _known() -> set[str]:
    return {one[0] for one in _report.ASKED}
