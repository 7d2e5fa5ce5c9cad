"""Which texts people are asked to agree to, and who is old enough for what.

Sources: PIPL articles 14 to 17 (consent, its withdrawal), 28 and 31 (children under fourteen).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from shared.core.localized import LocalizedText

TextName = Literal["privacy", "children", "marketing"]

# Below this age people have no account of their own.
OWN_ACCOUNT_FROM_AGE: Final = 14
ADULT_FROM_AGE: Final = 18


@dataclass(frozen=True, slots=True)
class ConsentText:
    """One version of a text that people agree to, or not."""

    name: TextName
    version: str
    required: bool
    title: LocalizedText
    body: LocalizedText


class ConsentTexts:
    """All texts in all of their versions."""

    def __init__(self, texts: Sequence[ConsentText]) -> None:
        self._texts = {(text.name, text.version): text for text in texts}
        self._current: dict[str, ConsentText] = {}
        for text in sorted(texts, key=lambda one: one.version):
            self._current[text.name] = text

    def current(self, name: TextName) -> ConsentText:
        """Return the version of a text that is asked for now."""
        return self._current[name]

    def find(self, name: TextName, version: str) -> ConsentText | None:
        """Return one version of a text, or None where there never was one."""
        return self._texts.get((name, version))

    def latest_first(self) -> list[ConsentText]:
        """Return all texts, those that are asked for now before earlier ones."""
        ordered = sorted(self._texts.values(), key=lambda text: text.version, reverse=True)
        return sorted(ordered, key=lambda text: text is not self._current[text.name])

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "ConsentTexts":
        """Return the texts of a document as `consent_texts.toml` has them."""
        return cls(
            [
                ConsentText(
                    name=entry["name"],
                    version=entry["version"],
                    required=entry["required"],
                    title=LocalizedText(**entry["title"]),
                    body=LocalizedText(
                        zh=entry["body"]["zh"].strip(), en=entry["body"]["en"].strip()
                    ),
                )
                for entry in document["text"]
            ]
        )


def is_too_young_for_account(birth_year: int, this_year: int) -> bool:
    """Tell whether somebody of a birth year is, for all that one can know, not yet fourteen."""
    return this_year - birth_year <= OWN_ACCOUNT_FROM_AGE


def is_child(birth_year: int, this_year: int) -> bool:
    """Tell whether somebody of a birth year may still be under eighteen."""
    return 0 <= this_year - birth_year <= ADULT_FROM_AGE
