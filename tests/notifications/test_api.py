import asyncio
from email.message import EmailMessage
from typing import Any

import pytest
import structlog
from aiohttp import ClientResponse

from shared.core.ids import new_id
from tests.notifications.sink import OK
from tests.notifications.world import World

CODE = "482913"


async def ask_login_message(world: World, **changes: Any) -> ClientResponse:
    token = changes.pop("token", world.tokens.service("accounts"))
    body = {
        "channel": "email",
        "address": "ming@example.com",
        "code": CODE,
        "language": "zh",
        "expires_in_seconds": 300,
        **changes,
    }
    headers = world.tokens.header(token)
    return await world.client.post("/v1/login-messages", json=body, headers=headers)


async def test_a_code_is_sent_before_the_answer(world: World) -> None:
    answer = await ask_login_message(world)
    assert answer.status == 202
    (message,) = world.sink.taken
    assert message["To"] == "ming@example.com"
    assert CODE not in message["Subject"]
    for kind in ("plain", "html"):
        body = message.get_body((kind,))
        assert body is not None
        assert CODE in body.get_content()
        assert "5 分钟" in body.get_content()


async def test_a_code_for_a_phone_goes_to_the_gateway(world: World) -> None:
    answer = await ask_login_message(world, channel="sms", address="+8613800000000", language="en")
    assert answer.status == 202
    assert world.sink.mailboxes == ["+8613800000000@sms.xiangyou.example"]
    assert f"Your code is {CODE}" in world.sink.taken[0].get_content()


@pytest.mark.parametrize("reply", ["450 Busy", "550 Unknown"])
async def test_a_code_that_is_not_taken_is_503(world: World, reply: str) -> None:
    world.sink.rcpt_reply = reply
    answer = await ask_login_message(world)
    assert answer.status == 503
    assert "Retry-After" in answer.headers


async def test_a_code_is_not_logged(world: World) -> None:
    with structlog.testing.capture_logs() as logs:
        await ask_login_message(world)
        world.sink.data_reply = "554 No"
        await ask_login_message(world)
        await ask_login_message(world, expires_in_seconds=0)
    assert logs
    assert CODE not in str(logs)
    assert "ming" not in str(logs)


@pytest.mark.parametrize(
    "changes",
    [
        {"address": "a@b.example\r\nBcc: c@d.example"},
        {"address": "+8613800000000"},
        {"channel": "sms"},
        {"channel": "fax"},
        {"code": "12 456"},
        {"code": 482913},
        {"expires_in_seconds": 0},
        {"language": "fr"},
        {"subject": "hello"},
    ],
)
async def test_a_wrong_request_is_422_and_sends_nothing(
    world: World, changes: dict[str, Any]
) -> None:
    answer = await ask_login_message(world, **changes)
    assert answer.status == 422
    assert CODE not in await answer.text()
    assert world.sink.taken == []


async def test_only_accounts_has_codes_sent(world: World) -> None:
    for token in (
        world.tokens.person(roles=("office_director",)),
        world.tokens.service("bookings"),
    ):
        assert (await ask_login_message(world, token=token)).status == 403
    assert world.sink.taken == []


async def list_deliveries(world: World, order_id: object, token: str) -> Any:
    headers = world.tokens.header(token)
    params = {"order_id": str(order_id)}
    async with world.client.get("/v1/deliveries", params=params, headers=headers) as answer:
        assert answer.status == 200, await answer.text()
        return (await answer.json())["items"]


async def test_messages_are_shown_to_their_visitor_office_and_services(world: World) -> None:
    booked = world.book()
    await world.confirm(booked)
    await world.send_all()
    await world.cancel(booked)
    tokens = world.tokens
    for token in (
        tokens.person(booked.account_id),
        tokens.person(roles=("office_director",)),
        tokens.service("web"),
    ):
        first, second = await list_deliveries(world, booked.order_id, token)
        assert first.keys() == {
            "delivery_id",
            "order_id",
            "kind",
            "subject_id",
            "channel",
            "state",
            "reason",
            "sent_at",
        }
        assert (first["kind"], first["state"]) == ("order_confirmed", "sent")
        assert (second["kind"], second["state"]) == ("order_cancelled", "pending")
        assert second["channel"] is second["sent_at"] is None


async def test_a_stranger_sees_the_same_as_of_no_order(world: World) -> None:
    booked = world.book()
    await world.confirm(booked)
    assert await list_deliveries(world, booked.order_id, world.tokens.person()) == []
    assert await list_deliveries(world, new_id(), world.tokens.person()) == []


async def test_who_has_no_token_sees_nothing(world: World) -> None:
    async with world.client.get("/v1/deliveries", params={"order_id": str(new_id())}) as answer:
        assert answer.status == 401


async def test_codes_are_sent_side_by_side(world: World) -> None:
    answers = await asyncio.gather(*(ask_login_message(world) for _ in range(10)))
    assert [answer.status for answer in answers] == [202] * 10
    assert len({message["Message-ID"] for message in world.sink.taken}) == 10


async def tell_change(world: World, **changes: Any) -> ClientResponse:
    token = changes.pop("token", world.tokens.service("accounts"))
    body = {
        "channel": "email",
        "address": "ming@example.com",
        "changed": "sms",
        "change": "replaced",
        "language": "zh",
        **changes,
    }
    headers = world.tokens.header(token)
    return await world.client.post("/v1/contact-notices", json=body, headers=headers)


@pytest.mark.parametrize("changed", ["email", "sms"])
@pytest.mark.parametrize("change", ["added", "replaced", "removed"])
async def test_a_changed_contact_is_told_in_both_languages_by_both_channels(
    world: World, change: str, changed: str
) -> None:
    for language, words in (("zh", "您"), ("en", "your account")):
        answer = await tell_change(world, change=change, changed=changed, language=language)
        assert answer.status == 202
        message = world.sink.taken[-1]
        assert message["To"] == "ming@example.com"
        for kind in ("plain", "html"):
            body = message.get_body((kind,))
            assert body is not None
            assert words in body.get_content()
            assert "/me/security" in body.get_content()
        phone = {"channel": "sms", "address": "+8613800000000", "language": language}
        assert (await tell_change(world, change=change, changed=changed, **phone)).status == 202
        assert words in world.sink.taken[-1].get_content()


@pytest.mark.parametrize(("change", "is_first"), [("added", False), ("replaced", True)])
async def test_whoever_lost_a_contact_turns_to_the_office_first(
    world: World, change: str, *, is_first: bool
) -> None:
    phone = {"channel": "sms", "address": "+8613800000000"}
    for to in ({}, phone):
        await tell_change(world, change=change, language="zh", **to)
        assert ("请立即联系文旅局" in _text(world.sink.taken[-1])) == is_first
        await tell_change(world, change=change, language="en", **to)
        assert ("tell the tourism office at once" in _text(world.sink.taken[-1])) == is_first


def _text(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    assert body is not None
    return " ".join(str(body.get_content()).split())


@pytest.mark.parametrize(
    ("of_mailbox", "of_message", "status", "code"),
    [
        ("450 Busy", OK, 503, "temporarily_unavailable"),
        ("552 Mailbox full", OK, 503, "temporarily_unavailable"),
        ("550 5.7.1 Your address is on our list", OK, 503, "temporarily_unavailable"),
        (OK, "554 Looks like spam", 503, "temporarily_unavailable"),
        (OK, "550 Looks like spam", 503, "temporarily_unavailable"),
        ("550 Unknown", OK, 409, "message_refused"),
        ("551 5.1.6 Moved", OK, 409, "message_refused"),
    ],
)
async def test_accounts_is_told_whether_a_notice_is_worth_another_try(
    world: World, of_mailbox: str, of_message: str, status: int, code: str
) -> None:
    world.sink.rcpt_reply, world.sink.data_reply = of_mailbox, of_message
    answer = await tell_change(world)
    assert (answer.status, (await answer.json())["code"]) == (status, code)


async def test_only_accounts_tells_of_changed_contacts(world: World) -> None:
    for token, status in (
        (world.tokens.service("bookings"), 403),
        (world.tokens.person(), 403),
    ):
        assert (await tell_change(world, token=token)).status == status
    assert (await tell_change(world, change="stolen")).status == 422
    assert (await tell_change(world, address="+8613800000000")).status == 422
    assert not world.sink.taken
