"""What is refused at the gates."""

from shared.core.errors import ApiError


class TicketNotGenuine(ApiError):
    """The ticket's code was not signed by us, or was changed."""

    status = 422
    code = "ticket_not_genuine"


class TicketAlreadyUsed(ApiError):
    """The ticket was checked in before; `checked_in_at` says when."""

    status = 409
    code = "ticket_already_used"


class TicketForAnotherDay(ApiError):
    """The ticket is genuine, but not for today; `day` says for when."""

    status = 409
    code = "ticket_for_another_day"


class TicketCancelled(ApiError):
    """The ticket's order does not stand."""

    status = 409
    code = "ticket_cancelled"


class TicketNotInside(ApiError):
    """The ticket was scanned on the way out, but nobody came in with it."""

    status = 409
    code = "ticket_not_inside"


class CheckInUndone(ApiError):
    """This very scan was a check-in that was taken back; a new scan needs an id of its own."""

    status = 409
    code = "check_in_undone"


class UndoTooLate(ApiError):
    """A check-in can be taken back for ten minutes, while its order is not over."""

    status = 409
    code = "undo_too_late"


class ScanIdReused(ApiError):
    """The id of the scan belongs to a scan of another ticket."""

    status = 422
    code = "scan_id_reused"
