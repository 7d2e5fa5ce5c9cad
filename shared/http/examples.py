"""Example values made from JSON Schemas, for the API's page."""

import json
from typing import Any, Final

Json = dict[str, Any]

DEEPEST: Final = 8

_BY_FORMAT: Final = {
    "uuid": "0190c0de-0000-7000-8000-000000000001",
    "date": "2026-10-01",
    "date-time": "2026-10-01T14:00:00+08:00",
    "time": "14:00",
    "email": "somebody@xiangyou.example",
    "uri": "https://xiangyou.example/",
}


def example_text(schema: Json, document: Json) -> str:
    """Return an example of a schema of the document, as indented JSON."""
    definitions = document["components"]["schemas"]
    return json.dumps(_example(schema, definitions, 0), ensure_ascii=False, indent=2)


def _example(schema: Json, definitions: Json, depth: int) -> Any:  # noqa: ANN401 - JSON
    if "$ref" in schema:
        found = definitions[schema["$ref"].rpartition("/")[2]]
        return _example(found, definitions, depth + 1) if depth < DEEPEST else {}
    for choices in ("anyOf", "oneOf", "allOf"):
        if choices in schema:
            return _example(schema[choices][0], definitions, depth)
    given = [*schema.get("examples", ()), *schema.get("enum", ())]
    given += [schema[name] for name in ("const", "default") if schema.get(name) is not None]
    if given:
        return given[0]
    kind = schema.get("type")
    if kind == "object":
        return _object(schema, definitions, depth)
    if kind == "array":
        items = schema.get("items") or (schema.get("prefixItems") or [{}])[0]
        return [_example(items, definitions, depth + 1)]
    return _scalar(schema, kind)


def _scalar(schema: Json, kind: object) -> str | int | bool | None:
    if kind in {"integer", "number"}:
        smallest: int = schema.get("minimum", schema.get("exclusiveMinimum", 0) + 1)
        return smallest
    if kind == "boolean":
        return False
    return _BY_FORMAT.get(schema.get("format", ""), "text") if kind == "string" else None


def _object(schema: Json, definitions: Json, depth: int) -> Json:
    if "properties" in schema:
        return {
            name: _example(inner, definitions, depth + 1)
            for name, inner in schema["properties"].items()
        }
    inner = schema.get("additionalProperties")
    return {"name": _example(inner, definitions, depth + 1)} if isinstance(inner, dict) else {}
