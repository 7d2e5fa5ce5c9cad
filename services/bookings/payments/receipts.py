"""What a provider says it received, read against what it was asked for. No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from services.bookings.payments.provider import Bill, PaymentStatus


class StrangeMoney(Exception):
    """Money that did not go to those who are on the bill: nothing of ours can deal with it."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What each operator received, in fen, and whether that is exactly what was asked for."""

    amounts: Mapping[UUID, int]
    is_exact: bool

    @property
    def amount_fen(self) -> int:
        """What was received altogether."""
        return sum(self.amounts.values())


def read_receipt(bill: Bill, status: PaymentStatus) -> Receipt:
    """Return what was received for a bill. Raises StrangeMoney."""
    if status.settles(bill):
        exact = {part.organisation_id: part.amount_fen for part in bill.parts}
        return Receipt(exact, is_exact=True)
    left = list(bill.parts)
    amounts: dict[UUID, int] = {}
    for paid in status.parts:
        part = next((part for part in left if part.merchant == paid.merchant), None)
        if part is None or paid.amount_fen <= 0:
            raise StrangeMoney(f"{paid.merchant} is not, or not so often, on the bill")
        left.remove(part)
        amounts[part.organisation_id] = paid.amount_fen
    if left or status.number != bill.number or sum(amounts.values()) != status.amount_fen:
        raise StrangeMoney("the parts are not the whole")
    return Receipt(amounts, is_exact=False)
