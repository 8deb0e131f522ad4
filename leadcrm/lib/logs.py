"""Log lines carry ids, never a consumer's data: an exception is told by its type and place, not its message."""

import sys
import traceback
from logging.config import dictConfig
from typing import Any, Final

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger


def exception_without_values(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    """structlog processor: replace `exc_info` by the exception types and code lines.

    Messages of database and parsing errors quote the offending values (a phone, a name), so they stay out.
    """
    info: Any = event.pop("exc_info", None)
    if info is True or isinstance(info, BaseException):
        error = info if isinstance(info, BaseException) else None
    else:
        error = info[1] if isinstance(info, tuple) else None
    if error is None and info is True:
        error = sys.exc_info()[1]
    if error is None:
        return event
    chain: list[str] = []
    while error is not None and len(chain) < 5:
        frames = traceback.extract_tb(error.__traceback__)[-12:]
        places = " < ".join(f"{f.filename.rsplit('/', 2)[-1]}:{f.lineno}:{f.name}" for f in reversed(frames))
        chain.append(f"{type(error).__module__}.{type(error).__qualname__} at {places}")
        error = error.__cause__ or error.__context__
    event["exception"] = " because of ".join(chain)
    return event


# What stands in every line, of our log messages and of other packages' alike.
_IN_EVERY_LINE: Final[list[Processor]] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    exception_without_values,
]


def logging_for(*, form: str, level: str) -> dict[str, Any]:
    """The setting LOGGING: lines of at least `level` to the error stream; `form` is json (an object a line) or console.

    Packages that write what they are given (addresses, parameters, the server's messages) are kept to errors.
    """
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": _formatter(structlog.processors.JSONRenderer()),
            "console": _formatter(structlog.dev.ConsoleRenderer(colors=False)),
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": form}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # Django's request logger writes whole paths; ours (leadcrm.lib.frontdoor) writes routes and ids.
            "django.request": {"level": "ERROR"},
            "django.server": {"level": "WARNING"},
            "axes": {"level": "ERROR"},
            "psycopg": {"level": "ERROR"},  # its warnings quote the server's messages
            "urllib3": {"level": "ERROR"},  # its other lines quote addresses, which may hold a token
        },
    }


def set_up(logging: dict[str, Any]) -> None:
    """The setting LOGGING_CONFIG: Django calls it with LOGGING when a process begins. Our loggers go the same way."""
    dictConfig(logging)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_IN_EVERY_LINE,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _formatter(renderer: Processor) -> dict[str, Any]:
    return {
        "()": structlog.stdlib.ProcessorFormatter,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        "foreign_pre_chain": _IN_EVERY_LINE,
    }
