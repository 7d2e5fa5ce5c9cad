"""Figures for Prometheus: one registry per application, served at `/metrics`.

Where several workers share a port, whichever is asked shows its own figures. They carry its
number as a label, so that each worker's counters stay counters.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from itertools import accumulate
from operator import add
from typing import Final

from aiohttp import web
from prometheus_client import (
    CollectorRegistry,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.metrics_core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

BUCKETS: Final = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class _Tally:
    """How many requests of one kind there were, and how long they took together (seconds)."""

    __slots__ = ("buckets", "seconds")

    def __init__(self) -> None:
        self.seconds = 0.0
        # As many as took no longer than each of BUCKETS and longer than the one before, and the
        # rest.
        self.buckets = [0] * (len(BUCKETS) + 1)


class HttpMetrics(Collector):
    """Requests by method, route and status, and how long they took.

    They are counted by the event loop's thread alone, so that counting needs no locks.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._tallies: dict[tuple[str, str, int], _Tally] = {}
        registry.register(self)

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        tally = self._tallies.get((method, route, status))
        if tally is None:
            tally = self._tallies[method, route, status] = _Tally()
        tally.seconds += seconds
        tally.buckets[bisect_left(BUCKETS, seconds)] += 1

    def collect(self) -> Iterator[Metric]:
        """Return the figures of this moment."""
        requests = CounterMetricFamily(
            "http_requests", "Requests answered.", labels=("method", "route", "status")
        )
        times = HistogramMetricFamily(
            "http_request_seconds",
            "Seconds from a request's head to the end of its answer.",
            labels=("method", "route"),
        )
        together: dict[tuple[str, str], _Tally] = defaultdict(_Tally)
        for (method, route, status), tally in self._tallies.items():
            requests.add_metric((method, route, str(status)), sum(tally.buckets))
            whole = together[method, route]
            whole.seconds += tally.seconds
            whole.buckets = [*map(add, whole.buckets, tally.buckets)]
        for labels, tally in together.items():
            counts = zip((*map(str, BUCKETS), "+Inf"), accumulate(tally.buckets), strict=True)
            times.add_metric(labels, [*counts], tally.seconds)
        yield requests
        yield times


REGISTRY: Final = web.AppKey("registry", CollectorRegistry)
HTTP_METRICS: Final = web.AppKey("http_metrics", HttpMetrics)
# The number of this process among those that share the port; missing where it is alone.
WORKER: Final[web.AppKey[int]] = web.AppKey("worker", int)


def add_metrics(app: web.Application) -> None:
    """Give the application a registry and serve it at `/metrics`."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    app[REGISTRY] = registry
    app[HTTP_METRICS] = HttpMetrics(registry)
    app.router.add_get("/metrics", _metrics)


class _Labelled:
    """A registry's figures with one more label on each."""

    def __init__(self, registry: CollectorRegistry, **labels: str) -> None:
        self._registry = registry
        self._labels = labels

    def collect(self) -> Iterator[Metric]:
        """Return the figures of this moment."""
        for metric in self._registry.collect():
            metric.samples = [
                sample._replace(labels={**sample.labels, **self._labels})
                for sample in metric.samples
            ]
            yield metric


async def _metrics(request: web.Request) -> web.Response:
    labels = {"worker": str(request.app[WORKER])} if WORKER in request.app else {}
    return web.Response(
        body=generate_latest(_Labelled(request.app[REGISTRY], **labels)),
        headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"},
    )
