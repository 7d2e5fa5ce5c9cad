"""What the rules of an offering refuse, said to the visitor."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final
from uuid import UUID

from services.bookings import errors
from services.bookings.domain import refusals
from shared.core.errors import ApiError

ERRORS: Final[Mapping[type[refusals.LineRefused], type[ApiError]]] = MappingProxyType(
    {
        refusals.LineTimeUnfit: errors.LineTimeMismatch,
        refusals.TicketTypeUnpriced: errors.TicketTypeUnknown,
        refusals.PartySizeUnfit: errors.PartySizeUnfit,
        refusals.AdultNeeded: errors.AdultNeeded,
        refusals.TooManyChildren: errors.TooManyChildren,
        refusals.TooLateToBook: errors.TooLateToBook,
        refusals.TooEarlyToBook: errors.TooEarlyToBook,
        refusals.NightsUnfit: errors.NightsUnfit,
        refusals.ArrivalDayUnfit: errors.ArrivalDayUnfit,
        refusals.OptionUnknown: errors.OptionUnknown,
        refusals.TableTooSmall: errors.TableTooSmall,
        # No units of the wanted sort at that time, not even taken ones.
        refusals.UnitsNotOffered: errors.SlotNotAvailable,
    }
)


def refusal_of(refused: refusals.LineRefused, line: int, offering_id: UUID) -> ApiError:
    """Return the error for a line, by its place in the order, that does not fit its offering."""
    params: dict[str, Any] = {"line": line, "offering_id": str(offering_id)}
    for name, value in vars(refused).items():
        params[name] = list(value) if isinstance(value, tuple) else value
    return ERRORS[type(refused)](**params)
