"""The route decorator: one handler, where it answers, who may call it, what can go wrong."""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final, Literal

from aiohttp import web

from shared.core.errors import ApiError
from shared.http.access import Access, Caller
from shared.http.idempotency import Idempotency
from shared.http.models import Body, Path, Query
from shared.http.rate_limits import RateClass, class_of
from shared.http.signatures import Handler, Signature, read_signature

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]

_VARIABLE: Final = re.compile(r"\{([a-z_]+)(?::[^{}]*)?\}")


@dataclass(frozen=True, slots=True)
class Route:
    """One operation of an API, ready to be bound to an application and documented."""

    method: Method
    path: str
    access: Access
    status: int
    errors: tuple[type[ApiError], ...]
    idempotent: bool
    rate_class: RateClass
    kept: bool
    produces: str
    consumes: tuple[str, ...]
    name: str
    module: str
    summary: str
    description: str
    handler: Handler
    signature: Signature

    @property
    def variables(self) -> tuple[str, ...]:
        """The names in braces in the path."""
        return tuple(_VARIABLE.findall(self.path))


def route(
    method: Method,
    path: str,
    *,
    access: Access,
    status: int | None = None,
    idempotent: bool = False,
    rate_class: RateClass | None = None,
    kept: bool = False,
    errors: tuple[type[ApiError], ...] = (),
    produces: str = "application/json",
    consumes: tuple[str, ...] = (),
) -> Callable[[Handler], Route]:
    """Make a handler a route. The handler takes what it needs by annotation:

    `web.Request`, `Caller`, a subclass of `Body`, `Path`, `Query` or `Headers`, `Idempotency`,
    `IfMatch` or `RequiredIfMatch`, in any order; `| None` marks `Caller` (public routes), `Body`
    and `Idempotency` as optional.
    A route that `consumes` media types reads its body from the request itself.
    What a `kept` route answers without a token is kept as bytes for a moment (`kept_answers.py`):
    it depends on the query alone, and is a model.
    It returns a model, a `Versioned` model, None (204) or a response of its own.
    Raises TypeError for a handler whose signature does not fit its route.
    """  # noqa: D400 - the list is part of the sentence

    def decorate(handler: Handler) -> Route:
        signature = read_signature(handler)
        summary, description = _read_docstring(handler)
        made = Route(
            method=method,
            path=path,
            access=access,
            status=status or _default_status(signature),
            errors=errors,
            idempotent=idempotent,
            rate_class=rate_class or class_of(method, access.name),
            kept=kept,
            produces=produces,
            consumes=consumes,
            name=handler.__name__,
            module=handler.__module__,
            summary=summary,
            description=description,
            handler=handler,
            signature=signature,
        )
        _check(made)
        return made

    return decorate


def _default_status(signature: Signature) -> int:
    output = signature.output
    return 204 if output.model is None and not output.response else 200


def _read_docstring(handler: Handler) -> tuple[str, str]:
    first, _, rest = (inspect.getdoc(handler) or "").partition("\n")
    if not first:
        raise TypeError(f"{handler.__qualname__} has no docstring to document it by")
    return first, rest.strip()


def _path_fields(made: Route) -> set[str]:
    path = made.signature.inputs.get(Path)
    if path is None or not issubclass(path.type, Path):
        return set()
    return {field.alias or name for name, field in path.type.model_fields.items()}


def _can_be_kept(made: Route) -> bool:
    return (
        made.method == "GET"
        and made.status == HTTPStatus.OK
        and not made.access.needs_token
        and made.signature.output.model is not None
        and not made.signature.output.versioned
        and {Query} <= set(made.signature.inputs) <= {web.Request, Caller, Query}
    )


def _check(made: Route) -> None:
    inputs = made.signature.inputs
    if _path_fields(made) != set(made.variables):
        raise TypeError(f"{made.name}: {made.path} and its Path model have different names")
    if Body in inputs and made.method in {"GET", "DELETE"}:
        raise TypeError(f"{made.name}: a {made.method} has no body")
    if made.consumes and (Body in inputs or made.method in {"GET", "DELETE"}):
        raise TypeError(f"{made.name}: it reads its body itself, or has none")
    if made.kept and not _can_be_kept(made):
        raise TypeError(f"{made.name}: only what the query alone decides, and a model, is kept")
    if made.idempotent != (Idempotency in inputs):
        raise TypeError(f"{made.name}: idempotent=True and an Idempotency parameter go together")
    if made.idempotent and not made.access.needs_token:
        raise TypeError(f"{made.name}: keys are kept per caller, and a public route has none")
    if Caller in inputs and not made.access.needs_token and not inputs[Caller].optional:
        raise TypeError(f"{made.name}: on a public route the caller may be None")
