"""The base of every page for managers: its place on the first page, buttons, panels, read-only tables."""

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.utils import quote, unquote
from django.contrib.admin.views.main import SEARCH_VAR
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.forms.models import _get_foreign_key
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import capfirst

from leadcrm.lib.actor import by_act
from leadcrm.lib.admin.acts import Act, Tool
from leadcrm.lib.admin.bases import AnyAdmin, AnyInline
from leadcrm.lib.admin.bigtables import PeekChangeList
from leadcrm.lib.admin.help import add_helps, name_cells
from leadcrm.lib.admin.site import SYSTEM
from leadcrm.lib.admin.widgets import DeleteBox, KnownNames, PickOne, PickSome

Panel = Callable[[HttpRequest, Any], str]


class ChoiceJoins:
    """Related rows in selects come with what their names need, in one query, not one each.

    `choice_joins` names the joins per field: {"source": ("vendor",)}. Tables that may hold more than a few dozen rows
    are no selects: their fields are in `autocomplete_fields`, and found by typing.
    """

    choice_joins: ClassVar[dict[str, tuple[str, ...]]] = {}
    autocomplete_fields: ClassVar[Any] = ()
    opts: Any
    admin_site: Any

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """A select whose choices are read once, also when a formset repeats it on every row."""
        if db_field.name in self.autocomplete_fields:
            widget = PickOne(db_field, self.admin_site)
            widget.names = KnownNames(partial(self._chosen, db_field, request))
            kwargs = {"widget": widget, **kwargs}
        field = super().formfield_for_foreignkey(db_field, request, **self._joined(db_field, kwargs))  # type: ignore[misc]
        if field is not None and db_field.name in set(self.choice_joins) - set(self.autocomplete_fields):
            field.choices = list(field.choices)
        return field

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """As for foreign keys."""
        if db_field.name in self.autocomplete_fields:
            kwargs = {"widget": PickSome(db_field, self.admin_site), **kwargs}
        return super().formfield_for_manytomany(db_field, request, **self._joined(db_field, kwargs))  # type: ignore[misc]

    def _chosen(self, db_field: Any, request: HttpRequest) -> dict[str, str]:
        """The names of what is chosen on the page that is open: of a row, or of the rows edited with it."""
        match = request.resolver_match
        key = unquote(match.kwargs.get("object_id", "")) if match is not None else ""
        parent: Any = getattr(self, "parent_model", None)
        if not key:
            return {}
        rows = db_field.model._default_manager.filter(pk=key)
        if parent is not None:
            tie = _get_foreign_key(parent, db_field.model, fk_name=getattr(self, "fk_name", None))
            rows = db_field.model._default_manager.filter(**{tie.name: key})
        joins = self.choice_joins.get(db_field.name, ())
        found = db_field.remote_field.model._default_manager.filter(pk__in=rows.values(db_field.attname))
        return {str(row.pk): str(row) for row in (found.select_related(*joins) if joins else found)}

    def _joined(self, db_field: Any, kwargs: dict[str, Any]) -> dict[str, Any]:
        joins = self.choice_joins.get(db_field.name)
        if joins is None:
            return kwargs
        rows = db_field.remote_field.model._default_manager.select_related(*joins)
        return {"queryset": rows, **kwargs}


class Desk(ChoiceJoins, AnyAdmin):
    """A ModelAdmin with a place in a group, buttons (`acts`) and panels above and below the form.

    Rooms further down a lead's road add their own acts, panels and inlines to a desk of an earlier room.
    """

    group = SYSTEM
    rank = 100
    title = ""
    blurb = ""
    # One of its rows and several, where the model's own words are not what people here say.
    noun: tuple[str, str] | None = None
    # What an empty list says: what the thing is for, and how to begin. Without it the blurb stands there.
    empty = ""
    # Stands above the list and every form: what a reader must know first.
    notice = ""
    acts: ClassVar[list[Act]] = []
    panels: ClassVar[list[Panel]] = []
    # Stand above the form: what a reader looks for first.
    head_panels: ClassVar[list[Panel]] = []
    # Links above the list, which know how it is filtered.
    tools: ClassVar[list[Tool]] = []
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50

    def get_urls(self) -> list[URLPattern]:
        """Django's, and one for the acts."""
        name = f"{self.opts.app_label}_{self.opts.model_name}_act"
        view = self.admin_site.admin_view(self.act_view)
        return [path("<path:object_id>/do/<slug:name>/", view, name=name), *super().get_urls()]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Django's, with what the room says about each field (leadcrm.lib.admin.help)."""
        return add_helps(super().get_form(request, obj, change=change, **kwargs), self.model)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Django's list under its own name instead of “Select … to change”."""
        query = request.GET.urlencode()
        tools = [(tool.label, tool.url(query)) for tool in self.tools if tool.is_open(request)]
        context = {"title": self.desk_title, "notice": self.notice, "tools": tools, **(extra_context or {})}
        return super().changelist_view(request, context)

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Django's list. A filter with a zero byte, which PostgreSQL takes in no text, is one that nobody can read."""
        asked = (value for name, values in request.GET.lists() if name != SEARCH_VAR for value in values)
        if any("\x00" in value for value in asked):
            raise IncorrectLookupParameters
        return super().get_changelist_instance(request)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Django's, without what the address says of rows and moments that it cannot mean."""
        said = super().get_changeform_initial_data(request)
        known = {field.name: field for field in (*self.opts.fields, *self.opts.many_to_many)}
        read = {name: _meant(known[name], value) if name in known else value for name, value in said.items()}
        return {name: value for name, value in read.items() if value is not None}

    @property
    def desk_title(self) -> str:
        """The name of the desk: its own, or that of its rows."""
        return self.title or capfirst(str(self.opts.verbose_name_plural))

    def act_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponseBase:
        """Do one act, asking first if it says so, then back to the row's page. 404 and 403 as elsewhere."""
        act = next((act for act in self.acts if act.name == name), None)
        obj = self.get_object(request, unquote(object_id))
        if act is None or obj is None:
            raise Http404
        if not self.has_view_permission(request, obj) or not act.is_allowed(request):
            raise PermissionDenied
        answer: HttpResponseBase | None = None
        if not act.when(obj):
            messages.warning(request, f"“{act.label}” is not possible for {obj} as it stands.")
        elif act.page or request.method == "POST":
            if request.method == "POST":
                by_act(act.label)
            answer = act.run(request, obj)
        elif act.ask:
            answer = self.act_page(request, obj, "admin/act_confirm.html", act=act, title=act.label)
        return answer or HttpResponseRedirect(self.url_of(obj))

    def response_action(self, request: HttpRequest, queryset: Any, *where: Any) -> HttpResponse | None:
        """Django's, with the action's name in the history of changes."""
        chosen = self.get_actions(request).get(request.POST.get("action", ""))
        if chosen is not None:
            by_act(str(chosen[2]))
        return super().response_action(request, queryset, *where)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Who changed the row, from what to what. 404 and 403 as elsewhere."""
        site: Any = self.admin_site
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            raise Http404
        if site.historian is None or not self.has_view_permission(request, obj):
            raise PermissionDenied
        answer: HttpResponse = site.historian(request, self, obj)
        return answer

    def act_page(self, request: HttpRequest, obj: Any, template: str, **context: Any) -> TemplateResponse:
        """A page about `obj`, None for one that is still to come, in the admin's frame."""
        base = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": obj,
            "desk_title": self.desk_title,
            "back": self.url_of(obj) if obj is not None else self.list_url,
        }
        if (form := context.get("form")) is not None:
            context["media"] = self.media + form.media
        return TemplateResponse(request, template, {**base, **context})

    @property
    def list_url(self) -> str:
        """The address of the list."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist")

    def url_of(self, obj: models.Model) -> str:
        """The address of the page of `obj`."""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[quote(obj.pk)])

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Django's page with the acts that are open to this user, and the panels."""
        obj = context.get("original")
        context |= {"desk_title": self.desk_title, "notice": self.notice}
        if self.noun:
            model_name = str(self.opts.verbose_name)
            context["title"] = str(context["title"]).replace(model_name, self.noun[0])
        if obj is not None:
            context["acts"] = [act for act in self.acts if act.is_open(request, obj)]
            context["act_base"] = f"{self.url_of(obj).removesuffix('change/')}do/"
            context["panels"] = [panel(request, obj) for panel in self.panels]
            context["head_panels"] = [panel(request, obj) for panel in self.head_panels]
        return super().render_change_form(request, context, *args, **kwargs)


def _meant(field: Any, value: Any) -> Any:
    """What an address says of a field that picks rows, or of a moment; None where it says nothing that can be."""
    try:
        if isinstance(field, models.DateTimeField):
            return field.to_python(value)
        if field.is_relation:
            key = field.remote_field.model._meta.pk
            for each in value if isinstance(value, list) else [value]:
                key.run_validators(key.to_python(each))
    except ValidationError:
        return None
    return value


class BigDesk(Desk):
    """A desk over a table that may hold millions of rows."""

    list_per_page = 100
    show_full_result_count = False
    list_defer: ClassVar[tuple[str, ...]] = ()

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[PeekChangeList]:
        """The list that never counts."""
        return PeekChangeList


class KeptMixin:
    """Rows that a form makes and that stay as made, for others point at them: a button ends them, nobody edits them."""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody, not even a superuser."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody, not even a superuser."""
        return False


class ReadOnlyMixin(KeptMixin):
    """Rows that the product writes: nobody makes one either."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody, not even a superuser."""
        return False


class RowsInline(ChoiceJoins, AnyInline):
    """Rows of another table, edited on the page of the row they belong to."""

    extra = 0

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        """Django's, with what the room says about each field, each named for who does not see the heads."""
        formset = super().get_formset(request, obj, **kwargs)
        add_helps(formset.form, self.model)
        name_cells(formset.form)
        formset.deletion_widget = DeleteBox
        return formset


class ReadOnlyInline(ReadOnlyMixin, AnyInline):
    """Rows of another table, shown and not edited: their columns say what they are."""

    extra = 0
    can_delete = False
    classes: Any = ("shown-rows",)
