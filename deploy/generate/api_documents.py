"""The OpenAPI 3.1 document of each service, in `docs/api/`."""

import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Final

from shared.http.openapi import openapi_document

SERVICES: Final = ("accounts", "venues", "bookings", "notifications", "statistics")
FOLDER: Final = Path("docs/api")


def api_documents() -> Iterator[tuple[Path, str]]:
    """Return each document's path and content."""
    for service in SERVICES:
        routes = import_module(f"services.{service}.app").ROUTES
        document = openapi_document(service, routes)
        yield FOLDER / f"{service}.json", json.dumps(document, indent=2, ensure_ascii=False) + "\n"
