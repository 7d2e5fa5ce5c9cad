"""`python -m services.web`: serve the pages."""

from services.web.app import build_app
from services.web.settings import WebSettings
from shared.http.server import run_service

if __name__ == "__main__":
    run_service(build_app, WebSettings, "The pages of Xiangyou.")
