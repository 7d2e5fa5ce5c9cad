"""What a service does when it hears of an event."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from shared.contracts.event import Envelope, Event
from shared.db import Connection

Reaction = Callable[[Connection, Any, Envelope], Awaitable[None]]
"""Called with the transaction's connection, the event (an instance of the type it is registered
for) and its envelope. The transaction also records that the event was taken in, so the effects
happen exactly once. It may be called again after a failure: what it does outside of the
transaction must bear that. An exception means "try again", and after five tries a dead letter."""

Reactions = Mapping[type[Event], Reaction]
"""All that a service reacts to; built once, in its `app.py`."""
