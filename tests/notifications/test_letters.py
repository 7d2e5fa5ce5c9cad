from email.message import EmailMessage
from typing import Any

import pytest

from tests.notifications.peers import CALENDAR, line
from tests.notifications.world import World, text_of

STAY = {
    "kind": "stay",
    "name": {"zh": "溪畔营位", "en": "Riverside pitch"},
    "nights": 1,
    "starts_at": "2026-09-19T17:00:00+08:00",
    "ends_at": "2026-09-20T11:00:00+08:00",
    "units": 1,
}


async def the_mail(world: World, *lines: dict[str, Any], **contact: Any) -> EmailMessage:
    await world.confirm(world.book(*lines, **contact))
    await world.send_all()
    (message,) = world.sink.taken
    return message


async def test_a_confirmation_says_everything_in_chinese(world: World) -> None:
    message = await the_mail(world, line(2), line(3, **STAY, price_fen=19800))
    assert message["Subject"] == "预订成功：手捏陶杯 …（7K4Q-0000）"
    assert message["To"] == "ming@example.com"
    (order,) = world.peers.orders.values()
    for body in (text_of(message), text_of(message, "html")):
        for words in (
            "7K4Q-0000",
            "2026年9月19日 周六 14:00–16:00",
            "17:00 入住，9月20日 周日 11:00 离开（1 晚）",
            "嘉窑陶艺 · 嘉溪村",
            "溪口路18号",
            "成人 2 位",
            "营位 1 个",
            "¥256",
            "到店付款，共 ¥454",
            "来不了",
            f"http://127.0.0.1:8080/orders/{order['order_id']}",
        ):
            assert words in body


async def test_a_confirmation_speaks_english_to_who_reads_english(world: World) -> None:
    message = await the_mail(world, line(1, price_fen=0), language="en")
    assert message["Subject"] == "Booked: Pinch-pot pottery (7K4Q-0000)"
    body = text_of(message)
    assert "Sat 19 Sep 2026, 14:00–16:00" in body
    assert "1 adult\n" in body
    assert "Free: there is nothing to pay" in body


async def test_every_ticket_is_a_picture_in_the_page_and_the_calendar_is_attached(
    world: World,
) -> None:
    message = await the_mail(world, line(3))
    html = text_of(message, "html")
    pictures = [part for part in message.walk() if part.get_content_type() == "image/png"]
    assert len(pictures) == 3
    for picture in pictures:
        assert f'src="cid:{picture["Content-ID"][1:-1]}"' in html
        assert picture.get_content().startswith(b"\x89PNG")
    (calendar,) = message.iter_attachments()
    assert calendar.get_content_type() == "text/calendar"
    assert calendar.get_filename() == "xiangyou-7K4Q-0000.ics"
    assert calendar.get_payload(decode=True) == CALENDAR


async def test_a_large_group_finds_the_rest_of_its_tickets_behind_the_link(world: World) -> None:
    message = await the_mail(world, line(20), line(20), line(5))
    pictures = [part for part in message.walk() if part.get_content_type() == "image/png"]
    assert len(pictures) == 40
    assert "另有 5 张票" in text_of(message, "html")


async def test_what_people_wrote_stays_inert(world: World) -> None:
    evil = '<script>alert(1)</script>"\r\nBcc: thief@example.com'
    message = await the_mail(world, line(name={"zh": evil, "en": evil}))
    assert "<script>" not in text_of(message, "html")
    assert message["Bcc"] is None
    assert world.sink.mailboxes == ["ming@example.com"]


async def test_who_has_only_a_phone_gets_a_text_message(world: World) -> None:
    message = await the_mail(world, email=None, phone="+8613800000000")
    assert world.sink.mailboxes == ["+8613800000000@sms.xiangyou.example"]
    assert message.get_content_type() == "text/plain"
    body = text_of(message)
    assert body.startswith("【乡游】预订成功：手捏陶杯，2026年9月19日 周六 14:00–16:00。")
    assert "/orders/" in body


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_a_cancellation_has_no_tickets(world: World, language: str) -> None:
    booked = world.book(language=language)
    await world.confirm(booked)
    await world.send_all()
    await world.cancel(booked)
    await world.send_all()
    message = world.sink.taken[1]
    assert "image/png" not in [part.get_content_type() for part in message.walk()]
    assert list(message.iter_attachments()) == []
    title = "订单已取消" if language == "zh" else "Your order is cancelled"
    assert title in text_of(message)
    assert title in text_of(message, "html")
