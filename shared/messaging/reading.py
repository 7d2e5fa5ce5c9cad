"""Turns what came from the log into events, or says why that is impossible."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Annotated, Any, Final, Protocol, TypeVar
from uuid import UUID

from pydantic import Field, TypeAdapter, ValidationError
from pydantic_core import from_json

from shared.contracts.event import Envelope, Event, event_in
from shared.contracts.topics import SERVICES
from shared.messaging.failures import reason_of
from shared.messaging.reactions import Reaction, Reactions

T = TypeVar("T")


class Message(Protocol):
    """A record of the log, as the Kafka client hands it over."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None


@dataclass(frozen=True, slots=True)
class Arrival:
    """An event that this service reacts to."""

    message: Message
    envelope: Envelope
    event: Event
    reaction: Reaction

    @property
    def event_id(self) -> UUID:
        """The event's id, the same on every delivery."""
        return self.envelope.id

    @property
    def event_type(self) -> str:
        """The event's name and version."""
        return self.envelope.type


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A message that no later try will make sense of, or that failed too often."""

    message: Message
    reason: str
    event_id: UUID | None = None
    event_type: str | None = None
    tries: int = 1


# What can be said of a message that is otherwise wrong.
_ID: Final = TypeAdapter(UUID)
_TYPE: Final = TypeAdapter(Annotated[str, Field(pattern=r"^[a-z0-9_.]{1,100}$")])


class EventReader:
    """Reads messages for one service's reactions."""

    def __init__(self, reactions: Reactions, known_types: Collection[str]) -> None:
        self._reactions = {kind.event_type: (kind, act) for kind, act in reactions.items()}
        self._names = {_name(kind) for kind in self._reactions}
        self._known = frozenset(known_types) | self._reactions.keys()

    def read(self, message: Message) -> Arrival | Unreadable | None:
        """Return the event, what is wrong with it, or None when it is not for this service."""
        value = message.value or b""
        try:
            envelope = Envelope.model_validate_json(value)
            found = self._reactions.get(envelope.type)
            if found is None:
                return self._not_ours(message, envelope)
            kind, reaction = found
            return Arrival(message, envelope, event_in(envelope, kind), reaction)
        except ValidationError as error:
            fields = _fields(value)
            event_id = _valid(_ID, fields.get("id"))
            event_type = _valid(_TYPE, fields.get("type"))
            return Unreadable(message, reason_of(error), event_id, event_type)

    def _not_ours(self, message: Message, envelope: Envelope) -> Unreadable | None:
        """Ignore what does not concern us, but not a newer version of what does."""
        if envelope.type in self._known or _name(envelope.type) not in self._names:
            return None
        return Unreadable(message, "UnknownVersion", envelope.id, _valid(_TYPE, envelope.type))


def _name(event_type: str) -> str:
    """Return an event type without its version."""
    return event_type.rpartition(".")[0]


def _fields(value: bytes) -> dict[str, Any]:
    try:
        document = from_json(value)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _valid(adapter: TypeAdapter[T], value: object) -> T | None:
    try:
        return adapter.validate_python(value)
    except ValidationError:
        return None


def topics_of(reactions: Iterable[type[Event]]) -> list[str]:
    """Return the topics on which these events arrive; `{service}` stands for all of them."""
    return sorted(
        {kind.topic.format(service=service) for kind in reactions for service in SERVICES}
    )
