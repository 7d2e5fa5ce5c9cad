"""Every day that a request may name is read by `Day`: no service takes a number for a date."""

from collections.abc import Iterator
from datetime import date
from importlib import import_module
from typing import Annotated, Any, get_args

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from shared.http.models import Body, Headers, Path, Query
from shared.http.route import Route

SERVICES = ("accounts", "venues", "bookings", "notifications", "statistics")
# The first of September 2025 in seconds since 1970, which pydantic alone reads as that day.
TIMESTAMPS = ("1756684800", '"1756684800"')


def inputs(route: Route) -> Iterator[type[BaseModel]]:
    for kind in (Body, Path, Query, Headers):
        if kind in route.signature.inputs:
            yield from with_inner(route.signature.inputs[kind].type)


def with_inner(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    yield model
    for field in model.model_fields.values():
        for inner in parts(field.annotation):
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                yield from with_inner(inner)


def parts(annotation: Any) -> Iterator[Any]:
    yield annotation
    for inner in get_args(annotation):
        yield from parts(inner)


@pytest.mark.parametrize("service", SERVICES)
def test_no_number_is_taken_for_a_day(service: str) -> None:
    routes: tuple[Route, ...] = import_module(f"services.{service}.app").ROUTES
    found = []
    for model in {model for route in routes for model in inputs(route)}:
        for name, field in model.model_fields.items():
            # Metadata alone: names and defaults belong to the model.
            declared: Any = Annotated[field.annotation, name, *field.metadata]
            adapter: TypeAdapter[Any] = TypeAdapter(declared)
            for text in TIMESTAMPS:
                try:
                    read = adapter.validate_json(text)
                except ValidationError:
                    continue
                if isinstance(read, date):
                    found.append(f"{model.__name__}.{name}")
    assert sorted(set(found)) == []
