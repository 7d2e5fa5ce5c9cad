"""What PostgreSQL's errors mean to a caller."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import asyncpg
import structlog

from shared.core.errors import ApiError, Unavailable

_log: Final = structlog.get_logger()
RETRY_AFTER: Final = {"Retry-After": "1"}

# What closing, releasing or rolling back may meet on a connection that is already lost.
CONNECTION_LOST: Final = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)

# Reported by a server that answers, about itself: shutting down, starting up, out of connections,
# or giving up on a statement because of a limit that we set. The transaction was rolled back.
_SERVER_IS_AWAY: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.TooManyConnectionsError,
    asyncpg.QueryCanceledError,
    asyncpg.LockNotAvailableError,
)
# asyncpg's own complaints; they mean a lost connection only where the connection is gone.
_CLIENT_ERRORS: Final = (asyncpg.InterfaceError, asyncpg.InternalClientError, OSError)

# SQLSTATE classes that say how the server fares, not what it did with the transaction:
# connection, operator intervention, system error, internal error.
_UNCERTAIN_CLASSES: Final = frozenset({"08", "57", "58", "XX"})
_QUERY_CANCELED: Final = "57014"


class CommitUnknown(ApiError):
    """The connection died while it committed: the change may be in the database, or not.

    Never run the work again blindly. Read what it would have written, or let the caller repeat
    the request with the same Idempotency-Key.
    """

    status = 503
    code = "outcome_unknown"


def is_away(error: BaseException, *, closed: bool) -> bool:
    """Tell whether an error of a statement means that the database is away or too busy.

    `closed` is whether the connection was gone afterwards.
    """
    if isinstance(error, (*_SERVER_IS_AWAY, TimeoutError)):
        return True
    return closed and isinstance(error, _CLIENT_ERRORS)


def is_rolled_back(error: BaseException) -> bool:
    """Tell whether an error of COMMIT proves that nothing was committed."""
    if not isinstance(error, asyncpg.PostgresError) or error.sqlstate is None:
        return False
    return error.sqlstate == _QUERY_CANCELED or error.sqlstate[:2] not in _UNCERTAIN_CLASSES


def raise_if_away(error: BaseException, *, closed: bool) -> None:
    """Raise Unavailable in place of an error that means that the database is away."""
    if is_away(error, closed=closed):
        _log.warning("database.unavailable", reason=type(error).__name__)
        raise unavailable() from error


def took_too_long(error: Unavailable) -> bool:
    """Tell whether a statement was given up because of its timeout; the database is not away."""
    return isinstance(error.__cause__, asyncpg.QueryCanceledError)


def unavailable() -> Unavailable:
    """Return the error for a database that can't be used now."""
    return Unavailable(headers=RETRY_AFTER)


@contextmanager
def constraint_errors(meanings: Mapping[str, Callable[[], ApiError]]) -> Iterator[None]:
    """Turn a violated constraint into our error, by the constraint's name.

    The constraint is the rule; this gives it a voice. A constraint that is not named here passes
    as it is. Inside a transaction the transaction is over; around one, deferred constraints are
    heard too.
    """
    try:
        yield
    except asyncpg.IntegrityConstraintViolationError as error:
        meaning = meanings.get(error.constraint_name or "")
        if meaning is None:
            raise
        raise meaning() from error
