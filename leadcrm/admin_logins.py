"""Logins that failed, and what came of them: to see who is locked, and to let them in again."""

from ipaddress import ip_address
from typing import Any, ClassVar, Final

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.conf import settings
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from leadcrm.lib.admin.desk import BigDesk
from leadcrm.lib.admin.site import SYSTEM
from leadcrm.lib.admin.words import badge, moment

# As they were typed: who types a password into the wrong box must not find it here.
_FIELDS: Final = ("at", "username", "ip_address", "user_agent", "path_info")


class LockedFilter(admin.SimpleListFilter):
    """Who cannot log in for a while."""

    title = "locked"
    parameter_name = "locked"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """One question."""
        return [("yes", "Locked after too many")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """By the number of failures since the last login."""
        limit = settings.AXES_FAILURE_LIMIT
        return queryset.filter(failures_since_start__gte=limit) if self.value() == "yes" else queryset


class LoginsDesk(BigDesk):
    """What axes keeps. Nobody adds or changes it."""

    group = SYSTEM
    # The key grows with time and, unlike the time, has an index.
    ordering = ("-id",)
    sortable_by = ()
    fields: ClassVar[Any] = _FIELDS
    readonly_fields: ClassVar[Any] = _FIELDS
    search_fields = ("pk",)
    search_help_text = "E-mail address as it was typed, or IP address, whole."

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Exact, by what has an index."""
        term = search_term.strip().replace("\x00", "")
        if not term:
            return queryset, False
        try:
            return queryset.filter(ip_address=str(ip_address(term))), False
        except ValueError:
            return queryset.filter(username=term[:255]), False

    @admin.display(description="when")
    def at(self, row: Any) -> str:
        """Agency time."""
        return moment(row.attempt_time)


class FailedLoginsDesk(LoginsDesk):
    """Failures since the last login, by person and address. Deleting one lets the person try again."""

    rank = 40
    noun = ("failed login", "failed logins")
    title = "Failed logins"
    blurb = "Who failed to log in, and is locked after too many. Delete a row to let the person try again at once."
    empty = "Nobody failed to log in lately. Whoever fails too often is locked for a while and stands here."
    list_display = ("at", "username", "ip_address", "failures", "user_agent")
    list_filter = (LockedFilter,)
    fields = (*_FIELDS, "failures")
    readonly_fields = fields

    @admin.display(description="failures")
    def failures(self, row: Any) -> str:
        """How many since the last login that worked."""
        number = int(row.failures_since_start)
        locked = number >= settings.AXES_FAILURE_LIMIT
        return badge(f"{number}, locked", "bad") if locked else str(number)


class LoginLogDesk(LoginsDesk):
    """Who logged in, from where."""

    rank = 41
    noun = ("login", "logins")
    title = "Logins"
    list_display = ("at", "username", "ip_address", "user_agent")
    blurb = "Who logged in, when, from which address, with which browser."

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False


class FailureLogDesk(LoginLogDesk):
    """Every failure."""

    rank = 42
    noun = ("failed login", "failed logins")
    title = "Log of failed logins"
    blurb = "Every login that failed, also long after the person got in again."


for _model, _desk in (
    (AccessAttempt, FailedLoginsDesk), (AccessLog, LoginLogDesk), (AccessFailureLog, FailureLogDesk),
):  # fmt: skip
    admin.site.register(_model, _desk)
