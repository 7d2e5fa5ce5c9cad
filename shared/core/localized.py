"""Texts that exist in Chinese and in English."""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

Language = Literal["zh", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en")
DEFAULT_LANGUAGE: Final[Language] = "zh"

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
        tag, _, weight = part.strip().partition(";q=")
        primary = tag.partition("-")[0]
        try:
            quality = float(weight) if weight else 1.0
        except ValueError:
            continue
        for language in LANGUAGES:
            if primary == language and quality > best[0]:
                best = (quality, language)
    return best[1]
