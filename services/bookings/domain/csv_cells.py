"""Cells of a CSV file that a spreadsheet will open: text stays text.

A cell that begins like a formula is run by spreadsheets, whoever wrote it (OWASP, CSV injection).
An apostrophe before it shows it as it is.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final

# The full-width forms are what a Chinese keyboard types; spreadsheets take them for the others.
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def inert(text: str) -> str:
    """Return a text as a cell that no spreadsheet runs."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def csv_lines(rows: Iterable[Sequence[str]]) -> str:
    """Return rows as CSV (RFC 4180), every cell inert."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerows([inert(cell) for cell in row] for row in rows)
    return out.getvalue()


def yuan(fen: int) -> str:
    """Return an amount of fen (at least 0) in yuan with two decimals, as spreadsheets read it."""
    whole, rest = divmod(fen, 100)
    return f"{whole}.{rest:02d}"
