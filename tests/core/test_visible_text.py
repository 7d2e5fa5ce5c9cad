"""What people write is what the others see."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.visible_text import UnfitTextError, many_lines, one_line


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  林  小满 ", "林 小满"),
        ("林\u3000小满", "林 小满"),
        ("Rene\u0301e", "Renée"),
        ("O’Neill-Smith Jr.", "O’Neill-Smith Jr."),
        # Variants of a Chinese character, and one that is newer than this Python's Unicode.
        ("葛\U000e0101城", "葛\U000e0101城"),
        ("\U000323b0", "\U000323b0"),
        # Joiners that shape a word of Devanagari, and an emoji.
        ("क्\u200dष", "क्\u200dष"),
        ("👩🏽\u200d🌾", "👩🏽\u200d🌾"),
        ("❤️\u200d🔥", "❤️\u200d🔥"),
    ],
)
def test_a_line_keeps_what_can_be_seen(typed: str, kept: str) -> None:
    assert one_line(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "林\n小满",
        "林\t小满",
        "林\r",
        "林\x85",
        "a\u2028b",
        "a\0b",
        "abc\u202edef",
        "a\u2066b",
        "a\u200fb",
        "a\u200bb",
        "a\u200db",
        "\u200d林",
        "林\u200d",
        "soft\u00adhyphen",
        "\ufeff林",
        "\ue000",
        "\ud842",
        "\U0002ffff",
        "a\u3164",
        "\u2800林",
        "\U000e0041林",
    ],
)
def test_a_line_has_nothing_that_hides(typed: str) -> None:
    with pytest.raises(UnfitTextError) as refused:
        one_line(typed)
    assert refused.value.fault == "hidden_character"


@pytest.mark.parametrize("typed", ["", "   ", "\u3000", "\u00a0\u2003", "\u0301", "\ufe0f"])
def test_a_line_shows_something(typed: str) -> None:
    with pytest.raises(UnfitTextError) as refused:
        one_line(typed)
    assert refused.value.fault == "blank"


def test_longer_texts_keep_their_lines() -> None:
    assert many_lines(" one\n\ttwo\n\n") == "one\n\ttwo"
    for typed in ("one\rtwo", "one\u2029two", "one\u202etwo", "\n\t\n"):
        with pytest.raises(UnfitTextError):
            many_lines(typed)


@given(st.text())
def test_a_line_read_again_stays_as_it_is(text: str) -> None:
    try:
        line = one_line(text)
    except UnfitTextError:
        return
    assert one_line(line) == line
    assert unicodedata.is_normalized("NFC", line)
    assert len(line.splitlines()) == 1
