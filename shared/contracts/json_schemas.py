"""The events as JSON Schema 2020-12, one document per type, and one for the envelope."""

from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from shared.contracts.event import Envelope
from shared.contracts.registry import EVENTS

Document = dict[str, Any]

ENVELOPE: Final = "cloudevents"


def json_schemas() -> dict[str, Document]:
    """Return each schema by name: the event's type, or `cloudevents` for the envelope."""
    schemas = {kind.event_type: _schema(kind.event_type, kind) for kind in EVENTS.values()}
    return {**dict(sorted(schemas.items())), ENVELOPE: _schema(ENVELOPE, Envelope)}


def _schema(name: str, model: type[BaseModel]) -> Document:
    head = {"$schema": GenerateJsonSchema.schema_dialect, "$id": f"urn:xiangyou:event:{name}"}
    return head | model.model_json_schema()
