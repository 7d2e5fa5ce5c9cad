"""From a request to a handler's arguments, and from what it returns to a response.

Everything that depends on the route alone is worked out once, when the route is bound.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, Final

from aiohttp import hdrs, web
from pydantic import BaseModel, ValidationError
from yarl import URL

from shared.core.errors import (
    FreshSecondFactorNeeded,
    IdempotencyKeyRequired,
    NotAllowed,
    NotSignedIn,
)
from shared.http.access import Caller
from shared.http.auth import admit
from shared.http.etags import IfMatch, RequiredIfMatch, Versioned, etag, is_known
from shared.http.idempotency import KEY_PATTERN, Idempotency
from shared.http.json_body import parse_json, read_body, require_json
from shared.http.kept_answers import KeptAnswers
from shared.http.models import Body, Headers, Path, Query
from shared.http.parameters import ParameterReader
from shared.http.rate_limits import count_request
from shared.http.route import Route
from shared.http.signatures import Input
from shared.http.validation import failed, invalid

AiohttpHandler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Arguments = dict[str, Any]

KEY_HEADER: Final = "Idempotency-Key"
REPLAYED_HEADER: Final = "Idempotency-Replayed"


def bind(route: Route) -> AiohttpHandler:
    """Return the aiohttp handler of a route."""
    inputs = route.signature.inputs
    caller = inputs.get(Caller)
    body = inputs.get(Body)
    needs_caller = caller is not None or route.access.needs_token
    needs_key = inputs.get(Idempotency)
    fill = _filler(route)

    async def handle(request: web.Request) -> web.StreamResponse:
        arguments: Arguments = {}
        asking = await _admit(request, route) if needs_caller else None
        count_request(request, route.rate_class, asking)
        if caller is not None:
            arguments[caller.name] = asking
        fill(request, arguments)
        key = _key(request, needs_key) if needs_key is not None else None
        parsed = None
        if body is not None:
            parsed, arguments[body.name] = await _read(request, body)
        idempotency = None
        if needs_key is not None:
            if key is not None and asking is not None:
                idempotency = Idempotency(
                    asking.key,
                    key,
                    method=route.method,
                    path=request.path,
                    body=parsed,
                    status=route.status,
                )
            arguments[needs_key.name] = idempotency
        return _respond(request, route, await route.handler(**arguments), idempotency)

    return _kept(route, handle) if route.kept else handle


def _kept(route: Route, handle: AiohttpHandler) -> AiohttpHandler:
    """Return the handler of a route whose public answers are kept; others go past to `handle`."""
    inputs = route.signature.inputs
    reader: ParameterReader[Query] = ParameterReader(inputs[Query].type, "query")
    answers = KeptAnswers()

    async def make(request: web.Request, query: Query) -> bytes:
        given = {web.Request: request, Query: query, Caller: None}
        result = await route.handler(**{one.name: given[kind] for kind, one in inputs.items()})
        if not isinstance(result, BaseModel):
            raise TypeError(f"{route.name} returned {type(result).__name__}, which can't be kept")
        return result.__pydantic_serializer__.to_json(result, by_alias=True)

    async def handle_kept(request: web.Request) -> web.StreamResponse:
        if hdrs.AUTHORIZATION in request.headers:
            return await handle(request)
        count_request(request, route.rate_class, None)
        spelling = request.rel_url.raw_query_string
        kept = answers.recognised(spelling)
        if kept is None:
            query = reader.read(_pairs(request.url))
            question = query.model_dump_json()
            kept = await answers.answer(spelling, question, partial(make, request, query))
        return kept.response(request)

    return handle_kept


async def _admit(request: web.Request, route: Route) -> Caller | None:
    """Let the caller in. Who is turned away is counted too, by their address."""
    try:
        return await admit(request, route.access)
    except (FreshSecondFactorNeeded, NotAllowed, NotSignedIn):
        count_request(request, route.rate_class, None)
        raise


def _filler(route: Route) -> Callable[[web.Request, Arguments], None]:
    """Return what fills in the arguments that need no waiting."""
    inputs = route.signature.inputs
    steps: list[tuple[str, Callable[[web.Request], Any]]] = []
    if web.Request in inputs:
        steps.append((inputs[web.Request].name, lambda request: request))
    if Path in inputs:
        path_reader: ParameterReader[Path] = ParameterReader(inputs[Path].type, "path")
        steps.append(
            (inputs[Path].name, lambda request: path_reader.read(request.match_info.items()))
        )
    if Query in inputs:
        query_reader: ParameterReader[Query] = ParameterReader(inputs[Query].type, "query")
        steps.append((inputs[Query].name, lambda request: query_reader.read(_pairs(request.url))))
    if Headers in inputs:
        steps.append((inputs[Headers].name, _header_reader(inputs[Headers].type)))
    if IfMatch in inputs:
        steps.append((inputs[IfMatch].name, _if_match_reader(inputs[IfMatch].type)))

    takes_query = Query in inputs

    def fill(request: web.Request, arguments: Arguments) -> None:
        for name, read in steps:
            arguments[name] = read(request)
        if not takes_query and request.query_string:
            _NOTHING.read(_pairs(request.url))

    return fill


def _header_reader(model: type[Headers]) -> Callable[[web.Request], Headers]:
    reader = ParameterReader(model, "header")
    names = [field.alias or name for name, field in model.model_fields.items()]

    def read(request: web.Request) -> Headers:
        given = request.headers
        return reader.read((name, one) for name in names for one in given.getall(name, ()))

    return read


def _if_match_reader(kind: type[IfMatch]) -> Callable[[web.Request], IfMatch]:
    def read(request: web.Request) -> IfMatch:
        if_match = kind(request.headers.get(hdrs.IF_MATCH))
        if isinstance(if_match, RequiredIfMatch):
            if_match.require()
        return if_match

    return read


class _Nothing(Query):
    """The query of a route that takes no parameters."""


_NOTHING: Final = ParameterReader(_Nothing, "query")


def _pairs(url: URL) -> list[tuple[str, str]]:
    return list(url.query.items())


def _key(request: web.Request, wanted: Input) -> str | None:
    key = request.headers.get(KEY_HEADER)
    if key is None:
        if wanted.optional:
            return None
        raise IdempotencyKeyRequired
    if not KEY_PATTERN.fullmatch(key):
        raise invalid("header", f"/{KEY_HEADER}", "format")
    return key


async def _read(request: web.Request, body: Input) -> tuple[Any, BaseModel | None]:
    """Return the body as JSON and as a model; an optional one may be missing."""
    if body.optional and not request.body_exists:
        return None, None
    require_json(request)
    raw = await read_body(request)
    if body.optional and not raw:
        return None, None
    parsed = parse_json(raw)
    model: type[BaseModel] = body.type
    try:
        return parsed, model.model_validate_json(raw)
    except ValidationError as error:
        raise failed("body", error) from None


def _respond(
    request: web.Request, route: Route, result: object, idempotency: Idempotency | None
) -> web.StreamResponse:
    if isinstance(result, web.StreamResponse):
        return result
    headers: dict[str, str] = {hdrs.CACHE_CONTROL: "no-store"}
    status = route.status
    if idempotency is not None and idempotency.replayed:
        headers[REPLAYED_HEADER] = "true"
        status = idempotency.status
    if isinstance(result, Versioned):
        tag = headers[hdrs.ETAG] = etag(result.version)
        headers[hdrs.CACHE_CONTROL] = "private, no-cache"
        known = None if result.shows_more else request.headers.get(hdrs.IF_NONE_MATCH)
        if route.method == "GET" and is_known(known, tag):
            return web.Response(status=304, headers=headers)
        result = result.body
    if result is None:
        return web.Response(status=status, headers=headers)
    if not isinstance(result, BaseModel):
        raise TypeError(f"{route.name} returned {type(result).__name__}, which is no answer")
    return web.Response(
        status=status,
        body=result.__pydantic_serializer__.to_json(result, by_alias=True),
        content_type="application/json",
        headers=headers,
    )
