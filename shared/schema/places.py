"""Where migrations lie and where they are applied."""

from pathlib import Path
from typing import Final

# Each of these is a schema and a login role of the same name.
SERVICES: Final = ("accounts", "venues", "bookings", "notifications", "statistics")

DATABASE: Final = "database"
EVERY_SERVICE: Final = "every_service"

MIGRATIONS: Final = Path(__file__).with_name("migrations")
SNAPSHOT: Final = Path(__file__).with_name("snapshot.sql")
