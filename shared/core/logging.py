"""Structured logs: dotted event names with keys, the trace's id on every line."""

import logging
import sys
import time
from collections.abc import Callable, MutableMapping
from functools import lru_cache
from typing import Any, TextIO

import structlog
from pydantic_core import to_json
from structlog.typing import ExcInfo, Processor, WrappedLogger

from shared.core import log_values, tracing
from shared.core.error_texts import may_quote, traceback_text, without_values
from shared.core.log_lines import LogLines
from shared.core.settings import ServiceSettings


def _shorten(
    _logger: WrappedLogger, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Leave out what a person at a console knows or won't read; JSON lines have it all."""
    event.pop("service", None)
    event.pop("request_id", None)
    event["trace_id"] = event["trace_id"][:8]
    return event


def _hide_values(
    _logger: WrappedLogger, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Take out what texts of errors quote: rows and parameters, which hold personal data."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = without_values(value)
        elif isinstance(value, BaseException) and name != "exc_info":
            event[name] = without_values(repr(value))
    return event


def _write_traceback(written: TextIO, error: ExcInfo) -> None:
    written.write("\n" + traceback_text(error))


def _utc() -> str:
    second, microseconds = divmod(time.time_ns() // 1000, 1_000_000)
    return f"{_second(second)}.{microseconds:06d}Z"


@lru_cache(maxsize=1)
def _second(second: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))


def _time_of_day() -> str:
    return time.strftime("%H:%M:%S")


def _completed(service: str, now: Callable[[], str]) -> Processor:
    """Return what adds to a line: trace, service, level, time, and what all lines here have."""

    def completed(
        _logger: WrappedLogger, method: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        return {
            "trace_id": tracing.current().trace_id,
            **log_values.current(),
            **event,
            "service": service,
            "level": method,
            "timestamp": now(),
        }

    return completed


def _to_json(logger: WrappedLogger, method: str, event: MutableMapping[str, Any]) -> str:
    """Return a line as JSON; what is no JSON is shown as Python does."""
    line = to_json(event, fallback=repr).decode()
    if may_quote(line):
        line = to_json(_hide_values(logger, method, event), fallback=repr).decode()
    return line


def _renderer(*, as_json: bool) -> list[Processor]:
    """Return what makes a line: JSON for machines, columns for a person at a console."""
    if as_json:
        return [structlog.processors.ExceptionRenderer(traceback_text), _to_json]
    return [
        _shorten,
        _hide_values,
        # Plain, because a rich traceback shows local variables: personal data among them.
        structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=_write_traceback
        ),
    ]


def configure_logging(service: str, settings: ServiceSettings) -> None:
    """Set up structlog for this process; lines of the standard library's loggers join in."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    as_json = settings.log_format == "json"
    before = [_completed(service, _utc if as_json else _time_of_day)]
    renderer = _renderer(as_json=as_json)
    lines = LogLines(sys.stderr)
    structlog.configure(
        processors=[*before, *renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda: lines,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(lines)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *before],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=max(level, logging.WARNING), force=True)
