"""Calling the operators' commands as a shell would."""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command


def says(name: str, *options: str) -> str:
    """What the command prints for people."""
    out = StringIO()
    call_command(name, *options, stdout=out)
    return out.getvalue()


def answers(name: str, *options: str) -> dict[str, Any]:
    """The one JSON object that the command prints with --format json."""
    (line,) = says(name, *options, "--format", "json").splitlines()
    answer: dict[str, Any] = json.loads(line)
    return answer


def refuses(name: str, *options: str) -> str:
    """The command's error; nothing may have been printed before it."""
    out = StringIO()
    with pytest.raises(CommandError) as refusal:
        call_command(name, *options, stdout=out)
    assert out.getvalue() == ""
    return str(refusal.value)
