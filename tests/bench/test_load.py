"""The client that measures: it counts what it is told, whatever way the answers come."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from bench.load import ask_for, ask_times, requests_of

Answer = Callable[[int], list[bytes]]

CREATED = b"HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\n{}"
CONFLICT = b"HTTP/1.1 409 Conflict\r\ncontent-type: text\r\ncontent-length: 3\r\n\r\nno!"


class Shop:
    """Answers requests as a test wants, and remembers them; no answer ends a connection."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self.requests: list[bytes] = []

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            answered = True
            while answered:
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"Content-Length: (\d+)", head)
                assert length is not None
                self.requests.append(head + await reader.readexactly(int(length[1])))
                pieces = self._answer(len(self.requests))
                answered = bool(pieces)
                for piece in pieces:
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(0)
        except asyncio.IncompleteReadError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def serving(answer: Answer) -> AsyncIterator[tuple[Shop, tuple[str, int]]]:
    shop = Shop(answer)
    server = await asyncio.start_server(shop.talk, "127.0.0.1", 0)
    async with server:
        yield shop, server.sockets[0].getsockname()


async def test_every_request_has_a_key_of_its_own_and_the_bodies_come_in_turn() -> None:
    async with serving(lambda _: [CREATED]) as (shop, address):
        visitors = [requests_of(address, "token", [b"first", b"second!"]) for _ in range(3)]
        outcome = await ask_times(address, visitors, times=30)
    assert outcome.statuses == {201: 30}
    assert len(outcome.milliseconds) == 30
    keys = {re.search(rb"Idempotency-Key: (\S+)", request)[1] for request in shop.requests}  # type: ignore[index]
    assert len(keys) == 30
    bodies = [request.rpartition(b"\r\n\r\n")[2] for request in shop.requests]
    assert bodies.count(b"first") == bodies.count(b"second!") == 15
    assert all(b"Authorization: Bearer token\r\n" in request for request in shop.requests)


async def test_answers_may_come_in_pieces() -> None:
    async with serving(lambda _: [CREATED[:20], CREATED[20:44], CREATED[44:]]) as (_, address):
        outcome = await ask_times(address, [requests_of(address, "token", [b"{}"])], times=5)
    assert outcome.only_created().statuses == {201: 5}


async def test_refusals_are_counted_but_are_no_speed() -> None:
    async with serving(lambda number: [CONFLICT if number % 2 else CREATED]) as (_, address):
        outcome = await ask_times(address, [requests_of(address, "token", [b"{}"])], times=10)
    assert outcome.statuses == {201: 5, 409: 5}
    assert len(outcome.milliseconds) == 5
    assert outcome.others[0].endswith(b"no!")
    with pytest.raises(RuntimeError, match="409"):
        outcome.only_created()


async def test_asking_ends_when_its_time_is_over() -> None:
    async with serving(lambda _: [CREATED]) as (_, address):
        visitors = [requests_of(address, "token", [b"{}"]) for _ in range(4)]
        outcome = await ask_for(address, visitors, seconds=0.2)
    assert outcome.seconds >= 0.2
    assert outcome.statuses.total() == len(outcome.milliseconds) > 0


async def test_a_connection_that_is_lost_is_no_success() -> None:
    async with serving(lambda number: [CREATED] if number < 3 else []) as (_, address):
        outcome = await ask_times(address, [requests_of(address, "token", [b"{}"])], times=9)
    assert outcome.statuses == {201: 2, 0: 1}
    with pytest.raises(RuntimeError):
        outcome.only_created()
