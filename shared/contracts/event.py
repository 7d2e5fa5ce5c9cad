"""The shape of every event: CloudEvents 1.0 around a typed, versioned fact.

Sources: CloudEvents 1.0.2 (https://github.com/cloudevents/spec), its JSON format and its Kafka
protocol binding in structured mode; W3C Trace Context for `traceparent`.
"""

import re
from typing import Annotated, Any, ClassVar, Final, Literal, TypeVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue
from pydantic_core import to_json

CONTENT_TYPE: Final = b"application/cloudevents+json"

_EVENT_TYPE: Final = re.compile(r"[a-z][a-z_]*(\.[a-z][a-z_]*)+\.v[1-9][0-9]*")
_TOPIC: Final = re.compile(r"(?:[a-z]+|\{service\})\.[a-z][a-z-]*")


class Event(BaseModel):
    """A fact in the past tense, as data: ids, figures and public texts, never personal data.

    A subclass names its `event_type`, such as `order.confirmed.v1`, and its `topic`, whose first
    part is the publishing service. A change that readers of today would misunderstand is a new
    version, that is, a new class beside the old one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    event_type: ClassVar[str]
    topic: ClassVar[str]

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:  # noqa: ANN401 - pydantic's signature
        """Refuse an event whose type or topic breaks the naming rule."""
        super().__pydantic_init_subclass__(**kwargs)
        if not _EVENT_TYPE.fullmatch(cls.event_type):
            raise TypeError(f"{cls.__name__}: {cls.event_type!r} is not like 'order.confirmed.v1'")
        if not _TOPIC.fullmatch(cls.topic):
            raise TypeError(f"{cls.__name__}: {cls.topic!r} is not like 'bookings.order'")


EventT = TypeVar("EventT", bound=Event)


class Envelope(BaseModel):
    """One event on its way: a CloudEvents 1.0 document in structured JSON mode.

    `version` and `traceparent` are extension attributes. Attributes that this model does not know
    are ignored, as CloudEvents asks of its readers.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Literal["1.0"] = "1.0"
    id: Annotated[UUID, Field(description="UUIDv7; the same on every delivery of this event.")]
    source: Annotated[
        str, Field(pattern=r"^/xiangyou/[a-z]+$", description="The publishing service.")
    ]
    type: Annotated[str, Field(min_length=1, description="Name and version of the fact.")]
    subject: Annotated[UUID, Field(description="The aggregate's id; also the message's key.")]
    time: Annotated[AwareDatetime, Field(description="When the fact was recorded.")]
    datacontenttype: Literal["application/json"] = "application/json"
    version: Annotated[
        int,
        Field(
            strict=True,
            ge=1,
            le=2**31 - 1,
            description="The aggregate's version after this event: 1, 2, 3, ... without gaps.",
        ),
    ]
    traceparent: Annotated[
        str | None, Field(description="W3C trace context of the work that caused the event.")
    ] = None
    data: Annotated[dict[str, JsonValue], Field(description="The event itself.")]


def event_in(envelope: Envelope, kind: type[EventT]) -> EventT:
    """Return the envelope's event, checked strictly; raises `pydantic.ValidationError`."""
    return kind.model_validate_json(to_json(envelope.data))


def source_of(topic: str) -> str:
    """Return the CloudEvents source for a topic: the service before the first dot."""
    return f"/xiangyou/{topic.partition('.')[0]}"
