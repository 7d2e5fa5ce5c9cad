"""Who may call a route. A route names one of these; whoever it does not know is refused."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from shared.core.errors import NotSignedIn


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking, as the access token says: a person's account or one of our services."""

    account_id: UUID | None = None
    roles: frozenset[str] = field(default_factory=frozenset)
    organisations: frozenset[UUID] = field(default_factory=frozenset)
    service: str | None = None
    session_id: UUID | None = None

    @property
    def person(self) -> UUID:
        """The caller's account. Raises NotSignedIn for a caller who has none: a service."""
        if self.account_id is None:
            raise NotSignedIn
        return self.account_id

    @property
    def is_office(self) -> bool:
        """Whether the caller is of the tourism office."""
        return self.account_id is not None and "office" in self.roles

    def is_of(self, organisation_id: UUID) -> bool:
        """Tell whether the caller works for this organisation."""
        return self.account_id is not None and organisation_id in self.organisations

    @property
    def key(self) -> str:
        """The caller as one string, for things that are kept per caller."""
        if self.service is not None:
            return f"service:{self.service}"
        return f"account:{self.account_id}"


@dataclass(frozen=True, slots=True)
class Access:
    """A rule that lets callers in; `name` and `description` stand in the API's document."""

    name: str
    description: str
    allows: Callable[[Caller | None], bool]

    @property
    def needs_token(self) -> bool:
        """Whether somebody without a token is turned away."""
        return not self.allows(None)


PUBLIC: Final = Access("public", "Everybody, signed in or not.", lambda _caller: True)
SIGNED_IN: Final = Access(
    "signed in",
    "Everybody with an account.",
    lambda caller: caller is not None and caller.account_id is not None,
)
OFFICE: Final = Access(
    "office", "The tourism office.", lambda caller: caller is not None and caller.is_office
)
OPERATOR: Final = Access(
    "operator",
    "Members of an organisation that runs venues.",
    lambda caller: (
        caller is not None and caller.account_id is not None and bool(caller.organisations)
    ),
)


def SERVICE(*names: str) -> Access:  # noqa: N802 - reads as one of the constants beside it
    """Let in the named services of ours, by their service token."""
    if not names:
        raise ValueError("SERVICE needs the names of the services that it lets in")
    listed = " or ".join(names)
    return Access(
        f"service {listed}",
        f"Our own service {listed}.",
        lambda caller: caller is not None and caller.service in names,
    )


def either(*rules: Access) -> Access:
    """Let in whoever one of the rules lets in."""
    return Access(
        " or ".join(rule.name for rule in rules),
        " ".join(rule.description for rule in rules),
        lambda caller: any(rule.allows(caller) for rule in rules),
    )
