"""What the authenticators of the demo's people show at this moment."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from pyotp import TOTP

STEP_SECONDS: Final = 30
# Many people pass through the tests; a page shows a few.
MOST_SHOWN: Final = 12
# By these the demo itself acts.
ITS_OWN: Final = "demo-"


class ShownCode(NamedTuple):
    """Somebody's code, and for how long it is shown."""

    name: str
    digits: str
    seconds_left: int


def codes_of(file: Path | None, wanted: str) -> list[ShownCode]:
    """Return the codes of the secrets in a file, or only one address's."""
    if file is None or not file.exists():
        return []
    known: dict[str, dict[str, str | int]] = json.loads(file.read_text(encoding="utf-8"))
    # The stack's well-known people come before those whom the tests invent.
    names = [name for name in known if not wanted or name.lower() == wanted.lower()]
    names.sort(key=lambda name: name.startswith(ITS_OWN))
    return list(_shown(known, names[:MOST_SHOWN]))


def _shown(known: dict[str, dict[str, str | int]], names: list[str]) -> Iterator[ShownCode]:
    now = time.time()
    current = int(now) // STEP_SECONDS
    for name in names:
        # The one after it where this one was used: it is accepted already.
        step = max(current, min(int(known[name]["last_step"]) + 1, current + 1))
        left = (step + 1) * STEP_SECONDS - int(now)
        yield ShownCode(name, TOTP(str(known[name]["secret"])).generate_otp(step), left)
