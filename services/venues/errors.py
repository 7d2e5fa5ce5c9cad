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


class ProposalOutdated(ApiError):
    """What the proposal would change was changed otherwise meanwhile."""

    status = 409
    code = "proposal_outdated"


class ProposalDecided(ApiError):
    """The proposal does not wait any more; `state` says what became of it."""

    status = 409
    code = "proposal_decided"


class NothingToSubmit(ApiError):
    """The offering is on sale with its venue, or waits for the office already."""

    status = 409
    code = "nothing_to_submit"


class TooManyOfferings(ApiError):
    """The venue has as many offerings as a venue can have; `limit` says how many."""

    status = 409
    code = "too_many_offerings"


class CalendarYearUnknown(ApiError):
    """Nobody has entered which days of the `year` are off."""

    status = 404
    code = "calendar_year_unknown"


class LicenceMissing(ApiError):
    """A licence is missing, is not confirmed, or does not hold long enough; `kinds` names which.

    It has to hold today, the permit of a large event until the last day of its schedule. An entry
    is a large event where 1,000 people are expected on a day, or have places at one time.
    """

    status = 409
    code = "licence_missing"


class LicenceKnown(ApiError):
    """The venue has a licence of this kind, number and last day."""

    status = 409
    code = "licence_known"


class LicenceStateConflict(ApiError):
    """The licence is in a state from which this step does not lead; `state` names it."""

    status = 409
    code = "licence_state_conflict"


class LicenceWithoutDocument(ApiError):
    """The licence has no document yet, so nobody can have seen that it is good."""

    status = 409
    code = "licence_without_document"


class TooManyLicences(ApiError):
    """The venue has as many licences as a venue can have; `limit` says how many."""

    status = 409
    code = "too_many_licences"


class ClosureStateConflict(ApiError):
    """The closure is in a state from which this step does not lead; `state` names it."""

    status = 409
    code = "closure_state_conflict"


class SecondPersonNeeded(ApiError):
    """Whoever proposed a closure can't approve it: somebody else of the office has to."""

    status = 409
    code = "second_person_needed"


class NothingToReopen(ApiError):
    """What is to be reopened is not part of the closure, or begins after its end."""

    status = 409
    code = "nothing_to_reopen"


class ScheduleTouchesOrders(ApiError):
    """Slots would go or be cut in which people have booked; `orders`, `persons`, `fen` count them.

    `first` names up to 50 of them, by day. `accept_touched_orders` says that it is meant.
    """

    status = 409
    code = "schedule_touches_orders"


class DocumentUnreadable(ApiError):
    """The file is no whole PDF, JPEG or PNG, or another one than its Content-Type says."""

    status = 422
    code = "document_unreadable"


class FeedKnown(ApiError):
    """The offering follows this calendar already."""

    status = 409
    code = "feed_known"


class TooManyFeeds(ApiError):
    """The offering follows as many calendars as it can; `limit` says how many."""

    status = 409
    code = "too_many_feeds"


class FeedRefreshedLately(ApiError):
    """The calendar was read less than a minute ago."""

    status = 429
    code = "feed_refreshed_lately"


class CalendarChangedSince(ApiError):
    """The year is no longer as it was previewed; `version` is the present one."""

    status = 409
    code = "calendar_changed_since"


class CalendarTouchesTooMuch(ApiError):
    """The days become others for more than can be looked through at once.

    `counted` is what there is more of than `limit`: `schedules` that ask what kind of day it is,
    `planned_slots` of these, or `touched_slots` that go or are cut.
    `accept_touched_orders` says that it is meant, whoever has booked there.
    """

    status = 409
    code = "calendar_touches_too_much"


class CalendarImportApproved(ApiError):
    """The import counts already."""

    status = 409
    code = "calendar_import_approved"
