"""What makes an offering whole: fields that fit its kind, prices that fit it, and "free"."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.venues.domain.offer_terms import terms_faults
from services.venues.domain.prices import Priced, price_faults
from shared.contracts.terms import OfferingKind, OfferingTerms, PaymentPolicy


@dataclass(frozen=True, slots=True)
class Offer:
    """The part of an offering whose fields depend on each other."""

    kind: OfferingKind
    payment: PaymentPolicy
    prices: Sequence[Priced]
    persons_per_unit: int | None
    duration_minutes: int | None
    terms: OfferingTerms
    expected_visitors: int | None = None
    event_permit_number: str | None = None

    def faults(self) -> list[tuple[str, str]]:
        """Return what is wrong, as pairs of a field and a code.

        Free means that all prices are zero, and nothing else does: "pay on site" with nothing to
        pay would be as wrong as the reverse.
        """
        options = frozenset(option.code for option in self.terms.options)
        found = [*self._unfit_fields(), *terms_faults(self.kind, self.terms)]
        seasons = frozenset(season.code for season in self.terms.seasons)
        if faults := price_faults(self.kind, self.prices, options, seasons):
            found += faults
        elif (self.payment == "free") != all(price.fen == 0 for price in self.prices):
            found.append(("payment", "free_or_not"))
        return found

    def _unfit_fields(self) -> list[tuple[str, str]]:
        """Return what is wrong with persons, minutes, and what only events have.

        A stay says how many persons a pitch holds, once or for each type of pitch. A session says
        how long it takes; so may an entry, which needs it for entries at fixed times.
        """
        found: list[tuple[str, str]] = []
        persons_missing = self.persons_per_unit is None and not self.terms.options
        if persons_missing if self.kind == "stay" else self.persons_per_unit is not None:
            found.append(("persons_per_unit", "only_for_stays"))
        if self.kind == "session" and self.duration_minutes is None:
            found.append(("duration_minutes", "only_for_sessions"))
        if self.kind in {"stay", "table"} and self.duration_minutes is not None:
            found.append(("duration_minutes", "only_for_sessions"))
        if self.kind != "entry":
            found += [
                (name, "only_for_entries")
                for name in ("expected_visitors", "event_permit_number")
                if getattr(self, name) is not None
            ]
        return found
