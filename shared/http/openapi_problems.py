"""The problem answers of an operation, as its OpenAPI document shows them."""

from collections import defaultdict
from typing import Any

from shared.core.errors import (
    ApiError,
    BodyTimeout,
    BodyTooLarge,
    FreshSecondFactorNeeded,
    IdempotencyKeyRequired,
    IdempotencyKeyReused,
    InternalError,
    MalformedBody,
    NotAllowed,
    NotSignedIn,
    PreconditionFailed,
    PreconditionRequired,
    RequestInFlight,
    TooManyRequests,
    Unavailable,
    UnsupportedMediaType,
    ValidationFailed,
)
from shared.core.texts import Catalogue
from shared.http.access import Caller
from shared.http.etags import IfMatch, RequiredIfMatch
from shared.http.idempotency import Idempotency
from shared.http.models import Body
from shared.http.problems import CONTENT_TYPE, TYPE_PREFIX
from shared.http.route import Route

Json = dict[str, Any]


def problem_responses(route: Route, catalogue: Catalogue) -> Json:
    """Return the responses of all errors that an operation can answer with, by status."""
    by_status: dict[int, list[type[ApiError]]] = defaultdict(list)
    for error in dict.fromkeys((*_implied(route), *route.errors)):
        by_status[error.status].append(error)
    return {str(status): _response(by_status[status], catalogue) for status in sorted(by_status)}


def problem_schema() -> Json:
    """Return the schema of every problem document (RFC 9457)."""
    text = {"type": "string"}
    return {
        "type": "object",
        "title": "Problem",
        "description": "Why a request was refused. `code` is stable; further members belong to it.",
        "required": ["type", "title", "status", "detail", "code", "instance", "request_id"],
        "properties": {
            "type": {**text, "format": "uri"},
            "title": text,
            "status": {"type": "integer"},
            "detail": text,
            "code": text,
            "instance": text,
            "request_id": {"type": ["string", "null"]},
            "errors": {"type": "array", "items": _field_schema()},
        },
        "additionalProperties": True,
    }


def _field_schema() -> Json:
    text = {"type": "string"}
    return {
        "type": "object",
        "required": ["in", "field", "code", "message"],
        "properties": {
            "in": {"enum": ["body", "query", "path", "header"]},
            "field": {**text, "description": "A JSON pointer (RFC 6901)."},
            "code": text,
            "message": text,
        },
        "additionalProperties": True,
    }


def _implied(route: Route) -> list[type[ApiError]]:
    """Return the errors that follow from what the route takes."""
    inputs = route.signature.inputs
    errors: list[type[ApiError]] = [
        ValidationFailed,
        TooManyRequests,
        InternalError,
        Unavailable,
    ]
    if Body in inputs:
        errors += [MalformedBody, BodyTooLarge, UnsupportedMediaType]
    if route.consumes:
        errors += [MalformedBody, BodyTimeout, BodyTooLarge, UnsupportedMediaType]
    if route.access.needs_token or Caller in inputs:
        errors.append(NotSignedIn)
    if route.access.needs_token:
        errors.append(NotAllowed)
    if route.access.needs_fresh_second_factor(route.method):
        errors.append(FreshSecondFactorNeeded)
    if Idempotency in inputs:
        errors += [RequestInFlight, IdempotencyKeyReused]
        if not inputs[Idempotency].optional:
            errors.append(IdempotencyKeyRequired)
    if IfMatch in inputs:
        errors.append(PreconditionFailed)
        if issubclass(inputs[IfMatch].type, RequiredIfMatch):
            errors.append(PreconditionRequired)
    return errors


def _response(errors: list[type[ApiError]], catalogue: Catalogue) -> Json:
    return {
        "description": " / ".join(f"`{error.code}`" for error in errors),
        "content": {
            CONTENT_TYPE: {
                "schema": {"$ref": "#/components/schemas/Problem"},
                "examples": {error.code: {"value": _example(error, catalogue)} for error in errors},
            }
        },
    }


def _example(error: type[ApiError], catalogue: Catalogue) -> Json:
    """Return an example document; its placeholders are left to be seen."""
    return {
        "type": TYPE_PREFIX + error.code,
        "title": catalogue.template(f"error.{error.code}.title", "en"),
        "status": error.status,
        "detail": catalogue.template(f"error.{error.code}.detail", "en"),
        "code": error.code,
        "instance": "/v1/example",
        "request_id": "0190c0de00007000800000000000000a",
    }
