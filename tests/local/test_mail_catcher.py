import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import aiohttp
import aiosmtplib
import pytest

from deploy.local.child import Child
from deploy.local.mail_catcher.store import Inbox
from deploy.local.options import ROOT
from deploy.local.parts import Program
from deploy.local.ports import free_port


@dataclass
class Catcher:
    program: Program
    smtp_port: int
    url: str

    async def send(self, to: str, subject: str = "Hello", text: str = "Good day") -> None:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = "us@example.com", to, subject
        message.set_content(text)
        await self.deliver(message)

    async def deliver(self, message: EmailMessage) -> None:
        await aiosmtplib.send(message, hostname="127.0.0.1", port=self.smtp_port)

    async def items(self, to: str) -> list[dict[str, Any]]:
        async with aiohttp.ClientSession() as session:
            answer = await session.get(f"{self.url}/dev/inbox.json", params={"to": to})
            found: list[dict[str, Any]] = (await answer.json())["items"]
            return found

    async def page(self, path: str) -> str:
        async with aiohttp.ClientSession() as session, session.get(self.url + path) as answer:
            assert answer.status == 200
            assert "script-src" not in answer.headers["Content-Security-Policy"]
            return await answer.text()


@pytest.fixture(scope="module")
async def catcher(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Catcher]:
    smtp_port, http_port = free_port(), free_port()
    folder = tmp_path_factory.mktemp("inbox")
    command = [
        *(sys.executable, "-m", "deploy.local.mail_catcher", "--folder", str(folder)),
        *("--smtp-port", str(smtp_port), "--http-port", str(http_port)),
    ]
    url = f"http://127.0.0.1:{http_port}"
    program = Program("inbox", command, dict(os.environ), f"{url}/healthz")
    await program.start()
    yield Catcher(program, smtp_port, url)
    await program.stop()


async def test_messages_are_listed_newest_first_for_one_address(catcher: Catcher) -> None:
    for number in range(3):
        await catcher.send("lin@example.com", f"Letter {number}")
    await catcher.send("somebody@example.com", "Not for Lin")

    found = await catcher.items("LIN@example.com")
    assert [item["subject"] for item in found] == ["Letter 2", "Letter 1", "Letter 0"]
    assert found[0]["to"] == ["lin@example.com"]
    assert found[0]["from"] == "us@example.com"
    assert found[0]["text"].strip() == "Good day"


async def test_a_text_message_is_found_by_its_number_and_shown_as_sms(catcher: Catcher) -> None:
    await catcher.send("+8619900000001@sms.xiangyou.example", text="验证码 402931")
    for wanted in ("+8619900000001", " 8619900000001"):  # a + in a URL arrives as a space
        (found,) = await catcher.items(wanted)
        assert found["text"].strip() == "验证码 402931"
    page = await catcher.page("/dev/inbox?to=%2B8619900000001")
    assert "SMS" in page
    assert "验证码 402931" in page


async def test_html_pictures_and_attachments_can_be_looked_at(catcher: Catcher) -> None:
    message = EmailMessage()
    message["From"], message["To"] = "乡游 <us@example.com>", "wang@example.com"
    message["Subject"] = "订单已确认"
    message.set_content("plain words")
    message.add_alternative('<b>rich</b> <img src="cid:qr"><script>bad()</script>', subtype="html")
    _, html = message.iter_parts()
    assert isinstance(html, EmailMessage)
    html.add_related(b"\x89PNG", "image", "png", cid="<qr>", filename="ticket.png")
    calendar = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"
    message.add_attachment(calendar, maintype="text", subtype="calendar", filename="周末.ics")
    await catcher.deliver(message)

    (item,) = await catcher.items("wang@example.com")
    assert item["from"] == "乡游 <us@example.com>"
    assert item["html"].startswith("<b>rich</b>")
    assert item["attachments"] == [
        {"filename": "ticket.png", "content_type": "image/png", "size": 4},
        {"filename": "周末.ics", "content_type": "text/calendar", "size": len(calendar)},
    ]
    page = await catcher.page(f"/dev/inbox/{item['id']}")
    assert "<iframe sandbox " in page
    assert "<script" not in page  # it is inside srcdoc, escaped
    assert "data:image/png;base64,iVBORw==" in page
    assert await catcher.page(f"/dev/inbox/{item['id']}/attachments/1") == calendar.decode()


async def test_what_was_accepted_survives_a_kill(catcher: Catcher) -> None:
    await asyncio.gather(*(catcher.send("many@example.com", str(n)) for n in range(20)))
    child = catcher.program.child
    assert isinstance(child, Child)
    os.kill(child.process.pid, signal.SIGKILL)
    await child.ended()
    await catcher.program.start()

    found = await catcher.items("many@example.com")
    assert {item["subject"] for item in found} == {str(number) for number in range(20)}


def test_only_the_newest_are_kept(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path, kept=3)
    for _ in range(5):
        number = inbox.take_number(["b@example.com"], b"Subject: x\r\n\r\ny")
        assert number is not None
        inbox.write(number, "a@example.com", ["b@example.com"], b"Subject: x\r\n\r\ny")
        inbox.add(number)

    assert [summary.id for summary in inbox.newest_first()] == [5, 4, 3]
    assert len(list(tmp_path.iterdir())) == 3
    assert Inbox(tmp_path).take_number(["b@example.com"], b"") == 6


async def test_the_command_explains_itself() -> None:
    child = await Child.run(
        [sys.executable, "-m", "deploy.local.mail_catcher", "--help"], folder=ROOT
    )
    assert child.succeeded
    assert "--smtp-port" in "\n".join(child.last_lines)


async def test_a_message_that_is_delivered_again_is_kept_once(catcher: Catcher) -> None:
    message = EmailMessage()
    message["From"], message["To"] = "us@example.com", "again@example.com"
    message["Subject"], message["Message-ID"] = "Tickets", "<delivery-1@example.com>"
    message.set_content("Here they are")
    for _ in range(3):
        await catcher.deliver(message)
    assert len(await catcher.items("again@example.com")) == 1
    del message["To"]
    message["To"] = "other@example.com"
    await catcher.deliver(message)
    assert len(await catcher.items("other@example.com")) == 1


def test_a_restarted_catcher_knows_what_it_kept(tmp_path: Path) -> None:
    content = b"Message-ID: <one@example.com>\r\n\r\nHello"
    inbox = Inbox(tmp_path)
    number = inbox.take_number(["b@example.com"], content)
    assert number == 1
    inbox.write(number, "a@example.com", ["b@example.com"], content)
    inbox.add(number)
    assert Inbox(tmp_path).take_number(["b@example.com"], content) is None
