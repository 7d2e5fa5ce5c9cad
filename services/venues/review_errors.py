"""What the venues service refuses about reviews."""

from shared.core.errors import ApiError


class NotVisitedYet(ApiError):
    """Nobody of this booking has come through the gate yet."""

    status = 409
    code = "not_visited_yet"


class ReviewTooLate(ApiError):
    """The visit is longer ago than `days` days."""

    status = 409
    code = "review_too_late"


class AlreadyReviewed(ApiError):
    """There is a review of this visit."""

    status = 409
    code = "already_reviewed"


class ReviewFinal(ApiError):
    """The review was written more than `days` days ago and stays as it is."""

    status = 409
    code = "review_final"


class ReviewHidden(ApiError):
    """The office has hidden the review: nobody writes on it now."""

    status = 409
    code = "review_hidden"


class ReviewStateConflict(ApiError):
    """The review is hidden already, or shown already; `state` names which."""

    status = 409
    code = "review_state_conflict"
