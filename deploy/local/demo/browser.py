"""A very small browser: it opens a page, and presses a button of one of its forms."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

import aiohttp
from yarl import URL

from deploy.local.demo.story import StepFailedError

SECONDS: Final = aiohttp.ClientTimeout(total=10.0)
SUCCESSFUL: Final = 200


@dataclass
class Form:
    """A form, with what is sent along with each of its buttons."""

    method: str
    action: str
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Page:
    """A page as it was opened."""

    url: URL
    text: str
    forms: list[Form]


class Browser:
    """Opens pages as a visitor's phone does."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def open(self, url: str) -> Page:
        """Open a page. Raises StepFailedError where there is none."""
        try:
            async with self._session.get(url) as answer:
                text = await answer.text()
                status = answer.status
        except aiohttp.ClientError as error:
            raise StepFailedError(f"{url} can't be opened: {type(error).__name__}") from error
        if status != SUCCESSFUL:
            raise StepFailedError(f"{url} answers {status}")
        reader = _FormReader()
        reader.feed(text)
        return Page(URL(url), text, reader.forms)

    async def press(self, page: Page, name: str, value: str) -> str:
        """Press a button, and return where the visitor is sent. Raises StepFailedError."""
        form = next((one for one in page.forms if (name, value) in one.buttons), None)
        if form is None:
            raise StepFailedError(f"{page.url} has no button {name}={value}")
        url = page.url.join(URL(form.action))
        try:
            async with self._session.request(
                form.method, url, data={**form.fields, name: value}, allow_redirects=False
            ) as answer:
                return str(url.join(URL(answer.headers.get("Location", ""))))
        except aiohttp.ClientError as error:
            raise StepFailedError(f"{url} takes no form: {type(error).__name__}") from error


@asynccontextmanager
async def browser() -> AsyncIterator[Browser]:
    """Give a browser without cookies and history."""
    async with aiohttp.ClientSession(timeout=SECONDS) as session:
        yield Browser(session)


class _FormReader(HTMLParser):
    """Reads the forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("method", "get"), given.get("action", "")))
        elif self.forms and tag == "button" and "name" in given:
            self.forms[-1].buttons.append((given["name"], given.get("value", "")))
        elif self.forms and tag == "input" and "name" in given:
            self.forms[-1].fields[given["name"]] = given.get("value", "")
