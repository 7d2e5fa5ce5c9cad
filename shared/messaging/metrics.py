"""What the messaging parts count and measure; `add_to` shows it at an application's `/metrics`."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

UNSENT: Final = Gauge("xiangyou_outbox_unsent", "Events that wait to be sent.", registry=None)
OLDEST: Final = Gauge(
    "xiangyou_outbox_oldest_seconds", "Age of the oldest event that waits.", registry=None
)
SENT: Final = Counter(
    "xiangyou_outbox_sent", "Events that the broker acknowledged.", ["topic"], registry=None
)
LEADING: Final = Gauge(
    "xiangyou_relay_leading", "1 while this process sends the events.", registry=None
)
REWINDS: Final = Counter(
    "xiangyou_outbox_rewinds", "Times that a new broker was told everything.", registry=None
)
RECEIVED: Final = Counter(
    "xiangyou_consumer_events",
    "Messages by what became of them.",
    ["consumer", "outcome"],
    registry=None,
)
BATCH_SECONDS: Final = Histogram(
    "xiangyou_consumer_batch_seconds",
    "Time from a batch's arrival to its commit.",
    ["consumer"],
    registry=None,
)
LAG: Final = Gauge(
    "xiangyou_consumer_lag", "Messages on the log not yet taken in.", ["consumer"], registry=None
)
RESTARTS: Final = Counter(
    "xiangyou_consumer_restarts",
    "Times that the consumer was built anew.",
    ["consumer", "reason"],
    registry=None,
)


def add_to(registry: CollectorRegistry) -> None:
    """Show all of these in a registry."""
    for metric in (
        *(UNSENT, OLDEST, SENT, LEADING, REWINDS),
        *(RECEIVED, BATCH_SECONDS, LAG, RESTARTS),
    ):
        registry.register(metric)
