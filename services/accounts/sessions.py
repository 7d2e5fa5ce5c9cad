"""What a signed-in person is given: an access token, a session token, and what they may do."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from aiohttp import web

from services.accounts.domain.second_factors import (
    FACTOR_HOURS,
    OFFICE_FACTOR_HOURS,
    Standing,
    standing_of,
)
from services.accounts.domain.session_tokens import LIFE_DAYS, hash_token, new_salt
from services.accounts.keys import OFFICE, SECOND_FACTOR_REQUIRED, SIGNER
from shared.core.permissions import OFFICE_ROLES
from shared.db import Connection, fetch_one
from shared.http.access import Grant
from shared.http.models import Reply
from shared.messaging import audit


class SessionView(Reply):
    """A session: who signed in, their tokens and until when these are good.

    Where `second_factor` is `needed` or `to_enrol`, the session has a visitor's rights only until
    one is shown or set up.
    """

    account_id: UUID
    access_token: str
    expires_at: datetime
    session_token: str
    session_expires_at: datetime
    roles: list[str]
    organisations: list[UUID]
    second_factor: Standing


@dataclass(frozen=True, slots=True)
class Session:
    """A session and its latest token."""

    session_id: UUID
    account_id: UUID
    token: str


@dataclass(frozen=True, slots=True)
class Extended:
    """Until when a session is good now, and how its person has shown who they are."""

    expires_at: datetime
    methods: list[str]
    # Since when a second factor counts; null where none was shown, or too long ago.
    second_factor_at: datetime | None
    enrolled: bool

    @property
    def second_factor_done(self) -> bool:
        """Whether the person has shown a second factor in this session, not too long ago."""
        return self.second_factor_at is not None

    @property
    def authentication_methods(self) -> list[str]:
        """The methods as a token names them (RFC 8176)."""
        return [*self.methods, "mfa"] if self.second_factor_done else self.methods


@dataclass(frozen=True, slots=True)
class Generation:
    """Which generation of the account's access tokens counts."""

    token_generation: int


@dataclass(frozen=True, slots=True)
class Grants:
    """What an account may do at this moment."""

    roles: list[str]
    members: list[dict[str, Any]]

    @property
    def in_organisations(self) -> list[Grant]:
        """The roles in organisations."""
        return [
            Grant(
                UUID(member["organisation_id"]),
                member["role"],
                None if member["venues"] is None else frozenset(map(UUID, member["venues"])),
            )
            for member in self.members
        ]

    @property
    def is_office(self) -> bool:
        """Whether the account works for the office."""
        return any(role in OFFICE_ROLES for role in self.roles)

    @property
    def is_staff(self) -> bool:
        """Whether the account works for an organisation or for the office."""
        return bool(self.members) or self.is_office

    def without_second_factor(self) -> "Grants":
        """Return what is left to a session without a second factor."""
        return Grants([role for role in self.roles if role not in OFFICE_ROLES], [])


# The setting is the truth for the office: named accounts join it, no longer named ones leave.
# Either shows in the account, so its version counts it.
JOIN_OFFICE: Final = """
    with joined as (
        insert into office_members (account_id)
        select $1::uuid
        where exists (
            select from contact_points where account_id = $1 and blind_index = any($2::bytea[])
        )
        on conflict do nothing
        returning account_id
    )
    update accounts set version = version + 1 where id in (select account_id from joined)
    returning id
"""
LEAVE_OFFICE: Final = """
    with left_it as (
        delete from office_members
        where account_id = $1
            and added_by is null
            and not exists (
                select from contact_points
                where account_id = $1 and blind_index = any($2::bytea[])
            )
        returning account_id
    )
    update accounts set version = version + 1 where id in (select account_id from left_it)
    returning id
"""
# Before the grants: a token with old grants never says that it is of the new generation.
FIND_GENERATION: Final = "select token_generation from accounts where id = $1"
FIND_GRANTS: Final = """
    select
        array(
            select role from office_members where account_id = $1
            union all
            select role from booking_roles where account_id = $1
            union all
            select 'visitor'
            order by role
        ) as roles,
        (
            select
                coalesce(
                    jsonb_agg(
                        jsonb_build_object(
                            'organisation_id', organisation_id, 'role', role, 'venues', venues
                        )
                        order by organisation_id
                    ),
                    '[]'
                )
            from organisation_members
            where account_id = $1 and accepted_at is not null
        ) as members
"""
ADD: Final = """
    insert into session_tokens (token_hash, session_id, salt) values ($1, $2, $3)
"""
EXTEND: Final = """
    update sessions
    set expires_at = now() + make_interval(days => $2)
    where id = $1
    returning
        expires_at,
        methods,
        case
            when second_factor_at > clock_timestamp() - make_interval(hours => $3)
            then second_factor_at
        end as second_factor_at,
        exists (
            select from authenticators
            where account_id = sessions.account_id and secret is not null
        ) or exists (
            select from passkeys where account_id = sessions.account_id
        ) as enrolled
"""


async def _obey_setting(conn: Connection, account_id: UUID, office: Collection[bytes]) -> None:
    """Let an account join the office or leave it, as the setting says, and have it written down."""
    for action, statement in (
        ("officer.appointed", JOIN_OFFICE),
        ("officer.dismissed", LEAVE_OFFICE),
    ):
        if await conn.fetchval(statement, account_id, office):
            by_setting = {"by_setting": True}
            await audit.record(conn, None, action=action, subject=account_id, details=by_setting)


async def add_token(conn: Connection, session: Session) -> None:
    """Make the session's token its current one; the one before is replaced already."""
    await conn.execute(ADD, hash_token(session.token), session.session_id, new_salt())


async def issue(conn: Connection, app: web.Application, session: Session) -> SessionView:
    """Extend a session to thirty days from now and sign an access token for it.

    Roles of an organisation or of the office are given to sessions with a second factor only, and
    only for so long after it was shown: then the session lacks it again.
    """
    office = app[OFFICE]
    await _obey_setting(conn, session.account_id, office)
    generation = await fetch_one(conn, Generation, FIND_GENERATION, session.account_id)
    grants = await fetch_one(conn, Grants, FIND_GRANTS, session.account_id)
    hours = OFFICE_FACTOR_HOURS if grants.is_office else FACTOR_HOURS
    extended = await fetch_one(conn, Extended, EXTEND, session.session_id, LIFE_DAYS, hours)
    standing = standing_of(
        is_staff=grants.is_staff,
        done=extended.second_factor_done,
        enrolled=extended.enrolled,
        required=app[SECOND_FACTOR_REQUIRED],
    )
    if standing in {"needed", "to_enrol"}:
        grants = grants.without_second_factor()
    access = app[SIGNER].for_person(
        session.account_id,
        roles=grants.roles,
        grants=grants.in_organisations,
        session_id=session.session_id,
        methods=extended.authentication_methods,
        second_factor_at=extended.second_factor_at,
        generation=generation.token_generation,
    )
    return SessionView(
        account_id=session.account_id,
        access_token=access.token,
        expires_at=access.expires_at,
        session_token=session.token,
        session_expires_at=extended.expires_at,
        roles=grants.roles,
        organisations=[grant.organisation_id for grant in grants.in_organisations],
        second_factor=standing,
    )
