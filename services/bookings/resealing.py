"""What bookings keeps sealed, for `python -m services.bookings reseal`."""

from typing import Final

from services.bookings.views import CONTACT_PURPOSE
from shared.db.resealing import SealedColumn

FIND_ORDERS: Final = """
select order_id as id, contact_sealed as sealed
from orders
where order_id > $2 and contact_sealed <> ''
    and substring(contact_sealed from 1 for length($1::bytea)) <> $1
order by order_id
limit $3
"""
RENEW_ORDER: Final = """
update orders set contact_sealed = $1 where order_id = $2 and contact_sealed = $3
"""
ORDERS_LEFT: Final = """
select count(*)
from orders
where contact_sealed <> '' and substring(contact_sealed from 1 for length($1::bytea)) <> $1
"""
FIND_ENTRIES: Final = """
select entry_id as id, contact_sealed as sealed
from waitlist_entries
where entry_id > $2 and substring(contact_sealed from 1 for length($1::bytea)) <> $1
order by entry_id
limit $3
"""
RENEW_ENTRY: Final = """
update waitlist_entries set contact_sealed = $1 where entry_id = $2 and contact_sealed = $3
"""
ENTRIES_LEFT: Final = """
select count(*)
from waitlist_entries
where substring(contact_sealed from 1 for length($1::bytea)) <> $1
"""

COLUMNS: Final = (
    SealedColumn("orders", FIND_ORDERS, RENEW_ORDER, ORDERS_LEFT, lambda _row: CONTACT_PURPOSE),
    SealedColumn(
        "waitlist_entries", FIND_ENTRIES, RENEW_ENTRY, ENTRIES_LEFT, lambda _row: CONTACT_PURPOSE
    ),
)
