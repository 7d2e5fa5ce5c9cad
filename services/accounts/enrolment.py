"""What somebody gets who has just set up a second factor."""

from services.accounts.sessions import SessionView
from shared.http.models import Reply


class Enrolled(Reply):
    """The session with its second factor; recovery codes with the account's first one."""

    session: SessionView
    recovery_codes: list[str] | None
