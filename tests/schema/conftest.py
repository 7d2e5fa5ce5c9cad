from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

WriteFile: TypeAlias = Callable[[str, str], Path]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two small migrations, to be added to."""
    place = tmp_path / "migrations"
    for name, sql in {
        "every_service/0001_create_notes.sql": "create table notes (id integer primary key);",
        "bookings/0001_create_pools.sql": "create table pools (id integer primary key);",
    }.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(sql)
    return place


@pytest.fixture
def write(folder: Path) -> WriteFile:
    def write_file(name: str, sql: str) -> Path:
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(sql)
        return path

    return write_file
