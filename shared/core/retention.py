"""How long what is kept of people, in one table; docs/security.md shows it, a test compares.

Sources: PIPL article 19 (no longer than needed) and 47 (erasure), E-Commerce Law article 31
(records of transactions: three years).
"""

from datetime import timedelta
from typing import Final, NamedTuple


class Period(NamedTuple):
    """What is kept for how long, and what happens to it then."""

    what: str
    kept: timedelta
    then: str


YEAR: Final = timedelta(days=365)

ORDER_CONTACT: Final = Period(
    "name and number of an order, after its last day", timedelta(days=180), "erased"
)
ORDER_ACCOUNT: Final = Period(
    "the account's id in an order, after its last day", 3 * YEAR, "replaced by a random one"
)
DELIVERY: Final = Period("that a message went out", timedelta(days=180), "deleted")
EXPORT: Final = Period("that somebody took their data away", timedelta(days=30), "deleted")
CHILD: Final = Period("a child's name, after its eighteenth year", YEAR, "deleted")
NAMED_PERSON: Final = Period(
    "the contact of somebody who was named, never signed in and has no role",
    timedelta(days=30),
    "deleted",
)
ACCOUNT_RECORD: Final = Period(
    "who read a person's data, closed their account or reset their factors", 3 * YEAR, "deleted"
)
# Both go when their order is parted from its account.
CONTACT_READ: Final = Period(
    "who read the contact of an order, after its last day", 3 * YEAR, "deleted"
)
ASSISTED_ORDER: Final = Period(
    "who placed an order for somebody else, after its last day", 3 * YEAR, "deleted"
)

PERIODS: Final = (
    ORDER_CONTACT,
    ORDER_ACCOUNT,
    DELIVERY,
    EXPORT,
    CHILD,
    NAMED_PERSON,
    ACCOUNT_RECORD,
    CONTACT_READ,
    ASSISTED_ORDER,
)
