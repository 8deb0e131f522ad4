"""Reports for managers: which are made by the clock, which were made, and what became of their mails."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Prefetch
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from agents.admin.mails import LEVELS as MAIL_LEVELS
from agents.models import PersonMailState, ReportMail, ReportRun, ReportSchedule, RunState
from agents.reports import REPORTS, find_report
from agents.reports.sending import readers
from leadcrm.lib.admin.bases import AnyForm
from leadcrm.lib.admin.desk import BigDesk, Desk, ReadOnlyInline, ReadOnlyMixin
from leadcrm.lib.admin.site import FIGURES, Notice, waits_for_a_person
from leadcrm.lib.admin.words import DASH, badge, moment

LEVELS = {
    RunState.WAITING: "info", RunState.DONE: "good", RunState.EMPTY: "plain", RunState.REPEATED: "plain",
    RunState.FAILED: "bad",
}  # fmt: skip


def title_of(name: str) -> str:
    """The title of a report; of one that is no more, its name."""
    report = find_report(name)
    return report.title if report else name


class ScheduleForm(AnyForm):
    """Which report, and addresses that can be written to."""

    report = forms.ChoiceField(choices=[(name, each.title) for name, each in REPORTS.items()])
    recipients = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="E-mail addresses between commas or on lines. Reports hold figures, never consumers.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["recipients"] = "\n".join(self.instance.recipients)

    def clean_recipients(self) -> list[str]:
        """Each once."""
        try:
            return readers(self.cleaned_data["recipients"])
        except forms.ValidationError as error:
            raise forms.ValidationError(error.messages) from None

    def clean(self) -> dict[str, Any]:
        """A weekly one has its weekday, the others have none."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        weekly = values.get("repeats") == "week"
        if weekly and values.get("weekday") is None:
            self.add_error("weekday", "Choose the weekday of a report that is made every week.")
        if not weekly and values.get("weekday") is not None:
            self.add_error("weekday", "Only a report that is made every week has a weekday.")
        return values


@admin.register(ReportSchedule)
class ReportScheduleDesk(Desk):
    """Reports by the clock."""

    group = FIGURES
    noun = ("scheduled report", "scheduled reports")
    rank = 20
    title = "Scheduled reports"
    blurb = "Reports that the product makes and mails by itself: which, about which days, when, to whom."
    notice = "Made within a minute of the hour. If nothing ran then, the last hour that was missed is made up for once."
    form = ScheduleForm
    list_display = ("shown", "period", "when", "readers", "quiet_if_empty", "state", "last_run")
    list_display_links = ("shown",)
    list_filter = ("active",)
    sortable_by = ()
    fields = ("report", "period", ("repeats", "weekday", "hour"), "recipients", "quiet_if_empty", "active")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """What is new or changed holds from now on: no hour before is made up for."""
        if not change or form.changed_data:
            obj.from_at = timezone.now()
        super().save_model(request, obj, form, change)

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the newest run of each, in one query more."""
        newest = (
            ReportRun.objects.exclude(schedule=None).order_by("schedule_id", "-id").distinct("schedule_id")
        )
        runs = Prefetch("runs", queryset=newest.defer("text", "html", "csv"), to_attr="newest_runs")
        return super().get_queryset(request).prefetch_related(runs)

    @admin.display(description="report")
    def shown(self, row: ReportSchedule) -> str:
        """Its title."""
        return title_of(row.report)

    @admin.display(description="made")
    def when(self, row: ReportSchedule) -> str:
        """Every Monday at 7:00."""
        how = (
            f"every {row.get_weekday_display()}"
            if row.weekday is not None
            else row.get_repeats_display().lower()
        )
        return f"{how}, {row.hour}:00"

    @admin.display(description="to")
    def readers(self, row: ReportSchedule) -> str:
        """The first, and how many more."""
        more = len(row.recipients) - 1
        return row.recipients[0] + (f" and {more} more" if more else "")

    @admin.display(description="state")
    def state(self, row: ReportSchedule) -> str:
        """Whether it runs."""
        return badge("active", "good") if row.active else badge("off", "plain")

    @admin.display(description="last made")
    def last_run(self, row: Any) -> str:
        """When, agency time."""
        runs = row.newest_runs
        return moment(runs[0].created_at) if runs else DASH


class MailInline(ReadOnlyInline):
    """To whom it went."""

    model = ReportMail
    verbose_name_plural = "mails"
    fields = ("to", "mail_state", "sent", "attempts", "error")
    readonly_fields = fields
    ordering = ("pk",)

    @admin.display(description="state")
    def mail_state(self, row: ReportMail) -> str:
        """Where it stands."""
        state = PersonMailState(row.state)
        return badge(state.label, MAIL_LEVELS[state])

    @admin.display(description="sent")
    def sent(self, row: ReportMail) -> str:
        """When, agency time."""
        return moment(row.sent_at) if row.sent_at else DASH


@admin.register(ReportRun)
class ReportRunDesk(ReadOnlyMixin, BigDesk):
    """Runs of reports. Written by the product."""

    group = FIGURES
    noun = ("report made", "reports made")
    rank = 30
    title = "Reports made"
    blurb = "Every report that was made by schedule, command or download: for whom, how long it took, what failed."
    list_display = (
        "at",
        "shown",
        "first",
        "last",
        "via",
        "by",
        "state_badge",
        "rows",
        "took",
        "failure",
    )
    list_display_links = ("at",)
    list_select_related = ("made_by", "key")
    list_filter = ("state", "via")
    ordering = ("-id",)
    sortable_by = ()
    fields = (
        ("at", "shown"), ("first", "last"), ("via", "by", "format"), ("state_badge", "failure"),
        ("rows", "took", "attempts"), "to",
    )  # fmt: skip
    readonly_fields = ("at", "shown", "by", "state_badge", "took", "to")
    inlines = (MailInline,)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Without what was mailed."""
        return super().get_queryset(request).select_related("made_by", "key").defer("text", "html", "csv")

    @admin.display(description="when")
    def at(self, run: ReportRun) -> str:
        """Agency time."""
        return moment(run.created_at)

    @admin.display(description="report")
    def shown(self, run: ReportRun) -> str:
        """Its title."""
        return title_of(run.report)

    @admin.display(description="made by")
    def by(self, run: ReportRun) -> str:
        """The person, or the system by its key."""
        if run.key is not None:
            return run.key.label or str(run.key)
        return str(run.made_by or DASH)

    @admin.display(description="state")
    def state_badge(self, run: ReportRun) -> str:
        """Where it stands."""
        state = RunState(run.state)
        return badge(state.label, LEVELS[state])

    @admin.display(description="took")
    def took(self, run: ReportRun) -> str:
        """Milliseconds."""
        return f"{run.ms:,} ms" if run.ms else DASH

    @admin.display(description="for")
    def to(self, run: ReportRun) -> str:
        """All addresses it was made for."""
        return ", ".join(run.recipients) or DASH


@waits_for_a_person
def reports_that_failed(request: HttpRequest) -> list[Notice]:
    """Reports of the last week that could not be made, and mails of them that the server refused for good."""
    user: Any = request.user
    if not user.has_perm("agents.view_reportrun"):
        return []
    since = timezone.now() - timedelta(days=7)
    runs = ReportRun.objects.filter(state=RunState.FAILED, created_at__gte=since).count()
    mails = ReportMail.objects.filter(state=PersonMailState.FAILED, created_at__gte=since).count()
    address = reverse("admin:agents_reportrun_changelist")
    found = []
    if runs:
        found.append(
            Notice(
                str(runs),
                f"report{'s' if runs > 1 else ''} could not be made",
                f"{address}?state__exact=failed",
            )
        )
    if mails:
        found.append(
            Notice(str(mails), f"mail{'s' if mails > 1 else ''} of reports could not be sent", address)
        )
    return found
