"""The replays that were asked for, and what each came to."""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Final

from django.contrib import admin, messages
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from agents.models import Agent, Pool, ReplayState, RoutingReplay
from agents.queries import visible_leads
from agents.routing import TRY_ROUTING
from agents.routing.changes import Change, What, change_of, newcomer_name
from agents.routing.outcome import difference
from agents.routing.runs import stop_replay
from leadcrm.lib.admin.acts import Act
from leadcrm.lib.admin.desk import Desk, ReadOnlyMixin
from leadcrm.lib.admin.site import PEOPLE
from leadcrm.lib.admin.words import badge, moment
from leadcrm.lib.clock import date_words, day_words

LEVELS: Final = {
    ReplayState.WAITING: "info", ReplayState.DONE: "good", ReplayState.FAILED: "bad", ReplayState.STOPPED: "plain",
}  # fmt: skip
_ENDS: Final = {"": "nobody", "x": "refused", "u": "a person outside the rotation"}
_SAYS: Final = {"waits": "Wait without an owner", "refused": "Would have been refused"}


class Names:
    """Names of agents and pools that a replay speaks of, in two queries."""

    def __init__(self, replay: RoutingReplay) -> None:
        self.changes = [change_of(values) for values in replay.changes]
        keys = [row["key"] for row in (replay.result or {}).get("owners", ())]
        ids = {int(key[1:]) for key in keys if key.startswith("a")} | {each.agent for each in self.changes}
        agents = Agent.objects.filter(pk__in=[pk for pk in ids if pk > 0]).select_related("user")
        self.agents = {agent.pk: str(agent) for agent in agents}
        self.pools = dict(
            Pool.objects.filter(pk__in=[each.pool for each in self.changes if each.pool]).values_list(
                "pk", "name"
            )
        )
        doubles = [each for each in self.changes if each.what is What.NEWCOMER]
        for number, each in enumerate(doubles, 1):
            self.agents[-number] = newcomer_name(number, self.agent(each.agent))

    def agent(self, pk: int) -> str:
        """The name, or that there is none any more."""
        return self.agents.get(pk, "a former agent")

    def owner(self, key: str) -> str:
        """Who a key (agents.routing.course) stands for."""
        return self.agent(int(key[1:])) if key.startswith("a") else _ENDS[key]

    def words(self, change: Change) -> str:
        """One change as people say it."""
        agent, pool = self.agent(change.agent), self.pools.get(change.pool or 0, "a former pool")
        limit = "no limit" if change.number is None else f"at most {change.number}"
        return {
            What.PAUSES: f"{agent} takes no leads",
            What.RECEIVES: f"{agent} takes leads",
            What.WEIGHT: f"{agent} is in {pool} with weight {change.number}",
            What.LEAVES: f"{agent} is not in {pool}",
            What.LICENSE: f"{agent} is licensed for {change.line} in {', '.join(change.states)}",
            What.DAILY_CAP: f"{agent} gets {limit} leads a day" if change.number is not None
            else f"{agent} has no limit a day",
            What.HOURLY_CAP: f"{agent} gets {limit} leads an hour" if change.number is not None
            else f"{agent} has no limit an hour",
            What.UNTOUCHED: f"{agent} gets none while {change.number} are untouched" if change.number is not None
            else f"{agent} has no limit of untouched leads",
            What.NEWCOMER: f"somebody like {agent} joins {pool} with weight {change.number}",
        }[change.what]  # fmt: skip


def result_panel(request: HttpRequest, replay: Any) -> SafeString:
    """What would be otherwise, and what that came to."""
    names, user = Names(replay), request.user
    result = replay.result or {}
    sample = _sample(result.get("sample", ()), names, user)
    owners = _lines(
        ((names.owner(row["key"]), row) for row in result.get("owners", ())), most_moved_first=True
    )
    ends = _lines((_SAYS[row["what"]], row) for row in result.get("unassigned", ()))
    context = {
        "replay": replay, "changes": [names.words(each) for each in names.changes], "result": result, "sample": sample,
        "owners": owners, "ends": ends, "part": round(100 * replay.seen / replay.total) if replay.total else 0,
        "whole": max((row["most"] for row in owners), default=0), "again": reverse("admin:page_routing_replay"),
    }  # fmt: skip
    return render_to_string("admin/agents/routing_result.html", context, request)


def _lines(
    rows: Iterable[tuple[str, Mapping[str, int]]], *, most_moved_first: bool = False
) -> list[dict[str, Any]]:
    found = [
        {"name": name, **row, "difference": f"{difference(row):+d}" if difference(row) else "",
         "moved": abs(difference(row)), "most": max(row["now"], row["then"])}
        for name, row in rows
    ]  # fmt: skip
    return sorted(found, key=lambda row: (-row["moved"], row["name"])) if most_moved_first else found


def _sample(rows: Iterable[Mapping[str, Any]], names: Names, user: Any) -> list[dict[str, Any]]:
    """The leads that are named; a link, a day and a place for those that the reader may see."""
    rows = list(rows)
    leads = (
        visible_leads(user).filter(pk__in=[row["lead"] for row in rows])
        if user.has_perm("intake.view_lead")
        else visible_leads(user).none()
    )
    seen = {lead.pk: lead for lead in leads.only("pk", "received_at", "state", "interest")}
    return [
        {"number": row["lead"], "lead": seen.get(row["lead"]), "really": names.owner(row["really"]),
         "now": names.owner(row["now"]), "then": names.owner(row["then"]), "why": row["why"],
         "url": reverse("admin:intake_lead_change", args=[row["lead"]])}
        for row in rows
    ]  # fmt: skip


def stop(request: HttpRequest, replay: Any) -> None:
    """Nobody goes on with it."""
    if stop_replay(replay=replay, now=timezone.now()):
        messages.success(request, "Stopped. Nothing was changed; you may ask for another.")
    else:
        messages.info(request, f"It was over already: {replay.get_state_display().lower()}.")


def runs(replay: Any) -> bool:
    """True while it waits for a worker or is under way."""
    return bool(replay.state == ReplayState.WAITING)


@admin.register(RoutingReplay)
class RoutingReplayDesk(ReadOnlyMixin, Desk):
    """Every replay. They are asked for on a page of their own."""

    group = PEOPLE
    rank = 49
    title = "Replays made"
    blurb = "Past leads given out again under changed rules: which rules, by whom, what came of it."
    notice = (
        "Ask for one under “Replay under changed rules”. Replays are kept for 90 days; they change nothing."
    )
    list_display = ("days", "asked", "asked_by", "state_badge", "total")
    list_display_links = ("days",)
    list_select_related = ("asked_by",)
    list_filter = ("state",)
    ordering = ("-id",)
    sortable_by = ()
    fields = (("days", "state_badge"), ("asked", "asked_by"))
    readonly_fields = ("days", "asked", "state_badge")
    panels: ClassVar = [result_panel]
    acts = [Act("stop", "Stop", stop, TRY_ROUTING, when=runs, style="danger")]

    class Media:
        css: ClassVar = {"all": ("leadcrm/css/routing.css",)}
        js: ClassVar = ("leadcrm/js/routing.js",)

    def get_queryset(self, request: HttpRequest) -> Any:
        """The list does without what came of them."""
        rows = super().get_queryset(request)
        return (
            rows.defer("result")
            if request.resolver_match
            and request.resolver_match.url_name == ("agents_routingreplay_changelist")
            else rows
        )

    @admin.display(description="leads of")
    def days(self, replay: RoutingReplay) -> str:
        """The first and the last day."""
        if replay.first == replay.last:
            return f"{replay.first:%a}, {day_words(replay.first)}"
        return f"{day_words(replay.first)} to {date_words(replay.last)}"

    @admin.display(description="asked for")
    def asked(self, replay: RoutingReplay) -> str:
        """Agency time."""
        return moment(replay.asked_at)

    @admin.display(description="state")
    def state_badge(self, replay: RoutingReplay) -> str:
        """Where it stands."""
        state = ReplayState(replay.state)
        return badge(state.label, LEVELS[state])
