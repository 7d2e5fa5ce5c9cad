"""What is refused of the waiting list."""

from shared.core.errors import ApiError


class PlacesLeft(ApiError):
    """There is room for the party at the wish number `wish`: nobody needs to wait for it."""

    status = 409
    code = "places_left"


class AlreadyWaiting(ApiError):
    """The visitor waits for the wish number `wish` already."""

    status = 409
    code = "already_waiting"


class TooManyWaitlistEntries(ApiError):
    """The visitor waits for as much at once as one may."""

    status = 409
    code = "too_many_waitlist_entries"


class NoOpenOffer(ApiError):
    """The entry holds no offer that could be refused; `state` says why."""

    status = 409
    code = "no_open_offer"


class WaitlistEntryEnded(ApiError):
    """The entry of the waiting list is over; `state` says how."""

    status = 409
    code = "waitlist_entry_ended"
