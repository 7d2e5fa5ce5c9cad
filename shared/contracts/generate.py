"""Writes what is generated from the events; a test fails where it is stale."""

import json
from pathlib import Path
from typing import Any, Final

from shared.contracts.asyncapi import asyncapi
from shared.contracts.json_schemas import json_schemas
from shared.contracts.readme import readme

FOLDER: Final = Path(__file__).parents[2] / "docs" / "events"


def documents() -> dict[str, str]:
    """Return every generated text by its path below `docs/events`."""
    schemas = {f"schemas/{name}.json": _json(schema) for name, schema in json_schemas().items()}
    return {"README.md": readme(), "asyncapi.json": _json(asyncapi()), **schemas}


def generate(folder: Path = FOLDER) -> list[str]:
    """Write the documents and remove schemas of events that are gone; return what changed."""
    texts = documents()
    changed = [name for name, text in texts.items() if _write(folder / name, text)]
    for path in sorted((folder / "schemas").glob("*.json")):
        if f"schemas/{path.name}" not in texts:
            path.unlink()
            changed.append(f"schemas/{path.name}")
    return changed


def _write(path: Path, text: str) -> bool:
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return True


def _json(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
