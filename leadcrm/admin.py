"""System pages: the people who log in, their roles, and the history of who changed what."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest
from django.utils.html import format_html

from leadcrm import job_desk  # noqa: F401 - registers its pages
from leadcrm.bulk import admin as bulk_admin  # noqa: F401 - registers its pages
from leadcrm.lib.admin.bases import AnyNewUserForm, AnyUserAdmin, AnyUserForm
from leadcrm.lib.admin.desk import BigDesk, Desk, ReadOnlyMixin
from leadcrm.lib.admin.site import SYSTEM
from leadcrm.lib.admin.words import DASH, badge, moment
from leadcrm.models import User

# What makes a login powerful: only a superuser gives or takes it.
POWERS = ("is_superuser", "groups", "user_permissions")


class NewUserForm(AnyNewUserForm):
    """A new login: e-mail, name, password (or none)."""

    class Meta:
        model = User
        fields = ("email", "first_name", "last_name")

    def clean_email(self) -> str:
        """Lower case, as logins are compared."""
        return str(self.cleaned_data["email"]).strip().lower()


class EditUserForm(AnyUserForm):
    """A login as it is."""

    class Meta:
        model = User
        fields = "__all__"
        field_classes: ClassVar[dict[str, type[forms.Field]]] = {}

    def clean_email(self) -> str:
        """Lower case; a read-only page has no such field and is not cleaned."""
        return str(self.cleaned_data["email"]).strip().lower()


@admin.register(User)
class UserDesk(Desk, AnyUserAdmin):
    """Logins. People who sell are agents as well, and can be given a login there."""

    group = SYSTEM
    rank = 10
    blurb = "Who may log in, and what they may do. Agents are taken on under People & routing."
    form = EditUserForm
    add_form = NewUserForm
    list_display = ("email", "name", "access", "is_active", "last_login")
    list_filter: ClassVar[tuple[Any, ...]] = ("is_active", "is_staff", "is_superuser", "groups")
    search_fields = ("email", "first_name", "last_name")
    search_help_text = "E-mail address or name."
    ordering = ("email",)
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("email", "password")}),
        ("Name", {"fields": ("first_name", "last_name")}),
        (
            "What this login may do",
            {
                "fields": ("is_active", "is_staff", "is_superuser", "groups", "user_permissions"),
                "description": "Staff may enter these pages and sees what its roles allow. "
                "Only a superuser gives or takes roles.",
            },
        ),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"classes": ("wide",), "fields": ("email", "first_name", "last_name")}),
        ("Password", {"classes": ("wide",), "fields": ("usable_password", "password1", "password2")}),
    )

    @admin.display(description="name", ordering="last_name")
    def name(self, user: User) -> str:
        """First and last name."""
        return user.get_full_name()

    @admin.display(description="access")
    def access(self, user: User) -> str:
        """How far this login reaches."""
        if user.is_superuser:
            return badge("superuser", "warn")
        return badge("staff", "info") if user.is_staff else badge("agent pages")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Somebody who is no superuser can make none, neither of another nor of themselves."""
        fixed = (*super().get_readonly_fields(request, obj),)
        return fixed if _is_superuser(request) else (*fixed, *POWERS)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A superuser's login (and password) is changed by superusers only."""
        return super().has_change_permission(request, obj) and _may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A superuser's login is deleted by superusers only; nobody deletes their own."""
        allowed = super().has_delete_permission(request, obj) and _may_touch(request, obj)
        return allowed and obj != request.user


def _is_superuser(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_superuser", False))


def _may_touch(request: HttpRequest, obj: Any) -> bool:
    return obj is None or not obj.is_superuser or _is_superuser(request)


admin.site.unregister(Group)


@admin.register(Group)
class RoleDesk(Desk, GroupAdmin):  # type: ignore[misc]
    """Roles: bundles of permissions. Django calls them groups."""

    group = SYSTEM
    rank = 20
    title = "Roles"
    blurb = "Bundles of permissions to give to logins: manager, compliance officer, read-only."

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A role one may change is a role one may make as strong as one likes: superusers only."""
        return super().has_change_permission(request, obj) and _is_superuser(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """As for changing."""
        return super().has_add_permission(request) and _is_superuser(request)


@admin.register(LogEntry)
class HistoryDesk(ReadOnlyMixin, BigDesk):
    """Who changed what on these pages. Append-only."""

    group = SYSTEM
    rank = 30
    title = "History of changes"
    blurb = "Who added, changed or deleted what on these pages, and when."
    list_display = ("at", "who", "did", "kind", "what", "detail")
    list_filter = ("action_flag",)
    list_select_related = ("user", "content_type")
    # The key grows with time, and unlike the time it has an index.
    ordering = ("-id",)
    sortable_by = ()
    search_fields = ("object_id",)
    search_help_text = "E-mail address of the person, exact."
    fields = ("at", "who", "did", "kind", "what", "detail")
    readonly_fields = fields

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """By person; exact, since the table only grows."""
        if search_term.strip():
            person = User.objects.filter(email=search_term.strip().lower()).values_list("pk", flat=True)
            # Asked for first: with the key in hand the database knows whether it is a rare or a frequent one.
            queryset = queryset.filter(user=person.first() or 0)
        return queryset, False

    @admin.display(description="when")
    def at(self, entry: LogEntry) -> str:
        """Agency time."""
        return moment(entry.action_time)

    @admin.display(description="who")
    def who(self, entry: LogEntry) -> str:
        """The person."""
        return str(entry.user)

    @admin.display(description="did")
    def did(self, entry: LogEntry) -> str:
        """Added, changed or deleted."""
        words = {ADDITION: ("added", "good"), CHANGE: ("changed", "info"), DELETION: ("deleted", "bad")}
        return badge(*words[entry.action_flag])

    @admin.display(description="kind")
    def kind(self, entry: LogEntry) -> str:
        """What sort of row it was."""
        return str(entry.content_type.name) if entry.content_type else DASH

    @admin.display(description="what")
    def what(self, entry: LogEntry) -> str:
        """The row by its name then, with a link if its page still exists."""
        url = None if entry.action_flag == DELETION else entry.get_admin_url()
        return format_html('<a href="{}">{}</a>', url, entry.object_repr) if url else str(entry.object_repr)

    @admin.display(description="detail")
    def detail(self, entry: LogEntry) -> str:
        """Which fields, or what was done."""
        return str(entry.get_change_message()) or DASH
