"""Routes that don't add up are refused when the program starts, not when somebody calls them."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from shared.http.access import Caller, may
from shared.http.idempotency import Idempotency
from shared.http.models import Body, Path, Query, Reply
from shared.http.route import route
from tests.http.conftest import Serve
from tests.http.example.app import example_app


class ThingPath(Path):
    thing_id: UUID


class Thing(Body):
    name: str


class ThingQuery(Query):
    q: str


class Other(Query):
    p: str


class View(Reply):
    name: str


async def unknown_parameter(number: int) -> None:
    """Take what nobody supplies."""


async def no_annotation(body) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    """Take an unknown."""


async def no_answer(body: Thing):  # type: ignore[no-untyped-def]  # noqa: ANN201
    """Return an unknown."""


async def odd_answer(_body: Thing) -> dict[str, str]:
    """Return what is no model."""
    return {}


async def maybe_answer(body: Thing) -> View | None:
    """Return a model or nothing."""


async def two_queries(one: ThingQuery, two: Other) -> None:
    """Take two queries."""


async def undocumented(body: Thing) -> None:
    pass


async def missing_path() -> None:
    """Forget the path's variable."""


async def get_with_body(body: Thing, path: ThingPath) -> None:
    """Take a body."""


async def without_key(body: Thing) -> None:
    """Forget the key."""


async def with_key(body: Thing, idempotency: Idempotency) -> None:
    """Take a key."""


async def certain_caller(caller: Caller) -> None:
    """Take a caller."""


def not_async(body: Thing) -> None:
    """Return at once."""


@pytest.mark.parametrize(
    ("handler", "options", "message"),
    [
        (unknown_parameter, {}, "nothing supplies number"),
        (no_annotation, {}, "body has no annotation"),
        (no_answer, {}, "does not say what it returns"),
        (odd_answer, {}, "which is no answer"),
        (maybe_answer, {}, "None or a model"),
        (two_queries, {}, "takes Query twice"),
        (undocumented, {}, "no docstring"),
        (missing_path, {"path": "/v1/things/{thing_id}"}, "different names"),
        (get_with_body, {"path": "/v1/things/{thing_id}", "method": "GET"}, "has no body"),
        (without_key, {"idempotent": True}, "go together"),
        (with_key, {"access": may("account.own")}, "go together"),
        (with_key, {"idempotent": True}, "kept per caller"),
        (certain_caller, {}, "may be None"),
        (not_async, {}, "not an async function"),
    ],
)
def test_a_route_that_does_not_add_up_is_refused_by_name(
    handler: Callable[..., Any], options: dict[str, Any], message: str
) -> None:
    settings: dict[str, Any] = {
        "method": "POST",
        "path": "/v1/things",
        "access": may("public.read"),
    } | options
    with pytest.raises(TypeError, match=message) as refusal:
        route(settings.pop("method"), settings.pop("path"), **settings)(handler)
    assert handler.__name__ in str(refusal.value)


async def test_a_worker_serves_health_but_no_api(serve: Serve) -> None:
    client = await serve(example_app(role="worker"))
    assert (await client.get("/healthz")).status == 200
    assert (await client.get("/v1/echoes")).status == 404
    assert (await client.get("/docs")).status == 404


async def test_a_response_of_its_own_passes_through(serve: Serve) -> None:
    client = await serve(example_app())
    kettle = "0190c0de-0000-7000-8000-000000000001"
    async with client.get(f"/v1/kettles/{kettle}/calendar") as answer:
        assert (answer.content_type, await answer.text()) == ("text/calendar", f"BEGIN:{kettle}")
