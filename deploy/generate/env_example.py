"""`.env.example`: every setting of every service, with its meaning and its default."""

import json
from collections.abc import Iterable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from shared.core.settings import ServiceSettings
from shared.schema.settings import SchemaSettings

PATH: Final = Path(".env.example")
SETTINGS: Final = (
    ("accounts", "AccountsSettings"),
    ("venues", "VenuesSettings"),
    ("bookings", "BookingsSettings"),
    ("notifications", "NotificationsSettings"),
    ("statistics", "StatisticsSettings"),
    ("web", "WebSettings"),
)
HEADER: Final = """\
# Every setting of the services and of the schema tool, read from their environment, with its
# default: the value that works for the stack of `make run`. Made by `make generate`; don't edit.
# With ENVIRONMENT=production a service refuses to start on the well-known secrets below.
"""


def env_example() -> Iterator[tuple[Path, str]]:
    """Return the file's path and content."""
    known: set[str] = set()
    parts = [HEADER, *_part("For all services", ServiceSettings, known)]
    for service, name in SETTINGS:
        module = import_module(f"services.{service}.settings")
        parts += _part(service, getattr(module, name), known)
    parts += _part("schema (`python -m shared.schema`)", SchemaSettings, known)
    yield PATH, "\n".join(parts)


def _part(title: str, settings: type[BaseSettings], known: set[str]) -> Iterable[str]:
    yield f"## {title}\n"
    prefix = settings.model_config.get("env_prefix", "")
    for name, field in settings.model_fields.items():
        if settings is ServiceSettings and field.validation_alias is None:
            continue  # each service has it under its own name
        variable = str(field.validation_alias or f"{prefix}{name}".upper())
        if variable not in known:
            known.add(variable)
            yield f"# {field.description}\n{variable}={_text(_default(field))}\n"


def _default(field: FieldInfo) -> Any:  # noqa: ANN401 - whatever the setting's type is
    return field.get_default(call_default_factory=True)


def _text(value: Any) -> str:  # noqa: ANN401 - the same
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return json.dumps({key: _text(inner) for key, inner in value.items()})
    if isinstance(value, (list, tuple)):
        return json.dumps([_text(inner) for inner in value])
    return "" if value is None else str(value)
