"""Form widgets of the managers' pages that work without a script."""

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminSplitDateTime
from django.utils.html import format_html

from leadcrm.lib.places import STATE_CHOICES


class Chips(forms.CheckboxSelectMultiple):
    """Choices as a row of small boxes to tick. Also takes one text with words between commas or blanks."""

    def __init__(self, attrs: dict[str, Any] | None = None, choices: Iterable[Any] = ()) -> None:
        super().__init__({"class": "chips", **(attrs or {})}, choices)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        """The words, each once, in the order given."""
        given: list[str] = super().value_from_datadict(data, files, name) or []
        words = [word for text in given for word in re.split(r"[\s,;]+", text) if word]
        return list(dict.fromkeys(words))


class DateAndTime(AdminSplitDateTime):
    """Django's two boxes for a moment, each with its name for who does not see them."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        for widget, name in zip(self.widgets, ("Date", "Time"), strict=True):
            widget.attrs["aria-label"] = name


def state_chips() -> list[tuple[str, Any]]:
    """The states and territories for Chips: codes, whose names show when pointed at."""
    return [(code, format_html('<abbr title="{}">{}</abbr>', name, code)) for code, name in STATE_CHOICES]
