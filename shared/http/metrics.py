"""Figures for Prometheus: one registry per application, served at `/metrics`.

Where several workers share a port, whichever is asked shows its own figures. They carry its
number as a label, so that each worker's counters stay counters.
"""

from collections.abc import Iterator
from typing import Final

from aiohttp import web
from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.metrics_core import Metric

BUCKETS: Final = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class HttpMetrics:
    """Requests by method, route and status, and how long they took."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "http_requests",
            "Requests answered.",
            ("method", "route", "status"),
            registry=registry,
        )
        self._seconds = Histogram(
            "http_request_seconds",
            "Seconds from a request's head to the end of its answer.",
            ("method", "route"),
            buckets=BUCKETS,
            registry=registry,
        )
        # Looking a label's child up by name costs more than counting on it.
        self._counters: dict[tuple[str, str, int], Counter] = {}
        self._histograms: dict[tuple[str, str], Histogram] = {}

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request."""
        key = (method, route, status)
        if key not in self._counters:
            self._counters[key] = self._requests.labels(method, route, str(status))
            self._histograms[key[:2]] = self._seconds.labels(method, route)
        self._counters[key].inc()
        self._histograms[key[:2]].observe(seconds)


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
