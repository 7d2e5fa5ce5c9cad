"""What a change of somebody's roles does to their account and to their access tokens."""

from typing import Final
from uuid import UUID

from services.accounts.revocations import revoke_tokens
from shared.db import Connection

# The account shows its roles and organisations, so its version counts the change.
RENEW: Final = "update accounts set version = version + 1 where id = $1"


async def show_rights(conn: Connection, account_id: UUID) -> None:
    """Let readers of an account see that it has more rights; its next token carries them."""
    await conn.execute(RENEW, account_id)


async def change_rights(conn: Connection, account_id: UUID) -> None:
    """End the tokens that carry an account's earlier rights; needs the change's transaction."""
    await show_rights(conn, account_id)
    await revoke_tokens(conn, account_id)
