"""Passkeys with the browser's own virtual authenticator, on the real pages."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final, TypeAlias

import pytest
from playwright.async_api import Browser

from deploy.local.demo.api import Api
from tests.browser.conftest import DESK, HEIGHTS, PHONE
from tests.browser.people import new_operator
from tests.browser.screen import Screen
from tests.browser.steps import new_contact, sign_in
from tests.stack.running import RunningStack

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

# A phone with a fingerprint reader, and somebody whose finger it knows.
PLATFORM: Final = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
Verify: TypeAlias = Callable[[str], Awaitable[None]]
READY: Final = "form[data-passkey]:not([hidden])"


@asynccontextmanager
async def device(
    browser: Browser, stack: RunningStack, width: int
) -> AsyncIterator[tuple[Screen, Verify]]:
    """Give a window on a device with passkeys; an IP address has none, so by its name."""
    context = await browser.new_context(
        base_url=stack.url("web").replace("127.0.0.1", "localhost"),
        viewport={"width": width, "height": HEIGHTS[width]},
        locale="zh-CN",
    )
    try:
        screen = await Screen.open(context)
        cdp = await context.new_cdp_session(screen.page)
        await cdp.send("WebAuthn.enable")
        added = await cdp.send("WebAuthn.addVirtualAuthenticator", {"options": PLATFORM})
        which = {"authenticatorId": added["authenticatorId"]}

        async def verify(known: str) -> None:
            sent = {**which, "isUserVerified": known == "known"}
            await cdp.send("WebAuthn.setUserVerified", sent)

        yield screen, verify
    finally:
        await context.close()


async def press(screen: Screen, leads_to: str) -> None:
    await screen.page.locator(f"{READY} button").click()
    await screen.page.wait_for_url(re.compile(leads_to))


@pytest.mark.parametrize("width", [PHONE, DESK])
async def test_an_operator_adds_a_passkey_and_signs_in_with_it_alone(
    browser: Browser, api: Api, demo_stack: RunningStack, width: int
) -> None:
    async with device(browser, demo_stack, width) as (screen, _):
        await screen.go("/login")
        await sign_in(screen, await new_operator(api, demo_stack))
        assert screen.page.url.split("?")[0].endswith("/operator")
        await screen.go("/me/security")
        await screen.press("a[href='/me/security/passkeys/new']")
        await screen.page.fill("#name", "我的手机")
        assert await screen.look("passkey-new") == []
        await press(screen, "said=passkey_added")
        assert "我的手机" in await screen.text(".rows:has(form[action$='removals'])")
        assert await screen.look("passkey-added") == []
        await screen.go("/me")
        await screen.press("form[action='/logout'] button")
        await screen.go("/login")
        await screen.press("a[href^='/login/passkey']")
        assert await screen.look("passkey-asked") == []
        await press(screen, "/operator")
        assert await screen.page.locator("a[href='/gate']").count() == 1


async def test_a_visitor_signs_in_with_a_passkey_and_removes_it(
    browser: Browser, demo_stack: RunningStack
) -> None:
    async with device(browser, demo_stack, PHONE) as (screen, _):
        await screen.go("/login?next=/me/security")
        await sign_in(screen, new_contact("passkey"))
        await screen.press("a[href='/me/security/passkeys/new']")
        await screen.page.fill("#name", "手机")
        await press(screen, "/me/security/passkeys$")
        # The first second factor comes with recovery codes, once.
        assert await screen.page.locator(".recovery-codes li").count() == 10
        await screen.press("main a.button")
        await screen.go("/me")
        await screen.press("form[action='/logout'] button")
        await screen.go("/login/passkey?next=/me/security")
        await press(screen, "/me/security")
        await screen.press("form[action$='/passkeys/removals'] button")
        assert await screen.page.locator("form[action$='/passkeys/removals']").count() == 0


async def test_whose_finger_is_not_known_is_told_and_may_try_again(
    browser: Browser, demo_stack: RunningStack
) -> None:
    async with device(browser, demo_stack, PHONE) as (screen, verify):
        await screen.go("/login?next=/me/security")
        await sign_in(screen, new_contact("finger"))
        await screen.go("/me/security/passkeys/new")
        await screen.page.fill("#name", "手机")
        await verify("unknown")
        await screen.page.locator(f"{READY} button").click()
        told = screen.page.locator("[data-told]:not([hidden])")
        await told.wait_for()
        assert "再试一次" in await told.inner_text()
        await verify("known")
        await press(screen, "/me/security/passkeys$")


async def test_a_device_that_has_a_passkey_is_told_so_in_the_language_of_the_page(
    browser: Browser, demo_stack: RunningStack
) -> None:
    async with device(browser, demo_stack, PHONE) as (screen, _):
        await screen.go("/login?next=/me/security")
        await sign_in(screen, new_contact("twice"))
        await screen.go("/me/security/passkeys/new")
        await screen.page.fill("#name", "手机")
        await press(screen, "/me/security/passkeys$")
        for language, words in (("zh", "已经有您的通行密钥了"), ("en", "has a passkey of yours")):
            await screen.go(f"/language?to={language}&next=/me/security/passkeys/new")
            await screen.page.fill("#name", "Phone")
            await screen.page.locator(f"{READY} button").click()
            told = screen.page.locator("[data-told]:not([hidden])")
            await told.wait_for()
            assert words in await told.inner_text()


async def test_without_a_passkey_or_scripts_the_code_is_offered(
    browser: Browser, demo_stack: RunningStack
) -> None:
    context = await browser.new_context(
        base_url=demo_stack.url("web"), java_script_enabled=False, locale="zh-CN"
    )
    page = await context.new_page()
    await page.goto("/login/passkey?next=/me")
    assert await page.locator("[data-unsupported]").is_visible()
    assert not await page.locator("form[data-passkey]").is_visible()
    await page.click("main a[href='/login?next=%2Fme']")
    assert await page.locator("#contact").is_visible()
    await context.close()
