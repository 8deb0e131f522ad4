"""The history of changes: who changed which row, from what to what, from where, by which button."""

from ipaddress import ip_address
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin.exceptions import NotRegistered
from django.db import connection
from django.db.models import Model, Q, QuerySet
from django.db.models.expressions import Value
from django.db.models.functions import Concat
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from compliance.admin.calling_bans import CallingPolicyDesk, EmergencyBanDesk
from compliance.admin.calling_rules import CallingRuleDesk, ChecklistRuleDesk
from compliance.admin.caps import CapDesk
from compliance.admin.change_words import (
    LONGEST,
    Names,
    hidden_tables,
    lines_of,
    models_by_table,
    table_words,
)
from compliance.admin.checks import CheckSettingDesk
from compliance.admin.dnc import DncListDesk
from compliance.models import ConfigChange, ConfigOperation
from intake.admin import SourceDesk, VendorDesk
from intake.admin.filters import ReceivedFilter
from intake.admin.searching import lead_number
from leadcrm.lib.admin.bigtables import PeekChangeList
from leadcrm.lib.admin.desk import BigDesk, Desk, ReadOnlyMixin
from leadcrm.lib.admin.site import SYSTEM
from leadcrm.lib.admin.words import DASH, badge, link, moment
from leadcrm.lib.keys import key_from, uuid_from
from leadcrm.models import User

LEVELS = {
    ConfigOperation.SNAPSHOT: "plain", ConfigOperation.INSERT: "good", ConfigOperation.UPDATE: "info",
    ConfigOperation.DELETE: "bad", ConfigOperation.ACT: "warn",
}  # fmt: skip
# So many fields of a change stand in the list; the rest is on its page.
IN_LIST = 3
# Whoever is called so is looked for among so many.
MOST_PEOPLE = 50


def may_see_changes(user: Any) -> bool:
    """True for who may read the history at all."""
    return bool(user.has_perm("compliance.view_configchange"))


def changes_panel(request: HttpRequest, row: Model) -> str:
    """A link to the history of one row, for who may see it."""
    if not may_see_changes(request.user):
        return ""
    opts = row._meta
    address = reverse(f"admin:{opts.app_label}_{opts.model_name}_history", args=[row.pk])
    return format_html('<p class="quiet"><a href="{}">What was changed here, and by whom</a></p>', address)


def link_changes(*desks: type[Desk]) -> None:
    """Put a link to their history below the rows of `desks`."""
    for desk in desks:
        desk.panels = [*desk.panels, changes_panel]


link_changes(
    CallingPolicyDesk, CallingRuleDesk, CapDesk, CheckSettingDesk, ChecklistRuleDesk, DncListDesk, EmergencyBanDesk,
    SourceDesk, VendorDesk,
)  # fmt: skip

_RECORDED = (
    "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger"
    " WHERE tgname IN ('record_config_insert', 'record_change_insert')"
)


def recorded_tables() -> list[str]:
    """The tables whose changes the database records."""
    with connection.cursor() as cursor:
        cursor.execute(_RECORDED)
        return [name for (name,) in cursor.fetchall()]


class TableFilter(admin.SimpleListFilter):
    """By the kind of row."""

    title = "kind"
    parameter_name = "table_name"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The tables that are recorded, as far as this user may see their rows."""
        hidden = set(hidden_tables(request.user))
        tables = [table for table in recorded_tables() if table not in hidden]
        return sorted(((table, table_words(table)) for table in tables), key=lambda pair: pair[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The changes of that table."""
        return queryset.filter(table_name=self.value()) if self.value() else queryset


class ChangedFilter(ReceivedFilter):
    """By day, agency time."""

    title = "when"
    parameter_name = "changed"
    moment = "at"


def differences(request: HttpRequest, change: Any) -> SafeString:
    """Field by field, before and after."""
    rows = lines_of(change, Names([change]))
    return render_to_string("admin/compliance/config_change.html", {"rows": rows, "change": change}, request)


def visible_changes(user: Any, changes: QuerySet[Any]) -> QuerySet[Any]:
    """Those of `changes` whose rows `user` may see."""
    hidden = hidden_tables(user)
    return changes.exclude(table_name__in=hidden) if hidden else changes


def who_did(change: ConfigChange) -> str:
    """The person, or by what way it came where nobody is named."""
    if change.by_id is None:
        return change.via or DASH
    try:
        return str(change.by)
    except User.DoesNotExist:
        return f"login {change.by_id}, which is gone"


def did_words(change: ConfigChange) -> SafeString:
    """Added, changed or deleted; by which button."""
    act = change.via.partition(": ")[2]
    word = badge(change.get_operation_display(), LEVELS[ConfigOperation(change.operation)])
    return format_html("{} {}", word, act) if act else word


def short_words(change: ConfigChange, names: Names) -> SafeString:
    """The first fields, before and after; a row that came or went says more on its page."""
    if change.operation == ConfigOperation.ACT:
        return format_html("{}", (change.after or {}).get("did", ""))
    if change.operation != ConfigOperation.UPDATE:
        return format_html("{}", DASH)
    lines = lines_of(change, names)
    if not lines:
        return format_html("{}", "a secret")
    shown = format_html_join(
        "", '<div class="change-line"><b>{}</b> {} → {}</div>',
        ((line.field, _cut(line.before), _cut(line.after)) for line in lines[:IN_LIST]),
    )  # fmt: skip
    more = len(lines) - IN_LIST
    return format_html('{}<div class="quiet">and {} more</div>', shown, more) if more > 0 else shown


def _cut(words: str) -> str:
    return Truncator(words).chars(LONGEST)


class NamedChangeList(PeekChangeList):
    """Knows what the rows are called that its changes speak of."""

    def get_results(self, request: HttpRequest) -> None:
        """Read the page, then the names in one query for each kind."""
        super().get_results(request)
        names = Names(self.result_list)
        for change in self.result_list:
            change.names = names


@admin.register(ConfigChange)
class ConfigChangeDesk(ReadOnlyMixin, BigDesk):
    """Every change that a person or a command made. Written by the database itself, edited by nobody."""

    group = SYSTEM
    rank = 30
    title = "History of changes"
    blurb = "Who changed what, from what to what, when, from where, by which button. Nobody can edit it."
    empty = "Nothing was changed yet. Whatever somebody adds, changes or deletes stands here a moment later."
    list_display = ("at_text", "who", "ip", "did", "kind", "row", "changed")
    list_select_related = ("by",)
    list_filter = (TableFilter, "operation", ChangedFilter)
    # The key grows with time.
    ordering = ("-id",)
    sortable_by = ()
    search_fields = ("pk",)
    search_help_text = (
        "Who: name or e-mail address. From where: IP address, whole. Of what: A-123, or a row's number. "
        "v123: what made that version of the configuration."
    )
    fields = (("at_text", "who"), ("did", "ip"), ("kind", "row"), ("via", "version"))
    readonly_fields = ("at_text", "who", "ip", "did", "kind", "row", "version", "via")
    panels = [differences]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[PeekChangeList]:
        """With names."""
        return NamedChangeList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """What this user may see of the rows, it may see of their history."""
        return visible_changes(request.user, super().get_queryset(request))

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """By person, address, row or version."""
        term = search_term.strip()
        return (queryset.filter(_means(term)) if term else queryset), False

    @admin.display(description="when")
    def at_text(self, change: ConfigChange) -> str:
        """Agency time."""
        return moment(change.at)

    @admin.display(description="who")
    def who(self, change: ConfigChange) -> str:
        """The person, or by what way it came."""
        return who_did(change)

    @admin.display(description="did")
    def did(self, change: ConfigChange) -> str:
        """Added, changed, deleted, done; by which button."""
        return did_words(change)

    @admin.display(description="kind")
    def kind(self, change: ConfigChange) -> str:
        """What sort of row it is."""
        return table_words(change.table_name)

    @admin.display(description="row")
    def row(self, change: Any) -> str:
        """Its name, with a link where it has a page."""
        names = getattr(change, "names", None) or Names([change])
        model = models_by_table().get(change.table_name)
        name = names.of_row(change)
        try:
            admin.site.get_model_admin(model)  # type: ignore[arg-type]
        except NotRegistered:
            return name
        if model is None or change.operation == ConfigOperation.DELETE:
            return name
        return link(model(pk=change.row_id), name)

    @admin.display(description="changed")
    def changed(self, change: Any) -> str:
        """Field, before, after."""
        return short_words(change, getattr(change, "names", None) or Names([change]))


def _means(term: str) -> Q:
    """What a word asks for. Each of them has an index."""
    if term[:1] in "vV" and (version := key_from(term[1:])):
        return Q(version=version)
    try:
        return Q(ip=str(ip_address(term)))
    except ValueError:
        pass
    if key := uuid_from(term) or key_from(term):
        return Q(table_name__in=recorded_tables(), row_id=str(key))
    if number := lead_number(term):
        return Q(table_name="intake_lead", row_id=str(number))
    people = User.objects.annotate(called=Concat("first_name", Value(" "), "last_name")).filter(
        Q(email__icontains=term) | Q(called__icontains=term)
    )
    return Q(by__in=list(people.order_by().values_list("pk", flat=True)[:MOST_PEOPLE]))


def address_of(**about: Any) -> str:
    """The history, narrowed by what stands in its address."""
    return f"{reverse('admin:compliance_configchange_changelist')}?{urlencode(about)}"
