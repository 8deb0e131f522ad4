"""Log lines carry ids, never a consumer's data: an exception is told by its type and place, not its message."""

import traceback
from typing import Any

from structlog.typing import EventDict, WrappedLogger


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
        import sys

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
