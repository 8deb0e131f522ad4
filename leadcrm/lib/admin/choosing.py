"""A filter of a list by a person, who is one of many: a select with a button, not a list of everybody."""

from collections.abc import Iterable, Iterator
from typing import Any, Final, TypeVar

from django.contrib.admin import AllValuesFieldListFilter, RelatedFieldListFilter
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from leadcrm.lib.keys import key_from

# More than this many names are not offered: an address may still ask for any.
MOST: Final = 500

M = TypeVar("M", bound=Model)


def first_with(rows: QuerySet[M], chosen: str | None) -> list[M]:
    """The first MOST of `rows`, and the one whose key is `chosen`, where it is none of them (a second query)."""
    found = list(rows[:MOST])
    if chosen and len(found) == MOST and all(str(row.pk) != chosen for row in found):
        found += rows.filter(pk=chosen)
    return found


class WordedFilter(AllValuesFieldListFilter):
    """A filter by what stands in a column that holds codes: the words of `said`, not the codes."""

    def said(self, code: str) -> str:
        """What people call it."""
        raise NotImplementedError

    def choices(self, changelist: Any) -> Iterator[Any]:
        """As Django's, in words."""
        first, *others = super().choices(changelist)
        yield first
        yield from ({**each, "display": self.said(str(each["display"]))} for each in others)


class ChoiceFilter(RelatedFieldListFilter):
    """One of many as a select, which one can type into; works without a script.

    Who inherits says in `offered` which rows are worth a choice. The one that is asked for is always among them.
    """

    template = "admin/choice_filter.html"

    def offered(self, chosen: str | None) -> Iterable[Any]:
        """The rows to choose from, one query, at most MOST; with the one whose key is `chosen`, offered or not."""
        raise NotImplementedError

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[Any]:
        """(key, name) of those that are offered."""
        asked = request.GET.get(self.lookup_kwarg, "")
        return [(str(row.pk), str(row)) for row in self.offered(asked if key_from(asked) else None)]

    def choices(self, changelist: Any) -> Iterator[Any]:
        """As Django's; the template shows as a select those that have a `value`, and carries `kept` along."""
        mine = {self.lookup_kwarg, self.lookup_kwarg_isnull}
        self.kept = [(name, value) for name, value in changelist.params.items() if name not in mine]
        given: Any = self.lookup_val
        asked = given[-1] if isinstance(given, list) else given
        yield {
            "selected": asked is None and not self.lookup_val_isnull,
            "query_string": changelist.get_query_string(remove=list(mine)), "display": "All",
        }  # fmt: skip
        if self.include_empty_choice:
            yield {
                "selected": bool(self.lookup_val_isnull), "display": "Nobody",
                "query_string": changelist.get_query_string(
                    {self.lookup_kwarg_isnull: "True"}, [self.lookup_kwarg]
                ),
            }  # fmt: skip
        for value, name in self.lookup_choices:
            yield {"selected": str(asked) == value, "value": value, "display": name}
