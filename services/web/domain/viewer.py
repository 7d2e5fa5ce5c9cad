"""Who looks at a page: a signed-in person with their tokens."""

from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.core.permissions import OFFICE_ROLES

LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)


class Viewer(BaseModel):
    """A session as accounts gave it; the browser keeps it sealed."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    account_id: UUID
    access_token: str
    expires_at: datetime
    session_token: str
    session_expires_at: datetime
    roles: tuple[str, ...] = ()
    organisations: tuple[UUID, ...] = ()
    second_factor: str = "not_needed"

    def without_access_token(self) -> "Viewer":
        """Return the viewer as one whose access token has expired long ago."""
        return self.model_copy(update={"access_token": "", "expires_at": LONG_AGO})

    @property
    def lacks_second_factor(self) -> bool:
        """Whether the person has more rights than this session, once they show or set one up."""
        return self.second_factor in {"needed", "to_enrol"}

    @property
    def is_office(self) -> bool:
        """Whether the person is of the tourism office."""
        return any(role in OFFICE_ROLES for role in self.roles)

    @property
    def is_operator(self) -> bool:
        """Whether the person works for somebody who runs venues."""
        return bool(self.organisations)
