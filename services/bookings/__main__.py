"""Run the bookings service: `python -m services.bookings [--role all|api|worker]`."""

from services.bookings.app import build_app
from services.bookings.settings import BookingsSettings
from shared.http.server import run_service

if __name__ == "__main__":
    run_service(build_app, BookingsSettings, "Xiangyou bookings: places, orders, tickets.")
