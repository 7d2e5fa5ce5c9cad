"""Reading a JSON body that may have been made to hurt.

Pydantic reads JSON strictly but takes the last of two equal keys and any depth up to its own
limit, so that two programs could read one body in two ways. A first pass of the standard
library's C parser refuses that, at about the cost of pydantic's own pass.
"""

import asyncio
import json
from typing import Any, Final, NoReturn

from aiohttp import web

from shared.core.errors import BodyTimeout, BodyTooLarge, MalformedBody, UnsupportedMediaType

BODY_LIMIT: Final = 1024 * 1024
BODY_SECONDS: Final = 10.0
DEEPEST: Final = 32


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise MalformedBody(reason="duplicate_key")
    return found


def _finite(_constant: str) -> NoReturn:
    raise MalformedBody(reason="not_finite")


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_finite)


async def read_body(request: web.Request, seconds: float = BODY_SECONDS) -> bytes:
    """Return the whole body.

    Raises BodyTooLarge over 1 MiB, BodyTimeout when it has not arrived within `seconds`, and
    MalformedBody when its transfer coding or compression is broken.
    """
    if (request.content_length or 0) > BODY_LIMIT:
        raise BodyTooLarge(limit_bytes=BODY_LIMIT)
    try:
        if request.content.is_eof():
            return await request.read()
        async with asyncio.timeout(seconds):
            return await request.read()
    except TimeoutError:
        raise BodyTimeout(headers={"Connection": "close"}) from None
    except web.HTTPRequestEntityTooLarge:
        raise BodyTooLarge(limit_bytes=BODY_LIMIT) from None
    except (web.RequestPayloadError, ConnectionError):
        raise MalformedBody(reason="transfer") from None


def require_json(request: web.Request) -> None:
    """Raise UnsupportedMediaType unless the body says that it is JSON in UTF-8."""
    charset = request.charset
    if request.content_type != "application/json" or (
        charset is not None and charset.lower() not in {"utf-8", "utf8"}
    ):
        raise UnsupportedMediaType(headers={"Accept": "application/json"})


def parse_json(raw: bytes) -> Any:  # noqa: ANN401 - JSON is any of six types
    """Return the value of a JSON text; raise MalformedBody, with its reason, for a bad one.

    Refused: what is not UTF-8, equal keys in one object, NaN and Infinity, U+0000 (PostgreSQL
    can't store it), and nesting deeper than 32.
    """
    try:
        value = _DECODER.decode(raw.decode())
    except UnicodeDecodeError:
        raise MalformedBody(reason="not_utf8") from None
    except RecursionError:
        raise MalformedBody(reason="too_deep") from None
    except ValueError:
        raise MalformedBody(reason="syntax") from None
    if raw.count(b"[") + raw.count(b"{") > DEEPEST:
        _check_depth(value, 1)
    if b"\\u0000" in raw:
        _check_nulls(value)
    return value


def _check_depth(value: object, depth: int) -> None:
    if not isinstance(value, dict | list):
        return
    if depth > DEEPEST:
        raise MalformedBody(reason="too_deep")
    for inner in value.values() if isinstance(value, dict) else value:
        _check_depth(inner, depth + 1)


def _check_nulls(value: object) -> None:
    if isinstance(value, str):
        if "\0" in value:
            raise MalformedBody(reason="null_character")
    elif isinstance(value, list):
        for inner in value:
            _check_nulls(inner)
    elif isinstance(value, dict):
        for key, inner in value.items():
            _check_nulls(key)
            _check_nulls(inner)
