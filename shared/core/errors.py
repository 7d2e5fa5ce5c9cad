"""Errors that a caller is told about: an HTTP status, a stable code, and texts by that code.

A service declares its own as subclasses in its `errors.py`. The sentences stand in the
catalogues (`locale/`) under `error.<code>.title` and `error.<code>.detail`; `params` fill their
placeholders and are shown as members of the problem document (RFC 9457).
"""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import JsonValue


class ApiError(Exception):
    """Base of every error that reaches a caller."""

    status: ClassVar[int]
    code: ClassVar[str]

    def __init__(self, *, headers: Mapping[str, str] | None = None, **params: JsonValue) -> None:
        super().__init__(self.code)
        self.params = params
        self.headers = dict(headers or {})


class ValidationFailed(ApiError):
    """The payload, a parameter or a header is wrong; `errors` lists the fields."""

    status = 422
    code = "invalid_request"


class MalformedBody(ApiError):
    """The body is not the JSON that it claims to be."""

    status = 400
    code = "malformed_body"


class IdempotencyKeyRequired(ApiError):
    """A request that creates something came without an Idempotency-Key."""

    status = 400
    code = "idempotency_key_required"


class NotSignedIn(ApiError):
    """The request needs an access token, or its token is no longer good."""

    status = 401
    code = "not_signed_in"


class NotAllowed(ApiError):
    """The caller is known but may not do this."""

    status = 403
    code = "not_allowed"


class FreshSecondFactorNeeded(ApiError):
    """The caller may do this, after showing a second factor once more: in the last `minutes`."""

    status = 403
    code = "fresh_second_factor_needed"


class NotFound(ApiError):
    """There is no such thing, or it is not the caller's to see."""

    status = 404
    code = "not_found"


class MethodNotAllowed(ApiError):
    """The resource exists but does not take this method."""

    status = 405
    code = "method_not_allowed"


class BodyTimeout(ApiError):
    """The body did not arrive in time."""

    status = 408
    code = "body_timeout"


class RequestInFlight(ApiError):
    """A request with the same Idempotency-Key is still being worked on."""

    status = 409
    code = "request_in_flight"


class PreconditionFailed(ApiError):
    """Somebody else changed the resource since the caller read it."""

    status = 412
    code = "precondition_failed"


class BodyTooLarge(ApiError):
    """The body is larger than the route takes."""

    status = 413
    code = "body_too_large"


class UnsupportedMediaType(ApiError):
    """The body is not in a format that the route reads."""

    status = 415
    code = "unsupported_media_type"


class IdempotencyKeyReused(ApiError):
    """The Idempotency-Key was used before, with another body."""

    status = 422
    code = "idempotency_key_reused"


class PreconditionRequired(ApiError):
    """The change has no If-Match, so it could overwrite what nobody has read (RFC 6585)."""

    status = 428
    code = "precondition_required"


class TooManyRequests(ApiError):
    """The caller asks too often; Retry-After says when to come back."""

    status = 429
    code = "too_many_requests"


class InternalError(ApiError):
    """Something failed that should not; the log has the request's id."""

    status = 500
    code = "internal_error"


class Unavailable(ApiError):
    """Something this needs is away; Retry-After says when to try again."""

    status = 503
    code = "temporarily_unavailable"
