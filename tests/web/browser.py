"""A small browser without JavaScript: keeps cookies, finds forms, sends them as they are."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TypeAlias

from aiohttp import ClientResponse, web
from aiohttp.test_utils import TestClient

Client: TypeAlias = TestClient[web.Request, web.Application]


@dataclass
class Form:
    """One form of a page with the values that it comes with."""

    action: str
    method: str
    values: dict[str, str] = field(default_factory=dict)


@dataclass
class Shown:
    """One answer."""

    status: int
    text: str
    headers: dict[str, str]
    forms: list[Form]

    def form(self, action: str) -> Form:
        """Return the first form that goes to an address."""
        return next(form for form in self.forms if form.action.split("?")[0] == action)


class _FormFinder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(found.get("action", ""), found.get("method", "get")))
        elif tag == "select":
            self._select = found.get("name", "")
        elif tag == "option" and "selected" in found:
            self.forms[-1].values[self._select] = found["value"]
        elif tag == "input" and _is_sent(found):
            self.forms[-1].values[found["name"]] = found.get("value", "")


def _is_sent(found: dict[str, str]) -> bool:
    return "name" in found and (
        found.get("type") not in {"radio", "checkbox"} or "checked" in found
    )


class Browser:
    """Follows no redirect by itself, so that a test sees each step."""

    def __init__(self, client: Client, **headers: str) -> None:
        self.client = client
        self.headers = {"Accept-Language": "zh-CN", **headers}

    async def get(self, path: str) -> Shown:
        """Open a page."""
        async with self.client.get(path, headers=self.headers, allow_redirects=False) as answer:
            return await _shown(answer)

    async def send(self, form: Form, headers: dict[str, str] | None = None, **values: str) -> Shown:
        """Send a form with some values changed."""
        data = {**form.values, **values}
        sent = {**self.headers, "Origin": str(self.client.make_url("/")).rstrip("/")}
        async with self.client.post(
            form.action, data=data, headers={**sent, **(headers or {})}, allow_redirects=False
        ) as answer:
            return await _shown(answer)

    async def sign_in(self, contact: str = "13800000001") -> None:
        """Sign in through the pages."""
        page = await self.get("/login")
        await self.send(page.form("/login"), privacy="yes", of_age="yes", contact=contact)
        page = await self.get("/login/code")
        shown = await self.send(page.form("/login/code"), code="123456")
        assert shown.status == 303


async def _shown(answer: ClientResponse) -> Shown:
    text = await answer.text()
    finder = _FormFinder()
    if answer.content_type == "text/html":
        finder.feed(text)
    return Shown(answer.status, text, dict(answer.headers), finder.forms)
