"""Where the counters of rate limits are kept: in this process, and never more than so many.

The storage that comes with the library keeps every key and looks through all of them every ten
milliseconds in a thread of its own; here the key that was longest unused gives way.
"""

import time
from collections import OrderedDict
from typing import Final

from limits.storage import Storage

# Some 20 MB; whoever is forgotten is counted anew.
MOST_COUNTERS: Final = 100_000


class Counters(Storage):
    """Counters by key; each begins anew when its window is over."""

    STORAGE_SCHEME = ["bounded"]  # noqa: RUF012 - the library reads it of the class

    def __init__(self, most: int = MOST_COUNTERS) -> None:
        super().__init__()
        self._most = most
        self._counts: OrderedDict[str, tuple[int, float]] = OrderedDict()

    @property
    def base_exceptions(self) -> type[Exception]:
        """What the library may see fail: nothing here does."""
        return ValueError

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Add to a counter whose window is `expiry` seconds long, and return it."""
        now = time.time()
        count, ends_at = self._counts.get(key, (0, 0.0))
        if ends_at <= now:
            count, ends_at = 0, now + expiry
        self._counts[key] = (count + amount, ends_at)
        self._counts.move_to_end(key)
        if len(self._counts) > self._most:
            self._counts.popitem(last=False)
        return count + amount

    def get(self, key: str) -> int:
        """Return a counter."""
        count, ends_at = self._counts.get(key, (0, 0.0))
        return count if ends_at > time.time() else 0

    def get_expiry(self, key: str) -> float:
        """Return when a counter's window ends, in seconds since 1970."""
        return self._counts.get(key, (0, time.time()))[1]

    def check(self) -> bool:
        """Tell that counting is possible, as it always is."""
        return True

    def reset(self) -> int:
        """Forget all counters, and return how many there were."""
        found = len(self._counts)
        self._counts.clear()
        return found

    def clear(self, key: str) -> None:
        """Forget one counter."""
        self._counts.pop(key, None)
