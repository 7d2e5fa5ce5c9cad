"""What people do on the pages, step by step; `look` is called on every page on the way."""

import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from pyotp import TOTP

from deploy.local.demo.loaded import coming_saturday
from shared.core.clock import SystemClock, today
from tests.browser.screen import Screen

Look = Callable[[Screen, str], Awaitable[None]]

WORKSHOP: Final = "陶艺拉坯体验"
CAMP: Final = "自带帐篷营位"
NAME: Final = "陈小溪"
# As operators see it.
MASKED_NAME: Final = "陈**"
PERSONS: Final = 3
_CODE: Final = re.compile(r"\b\d{6}\b")


async def look_at_nothing(screen: Screen, name: str) -> None:
    """Pass on without a look."""
    del screen, name


def saturday() -> date:
    """Return the Saturday of the coming weekend, for which others have booked too.

    Figures about few people are withheld from the office, so a day of one's own shows nothing.
    """
    return coming_saturday(today(SystemClock()))


def new_contact(who: str) -> str:
    return f"{who}-{secrets.token_hex(4)}@xiangyou.example"


@dataclass(frozen=True, slots=True)
class Placed:
    """An order as its page shows it."""

    path: str
    code: str

    @property
    def order_id(self) -> str:
        return self.path.rsplit("/", 1)[-1]


async def plan_weekend(screen: Screen, look: Look = look_at_nothing) -> None:
    """Find a workshop and a campsite for Saturday from the first page; plan both."""
    page, day = screen.page, saturday().isoformat()
    await screen.go("/")
    await look(screen, "home")
    await page.select_option("#child", "1")
    await screen.press(".search-grid button")
    await screen.press(f"nav.chips a[href*='day={day}']")
    await look(screen, "saturday")
    await screen.press("nav.chips a[href*='kind=session']")
    await look(screen, "workshops")
    await screen.press("a.offer", has_text=WORKSHOP)
    await look(screen, "workshop")
    await _choose(screen, day)
    await look(screen, "plan-with-workshop")
    await screen.press("main a.button[href='/']")
    await page.select_option("#child", "1")
    await screen.press(".search-grid button")
    await screen.press(f"nav.chips a[href*='day={day}']")
    await screen.press("nav.chips a[href*='kind=stay']")
    await look(screen, "campsites")
    await screen.press("a.offer", has_text=CAMP)
    await look(screen, "campsite")
    await _choose(screen, day)
    assert await page.locator(".stop").count() == len((WORKSHOP, CAMP))


async def _choose(screen: Screen, day: str) -> None:
    """Choose the first free time of a day, and put it on the plan."""
    free = screen.page.locator(f"label.choice:has(input[value^='{day}']:not([disabled]))")
    await free.first.click()
    await screen.press("#book button")
    assert screen.page.url.split("?")[0].endswith("/plan")


async def sign_in(screen: Screen, contact: str, look: Look = look_at_nothing) -> None:
    """Sign in by a code that is read from the inbox; begins at the page that asks for it.

    Whoever works here shows a second factor as well, or sets one up the first time.
    """
    await look(screen, "login")
    await screen.page.fill("#contact", contact)
    for box in ("#privacy", "#of_age"):
        await screen.page.check(box)
    await screen.press("main form button")
    await look(screen, "code-asked")
    mailbox = await Screen.open(screen.page.context)
    code = await read_code(mailbox, contact, look)
    await mailbox.page.close()
    await screen.page.fill("#code", code)
    await screen.press("form[action='/login/code'] button")
    if "/me/security/setup" in screen.page.url:
        await set_up_authenticator(screen, look)
    elif "/login/second" in screen.page.url:
        await show_authenticator(screen, contact, look)


async def set_up_authenticator(screen: Screen, look: Look = look_at_nothing) -> str:
    """Set up an authenticator from the page that offers it; return its secret."""
    await look(screen, "second-factor-offered")
    await screen.press("form[action='/me/security/authenticator'] button")
    await look(screen, "authenticator")
    secret = (await screen.text(".secret")).replace(" ", "")
    await screen.page.fill("#code", TOTP(secret).now())
    await screen.press("form[action$='/confirmations'] button")
    await look(screen, "recovery-codes")
    await screen.press("main a.button")
    return secret


async def show_authenticator(screen: Screen, contact: str, look: Look = look_at_nothing) -> None:
    """Show the code that the inbox shows for somebody of the demo."""
    await look(screen, "second-step")
    mailbox = await Screen.open(screen.page.context)
    await mailbox.go(f"/dev/inbox?to={contact}")
    code = await mailbox.text(".codes strong")
    await mailbox.page.close()
    await screen.page.fill("#code", code)
    await screen.press("form[action='/login/second'] button")


async def read_code(mailbox: Screen, contact: str, look: Look = look_at_nothing) -> str:
    """Read the newest code in the development inbox."""
    await mailbox.go(f"/dev/inbox?to={contact}")
    await mailbox.press(".letters a")
    await look(mailbox, "mail-with-code")
    found = _CODE.search(await mailbox.text("pre"))
    assert found is not None
    return found[0]


async def order(screen: Screen, look: Look = look_at_nothing) -> Placed:
    """Order the plan as somebody who is signed in."""
    await look(screen, "plan-to-order")
    await screen.page.fill("#contact_name", NAME)
    await screen.press("form[action='/plan/orders'] button")
    path = "/orders/" + screen.page.url.split("?")[0].rsplit("/", 1)[-1]
    return Placed(path, await screen.text(".order-code"))
