"""Where an application keeps its resources: `request.app[DATABASE]`."""

from typing import Final, Literal

from aiohttp import web

from shared.core.clock import Clock
from shared.core.ids import IdSource
from shared.core.settings import ServiceSettings
from shared.core.texts import Catalogue
from shared.db import Database
from shared.http.connections import HttpConnections
from shared.http.service_tokens import ServiceTokens
from shared.http.tokens import TokenVerifier

# What a process does: answer requests, work in the background, or both.
Role = Literal["all", "api", "worker"]

SERVICE: Final = web.AppKey("service", str)
ROLE: Final[web.AppKey[Role]] = web.AppKey("role")
SETTINGS: Final = web.AppKey("settings", ServiceSettings)
CLOCK: Final[web.AppKey[Clock]] = web.AppKey("clock", Clock)
IDS: Final[web.AppKey[IdSource]] = web.AppKey("ids", IdSource)
CATALOGUE: Final = web.AppKey("catalogue", Catalogue)
DATABASE: Final = web.AppKey("database", Database)
VERIFIER: Final = web.AppKey("verifier", TokenVerifier)
HTTP: Final = web.AppKey("http", HttpConnections)
SERVICE_TOKENS: Final = web.AppKey("service_tokens", ServiceTokens)
# Set from SIGTERM on: the process finishes what it has begun and takes nothing new.
STOPPING: Final[web.AppKey[list[bool]]] = web.AppKey("stopping", list)

REQUEST_ID: Final[web.RequestKey[str]] = web.RequestKey("request_id", str)
