"""On whose behalf, and in which language, a page asks the other services."""

from dataclasses import dataclass
from typing import TypedDict

from shared.core.localized import Language
from shared.http.client_address import FORWARDED_FOR


class Carried(TypedDict):
    """What a request says about who asks."""

    language: Language
    token: str | None


@dataclass(frozen=True, slots=True)
class Asking:
    """The visitor's language, in which refusals are told, their token, and where they come from."""

    language: Language
    token: str | None = None
    address: str = ""

    @property
    def options(self) -> Carried:
        """Return what a request carries of it."""
        return {"language": self.language, "token": self.token}

    @property
    def forwarded(self) -> dict[str, str]:
        """Return the headers of a request that depends on where the visitor comes from."""
        return {FORWARDED_FOR: self.address} if self.address else {}
