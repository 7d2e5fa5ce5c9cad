"""Every SQL constant of the code, found by importing it."""

import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Final

STATEMENTS: Final = frozenset({"select", "insert", "update", "delete", "with", "merge"})


@dataclass(frozen=True, slots=True)
class SqlConstant:
    """One constant, and the role whose tables it speaks of."""

    role: str
    name: str
    sql: str


def sql_constants(*packages: str) -> Iterator[SqlConstant]:
    """Yield the upper-case strings that are SQL, of every module of the packages."""
    for package in packages:
        for module in _modules(package):
            for name, value in vars(import_module(module)).items():
                if name.isupper() and is_statement(value):
                    yield SqlConstant(_role(module), f"{module}.{name}", value)


def is_statement(value: object) -> bool:
    """Tell whether a constant is a string whose first word begins a statement."""
    if not isinstance(value, str):
        return False
    lines = (line for line in value.splitlines() if not line.lstrip().startswith("--"))
    first, *others = " ".join(lines).split() or [""]
    return first in STATEMENTS and bool(others)


def _modules(package: str) -> Iterator[str]:
    root = import_module(package)
    yield package
    for module in pkgutil.walk_packages(root.__path__, f"{package}."):
        yield module.name


def _role(module: str) -> str:
    match module.split("."):
        case ["shared", "schema", *_]:
            return "owner"
        case ["services", service, *_] if service != "web":
            return service
        case _:
            # What is shared runs in every service's schema alike.
            return "bookings"
