"""The managers' site: what there is, grouped as people think of an agency, and what waits for a person."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, cast

from django.conf import settings
from django.contrib import admin
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.text import slugify

from leadcrm.lib.admin.words import DASH

LEADS: Final = "Leads & intake log"
VENDORS: Final = "Vendors & contracts"
COMPLIANCE: Final = "Compliance"
PEOPLE: Final = "People & routing"
FIGURES: Final = "Figures & reports"
SYSTEM: Final = "System"
# What a manager opens every day first, what is set once last.
GROUPS: Final = (LEADS, PEOPLE, VENDORS, FIGURES, COMPLIANCE, SYSTEM)
_WORST_FIRST: Final = {"bad": 0, "warn": 1}


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing that waits for a person: how many, what, where. `level` is bad, warn or info."""

    count: str
    what: str
    url: str
    level: str = "warn"


@dataclass(frozen=True, slots=True)
class Page:
    """A managers' page that shows no table of one kind of row: a desk to look at every morning.

    `view(request)` draws it for users who have one of `permissions`; its address is `admin:page_<slug>`.
    """

    slug: str
    title: str
    blurb: str
    group: str
    permissions: tuple[str, ...]
    view: Callable[[HttpRequest], HttpResponseBase]
    rank: int = 0

    @property
    def url(self) -> str:
        """Where it is."""
        return reverse(f"admin:page_{self.slug.replace('-', '_')}")

    def is_open(self, request: HttpRequest) -> bool:
        """True when this user may see it."""
        user: Any = request.user
        return any(user.has_perm(permission) for permission in self.permissions)

    def draw(self, request: HttpRequest) -> HttpResponseBase:
        """The page. Raises PermissionDenied."""
        if not self.is_open(request):
            raise PermissionDenied
        return self.view(request)


def is_picking(request: HttpRequest) -> bool:
    """True while somebody types into a field that finds rows: only those are offered that may be chosen."""
    match = request.resolver_match
    return match is not None and match.url_name == "autocomplete"


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
        self.pages: list[Page] = []
        # Draws the history of one row: (request, its desk, the row). Raises PermissionDenied. Set by who keeps it.
        self.historian: Callable[[HttpRequest, Any, Any], HttpResponse] | None = None

    def get_urls(self) -> list[Any]:
        """Django's, after those of our own pages."""
        own: list[URLPattern | URLResolver] = [
            path(f"{page.slug}/", self.admin_view(page.draw), name=f"page_{page.slug.replace('-', '_')}")
            for page in self.pages
        ]
        return [*own, *super().get_urls()]

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The product's own way in, which asks for the second factor as well; 403 for who is in and may not be here.

        Only to `next` on this site: the page there minds that.
        """
        aim = request.GET.get(REDIRECT_FIELD_NAME) or reverse("admin:index", current_app=self.name)
        if not request.user.is_authenticated:
            return redirect_to_login(aim)
        if not self.has_permission(request):
            raise PermissionDenied
        return HttpResponseRedirect(reverse("admin:index", current_app=self.name))

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """What every page gets, with the agency's name."""
        return {**super().each_context(request), "agency_name": settings.AGENCY_NAME}

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """The first page, with what waits for a person on top, the worst first."""
        notices = [notice for watcher in self.watchers for notice in watcher(request)]
        notices.sort(key=lambda notice: _WORST_FIRST.get(notice.level, 2))
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
        for page in self.pages:
            if page.is_open(request):
                groups[page.group].append(_entry(page))
        return [_section(name, models) for name, models in groups.items() if models]


def _entry(page: Page) -> dict[str, Any]:
    """A page as Django's lists want a model."""
    return {
        "name": page.title, "object_name": page.slug, "blurb": page.blurb, "rank": page.rank,
        "admin_url": page.url, "add_url": None, "view_only": True, "perms": {},
    }  # fmt: skip


def _section(name: str, models: list[dict[str, Any]]) -> dict[str, Any]:
    slug = slugify(name)
    return {
        "name": name,
        "app_label": slug,
        "app_url": f"{reverse('admin:index')}#{slug}",
        "has_module_perms": True,
        "models": sorted(models, key=lambda model: (model["rank"], model["name"])),
    }


def add_page(page: Page) -> None:
    """Give managers `page`, with a place on the first page and beside every other."""
    site = cast(ManagerSite, admin.site)
    site.pages.append(page)


def waits_for_a_person(watcher: Callable[[HttpRequest], Iterable[Notice]]) -> None:
    """Have `watcher` asked whenever the first page is drawn; it minds the user's permissions itself."""
    site = cast(ManagerSite, admin.site)
    site.watchers.append(watcher)
