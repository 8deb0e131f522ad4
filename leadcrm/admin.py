"""System pages: the people who log in, and their roles."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest

import leadcrm.admin_logins  # noqa: F401 - its desks
from leadcrm import job_desk  # noqa: F401 - registers its pages
from leadcrm.bulk import admin as bulk_admin  # noqa: F401 - registers its pages
from leadcrm.lib.admin.bases import AnyNewUserForm, AnyUserAdmin, AnyUserForm
from leadcrm.lib.admin.desk import Desk
from leadcrm.lib.admin.help import explain_fields
from leadcrm.lib.admin.site import SYSTEM, is_picking
from leadcrm.lib.admin.words import badge
from leadcrm.models import User
from leadcrm.roles import may_do_all_of

explain_fields(
    "leadcrm.User",
    email="The login, and where mails go: jane@example.com.",
    first_name="As colleagues see it: Jane.",
    last_name="As colleagues see it: Miller.",
)
explain_fields(
    "auth.Group",
    name="What those who have it do: “Night shift leader”. Logins are given it on their own pages.",
)
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

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Django's; to be chosen only who may log in, and as an agent only who is none yet."""
        if is_picking(request):
            queryset = queryset.filter(is_active=True)
            if request.GET.get("model_name") == "agent":
                queryset = queryset.filter(agent__isnull=True)
        return super().get_search_results(request, queryset, search_term)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Of a password there is nothing to see; who may not change the login has no way to set one."""
        if obj is None or self.has_change_permission(request, obj):
            return super().get_fieldsets(request, obj)
        return ((None, {"fields": ("email",)}), *self.fieldsets[1:])

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
        """A login (and its password) is changed only by who may do all that it may: else one could become it."""
        return super().has_change_permission(request, obj) and _may_touch(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """As for changing; nobody deletes their own."""
        allowed = super().has_delete_permission(request, obj) and _may_touch(request, obj)
        return allowed and obj != request.user


def _is_superuser(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_superuser", False))


def _may_touch(request: HttpRequest, obj: Any) -> bool:
    user: Any = request.user
    return obj is None or may_do_all_of(user, obj)


admin.site.unregister(Group)


@admin.register(Group)
class RoleDesk(Desk, GroupAdmin):  # type: ignore[misc]
    """Roles: bundles of permissions. Django calls them groups."""

    group = SYSTEM
    noun = ("role", "roles")
    rank = 20
    title = "Roles"
    blurb = "Bundles of permissions to give to logins: manager, compliance officer, read-only."

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A role one may change is a role one may make as strong as one likes: superusers only."""
        return super().has_change_permission(request, obj) and _is_superuser(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """As for changing."""
        return super().has_add_permission(request) and _is_superuser(request)
