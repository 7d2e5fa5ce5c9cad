"""Run the notifications service: `python -m services.notifications [--role all|api|worker]`."""

from services.notifications.app import build_app
from services.notifications.settings import NotificationsSettings
from shared.http.server import run_service

if __name__ == "__main__":
    run_service(
        build_app, NotificationsSettings, "Xiangyou notifications: codes and messages about orders."
    )
