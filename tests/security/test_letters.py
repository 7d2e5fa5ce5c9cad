"""Nothing that people write becomes a header of a letter, or sends it to somebody else."""

from collections.abc import AsyncIterator
from email.message import EmailMessage
from typing import Final

import pytest

from deploy.local.postgres import EmbeddedPostgres
from services.notifications.jobs.send_deliveries import Sender
from services.notifications.keys import LETTERS, MAIL_SERVER, OWN_SETTINGS, PEERS
from shared.db import acquire
from shared.http.keys import CLOCK, DATABASE
from tests.accounts.accounts_client import Json, contact
from tests.bookings.village import POTTERY, pottery
from tests.security.platform import Platform, serve_platform
from tests.support.databases import clone

LIN: Final = "lin@example.com"
THIEF: Final = "thief@evil.example"
BREAKS: Final = ("\r\n", "\n", "\r", "\u2028", "\x85", "\x0b", "\x00")
# What a letter of ours has, and nothing else.
HEADERS: Final = {
    *("from", "to", "subject", "date", "message-id", "x-entity-ref-id", "auto-submitted"),
    *("mime-version", "content-type", "content-transfer-encoding"),
}


@pytest.fixture(scope="module")
async def platform(postgres: EmbeddedPostgres, template: str) -> AsyncIterator[Platform]:
    async with clone(postgres, template) as database, serve_platform(database) as running:
        yield running


async def send_all(platform: Platform) -> None:
    """Send whatever waits, as the worker would."""
    await platform.wires.deliver()
    app = platform.clients["notifications"].app
    sender = Sender(
        database=app[DATABASE],
        peers=app[PEERS],
        letters=app[LETTERS],
        mail_server=app[MAIL_SERVER],
        settings=app[OWN_SETTINGS],
        clock=app[CLOCK],
    )
    while await sender.send_next():
        pass


async def sign_in(platform: Platform, *, keep: bool = False) -> Json:
    """Sign in, and let the letter with the code be thrown away."""
    platform.sink.taken.clear()
    platform.sink.mailboxes.clear()
    async with acquire(platform.accounts.database) as conn:
        await conn.execute("delete from login_code_sends")
    session = await platform.accounts.sign_in(LIN)
    if not keep:
        platform.sink.taken.clear()
        platform.sink.mailboxes.clear()
    return session


def is_plain(message: EmailMessage, mailbox: str) -> None:
    assert {name.lower() for name in message.keys()} <= HEADERS  # noqa: SIM118 - no mapping
    assert message["To"] == mailbox
    assert len(message.get_all("Subject", [])) == 1
    assert THIEF not in f"{message['From']} {message['To']}"


@pytest.mark.parametrize("line_break", BREAKS, ids=ascii)
async def test_no_address_carries_a_second_header(platform: Platform, line_break: str) -> None:
    before = await platform.run("select count(*) from accounts.login_codes")
    letters = len(platform.sink.taken)
    for address in (
        f"{LIN}{line_break}Bcc: {THIEF}",
        f"lin{line_break}@example.com",
        f'"{line_break}Bcc: {THIEF}"@example.com',
    ):
        answer = await platform.accounts.call("POST", "/v1/login-codes", contact(address))
        assert answer.status in {400, 422}
    for address in (f"{LIN},{THIEF}", f"{LIN} <{THIEF}>", f"{LIN};{THIEF}", f"<{LIN}>"):
        answer = await platform.accounts.call("POST", "/v1/login-codes", contact(address))
        assert answer.status == 422
    assert len(platform.sink.taken) == letters
    assert await platform.run("select count(*) from accounts.login_codes") == before


@pytest.mark.parametrize("line_break", BREAKS, ids=ascii)
async def test_no_name_with_a_line_break_comes_in(platform: Platform, line_break: str) -> None:
    name = f"林{line_break}Bcc: {THIEF}"
    token = (await sign_in(platform))["access_token"]
    named = await platform.accounts.call(
        "PATCH", "/v1/me", {"name": name}, token=token, headers={"If-Match": '"1"'}
    )
    booked = await platform.bookings.order(pottery(), token=token, contact={"name": name})
    for status in (named.status, booked.status):
        assert status in {400, 422}


async def test_what_a_name_says_stays_in_the_subject_and_the_text(platform: Platform) -> None:
    """Were such a name in the tables, by whatever way, the letter would still be one letter."""
    session = await sign_in(platform)
    placed = await platform.bookings.order(
        pottery(), token=session["access_token"], payment_method="on_site"
    )
    assert placed.status == 201
    hostile = f"陶艺\r\nBcc: {THIEF}\r\n\r\n<b>pay here</b>"
    planted = await platform.run(
        "update bookings.order_lines set offering_name ="
        " jsonb_build_object('zh', $1::text, 'en', $1::text) where offering_id = $2 returning 1",
        hostile,
        POTTERY,
    )
    assert planted == 1
    await send_all(platform)
    [message] = platform.sink.taken
    is_plain(message, LIN)
    assert platform.sink.mailboxes == [LIN]
    assert f"Bcc: {THIEF}" in str(message["Subject"])
    html = message.get_body(("html",))
    assert html is not None
    assert "<b>pay here</b>" not in html.get_content()


async def test_the_letter_with_a_code_is_one_letter_to_one_mailbox(platform: Platform) -> None:
    await sign_in(platform, keep=True)
    [message] = platform.sink.taken
    is_plain(message, LIN)
    assert platform.sink.mailboxes == [LIN]
