"""An operator's statement of a month, read from the ledger and nowhere else.

A month begins and ends at midnight in the villages (Asia/Shanghai). Balances are debits minus
credits: what is owed or held counts up, what was sold counts down, and all accounts sum to zero.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import StringConstraints

from shared.core.clock import SHANGHAI
from shared.core.errors import NotFound
from shared.core.localized import LocalizedText
from shared.core.masking import CodeEnd
from shared.core.money import Fen
from shared.db import Connection, fetch_all
from shared.http.access import Caller
from shared.http.models import Reply

Account = Literal["receivable", "sales", "cancellation_fees", "provider", "cash", "refunds_owed"]
MovementKind = Literal[
    "sale", "sale_reversed", "fee", "payment", "cash", "refund_requested", "refund_done"
]
MonthText = Annotated[str, StringConstraints(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")]

FIND_MOVEMENTS: Final = """
select
    movement_id, moved_at, movement.kind, debit, credit, amount_fen, movement.order_id,
    orders.code as order_code, movement.line_id, order_lines.offering_name, payment_id, refund_id
from ledger_movements as movement
join orders on orders.order_id = movement.order_id
left join order_lines on order_lines.line_id = movement.line_id
where movement.organisation_id = $1
    and moved_at >= $2
    and moved_at < $3
    and movement_id > $4
order by movement_id
limit $5
"""


class Movement(Reply):
    """One movement: `amount_fen` went from the account `credit` to the account `debit`."""

    movement_id: int
    moved_at: datetime
    kind: MovementKind
    debit: Account
    credit: Account
    amount_fen: Fen
    order_id: UUID
    order_code: CodeEnd
    line_id: UUID | None
    offering_name: LocalizedText | None
    payment_id: UUID | None
    refund_id: UUID | None


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the villages: from `begins` on, before `ends`."""

    begins: datetime
    ends: datetime


def month_of(text: str) -> Month:
    """Return the month that a text such as `2026-10` names."""
    year, month = int(text[:4]), int(text[5:])
    following = date(year + month // 12, month % 12 + 1, 1)
    return Month(
        begins=datetime.combine(date(year, month, 1), time(), tzinfo=SHANGHAI),
        ends=datetime.combine(following, time(), tzinfo=SHANGHAI),
    )


def check_reader(caller: Caller, organisation_id: UUID) -> None:
    """Raise NotFound unless the caller may read the organisation's statements."""
    if not caller.may("statement.read", organisation_id):
        raise NotFound


async def find_movements(
    conn: Connection, organisation_id: UUID, month: Month, after: int, most: int
) -> list[Movement]:
    """Return the movements of a month that come after one, at most so many."""
    return await fetch_all(
        conn,
        Movement,
        FIND_MOVEMENTS,
        organisation_id,
        month.begins,
        month.ends,
        after,
        most,
    )
