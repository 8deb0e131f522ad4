"""Routing as managers' pages: licenses by state, pools as they stand, the simulator."""

from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlencode

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from agents.admin.routing_asking import ask
from agents.admin.routing_cells import cells_html, heads_html, names_html
from agents.admin.routing_forms import MatrixChoice, SimulatorForm, sources_by_vendor
from agents.assignment.simulate import Simulation, simulate
from agents.forms_me import LANGUAGES
from agents.models import RoutingReplay
from agents.routing import TRY_ROUTING
from agents.routing.matrix import DEMAND_DAYS, RED_DAYS, SHOWN, Matrix, license_matrix, products
from agents.routing.standing import GIVEN_DAYS, pools_now
from compliance.dedupe import known_person
from intake.models import Line
from intake.queries import product_names
from leadcrm.lib.admin.site import PEOPLE, Page, add_page

LICENSES: Final = ("agents.view_license",)
POOLS: Final = ("agents.view_pool",)
TRY: Final = (TRY_ROUTING,)


def frame(request: HttpRequest, page: Page) -> dict[str, Any]:
    """What each of the pages gets: the admin's frame, and the way to the others that are open to the reader."""
    others = [each for each in PAGES if each.is_open(request)]
    return {
        **admin.site.each_context(request), "title": page.title, "page": page,
        "tabs": [(each.title, each.url, each.slug == page.slug) for each in others],
    }  # fmt: skip


def licenses(request: HttpRequest) -> HttpResponse:
    """The license matrix of a product. What cannot be read in the address is left out of account."""
    known = products()
    form = MatrixChoice(request.GET, products=known)
    form.is_valid()
    chosen = form.chosen
    product = next((each for each in known if each.code == chosen["line"]), known[0])
    matrix = license_matrix(product=product, now=timezone.now(), team=chosen["team"], pool=chosen["pool"])
    user: Any = request.user
    told, names = [row for row in matrix.rows if row.leads or row.cells], names_html(matrix)
    context = {
        **frame(request, LICENSES_PAGE), **_what_is_wrong(matrix), "form": form, "matrix": matrix,
        "heads": heads_html(matrix), "rows": [(row, cells_html(row, names)) for row in told],
        "rest": [row.name for row in matrix.rows if row not in told],
        "days": DEMAND_DAYS, "red": RED_DAYS, "shown": SHOWN,
        "refused": f"{reverse('admin:intake_submission_changelist')}?reason=no_agent"
        if user.has_perm("intake.view_submission") else "",
        "add": _address_of_new(product.code) if user.has_perm("agents.add_license") else "",
    }  # fmt: skip
    return TemplateResponse(request, "admin/agents/routing_licenses.html", context)


def _what_is_wrong(matrix: Matrix) -> dict[str, Any]:
    return {
        "gaps": matrix.of("gap"), "asleep": matrix.of("asleep"), "ending": _ending(matrix),
        "single": [(row, _name(matrix, row.licensed[0])) for row in matrix.of("single")],
    }  # fmt: skip


def _address_of_new(line: str) -> str:
    return f"{reverse('admin:agents_license_add')}?{urlencode({'line': line})}&state="


def _name(matrix: Matrix, agent_id: int) -> str:
    return next(str(agent) for agent in matrix.agents if agent.pk == agent_id)


def _ending(matrix: Matrix) -> list[dict[str, Any]]:
    """Licenses that end within RED_DAYS, the first to end first."""
    found = [
        {"row": row, "agent": _name(matrix, agent), "cell": row.cells[agent]}
        for row in matrix.rows
        for agent in row.ending
    ]
    return sorted(found, key=lambda each: (each["cell"].until, each["row"].name, each["agent"]))


def pools(request: HttpRequest) -> HttpResponse:
    """Every pool as it stands, with its members."""
    user: Any = request.user
    context = {
        **frame(request, POOLS_PAGE), "pools": pools_now(user=user, now=timezone.now()), "days": GIVEN_DAYS,
    }  # fmt: skip
    return TemplateResponse(request, "admin/agents/routing_pools.html", context)


def simulator(request: HttpRequest) -> HttpResponse:
    """Who would get a lead. Posted, so that a phone number stands in no address."""
    now = timezone.now()
    form = SimulatorForm(request.POST if request.method == "POST" else None)
    found, said = None, {}
    if form.is_bound and form.is_valid():
        said = form.cleaned_data
        known = known_person(phones=[said["phone"]]) if said["phone"] else ()
        found = simulate(
            source=said["source"], now=said["at"] or now, state=said["state"], interest=said["interest"],
            zip5=said["zip"], phone=said["phone"], language=said["language"], known=known,
        )  # fmt: skip
    context = {
        **frame(request, SIMULATOR_PAGE), "form": form, "asks_for": _asks_for(found) if found else "",
        "no_source": not sources_by_vendor().exists(), "found": found, "said": said, "at": said.get("at") or now,
        "known": bool(said.get("phone")),
    }  # fmt: skip
    status = 400 if form.is_bound and not form.is_valid() else 200
    return TemplateResponse(request, "admin/agents/routing_simulator.html", context, status=status)


def _asks_for(found: Simulation) -> str:
    """Final expense (life license), in Spanish."""
    wanted = found.route.wanted
    product = product_names().get(wanted.interest, wanted.interest)
    line = f" ({Line(wanted.line).label.lower()} license)" if wanted.line in Line.values else ""
    language = "" if wanted.language == "en" else f", in {LANGUAGES.get(wanted.language, wanted.language)}"
    return f"{product}{line}{language}"


def replay(request: HttpRequest) -> HttpResponse:
    """Asking for a replay, and those that were asked for lately."""
    answer = ask(request)
    if isinstance(answer, HttpResponse):
        return answer
    context = {
        **frame(request, REPLAY_PAGE), **answer,
        "recent": RoutingReplay.objects.select_related("asked_by").defer("result")[:10],
    }  # fmt: skip
    status = 400 if answer["wrong"] else 200
    return TemplateResponse(request, "admin/agents/routing_replay.html", context, status=status)


def _page(
    slug: str,
    title: str,
    blurb: str,
    rank: int,
    permissions: tuple[str, ...],
    view: Callable[[HttpRequest], HttpResponse],
) -> Page:
    return Page(
        slug=slug, title=title, blurb=blurb, group=PEOPLE, permissions=permissions, view=view, rank=rank
    )


LICENSES_PAGE: Final = _page(
    "routing", "Licenses by state",
    "Who may sell what where: states without anybody, those that hang on one agent, what ends soon.",
    42, LICENSES, licenses,
)  # fmt: skip
POOLS_PAGE: Final = _page(
    "routing-pools", "Pools now",
    "Who takes leads at this moment, shares expected and given, who is owed, and where leads go that nobody may have.",
    44, POOLS, pools,
)  # fmt: skip
SIMULATOR_PAGE: Final = _page(
    "routing-simulator", "Who would get it",
    "A lead that you describe, led down the road of a real one: every agent, why or why not, and who it is.",
    46, TRY, simulator,
)  # fmt: skip
REPLAY_PAGE: Final = _page(
    "routing-replay", "Replay under changed rules",
    "The leads of past days given out again: what another agent, weight, license, pool or cap would have changed.",
    48, TRY, replay,
)  # fmt: skip
PAGES: Final = [LICENSES_PAGE, POOLS_PAGE, SIMULATOR_PAGE, REPLAY_PAGE]
for each in PAGES:
    add_page(each)
