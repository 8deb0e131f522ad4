"""Lists of tables with millions of rows: no count, one query a page, a stated end."""

from typing import Any, Final

from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import PAGE_VAR, ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

from leadcrm.lib.admin.bases import AnyPaginator

# Beyond this one narrows the list; an offset into a million rows would read them all.
MOST_PAGES: Final = 50


class PeekPaginator(AnyPaginator):
    """Reads one page and one row more, which tells whether there is another; never counts.

    `count` is what is known: the rows before this page, those on it, and one if there are more.
    """

    def __init__(self, object_list: QuerySet[Any], per_page: int, *, number: int) -> None:
        super().__init__(object_list, per_page)
        self.number = min(max(number, 1), MOST_PAGES)
        self.before = (self.number - 1) * per_page

    @cached_property
    def _read(self) -> list[Any]:
        """Of a later page the keys come first: the rows before it are passed over without what they are joined to."""
        rows: Any = self.object_list
        span = slice(self.before, self.before + self.per_page + 1)
        if not self.before:
            return list(rows[span])
        keys = list(rows.values_list("pk", flat=True)[span])
        return list(rows.filter(pk__in=keys)[: len(keys)])

    @property
    def rows(self) -> list[Any]:
        """The rows of the page."""
        return self._read[: self.per_page]

    @property
    def has_more(self) -> bool:
        """True when rows follow this page, shown or not."""
        return len(self._read) > self.per_page

    @cached_property
    def count(self) -> int:
        """At least this many."""
        return self.before + len(self._read)


class PeekChangeList(ChangeList):
    """A changelist on top of PeekPaginator. Leaves out the columns that `list_defer` of its admin names."""

    peek = True
    paginator: PeekPaginator
    # What a row's page is told of the list it was opened from.
    told_rows = ""

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        """Filtered, searched and ordered as in Django's, less the deferred columns."""
        found = super().get_queryset(request, exclude_parameters)
        return found.defer(*getattr(self.model_admin, "list_defer", ()))

    def get_results(self, request: HttpRequest) -> None:
        """Read the page. Raises IncorrectLookupParameters for a page that does not exist."""
        paginator = PeekPaginator(self.queryset, self.list_per_page, number=self.page_num)
        if self.page_num != 1 and (not paginator.rows or self.page_num != paginator.number):
            raise IncorrectLookupParameters
        self.paginator = paginator
        self.result_list = paginator.rows
        # Equal to the rows shown, so that no action is offered for rows that nobody has seen.
        self.result_count = len(paginator.rows)
        self.show_full_result_count = False
        self.show_admin_actions = bool(paginator.rows)
        self.full_result_count = None
        self.can_show_all = self.multi_page = False
        # Django would look up each row's address among all of the product's, half of the page's time.
        self.told_rows, self.preserved_filters = self.preserved_filters, ""

    def url_for_result(self, result: Any) -> str:
        """The page of a row, from which one comes back to the list as it is filtered."""
        url: str = super().url_for_result(result)
        return f"{url}?{self.told_rows}" if self.told_rows else url

    @property
    def has_more(self) -> bool:
        """True when there are rows after this page."""
        return self.paginator.has_more

    @property
    def first_row(self) -> int:
        """Number of the first row shown, from 1."""
        return self.paginator.before + 1

    @property
    def last_row(self) -> int:
        """Number of the last row shown."""
        return self.paginator.before + self.result_count

    @property
    def previous_url(self) -> str:
        """The page before, or nothing."""
        return self.get_query_string({PAGE_VAR: self.page_num - 1}) if self.page_num > 1 else ""

    @property
    def next_url(self) -> str:
        """The page after, or nothing: at the end, and after MOST_PAGES."""
        follows = self.has_more and self.page_num < MOST_PAGES
        return self.get_query_string({PAGE_VAR: self.page_num + 1}) if follows else ""
