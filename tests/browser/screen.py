"""A page that is watched: whatever it complains about, and how it looks."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from playwright.async_api import BrowserContext, ConsoleMessage, Page, Request, Response

from deploy.local.options import ROOT

PICTURES: Final = ROOT / "test-results" / "journey"
BROKEN: Final = 400
LANGUAGES: Final = {"zh": "zh-CN", "en": "en"}
# Pages for developers, in English only, that show people's letters as they are.
INBOX: Final = "/dev/inbox"

LOOK: Final = """
async () => {
  for (const image of document.images) image.loading = "eager";
  await Promise.all([...document.images].map((image) => image.decode().catch(() => null)));
  const root = document.documentElement;
  const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const drawn = (character) => {
    pen.clearRect(0, 0, 60, 60);
    pen.font = `40px ${getComputedStyle(document.body).fontFamily}`;
    pen.fillText(character, 5, 45);
    return pen.getImageData(0, 0, 60, 60).data.join();
  };
  const name = (element) => `${element.localName}.${[...element.classList].join(".")}`;
  const outside = [...document.querySelectorAll("body *")].filter((element) => {
    const box = element.getBoundingClientRect();
    return box.width && box.right > root.clientWidth + 1 && !element.closest(".scroll, svg");
  });
  const foreign = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let text = texts.nextNode(); text; text = texts.nextNode()) {
    if (!/\\p{Script=Han}/u.test(text.data)) continue;
    if (text.parentElement.closest("[lang^=zh], .brand")) continue;
    foreign.push(text.data.trim());
  }
  return {
    language: root.lang,
    title: document.title,
    scrolls: root.scrollWidth - root.clientWidth,
    outside: outside.map(name).slice(0, 5),
    broken: [...document.images].filter((image) => !image.naturalWidth).map((image) => image.src),
    glyphs: new Set(["乡", "游", "溪", "\\u{10fffe}"].map(drawn)).size,
    foreign,
  };
}
"""
"""Looks at a page: its language, what is wider than it, pictures that did not load, whether Chinese
characters have pictures of their own (a font without them draws all alike), and Chinese left over
on an English page."""


@dataclass
class Screen:
    """One page of a browser, `width` pixels wide, that must never complain."""

    page: Page
    width: int
    complaints: list[str] = field(default_factory=list)
    expected: set[int] = field(default_factory=set)

    @classmethod
    async def open(cls, context: BrowserContext) -> "Screen":
        """Open a page and listen to it from its first moment on."""
        page = await context.new_page()
        assert page.viewport_size is not None
        screen = cls(page, page.viewport_size["width"])
        page.on("console", screen._on_console)
        page.on("pageerror", lambda error: screen.complaints.append(f"script: {error}"))
        page.on("requestfailed", screen._on_failure)
        page.on("response", screen._on_response)
        return screen

    async def go(self, path: str) -> None:
        await self.page.goto(path)

    async def press(self, selector: str, *, has_text: str | None = None) -> None:
        """Press a button or link, and wait for the page that it leads to."""
        async with self.page.expect_navigation():
            await self.page.locator(selector, has_text=has_text).first.click()

    async def text(self, selector: str) -> str:
        return (await self.page.locator(selector).first.inner_text()).strip()

    async def look(self, name: str, *, language: str = "zh", typed: str = "") -> list[str]:
        """Take a picture, and return all that is wrong with the page.

        `typed` is what somebody typed in Chinese: an English page shows it as it is.
        """
        seen: dict[str, Any] = await self.page.evaluate(LOOK)
        await self.picture(name)
        faults = [*self.complaints]
        self.complaints.clear()
        if INBOX in self.page.url:
            seen["language"] = LANGUAGES[language] if seen["language"] else ""
        if seen["language"] != LANGUAGES[language] or not seen["title"]:
            faults.append(f"language {seen['language']!r}, title {seen['title']!r}")
        if seen["scrolls"] > 0:
            faults.append(f"{seen['scrolls']} px too wide: {seen['outside']}")
        if seen["broken"]:
            faults.append(f"pictures that did not load: {seen['broken']}")
        if seen["glyphs"] != len("乡游溪?"):
            faults.append("no font for Chinese: characters are boxes")
        left = [text for text in seen["foreign"] if not typed or typed not in text]
        if language == "en" and left:
            faults.append(f"Chinese on an English page: {left}")
        return [f"{self.page.url} at {self.width} px: {fault}" for fault in faults]

    async def picture(self, name: str) -> None:
        """Take a picture of the whole page."""
        path: Path = PICTURES / f"{name}-{self.width}.png"
        # The default hides the caret by a style that the page's own policy forbids.
        await self.page.screenshot(path=path, full_page=True, caret="initial")

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type not in {"error", "warning"}:
            return
        if not any(f"status of {status}" in message.text for status in self.expected):
            self.complaints.append(f"console: {message.text}")

    def _on_failure(self, request: Request) -> None:
        # A page that is left while something still loads is no fault.
        if request.failure != "net::ERR_ABORTED":
            self.complaints.append(f"{request.url}: {request.failure}")

    def _on_response(self, response: Response) -> None:
        if response.status >= BROKEN and response.status not in self.expected:
            self.complaints.append(f"{response.url}: {response.status}")
