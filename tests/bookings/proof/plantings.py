"""How violations are planted in the data of `populated.py`."""

from dataclasses import dataclass
from typing import Final

# What the plantings change: a used pool, some payments, a line of each sort.
CHOOSE: Final = """
create temporary table chosen on commit drop as
select
    (select id from pools where taken between 2 and capacity - 1 order by id limit 1) as pool_id,
    (select line_id from check_ins) as visited_id,
    (
        select line_id from order_lines where claim_state = 'kept' and kind = 'stay'
    ) as stay_id,
    (select line_id from order_lines where left_as = 'cancelled' order by position limit 1)
        as cancelled_id,
    (
        select line_id from order_lines
        where left_as = 'changed' and replaces_line_id is null
    ) as changed_id,
    (select line_id from order_lines where held_until is not null) as waiting_id,
    (
        select payment_id from payments
        where honoured and line_id is null and refunded_fen = 0
        order by payment_id limit 1
    ) as paid_id,
    (select payment_id from payments where honoured and line_id is not null) as difference_id,
    (select payment_id from payments where state = 'captured' and not honoured) as late_id
"""


@dataclass(frozen=True)
class Planting:
    """A violation: how it is planted, which statement finds it, what it breaks and is called."""

    sql: str
    found_by: str
    broken: frozenset[str]
    says: str


def seat(sql: str, found_by: str, *others: str, says: str = "") -> Planting:
    return Planting(sql, found_by, frozenset({"I1", *others}), says)


def fen(sql: str, found_by: str, *others: str, says: str = "") -> Planting:
    return Planting(sql, found_by, frozenset({"I2", *others}), says)


def ticket(sql: str, found_by: str, *others: str, says: str = "") -> Planting:
    return Planting(sql, found_by, frozenset({"I3", *others}), says)
