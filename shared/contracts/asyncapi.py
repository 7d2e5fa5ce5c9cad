"""All events, topics, publishers and listeners as one AsyncAPI 3.0 document."""

from collections.abc import Iterable
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from shared.contracts.event import CONTENT_TYPE, Envelope, Event
from shared.contracts.registry import EVENTS
from shared.contracts.subscriptions import SUBSCRIPTIONS
from shared.contracts.topics import SERVICES, TOPICS

Document = dict[str, Any]

# Of this document's shape; each event carries its own version in its name.
_VERSION: Final = "1.0.0"
_SCHEMAS: Final = "#/components/schemas/"
_DESCRIPTION: Final = """\
What the services of Xiangyou tell each other over Kafka. Every message is a CloudEvents 1.0
document in structured JSON mode. Its key is the aggregate's id, so that one aggregate's events
stay in order; `version` counts them without gaps. A message may be delivered more than once,
with the same `id`: take it in once. No event holds personal data."""


def asyncapi() -> Document:
    """Return the document."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Xiangyou events",
            "version": _VERSION,
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": CONTENT_TYPE.decode(),
        "servers": {
            "embedded": {
                "host": "127.0.0.1:19092",
                "protocol": "kafka",
                "description": "The broker of `make run`.",
            }
        },
        "channels": {_channel_id(topic): _channel(topic) for topic in _topics()},
        "operations": {**_sends(), **_receives()},
        "components": {
            "messages": {kind.event_type: _message(kind) for kind in EVENTS.values()},
            "schemas": _schemas(),
        },
    }


def _topics() -> list[str]:
    return list(dict.fromkeys(kind.topic for kind in EVENTS.values()))


def _channel_id(topic: str) -> str:
    return topic.replace("{service}.", "")


def _channel(topic: str) -> Document:
    settings = TOPICS[topic.format(service=SERVICES[0])]
    channel: Document = {
        "address": topic,
        "messages": {
            kind.event_type: {"$ref": f"#/components/messages/{kind.event_type}"}
            for kind in EVENTS.values()
            if kind.topic == topic
        },
        "bindings": {
            "kafka": {
                "partitions": settings.partitions,
                "topicConfiguration": {"retention.ms": int(settings.configs["retention.ms"])},
                "bindingVersion": "0.5.0",
            }
        },
    }
    if "{service}" in topic:
        channel["parameters"] = {
            "service": {"description": "Who publishes them.", "enum": list(SERVICES)}
        }
    return channel


def _sends() -> Document:
    return {
        f"{service}.send.{_channel_id(topic)}": _operation("send", service, topic, EVENTS.values())
        for topic in _topics()
        for service in _publishers(topic)
    }


def _receives() -> Document:
    return {
        f"{service}.receive.{_channel_id(topic)}": _operation("receive", service, topic, heard)
        for service, heard in SUBSCRIPTIONS.items()
        for topic in sorted({kind.topic for kind in heard})
    }


def _publishers(topic: str) -> tuple[str, ...]:
    if "{service}" in topic:
        return SERVICES
    return (topic.partition(".")[0],)


def _operation(action: str, service: str, topic: str, kinds: Iterable[type[Event]]) -> Document:
    channel = f"#/channels/{_channel_id(topic)}"
    return {
        "action": action,
        "channel": {"$ref": channel},
        "tags": [{"name": service}],
        "messages": [
            {"$ref": f"{channel}/messages/{name}"}
            for name in sorted(kind.event_type for kind in kinds if kind.topic == topic)
        ],
    }


def _message(kind: type[Event]) -> Document:
    return {
        "name": kind.event_type,
        "title": kind.__name__,
        "summary": summary(kind),
        "contentType": CONTENT_TYPE.decode(),
        "headers": {
            "type": "object",
            "required": ["content-type"],
            "properties": {
                "content-type": {"type": "string", "const": CONTENT_TYPE.decode()},
                "epoch": {
                    "type": "string",
                    "format": "uuid",
                    "description": (
                        "The broker's epoch at sending. Where it differs from the first record "
                        "of the topic xiangyou.epoch, drop the message: it comes again, in order."
                    ),
                },
            },
        },
        "payload": {
            "allOf": [
                {"$ref": f"{_SCHEMAS}Envelope"},
                {
                    "type": "object",
                    "properties": {
                        "type": {"const": kind.event_type},
                        "data": {"$ref": f"{_SCHEMAS}{kind.__name__}"},
                    },
                },
            ]
        },
        "bindings": {
            "kafka": {
                "key": {"type": "string", "format": "uuid", "description": "The aggregate's id."},
                "bindingVersion": "0.5.0",
            }
        },
    }


def _schemas() -> Document:
    models: list[type[BaseModel]] = [Envelope, *EVENTS.values()]
    _, definitions = models_json_schema(
        [(model, "validation") for model in models], ref_template=_SCHEMAS + "{model}"
    )
    schemas: Document = definitions["$defs"]
    return dict(sorted(schemas.items()))


def summary(kind: type[Event]) -> str:
    """Return the first sentence of an event's docstring."""
    return (kind.__doc__ or "").strip().partition("\n")[0]
