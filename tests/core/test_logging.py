"""What the log says: of errors what and where, and nothing of whom they were about."""

import json
import logging
from collections.abc import Iterator
from typing import Any, Literal

import asyncpg
import pytest
import structlog
from pydantic import BaseModel, ValidationError

from shared.core import log_values, tracing
from shared.core.error_texts import without_values
from shared.core.logging import configure_logging
from shared.core.settings import ServiceSettings
from tests.conftest import DatabaseUrl

NAME, PHONE = "钱大海\n其二", "+8613911112222"
# Its row is broken by what a person typed, and so is its key.
MAKE = "create temporary table guests (name text primary key, phone text check (phone <> name))"
INSERT = "insert into guests (name, phone) values ($1, $2)"


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    root, kept = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**kept)


def configured(log_format: Literal["console", "json"]) -> Any:
    configure_logging("bookings", ServiceSettings(log_format=log_format))
    return structlog.get_logger()


async def provoke(url: str, *values: tuple[str, str]) -> asyncpg.PostgresError:
    """Break a constraint for good, and return the error that says so."""
    conn = await asyncpg.connect(url)
    try:
        await conn.execute(MAKE)
        for value in values:
            await conn.execute(INSERT, *value)
    except asyncpg.PostgresError as error:
        return error
    finally:
        await conn.close()
    raise AssertionError("nothing was broken")


def raise_around(error: Exception) -> None:
    group = ExceptionGroup("two tasks", [ValueError("other"), error])
    raise RuntimeError("around it") from group


@pytest.mark.parametrize("log_format", ["json", "console"])
@pytest.mark.parametrize(
    "values",
    [[(NAME, NAME)], [(NAME, PHONE), (NAME, "x")]],
    ids=["failing-row", "key-exists"],
)
async def test_rows_that_broke_a_constraint_are_not_in_the_log(
    database_url: DatabaseUrl,
    capsys: pytest.CaptureFixture[str],
    log_format: Literal["console", "json"],
    values: list[tuple[str, str]],
) -> None:
    error = await provoke(database_url("bookings"), *values)
    assert "钱大海" in str(error)
    log = configured(log_format)
    try:
        raise_around(error)
    except RuntimeError:
        log.exception("http.failed", reason=str(error), error=error)
        logging.getLogger("asyncio").exception("Task exception was never retrieved: %s", error)
    log.error("task.failed", exc_info=error)
    written = capsys.readouterr().err
    assert "Traceback" in written
    assert written.count("violates") >= 5
    assert "RuntimeError: around it" in written
    assert "http.failed" in written
    for personal in ("钱大海", "其二", PHONE):
        assert personal not in written
    # The error itself is whole for whoever handles it.
    assert error.detail is not None


async def test_what_a_driver_was_given_is_not_in_the_log(
    database_url: DatabaseUrl, capsys: pytest.CaptureFixture[str]
) -> None:
    log = configured("json")
    conn = await asyncpg.connect(database_url("bookings"))
    try:
        for statement, value in (("select $1::date", NAME), ("select $1::text::date", NAME)):
            try:
                await conn.fetch(statement, value)
            except (asyncpg.PostgresError, asyncpg.InterfaceError):
                log.exception("job.failed")
    finally:
        await conn.close()
    written = capsys.readouterr().err
    assert written.count("job.failed") == 2
    assert written.count("invalid input") == 2
    assert "钱大海" not in written


def test_what_a_validator_was_given_is_not_in_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    class Guest(BaseModel):
        born: int

    log = configured("json")
    try:
        Guest.model_validate({"born": NAME})
    except ValidationError:
        log.exception("job.failed")
    written = capsys.readouterr().err
    assert "input_type=str" in written
    assert "钱大海" not in written


async def test_a_line_says_what_it_belongs_to(capsys: pytest.CaptureFixture[str]) -> None:
    log = configured("json")
    trace = tracing.start()
    log_values.begin(request_id="abc")
    with log_values.added(kind="letter", attempt=2):
        log.warning("order.placed", order_id=7)
    log.warning("order.paid", kind="card")
    first, second = map(json.loads, capsys.readouterr().err.splitlines())
    assert first.pop("timestamp") <= second.pop("timestamp")
    common = {"service": "bookings", "level": "warning", "trace_id": trace.trace_id}
    assert first == common | {
        "event": "order.placed", "order_id": 7, "request_id": "abc", "kind": "letter", "attempt": 2,
    }  # fmt: skip
    assert second == common | {"event": "order.paid", "request_id": "abc", "kind": "card"}


def test_other_texts_stay_as_they_are() -> None:
    for text in ("order.placed", "input: 3 lines", "DETAIL of a plan", "a\nb"):
        assert without_values(text) == text
