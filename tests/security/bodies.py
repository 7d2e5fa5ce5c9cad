"""What comes in, field by field, as the APIs' documents describe it; and bodies that try it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from deploy.generate.api_documents import api_documents

Json = dict[str, Any]
METHODS: Final = ("post", "put", "patch", "delete", "get")


@dataclass(frozen=True, slots=True)
class Place:
    """A part of what a route takes: `/lines/0/nights` of a body, or a parameter by its name."""

    service: str
    method: str
    path: str
    pointer: str
    schema: Json

    def __str__(self) -> str:
        return f"{self.service} {self.method.upper()} {self.path} {self.pointer}"


def operations() -> Iterator[tuple[str, str, str, Json, Json]]:
    """Return service, method, path, operation and definitions of every route of every API."""
    for file, text in api_documents():
        document = json.loads(text)
        for path, methods in document["paths"].items():
            for method in METHODS:
                if method in methods:
                    definitions = document["components"]["schemas"]
                    yield file.stem, method, path, methods[method], definitions


def in_bodies() -> Iterator[Place]:
    """Return every object, list and value of every JSON body, from the outside inwards."""
    for service, method, path, operation, definitions in operations():
        content = operation.get("requestBody", {}).get("content", {})
        schema = content.get("application/json", {}).get("schema")
        if schema is not None:
            for pointer, found in _walk(schema, "", definitions, frozenset()):
                yield Place(service, method, path, pointer, found)


def in_parameters() -> Iterator[Place]:
    """Return every value of the paths, queries and headers."""
    for service, method, path, operation, definitions in operations():
        for parameter in operation["parameters"]:
            name = f"{parameter['in']}:{parameter['name']}"
            for pointer, found in _walk(parameter["schema"], name, definitions, frozenset()):
                yield Place(service, method, path, pointer, found)


def _walk(
    schema: Json, pointer: str, definitions: Json, above: frozenset[str]
) -> Iterator[tuple[str, Json]]:
    """Return a schema and those within it; what holds itself is walked once."""
    if name := schema.get("$ref", "").rpartition("/")[2]:
        if name in above:
            return
        yield from _walk(definitions[name], pointer, definitions, above | {name})
        return
    for choice in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        yield from _walk(choice, pointer, definitions, above)
    if "type" in schema and schema["type"] != "null":
        yield pointer, schema
    inner = {f"{pointer}/{name}": part for name, part in schema.get("properties", {}).items()}
    if "items" in schema:
        inner[f"{pointer}/0"] = schema["items"]
    if isinstance(schema.get("additionalProperties"), dict):
        first = schema.get("propertyNames", {}).get("enum", ["any"])[0]
        inner[f"{pointer}/{first}"] = schema["additionalProperties"]
    for place, part in inner.items():
        yield from _walk(part, place, definitions, above)


def body_with(pointer: str, value: object) -> object:
    """Return a body that holds a value at its place, and nothing else."""
    for step in reversed(pointer.split("/")[1:]):
        value = [value] if step == "0" else {step: value}
    return value
