"""The services that the security tests attack, as their own tests run them."""

from tests.accounts.conftest import accounts, notifications
from tests.venues.conftest import bookings, clock, stage, stage_without_years, tokens

__all__ = (
    "accounts",
    "bookings",
    "clock",
    "notifications",
    "stage",
    "stage_without_years",
    "tokens",
)
