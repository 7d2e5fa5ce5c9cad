"""Texts that people write for other people to read: what they see is all that there is.

A character that nobody sees lets one name pass for another, breaks a mail's header, or turns the
text around it. What scripts need is kept: joiners inside Indic words and emoji (RFC 5892,
appendix A), variants of Chinese characters, and characters newer than this Python.
"""

import unicodedata
from typing import Final, Literal

Fault = Literal["blank", "hidden_character"]

# Control, format, private use, surrogates, unassigned; line and paragraph separators.
_HIDDEN: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})
# Letters and symbols by their category, blank to the eye: fillers of Hangul, empty Braille.
_FILLERS: Final = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0")
_JOINERS: Final = frozenset("\u200c\u200d")
_EMOJI_STYLE: Final = "\ufe0f"
_VIRAMA_CLASS: Final = 9
# Unicode adds Chinese characters of rare names here; the last two places of a plane stay empty.
_IDEOGRAPHIC_PLANES: Final = (range(0x20000, 0x2FFFE), range(0x30000, 0x3FFFE))


class UnfitTextError(ValueError):
    """The text is blank, or has a character that nobody can see."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault: Fault = fault


def one_line(text: str) -> str:
    """Return a short text in composed form (NFC), with single spaces and none at its ends.

    Raises UnfitTextError where nothing visible is left, for line breaks, and for what hides.
    """
    return " ".join(_checked(text, allowed="").split())


def many_lines(text: str) -> str:
    """Return a longer text in composed form (NFC), with no space at its ends.

    Line breaks and tabs stay. Raises UnfitTextError like `one_line`.
    """
    return _checked(text, allowed="\n\t").strip()


def _checked(text: str, *, allowed: str) -> str:
    composed = unicodedata.normalize("NFC", text)
    if any(_is_hidden(composed, at) and composed[at] not in allowed for at in range(len(composed))):
        raise UnfitTextError("hidden_character")
    if not any(map(_shows, composed)):
        raise UnfitTextError("blank")
    return composed


def _shows(char: str) -> bool:
    """Tell whether a character shows something by itself; marks and spaces do not."""
    category = unicodedata.category(char)
    return category[0] in "LNPS" or category == "Cn"


def _is_hidden(text: str, at: int) -> bool:
    char = text[at]
    if char in _JOINERS:
        return not _joins(text, at)
    if char in _FILLERS:
        return True
    category = unicodedata.category(char)
    if category == "Cn":
        return not any(ord(char) in plane for plane in _IDEOGRAPHIC_PLANES)
    return category in _HIDDEN


def _joins(text: str, at: int) -> bool:
    """Tell whether a joiner stands where it shapes a word or an emoji."""
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if not before or not after:
        return False
    if unicodedata.combining(before) == _VIRAMA_CLASS:
        return unicodedata.category(after)[0] == "L"
    is_emoji = before == _EMOJI_STYLE or unicodedata.category(before) in {"So", "Sk"}
    return text[at] == "\u200d" and is_emoji and unicodedata.category(after) == "So"
