"""All events of the platform, and who hears which."""

from types import MappingProxyType, ModuleType
from typing import Final

from shared.contracts import accounts, audit, bookings, feeds, messaging, notifications, venues
from shared.contracts.event import Event


def _events_in(module: ModuleType) -> list[type[Event]]:
    """Return the events that a module defines, in its order."""
    return [
        item
        for item in vars(module).values()
        if isinstance(item, type) and issubclass(item, Event) and item.__module__ == module.__name__
    ]


def _by_type(*modules: ModuleType) -> dict[str, type[Event]]:
    events: dict[str, type[Event]] = {}
    for module in modules:
        for event in _events_in(module):
            if event.event_type in events:
                raise TypeError(f"two events are called {event.event_type}")
            events[event.event_type] = event
    return events


EVENTS: Final = MappingProxyType(
    _by_type(accounts, venues, feeds, bookings, notifications, audit, messaging)
)
