"""Whether an account is open, and why that was changed."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from pydantic import AfterValidator, Field

from shared.http.models import Body, Path, Reply, line

LONGEST_REASON: Final = 200


class AccountPath(Path):
    """Which account."""

    account_id: UUID


class ForAReason(Body):
    """Why, for whoever asks later."""

    reason: Annotated[
        str,
        AfterValidator(line(LONGEST_REASON)),
        Field(json_schema_extra={"minLength": 1, "maxLength": LONGEST_REASON}),
    ]


class AccountState(Reply):
    """An account, and since when it is deactivated."""

    account_id: UUID
    deactivated_at: datetime | None
