"""What a soak finds: one life of the node after the other, and whether everything held."""

from __future__ import annotations

import statistics
import urllib.request
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

PART = 1 / 6  # of a life: what is compared, at its beginning and its end
WARM_UP = 10.0  # s at least, and a part of the life; rings and pools are filled then
GROWTH = 0.05  # of resident memory
GAP = 1.0  # s
BACK = 10.0  # s after the node was killed until every bystander hears and sees again

Numbers = dict[tuple[str, ...], float]


def numbers(address: str) -> Numbers:
    """What the node tells Prometheus there, by name and label values. Raises OSError while there is none."""
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=10) as answer:
        families = text_string_to_metric_families(answer.read().decode())
    return {(one.name, *one.labels.values()): one.value for family in families for one in family.samples}


def resources(now: Numbers) -> tuple[int, int, int]:
    """Connections, tasks, descriptors."""
    connections = sum(int(value) for key, value in now.items() if key[0] == "parley_node_connections")
    return connections, int(now["parley_node_tasks",]), int(now["process_open_fds",])


def warm_up(seconds: float) -> float:
    """How much of so long a life."""
    return max(WARM_UP, PART * seconds)


@dataclass
class Memory:
    """The node's resident memory in one life: after the warm-up, and at last."""

    first_mb: float
    last_mb: float
    growth_percent: float


@dataclass
class Life:
    """From one start of the node to its end. `pauses` tells how long each bystander's streams paused at most, s."""

    began: float
    pauses: list[Callable[[], float]] = field(default_factory=list)
    looks: list[tuple[float, float]] = field(default_factory=list)  # when, MB
    last: Numbers = field(default_factory=dict)

    def look(self, at: float, now: Numbers) -> None:
        self.last = now
        self.looks.append((at, now["process_resident_memory_bytes",] / 1e6))

    @property
    def longest_gap(self) -> float:
        return max(pause() for pause in self.pauses)

    def memory(self) -> Memory:
        """The middle of the last sixth against the middle of the sixth after the warm-up."""
        whole = self.looks[-1][0] - self.began
        warm, part = self.began + warm_up(whole), whole * PART
        first = statistics.median(size for at, size in self.looks if warm <= at < warm + part)
        last = statistics.median(size for at, size in self.looks if at >= self.began + whole - part)
        return Memory(round(first, 1), round(last, 1), round(100 * (last / first - 1), 2))


@dataclass
class Outcome:
    """What the soak found."""

    seconds: float
    acts: dict[str, int] = field(default_factory=dict)
    memory: list[Memory] = field(default_factory=list)  # of each life of the node
    longest_gap_s: float = 0.0
    back_after_s: list[float] = field(default_factory=list)  # each time the node was killed
    forwarded_packets: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    left_connections: int = 0
    left_tasks: int = 0
    left_descriptors: int = 0
    log_is_clean: bool = True

    def add(self, life: Life) -> None:
        """A life is over."""
        self.memory.append(life.memory())
        self.longest_gap_s = max(self.longest_gap_s, round(life.longest_gap, 3))
        self.forwarded_packets += int(life.last["parley_node_forwarded_packets_total",])
        for key, value in life.last.items():
            if key[0] == "parley_node_dropped_packets_total":
                self.dropped[key[1]] = self.dropped.get(key[1], 0) + int(value)

    @property
    def faults(self) -> list[str]:
        found = [f"memory grew by {one.growth_percent} %" for one in self.memory if one.growth_percent > 100 * GROWTH]
        if self.longest_gap_s > GAP:
            found.append(f"a bystander's stream paused for {self.longest_gap_s:.2f} s")
        found += [
            f"not all heard within {after:.1f} s of the node's death" for after in self.back_after_s if after > BACK
        ]
        for name in ("connections", "tasks", "descriptors"):
            if (left := getattr(self, f"left_{name}")) > 0:
                found.append(f"{left} {name} left")
        return found + ([] if self.log_is_clean else ["the node's log names somebody, or shows a fault"])

    def in_words(self) -> str:
        lives = ", then ".join(
            f"{one.first_mb} → {one.last_mb} MB ({one.growth_percent:+.1f} %)" for one in self.memory
        )
        back = ", ".join(f"{after:.1f} s" for after in self.back_after_s) or "never killed"
        return (
            f"memory {lives} after the warm-up, longest pause of a bystander {self.longest_gap_s} s, all back after"
            f" the node was killed: {back}; no connection, task or descriptor left"
        )

    def as_json(self) -> dict[str, Any]:
        return asdict(self)
