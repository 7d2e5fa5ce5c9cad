"""Whatever comes in, accounts and venues answer as their documents say, and never by failing.

Schemathesis makes requests of the OpenAPI documents, good ones and bad ones, with a fixed seed.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from services.accounts.app import build_app as build_accounts
from services.accounts.settings import AccountsSettings
from services.venues.app import build_app as build_venues
from services.venues.settings import VenuesSettings
from shared.core.ids import new_id
from shared.http.keys import VERIFIER
from tests.accounts.accounts_client import serve_notifications
from tests.conftest import DatabaseUrl
from tests.support.tokens import TokenMaker

SCHEMATHESIS: Final = "from schemathesis.cli import schemathesis; schemathesis()"
SEED: Final = 20261123
EXAMPLES: Final = 4
SECONDS: Final = 420
CHECKS: Final = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_schema_conformance,response_headers_conformance"
)
NO_LIMIT: Final = "100000000/minute"
# Of any type, as settings are.
NO_LIMITS: Final[dict[str, Any]] = {
    "rate_limit_sign_in": NO_LIMIT,
    "rate_limit_read": NO_LIMIT,
    "rate_limit_write": NO_LIMIT,
    "rate_limit_heavy": NO_LIMIT,
}
ORGANISATION: Final = new_id()

pytestmark = [pytest.mark.fuzz, pytest.mark.timeout(SECONDS + 60)]


@asynccontextmanager
async def served(app: web.Application, tokens: TokenMaker) -> AsyncIterator[str]:
    app[VERIFIER] = tokens.verifier()
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/")


async def fuzz(url: str, headers: Mapping[str, str], folder: Path) -> None:
    """Run schemathesis against a service; fail with its report where it finds something."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", SCHEMATHESIS, "run", f"{url}/openapi.json"),
        *("--checks", CHECKS, "--phases", "examples,coverage,fuzzing"),
        *("--max-examples", str(EXAMPLES), "--seed", str(SEED), "--no-shrink"),
        *("--continue-on-failure", "--warnings", "off", "--request-timeout", "20"),
        *(part for name, value in headers.items() for part in ("-H", f"{name}: {value}")),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        async with asyncio.timeout(SECONDS):
            output, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        pytest.fail(output.decode())


def token_of(tokens: TokenMaker, who: str) -> dict[str, str]:
    match who:
        case "nobody":
            return {}
        case "owner":
            return TokenMaker.header(tokens.person(organisations=[ORGANISATION]))
        case role:
            return TokenMaker.header(tokens.person(roles=[role]))


@pytest.mark.parametrize("who", ["nobody", "owner", "office_director"])
async def test_accounts_answers_as_documented(
    database_url: DatabaseUrl, tmp_path: Path, who: str
) -> None:
    tokens = TokenMaker()
    async with serve_notifications() as notifications:
        settings = AccountsSettings(
            database_url=database_url("accounts"),
            notifications_url=notifications.url,
            **NO_LIMITS,
        )
        async with served(build_accounts(settings, "api"), tokens) as url:
            await fuzz(url, token_of(tokens, who), tmp_path)


@pytest.mark.parametrize("who", ["owner", "office_director"])
async def test_venues_answers_as_documented(
    database_url: DatabaseUrl, tmp_path: Path, who: str
) -> None:
    tokens = TokenMaker()
    settings = VenuesSettings(database_url=database_url("venues"), **NO_LIMITS)
    async with served(build_venues(settings, "api"), tokens) as url:
        await fuzz(url, token_of(tokens, who), tmp_path)
