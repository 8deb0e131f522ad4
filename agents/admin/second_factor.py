"""Whether a login has a second factor, and taking it away from who lost the phone. Beside the login's own page."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from agents.second_factor.enrolling import turn_off
from agents.second_factor.policy import factor_of, has_one
from leadcrm.admin import UserDesk
from leadcrm.lib.admin.acts import Act
from leadcrm.lib.admin.words import moment
from leadcrm.models import User


def reset(request: HttpRequest, user: Any) -> None:
    """Take it away, with an entry in the history. Who may not change this login gets 403. All its sessions end."""
    desk: Any = admin.site.get_model_admin(User)
    if not desk.has_change_permission(request, user):
        raise PermissionDenied
    if turn_off(user=user, why="reset"):
        desk.log_change(request, user, "Second factor reset")
        messages.success(
            request, f"{user} logs in with the password alone now, and is logged out everywhere."
        )


def second_factor_panel(request: HttpRequest, user: Any) -> str:
    """On or off, since when, last used, codes left."""
    factor: Any = factor_of(user)
    if factor is None:
        return format_html('<p class="quiet">{}</p>', "Second factor: off.")
    used = moment(factor.used_at)
    words = f"last used {used}, {factor.codes_left} backup codes left."
    return format_html(
        '<p class="quiet">Second factor: on since {}, {}</p>', moment(factor.confirmed_at), words
    )


class SecondFactorFilter(admin.SimpleListFilter):
    """Who has one."""

    title = "second factor"
    parameter_name = "second_factor"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """On, off."""
        return [("on", "On"), ("off", "Off")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[User]) -> QuerySet[User]:
        """By a set-up that was confirmed."""
        has = {"authenticator__confirmed": True}
        if self.value() == "on":
            return queryset.filter(**has)
        return queryset.exclude(**has) if self.value() == "off" else queryset


RESET = Act(
    "reset-second-factor", "Reset second factor", reset, "leadcrm.change_user", style="danger", when=has_one,
    ask="The person can then log in with the password alone, and is logged out everywhere. Make sure that it is "
    "really them who asks.",
)  # fmt: skip
UserDesk.acts = [*UserDesk.acts, RESET]
UserDesk.panels = [*UserDesk.panels, second_factor_panel]
UserDesk.list_filter = (*UserDesk.list_filter, SecondFactorFilter)
