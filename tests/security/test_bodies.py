"""Every body of every API: nothing unknown, no amount that is none, nothing without an end."""

from collections.abc import AsyncIterator, Iterable
from typing import Any, Final

import pytest

from deploy.local.postgres import EmbeddedPostgres
from shared.core.ids import new_id
from tests.security.bodies import Place, body_with, in_bodies, in_parameters
from tests.security.everything import Everything, serve_everything
from tests.support.databases import clone

SERVICES: Final = ("accounts", "venues", "bookings", "notifications")
PLACES: Final = tuple(in_bodies())
# What somebody would like to say of themselves or of what is theirs.
WISHES: Final[dict[str, Any]] = {
    "role": "owner",
    "status": "published",
    "id": str(new_id()),
    "organisation_id": str(new_id()),
    "venue_id": str(new_id()),
    "no_such_field": True,
}
NO_AMOUNTS: Final[tuple[Any, ...]] = (0, -1, True, 1.0, 1.5, "1", 2**63)
LARGEST: Final = 10**14
# What a browser's own program writes; the whole body has a limit, and so has its depth.
OF_BROWSERS: Final = {"/v1/me/passkeys /credential", "/v1/sessions/passkeys /credential"}
# Less than nothing: an order that becomes cheaper.
BELOW_ZERO: Final = {"/expected_difference_fen"}
WITHOUT_END: Final = frozenset({"maxLength", "pattern", "enum", "const"})
SHORT_FORMATS: Final = {"uuid", "date", "date-time", "time"}


@pytest.fixture(scope="module")
async def everything(postgres: EmbeddedPostgres, template: str) -> AsyncIterator[Everything]:
    async with clone(postgres, template) as database, serve_everything(database) as running:
        yield running


def of(service: str, *types: str) -> list[Place]:
    return [one for one in PLACES if one.service == service and one.schema["type"] in types]


def is_free(place: Place) -> bool:
    return any(f"{place.path} {place.pointer}".startswith(one) for one in OF_BROWSERS)


def faults(problem: Any, pointer: str) -> dict[str, str]:
    """Return what is wrong at a place and within it."""
    found = {error["field"]: error["code"] for error in problem.get("errors", ())}
    return {field: code for field, code in found.items() if field.startswith(pointer)}


@pytest.mark.parametrize("service", SERVICES)
async def test_every_body_refuses_what_it_does_not_know(
    everything: Everything, service: str
) -> None:
    """Roles, states, owners and ids are never taken from whoever asks."""
    before = await everything.rows()
    taken = []
    for place in of(service, "object"):
        if isinstance(place.schema.get("additionalProperties"), dict):
            continue  # a map, whose keys are said by whoever asks
        extra = {name: wish for name, wish in WISHES.items() if not _has(place, name)}
        status, problem = await everything.send(place, body_with(place.pointer, extra))
        found = faults(problem, place.pointer)
        unknown = {f"{place.pointer}/{name}": "unknown" for name in extra}
        if status != 422 or not unknown.items() <= found.items():
            taken.append((str(place), status, problem))
    assert not taken
    assert await everything.rows() == before


def _has(place: Place, name: str) -> bool:
    return name in place.schema.get("properties", {})


@pytest.mark.parametrize("service", SERVICES)
async def test_an_amount_is_a_whole_number_within_bounds_or_nothing_happens(
    everything: Everything, service: str
) -> None:
    before = await everything.rows()
    taken = []
    for place in of(service, "integer", "number"):
        for value in _no_amounts(place):
            status, problem = await everything.send(place, body_with(place.pointer, value))
            if status != 422 or place.pointer not in faults(problem, place.pointer):
                taken.append((str(place), value, status, problem))
    assert not taken
    assert await everything.rows() == before


def _no_amounts(place: Place) -> Iterable[Any]:
    """Leave out what is an amount here: nought where it means something, degrees with a point."""
    least = place.schema["minimum"]
    for value in NO_AMOUNTS:
        is_in_bounds = value in (0, -1) and value is not True and value >= least
        is_degree = place.schema["type"] == "number" and isinstance(value, int | float)
        if not is_in_bounds and not (is_degree and value != 2**63 and value is not True):
            yield value


def test_amounts_have_bounds_and_few_may_be_below_zero() -> None:
    places = (*PLACES, *in_parameters())
    numbers = [one for one in places if one.schema["type"] in {"integer", "number"}]
    assert len(numbers) > 100
    for place in numbers:
        assert place.schema["maximum"] <= LARGEST, str(place)
        if place.schema["type"] == "integer" and place.pointer not in BELOW_ZERO:
            assert place.schema["minimum"] >= 0, str(place)


def test_every_text_and_list_that_comes_in_has_an_end() -> None:
    # Headers have one in the server: eight kilobytes each.
    endless = [
        str(place)
        for place in (*PLACES, *in_parameters())
        if not is_free(place)
        and not place.pointer.startswith("header:")
        and _is_endless(place.schema)
    ]
    assert not endless


def _is_endless(schema: dict[str, Any]) -> bool:
    match schema["type"]:
        case "string":
            return not (WITHOUT_END & schema.keys()) and schema.get("format") not in SHORT_FORMATS
        case "array":
            return "maxItems" not in schema
        case "object":
            # An object has its fields; a map has an end where its keys are counted or named.
            is_map = schema.get("additionalProperties") is not False
            return is_map and not (
                "maxProperties" in schema or "enum" in schema.get("propertyNames", {})
            )
        case _:
            return False
