"""The history of one row, and of what is edited on its page: behind the button “History” of every managers' page."""

from typing import Any, Final, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.forms.models import _get_foreign_key
from django.http import HttpRequest
from django.template.response import TemplateResponse

from compliance.admin.change_words import Names, lines_of, table_words
from compliance.admin.config_changes import did_words, may_see_changes, visible_changes, who_did
from compliance.models import ConfigChange
from leadcrm.lib.admin.site import ManagerSite
from leadcrm.lib.keys import key_from

A_PAGE: Final = 50


def row_history(request: HttpRequest, desk: Any, row: Any) -> TemplateResponse:
    """What was changed of `row`, newest first. Raises PermissionDenied for who may not read the history."""
    if not may_see_changes(request.user):
        raise PermissionDenied
    changes = visible_changes(request.user, ConfigChange.objects.filter(_about(desk, row)))
    after = key_from(request.GET.get("after", ""))
    if after:
        changes = changes.filter(pk__lt=after)
    found = list(changes.select_related("by").order_by("-pk")[: A_PAGE + 1])
    shown, names = found[:A_PAGE], Names(found)
    rows = [
        {
            "change": change, "who": who_did(change), "did": did_words(change), "lines": lines_of(change, names),
            "words": (change.after or {}).get("did", "") if change.operation == "act" else "",
            "what": "" if change.table_name == row._meta.db_table else
            f"{table_words(change.table_name)} {names.of_row(change)}",
        }
        for change in shown
    ]  # fmt: skip
    older = f"?after={shown[-1].pk}" if len(found) > A_PAGE else ""
    return desk.act_page(  # type: ignore[no-any-return]
        request,
        row,
        "admin/compliance/row_history.html",
        title="History",
        rows=rows,
        older=older,
        paged=bool(after),
    )


def _about(desk: Any, row: Any) -> Q:
    """The row itself, the rows edited on its page, and the ties to others that are chosen there."""
    found = Q(table_name=row._meta.db_table, row_id=str(row.pk))
    for inline in desk.inlines:
        key = _get_foreign_key(row._meta.concrete_model, inline.model, fk_name=inline.fk_name)
        found |= _tied(inline.model._meta.db_table, key.column, row.pk)
    for field in row._meta.many_to_many:
        through = field.remote_field.through
        if through._meta.auto_created:
            found |= _tied(through._meta.db_table, field.m2m_column_name(), row.pk)
    return found


def _tied(table: str, column: str, key: Any) -> Q:
    return Q(table_name=table) & (Q(**{f"after__{column}": key}) | Q(**{f"before__{column}": key}))


cast(ManagerSite, admin.site).historian = row_history
