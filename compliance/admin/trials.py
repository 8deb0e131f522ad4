"""Trials of rules: what each has found, the posts it would have decided otherwise, and how it ends."""

from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, Final

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.safestring import SafeString

from compliance.admin.checks import CheckFilter
from compliance.admin.trial_acts import ACTS
from compliance.admin.trial_words import change_lines, rule_words
from compliance.models import Effect, Trial, TrialLookBack, TrialState, TrialVerdict
from compliance.trials.report import (
    Figures,
    all_changed_posts,
    changed_posts,
    figures_of,
    newest_look_back,
)
from intake.models import Source
from leadcrm.lib.admin.desk import Desk, ReadOnlyMixin
from leadcrm.lib.admin.site import COMPLIANCE
from leadcrm.lib.admin.words import badge, dollars, to_minute
from leadcrm.lib.clock import day_words
from leadcrm.lib.spreadsheets import csv_answer, csv_lines

LEVELS: Final = {
    TrialState.RUNNING: "info", TrialState.ADOPTED: "good", TrialState.DROPPED: "plain", TrialState.ENDED: "plain",
}  # fmt: skip
EFFECT_LEVELS: Final = {
    Effect.REFUSES: "bad", Effect.BUYS: "good", Effect.HOLDS: "warn", Effect.OPEN: "plain", Effect.BROKE: "warn",
    Effect.SAME: "plain",
}  # fmt: skip
HOW: Final = (
    "Open a check's setting, or “Try other caps” on a source's page, change it, and press “Try it beside the live "
    "rules”. No post is decided otherwise while a trial runs, and no vendor hears of it."
)
COLUMNS: Final = (
    "decided_at", "submission_id", "source", "state", "live_outcome", "live_reason", "would_be", "reason", "field",
    "effect", "price", "why",
)  # fmt: skip


def report_panel(request: HttpRequest, trial: Any) -> SafeString:
    """The figures since it began, and those of the past it was asked of."""
    look_back = newest_look_back(trial)
    parts = [_part(trial, None, "Since it began")]
    if look_back is not None:
        days = f"{day_words(look_back.since)} to {day_words(look_back.until)}"
        parts.append(_part(trial, look_back, f"In the past: {days}"))
    lines, changed = change_lines(trial)
    context = {"trial": trial, "parts": parts, "lines": lines, "live_changed": changed}
    return render_to_string("admin/compliance/trial_report.html", context, request)


def _part(trial: Trial, look_back: TrialLookBack | None, title: str) -> dict[str, Any]:
    figures = figures_of(trial, look_back)
    names = _source_names(figures)
    query = "?past=1" if look_back else "?"
    return {
        "title": title, "figures": figures, "look_back": look_back, "key": "past" if look_back else "live",
        "tables": [
            ("By reason", [(line.about, line) for line in figures.reasons]),
            ("By state", [(line.about, line) for line in figures.states]),
            ("By source", [(names.get(line.about, line.about), line) for line in figures.sources]),
        ],
        "posts": reverse("admin:compliance_trial_posts", args=[trial.pk]) + query,
    }  # fmt: skip


def _source_names(figures: Figures) -> dict[str, str]:
    keys = [int(line.about) for line in figures.sources]
    return {str(row.pk): str(row) for row in Source.objects.filter(pk__in=keys).select_related("vendor")}


@admin.register(Trial)
class TrialDesk(ReadOnlyMixin, Desk):
    """Every trial. They are started where the setting itself is changed."""

    group = COMPLIANCE
    rank = 12
    title = "Trials of rules"
    blurb = (
        "Changes of checks and caps that run beside the live rules: what they would have refused or bought."
    )
    list_display = ("rule", "state_badge", "began", "ends", "who")
    list_display_links = ("rule",)
    list_select_related = ("source__vendor", "started_by")
    list_filter = ("state", ("check_name", CheckFilter))
    search_fields = ("source__name", "source__vendor__name")
    search_help_text = "Name of a source or vendor."
    ordering = ("-id",)
    sortable_by = ()
    fields = (("rule", "state_badge"), ("began", "who"), ("ends", "closed"))
    readonly_fields = ("rule", "state_badge", "began", "who", "ends", "closed")
    panels = [report_panel]
    acts = ACTS

    class Media:
        css: ClassVar = {"all": ("leadcrm/css/trials.css",)}

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """With the way to a trial, which has no button here."""
        return super().changelist_view(request, {"notice": HOW, **(extra_context or {})})

    def get_urls(self) -> list[URLPattern]:
        """With the list of posts, as a page and as a file."""
        own = [
            path(f"<int:trial_id>/posts{ending}", self.admin_site.admin_view(view), name=f"compliance_trial_{name}")
            for ending, view, name in (("/", self.posts, "posts"), (".csv", self.posts_file, "posts_csv"))
        ]  # fmt: skip
        return [*own, *super().get_urls()]

    def posts(self, request: HttpRequest, trial_id: int) -> HttpResponse:
        """Posts that the trial would have decided otherwise, a page at a time."""
        trial, look_back, effect = self._asked(request, trial_id)
        page = changed_posts(trial, look_back, effect=effect, after=request.GET.get("after", ""))
        user: Any = request.user
        about = request.GET.copy()
        about.pop("after", None)
        context = {
            **self.admin_site.each_context(request), "opts": self.opts, "original": trial, "page": page,
            "desk_title": self.desk_title, "back": self.url_of(trial), "title": "Posts it would have decided otherwise",
            "rows": [_shown(row) for row in page.rows], "may_open": user.has_perm("intake.view_submission"),
            "effects": [(each.value, each.label) for each in Effect if each != Effect.SAME], "effect": effect,
            "past": look_back, "about": about.urlencode(),
            "file": reverse("admin:compliance_trial_posts_csv", args=[trial.pk]),
        }  # fmt: skip
        return TemplateResponse(request, "admin/compliance/trial_posts.html", context)

    def posts_file(self, request: HttpRequest, trial_id: int) -> StreamingHttpResponse:
        """All of them as CSV: no personal data, the posts by their ids."""
        trial, look_back, effect = self._asked(request, trial_id)
        lines = csv_lines(_table(all_changed_posts(trial, look_back, effect=effect)))
        return csv_answer(f"trial-{trial.pk}{'-past' if look_back else ''}.csv", lines)

    def _asked(self, request: HttpRequest, trial_id: int) -> tuple[Trial, TrialLookBack | None, str]:
        trial: Trial | None = Trial.objects.select_related("source__vendor").filter(pk=trial_id).first()
        if trial is None:
            raise Http404
        if not self.has_view_permission(request, trial):
            raise PermissionDenied
        look_back = newest_look_back(trial) if request.GET.get("past") else None
        return trial, look_back, request.GET.get("effect", "")

    @admin.display(description="rule")
    def rule(self, trial: Trial) -> str:
        """Which check, for whom."""
        return rule_words(trial)

    @admin.display(description="state")
    def state_badge(self, trial: Trial) -> str:
        """Running, adopted, dropped, ended."""
        state = TrialState(trial.state)
        return badge(state.label, LEVELS[state])

    @admin.display(description="began")
    def began(self, trial: Trial) -> str:
        """Agency time."""
        return to_minute(trial.started_at)

    @admin.display(description="ends")
    def ends(self, trial: Trial) -> str:
        """Agency time."""
        return to_minute(trial.ends_at)

    @admin.display(description="started by")
    def who(self, trial: Trial) -> str:
        """A person."""
        return str(trial.started_by)

    @admin.display(description="closed")
    def closed(self, trial: Trial) -> str:
        """When, and by whom."""
        by = f" by {trial.closed_by}" if trial.closed_by else ""
        return to_minute(trial.closed_at) + by


def _shown(row: TrialVerdict) -> dict[str, Any]:
    effect = Effect(row.effect)
    return {
        "row": row, "at": to_minute(row.at), "badge": badge(effect.label, EFFECT_LEVELS[effect]),
        "price": dollars(row.price), "id": row.submission_id.hex,
        "url": reverse("admin:intake_submission_change", args=[row.submission_id]),
    }  # fmt: skip


def _table(rows: Iterable[TrialVerdict]) -> Iterator[tuple[Any, ...]]:
    yield COLUMNS
    for row in rows:
        yield (
            row.at.isoformat(), row.submission_id.hex, str(row.source), row.state, row.live_outcome,
            row.live_code, row.would_outcome, row.code, row.field, row.effect, row.price, row.why,
        )  # fmt: skip
