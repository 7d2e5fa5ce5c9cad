"""Why a line can't be planned as it was asked for, each with what a sentence about it needs."""

from shared.contracts.terms import OfferingKind


class YearUnknownError(Exception):
    """The days of `year` were not decreed yet, and nothing is guessed about them."""

    def __init__(self, year: int) -> None:
        super().__init__(year)
        self.year = year


class LineRefused(Exception):
    """The line does not fit its offering: the visitor has to ask for something else."""


class LineTimeUnfit(LineRefused):
    """The line does not say when in the way of its `kind`."""

    def __init__(self, kind: OfferingKind) -> None:
        super().__init__(kind)
        self.kind = kind


class TicketTypeUnpriced(LineRefused):
    """The offering has no price for `ticket_type`; `pitch` for the nights of a stay."""

    def __init__(self, ticket_type: str) -> None:
        super().__init__(ticket_type)
        self.ticket_type = ticket_type


class PartySizeUnfit(LineRefused):
    """The offering takes parties from `least` to `most` people."""

    def __init__(self, least: int, most: int) -> None:
        super().__init__(least, most)
        self.least = least
        self.most = most


class AdultNeeded(LineRefused):
    """Children come with an adult or a senior."""


class TooManyChildren(LineRefused):
    """Each adult or senior minds `most` children at most."""

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self.most = most


class TooLateToBook(LineRefused):
    """It is booked at least `lead_minutes` before it begins."""

    def __init__(self, lead_minutes: int) -> None:
        super().__init__(lead_minutes)
        self.lead_minutes = lead_minutes


class TooEarlyToBook(LineRefused):
    """It is booked at most `horizon_days` ahead."""

    def __init__(self, horizon_days: int) -> None:
        super().__init__(horizon_days)
        self.horizon_days = horizon_days


class NightsUnfit(LineRefused):
    """The stay is sold from `least` to `most` nights."""

    def __init__(self, least: int, most: int) -> None:
        super().__init__(least, most)
        self.least = least
        self.most = most


class ArrivalDayUnfit(LineRefused):
    """Stays begin on `weekdays` only (ISO: 1 is Monday)."""

    def __init__(self, weekdays: tuple[int, ...]) -> None:
        super().__init__(weekdays)
        self.weekdays = weekdays


class OptionUnknown(LineRefused):
    """`option` is none that a visitor can choose, or None where one of `options` is needed."""

    def __init__(self, option: str | None, options: tuple[str, ...]) -> None:
        super().__init__(option, options)
        self.option = option
        self.options = options


class TableTooSmall(LineRefused):
    """No table and no join of tables takes more than `most` people."""

    def __init__(self, most: int) -> None:
        super().__init__(most)
        self.most = most


class UnitsNotOffered(LineRefused):
    """The line's slots have no units, not even taken ones, of the only fitting `options`."""

    def __init__(self, options: tuple[str, ...]) -> None:
        super().__init__(options)
        self.options = options
