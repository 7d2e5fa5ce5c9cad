"""What makes an offering whole: fields that fit its kind, prices that fit it, and "free"."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Protocol

from shared.contracts.terms import OfferingKind, PaymentPolicy, TicketType

TICKET_TYPES: Final[Mapping[OfferingKind, frozenset[TicketType]]] = MappingProxyType(
    {
        "stay": frozenset({"pitch"}),
        "session": frozenset({"adult", "child", "senior"}),
    }
)


class Priced(Protocol):
    """A ticket type and what it costs."""

    @property
    def ticket_type(self) -> TicketType:
        """The kind of ticket."""
        ...

    @property
    def fen(self) -> int:
        """Its price."""
        ...


@dataclass(frozen=True, slots=True)
class Offer:
    """The part of an offering whose fields depend on each other."""

    kind: OfferingKind
    payment: PaymentPolicy
    prices: Sequence[Priced]
    persons_per_unit: int | None
    duration_minutes: int | None

    def faults(self) -> list[tuple[str, str]]:
        """Return what is wrong, as pairs of a field and a code.

        A stay is sold by the pitch and says how many persons one holds; a session is sold by the
        person and says how long it takes. Free means that all prices are zero, and nothing else
        does: "pay on site" with nothing to pay would be as wrong as the reverse.
        """
        found: list[tuple[str, str]] = []
        if (self.kind == "stay") != (self.persons_per_unit is not None):
            found.append(("persons_per_unit", "only_for_stays"))
        if (self.kind == "session") != (self.duration_minutes is not None):
            found.append(("duration_minutes", "only_for_sessions"))
        types = [price.ticket_type for price in self.prices]
        if len(set(types)) != len(types):
            found.append(("prices", "ticket_type_repeated"))
        elif not TICKET_TYPES[self.kind].issuperset(types):
            found.append(("prices", "ticket_type_unfit"))
        elif (self.payment == "free") != all(price.fen == 0 for price in self.prices):
            found.append(("payment", "free_or_not"))
        return found
