"""API keys: secrets by which an organisation's own programs are known."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, TypeAlias
from uuid import UUID

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from services.accounts.domain.session_tokens import hash_token
from shared.core.ids import random_token
from shared.core.permissions import ORGANISATION_ROLES, PERMISSIONS
from shared.db import Connection
from shared.http.models import Reply

# So that scanners of published code recognise a key that leaked.
KEY_PREFIX: Final = "xiangyou_"
# As many characters does a list of keys show of each.
SHOWN: Final = len(KEY_PREFIX) + 4

# A key ends no keys, and does nothing that a person shows a second factor for: it neither says nor
# reads who works for the organisation, and makes no other keys.
_NEVER: Final = "api_key.end"
SCOPES: Final = frozenset(
    name
    for name, permission in PERMISSIONS.items()
    if not (name == _NEVER or permission.fresh or permission.roles.isdisjoint(ORGANISATION_ROLES))
)


def _known(scope: str) -> str:
    if scope not in SCOPES:
        raise PydanticCustomError("unknown_scope", "there is no such scope")
    return scope


Scope: TypeAlias = Annotated[
    str,
    Field(json_schema_extra={"enum": sorted(SCOPES)}, examples=["gate.check_in"]),
    AfterValidator(_known),
]


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made: what its owner keeps, and what is kept here."""

    key: str
    first_characters: str
    key_hash: bytes


def new_key() -> NewKey:
    """Return a new key with 256 random bits."""
    key = KEY_PREFIX + random_token()
    return NewKey(key, key[:SHOWN], hash_token(key))


class ApiKeyView(Reply):
    """An API key as a list shows it: its beginning, what it may do, and when it was used."""

    key_id: UUID
    organisation_id: UUID
    name: str
    first_characters: str
    scopes: list[str]
    created_by: UUID
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


END_KEYS: Final = """
    update api_keys
    set revoked_at = clock_timestamp(), revoked_by = $2
    where created_by = $1 and revoked_at is null
"""
FIND_KEYS: Final = """
    select
        id as key_id,
        organisation_id,
        name,
        first_characters,
        scopes,
        created_by,
        created_at,
        expires_at,
        last_used_at,
        revoked_at
    from api_keys
    where organisation_id = $1
        and ($2::uuid is null or id = $2)
        and ($3::uuid is null or id < $3)
    order by id desc
    limit $4
"""


async def end_keys(conn: Connection, account_id: UUID, ended_by: UUID) -> None:
    """End all API keys that somebody made; their tokens end with `revoke_tokens`."""
    await conn.execute(END_KEYS, account_id, ended_by)
