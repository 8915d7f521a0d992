"""`/metrics` of the web process for Prometheus, for whoever holds the token. Numbers, codes and kinds; never a name.

What happens in this process is counted where it happens (`rooms/numbers.py`); the rest is read when somebody asks.
`docs/operator.md` lists every name with its unit.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator

import redis
from django.conf import settings
from django.db.models import Count, Max, Min, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric

from rooms.house import line_to_node
from rooms.models import Room, Seat
from summit.minutes.models import Export
from summit.record.models import Entry, Head, Outbox

QUEUE = "celery"  # Celery's default queue: a list of this name in Valkey
WAIT = 1.0  # s for Valkey; Prometheus itself gives up after ten


@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """All numbers, in Prometheus' text format. Whoever has not the token learns nothing: 404."""
    given = request.headers.get("Authorization", "")
    token = settings.METRICS_TOKEN
    if not token or not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        raise Http404
    now = CollectorRegistry()
    now.register(_Now())
    body = generate_latest(REGISTRY) + generate_latest(now)
    return HttpResponse(body, content_type=CONTENT_TYPE_LATEST)


class _Now:
    """What is looked up when asked: six queries, one question to Valkey."""

    def describe(self) -> list[Metric]:
        return []

    def collect(self) -> Iterator[Metric]:
        yield _seats()
        yield from _database()
        yield from _queue()
        yield from _node()


def _seats() -> Metric:
    family = GaugeMetricFamily("parley_web_seats", "Seats taken, by room and device", labels=["room", "device"])
    rows = Seat.objects.filter(left_at=None).values_list("room__kind", "device").annotate(Count("pk"))
    found = {(room, device): count for room, device, count in rows}
    for room in Room.Kind.values:
        for device in Seat.Device.values:
            family.add_metric([room, device], found.get((room, device), 0))
    return family


def _database() -> Iterator[Metric]:
    now = timezone.now()
    waiting = Outbox.objects.filter(done_at=None).aggregate(count=Count("pk"), oldest=Min("created_at"))
    yield _gauge("outbox_waiting", "Tasks asked for and not done", waiting["count"])
    age = (now - waiting["oldest"]).total_seconds() if waiting["oldest"] else 0.0
    yield _gauge("outbox_oldest_seconds", "Age of the oldest of them", age)
    newest = Entry.objects.filter(pk=Entry.objects.aggregate(newest=Max("pk"))["newest"]).first()
    if newest is not None:
        yield _gauge("journal_age_seconds", "Since the journal's last entry", (now - newest.at).total_seconds())
    entries = Head.objects.aggregate(entries=Sum("seq"))["entries"] or 0
    yield CounterMetricFamily("parley_web_journal_entries", "Entries of all journals", entries)
    rows = dict(Export.objects.order_by().values_list("state").annotate(Count("pk")))
    family = GaugeMetricFamily("parley_web_exports", "Files of minutes by state", labels=["state"])
    for state in Export.State.values:
        family.add_metric([state], rows.get(state, 0))
    yield family


def _queue() -> Iterator[Metric]:
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=WAIT, socket_connect_timeout=WAIT) as valkey:
            length = int(valkey.llen(QUEUE))
    except (redis.RedisError, OSError):
        yield _gauge("valkey_up", "1 while Valkey answers", 0)
        return
    yield _gauge("valkey_up", "1 while Valkey answers", 1)
    yield _gauge("queue_length", "Messages waiting for a worker", length)


def _node() -> Iterator[Metric]:
    media = line_to_node()
    yield _gauge(
        "node_connected", "1 while the media node's door is open to us", int(media is not None and media.is_up)
    )
    yield _gauge("plan_lag_seconds", "How long the oldest plan waits to be acknowledged", media.lag if media else 0.0)


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(f"parley_web_{name}", words, value)
