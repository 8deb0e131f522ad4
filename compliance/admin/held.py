"""Held leads: the queue of posts that wait for a manager's word."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Final

from django import forms
from django.contrib import admin, messages
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from compliance.admin.decisions import decisions_panel
from compliance.models import Decision, HeldPost, Review
from compliance.registry import CHECKS
from compliance.review import (
    REFUSALS,
    CannotReview,
    approve_held,
    held_by,
    newest_decisions,
    refuse_held,
    why_held,
)
from intake.admin import SubmissionDesk
from intake.admin.filters import SourceFilter
from intake.admin.searching import find_submissions
from intake.api.parsers import parse_body
from intake.flatten import BodyRefused
from intake.models import Submission, SubmissionState
from intake.originals import body_of, query_of
from intake.queries import product_names
from intake.reasons import said
from intake.sources import SOURCES
from intake.understanding import understand
from leadcrm.lib.admin.acts import Act
from leadcrm.lib.admin.desk import BigDesk, ReadOnlyMixin
from leadcrm.lib.admin.site import COMPLIANCE, Notice, waits_for_a_person
from leadcrm.lib.admin.words import badge, day, link, moment
from leadcrm.lib.config import current_version
from leadcrm.lib.counts import counted, up_to
from leadcrm.lib.sealing import CannotOpen
from leadcrm.templatetags.ui import span

LATE_MINUTES: Final = 15
COLD_MINUTES: Final = 60
LIST: Final = "admin:compliance_heldpost_changelist"
MANY: Final = 100
SHOWN: Final = (
    ("first_name", "First name"), ("last_name", "Last name"), ("phone", "Phone"), ("email", "E-mail"),
    ("city", "City"), ("state", "State"), ("zip", "ZIP"), ("date_of_birth", "Born"), ("interest", "Wants"),
    ("consent_timestamp", "Consent given"), ("consent_seller", "Seller named"),
    ("trustedform_cert_url", "TrustedForm"), ("jornaya_leadid", "LeadiD"), ("consent_text", "Consent wording"),
)  # fmt: skip


class NoteForm(forms.Form):
    """Why, for the record."""

    note = forms.CharField(
        max_length=500, widget=forms.Textarea(attrs={"rows": 3, "cols": 60}), label="Why",
        help_text="Kept for good with your name. The vendor never sees it.",
    )  # fmt: skip


class RefuseForm(NoteForm):
    """With the reason for the vendor."""

    reason = forms.ChoiceField(
        choices=[(code, f"{words} ({code})") for code, words in REFUSALS.items()], label="Told to the vendor"
    )
    field_order = ("reason", "note")


def rule(request: HttpRequest, post: Any, data: dict[str, str]) -> tuple[bool, str]:
    """Approve (no `reason` in `data`) or refuse one post: whether it is settled, and what to say."""
    user: Any = request.user
    now = timezone.now()
    try:
        if "reason" in data:
            row = refuse_held(
                submission_id=post.pk, by=user, reason=data["reason"], note=data["note"], now=now
            )
        else:
            row = approve_held(submission_id=post.pk, by=user, note=data["note"], now=now)
    except CannotReview as refusal:
        return False, f"{refusal}."
    log: Any = admin.site.get_model_admin(Submission)
    outcome = f"{row.get_state_display()}{f': {said(row.reason).lower()}' if row.reason else ''}"
    log.log_change(request, row, f"Reviewed: {outcome}")
    return _told(row, asked="reason" not in data)


def _told(row: Submission, *, asked: bool) -> tuple[bool, str]:
    """What became of it, in a sentence. `asked`: it should have been bought."""
    if row.state == SubmissionState.ACCEPTED:
        return True, f"Bought: lead A-{row.lead_number}. Its vendor reads “accepted” now."
    if row.state == SubmissionState.REJECTED:
        why = said(row.reason).lower()
        return (
            not asked,
            f"{'Not bought after all' if asked else 'Refused'}: {why}. Its vendor reads “rejected” now.",
        )
    if row.state == SubmissionState.HELD:
        return False, "Held again: another check objects now. Look at it once more."
    return False, "The decision broke and will be tried again; your word was not kept."


def _ask(request: HttpRequest, post: Any, form_class: type[NoteForm], title: str, intro: str) -> HttpResponse:
    desk: Any = admin.site.get_model_admin(type(post))
    form = form_class(request.POST if request.method == "POST" else None, initial=_usual(post, form_class))
    if form.is_valid():
        settled, words = rule(request, post, form.cleaned_data)
        messages.add_message(request, messages.SUCCESS if settled else messages.WARNING, words)
        # A held lead leaves its desk with this; the intake log keeps it.
        return HttpResponseRedirect(reverse(LIST) if isinstance(post, HeldPost) else desk.url_of(post))
    page: HttpResponse = desk.act_page(
        request, post, "admin/act_form.html", form=form, title=title, intro=intro
    )
    return page


def _usual(post: Any, form_class: type[NoteForm]) -> dict[str, str]:
    """The reason for which it is held, where that is one to be given."""
    if form_class is not RefuseForm:
        return {}
    decision = newest_decisions([post]).get(post.pk)
    names = set(held_by(decision))
    for record in decision.checks if decision else []:
        for reason in record.get("reasons", []) if record.get("check") in names else []:
            if reason.get("code") in REFUSALS:
                return {"reason": reason["code"]}
    return {}


def approve(request: HttpRequest, post: Any) -> HttpResponse:
    """A page that asks for the note."""
    decision = newest_decisions([post]).get(post.pk)
    objections = "; ".join(why_held(decision))
    intro = f"You overrule: {objections} Every other check is asked again, and may still refuse it."
    return _ask(request, post, NoteForm, "Approve", intro)


def refuse(request: HttpRequest, post: Any) -> HttpResponse:
    """A page that asks for the reason and the note."""
    return _ask(
        request, post, RefuseForm, "Refuse", "Nothing is bought; the vendor may offer the lead elsewhere."
    )


def is_held(post: Any) -> bool:
    """Still waiting."""
    return bool(post.state == SubmissionState.HELD)


ACTS = [
    Act(
        name="approve", label="Approve", run=approve, permission="compliance.add_review", when=is_held, page=True,
        style="default",
    ),
    Act(
        name="refuse", label="Refuse", run=refuse, permission="compliance.add_review", when=is_held, page=True,
        style="danger",
    ),
]  # fmt: skip
SubmissionDesk.acts = [*ACTS, *SubmissionDesk.acts]


def consumer_panel(request: HttpRequest, post: Any) -> SafeString | str:
    """Who it is about, as far as the post can be read."""
    try:
        parsed = parse_body(body_of(post), post.content_type, query_of(post))
    except (CannotOpen, BodyRefused) as reason:
        return str(reason)
    version = current_version()
    understood = understand(
        submission=post, source=SOURCES.get(post.source_id, version), payload=parsed.flat,
        config_version=version, now=timezone.now(), test=post.test,
    )  # fmt: skip
    fields = understood.fields
    rows = [(label, _plain(name, fields[name])) for name, label in SHOWN if fields.get(name)]
    return render_to_string("admin/compliance/held_consumer.html", {"rows": rows}, request)


def _plain(name: str, value: Any) -> str:
    if name == "interest":
        return product_names().get(str(value), str(value))
    if isinstance(value, date):
        return moment(value) if isinstance(value, datetime) else day(value)
    return str(getattr(value, "national", None) or getattr(value, "zip5", None) or value)


class HeldByFilter(admin.SimpleListFilter):
    """By the check that holds it."""

    title = "held by"
    parameter_name = "check"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Every check."""
        return [(check.name, check.label) for check in CHECKS]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The few held posts, each with its decisions."""
        if not self.value():
            return queryset
        holds = [{"check": self.value(), "held": True}]
        return queryset.filter(
            Exists(Decision.objects.filter(submission=OuterRef("pk"), checks__contains=holds))
        )


@admin.register(HeldPost)
class HeldDesk(ReadOnlyMixin, BigDesk):
    """The oldest first: the vendor waits, and the lead gets cold."""

    group = COMPLIANCE
    rank = 10
    title = "Held leads"
    blurb = "Posts that a check holds for review, the oldest first. Approve or refuse each; its vendor reads “pending”."
    list_display = ("received", "waits", "why", "source", "vendor_lead_id")
    list_display_links = ("received",)
    list_select_related = ("source__vendor",)
    list_filter = (HeldByFilter, ("source", SourceFilter))
    list_defer = ("body", "query", "headers", "answer", "error")
    ordering = ("received_at",)
    sortable_by = ()
    search_fields = ("pk",)
    search_help_text = "Submission id or the vendor's lead id, whole."
    actions = ("approve_selected", "refuse_selected")
    acts = ACTS
    panels = [consumer_panel, decisions_panel]
    fields = (("received", "waits"), ("source", "vendor_lead_id"), "post")
    readonly_fields = ("received", "waits", "why", "post")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Held posts alone; test posts wait for nobody."""
        return super().get_queryset(request).filter(state=SubmissionState.HELD, test=False)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Exact, by what has an index."""
        return (find_submissions(queryset, search_term) if search_term.strip() else queryset), False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """With the decisions of the page at hand, in one query."""
        answer = super().changelist_view(request, extra_context)
        if isinstance(answer, TemplateResponse) and answer.context_data and "cl" in answer.context_data:
            rows = list(answer.context_data["cl"].result_list)
            decisions = newest_decisions(rows)
            for row in rows:
                row.newest = decisions.get(row.pk)
            answer.context_data["cl"].result_list = rows
        return answer

    def has_review_permission(self, request: HttpRequest) -> bool:
        """Asked by the actions; the buttons ask the same."""
        return ACTS[0].is_allowed(request)

    @admin.action(description="Approve", permissions=["review"])
    def approve_selected(self, request: HttpRequest, queryset: QuerySet[HeldPost]) -> HttpResponse | None:
        """Each of the selected, the oldest first, with one note."""
        return self._rule_all(request, queryset, NoteForm, "Approve")

    @admin.action(description="Refuse", permissions=["review"])
    def refuse_selected(self, request: HttpRequest, queryset: QuerySet[HeldPost]) -> HttpResponse | None:
        """Each of the selected, with one reason and note."""
        return self._rule_all(request, queryset, RefuseForm, "Refuse")

    def _rule_all(
        self, request: HttpRequest, queryset: QuerySet[HeldPost], form_class: type[NoteForm], title: str
    ) -> HttpResponse | None:
        rows = list(queryset.order_by("received_at")[: self.list_per_page])
        form = form_class(request.POST if "note" in request.POST else None)
        if not form.is_valid():
            words = f"{title} {len(rows)} held {'lead' if len(rows) == 1 else 'leads'}"
            context = {
                **self.admin_site.each_context(request), "opts": self.opts, "desk_title": self.desk_title,
                "back": reverse(LIST), "form": form, "title": words, "rows": rows,
                "action": request.POST.get("action", ""),
            }  # fmt: skip
            return TemplateResponse(request, "admin/compliance/held_selected.html", context)
        for (settled, told), times in Counter(rule(request, row, form.cleaned_data) for row in rows).items():
            level = messages.SUCCESS if settled else messages.WARNING
            messages.add_message(request, level, f"{times} leads: {told}" if times > 1 else told)
        return None

    @admin.display(description="received")
    def received(self, post: HeldPost) -> str:
        """Agency time."""
        return moment(post.received_at)

    @admin.display(description="waits")
    def waits(self, post: HeldPost) -> str:
        """Marked when it gets cold."""
        minutes = (timezone.now() - post.received_at).total_seconds() / 60
        level = "bad" if minutes > COLD_MINUTES else "warn" if minutes > LATE_MINUTES else "plain"
        return badge(span(post.received_at), level)

    @admin.display(description="held because")
    def why(self, post: Any) -> str:
        """Each objection."""
        return " ".join(why_held(post.newest)) if hasattr(post, "newest") else ""

    @admin.display(description="in the intake log")
    def post(self, post: HeldPost) -> str:
        """The post as it came, and its answer."""
        return link(Submission(pk=post.pk), post.pk.hex)


@waits_for_a_person
def held_leads(request: HttpRequest) -> Iterator[Notice]:
    """On the first page, for those who may do something about it."""
    user: Any = request.user
    if not user.has_perm("compliance.view_heldpost"):
        return
    waiting = HeldPost.objects.filter(state=SubmissionState.HELD, test=False)
    if count := counted(waiting, MANY):
        words = "post held for review" if count == 1 else "posts held for review"
        yield Notice(up_to(MANY, count), words, reverse(LIST))


def reviews_panel(request: HttpRequest, submission: Any) -> str:
    """What people said of it, on the post's page."""
    reviews = list(Review.objects.filter(submission=submission).select_related("by"))
    return render_to_string("admin/compliance/reviews.html", {"reviews": reviews}, request) if reviews else ""


SubmissionDesk.panels = [reviews_panel, *SubmissionDesk.panels]
