"""Challenges that passkeys sign: kept for five minutes, and taken away by their first use."""

import secrets
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from services.accounts.errors import PasskeyNotAccepted
from services.accounts.passkeys import CHALLENGE_LIFE
from shared.core.ids import IdSource
from shared.db import Connection, fetch_first

CHALLENGE_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Challenge:
    """What a passkey is to sign."""

    id: UUID
    challenge: bytes


KEEP: Final = """
    insert into passkey_challenges (id, challenge, account_id, expires_at)
    values ($1, $2, $3, now() + $4::interval)
"""
TAKE: Final = """
    delete from passkey_challenges
    where id = $1
        and account_id is not distinct from $2::uuid
        and expires_at > clock_timestamp()
    returning id, challenge
"""


async def new_challenge(conn: Connection, ids: IdSource, account_id: UUID | None) -> Challenge:
    """Keep a new challenge: for an account's new passkey, or for whoever signs in."""
    made = Challenge(ids.new(), secrets.token_bytes(CHALLENGE_BYTES))
    await conn.execute(KEEP, made.id, made.challenge, account_id, CHALLENGE_LIFE)
    return made


async def take_challenge(
    conn: Connection, challenge_id: UUID, account_id: UUID | None
) -> Challenge:
    """Use a challenge up. Raises PasskeyNotAccepted for one that is old, used or another's.

    Goes into a transaction of its own: what failed has used it up as well.
    """
    taken = await fetch_first(conn, Challenge, TAKE, challenge_id, account_id)
    if taken is None:
        raise PasskeyNotAccepted
    return taken
