"""The real accounts service in this process, and a recording peer in place of notifications."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import uuid4

from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient, TestServer
from pyotp import TOTP

from services.accounts.app import build_app
from services.accounts.settings import AccountsSettings
from shared.db import Database, acquire
from shared.http.keys import DATABASE

OFFICE_EMAIL: Final = "office@xiangyou.example"
SECRET: Final = "local-service-secret"

Json = dict[str, Any]

# What whoever signs in for the first time says.
AGREED: Final[Json] = {"accepted_privacy_version": "2026-11-01", "fourteen_or_older": True}

# The secrets of the authenticators that were set up here, by account.
AUTHENTICATORS: Final[dict[str, str]] = {}


@dataclass
class Notifications:
    """Speaks the protocol of the notifications service and keeps what it was told."""

    url: str = ""
    status: int = 202
    delay: float = 0
    notice_delay: float = 0
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    messages: list[Json] = field(default_factory=list)
    notices: list[Json] = field(default_factory=list)
    authorizations: list[str] = field(default_factory=list)

    async def take(self, request: web.Request) -> web.Response:
        self.authorizations.append(request.headers.get("Authorization", ""))
        self.messages.append(await request.json())
        self.arrived.set()
        await asyncio.sleep(self.delay)
        return web.json_response({}, status=self.status)

    async def take_notice(self, request: web.Request) -> web.Response:
        self.notices.append(await request.json())
        await asyncio.sleep(self.notice_delay)
        return web.json_response({}, status=self.status)

    def code_for(self, address: str) -> str:
        """Return the latest code that was sent to an address."""
        codes = [str(one["code"]) for one in self.messages if one["address"] == address]
        return codes[-1]


@asynccontextmanager
async def serve_notifications() -> AsyncIterator[Notifications]:
    peer = Notifications()
    app = web.Application()
    app.router.add_post("/v1/login-messages", peer.take)
    app.router.add_post("/v1/contact-notices", peer.take_notice)
    async with TestServer(app) as server:
        peer.url = str(server.make_url("/"))
        yield peer


@dataclass
class Answer:
    """A response that was read."""

    status: int
    headers: Mapping[str, str]
    text: str
    json: Any

    @property
    def code(self) -> str:
        return str(self.json["code"])


@dataclass
class Accounts:
    """The service over HTTP, with the steps that most tests begin with."""

    client: "TestClient[web.Request, web.Application]"
    notifications: Notifications
    settings: AccountsSettings

    @property
    def app(self) -> web.Application:
        return self.client.app

    @property
    def database(self) -> Database:
        return self.app[DATABASE]

    async def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        token: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        sent = {"Idempotency-Key": str(uuid4()), **(headers or {})}
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        options: Json = {} if body is None else {"json": body}
        async with self.client.request(method, path, headers=sent, **options) as response:
            return await _read(response)

    async def ask_code(self, address: str, *, language: str = "zh") -> str:
        """Have a code sent; return it as the peer received it."""
        body = {**contact(address), "language": language}
        answer = await self.call("POST", "/v1/login-codes", body)
        assert answer.status == 202, answer.text
        return self.notifications.code_for(address)

    async def sign_in(self, address: str) -> Json:
        """Sign in and return the session; whoever needs a second factor sets one up or shows it."""
        session = await self.sign_in_with_code(address)
        if session["second_factor"] == "to_enrol":
            return await self.enrol(session)
        if session["second_factor"] == "needed":
            return await self.show_second_factor(session)
        return session

    async def sign_in_again(self, address: str) -> Json:
        """Sign in once more, as if half a minute had passed since the last code was sent."""
        async with acquire(self.database) as conn:
            await conn.execute("delete from login_code_sends")
        return await self.sign_in(address)

    async def register(self, session: Json, name: str = "嘉溪露营") -> tuple[str, str]:
        """Register an organisation; return its owner's new token, and its id."""
        organisation = await self.create_organisation(session["access_token"], name)
        renewed = (await self.renew(session["session_token"])).json
        if renewed["second_factor"] == "to_enrol":
            renewed = await self.enrol(renewed)
        return str(renewed["access_token"]), organisation

    async def enrol(self, session: Json) -> Json:
        """Set up an authenticator and return the session with it."""
        token = session["access_token"]
        started = await self.call("POST", "/v1/me/second-factors/totp", token=token)
        assert started.status == 201, started.text
        secret = AUTHENTICATORS[session["account_id"]] = started.json["secret"]
        path = "/v1/me/second-factors/totp/confirmations"
        enrolled = await self.call("POST", path, {"code": TOTP(secret).now()}, token=token)
        assert enrolled.status == 201, enrolled.text
        upgraded: Json = enrolled.json["session"]
        return upgraded

    async def show_second_factor(self, session: Json) -> Json:
        """Show the code of an authenticator that was set up here, and return the new session."""
        async with acquire(self.database) as conn:
            # As if half a minute had passed since it was last used.
            await conn.execute("update authenticators set last_step = 0")
        code = TOTP(AUTHENTICATORS[session["account_id"]]).now()
        path, token = "/v1/sessions/second-factors", session["access_token"]
        answer = await self.call("POST", path, {"totp": code}, token=token)
        assert answer.status == 201, answer.text
        upgraded: Json = answer.json
        return upgraded

    async def sign_in_with_code(self, address: str) -> Json:
        """Sign in by the one-time code alone, and return that session."""
        code = await self.ask_code(address)
        answer = await self.try_code(address, code)
        assert answer.status == 201, answer.text
        session: Json = answer.json
        return session

    async def try_code(self, address: str, code: str, **headers: str) -> Answer:
        body = {**contact(address), "code": code, **AGREED}
        return await self.call("POST", "/v1/sessions", body, headers=headers)

    async def renew(self, session_token: str) -> Answer:
        return await self.call("POST", "/v1/sessions/renewals", {"session_token": session_token})

    async def service_token(self, service: str) -> str:
        answer = await self.call(
            "POST", "/v1/service-tokens", {"service": service, "secret": SECRET}
        )
        assert answer.status == 201, answer.text
        return str(answer.json["access_token"])

    async def office_token(self) -> str:
        return str((await self.sign_in(OFFICE_EMAIL))["access_token"])

    async def accept(self, organisation: str, token: str) -> Answer:
        """Accept an invitation to an organisation."""
        return await self.call(
            "POST", f"/v1/me/memberships/{organisation}/acceptances", token=token
        )

    async def create_organisation(self, office_token: str, name: str = "嘉溪露营") -> str:
        answer = await self.call("POST", "/v1/organisations", {"name": name}, token=office_token)
        assert answer.status == 201, answer.text
        return str(answer.json["organisation_id"])


async def _read(response: ClientResponse) -> Answer:
    text = await response.text()
    parsed = await response.json(content_type=None) if text else None
    return Answer(response.status, response.headers, text, parsed)


def contact(address: str) -> Json:
    return {"email" if "@" in address else "phone": address}


@asynccontextmanager
async def serve_accounts(
    notifications: Notifications, **settings: object
) -> AsyncIterator[Accounts]:
    values: Json = {"notifications_url": notifications.url, **settings}
    given = AccountsSettings(**values)
    app = build_app(given, "api")
    async with TestClient(TestServer(app)) as client:
        yield Accounts(client, notifications, given)
