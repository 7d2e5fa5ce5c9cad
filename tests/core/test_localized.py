"""Which language a browser asks for (RFC 9110 §12.5.4)."""

import pytest

from shared.core.localized import Language, preferred_language


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "zh"),
        ("", "zh"),
        ("fr", "zh"),
        ("en", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("EN-us", "en"),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("zh;q=0.5,en;q=0.7", "en"),
        ("en; q=0.8", "en"),
        ("en ;\tq=0.8 , zh ; q=0.5", "en"),
        ("zh; q=0.5, en;q=1.000", "en"),
        ("en;q=0", "zh"),
        ("en;q=nan", "zh"),
        ("en;q=1.5", "zh"),
        ("en;q=", "zh"),
        ("en;level=1", "zh"),
    ],
)
def test_english_is_chosen_only_where_it_is_preferred(
    header: str | None, language: Language
) -> None:
    assert preferred_language(header) == language
