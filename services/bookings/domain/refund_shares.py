"""From which payments, and from which operators, a refund comes."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID


class MoreThanWasPaid(Exception):  # noqa: N818 - named by what happened
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

    Operators give back in proportion to what they still have, rounded so that nothing is lost
    (each running sum is rounded down); an operator's own shares are used up in their order.
    Raises MoreThanWasPaid.
    """
    left_fen = sum(share.left_fen for share in paid)
    if amount_fen > left_fen:
        raise MoreThanWasPaid(left_fen)
    shared: list[tuple[PaidShare, int]] = []
    passed = given = 0
    for own in _by_operator(paid):
        passed += sum(share.left_fen for share in own)
        due = amount_fen * passed // left_fen - given
        given += due
        for share in own:
            part = min(due, share.left_fen)
            due -= part
            if part:
                shared.append((share, part))
    return shared


def _by_operator(paid: Sequence[PaidShare]) -> list[list[PaidShare]]:
    operators: dict[UUID, list[PaidShare]] = {}
    for share in paid:
        operators.setdefault(share.organisation_id, []).append(share)
    return list(operators.values())
