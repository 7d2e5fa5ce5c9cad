"""What every consuming service tells about the messaging itself."""

from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from shared.contracts.event import Event


class MessageDeadLettered(Event):
    """A service gave up on a message; it kept the message and can replay it after the fix."""

    event_type: ClassVar[str] = "message.dead_lettered.v1"
    topic: ClassVar[str] = "{service}.dead-letters"

    dead_letter_id: UUID
    original_topic: str
    original_partition: Annotated[int, Field(ge=0)]
    original_offset: Annotated[int, Field(ge=0)]
    original_event_id: UUID | None
    original_event_type: str | None
    reason: Annotated[str, Field(description="Kind of the error, without the message's values.")]
