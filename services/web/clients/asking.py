"""On whose behalf, and in which language, a page asks the other services."""

from dataclasses import dataclass
from typing import TypedDict

from shared.core.localized import Language


class Carried(TypedDict):
    """What a request says about who asks."""

    language: Language
    token: str | None


@dataclass(frozen=True, slots=True)
class Asking:
    """The visitor's language, in which refusals are told, and their token."""

    language: Language
    token: str | None = None

    @property
    def options(self) -> Carried:
        """Return what a request carries of it."""
        return {"language": self.language, "token": self.token}
