"""The example's use cases: kettles that are lent for a day."""

import asyncio
from datetime import date
from typing import Annotated, Final, Literal, Self
from uuid import UUID

from aiohttp import web
from annotated_types import Len
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from shared.core.errors import ApiError, NotFound
from shared.db import transaction
from shared.http.access import Caller, may
from shared.http.etags import IfMatch, RequiredIfMatch, Versioned
from shared.http.idempotency import Idempotency
from shared.http.keys import DATABASE
from shared.http.models import Body, Day, Headers, Instant, Page, Path, Query, Reply
from shared.http.paging import Cursor, Limit, decode_cursor, encode_cursor
from shared.http.route import route

Colour = Literal["red", "green", "blue"]


class KettleBusy(ApiError):
    """Somebody else has the kettle."""

    status = 409
    code = "kettle_busy"


class Workshop:
    """What a test can see and hold of the example's work."""

    def __init__(self) -> None:
        self.lent: list[str] = []
        self.entered = asyncio.Event()
        self.may_finish = asyncio.Event()
        self.may_finish.set()


WORKSHOP: Final = web.AppKey("workshop", Workshop)


class Cup(Body):
    colour: Colour
    millilitres: Annotated[int, Field(ge=50, le=500)]


class LendKettle(Body):
    name: Annotated[str, Field(min_length=1, max_length=20)]
    day: Day
    starts_at: Instant | None = None
    weight: float | None = None
    cups: Annotated[list[Cup], Len(1, 3)]
    notes: dict[str, int] = Field(default_factory=dict)


class Loan(Reply):
    name: str
    day: date
    cups: int


@route(
    "POST",
    "/v1/loans",
    access=may("account.own"),
    status=201,
    idempotent=True,
    errors=(KettleBusy,),
)
async def lend_kettle(
    request: web.Request, caller: Caller, body: LendKettle, idempotency: Idempotency
) -> Loan:
    """Lend a kettle for a day.

    A kettle called `busy` is never free.
    """
    async with transaction(request.app[DATABASE]) as conn:
        if earlier := await idempotency.earlier(conn, Loan):
            return earlier
        workshop = request.app[WORKSHOP]
        workshop.entered.set()
        await workshop.may_finish.wait()
        if body.name == "busy":
            raise KettleBusy(minutes=5)
        workshop.lent.append(f"{caller.account_id} {body.name}")
        return await idempotency.keep(conn, Loan(name=body.name, day=body.day, cups=len(body.cups)))


@route("POST", "/v1/previews", access=may("public.read"))
async def preview_loan(body: LendKettle) -> Loan:
    """Say what a loan would be."""
    return Loan(name=body.name, day=body.day, cups=len(body.cups))


class Stretch(Body):
    start: int
    end: int

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end < self.start:
            raise PydanticCustomError("ends_before_start", "the end is before the start")
        return self


@route("POST", "/v1/stretches", access=may("public.read"), status=204)
async def check_stretch(body: Stretch | None) -> None:
    """Check a stretch, or nothing."""


class KettlePath(Path):
    kettle_id: UUID


class Kettle(Reply):
    kettle_id: UUID


@route("GET", "/v1/kettles/{kettle_id}", access=may("public.read"), errors=(NotFound,))
async def show_kettle(path: KettlePath) -> Versioned[Kettle]:
    """Show a kettle; all are at version 7."""
    return Versioned(Kettle(kettle_id=path.kettle_id), version=7)


@route("PATCH", "/v1/kettles/{kettle_id}", access=may("public.read"))
async def change_kettle(path: KettlePath, if_match: IfMatch) -> Versioned[Kettle]:
    """Change a kettle from version 7 to 8."""
    if_match.check(7)
    return Versioned(Kettle(kettle_id=path.kettle_id), version=8)


@route("PUT", "/v1/kettles/{kettle_id}", access=may("public.read"))
async def replace_kettle(path: KettlePath, if_match: RequiredIfMatch) -> Versioned[Kettle]:
    """Replace a kettle, read at version 7, by its version 8."""
    if_match.check(7)
    return Versioned(Kettle(kettle_id=path.kettle_id), version=8)


@route(
    "GET", "/v1/kettles/{kettle_id}/calendar", access=may("public.read"), produces="text/calendar"
)
async def show_calendar(path: KettlePath) -> web.Response:
    """Show a kettle's calendar."""
    return web.Response(text=f"BEGIN:{path.kettle_id}", content_type="text/calendar")


class KettlesQuery(Query):
    day: Day | None = None
    from_day: Day | None = Field(None, alias="from")
    litres: Annotated[int, Field(ge=1, le=20)] = 2
    hot: bool = False
    temperature: float = 20.0
    owner: UUID | None = None
    colour: tuple[Colour, ...] = ()
    near: Annotated[list[int], Len(0, 3)] = Field(default_factory=list)
    q: str = ""
    at: Instant | None = None
    limit: Limit = 2
    cursor: Cursor | None = None


class Echo(Reply):
    query: str


@route("GET", "/v1/echoes", access=may("public.read"))
async def echo_query(query: KettlesQuery) -> Echo:
    """Say back what was understood."""
    return Echo(query=query.model_dump_json(exclude_unset=True))


@route("GET", "/v1/numbers", access=may("public.read"))
async def list_numbers(query: KettlesQuery) -> Page[int]:
    """List the numbers up to five, a page at a time."""
    first = decode_cursor(query.cursor)["first"] if query.cursor else 1
    numbers = [number for number in range(1, 6) if number >= int(str(first))]
    page, rest = numbers[: query.limit], numbers[query.limit :]
    return Page[int](items=page, next=encode_cursor({"first": rest[0]}) if rest else None)


class Taste(Headers):
    sugar: Annotated[int, Field(alias="X-Sugar", ge=0, le=5, description="Spoons.")]
    milk: Literal["yes", "no"] = Field("no", alias="X-Milk")


@route("GET", "/v1/tastes", access=may("public.read"))
async def taste(headers: Taste) -> Echo:
    """Say back how the tea is taken."""
    return Echo(query=headers.model_dump_json())


class Whoami(Reply):
    name: str


@route("GET", "/v1/whoami", access=may("public.read"))
async def whoami(caller: Caller | None) -> Whoami:
    """Say who is asking."""
    return Whoami(name="nobody" if caller is None else caller.key)


@route("GET", "/v1/for/person", access=may("account.own"))
async def for_person(caller: Caller) -> Whoami:
    """Greet a person."""
    return Whoami(name=str(caller.person))


@route("GET", "/v1/for/office", access=may("statistics.read"))
async def for_office(caller: Caller) -> Whoami:
    """Greet the office."""
    return Whoami(name=caller.key)


@route("GET", "/v1/for/operator", access=may("venue.change"))
async def for_operator() -> None:
    """Greet an operator."""


@route("GET", "/v1/for/accounts", access=may("service.login_message"))
async def for_statistics() -> None:
    """Greet a service."""


@route("GET", "/v1/for/operator-or-office", access=may("organisation.read"))
async def for_web_or_office() -> None:
    """Greet either."""


@route("DELETE", "/v1/kettles", access=may("statistics.read"))
async def scrap_kettles() -> None:
    """Scrap them all."""


@route("POST", "/v1/wishes", access=may("account.own"), status=202, idempotent=True)
async def wish(caller: Caller, idempotency: Idempotency | None) -> Whoami:
    """Wish for something, with a key or without."""
    return Whoami(name=idempotency.key if idempotency else caller.key)


@route("GET", "/v1/explosions", access=may("public.read"))
async def explode() -> None:
    """Fail in a way that nobody foresaw."""
    raise RuntimeError("the password is 123456")


ROUTES: Final = (
    lend_kettle,
    preview_loan,
    check_stretch,
    show_kettle,
    change_kettle,
    replace_kettle,
    show_calendar,
    echo_query,
    list_numbers,
    taste,
    whoami,
    for_person,
    for_office,
    for_operator,
    for_statistics,
    for_web_or_office,
    scrap_kettles,
    wish,
    explode,
)
