"""A filter of a list by a person, who is one of many: a select with a button, not a list of everybody."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from django.contrib.admin import RelatedFieldListFilter
from django.http import HttpRequest

from leadcrm.lib.keys import key_from

# More than this many names are not offered: an address may still ask for any.
MOST: Final = 500


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
