"""Who is calling, and whether they may: callers, and the rules that let them in."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from shared.core.errors import NotSignedIn
from shared.core.permissions import (
    ANYONE,
    FRESH_MINUTES,
    OFFICE_ROLES,
    PERMISSIONS,
    SERVICE_PREFIX,
)


@dataclass(frozen=True, slots=True)
class Grant:
    """A role in an organisation; `venues` limits it to some of the organisation's venues."""

    organisation_id: UUID
    role: str
    venues: frozenset[UUID] | None = None

    def covers(self, organisation_id: UUID, venue_id: UUID | None) -> bool:
        """Tell whether the role holds for a venue; without a venue, for the organisation whole."""
        return self.organisation_id == organisation_id and (
            self.venues is None or venue_id in self.venues
        )


class Reach(NamedTuple):
    """How far a permission goes, as two columns for SQL: organisations, and a venue or null."""

    organisations: list[UUID]
    venues: list[UUID | None]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking, as the access token says: a person's account or one of our services.

    `roles` hold everywhere, `grants` within an organisation. `scopes` are the permissions of an
    API key, which may do nothing else; None is no API key. Its account is its maker's, and its
    `session_id` its own id. `second_factor_at` is when a person has last shown a second factor in
    their session.
    """

    account_id: UUID | None = None
    roles: frozenset[str] = field(default_factory=frozenset)
    grants: tuple[Grant, ...] = ()
    service: str | None = None
    session_id: UUID | None = None
    scopes: frozenset[str] | None = None
    second_factor_at: datetime | None = None

    @property
    def person(self) -> UUID:
        """The caller's account. Raises NotSignedIn for a caller who has none: a service."""
        if self.account_id is None:
            raise NotSignedIn
        return self.account_id

    @property
    def is_program(self) -> bool:
        """Whether an organisation's program asks, by an API key."""
        return self.scopes is not None

    @property
    def is_office(self) -> bool:
        """Whether the caller is of the tourism office."""
        return not self.roles.isdisjoint(OFFICE_ROLES) and self.account_id is not None

    @property
    def everywhere(self) -> frozenset[str]:
        """The roles that hold wherever the caller goes."""
        if self.service is not None:
            return frozenset({SERVICE_PREFIX + self.service})
        return frozenset() if self.account_id is None else self.roles

    def may(
        self, permission: str, organisation_id: UUID | None = None, venue_id: UUID | None = None
    ) -> bool:
        """Tell whether the caller has a permission; for an organisation or venue, if one is given.

        Raises KeyError for a permission that is not in the table.
        """
        roles = PERMISSIONS[permission].roles
        if self.scopes is not None and permission not in self.scopes:
            return ANYONE in roles
        if ANYONE in roles or not self.everywhere.isdisjoint(roles):
            return True
        return any(
            grant.role in roles
            and (organisation_id is None or grant.covers(organisation_id, venue_id))
            for grant in self.grants
        )

    def has_fresh_second_factor(self, now: datetime) -> bool:
        """Tell whether a person has shown a second factor a moment ago; a program never has."""
        if self.is_program or self.second_factor_at is None:
            return False
        return now - self.second_factor_at <= timedelta(minutes=FRESH_MINUTES)

    def reach(self, permission: str) -> Reach:
        """Return for which organisations and venues the caller's grants give a permission.

        Raises KeyError for a permission that is not in the table.
        """
        roles = PERMISSIONS[permission].roles
        in_scope = self.scopes is None or permission in self.scopes
        pairs: list[tuple[UUID, UUID | None]] = [
            (grant.organisation_id, venue)
            for grant in self.grants
            if in_scope and grant.role in roles
            for venue in _venues_of(grant)
        ]
        return Reach([pair[0] for pair in pairs], [pair[1] for pair in pairs])

    @property
    def key(self) -> str:
        """The caller as one string, for things that are kept per caller.

        An API key is a caller of its own: whoever holds it is not its maker.
        """
        if self.service is not None:
            return f"service:{self.service}"
        if self.is_program:
            return f"key:{self.session_id}"
        return f"account:{self.account_id}"


@dataclass(frozen=True, slots=True)
class Access:
    """A rule that lets callers in; `name` and `description` stand in the API's document.

    With `fresh`, whatever changes something needs a second factor of a moment ago besides.
    """

    name: str
    description: str
    allows: Callable[[Caller | None], bool]
    fresh: bool = False

    @property
    def needs_token(self) -> bool:
        """Whether somebody without a token is turned away."""
        return not self.allows(None)

    def needs_fresh_second_factor(self, method: str) -> bool:
        """Tell whether this method is let in with a fresh second factor only."""
        return self.fresh and method not in _READING


_NOBODY: Final = Caller()
_READING: Final = frozenset({"GET", "HEAD"})


def may(permission: str) -> Access:
    """Let in whoever has a permission of the table, anywhere. Raises KeyError for no such one.

    Where the permission is about an object, the handler asks again for that object.
    """
    does, roles, fresh = PERMISSIONS[permission]
    return Access(
        permission,
        f"`{permission}`: {does} ({', '.join(sorted(roles))})",
        lambda caller: (caller or _NOBODY).may(permission),
        fresh,
    )


def _venues_of(grant: Grant) -> Iterable[UUID | None]:
    return (None,) if grant.venues is None else sorted(grant.venues)
