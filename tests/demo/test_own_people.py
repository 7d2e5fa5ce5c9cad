"""The demo's own people are let in by each other, and show second factors again when asked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from deploy.local.demo.api import Api, Json, connected
from deploy.local.demo.district import read_demo
from deploy.local.demo.listings import Desk, own_member, publish
from deploy.local.demo.sessions import OFFICE, Sessions
from deploy.local.demo.steps import new_key
from deploy.local.mail_catcher.pages import create_app
from deploy.local.mail_catcher.smtp import protocol
from deploy.local.mail_catcher.store import Inbox
from deploy.local.options import Options
from services.accounts import app as accounts_service
from services.accounts.settings import AccountsSettings
from services.notifications import app as notifications_service
from services.notifications.settings import NotificationsSettings
from services.venues import app as venues_service
from services.venues.settings import VenuesSettings
from shared.core.clock import SystemClock, today
from shared.db import acquire
from shared.http.keys import DATABASE
from tests.stack.running import free_offset
from tests.support.databases import Clone

NAMED = "office@xiangyou.example,demo-office@xiangyou.example"


@dataclass
class Running:
    """Accounts, venues and notifications with an inbox, where a stack has them."""

    api: Api
    sessions: Sessions
    accounts: web.Application

    async def let_pass(self, time: timedelta) -> None:
        """Let time pass since second factors were shown."""
        async with acquire(self.accounts[DATABASE]) as conn:
            await conn.execute(
                "update sessions set second_factor_at = second_factor_at - $1::interval", time
            )

    async def codes_sent(self, contact: Json) -> int:
        return len(await self.api.letters(contact))


@pytest.fixture
async def running(database: Clone, tmp_path: Path) -> AsyncIterator[Running]:
    options = Options(tmp_path, free_offset())
    known: dict[str, Any] = {
        f"{name}_url": options.ports.url(name) for name in ("accounts", "venues", "notifications")
    }
    accounts = accounts_service.build_app(
        AccountsSettings(database_url=database.url("accounts"), office_contacts=NAMED, **known),
        "api",
    )
    venues = venues_service.build_app(
        VenuesSettings(database_url=database.url("venues"), **known), "api"
    )
    smtp_port = options.ports.of("smtp")
    notifications = notifications_service.build_app(
        NotificationsSettings(
            database_url=database.url("notifications"), smtp_port=smtp_port, **known
        ),
        "api",
    )
    inbox = Inbox(tmp_path / "inbox")
    served = {
        "inbox": create_app(inbox),
        "accounts": accounts,
        "venues": venues,
        "notifications": notifications,
    }
    smtp = await asyncio.get_running_loop().create_server(
        lambda: protocol(inbox), "127.0.0.1", smtp_port
    )
    async with AsyncExitStack() as stack:
        stack.callback(smtp.close)
        for name, app in served.items():
            server = TestServer(app, host="127.0.0.1", port=options.ports.of(name))
            await stack.enter_async_context(server)
        api = await stack.enter_async_context(connected(options))
        yield Running(api, Sessions(api, tmp_path), accounts)


async def test_a_second_factor_is_shown_again_where_that_is_asked_and_the_session_is_kept(
    running: Running,
) -> None:
    api, office = running.api, await running.sessions.of(OFFICE)
    await running.let_pass(timedelta(minutes=11))
    stale = await running.sessions.of(OFFICE)
    body = {"email": "helper@xiangyou.example", "role": "helper"}
    # Two at once show it once.
    given = await asyncio.gather(
        *(
            api.call("accounts", "POST", "/v1/booking-roles", body, by=stale, key=new_key())
            for _ in range(2)
        )
    )
    assert [one["role"] for one in given] == ["helper", "helper"]
    assert stale.token != office.token
    # The next run goes on with that session, without another code.
    await running.sessions.of(OFFICE)
    assert await running.codes_sent(OFFICE) == 1


async def test_the_office_names_one_owner_who_invites_the_other(running: Running) -> None:
    demo = read_demo()
    demo = demo.model_copy(
        update={"villages": [], "venues": [], "organisations": demo.organisations[:1]}
    )
    office = await running.sessions.of(OFFICE)
    desk = Desk(running.api, running.sessions, office, today(SystemClock()))
    for _ in range(2):
        await publish(desk, demo, lambda: None)
    [organisation] = demo.organisations
    await running.api.join({"email": organisation.member})
    assert running.api.authenticators.knows(organisation.member)
    owner = await running.sessions.of(own_member(organisation))
    found = await running.api.call("accounts", "GET", "/v1/organisations", by=owner)
    [own] = found["items"]
    path = f"/v1/organisations/{own['organisation_id']}/members"
    members = (await running.api.call("accounts", "GET", path, by=owner))["items"]
    assert [(one["role"], one["accepted_at"] is not None) for one in members] == [
        ("owner", True),
        ("owner", True),
    ]
