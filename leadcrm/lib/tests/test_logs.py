"""A log line about an error can be shown in either format, and never quotes the values the error speaks of."""

import io
import logging
from typing import Any

import pytest
import structlog
from django.conf import settings


def shown(formatter: str) -> str:
    """What a handler with that formatter of the settings writes about an error whose message names a phone."""
    formatters: Any = settings.LOGGING["formatters"]
    description = {name: value for name, value in formatters[formatter].items() if name != "()"}
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(**description))
    logger = logging.getLogger(f"leadcrm.tests.{formatter}")
    logger.addHandler(handler)
    try:
        try:
            raise ValueError("phone 5125550143 is already there")
        except ValueError as error:
            structlog.get_logger(logger.name).error("decision.broke", exc_info=error)
    finally:
        logger.removeHandler(handler)
    return written.getvalue()


@pytest.mark.parametrize("formatter", ["json", "console"])
def test_an_error_is_told_by_its_type_and_place_without_its_values(formatter: str) -> None:
    line = shown(formatter)
    assert "decision.broke" in line
    assert "builtins.ValueError at test_logs.py" in line
    assert "5125550143" not in line
