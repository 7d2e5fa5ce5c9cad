"""Run the accounts service: `python -m services.accounts [--role all|api|worker]`."""

from services.accounts.app import build_app
from services.accounts.settings import AccountsSettings
from shared.http.server import run_service

if __name__ == "__main__":
    run_service(build_app, AccountsSettings, "Xiangyou accounts: people, sessions, organisations.")
