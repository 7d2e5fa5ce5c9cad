"""Whatever comes in, the services answer as their documents say, and never by failing.

Schemathesis makes requests of the OpenAPI documents, good ones and bad ones, with a fixed seed,
as people of several roles. All services run, so that one that asks another is answered.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Final

import pytest

from tests.conftest import MakeDatabase
from tests.security.platform import Platform, serve_platform

SCHEMATHESIS: Final = "from schemathesis.cli import schemathesis; schemathesis()"
SEED: Final = 20261123
EXAMPLES: Final = 6
SECONDS: Final = 420
CHECKS: Final = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_schema_conformance,response_headers_conformance"
)
# They end the session that the rest is tried with; nobody tries them.
FAREWELLS: Final = ("end_session", "end_my_session", "erase_me")
RATE_CLASSES: Final = ("sign_in", "read", "write", "heavy")

pytestmark = [pytest.mark.fuzz, pytest.mark.timeout(SECONDS + 60)]


@pytest.fixture
async def platform(make_database: MakeDatabase) -> AsyncIterator[Platform]:
    unlimited = {f"rate_limit_{one}": "100000000/minute" for one in RATE_CLASSES}
    async with serve_platform(await make_database(), **unlimited) as running:
        yield running


async def headers_of(platform: Platform, who: str) -> dict[str, str]:
    """Return what a person sends who has just signed in."""
    match who:
        case "nobody":
            return {}
        case "visitor":
            token = (await platform.accounts.sign_in("lin@example.com"))["access_token"]
        case "owner":
            session = await platform.accounts.sign_in("wang@example.com")
            token, _ = await platform.accounts.register(session)
        case _:
            token = await platform.accounts.office_token()
    return {"Authorization": f"Bearer {token}"}


async def fuzz(url: str, headers: Mapping[str, str], folder: Path) -> None:
    """Run schemathesis against a service; fail with its report where it finds something."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", SCHEMATHESIS, "run", f"{url}/openapi.json"),
        *("--checks", CHECKS, "--phases", "examples,coverage,fuzzing"),
        *("--max-examples", str(EXAMPLES), "--seed", str(SEED), "--no-shrink"),
        *("--continue-on-failure", "--warnings", "off", "--request-timeout", "20"),
        *(part for name, value in headers.items() for part in ("-H", f"{name}: {value}")),
        *(part for one in FAREWELLS if headers for part in ("--exclude-operation-id", one)),
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


@pytest.mark.parametrize(
    ("service", "who"),
    [
        ("accounts", "nobody"),
        ("accounts", "visitor"),
        ("accounts", "owner"),
        ("accounts", "office"),
        ("venues", "nobody"),
        ("venues", "owner"),
        ("venues", "office"),
        ("bookings", "visitor"),
    ],
)
async def test_what_comes_in_is_answered_as_documented(
    platform: Platform, tmp_path: Path, service: str, who: str
) -> None:
    headers = await headers_of(platform, who)
    url = str(platform.clients[service].make_url("")).rstrip("/")
    await fuzz(url, headers, tmp_path)
    if headers:
        # Nothing has ended the session, so all of it was tried by this person.
        async with platform.clients["accounts"].get("/v1/me", headers=headers) as answer:
            assert answer.status == 200
