"""All of the database's schema: migrations in order, roles, status, snapshot."""

from shared.schema.errors import SchemaError
from shared.schema.migrate import migrate
from shared.schema.places import MIGRATIONS, SERVICES
from shared.schema.snapshot import take_snapshot
from shared.schema.status import FileStatus, status

__all__ = [
    "MIGRATIONS",
    "SERVICES",
    "FileStatus",
    "SchemaError",
    "migrate",
    "status",
    "take_snapshot",
]
