"""Take away everything that is held about oneself, across all services."""

import asyncio
from typing import Final

from aiohttp import hdrs, web

from services.accounts.archive import Archive
from services.accounts.errors import FreshSignInNeeded, SecondFactorNeeded
from services.accounts.keys import CONTACTS, PEOPLE
from services.accounts.locks import lock_account
from services.accounts.own_data import own_data
from services.accounts.second_factors import require_fresh_person
from shared.core.clock import SHANGHAI
from shared.core.errors import NotFound, TooManyRequests, Unavailable
from shared.db import Connection, transaction
from shared.http.access import Caller, may
from shared.http.keys import CATALOGUE, CLOCK, DATABASE, IDS
from shared.http.route import route
from shared.messaging import audit

EXPORTS_A_DAY: Final = 5

FIND_WAIT: Final = """
    select ceil(extract(epoch from min(made_at) + interval '1 day' - clock_timestamp()))::integer
    from (
        select made_at
        from personal_data_exports
        where account_id = $1 and made_at > clock_timestamp() - interval '1 day'
        order by made_at desc
        limit $2
    ) as latest
    having count(*) >= $2
"""
KEEP: Final = "insert into personal_data_exports (export_id, account_id) values ($1, $2)"


@route(
    "GET",
    "/v1/me/export",
    access=may("account.own"),
    errors=(NotFound, FreshSignInNeeded, SecondFactorNeeded, TooManyRequests, Unavailable),
    produces="application/zip",
    rate_class="heavy",
)
async def export_me(request: web.Request, caller: Caller) -> web.Response:
    """Give the caller all that is held about them: a zip with `data.json` and `index.html`.

    Every service is asked; where one of them is away the answer is 503, and nothing half. Five a
    day, each recorded. Who read the caller's data, and why, is part of it. Refused for whoever did
    not sign in within the last 15 minutes, with the second factor where the account has one.
    """
    app, account_id = request.app, caller.person
    async with transaction(app[DATABASE]) as conn:
        await _check(conn, caller)
    others = await app[PEOPLE].data(account_id)
    now = app[CLOCK].now().astimezone(SHANGHAI)
    async with transaction(app[DATABASE]) as conn:
        await _check(conn, caller)
        await conn.execute(KEEP, app[IDS].new(), account_id)
        await audit.record(conn, caller, action="person_data.exported", subject=account_id)
        own = await own_data(conn, app[CONTACTS], account_id)
    archive = Archive(account_id, now, [own, *others])
    packed = await asyncio.to_thread(archive.as_zip, app[CATALOGUE])
    name = f"xiangyou-{now:%Y-%m-%d}.zip"
    return web.Response(
        body=packed,
        content_type="application/zip",
        headers={
            hdrs.CONTENT_DISPOSITION: f'attachment; filename="{name}"',
            hdrs.CACHE_CONTROL: "no-store",
        },
    )


async def _check(conn: Connection, caller: Caller) -> None:
    """Lock the account, so that exports are counted one by one."""
    account_id = caller.person
    if not await lock_account(conn, account_id):
        raise NotFound
    await require_fresh_person(conn, caller)
    wait = await conn.fetchval(FIND_WAIT, account_id, EXPORTS_A_DAY)
    if wait is not None:
        seconds = max(1, wait)
        raise TooManyRequests(headers={"Retry-After": str(seconds)}, retry_after_seconds=seconds)
