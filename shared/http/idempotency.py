"""Idempotency-Key: a request that creates something can be sent again without doing it twice.

The key and the answer are kept in the transaction of the effect. The same key with the same
request gets the same answer; with another request it is refused (422); while the first is still
being worked on, the second is told so (409). Keys belong to their caller.
"""

import hashlib
import json
import re
from functools import cached_property
from typing import Final, TypeVar

from pydantic import BaseModel

from shared.core.errors import IdempotencyKeyReused, RequestInFlight
from shared.db import Connection, delete_in_chunks

KEY_PATTERN: Final = re.compile(r"[\x21-\x7e]{1,64}", re.ASCII)
KEPT_HOURS: Final = 48

# Two keys that share a hash wait for each other needlessly and harmlessly.
TRY_LOCK: Final = """
    select pg_try_advisory_xact_lock(
        hashtextextended(current_schema() || ' idempotency ' || $1 || ' ' || $2, 0)
    )
"""
FIND: Final = """
    select fingerprint, status, response::text as response
    from idempotency_keys
    where caller = $1 and key = $2
"""
KEEP: Final = """
    insert into idempotency_keys (caller, key, fingerprint, status, response)
    values ($1, $2, $3, $4, $5::text::json)
"""
SWEEP: Final = """
    delete from idempotency_keys
    where (caller, key) in (
        select caller, key
        from idempotency_keys
        where created_at < now() - make_interval(hours => $1)
        limit 1000
    )
"""

View = TypeVar("View", bound=BaseModel)


class Idempotency:
    """The Idempotency-Key of one request, with what it takes to keep and to repeat its answer."""

    def __init__(
        self, caller: str, key: str, *, method: str, path: str, body: object, status: int
    ) -> None:
        self.caller = caller
        self.key = key
        self.status = status
        self.replayed = False
        self._request = (method, path, body)

    @cached_property
    def fingerprint(self) -> bytes:
        """SHA-256 over method, path and canonical body: spaces and the order of keys are alike."""
        method, path, body = self._request
        canonical = json.dumps(body, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(f"{method} {path}\n{canonical}".encode()).digest()

    async def earlier(self, conn: Connection, view: type[View]) -> View | None:
        """Return the answer that this request already got, or None when it is new.

        Call it first in the transaction of the effect: from here until the transaction's end no
        other request with this key gets through. Raises RequestInFlight and IdempotencyKeyReused.
        """
        if not await conn.fetchval(TRY_LOCK, self.caller, self.key):
            raise RequestInFlight(headers={"Retry-After": "1"})
        # A statement of its own: its snapshot is taken after the lock, so it sees what the
        # lock's last holder committed.
        row = await conn.fetchrow(FIND, self.caller, self.key)
        if row is None:
            return None
        if row["fingerprint"] != self.fingerprint:
            raise IdempotencyKeyReused
        self.replayed = True
        self.status = row["status"]
        return view.model_validate_json(row["response"])

    async def keep(self, conn: Connection, answer: View) -> View:
        """Keep the answer for repeats, in the transaction of the effect, and return it."""
        response = answer.model_dump_json(by_alias=True)
        await conn.execute(KEEP, self.caller, self.key, self.fingerprint, self.status, response)
        return answer


async def sweep_keys(conn: Connection) -> None:
    """Delete the keys that are older than 48 hours, a thousand at a time; needs no transaction."""
    await delete_in_chunks(conn, SWEEP, KEPT_HOURS)
