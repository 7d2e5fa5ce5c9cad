"""What every service tells of the decisions of people whom others have to be able to check."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from shared.contracts.event import Event

ActorKind = Literal["office", "person", "key", "service", "system"]
# A word such as `venue.approved`.
Action = Annotated[str, Field(max_length=60, pattern=r"^[a-z][a-z_]*(\.[a-z][a-z_]*)+$")]
# `account:<id>`, `key:<id of an API key>`, `service:<name>` or `system`.
Actor = Annotated[str, Field(max_length=64, pattern=r"^[a-z]+(:[A-Za-z0-9-]+)?$")]
# An id, or a short code such as a year or a kind; never a person's words.
Code = Annotated[str, Field(max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:+-]*$")]
DetailName = Annotated[str, Field(max_length=40, pattern=r"^[a-z][a-z0-9_]*$")]
Figure = Annotated[int, Field(ge=-(2**53), le=2**53)]
Single = bool | Figure | Code | None
Detail = Single | Annotated[tuple[Single, ...], Field(max_length=100)]
Details = Annotated[dict[DetailName, Detail], Field(max_length=20)]


class AuditRecorded(Event):
    """Somebody used a right that others are answerable for; the audit log takes this in.

    `details` are ids, codes and figures that say what was decided, never anybody's words.
    """

    event_type: ClassVar[str] = "audit.recorded.v1"
    topic: ClassVar[str] = "{service}.audit"

    entry_id: UUID
    action: Action
    actor: Actor
    actor_kind: ActorKind
    subject: Code
    details: Details
