"""Whose turn it is on the waiting list: the first party that fits (docs/domain.md rule 10)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from services.bookings.domain.claims import Claim

SkipReason = Literal["party_larger_than_free", "already_holds_offer"]


@dataclass(frozen=True, slots=True)
class WaitingParty:
    """An entry of the waiting list.

    `wishes` are what the party would take, what it likes best first: each is all the claims of
    one planned choice, so a family of five is not offered three places.
    """

    entry_id: UUID
    wishes: tuple[tuple[Claim, ...], ...]
    holds_offer: bool


@dataclass(frozen=True, slots=True)
class Skipped:
    """A party that somebody behind it is served before, or nobody is, and why."""

    entry_id: UUID
    reason: SkipReason


@dataclass(frozen=True, slots=True)
class Turn:
    """Who is offered places, which of its wishes, and who was passed over on the way.

    `entry_id` and `wish` (an index) are None where nobody fits.
    """

    entry_id: UUID | None
    wish: int | None
    skipped: tuple[Skipped, ...]


def whose_turn(parties: Iterable[WaitingParty], free: Mapping[int, int]) -> Turn:
    """Return the first of the parties, in their order, who fits into what is free in each pool.

    A pool that `free` does not name has nothing free. Everybody before that one is skipped with
    a reason that they can see.
    """
    skipped: list[Skipped] = []
    for party in parties:
        if party.holds_offer:
            skipped.append(Skipped(party.entry_id, "already_holds_offer"))
            continue
        for number, claims in enumerate(party.wishes):
            if all(free.get(claim.pool_id, 0) >= claim.quantity for claim in claims):
                return Turn(party.entry_id, number, tuple(skipped))
        skipped.append(Skipped(party.entry_id, "party_larger_than_free"))
    return Turn(None, None, tuple(skipped))
