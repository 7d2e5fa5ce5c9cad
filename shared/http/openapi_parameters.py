"""The parameters of an operation, as its OpenAPI document shows them."""

from typing import Any

from pydantic import BaseModel

from shared.http.etags import IfMatch, RequiredIfMatch
from shared.http.idempotency import KEY_PATTERN, Idempotency
from shared.http.models import Headers, Path, Query
from shared.http.route import Route

Json = dict[str, Any]


def parameters(route: Route) -> list[Json]:
    """Return the parameters of an operation: path, query, headers."""
    inputs = route.signature.inputs
    found: list[Json] = []
    for kind, place in ((Path, "path"), (Query, "query"), (Headers, "header")):
        if kind in inputs:
            found += _fields(inputs[kind].type, place)
    if Idempotency in inputs:
        found.append(
            {
                "name": "Idempotency-Key",
                "in": "header",
                "required": not inputs[Idempotency].optional,
                "description": "A key of the caller's own making, the same when it asks again.",
                "schema": {"type": "string", "pattern": f"^{KEY_PATTERN.pattern}$"},
            }
        )
    if IfMatch in inputs:
        found.append(
            {
                "name": "If-Match",
                "in": "header",
                "required": issubclass(inputs[IfMatch].type, RequiredIfMatch),
                "description": "The ETag that was read; refused with 412 if it has changed.",
                "schema": {"type": "string"},
            }
        )
    return found


def _fields(model: type[BaseModel], place: str) -> list[Json]:
    schema = model.model_json_schema()
    required = schema.get("required", [])
    fields: list[Json] = []
    for name, field in schema.get("properties", {}).items():
        inlined = _inline(field, schema.get("$defs", {}))
        described = {"description": text} if (text := inlined.pop("description", "")) else {}
        inlined.pop("title", None)
        if inlined.get("default", ...) is None:
            del inlined["default"]
        fields.append(
            {
                "name": name,
                "in": place,
                "required": place == "path" or name in required,
                **described,
                "schema": inlined,
            }
        )
    return fields


def _inline(schema: Any, definitions: Json) -> Any:  # noqa: ANN401 - JSON is any of six types
    """Return a parameter's schema without references, and without `or null`: it is left out."""
    if isinstance(schema, list):
        return [_inline(inner, definitions) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        rest = {name: value for name, value in schema.items() if name != "$ref"}
        return {**_inline(definitions[schema["$ref"].rpartition("/")[2]], definitions), **rest}
    inlined = {name: _inline(value, definitions) for name, value in schema.items()}
    choices = [one for one in inlined.get("anyOf", ()) if one != {"type": "null"}]
    if len(choices) == 1:
        del inlined["anyOf"]
        return {**choices[0], **inlined}
    return inlined
