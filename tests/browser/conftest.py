"""A browser, windows in it, and people who are signed in."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final, TypeAlias

import pytest
from playwright.async_api import Browser, StorageState

from deploy.local.demo.api import Api
from tests.browser.chromium import chromium
from tests.browser.people import new_operator
from tests.browser.screen import Screen
from tests.browser.steps import Placed, new_contact, order, plan_weekend, sign_in
from tests.stack.running import OFFICE, RunningStack

PHONE: Final = 360
DESK: Final = 1280
HEIGHTS: Final = {PHONE: 740, DESK: 900}

OpenScreen: TypeAlias = Callable[..., Awaitable[Screen]]


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as started:
        yield started


@pytest.fixture(scope="session")
async def api(demo_stack: RunningStack) -> AsyncIterator[Api]:
    async with demo_stack.api() as api:
        yield api


@pytest.fixture(scope="session")
async def open_screen(browser: Browser, demo_stack: RunningStack) -> AsyncIterator[OpenScreen]:
    """Give a function that opens a window of its own, without anybody signed in."""
    async with AsyncExitStack() as stack:

        async def open_(
            width: int = PHONE, *, script: bool = True, state: StorageState | None = None
        ) -> Screen:
            context = await browser.new_context(
                base_url=demo_stack.url("web"),
                viewport={"width": width, "height": HEIGHTS[width]},
                locale="zh-CN",
                timezone_id="Asia/Shanghai",
                java_script_enabled=script,
                storage_state=state,
            )
            context.set_default_timeout(15_000)
            stack.push_async_callback(context.close)
            return await Screen.open(context)

        yield open_


@dataclass(frozen=True, slots=True)
class People:
    """The browsers' states of people who are signed in, and the visitor's order."""

    visitor: StorageState
    operator: StorageState
    officer: StorageState
    placed: Placed


@pytest.fixture(scope="session")
async def people(open_screen: OpenScreen, api: Api, demo_stack: RunningStack) -> People:
    visitor = await open_screen()
    await plan_weekend(visitor)
    await visitor.press("main a[href='/login?next=/plan']")
    await sign_in(visitor, new_contact("visitor"))
    placed = await order(visitor)
    # A plan again, so that its page has something to show.
    await plan_weekend(visitor)
    operator, officer = await open_screen(), await open_screen()
    for screen, contact in (
        (operator, await new_operator(api, demo_stack)),
        (officer, OFFICE),
    ):
        await screen.go("/login")
        await sign_in(screen, contact)
    states = [await one.page.context.storage_state() for one in (visitor, operator, officer)]
    return People(states[0], states[1], states[2], placed)
