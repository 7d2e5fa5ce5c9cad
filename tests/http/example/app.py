"""The example's wiring."""

from aiohttp import web

from shared.core.settings import ServiceSettings
from shared.core.texts import Catalogue
from shared.http.app import create_app
from shared.http.keys import Role
from shared.http.tokens import TokenVerifier
from tests.http.example.routes import ROUTES, WORKSHOP, Workshop

CATALOGUE = Catalogue.load("shared.http", "tests.http.example")


def example_app(
    *,
    verifier: TokenVerifier | None = None,
    role: Role = "all",
    settings: ServiceSettings | None = None,
) -> web.Application:
    """Return the example as an application."""
    settings = settings or ServiceSettings(shutdown_timeout=0.3)
    app = create_app("example", settings, ROUTES, catalogue=CATALOGUE, verifier=verifier, role=role)
    app[WORKSHOP] = Workshop()
    return app
