"""The System pages about work in the background: each periodic job and how it goes, and what is kept how long."""

from typing import Any, ClassVar, Final

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from leadcrm import jobs
from leadcrm.job_words import kept, words_of
from leadcrm.lib.admin.desk import Desk, Panel, ReadOnlyMixin
from leadcrm.lib.admin.site import SYSTEM, Notice, Page, add_page, waits_for_a_person
from leadcrm.lib.admin.words import DASH, badge, moment, to_minute
from leadcrm.models import Job, JobResult, JobRun

VIEW: Final = "leadcrm.view_job"
SHOWN_RUNS: Final = 50
_TIGHT: Final = "\N{NO-BREAK SPACE}"


def took(seconds: float | None) -> str:
    """A duration as a person reads it, or a dash."""
    if seconds is None:
        return DASH
    if seconds < 60:
        return f"{seconds:.2f}{_TIGHT}s" if seconds < 10 else f"{seconds:.0f}{_TIGHT}s"
    return f"{seconds // 60:.0f}{_TIGHT}min {seconds % 60:.0f}{_TIGHT}s"


def result_of(row: Job | JobRun) -> SafeString | str:
    """How it ended."""
    if not row.result:
        return DASH
    return badge("Done", "good") if row.result == JobResult.DONE else badge(f"Failed: {row.error}", "bad")


def told(runs: QuerySet[JobRun]) -> list[tuple[JobRun, str, SafeString | str]]:
    """The newest of `runs`, each with how long it took and how it ended."""
    return [
        (run, took((run.ended_at - run.started_at).total_seconds()), result_of(run))
        for run in runs.order_by("-pk")[:SHOWN_RUNS]
    ]


def runs_of(request: HttpRequest, job: Job) -> str:
    """The runs of a nightly job, and failures of the others, as a panel."""
    context = {
        "runs": told(job.kept_runs.all()), "label": "Runs",
        "empty": "None yet. Each run of a job of the night is remembered; of the others those that fail.",
    }  # fmt: skip
    return format_html("<h2>Runs</h2>{}", render_to_string("admin/job_runs.html", context, request))


@admin.register(Job)
class JobDesk(ReadOnlyMixin, Desk):
    """Every periodic job: what it does, how its last run went, when the next is due."""

    group = SYSTEM
    rank = 40
    title = "Jobs"
    blurb = "What runs by itself: last run, how long it took, what came of it, what is late or broke."
    notice = (
        "Beat starts these jobs, workers do them. If all are late, neither runs or the broker is away: tell whoever "
        "runs the server. A job that failed is started again at its next time."
    )
    list_display = ("job", "does", "rung", "began", "took", "stands", "due", "removed_rows")
    list_display_links = ("job",)
    list_per_page = 100
    ordering = ("name",)
    sortable_by = ()
    fields = (
        "does", "rung", "stands", "began", "ended", "took", "due", "done", "failed", "last_error", "counted",
        "removed_rows",
    )  # fmt: skip
    readonly_fields = fields
    panels: ClassVar[list[Panel]] = [runs_of]

    @admin.display(description="job")
    def job(self, row: Job) -> str:
        """Its name in the list of periodic jobs."""
        return row.name

    @admin.display(description="what it does")
    def does(self, row: Job) -> str:
        """In words."""
        return words_of(row.name) or DASH

    @admin.display(description="how often")
    def rung(self, row: Job) -> str:
        """Agency time."""
        return jobs.every(row.name)

    @admin.display(description="last began")
    def began(self, row: Job) -> str:
        """Agency time."""
        return moment(row.started_at)

    @admin.display(description="last ended")
    def ended(self, row: Job) -> str:
        """Agency time."""
        return moment(row.ended_at)

    @admin.display(description="took")
    def took(self, row: Job) -> str:
        """The run that ended last."""
        return took(row.seconds)

    @admin.display(description="stands")
    def stands(self, row: Job) -> SafeString:
        """Done, running, late, failed."""
        found = jobs.standing(row, now=timezone.now())
        return badge(found.word, found.level)

    @admin.display(description="next due")
    def due(self, row: Job) -> str:
        """Agency time."""
        return to_minute(jobs.next_due(row))

    @admin.display(description="last went well")
    def done(self, row: Job) -> str:
        """Agency time."""
        return moment(row.done_at)

    @admin.display(description="last failed")
    def failed(self, row: Job) -> str:
        """Agency time."""
        return moment(row.failed_at)

    @admin.display(description="error of the last run")
    def last_error(self, row: Job) -> str:
        """The kind of error; the log has where."""
        return row.error or DASH

    @admin.display(description="runs")
    def counted(self, row: Job) -> str:
        """How many there were, and how many failed."""
        return f"{row.runs:,}, of which {row.failures:,} failed"

    @admin.display(description="rows removed")
    def removed_rows(self, row: Job) -> str:
        """Of jobs that delete or blank rows."""
        return DASH if row.removed is None else f"{row.removed:,}"


@waits_for_a_person
def troubled(request: HttpRequest) -> list[Notice]:
    """Jobs that are late or failed, on the first page."""
    user: Any = request.user
    count = len(jobs.in_trouble(now=timezone.now())) if user.has_perm(VIEW) else 0
    if not count:
        return []
    words = (
        "job of the background is late or failed"
        if count == 1
        else "jobs of the background are late or failed"
    )
    return [Notice(str(count), words, reverse("admin:leadcrm_job_changelist"), "bad")]


def show_kept(request: HttpRequest) -> HttpResponse:
    """What is kept how long, with the last run of the job that ends it."""
    rows = {row.name: row for row in jobs.known_jobs()}
    now = timezone.now()
    shown = [(rule, rows.get(rule.job), _standing(rows.get(rule.job), now)) for rule in kept()]
    runs = JobRun.objects.filter(job__name__in={rule.job for rule in kept()}).select_related("job")
    context = {
        **admin.site.each_context(request), "title": KEPT.title, "rules": shown,
        "runs": told(runs), "with_job": True, "label": "What was removed when",
        "empty": "No night has passed since this page began to remember. The first run is due at 3:15.",
    }  # fmt: skip
    return TemplateResponse(request, "admin/kept.html", context)


def _standing(row: Job | None, now: Any) -> SafeString | str:
    if row is None:
        return DASH
    found = jobs.standing(row, now=now)
    return badge(found.word, found.level)


KEPT: Final = Page(
    slug="kept",
    title="What is kept how long",
    blurb="What is deleted or blanked by itself, after which time, and what the last nights deleted.",
    group=SYSTEM,
    rank=45,
    permissions=(VIEW,),
    view=show_kept,
)
add_page(KEPT)
