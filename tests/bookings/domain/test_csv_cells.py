"""Whatever somebody called their offering, a spreadsheet shows it and runs nothing."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.bookings.domain.csv_cells import FORMULA_STARTS, csv_lines, inert, yuan
from tests.bookings.domain.examples import PROPERTY

# What a person can type; a lone carriage return ends a line in CSV, quoted or not.
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)


@pytest.mark.parametrize("start", FORMULA_STARTS)
def test_no_cell_begins_like_a_formula(start: str) -> None:
    assert inert(f'{start}HYPERLINK("https://example.org")') == (
        f'\'{start}HYPERLINK("https://example.org")'
    )


@pytest.mark.parametrize("plain", ["", "陶艺", "7K4Q-M2XP", "a=b", "12.80", "'"])
def test_all_else_stays_as_it_is(plain: str) -> None:
    assert inert(plain) == plain


@PROPERTY
@given(st.lists(TEXTS, min_size=1, max_size=5))
def test_cells_are_read_back_as_they_were_and_inert(cells: list[str]) -> None:
    [row] = csv.reader(io.StringIO(csv_lines([cells]), newline=""))
    assert row == [inert(cell) for cell in cells]
    assert not any(cell.startswith(FORMULA_STARTS) for cell in row)


@pytest.mark.parametrize(("fen", "text"), [(0, "0.00"), (5, "0.05"), (12800, "128.00")])
def test_amounts_are_in_yuan(fen: int, text: str) -> None:
    assert yuan(fen) == text
