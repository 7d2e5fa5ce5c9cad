"""Texts of errors as a log may keep them: what went wrong and where, without the values.

PostgreSQL's DETAIL quotes whole rows, drivers and validators quote what they were given. Any of it
can be somebody's name (docs/domain.md rule 14).
"""

import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from structlog.typing import ExcInfo

LEFT_OUT: Final = "(left out)"
# PostgreSQL: `DETAIL:  Failing row contains (…)`, to the end, because a value can have any lines.
_DETAIL: Final = re.compile(r"DETAIL: .*", re.DOTALL)
# asyncpg: `invalid input for query argument $2: 'value' (a reason)`.
_ARGUMENT: Final = re.compile(r"(invalid input for query argument \$[0-9]+: ).*")
# PostgreSQL: `invalid input syntax for type date: "value"`.
_SYNTAX: Final = re.compile(r"(invalid input (?:syntax|value) for [^\n:]+: ).*")
# pydantic: `[type=…, input_value='value', input_type=str]`.
_INPUT: Final = re.compile(r"(input_value=).*(, input_type=)")


def may_quote(text: str) -> bool:
    """Tell whether a text may be, or have in it, one of an error that quotes values."""
    return "DETAIL:" in text or "input" in text


def without_values(text: str) -> str:
    """Return a text with what an error's text quotes left out, as far as such texts are known."""
    if not may_quote(text):
        return text
    text = _DETAIL.sub(f"DETAIL: {LEFT_OUT}", text)
    for pattern in (_ARGUMENT, _SYNTAX):
        text = pattern.sub(rf"\1{LEFT_OUT}", text)
    return _INPUT.sub(rf"\1{LEFT_OUT}\2", text)


def traceback_text(exc_info: ExcInfo) -> str:
    """Return the traceback of an error and of those behind it, without what their texts quote."""
    with _details_hidden(exc_info[1]):
        text = "".join(traceback.format_exception(*exc_info))
    return without_values(text).rstrip("\n")


@contextmanager
def _details_hidden(error: BaseException) -> Iterator[None]:
    """Take the details off errors that have any, while their texts are made."""
    quoting = [vars(one) for one in _behind(error, set()) if vars(one).get("detail")]
    details = [members.pop("detail") for members in quoting]
    try:
        yield
    finally:
        for members, detail in zip(quoting, details, strict=True):
            members["detail"] = detail


def _behind(error: BaseException | None, seen: set[int]) -> Iterator[BaseException]:
    if error is None or id(error) in seen:
        return
    seen.add(id(error))
    yield error
    members = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    for one in (error.__cause__, error.__context__, *members):
        yield from _behind(one, seen)
