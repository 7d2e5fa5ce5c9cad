"""Run the venues service: `python -m services.venues [--role all|api|worker]`."""

from services.venues.app import build_app
from services.venues.settings import VenuesSettings
from shared.http.server import run_service

if __name__ == "__main__":
    run_service(build_app, VenuesSettings, "Xiangyou venues: villages, venues, offerings, slots.")
