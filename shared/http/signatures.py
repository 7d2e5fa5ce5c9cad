"""What a handler takes and gives, read once from its annotations."""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

from aiohttp import web
from pydantic import BaseModel

from shared.http.access import Caller
from shared.http.etags import IfMatch, Versioned
from shared.http.idempotency import Idempotency
from shared.http.models import Body, Headers, Path, Query

Handler = Callable[..., Awaitable[Any]]

KINDS: Final = (web.Request, Caller, Body, Path, Query, Headers, Idempotency, IfMatch)


@dataclass(frozen=True, slots=True)
class Input:
    """One parameter of a handler: its name, its type, and whether it may be None."""

    name: str
    type: type
    optional: bool


@dataclass(frozen=True, slots=True)
class Output:
    """What a handler returns: a model, with its version or not; nothing; or a whole response."""

    model: type[BaseModel] | None
    versioned: bool
    response: bool


@dataclass(frozen=True, slots=True)
class Signature:
    """A handler's inputs by kind, and its output."""

    inputs: dict[type, Input]
    output: Output


def read_signature(handler: Handler) -> Signature:
    """Read a handler's annotations; raise TypeError, by name, for what nobody could supply."""
    if not inspect.iscoroutinefunction(handler):
        raise TypeError(f"{handler.__qualname__} is not an async function")
    hints = get_type_hints(handler)
    returned = hints.pop("return", inspect.Parameter.empty)
    if returned is inspect.Parameter.empty:
        raise TypeError(f"{handler.__qualname__} does not say what it returns")
    inputs: dict[type, Input] = {}
    for name in inspect.signature(handler).parameters:
        if name not in hints:
            raise TypeError(f"{handler.__qualname__}: {name} has no annotation")
        kind, taken = _input(handler, name, hints[name])
        if kind in inputs:
            raise TypeError(f"{handler.__qualname__} takes {kind.__name__} twice")
        inputs[kind] = taken
    return Signature(inputs, _output(handler, returned))


def _members(annotation: object) -> tuple[list[object], bool]:
    """Return the members of a union without None, and whether None was among them."""
    if get_origin(annotation) in {Union, UnionType}:
        members = get_args(annotation)
        return [member for member in members if member is not NoneType], NoneType in members
    return [annotation], False


def _input(handler: Handler, name: str, annotation: object) -> tuple[type, Input]:
    members, optional = _members(annotation)
    if len(members) == 1 and isinstance(members[0], type):
        for kind in KINDS:
            if issubclass(members[0], kind):
                return kind, Input(name, members[0], optional)
    raise TypeError(f"{handler.__qualname__}: nothing supplies {name}: {annotation}")


def _output(handler: Handler, annotation: object) -> Output:
    if annotation is NoneType:
        return Output(None, versioned=False, response=False)
    model: type[BaseModel] | None = None
    versioned = response = False
    members, optional = _members(annotation)
    for member in members:
        if get_origin(member) is Versioned:
            (argument,) = get_args(member)
            model, versioned = argument, True
        elif isinstance(member, type) and issubclass(member, BaseModel):
            model = member
        elif isinstance(member, type) and issubclass(member, web.StreamResponse):
            response = True
        else:
            raise TypeError(f"{handler.__qualname__} returns {member}, which is no answer")
    if optional and model is not None:
        raise TypeError(f"{handler.__qualname__} may return None or a model: say which by an error")
    return Output(model, versioned=versioned, response=response)
