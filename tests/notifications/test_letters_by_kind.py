"""A confirmation reads well whatever was booked, and however it is paid."""

from typing import Any

import pytest

from shared.core.ids import new_id
from tests.notifications.peers import line
from tests.notifications.world import World, text_of

CAFE: dict[str, Any] = {
    "kind": "table",
    "name": {"zh": "供销社咖啡", "en": "Supply Shop Café"},
    "starts_at": "2026-09-19T10:00:00+08:00",
    "ends_at": "2026-09-19T11:30:00+08:00",
    "units": 1,
    "price_fen": 0,
    "options": {"four": 1, "two": 2},
}
MARKET: dict[str, Any] = {
    "kind": "entry",
    "name": {"zh": "市集全天票", "en": "Market day"},
    "starts_at": "2026-09-19T09:00:00+08:00",
    "ends_at": "2026-09-19T20:00:00+08:00",
}
OPTIONS = [
    {"code": "two", "name": {"zh": "窗边双人桌", "en": "Window table"}},
    {"code": "four", "name": {"zh": "四人方桌", "en": "Square table"}},
]


async def test_a_table_is_told_by_its_time_and_its_name(world: World) -> None:
    table = line(7, **CAFE)
    world.peers.offerings[table["offering_id"]] = {"terms": {"options": OPTIONS}}
    await world.confirm(world.book(table))
    await world.send_all()
    (message,) = world.sink.taken
    for body in (text_of(message), text_of(message, "html")):
        assert "2026年9月19日 周六 10:00–11:30" in body
        assert "四人方桌、窗边双人桌 × 2" in body
        assert "成人 7 位" in body
        assert "免费" in body
    assert "第 1 张，共 1 张 · 7 人" in text_of(message, "html")


async def test_a_pitch_is_told_by_its_type(world: World) -> None:
    camp = line(
        5,
        kind="stay",
        nights=1,
        starts_at="2026-09-19T15:00:00+08:00",
        ends_at="2026-09-20T11:00:00+08:00",
        units=2,
        options={"lakeside": 2},
    )
    option = {"code": "lakeside", "name": {"zh": "塘边平台", "en": "Deck by the pond"}}
    world.peers.offerings[camp["offering_id"]] = {"terms": {"options": [option]}}
    await world.confirm(world.book(camp, language="en"))
    await world.send_all()
    body = text_of(world.sink.taken[0])
    assert "Pitch: Deck by the pond × 2\n" in body
    assert "5 adults, 2 pitches" in body


@pytest.mark.parametrize(
    ("language", "when"),
    [
        ("zh", "2026年9月19日 周六，09:00–20:00 随时入场"),
        ("en", "Sat 19 Sep 2026, come any time between 09:00 and 20:00"),
    ],
)
async def test_an_entry_is_told_by_its_day(world: World, language: str, when: str) -> None:
    await world.confirm(world.book(line(2, **MARKET), language=language))
    await world.send_all()
    assert when in text_of(world.sink.taken[0])


async def test_tables_without_a_known_name_do_without(world: World) -> None:
    """Venues does not know the offering: it was withdrawn, or venues is away."""
    await world.confirm(world.book(line(2, **CAFE)))
    await world.send_all()
    body = text_of(world.sink.taken[0])
    assert "10:00–11:30" in body
    assert "桌位" not in body


@pytest.mark.parametrize(
    ("method", "words"),
    [
        ("sandbox", "共 ¥256，已付款"),
        ("wechatpay", "共 ¥256，已付款"),
        ("on_site", "到店付款，共 ¥256"),
    ],
)
async def test_how_it_is_paid_is_told(world: World, method: str, words: str) -> None:
    booked = world.book()
    world.peers.orders[str(booked.order_id)]["payment_method"] = method
    await world.confirm(booked)
    await world.send_all()
    for form in ("plain", "html"):
        assert words in text_of(world.sink.taken[0], form)


async def test_a_confirmation_speaks_of_what_stands_only(world: World) -> None:
    """By the time of the letter a line has left, and a change waits for its payment."""
    gone, stays = line(1, left_as="cancelled"), line(2, **MARKET)
    pending = line(
        name={"zh": "还没付款", "en": "Unpaid"},
        state="held",
        held_until="2026-09-18T12:00:00+08:00",
        replaces_line_id=stays["line_id"],
    )
    await world.confirm(world.book(gone, stays, pending))
    await world.send_all()
    (message,) = world.sink.taken
    assert message["Subject"] == "预订成功：市集全天票（7K4Q-0000）"
    assert "手捏陶杯" not in text_of(message)
    assert "还没付款" not in text_of(message)


async def test_an_order_that_is_cancelled_meanwhile_is_told_without_tickets(world: World) -> None:
    booked = world.book(line(line_id=str(new_id())))
    await world.confirm(booked)
    await world.cancel(booked)
    await world.send_all()
    confirmation = world.sink.taken[0]
    assert "这张订单随后已取消" in text_of(confirmation)
    assert "image/png" not in [part.get_content_type() for part in confirmation.walk()]
