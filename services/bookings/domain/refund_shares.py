"""From which payments, and from which operators, a refund comes."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.bookings.domain.price import share


class MoreThanWasPaid(Exception):
    """More is asked back than is left of what was paid; `left_fen` is what is left."""

    def __init__(self, left_fen: int) -> None:
        super().__init__(left_fen)
        self.left_fen = left_fen


@dataclass(frozen=True, slots=True)
class PaidShare:
    """What one operator got of one payment and still has, in fen."""

    payment_id: UUID
    organisation_id: UUID
    left_fen: int


def share_refund(amount_fen: int, paid: Sequence[PaidShare]) -> list[tuple[PaidShare, int]]:
    """Return how much of a refund comes from each share; the amounts sum to the whole.

    Operators give back in proportion to what they still have; an operator's own shares are used
    up in their order. Raises MoreThanWasPaid.
    """
    left_fen = sum(share.left_fen for share in paid)
    if amount_fen > left_fen:
        raise MoreThanWasPaid(left_fen)
    operators = _by_operator(paid)
    owing = share(amount_fen, [sum(one.left_fen for one in own) for own in operators])
    shared: list[tuple[PaidShare, int]] = []
    for own, due in zip(operators, owing, strict=True):
        open_fen = due
        for one in own:
            part = min(open_fen, one.left_fen)
            open_fen -= part
            if part:
                shared.append((one, part))
    return shared


def _by_operator(paid: Sequence[PaidShare]) -> list[list[PaidShare]]:
    operators: dict[UUID, list[PaidShare]] = {}
    for one in paid:
        operators.setdefault(one.organisation_id, []).append(one)
    return list(operators.values())
