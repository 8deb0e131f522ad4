"""The lists behind figures: a filter, set by a figure's link, that shows exactly the rows counted in it."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import cached_property

from agents.desks.behind import Figure, find_figure, rows_behind
from agents.desks.scope import COUNTED, NONE, PARAMETERS, Scope, read_scope
from agents.models import Team
from intake.models import Source, Vendor
from leadcrm.models import User


class CountedFilter(admin.ListFilter):
    """Stands beside the list only where a figure's link set it; “All” takes it off."""

    title = "counted in a figure"
    template = "admin/filter.html"
    parameters: ClassVar[tuple[str, ...]] = PARAMETERS

    def __init__(
        self, request: HttpRequest, params: dict[str, Any], model: type[Model], model_admin: Any
    ) -> None:
        super().__init__(request, params, model, model_admin)
        for name in self.parameters:
            if name in params:
                self.used_parameters[name] = params.pop(name)[-1]
        self.chosen = self._read(model)

    def _read(self, model: type[Model]) -> tuple[Figure, Scope] | None:
        """What the address asks for. Raises IncorrectLookupParameters, upon which Django shows the whole list."""
        if not self.used_parameters:
            return None
        asked = {name: str(value) for name, value in self.used_parameters.items()}
        figure = find_figure(asked.get(COUNTED, ""))
        if figure is None or figure.way.model is not model:
            raise IncorrectLookupParameters
        try:
            return figure, read_scope(asked)
        except ValueError as wrong:
            raise IncorrectLookupParameters from wrong

    def has_output(self) -> bool:
        """Nothing to choose from: figures lead here."""
        return self.chosen is not None

    @cached_property
    def says(self) -> str:
        """What is listed, above the list: on a phone the filters stand below it."""
        return words_of(*self.chosen) if self.chosen else ""

    def expected_parameters(self) -> list[str | None]:
        """All that it reads of the address."""
        return list(self.parameters)

    def choices(self, changelist: Any) -> Iterator[Any]:
        """The figure, and the way out."""
        assert self.chosen is not None
        without = changelist.get_query_string(remove=list(self.parameters))
        yield {"selected": False, "query_string": without, "display": "All"}
        yield {
            "selected": True, "query_string": changelist.get_query_string(), "display": self.says,
        }  # fmt: skip

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The rows counted."""
        if self.chosen is None:
            return queryset
        figure, scope = self.chosen
        return rows_behind(figure=figure, scope=scope, now=timezone.now(), rows=queryset)


def is_counted(request: HttpRequest) -> bool:
    """Whether the address asks for the rows of a figure, which lie by time."""
    return COUNTED in request.GET


def words_of(figure: Figure, scope: Scope) -> str:
    """“Spoken with: Nov 1, 2026 to Nov 28, 2026, Acme Leads”."""
    parts = [str(scope.period), *_whose(scope)]
    if scope.hour is not None:
        parts.append(f"{scope.hour}:00 to {scope.hour}:59")
    return f"{figure.words}: {', '.join(parts)}"


def _whose(scope: Scope) -> Iterator[str]:
    """Names; of what is gone since nothing."""
    if scope.source is not None:
        yield from map(str, Source.objects.select_related("vendor").filter(pk=scope.source))
    elif scope.vendor is not None:
        yield from map(str, Vendor.objects.filter(pk=scope.vendor))
    if scope.person is not None:
        yield from map(str, User.objects.filter(pk=scope.person)) if scope.person != NONE else ["nobody"]
    if scope.team is not None:
        yield from map(str, Team.objects.filter(pk=scope.team)) if scope.team != NONE else ["without a team"]
