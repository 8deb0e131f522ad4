"""The history of configuration: which row was changed, by whom, from what to what."""

import json
from typing import Any
from urllib.parse import urlencode

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.exceptions import NotRegistered
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from compliance.admin.calling_bans import CallingPolicyDesk, EmergencyBanDesk
from compliance.admin.calling_rules import CallingRuleDesk, ChecklistRuleDesk
from compliance.admin.caps import CapDesk
from compliance.admin.checks import CheckSettingDesk
from compliance.admin.dnc import DncListDesk
from compliance.models import ConfigChange, ConfigOperation
from intake.admin import SourceDesk, VendorDesk
from leadcrm.lib.admin.desk import BigDesk, Desk, ReadOnlyMixin
from leadcrm.lib.admin.site import SYSTEM
from leadcrm.lib.admin.words import DASH, badge, link, moment
from leadcrm.models import User

LEVELS = {
    ConfigOperation.SNAPSHOT: "plain", ConfigOperation.INSERT: "good", ConfigOperation.UPDATE: "info",
    ConfigOperation.DELETE: "bad",
}  # fmt: skip


def changes_panel(request: HttpRequest, row: Model) -> str:
    """A link to the history of one row, for who may see it."""
    user: Any = request.user
    if not user.has_perm("compliance.view_configchange"):
        return ""
    about = urlencode({"table_name": row._meta.db_table, "row_id": row.pk})
    address = f"{reverse('admin:compliance_configchange_changelist')}?{about}"
    return format_html('<p class="quiet"><a href="{}">What was changed here, and by whom</a></p>', address)


def link_changes(*desks: type[Desk]) -> None:
    """Put a link to their history below the rows of `desks`."""
    for desk in desks:
        desk.panels = [*desk.panels, changes_panel]


link_changes(
    CallingPolicyDesk, CallingRuleDesk, CapDesk, CheckSettingDesk, ChecklistRuleDesk, DncListDesk, EmergencyBanDesk,
    SourceDesk, VendorDesk,
)  # fmt: skip


def models_by_table() -> dict[str, type[Model]]:
    """Every table of ours with its model, those between two models included."""
    return {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}


def table_words(table: str) -> str:
    """What a row of the table is, for people."""
    model = models_by_table().get(table)
    return capfirst(str(model._meta.verbose_name)) if model else table


class TableFilter(admin.SimpleListFilter):
    """By the kind of row."""

    title = "kind"
    parameter_name = "table_name"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The tables there are changes of: found by steps through an index, not by reading it."""
        tables: list[str] = []
        while found := ConfigChange.objects.filter(
            table_name__gt=tables[-1] if tables else ""
        ).order_by("table_name").values_list("table_name", flat=True).first():  # fmt: skip
            tables.append(found)
        return sorted(((table, table_words(table)) for table in tables), key=lambda pair: pair[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The changes of that table."""
        return queryset.filter(table_name=self.value()) if self.value() else queryset


def differences(request: HttpRequest, change: Any) -> SafeString:
    """Column by column, before and after."""
    before, after = change.before or {}, change.after or {}
    rows = [
        {"column": name.replace("_", " "), "before": _words(before, name), "after": _words(after, name)}
        for name in change.columns
    ]
    return render_to_string("admin/compliance/config_change.html", {"rows": rows, "change": change}, request)


def _words(columns: dict[str, Any], name: str) -> str:
    if name not in columns or columns[name] is None:
        return DASH
    value = columns[name]
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


@admin.register(ConfigChange)
class ConfigChangeDesk(ReadOnlyMixin, BigDesk):
    """Every change of a contract, a check, a cap, a rule, an agent, a pool. Written by the database itself."""

    group = SYSTEM
    rank = 31
    title = "History of configuration"
    blurb = "What decisions were made by: every changed row of configuration, before and after, and by whom."
    list_display = ("at_text", "who", "did", "kind", "row", "changed", "version")
    list_select_related = ("by",)
    list_filter = (TableFilter, "operation", "at")
    # The key grows with time.
    ordering = ("-id",)
    sortable_by = ()
    search_fields = ("pk",)
    search_help_text = "Number of the row, whole, or v and a configuration version (v123)."
    fields = (("at_text", "who"), ("did", "kind"), ("row", "version"), "via")
    readonly_fields = ("at_text", "who", "did", "kind", "row", "version", "via")
    panels = [differences]

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """By row or version."""
        term = search_term.strip().lower()
        if not term:
            return queryset, False
        if term.startswith("v") and term[1:].isdecimal() and len(term) < 20:
            return queryset.filter(version=int(term[1:])), False
        return queryset.filter(row_id=term), False

    @admin.display(description="when")
    def at_text(self, change: ConfigChange) -> str:
        """Agency time."""
        return moment(change.at)

    @admin.display(description="who")
    def who(self, change: ConfigChange) -> str:
        """The person, or by what way it came where nobody is named."""
        if change.by_id is None:
            return change.via or DASH
        try:
            return str(change.by)
        except User.DoesNotExist:
            return f"login {change.by_id}, which is gone"

    @admin.display(description="did")
    def did(self, change: ConfigChange) -> str:
        """Added, changed or deleted."""
        return badge(change.get_operation_display(), LEVELS[ConfigOperation(change.operation)])

    @admin.display(description="kind")
    def kind(self, change: ConfigChange) -> str:
        """What sort of row it is."""
        return table_words(change.table_name)

    @admin.display(description="row")
    def row(self, change: ConfigChange) -> str:
        """Its number, with a link where it has a page."""
        model = models_by_table().get(change.table_name)
        try:
            admin.site.get_model_admin(model)  # type: ignore[arg-type]
        except NotRegistered:
            return change.row_id
        if model is None or change.operation == ConfigOperation.DELETE:
            return change.row_id
        return link(model(pk=change.row_id), change.row_id)

    @admin.display(description="changed")
    def changed(self, change: ConfigChange) -> str:
        """The columns, for a change; a row that came or went says more on its page."""
        if change.operation != ConfigOperation.UPDATE:
            return DASH
        return ", ".join(name.replace("_", " ") for name in change.columns) or "a secret"
