"""Structured logs: dotted event names with keys, the trace's id on every line."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog
from pydantic_core import to_json
from structlog.typing import ExcInfo, Processor, WrappedLogger

from shared.core import tracing
from shared.core.error_texts import traceback_text, without_values
from shared.core.settings import ServiceSettings


def _add_trace_id(
    _logger: WrappedLogger, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    event.setdefault("trace_id", tracing.current().trace_id)
    return event


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


def _before(service: str, *, as_json: bool) -> list[Processor]:
    """Return what adds to a line: the service, the level, the time, the trace."""

    def add_service(
        _logger: WrappedLogger, _method: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        event["service"] = service
        return event

    return [
        structlog.contextvars.merge_contextvars,
        add_service,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso" if as_json else "%H:%M:%S", utc=as_json),
        _add_trace_id,
    ]


def _to_json(event: object, **_options: object) -> str:
    """Return a line as JSON; what is no JSON is shown as Python does."""
    return to_json(event, fallback=repr).decode()


def _renderer(*, as_json: bool) -> list[Processor]:
    """Return what makes a line: JSON for machines, columns for a person at a console."""
    if as_json:
        return [
            structlog.processors.ExceptionRenderer(traceback_text),
            _hide_values,
            structlog.processors.JSONRenderer(serializer=_to_json),
        ]
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
    before = _before(service, as_json=as_json)
    renderer = _renderer(as_json=as_json)
    structlog.configure(
        processors=[*before, *renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *before],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
        )
    )
    logging.basicConfig(handlers=[handler], level=max(level, logging.WARNING), force=True)
