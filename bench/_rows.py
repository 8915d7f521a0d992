"""The rows of `bench media`: what is sent to whom, against which servers, and what is made of the windows measured."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from typing import Any

from bench import _report
from bench._load import CAMERA_1M, VOICE, Stream, Window
from bench._profile import profile
from bench._servers import Janus, Node, Server
from bench._work import Contestant, Place, Size, Work, contest, contestant

FULL = Size(pairs=5, seconds=4.0, seats=25, plenary=200, grows=(50, 100, 200, 400, 600), everything=True)
QUICK = Size(pairs=5, seconds=3.0, seats=25, plenary=200, grows=(), everything=False)
TINY = Size(pairs=1, seconds=0.4, seats=4, plenary=6, grows=(), everything=False, warm=0.6)

STEP_WINDOWS = 3  # for each size of the growing plenary
# 25 of these cameras and three voices, to 24 listeners each: 48,000 packets a second.
SMALL_CAMERA = Stream("video", 560, fps=14, parts=5)
MANY_PACKETS = Stream("video", 800, fps=25, parts=10)  # 20 of them are less than the node gives one line


def round_table(seats: int) -> Work:
    names = [f"seat-{number}" for number in range(seats)]
    streams = {name: [SMALL_CAMERA, VOICE] if n < 3 else [SMALL_CAMERA] for n, name in enumerate(names)}
    return Work(f"round table of {seats}", streams, names, video_slots=max(1, seats - 1))


def plenary(listeners: int) -> Work:
    podium = {"floor": [CAMERA_1M, VOICE], "chair": [VOICE], "point": [VOICE]}
    return Work(
        f"plenary of {listeners}", podium, [f"listener-{number}" for number in range(listeners)], video_slots=12
    )


def one_listener(publishers: int) -> Work:
    streams = {f"seat-{number}": [MANY_PACKETS] for number in range(publishers)}
    return Work("one listener", streams, ["listener"], video_slots=publishers)


def median(one: Contestant, name: str) -> float:
    return float(statistics.median(getattr(window, name) for window in one.windows))


def latest(one: Contestant) -> float | None:
    """The delay of the 99th of a hundred; None where a window delivered nothing, for then there is none."""
    return round(median(one, "p99_ms"), 2) if all(window.delivered for window in one.windows) else None


def ratio(ours: Contestant, theirs: Contestant) -> float:
    """The median of the rounds' own ratios: neighbours in time shared whatever else this machine did."""
    found = [mine.us_per_packet / other.us_per_packet for mine, other in zip(ours.windows, theirs.windows, strict=True)]
    _report.spread(f"{ours.work.name}: {ours.server.name} ÷ {theirs.server.name}", found)
    return round(float(statistics.median(found)), 3)


async def measure(place: Place) -> dict[str, Any]:
    """All rows but the one that needs a browser."""
    result: dict[str, Any] = {
        "round_table_25": dict.fromkeys(("us_per_packet", "ratio_janus", "ratio_janus_one_loop", "p99_ms")),
        "plenary_200": dict.fromkeys(("cpu_percent", "delivered_percent", "p99_ms", "ratio_janus_one_loop")),
        "plenary_600": dict.fromkeys(("delivered_percent", "p99_ms")),
        "python_kernel": {"ratio_janus": None},
        "receive_us": None,
        "join_50_p95_s": None,
    }
    rows = [_round_table, _plenary, *([_growing, _receive_path] if place.size.everything else [])]
    for row in rows:
        try:
            await row(place, result)
        except (OSError, TimeoutError) as error:  # the other rows are worth having
            place.failed.append(f"{row.__name__.strip('_')}: {type(error).__name__} {error}")
    return result


def _node(place: Place, kernel: str | None = None) -> Node:
    return Node(place.folder, place.network, place.cores.server, kernel=kernel)


def _janus(place: Place, event_loops: int | None = None) -> list[Server]:
    if not place.janus:
        return []
    return [Janus(place.folder, place.network, place.cores.server, event_loops=event_loops)]


async def _round_table(place: Place, result: dict[str, Any]) -> None:
    work, node = round_table(place.size.seats), _node(place)
    compares_kernels = place.size.everything and node.runs != "python"
    servers = [node, *_janus(place), *_janus(place, 1), *([_node(place, "python")] if compares_kernels else [])]
    everyone = await contest(place, work, servers)
    ours, row = everyone[0], result["round_table_25"]
    row["us_per_packet"] = round(median(ours, "us_per_packet"), 2)
    row["p99_ms"] = latest(ours)
    for one in everyone:
        _report.spread(
            f"{work.name}: {one.server.name}, µs per packet", [window.us_per_packet for window in one.windows]
        )
    if place.janus:
        row["ratio_janus"], row["ratio_janus_one_loop"] = ratio(ours, everyone[1]), ratio(ours, everyone[2])
        if place.size.everything:
            python = everyone[3] if compares_kernels else ours
            result["python_kernel"]["ratio_janus"] = ratio(python, everyone[1])
    await profile(place, work, "round_table_25", row)


async def _plenary(place: Place, result: dict[str, Any]) -> None:
    work = plenary(place.size.plenary)
    everyone = await contest(place, work, [_node(place), *_janus(place, 1)])
    ours, row = everyone[0], result["plenary_200"]
    row["cpu_percent"] = round(median(ours, "cpu_percent"), 1)
    row["delivered_percent"] = round(_delivered(ours.windows), 4)
    row["p99_ms"] = latest(ours)
    if place.janus:
        row["ratio_janus_one_loop"] = ratio(ours, everyone[1])
    await profile(place, work, "plenary_200", row)


def _delivered(windows: Sequence[Window]) -> float:
    """Over all windows together: one bad one counts."""
    return 100 * sum(one.delivered for one in windows) / max(1, sum(one.due for one in windows))


async def _growing(place: Place, result: dict[str, Any]) -> None:
    """One room that fills up: what a packet costs from 50 to 600 listeners."""
    most = plenary(place.size.grows[-1])
    one = contestant(place, _node(place), most)
    steps: list[tuple[int, float]] = []
    try:
        await one.server.open(most.seats, "floor")
        await one.publishers_join()
        for listeners in place.size.grows:
            await one.listeners_join(most.listeners[one.load.listeners : listeners])
            await one.settle()
            one.windows.clear()
            for _ in range(STEP_WINDOWS):
                await one.measure(place, f"plenary of {listeners}")
            steps.append((listeners, median(one, "us_per_packet")))
    finally:
        await one.close()
    _report.growth(steps)
    row = result["plenary_600"]
    row["delivered_percent"] = round(_delivered(one.windows), 4)
    row["p99_ms"] = latest(one)
    await profile(place, most, "plenary_600", row)


async def _receive_path(place: Place, result: dict[str, Any]) -> None:
    work = one_listener(20)
    (one,) = await contest(place, work, [_node(place)])
    found = [window.server_cpu / max(1, window.sent) * 1e6 for window in one.windows]
    _report.spread("one listener: µs per packet received and forwarded once", found)
    result["receive_us"] = round(statistics.median(found), 2)
    await profile(place, work, "receive", {"receive_us": result["receive_us"]})
