"""The managers' site: what there is, grouped as people think of an agency, and what waits for a person."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, cast

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.text import slugify

from leadcrm.lib.admin.words import DASH

LEADS: Final = "Leads & intake log"
VENDORS: Final = "Vendors & contracts"
COMPLIANCE: Final = "Compliance"
PEOPLE: Final = "People & routing"
SYSTEM: Final = "System"
GROUPS: Final = (LEADS, VENDORS, COMPLIANCE, PEOPLE, SYSTEM)


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that waits for a person: how many, what, where. `level` is bad, warn or info."""

    count: str
    what: str
    url: str
    level: str = "warn"


class ManagerSite(admin.AdminSite):
    """Groups the pages by `group` and `rank` of their ModelAdmin, not by the app that holds the code."""

    site_title = "leadcrm"
    site_header = "leadcrm"
    index_title = "Manage the agency"
    empty_value_display = DASH

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        # Each asks the database at most a bounded question; an app adds its own (see waits_for_a_person).
        self.watchers: list[Callable[[HttpRequest], Iterable[Notice]]] = []

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """What every page gets, with the agency's name."""
        return {**super().each_context(request), "agency_name": settings.AGENCY_NAME}

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """The first page, with what waits for a person on top."""
        notices = [notice for watcher in self.watchers for notice in watcher(request)]
        return super().index(request, {"notices": notices, **(extra_context or {})})

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """Our groups in our order; for one app's own page what Django makes of it."""
        if app_label is not None:
            return super().get_app_list(request, app_label)
        groups: dict[str, list[dict[str, Any]]] = {group: [] for group in GROUPS}
        for app in self._build_app_dict(request).values():
            for model in app["models"]:
                desk = self._registry[model["model"]]
                model["name"] = getattr(desk, "title", "") or model["name"]
                model["blurb"] = getattr(desk, "blurb", "")
                model["rank"] = getattr(desk, "rank", 100)
                groups[getattr(desk, "group", SYSTEM)].append(model)
        return [_section(name, models) for name, models in groups.items() if models]


def _section(name: str, models: list[dict[str, Any]]) -> dict[str, Any]:
    slug = slugify(name)
    return {
        "name": name,
        "app_label": slug,
        "app_url": f"{reverse('admin:index')}#{slug}",
        "has_module_perms": True,
        "models": sorted(models, key=lambda model: (model["rank"], model["name"])),
    }


def waits_for_a_person(watcher: Callable[[HttpRequest], Iterable[Notice]]) -> None:
    """Have `watcher` asked whenever the first page is drawn; it minds the user's permissions itself."""
    site = cast(ManagerSite, admin.site)
    site.watchers.append(watcher)
