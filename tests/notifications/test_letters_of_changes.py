"""What is told when plans change: what left, what stands, and the money to the fen."""

from typing import Any

import pytest

from tests.notifications.peers import line
from tests.notifications.world import Booked, World, text_of

CAMP: dict[str, Any] = {
    "name": {"zh": "溪畔营位", "en": "Riverside pitch"},
    "kind": "stay",
    "nights": 1,
    "starts_at": "2026-09-19T15:00:00+08:00",
    "ends_at": "2026-09-20T11:00:00+08:00",
    "units": 1,
    "price_fen": 19800,
}


def pay_in_advance(world: World, booked: Booked) -> None:
    world.peers.orders[str(booked.order_id)]["payment_method"] = "sandbox"


async def the_last(world: World) -> str:
    await world.send_all()
    return text_of(world.sink.taken[-1])


async def test_a_cancelled_line_is_told_with_its_refund_and_what_stands(world: World) -> None:
    gone, stays = line(2), line(3, **CAMP)
    booked = world.book(gone, stays)
    pay_in_advance(world, booked)
    await world.confirm(booked)
    await world.cancel_line(booked, gone, percent=80, refund_fen=20480, fee_fen=5120)
    await world.send_all()
    message = world.sink.taken[-1]
    assert message["Subject"] == "已取消其中一项：手捏陶杯（7K4Q-0000）"
    for body in (text_of(message), text_of(message, "html")):
        assert "¥204.80 将原路退回。退款已经提交，几天内到账。" in body
        assert "商户收取 ¥51.20" in body
        left, _, rest = body.partition("仍然有效")
        assert "手捏陶杯" in left.partition("已取消")[2]
        assert "溪畔营位" in rest
    assert "image/png" not in [part.get_content_type() for part in message.walk()]


async def test_a_line_that_the_host_cancelled_is_told_with_the_reason(world: World) -> None:
    gone = line(2)
    booked = world.book(gone, line(3, **CAMP), language="en")
    await world.confirm(booked)
    await world.cancel_line(booked, gone, cause="operator", reason="The kiln is broken")
    body = await the_last(world)
    assert "The host had to cancel. We are sorry." in body
    assert "The reason given: The kiln is broken" in body
    assert "You have not paid anything" in body


async def test_each_cancelled_line_has_its_own_letter_once(world: World) -> None:
    first, second, stays = line(1), line(2, **CAMP), line(3)
    booked = world.book(first, second, stays)
    await world.confirm(booked)
    for _ in range(2):
        await world.cancel_line(booked, first)
        await world.cancel_line(booked, second)
    await world.send_all(senders=4)
    assert [row["kind"] for row in await world.rows(booked)] == [
        "order_confirmed",
        "line_cancelled",
        "line_cancelled",
    ]
    names = [subject.partition("：")[2] for subject in world.sink.subjects()]
    assert [name.partition("（")[0] for name in names][1:] == ["手捏陶杯", "溪畔营位"]
    assert len({message["Message-ID"] for message in world.sink.taken}) == 3


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({}, "您没有付过款，所以无需退款。"),
        ({"percent": 100, "refund_fen": 25600}, "¥256 将原路退回"),
        ({"percent": 50, "refund_fen": 12800, "fee_fen": 12800}, "商户收取 ¥128"),
        ({"percent": 0, "fee_fen": 25600}, "已付的款项不退"),
        ({"percent": 100, "refund_fen": 25600, "cause": "disaster"}, "为了您的安全而取消"),
    ],
)
async def test_a_cancelled_order_is_told_with_its_refund(
    world: World, how: dict[str, Any], words: str
) -> None:
    whole, before = line(2), line(1, left_as="cancelled")
    booked = world.book(whole, before)
    world.note_cancelled(booked, before, percent=100, refund_fen=12800)
    world.note_cancelled(booked, whole, **how)
    await world.confirm(booked)
    await world.cancel(booked)
    await world.send_all()
    for form in ("plain", "html"):
        assert words in text_of(world.sink.taken[-1], form)


@pytest.mark.parametrize(
    ("price_fen", "refund_fen", "on_site", "in_advance"),
    [
        (25600, 0, "价格不变，仍是 ¥256。", "价格不变，仍是 ¥256。"),
        (38400, 0, "比原来多 ¥128，到店付款，共 ¥582。", "比原来多 ¥128，您已付清。"),
        (12800, 10240, "比原来少 ¥128，到店付款，共 ¥326。", "其中 ¥102.40 将原路退回"),
        (12800, 0, "比原来少 ¥128，到店付款，共 ¥326。", "按照预订时的退改规则不退差价"),
    ],
)
async def test_a_change_is_told_with_what_was_and_the_difference(
    world: World, price_fen: int, refund_fen: int, on_site: str, in_advance: str
) -> None:
    for words in (on_site, in_advance):
        earlier, new = line(2), line(2, price_fen=price_fen, starts_at="2026-09-19T16:30:00+08:00")
        booked = world.book(earlier, line(3, **CAMP))
        if words is in_advance:
            pay_in_advance(world, booked)
        if refund_fen and words is in_advance:
            world.note_refund(booked, refund_fen, cause="changed", line_id=earlier["line_id"])
        await world.change(booked, earlier, new)
        await world.send_all()
        body = text_of(world.sink.taken[-1])
        assert words in body
        now, before, others = (body.index(word) for word in ("== 现在", "== 原来", "== 其余"))
        assert now < body.index("16:30–16:00") < before < body.index("14:00–16:00") < others
        assert others < body.index("溪畔营位")


async def test_a_change_brings_the_new_tickets_and_no_others(world: World) -> None:
    earlier, new = line(2), line(3)
    booked = world.book(earlier, line(3, **CAMP))
    await world.change(booked, earlier, new)
    await world.send_all()
    message = world.sink.taken[-1]
    html = text_of(message, "html")
    pictures = [part for part in message.walk() if part.get_content_type() == "image/png"]
    assert len(pictures) == 3
    assert all(f"ticket-{new['line_id']}-{ordinal}" in html for ordinal in (1, 2, 3))
    assert [part.get_content_type() for part in message.iter_attachments()] == ["text/calendar"]


async def test_a_change_that_was_changed_again_says_so(world: World) -> None:
    first, second, third = line(1), line(2), line(3)
    booked = world.book(first)
    await world.change(booked, first, second)
    await world.change(booked, second, third)
    await world.send_all()
    _confirmation, older, newer = world.sink.taken
    assert "随后又有变动" in text_of(older)
    assert "随后又有变动" not in text_of(newer)
    assert "image/png" not in [part.get_content_type() for part in older.walk()]


async def test_what_is_told_of_a_line_waits_for_the_confirmation(world: World) -> None:
    """The change is heard first, as in a replay; people hear of it second."""
    earlier, new = line(2), line(3)
    booked = world.book(earlier)
    await world.change(booked, earlier, new)
    await world.confirm(booked)
    await world.send_all(senders=3)
    assert [subject[:4] for subject in world.sink.subjects()] == ["预订成功", "预订已更"]


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        ("visitor", "这是您取消预订的退款。"),
        ("operator", "商户取消"),
        ("disaster", "安全原因"),
        ("changed", "差价"),
        ("paid_twice", "您付了两次款"),
        ("wrong_amount", "金额与应付金额不符"),
    ],
)
async def test_money_that_was_sent_back_is_told_with_its_cause(
    world: World, cause: str, words: str
) -> None:
    gone = line(2)
    booked = world.book(gone, line(3, **CAMP))
    pay_in_advance(world, booked)
    await world.confirm(booked)
    await world.refund(booked, 20480, cause=cause, line_id=gone["line_id"])
    await world.send_all()
    message = world.sink.taken[-1]
    assert message["Subject"] == "已退款 ¥204.80：手捏陶杯"
    for body in (text_of(message), text_of(message, "html")):
        assert "¥204.80 已经原路退回" in body
        assert words in body
        assert "溪畔营位" not in body


async def test_each_refund_has_its_own_letter_once(world: World) -> None:
    booked = world.book(line(2), line(3, **CAMP))
    pay_in_advance(world, booked)
    await world.confirm(booked)
    await world.refund(booked, 100)
    await world.refund(booked, 200)
    await world.send_all(senders=3)
    assert [subject.partition("：")[0] for subject in world.sink.subjects()[1:]] == [
        "已退款 ¥1",
        "已退款 ¥2",
    ]


async def test_money_that_came_too_late_is_told_although_the_order_never_stood(
    world: World,
) -> None:
    booked = world.book(language="en")
    world.peers.orders[str(booked.order_id)] |= {"state": "expired", "payment_method": None}
    await world.refund(booked, 25600, cause="too_late")
    await world.send_all()
    (message,) = world.sink.taken
    assert "Your payment came after its time" in text_of(message)
    # Whoever looks for confirmed orders by the codes in subjects finds none here.
    assert "7K4Q" not in message["Subject"]
    assert "7K4Q-0000" in text_of(message)


async def test_an_offer_is_told_with_its_deadline_and_the_way_to_take_it(world: World) -> None:
    booked = world.book(language="en")
    await world.offer(booked)
    await world.send_all()
    (message,) = world.sink.taken
    assert message["Subject"] == "Places for you: Pinch-pot pottery"
    for body in (text_of(message), text_of(message, "html")):
        assert "held for you until Fri 18 Sep, 20:15; then they go to the next party" in body
        assert f"http://127.0.0.1:8080/orders/{booked.order_id}" in body
        assert "¥256 in all, to be paid now or at the venue" in body
    assert "image/png" not in [part.get_content_type() for part in message.walk()]


async def test_an_offer_that_is_over_when_the_letter_is_written_says_so(world: World) -> None:
    booked = world.book()
    await world.offer(booked)
    world.peers.orders[str(booked.order_id)] |= {"state": "expired", "hold_expires_at": None}
    body = await the_last(world)
    assert "这次候补已经答复过，或者已经过时。" in body
    assert "名额为您保留到" not in body


async def test_who_has_only_a_phone_is_told_all_of_it_in_few_words(world: World) -> None:
    gone, earlier, new = line(2), line(2, **CAMP), line(2, **CAMP)
    booked = world.book(gone, earlier, email=None, phone="+8613800000000")
    pay_in_advance(world, booked)
    await world.cancel_line(booked, gone, percent=100, refund_fen=25600)
    await world.change(booked, earlier, new)
    await world.refund(booked, 25600, line_id=gone["line_id"])
    await world.cancel(booked)
    await world.offer(world.book(email=None, phone="+8613800000000"))
    await world.send_all()
    texts = [text_of(message) for message in world.sink.taken]
    assert all(text.startswith("【乡游】") and "/orders/" in text for text in texts)
    assert (
        "中的一项已取消：手捏陶杯，2026年9月19日 周六 14:00–16:00，¥256 几天内原路退回" in texts[1]
    )
    assert "价格不变" in texts[2]
    assert "¥256 已经原路退回" in texts[3]
    assert "名额为您保留到 9月18日 周五 20:15" in texts[-1]


@pytest.mark.parametrize("reason", ["line_unknown", "refund_unknown"])
async def test_what_bookings_does_not_know_of_an_order_is_given_up(
    world: World, reason: str
) -> None:
    booked = world.book(line(1), line(2))
    await world.confirm(booked)
    await world.send_all()
    if reason == "line_unknown":
        await world.cancel_line(booked, line(3))
    else:
        await world.refund(booked, 100)
        world.peers.refunds.clear()
    await world.send_all()
    assert [row["reason"] for row in await world.rows(booked)] == [None, reason]
