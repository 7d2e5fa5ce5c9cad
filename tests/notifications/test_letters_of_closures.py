"""What a closure calls off is told once to each person, with its reason, and nothing twice."""

from typing import Any
from uuid import UUID

from shared.contracts.bookings import LineCancelled, OrderCancelled
from shared.core.ids import new_id
from tests.notifications.peers import line
from tests.notifications.world import NOON, Booked, World, text_of


def met(one: dict[str, Any], **how: Any) -> dict[str, Any]:
    return {**one, "outcome": "cancelled", "percent": None, "refund_fen": 0, **how}


async def cancel_by_closure(world: World, booked: Booked, closure_id: UUID) -> None:
    world.peers.orders[str(booked.order_id)]["state"] = "cancelled"
    await world.hear(
        OrderCancelled(
            order_id=booked.order_id,
            account_id=booked.account_id,
            cancelled_at=NOON,
            was_confirmed=True,
            cancelled_by="office",
            closure_id=closure_id,
        )
    )


async def test_a_closure_is_told_with_its_reason_and_what_comes_back(world: World) -> None:
    gone, closure_id = line(2), new_id()
    booked = world.book(gone)
    await world.confirm(booked)
    await cancel_by_closure(world, booked, closure_id)
    await world.close(booked, closure_id, met(gone, percent=100, refund_fen=25600))
    await world.send_all()
    confirmation, message = world.sink.taken
    assert message["Subject"] == "停业通知：手捏陶杯（7K4Q-0000）"
    for body in (text_of(message), text_of(message, "html")):
        assert "文旅局已要求该区域停业。" in body
        assert "台风将至，请勿前来" in body
        assert "¥256 将原路退回" in body
        assert "手捏陶杯" in body
        assert "已取消的部分请不要前往，相应的票已失效。退款无需申请" in body
    assert confirmation["Message-ID"] != message["Message-ID"]


async def test_it_is_told_in_english_to_whoever_reads_english(world: World) -> None:
    gone, closure_id = line(2), new_id()
    booked = world.book(gone, language="en")
    await world.close(booked, closure_id, met(gone), ordered_by="operator")
    await world.send_all()
    body = text_of(world.sink.taken[0])
    assert "The host had to close." in body
    assert "The reason given: A typhoon is coming" in body
    assert "You have not paid anything" in body


async def test_whoever_has_several_orders_gets_one_message(world: World) -> None:
    first, second, closure_id = line(2), line(3, name={"zh": "溪畔营位", "en": "Pitch"}), new_id()
    booked = world.book(first)
    other = world.book(second)
    other.account_id = booked.account_id
    for order in (booked, other):
        await world.confirm(order)
        await cancel_by_closure(world, order, closure_id)
    for _ in range(2):
        await world.close(booked, closure_id, met(first), met(second))
    await world.send_all(senders=3)
    kinds = [row["kind"] for order in (booked, other) for row in await world.rows(order)]
    assert sorted(kinds) == ["closure", "order_confirmed", "order_confirmed"]
    [body] = [text_of(one) for one in world.sink.taken if "停业" in str(one["Subject"])]
    assert "手捏陶杯" in body
    assert "溪畔营位" in body


async def test_a_cancelled_line_is_not_told_by_a_letter_of_its_own(world: World) -> None:
    gone, stays, closure_id = line(2), line(3), new_id()
    booked = world.book(gone, stays)
    await world.hear(
        LineCancelled(
            order_id=booked.order_id,
            account_id=booked.account_id,
            line_id=UUID(gone["line_id"]),
            cancelled_at=NOON,
            cancelled_by="office",
            refund_fen=0,
            closure_id=closure_id,
        )
    )
    await world.close(booked, closure_id, met(gone))
    await world.send_all()
    assert [row["kind"] for row in await world.rows(booked)] == ["order_confirmed", "closure"]


async def test_who_is_there_already_is_told_to_follow_those_on_the_spot(world: World) -> None:
    there = line(2)
    booked = world.book(there)
    await world.close(booked, new_id(), met(there, outcome="begun"))
    await world.send_all()
    body = text_of(world.sink.taken[0])
    assert "请听从现场安排" in body
    assert "不会自动退款，请与商户商定" in body
    assert "退回" not in body
    # Whoever is there is not told to stay at home.
    assert "请不要前往" not in body


async def test_a_text_message_says_it_in_short(world: World) -> None:
    gone = line(2)
    booked = world.book(gone, email=None, phone="+8613800000000")
    await world.close(booked, new_id(), met(gone, percent=100, refund_fen=25600))
    await world.send_all()
    body = text_of(world.sink.taken[0])
    assert "停业通知" in body
    assert "台风将至，请勿前来" in body
    assert "¥256" in body
