"""The OpenAPI 3.1 document of each service, in `docs/api/`."""

import json
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Final

from shared.http.openapi import openapi_document
from shared.http.route import Route

SERVICES: Final = ("accounts", "venues", "bookings", "notifications", "statistics")
FOLDER: Final = Path("docs/api")


def routes_of_all() -> Iterator[tuple[str, Sequence[Route]]]:
    """Return each service that has an API, with its routes."""
    for service in SERVICES:
        yield service, import_module(f"services.{service}.app").ROUTES


def api_documents() -> Iterator[tuple[Path, str]]:
    """Return each document's path and content."""
    for service, routes in routes_of_all():
        document = openapi_document(service, routes)
        yield FOLDER / f"{service}.json", json.dumps(document, indent=2, ensure_ascii=False) + "\n"
