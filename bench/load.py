"""A small HTTP client that costs a few microseconds a request, so that it measures the server.

Each connection sends its next request when the answer to the last has come (a closed loop). The
requests' bytes are made before; only the Idempotency-Key is put in. Answers are not parsed beyond
their status and length.
"""

import asyncio
import itertools
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Self, cast

from bench.figures import Speed, speed_of

OK: Final = 200
CREATED: Final = 201
_KEY: Final = b"\r\nIdempotency-Key: "
_LENGTH: Final = b"content-length: "
_END: Final = b"\r\n\r\n"
_KEPT_ANSWERS: Final = 5
_FIRST_STATUS_BYTE: Final = 9
_LONGEST_WAIT: Final = 30.0

NextRequest = Callable[[], bytes | None]


@dataclass
class Outcome:
    """What a load brought: the latencies of what went well, and how often each status came."""

    seconds: float = 0.0
    client_seconds: float = 0.0
    milliseconds: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    # Some answers other than 200 and 201, to see what was wrong.
    others: list[bytes] = field(default_factory=list)

    @property
    def speed(self) -> Speed:
        """Return how fast things were read or created."""
        return speed_of(self.milliseconds, self.seconds)

    @property
    def client_cost(self) -> float:
        """Return the processor time that this client spent on one request, in microseconds."""
        return self.client_seconds / self.statuses.total() * 1e6

    def only_created(self) -> "Outcome":
        """Return this, if nothing but 201 came. Raises RuntimeError with an answer otherwise."""
        if set(self.statuses) != {CREATED}:
            raise RuntimeError(f"answered {dict(self.statuses)}, such as {self.others[:1]}")
        return self


class _Visitor(asyncio.Protocol):
    """One connection that asks, waits for the answer, and asks again."""

    def __init__(
        self, next_request: NextRequest, outcome: Outcome, done: Callable[[], None]
    ) -> None:
        self._next_request = next_request
        self._outcome = outcome
        self._done = done
        self._transport: asyncio.WriteTransport | None = None
        self._rest = b""
        self._sent_at = 0.0
        self._over = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclasses of asyncio's.
        self._transport = cast("asyncio.WriteTransport", transport)

    def ask(self) -> None:
        """Send the next request, or end where there is none."""
        assert self._transport is not None  # noqa: S101 - asked after it was connected
        request = self._next_request()
        if request is None:
            self._end()
        else:
            self._sent_at = time.perf_counter()
            self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        if self._rest:
            data = self._rest + data
        head = data.find(_END)
        if head < 0 or len(data) < head + len(_END) + _length(data[:head]):
            self._rest = data
            return
        self._rest = b""
        status = int(data[_FIRST_STATUS_BYTE : _FIRST_STATUS_BYTE + 3])
        self._outcome.statuses[status] += 1
        if status in {OK, CREATED}:
            elapsed = time.perf_counter() - self._sent_at
            self._outcome.milliseconds.append(elapsed * 1000)
        elif len(self._outcome.others) < _KEPT_ANSWERS:
            self._outcome.others.append(data)
        self.ask()

    def connection_lost(self, _error: Exception | None) -> None:
        if not self._over:
            self._outcome.statuses[0] += 1
        self._end()

    def _end(self) -> None:
        if not self._over:
            self._over = True
            self._done()
        if self._transport is not None:
            self._transport.close()


def _length(head: bytes) -> int:
    lowered = head.lower()
    start = lowered.find(_LENGTH)
    if start < 0:
        return 0
    end = lowered.find(b"\r", start)
    return int(lowered[start + len(_LENGTH) : end if end >= 0 else None])


def requests_of(address: tuple[str, int], token: str, bodies: Sequence[bytes]) -> Iterator[bytes]:
    """Yield requests for orders for ever: the bodies in turn, each with a key of its own."""
    host, port = address
    heads = [
        (
            f"POST /v1/orders HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}"
        ).encode()
        + _KEY
        for body in bodies
    ]
    ends = [_END + body for body in bodies]
    prefix = secrets.token_hex(8).encode()
    places = itertools.cycle(range(len(bodies)))
    for number in itertools.count():
        place = next(places)
        yield b"%b%b%x%b" % (heads[place], prefix, number, ends[place])


async def ask_for(
    address: tuple[str, int], visitors: Sequence[Iterator[bytes]], *, seconds: float
) -> Outcome:
    """Have all visitors ask for some seconds; the answers to the last requests count too."""
    clock = time.perf_counter
    end = float("inf")

    def until_the_end(requests: Iterator[bytes]) -> NextRequest:
        return lambda: next(requests) if clock() < end else None

    async with _Crowd(address, [until_the_end(requests) for requests in visitors]) as crowd:
        end = clock() + seconds
        return await crowd.ask(seconds)


async def ask_times(
    address: tuple[str, int], visitors: Sequence[Iterator[bytes]], *, times: int
) -> Outcome:
    """Have all visitors together ask so many times."""
    left = iter(range(times))

    def while_some_are_left(requests: Iterator[bytes]) -> NextRequest:
        return lambda: next(requests) if next(left, None) is not None else None

    async with _Crowd(address, [while_some_are_left(one) for one in visitors]) as crowd:
        return await crowd.ask(_LONGEST_WAIT)


class _Crowd:
    """Connections that are open, and what came of their asking."""

    def __init__(self, address: tuple[str, int], nexts: Sequence[NextRequest]) -> None:
        self._address = address
        self._nexts = nexts
        self._visitors: list[_Visitor] = []
        self._outcome = Outcome()
        self._left = len(nexts)
        self._all_done = asyncio.Event()

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        for next_request in self._nexts:
            visitor = _Visitor(next_request, self._outcome, self._one_done)
            await loop.create_connection(lambda made=visitor: made, *self._address)  # type: ignore[misc]
            self._visitors.append(visitor)
        return self

    async def __aexit__(self, *_error: object) -> None:
        for visitor in self._visitors:
            visitor.connection_lost(None)

    async def ask(self, seconds: float) -> Outcome:
        began, processor = time.perf_counter(), time.process_time()
        for visitor in self._visitors:
            visitor.ask()
        async with asyncio.timeout(seconds + _LONGEST_WAIT):
            await self._all_done.wait()
        self._outcome.seconds = time.perf_counter() - began
        self._outcome.client_seconds = time.process_time() - processor
        return self._outcome

    def _one_done(self) -> None:
        self._left -= 1
        if not self._left:
            self._all_done.set()
