"""Rows as models, mapped by column name."""

import dataclasses
import types
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from operator import itemgetter
from typing import Any, Final, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import asyncpg
from pydantic import BaseModel, TypeAdapter

from shared.core.money import Money
from shared.db.database import Connection

M = TypeVar("M")

# What the driver hands over as the field wants it; every other type is converted.
_AS_IS: Final = frozenset(
    (bool, int, float, str, bytes, UUID, datetime, date, time, timedelta, Decimal, dict, list, Any)
)
_builders: Final[dict[tuple[type[Any], tuple[str, ...]], Callable[[asyncpg.Record], Any]]] = {}


async def fetch_all(conn: Connection, model: type[M], sql: str, *args: object) -> list[M]:
    """Return all rows as models: a frozen dataclass or a pydantic model.

    Columns and fields have the same names. In a dataclass, `Money` is built from fen, and types
    that the driver does not know (enums, texts from jsonb) are converted by pydantic. Raises
    TypeError where columns and fields differ.
    """
    rows = await conn.fetch(sql, *args)
    if not rows:
        return []
    build = _builder(model, tuple(rows[0].keys()))
    return [build(row) for row in rows]


async def fetch_first(conn: Connection, model: type[M], sql: str, *args: object) -> M | None:
    """Return the first row as a model, or None where there is none."""
    row = await conn.fetchrow(sql, *args)
    if row is None:
        return None
    return _builder(model, tuple(row.keys()))(row)


async def fetch_one(conn: Connection, model: type[M], sql: str, *args: object) -> M:
    """Return the first row as a model. Raises LookupError where there is none."""
    found = await fetch_first(conn, model, sql, *args)
    if found is None:
        raise LookupError(f"no row for {model.__name__}")
    return found


def _builder(model: type[M], columns: tuple[str, ...]) -> Callable[[asyncpg.Record], M]:
    build = _builders.get((model, columns))
    if build is None:
        build = _builders[model, columns] = _new_builder(model, columns)
    return build


def _new_builder(model: type[Any], columns: tuple[str, ...]) -> Callable[[asyncpg.Record], Any]:
    if issubclass(model, BaseModel):
        validate = model.model_validate
        # Our own rows: a list is good enough for a tuple, a text for an enum.
        return lambda row: validate(dict(row), strict=False)
    if not dataclasses.is_dataclass(model):
        raise TypeError(f"{model.__name__} is neither a dataclass nor a pydantic model")
    return _dataclass_builder(model, columns)


def _dataclass_builder(
    model: type[Any], columns: tuple[str, ...]
) -> Callable[[asyncpg.Record], Any]:
    fields = [field for field in dataclasses.fields(model) if field.init]
    _check_names(model, [field for field in fields if _is_required(field)], fields, columns)
    hints = get_type_hints(model)
    converters = {
        name: convert for name in columns if (convert := _converter(hints[name])) is not None
    }
    names = [field.name for field in fields]
    if converters or list(columns) != names[: len(columns)] or any(f.kw_only for f in fields):
        return lambda row: model(**_converted(row, converters))
    if len(columns) == 1:
        first = itemgetter(0)
        return lambda row: model(first(row))
    return lambda row: model(*row)


def _converted(
    row: asyncpg.Record, converters: dict[str, Callable[[Any], object]]
) -> dict[str, Any]:
    values = dict(row)
    for name, convert in converters.items():
        if values[name] is not None:
            values[name] = convert(values[name])
    return values


def _is_required(field: "dataclasses.Field[Any]") -> bool:
    no_default = field.default is dataclasses.MISSING
    return no_default and field.default_factory is dataclasses.MISSING


def _check_names(
    model: type[object],
    required: "list[dataclasses.Field[Any]]",
    fields: "list[dataclasses.Field[Any]]",
    columns: tuple[str, ...],
) -> None:
    missing = {field.name for field in required} - set(columns)
    unknown = set(columns) - {field.name for field in fields}
    if missing or unknown or len(set(columns)) != len(columns):
        raise TypeError(
            f"the columns {', '.join(columns)} are not the fields of {model.__name__}: "
            f"missing {sorted(missing)}, unknown {sorted(unknown)}"
        )


def _converter(annotation: Any) -> Callable[[Any], object] | None:  # noqa: ANN401 - any type form
    """Return what turns the driver's value (never None) into the annotated type."""
    kinds = [kind for kind in _alternatives(annotation) if kind is not type(None)]
    if kinds == [Money]:
        return Money
    if all((get_origin(kind) or kind) in _AS_IS and _is_plain(kind) for kind in kinds):
        return None
    return TypeAdapter(annotation).validate_python


def _alternatives(annotation: Any) -> tuple[Any, ...]:  # noqa: ANN401 - any type form
    if get_origin(annotation) in (Union, types.UnionType):
        return get_args(annotation)
    return (annotation,)


def _is_plain(kind: Any) -> bool:  # noqa: ANN401 - any type form
    return all(_converter(inner) is None for inner in get_args(kind))
