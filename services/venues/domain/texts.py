"""Texts that operators and the office write, as they may appear on a page or in a mail."""

import unicodedata
from collections.abc import Callable
from typing import Final

from pydantic_core import PydanticCustomError

from shared.core.localized import LocalizedText

_LAYOUT: Final = frozenset("\n\t")
# Control characters, lone surrogates, line and paragraph separators.
_HIDDEN_CATEGORIES: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
# These turn the direction of the text around them, so that a name can look like another.
_TURNING: Final = frozenset(map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A))))


def one_line(most: int) -> Callable[[LocalizedText], LocalizedText]:
    """Return a check for short texts: visible, of one line, of at most `most` characters.

    A line break in a name would be one in a mail's subject.
    """
    return lambda pair: _checked(pair, most, allowed=frozenset())


def many_lines(most: int) -> Callable[[LocalizedText], LocalizedText]:
    """Return a check for longer texts: visible, of at most `most` characters."""
    return lambda pair: _checked(pair, most, allowed=_LAYOUT)


def visible(text: str) -> str:
    """Return the text; raise PydanticCustomError where it is blank or has control characters."""
    return _checked_text(text, most=len(text), allowed=_LAYOUT)


def _checked(pair: LocalizedText, most: int, *, allowed: frozenset[str]) -> LocalizedText:
    for text in (pair.zh, pair.en):
        _checked_text(text, most=most, allowed=allowed)
    return pair


def _checked_text(text: str, *, most: int, allowed: frozenset[str]) -> str:
    if len(text) > most:
        raise PydanticCustomError("string_too_long", "at most {max_length}", {"max_length": most})
    if not text.strip():
        raise PydanticCustomError("blank", "nothing but spaces")
    if any(_is_hidden(char) and char not in allowed for char in text):
        raise PydanticCustomError("control_character", "a character that nobody can see")
    return text


def _is_hidden(char: str) -> bool:
    return unicodedata.category(char) in _HIDDEN_CATEGORIES or char in _TURNING
