"""Tells trouble that passes from trouble that stays."""

from typing import Final

import asyncpg
from pydantic import ValidationError

from shared.core.errors import Unavailable
from shared.db import CommitUnknown

# SQLSTATE classes: connection, conflict with another transaction, out of resources, not in a
# state to do this now, operator intervention, system error.
_PASSING_CLASSES: Final = frozenset({"08", "40", "53", "55", "57", "58"})
_LONGEST_REASON: Final = 300


def is_passing(error: BaseException) -> bool:
    """Tell whether something the work needs is away, so that waiting helps and blame does not.

    After a lost COMMIT the work may be done: trying again is right, because the inbox knows.
    """
    if isinstance(error, asyncpg.PostgresError):
        return (error.sqlstate or "")[:2] in _PASSING_CLASSES
    return isinstance(
        error, (Unavailable, CommitUnknown, OSError, TimeoutError, asyncpg.InterfaceError)
    )


def reason_of(error: BaseException) -> str:
    """Return one line about an error that stays, without the values that it was about."""
    if isinstance(error, ValidationError):
        places = (
            f"{'.'.join(map(str, detail['loc'])) or 'document'}: {detail['type']}"
            for detail in error.errors(include_url=False, include_input=False)
        )
        text = "; ".join(places)
    else:
        text = str(error).partition("\n")[0]
    line = f"{type(error).__name__}: {text}"[:_LONGEST_REASON]
    # PostgreSQL stores neither.
    return line.replace("\0", "").encode(errors="replace").decode()
