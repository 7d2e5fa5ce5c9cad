"""Run the bookings service: `python -m services.bookings [--role all|api|worker]`."""

from typing import Final

from services.bookings.app import build_app
from services.bookings.settings import BookingsSettings
from shared.http.server import run_service

DESCRIPTION: Final = (
    "Xiangyou bookings: sells places in villages, each exactly once. Orders, payments and refunds, "
    "tickets and check-ins, waiting lists. It needs PostgreSQL (BOOKINGS_DATABASE_URL) with the "
    "schema applied by `python -m shared.schema migrate`, and Kafka where events are sent. The API "
    "is explained at /docs; `make run` starts everything with sample data."
)

if __name__ == "__main__":
    run_service(build_app, BookingsSettings, DESCRIPTION)
