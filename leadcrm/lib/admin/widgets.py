"""Form widgets of the managers' pages that work without a script."""

import re
from collections.abc import Callable, Iterable
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminSplitDateTime, AutocompleteSelect, AutocompleteSelectMultiple
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


class DeleteBox(forms.CheckboxInput):
    """The box at the end of a row of a table, named: the column's head is no label."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"aria-label": "Delete", **(attrs or {})})


class DateAndTime(AdminSplitDateTime):
    """Django's two boxes for a moment, each with its name for who does not see them."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        for widget, name in zip(self.widgets, ("Date", "Time"), strict=True):
            widget.attrs["aria-label"] = name


class KnownNames:
    """What the rows are called that a page's selects have chosen: read once for all of them, by `read`."""

    def __init__(self, read: Callable[[], dict[str, str]]) -> None:
        self._read, self._names = read, dict[str, str]()
        self._asked = False

    def __deepcopy__(self, memo: dict[int, Any]) -> "KnownNames":
        """Fields are copied for every form of a page; what is known is known to all."""
        return self

    def of(self, key: str) -> str | None:
        """The name of the row with that key, None for one that was not asked for."""
        if not self._asked:
            self._asked, self._names = True, self._read()
        return self._names.get(key)


class _Named:
    """Asks the names that are known before the database."""

    names: KnownNames | None = None
    is_required: bool
    allow_multiple_selected: bool

    def optgroups(self, name: str, value: Any, attrs: Any = None) -> Any:
        """The chosen rows as options, as Django's, without a query for each select of a page."""
        chosen = [str(key) for key in value if str(key) not in ("", "None")]
        known = {key: self.names.of(key) for key in chosen} if self.names is not None else {}
        if chosen and not all(known.get(key) for key in chosen):
            return super().optgroups(name, value, attrs)  # type: ignore[misc]
        empty = (
            [] if self.is_required or self.allow_multiple_selected else [self._option(name, "", "", False, 0)]
        )
        options = [self._option(name, key, known[key], True, at) for at, key in enumerate(chosen, len(empty))]
        return [(None, [*empty, *options], 0)]

    def _option(self, name: str, key: str, words: Any, selected: bool, at: int) -> Any:
        return self.create_option(name, key, words, selected, at)  # type: ignore[attr-defined]


class PickOne(_Named, AutocompleteSelect):
    """One row of a table that may hold many, found by typing."""


class PickSome(_Named, AutocompleteSelectMultiple):
    """Rows of a table that may hold many, found by typing."""


def state_chips() -> list[tuple[str, Any]]:
    """The states and territories for Chips: codes, whose names show when pointed at."""
    return [(code, format_html('<abbr title="{}">{}</abbr>', name, code)) for code, name in STATE_CHOICES]
