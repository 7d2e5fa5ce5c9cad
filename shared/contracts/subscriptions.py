"""Who hears what. Each service's reactions must be these, which it checks when it starts."""

from types import MappingProxyType
from typing import Final

from shared.contracts import accounts, audit, bookings, feeds, venues
from shared.contracts.event import Event

SUBSCRIPTIONS: Final = MappingProxyType[str, frozenset[type[Event]]](
    {
        "accounts": frozenset({audit.AuditRecorded}),
        "bookings": frozenset(
            {
                accounts.AccountErased,
                venues.VillagePublished,
                venues.VenuePublished,
                venues.VenueWithdrawn,
                venues.OfferingPublished,
                venues.OfferingWithdrawn,
                venues.SlotPublished,
                venues.SlotWithdrawn,
                venues.CalendarPublished,
                venues.ClosureOrdered,
                venues.ClosureLifted,
            }
        ),
        "venues": frozenset(
            {
                accounts.AccountErased,
                bookings.PlacesChanged,
                bookings.OrderConfirmed,
                bookings.LineChanged,
                bookings.TicketCheckedIn,
                bookings.TicketCheckInUndone,
            }
        ),
        "notifications": frozenset(
            {
                accounts.AccountErased,
                bookings.OrderConfirmed,
                bookings.OrderCancelled,
                bookings.LineCancelled,
                bookings.LineChanged,
                bookings.PaymentRefunded,
                bookings.WaitlistOffered,
                bookings.PersonAffectedByClosure,
                venues.LicenceExpiring,
                venues.LicenceExpired,
                venues.LicenceRenewed,
                feeds.FeedFailing,
                feeds.FeedConflictFound,
            }
        ),
        "statistics": frozenset(
            {
                venues.VillagePublished,
                venues.VenuePublished,
                bookings.OrderConfirmed,
                bookings.OrderCancelled,
                bookings.LineCancelled,
                bookings.LineChanged,
                bookings.TicketCheckedIn,
                bookings.TicketCheckInUndone,
                bookings.PastVisitRecorded,
            }
        ),
    }
)
