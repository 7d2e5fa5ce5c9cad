"""The authenticators of the people whom the demo signs in, for one stack, in its folder.

Every stack makes its own secrets by the API, like anybody with a phone; none is known beforehand.
The development inbox reads the same file and shows the codes.
"""

import asyncio
import json
import time
from pathlib import Path
from typing import Final

from pyotp import TOTP

from deploy.local.errors import LocalError
from deploy.local.files import write_whole

FILE: Final = "demo-authenticators.json"
STEP_SECONDS: Final = 30
# A clock may be one step off, so three steps are accepted at any moment, each once.
DRIFT: Final = 1


class Authenticators:
    """Secrets by address, each with the step whose code was used last."""

    def __init__(self, data_dir: Path) -> None:
        self._file = data_dir / FILE
        self._lock = asyncio.Lock()

    def knows(self, name: str) -> bool:
        """Tell whether somebody's secret is here."""
        return name in self._read()

    async def keep(self, name: str, secret: str) -> None:
        """Keep somebody's secret; its codes have not been used."""
        async with self._lock:
            self._write({**self._read(), name: {"secret": secret, "last_step": 0}})

    async def code(self, name: str) -> str:
        """Return a code that was not used yet; waits where there is none for the moment.

        Raises LocalError for somebody whose authenticator is elsewhere.
        """
        async with self._lock:
            known = self._read()
            if name not in known:
                raise LocalError(
                    f"{name} has an authenticator that this stack does not know:"
                    f" {self._file} was removed. Start afresh with another DATA_DIR."
                )
            # The oldest first: the current one is left to people who read it in the inbox.
            step = max(int(known[name]["last_step"]) + 1, _step_now() - DRIFT)
            opens_at = (step - DRIFT) * STEP_SECONDS
            await asyncio.sleep(max(0.0, opens_at - time.time()))
            secret = str(known[name]["secret"])
            self._write({**known, name: {"secret": secret, "last_step": step}})
        return TOTP(secret).generate_otp(step)

    def _read(self) -> dict[str, dict[str, str | int]]:
        if not self._file.exists():
            return {}
        known: dict[str, dict[str, str | int]] = json.loads(self._file.read_text(encoding="utf-8"))
        return known

    def _write(self, known: dict[str, dict[str, str | int]]) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(self._file, json.dumps(known, indent=2) + "\n", mode=0o600)


def _step_now() -> int:
    return int(time.time()) // STEP_SECONDS
