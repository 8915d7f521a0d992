"""What the sockets count for `/metrics`: acts, refusals, times. Codes and kinds of messages only, never who or where."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import Counter, Gauge, Histogram

from summit.errors import Refused

SOCKETS = Gauge("parley_web_sockets", "Sockets open")
ACTS = Counter("parley_web_acts", "Requests over sockets that were done", ["act"])
REFUSALS = Counter("parley_web_refusals", "Requests over sockets that were refused", ["code"])
SECONDS = Histogram(
    "parley_web_act_seconds",
    "From a request's arrival to its answer, done or refused",
    buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0),
)


@contextmanager
def counted(act: str) -> Iterator[None]:
    """Count one request by its outcome, and its time."""
    began = time.monotonic()
    try:
        yield
    except Refused as no:
        REFUSALS.labels(no.code).inc()
        raise
    else:
        ACTS.labels(act).inc()
    finally:
        SECONDS.observe(time.monotonic() - began)
