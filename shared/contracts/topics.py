"""Every topic of the platform, in one table.

A topic is named `<publishing service>.<aggregate family>`. All events of one aggregate have its
id as key and so share a partition, which keeps them in order. The brokers create none of these by
themselves with the right number of partitions: the first service that meets a broker does.
"""

from datetime import timedelta
from typing import Final, NamedTuple

SERVICES: Final = ("accounts", "venues", "bookings", "notifications", "statistics")

# Three partitions let a busy topic be read by three processes of one service.
BUSY: Final = 3
QUIET: Final = 1


class Topic(NamedTuple):
    """A topic: how many readers of one service can share it, and how long it keeps messages."""

    name: str
    partitions: int
    retention: timedelta | None

    @property
    def configs(self) -> dict[str, str]:
        """The topic's settings as the broker takes them; no retention means for ever."""
        if self.retention is None:
            return {"retention.ms": "-1", "retention.bytes": "-1", "cleanup.policy": "delete"}
        return {"retention.ms": str(self.retention // timedelta(milliseconds=1))}


# Longer than an outbox keeps what was sent, so that the log never is the shorter memory.
_EVENTS: Final = timedelta(days=14)
_DEAD_LETTERS: Final = timedelta(days=90)

# The record at offset 0 of its only partition is the broker's epoch: it must never be deleted.
EPOCH: Final = Topic("xiangyou.epoch", 1, None)

TOPICS: Final = {
    topic.name: topic
    for topic in (
        Topic("accounts.account", QUIET, _EVENTS),
        Topic("venues.village", QUIET, _EVENTS),
        Topic("venues.venue", QUIET, _EVENTS),
        Topic("venues.offering", QUIET, _EVENTS),
        Topic("venues.slot", BUSY, _EVENTS),
        Topic("venues.calendar", QUIET, _EVENTS),
        Topic("venues.closure", QUIET, _EVENTS),
        Topic("venues.licence", QUIET, _EVENTS),
        Topic("venues.feed", QUIET, _EVENTS),
        Topic("bookings.order", BUSY, _EVENTS),
        Topic("bookings.capacity", QUIET, _EVENTS),
        # Not with the levels: both count their own versions of the same pool.
        Topic("bookings.places", QUIET, _EVENTS),
        Topic("bookings.waitlist", QUIET, _EVENTS),
        Topic("bookings.past-visit", QUIET, _EVENTS),
        Topic("bookings.closure-notice", QUIET, _EVENTS),
        Topic("notifications.delivery", QUIET, _EVENTS),
        *(Topic(f"{service}.audit", QUIET, _EVENTS) for service in SERVICES),
        *(Topic(f"{service}.dead-letters", QUIET, _DEAD_LETTERS) for service in SERVICES),
        EPOCH,
    )
}

# What must not wait behind thousands of other events: a closure stops sales.
URGENT: Final = frozenset({"venues.closure"})
