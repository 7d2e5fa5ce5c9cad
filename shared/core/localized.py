"""Texts that exist in Chinese and in English."""

import re
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

Language = Literal["zh", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en")
DEFAULT_LANGUAGE: Final[Language] = "zh"

# Spaces may stand around the semicolon, and nowhere else.
_WEIGHT: Final = re.compile(r"[ \t]*q=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)[ \t]*", re.ASCII)

Text = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=4000)]


class LocalizedText(BaseModel):
    """One text in both languages; an operator who writes no English gets the Chinese shown."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    zh: Text
    en: Text

    def text(self, language: Language) -> str:
        """Return the text in the asked language."""
        return self.en if language == "en" else self.zh


def preferred_language(accept_language: str | None) -> Language:
    """Return the language to answer in, from an Accept-Language header (RFC 9110 §12.5.4).

    Chinese is the default; English is chosen only where it is preferred to Chinese.
    """
    best: tuple[float, Language] = (0.0, DEFAULT_LANGUAGE)
    for part in (accept_language or "").lower().split(","):
        tag, _, weight = part.partition(";")
        primary = tag.strip().partition("-")[0]
        quality = _quality(weight)
        for language in LANGUAGES:
            if primary == language and quality > best[0]:
                best = (quality, language)
    return best[1]


def _quality(weight: str) -> float:
    """Return the weight of one language; what is no weight counts nothing (RFC 9110 §12.4.2)."""
    if not weight.strip():
        return 1.0
    found = _WEIGHT.fullmatch(weight)
    return float(found[1]) if found else 0.0
