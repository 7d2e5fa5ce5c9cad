"""The OpenAPI 3.1 document of a service, made from its routes."""

import re
from collections.abc import Sequence
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, models_json_schema

from shared.core.texts import Catalogue
from shared.http.models import Body
from shared.http.openapi_parameters import parameters
from shared.http.openapi_problems import problem_responses, problem_schema
from shared.http.route import Route

Json = dict[str, Any]

REFERENCE: Final = "#/components/schemas/{model}"
_RESOURCE: Final = re.compile(r"/v\d+/([a-z-]+)")
_PATTERN_IN_BRACES: Final = re.compile(r"\{([a-z_]+):[^{}]*\}")


def openapi_document(
    service: str, routes: Sequence[Route], catalogue: Catalogue | None = None
) -> Json:
    """Return the document; the same routes give the same document in every process.

    `catalogue` has the texts of the errors, by default those of `services.<service>`.
    """
    if catalogue is None:
        catalogue = Catalogue.load("shared.http", f"services.{service}")
    schemas = _Schemas(routes)
    paths: dict[str, Json] = {}
    for route in routes:
        path = _PATTERN_IN_BRACES.sub(r"{\1}", route.path)
        paths.setdefault(path, {})[route.method.lower()] = _operation(
            service, route, schemas, catalogue
        )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": f"Xiangyou {service}",
            "version": "1",
            "description": catalogue.text(f"api.{service}", "en")
            if catalogue.has(f"api.{service}")
            else f"The API of the service {service} of Xiangyou, a booking platform for villages.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": dict(sorted({**schemas.definitions, "Problem": problem_schema()}.items())),
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "An access token of accounts: `POST /v1/sessions`.",
                }
            },
        },
    }


class _Schemas:
    """The JSON Schemas of all models of an API, each defined once."""

    def __init__(self, routes: Sequence[Route]) -> None:
        wanted: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {}
        for route in routes:
            inputs = route.signature.inputs
            if Body in inputs:
                wanted[(inputs[Body].type, "validation")] = None
            if route.signature.output.model is not None:
                wanted[(route.signature.output.model, "serialization")] = None
        references, document = models_json_schema(
            list(wanted), ref_template=REFERENCE, schema_generator=GenerateJsonSchema
        )
        self._references = references
        self.definitions: dict[str, Json] = document.get("$defs", {})

    def of(self, model: type[BaseModel], mode: JsonSchemaMode) -> Json:
        """Return the reference to a model's schema."""
        return self._references[(model, mode)]


def _operation(service: str, route: Route, schemas: _Schemas, catalogue: Catalogue) -> Json:
    inputs = route.signature.inputs
    operation: Json = {
        "operationId": route.name,
        "tags": [_tag(service, route)],
        "summary": route.summary,
        "description": "\n\n".join(
            part for part in (route.description, f"Access: {route.access.description}") if part
        ),
        "parameters": parameters(route),
        "responses": {
            str(route.status): _success(route, schemas),
            **problem_responses(route, catalogue),
        },
    }
    if Body in inputs:
        operation["requestBody"] = {
            "required": not inputs[Body].optional,
            "content": {
                "application/json": {"schema": schemas.of(inputs[Body].type, "validation")}
            },
        }
    if route.consumes:
        operation["requestBody"] = {
            "required": True,
            "content": {
                kind: {"schema": {"type": "string", "format": "binary"}} for kind in route.consumes
            },
        }
    if route.access.needs_token:
        operation["security"] = [{"bearer": []}]
    return operation


def _tag(service: str, route: Route) -> str:
    """Return the resource's name: what follows the version in the path."""
    found = _RESOURCE.match(route.path)
    return found[1] if found else service


def _success(route: Route, schemas: _Schemas) -> Json:
    output = route.signature.output
    response: Json = {"description": "Done."}
    if output.model is not None:
        response["content"] = {
            "application/json": {"schema": schemas.of(output.model, "serialization")}
        }
    elif output.response:
        # JSON of a handler's own making is of any type; all else is a text or a file.
        schema: Json = {} if route.produces == "application/json" else {"type": "string"}
        response["content"] = {route.produces: {"schema": schema}}
    headers: Json = {}
    if output.versioned:
        headers["ETag"] = {"schema": {"type": "string"}, "description": "The version shown."}
    if route.idempotent:
        headers["Idempotency-Replayed"] = {
            "schema": {"const": "true"},
            "description": "Present where this is the answer to an earlier, equal request.",
        }
    if headers:
        response["headers"] = headers
    return response
