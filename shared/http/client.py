"""Asking another service: time limits, trace headers, problems as exceptions."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypedDict, TypeVar, Unpack

import aiohttp
import structlog
from pydantic import BaseModel, JsonValue
from pydantic_core import from_json, to_json
from yarl import URL

from shared.core import tracing
from shared.core.errors import Unavailable
from shared.core.localized import Language
from shared.http.connections import HttpConnections
from shared.http.etags import etag
from shared.http.on_behalf import FORWARDED_FOR, address_on_behalf
from shared.http.query_pairs import Parameters, query_pairs
from shared.http.request_ids import current_request_id

__all__ = [
    "HttpConnections",
    "Options",
    "Parameters",
    "ProblemAnswer",
    "RawAnswer",
    "ServiceClient",
]

DEFAULT_SECONDS: Final = 5.0
CONNECT_SECONDS: Final = 1.0
SERVER_ERROR: Final = 500
NOT_SUCCESSFUL: Final = 300

STANDARD_MEMBERS: Final = frozenset(
    {"type", "title", "status", "detail", "code", "instance", "request_id"}
)

Answer = TypeVar("Answer", bound=BaseModel)

_log = structlog.get_logger()


@dataclass
class ProblemAnswer(Exception):
    """Another service refused: what its problem document says (RFC 9457)."""

    status: int
    code: str
    detail: str
    params: dict[str, JsonValue] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.status} {self.code}"


class TokenSource(Protocol):
    """Gives a token that is good now."""

    async def get(self) -> str:
        """Return the token."""
        ...


class Options(TypedDict, total=False):
    """What a request may carry: JSON, or any content with its type; `seconds` limits it all."""

    params: Parameters
    json: BaseModel | JsonValue
    content: bytes
    content_type: str
    token: str | None
    idempotency_key: str
    if_match: int
    language: Language
    headers: Mapping[str, str]
    seconds: float


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """An answer as it came."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:  # noqa: ANN401 - JSON is any of six types
        """Return the body's JSON; raises ValueError where it has none."""
        return from_json(self.body)


class ServiceClient:
    """Calls one service's API. Every call raises ProblemAnswer or Unavailable.

    A call carries `token` where one is given (the token of the person who asks), else this
    service's own token, where the client was given a source of them.
    """

    def __init__(
        self, base_url: str, http: HttpConnections, tokens: TokenSource | None = None
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._http = http
        self._tokens = tokens

    async def get(self, path: str, model: type[Answer], **options: Unpack[Options]) -> Answer:
        """Read a resource."""
        return _read(await self.exchange("GET", path, **options), model)

    async def post(self, path: str, model: type[Answer], **options: Unpack[Options]) -> Answer:
        """Create or do something; without an idempotency key it is never sent twice."""
        return _read(await self.exchange("POST", path, **options), model)

    async def put(self, path: str, model: type[Answer], **options: Unpack[Options]) -> Answer:
        """Put something in its place."""
        return _read(await self.exchange("PUT", path, **options), model)

    async def patch(self, path: str, model: type[Answer], **options: Unpack[Options]) -> Answer:
        """Change something."""
        return _read(await self.exchange("PATCH", path, **options), model)

    async def delete(self, path: str, **options: Unpack[Options]) -> None:
        """Delete something."""
        await self.exchange("DELETE", path, **options)

    async def exchange(self, method: str, path: str, **options: Unpack[Options]) -> RawAnswer:
        """Send a request and return the answer as it came, for what is not JSON."""
        data, content_type = None, None
        if "json" in options:
            data, content_type = to_json(options["json"], by_alias=True), "application/json"
        elif "content" in options:
            data, content_type = options["content"], options["content_type"]
        try:
            async with (
                # Asking for this service's own token takes its time, too.
                asyncio.timeout(options.get("seconds", DEFAULT_SECONDS)),
                self._http.session.request(
                    method,
                    URL(self._base_url + path, encoded=True),
                    params=query_pairs(options.get("params", {})),
                    data=data,
                    headers=await self._headers(options, content_type),
                    allow_redirects=False,
                    timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
                ) as response,
            ):
                answer = RawAnswer(response.status, response.headers, await response.read())
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            reason = type(error).__name__
            _log.warning("client.unreachable", method=method, url=self._base_url, reason=reason)
            raise _away() from error
        _raise_for(answer, self._base_url)
        return answer

    async def _headers(self, options: Options, content_type: str | None) -> dict[str, str]:
        headers = {
            "Accept": "application/json",
            "traceparent": tracing.current().child().traceparent,
            **({FORWARDED_FOR: address} if (address := address_on_behalf()) else {}),
            **options.get("headers", {}),
            **({"Content-Type": content_type} if content_type else {}),
        }
        if request_id := current_request_id():
            headers["X-Request-Id"] = request_id
        token = options.get("token")
        if token is None and self._tokens is not None:
            token = await self._tokens.get()
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        if "idempotency_key" in options:
            headers["Idempotency-Key"] = options["idempotency_key"]
        if "if_match" in options:
            headers["If-Match"] = etag(options["if_match"])
        if "language" in options:
            headers["Accept-Language"] = options["language"]
        return headers


def _read(answer: RawAnswer, model: type[Answer]) -> Answer:
    return model.model_validate_json(answer.body or b"{}")


def _away() -> Unavailable:
    return Unavailable(headers={"Retry-After": "1"})


def _raise_for(answer: RawAnswer, base_url: str) -> None:
    if answer.status < NOT_SUCCESSFUL:
        return
    if answer.status >= SERVER_ERROR:
        _log.warning("client.server_error", url=base_url, status=answer.status)
        raise _away()
    try:
        problem = from_json(answer.body)
    except ValueError:
        problem = None
    if not isinstance(problem, dict):
        problem = {}
    raise ProblemAnswer(
        status=answer.status,
        code=str(problem.get("code", "unknown")),
        detail=str(problem.get("detail", "")),
        params={name: value for name, value in problem.items() if name not in STANDARD_MEMBERS},
    )
