"""The way to PostgreSQL: a pool, transactions, rows as models, errors as sentences."""

from shared.db.database import Connection, Database
from shared.db.errors import CommitUnknown, constraint_errors, took_too_long
from shared.db.group_commit import GroupCommit
from shared.db.retry import retry
from shared.db.rows import fetch_all, fetch_first, fetch_one
from shared.db.sweeping import delete_in_chunks
from shared.db.transactions import acquire, after_commit, fetch_committed, transaction

__all__ = [
    "CommitUnknown",
    "Connection",
    "Database",
    "GroupCommit",
    "acquire",
    "after_commit",
    "constraint_errors",
    "delete_in_chunks",
    "fetch_all",
    "fetch_committed",
    "fetch_first",
    "fetch_one",
    "retry",
    "took_too_long",
    "transaction",
]
