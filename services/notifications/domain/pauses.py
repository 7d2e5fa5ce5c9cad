"""How long to wait before a message is tried again, and when to give up.

Short pauses first, because most trouble is over within a minute and somebody stands at a counter
waiting for a ticket. Then long ones, because a mail server that has been away for minutes may be
away for hours, and a confirmation that is hours late is better than none.
"""

from datetime import timedelta
from typing import Final

FIRST_PAUSE: Final = timedelta(milliseconds=500)
LONGEST_QUICK_PAUSE: Final = timedelta(seconds=16)
QUICK_ATTEMPTS: Final = 20
SLOW_PAUSE: Final = timedelta(minutes=5)
# Four minutes of quick attempts and almost a day of slow ones.
MOST_ATTEMPTS: Final = 300


def pause_after(attempts: int) -> timedelta | None:
    """Return the pause after the given number of failed attempts; None means give up."""
    if attempts >= MOST_ATTEMPTS:
        return None
    if attempts >= QUICK_ATTEMPTS:
        return SLOW_PAUSE
    doublings: int = 2 ** (attempts - 1)
    return min(FIRST_PAUSE * doublings, LONGEST_QUICK_PAUSE)
