"""What the venues service refuses, besides what every service does."""

from shared.core.errors import ApiError


class SlugTaken(ApiError):
    """Another district, village, venue, or offering of the venue already has this slug."""

    status = 409
    code = "slug_taken"


class VenueStateConflict(ApiError):
    """The venue is in a state from which this step does not lead; `state` names it."""

    status = 409
    code = "venue_state_conflict"


class VenueWithoutSchedule(ApiError):
    """The venue can't be published: it has no offering with a schedule."""

    status = 409
    code = "venue_without_schedule"


class TooManyOfferings(ApiError):
    """The venue has as many offerings as a venue can have; `limit` says how many."""

    status = 409
    code = "too_many_offerings"


class CalendarYearUnknown(ApiError):
    """Nobody has entered which days of the `year` are off."""

    status = 404
    code = "calendar_year_unknown"
