import asyncio
import json

import pytest

from services.notifications import deliveries
from services.notifications.waking import wake_senders
from shared.db import transaction
from tests.notifications.sink import OK
from tests.notifications.world import World


async def test_a_confirmed_order_is_told_once(world: World) -> None:
    booked = world.book()
    await world.confirm(booked)
    await world.confirm(booked)
    await world.send_all()
    assert len(world.sink.taken) == 1
    (row,) = await world.rows(booked)
    assert (row["kind"], row["state"], row["channel"]) == ("order_confirmed", "sent", "email")
    (event,) = await world.told()
    assert json.loads(event)["order_id"] == str(booked.order_id)
    assert world.peers.reads == [(str(booked.account_id), "order_confirmed")]


async def test_many_senders_send_each_message_once(world: World) -> None:
    orders = [world.book() for _ in range(30)]
    await asyncio.gather(*(world.confirm(order) for order in orders))
    await world.send_all(senders=6)
    ids = [message["Message-ID"] for message in world.sink.taken]
    assert len(ids) == len(set(ids)) == 30
    assert len(await world.told()) == 30


async def test_the_same_event_heard_at_once_is_owed_once(world: World) -> None:
    booked = world.book()
    await asyncio.gather(*(world.confirm(booked) for _ in range(5)))
    await world.send_all(senders=3)
    assert len(world.sink.taken) == 1


async def test_a_cancellation_waits_for_its_confirmation(world: World) -> None:
    booked = world.book()
    world.sink.rcpt_reply = "451 Later"
    await world.confirm(booked)
    await world.send_all()
    await world.cancel(booked)
    world.sink.rcpt_reply = OK
    await world.send_all()
    assert world.sink.taken == []
    await world.time_passes()
    await world.send_all(senders=3)
    confirmation, cancellation = world.sink.taken
    assert "预订成功" in confirmation["Subject"]
    assert "已取消" in cancellation["Subject"]
    body = confirmation.get_body(("plain",))
    assert body is not None
    assert "这张订单随后已取消" in body.get_content()


async def test_a_cancellation_that_is_heard_first_still_comes_second(world: World) -> None:
    booked = world.book()
    await world.cancel(booked)
    await world.send_all(senders=3)
    await world.confirm(booked)
    await world.send_all(senders=3)
    assert [subject[:4] for subject in world.sink.subjects()] == ["预订成功", "订单已取"]


async def test_a_cancelled_hold_is_not_told(world: World) -> None:
    booked = world.book()
    await world.cancel(booked, was_confirmed=False)
    await world.send_all()
    assert world.sink.taken == []


async def test_a_mail_server_that_is_busy_is_asked_again_later(world: World) -> None:
    booked = world.book()
    await world.confirm(booked)
    world.sink.data_reply = "452 Full"
    await world.send_all()
    (row,) = await world.rows(booked)
    assert (row["state"], row["reason"], row["waits"]) == ("pending", "message_deferred", True)
    world.sink.data_reply = OK
    await world.time_passes()
    await world.send_all()
    (row,) = await world.rows(booked)
    assert (row["state"], row["attempts"], row["reason"]) == ("sent", 2, None)


@pytest.mark.parametrize("reply", ["552 Mailbox full", "550 5.7.1 Your address is on our list"])
async def test_a_mailbox_that_may_take_it_later_is_asked_again(world: World, reply: str) -> None:
    booked = world.book()
    await world.confirm(booked)
    world.sink.rcpt_reply = reply
    await world.send_all()
    (row,) = await world.rows(booked)
    assert (row["state"], row["reason"]) == ("pending", "mailbox_deferred")


async def test_a_letter_that_is_refused_as_it_is_written_is_given_up(world: World) -> None:
    booked = world.book()
    await world.confirm(booked)
    world.sink.data_reply = "554 Looks like spam"
    await world.send_all()
    (row,) = await world.rows(booked)
    assert (row["state"], row["reason"]) == ("failed", "message_refused")


async def test_peers_that_are_away_are_waited_for(world: World) -> None:
    booked = world.book()
    await world.confirm(booked)
    world.peers.away = True
    await world.send_all()
    (row,) = await world.rows(booked)
    assert (row["state"], row["reason"]) == ("pending", "temporarily_unavailable")
    world.peers.away = False
    await world.time_passes()
    await world.send_all()
    assert len(world.sink.taken) == 1


@pytest.mark.parametrize(
    ("contact", "reply", "reason"),
    [
        ({"email": None}, OK, "no_address"),
        ({"email": "a@b.example\r\nBcc: c@d.example"}, OK, "no_address"),
        ({}, "550 No such user", "mailbox_refused"),
    ],
)
async def test_who_cannot_be_reached_is_given_up_with_the_reason(
    world: World, contact: dict[str, str | None], reply: str, reason: str
) -> None:
    booked = world.book(**contact)
    world.sink.rcpt_reply = reply
    await world.confirm(booked)
    await world.send_all()
    (row,) = await world.rows(booked)
    assert (row["state"], row["reason"]) == ("failed", reason)
    assert world.sink.taken == []
    assert await world.told() == []


async def test_an_order_that_bookings_does_not_know_is_given_up(world: World) -> None:
    booked = world.book()
    del world.peers.orders[str(booked.order_id)]
    await world.confirm(booked)
    await world.send_all()
    (row,) = await world.rows(booked)
    assert (row["state"], row["reason"]) == ("failed", "person_or_order_unknown")


async def test_a_given_up_confirmation_does_not_hold_back_the_cancellation(world: World) -> None:
    booked = world.book()
    world.sink.rcpt_reply = "550 No such user"
    await world.confirm(booked)
    await world.send_all()
    world.sink.rcpt_reply = OK
    await world.cancel(booked)
    await world.send_all()
    assert [row["state"] for row in await world.rows(booked)] == ["failed", "sent"]


async def test_after_too_many_attempts_it_is_given_up(world: World) -> None:
    booked = world.book()
    await world.confirm(booked)
    async with transaction(world.database) as conn:
        await conn.execute("update deliveries set attempts = 299")
    world.sink.rcpt_reply = "451 Later"
    await world.send_all()
    (row,) = await world.rows(booked)
    assert (row["state"], row["reason"]) == ("failed", "mailbox_deferred")


async def test_a_sender_that_died_before_the_handover_is_replaced(world: World) -> None:
    booked = world.book()
    await world.confirm(booked)
    async with transaction(world.database) as conn:
        assert await deliveries.take_up(conn)
    await world.send_all()
    assert world.sink.taken == []
    await world.time_passes()
    await world.send_all()
    assert len(world.sink.taken) == 1


async def test_a_sender_that_died_in_the_handover_repeats_itself_recognisably(
    world: World,
) -> None:
    """The mail server took the message; nobody lived to note it."""
    await world.confirm(world.book())
    sending = asyncio.create_task(world.send_all())

    async def die() -> None:
        sending.cancel()

    world.sink.after_taking = die
    with pytest.raises(asyncio.CancelledError):
        await sending
    world.sink.after_taking = None
    await world.time_passes()
    await world.send_all()
    assert len(world.sink.taken) == 2
    assert len({message["Message-ID"] for message in world.sink.taken}) == 1
    assert len(await world.told()) == 1


async def test_a_sender_that_froze_before_the_handover_sends_nothing(world: World) -> None:
    """Its lease ran out and another sent the message; then it goes on."""
    booked = world.book()
    await world.confirm(booked)
    async with transaction(world.database) as conn:
        frozen = await deliveries.take_up(conn)
    assert frozen is not None
    await world.time_passes()
    await world.send_all()
    async with transaction(world.database) as conn:
        assert not await deliveries.mark_sending(conn, frozen)
        await deliveries.mark_failed(conn, frozen, "late", final=True)
    (row,) = await world.rows(booked)
    assert row["state"] == "sent"


async def test_a_slow_winner_is_noted_once(world: World) -> None:
    """Two handed the same message over, since the first was slow; it is told of once."""
    booked = world.book()
    await world.confirm(booked)
    async with transaction(world.database) as conn:
        slow = await deliveries.take_up(conn)
        assert slow is not None
        assert await deliveries.mark_sending(conn, slow)
    await world.time_passes()
    await world.send_all()
    async with transaction(world.database) as conn:
        await deliveries.mark_sent(conn, slow, "email")
    assert len(await world.told()) == 1


async def test_senders_wake_as_soon_as_a_message_is_owed_and_stop_when_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.notifications.jobs.send_deliveries.POLL_SECONDS", 60.0)
    stopping = asyncio.Event()
    running = [asyncio.create_task(world.sender().run(stopping)) for _ in range(2)]
    booked = world.book()
    await asyncio.sleep(0.1)
    await world.confirm(booked)
    await world.cancel(booked)
    async with asyncio.timeout(10):
        while len(await world.told()) < 2:  # noqa: ASYNC110 - the other side is a mail server
            await asyncio.sleep(0.02)
        stopping.set()
        wake_senders()
        await asyncio.gather(*running)
    assert [subject[:4] for subject in world.sink.subjects()] == ["预订成功", "订单已取"]


async def test_a_message_that_is_out_is_noted_although_the_database_hangs(world: World) -> None:
    """Between the handover and the note the row is out of reach for longer than a statement."""
    booked = world.book()
    await world.confirm(booked)
    hanging: list[asyncio.Task[None]] = []

    async def hang(locked: asyncio.Event) -> None:
        async with transaction(world.database) as conn:
            await conn.execute("select from deliveries for update")
            locked.set()
            await asyncio.sleep(2.5)

    async def begin_to_hang() -> None:
        locked = asyncio.Event()
        hanging.append(asyncio.create_task(hang(locked)))
        await locked.wait()

    world.sink.after_taking = begin_to_hang
    await world.send_all()
    await asyncio.gather(*hanging)
    (row,) = await world.rows(booked)
    assert (row["state"], row["attempts"]) == ("sent", 1)
    assert len(world.sink.taken) == len(await world.told()) == 1
