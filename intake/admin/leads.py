"""Leads as managers see them: everything that is known, nothing edited. Acts do what is to be done."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse

from intake.admin.filters import ReceivedFilter, SourceFilter, WithoutOwner
from intake.admin.searching import find_leads
from intake.models import OPEN_STATUSES, Lead, LeadStatus, Submission, SubmissionState
from intake.queries import product_names, without_owner
from leadcrm.bulk.desk import Bulk
from leadcrm.lib.admin.desk import BigDesk, ReadOnlyMixin
from leadcrm.lib.admin.site import LEADS, Notice, waits_for_a_person
from leadcrm.lib.admin.words import DASH, badge, dollars, link, to_minute
from leadcrm.lib.counts import count_words
from leadcrm.templatetags.ui import phone as phone_words

LEVELS = {
    LeadStatus.NEW: "info",
    LeadStatus.CONTACTED: "plain",
    LeadStatus.QUOTED: "warn",
    LeadStatus.SOLD: "good",
    LeadStatus.LOST: "plain",
    LeadStatus.RETURNED: "bad",
}
# On the first page nobody needs to know more than that there are many.
MANY = 100


def history(request: HttpRequest, lead: Any) -> str:
    """What happened to the lead, oldest first."""
    events = lead.events.select_related("actor")
    return render_to_string("admin/intake/lead_history.html", {"events": events}, request)


def consent(request: HttpRequest, lead: Any) -> str:
    """What the consumer agreed to."""
    return render_to_string(
        "admin/intake/lead_consent.html", {"consent": getattr(lead, "consent", None)}, request
    )


@admin.register(Lead)
class LeadDesk(Bulk, ReadOnlyMixin, BigDesk):
    """Leads."""

    group = LEADS
    rank = 10
    blurb = "Every lead that was bought: who it is, who has it, what happened to it."
    list_display = (
        "number", "received", "full_name", "status_badge", "owner_name", "phone_text", "state", "source",
    )  # fmt: skip
    list_display_links = ("number", "full_name")
    list_select_related = ("source__vendor", "owner")
    list_filter = ("status", WithoutOwner, ReceivedFilter, ("source", SourceFilter), "owner")
    list_defer = ("attributes", "extra", "tracking", "user_agent", "address", "address_2")
    ordering = ("-received_at",)
    sortable_by = ("received",)
    search_fields = ("pk",)
    search_help_text = "A-number, phone, e-mail address or the vendor's lead id, whole."
    fieldsets = (
        (
            "Lead",
            {
                "fields": (
                    ("number", "status_badge"), ("received", "status_moment"), ("owner_name", "assigned"),
                    ("first_touch", "attempts"), "unassigned_why",
                )
            },
        ),
        (
            "Person",
            {
                "fields": (
                    ("first_name", "last_name"), ("phone_text", "phone_2_text"), ("email", "phone_extension"),
                    ("address", "address_2"), ("city", "state"), ("zip", "zip_plus4"),
                    ("date_of_birth", "age"), "gender",
                )
            },
        ),
        (
            "Bought",
            {
                "fields": (
                    ("source", "price_text"), ("product", "vendor_lead_id"), ("generated", "post"),
                    "attributes", "extra", "tracking", ("ip_address", "user_agent"),
                )
            },
        ),
    )  # fmt: skip
    readonly_fields = (
        "number", "status_badge", "received", "status_moment", "owner_name", "assigned", "first_touch",
        "phone_text", "phone_2_text", "product", "price_text", "generated", "post",
    )  # fmt: skip
    panels = [history, consent]
    actions: Any = ()

    def get_queryset(self, request: HttpRequest) -> QuerySet[Lead]:
        """With the names that the page shows."""
        return super().get_queryset(request).select_related("source__vendor", "owner")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Exact, by what has an index."""
        return find_leads(queryset, search_term) if search_term.strip() else queryset, False

    @admin.display(description="number")
    def number(self, lead: Lead) -> str:
        """As the vendor knows it."""
        return f"A-{lead.pk}"

    @admin.display(description="received", ordering="received_at")
    def received(self, lead: Lead) -> str:
        """Agency time."""
        return to_minute(lead.received_at)

    @admin.display(description="generated")
    def generated(self, lead: Lead) -> str:
        """When the consumer filled in the form."""
        return to_minute(lead.generated_at)

    @admin.display(description="since")
    def status_moment(self, lead: Lead) -> str:
        """When it came to this stage."""
        return to_minute(lead.status_at)

    @admin.display(description="assigned")
    def assigned(self, lead: Lead) -> str:
        """When it came to its owner."""
        return to_minute(lead.assigned_at)

    @admin.display(description="first touch")
    def first_touch(self, lead: Lead) -> str:
        """The first call, text, e-mail or outcome."""
        return to_minute(lead.touched_at)

    @admin.display(description="phone")
    def phone_text(self, lead: Lead) -> str:
        """For people."""
        return phone_words(lead.phone)

    @admin.display(description="second phone")
    def phone_2_text(self, lead: Lead) -> str:
        """For people."""
        return phone_words(lead.phone_2) or DASH

    @admin.display(description="status")
    def status_badge(self, lead: Lead) -> str:
        """Moved on the lead's own page, where agents work it."""
        return badge(lead.get_status_display(), LEVELS[LeadStatus(lead.status)])

    @admin.display(description="owner")
    def owner_name(self, lead: Lead) -> str:
        """Or that nobody works it."""
        if lead.owner is not None:
            return str(lead.owner)
        return badge("nobody", "bad") if lead.status in OPEN_STATUSES else DASH

    @admin.display(description="product")
    def product(self, lead: Lead) -> str:
        """What the person asks for, as people call it."""
        return product_names().get(lead.interest, lead.interest)

    @admin.display(description="price")
    def price_text(self, lead: Lead) -> str:
        """US dollars."""
        return dollars(lead.price)

    @admin.display(description="post")
    def post(self, lead: Lead) -> str:
        """The post it came with."""
        return link(Submission(pk=lead.submission_id), "as it came, with the decision")


@waits_for_a_person
def waiting(request: HttpRequest) -> list[Notice]:
    """Leads nobody works, and posts that need a person."""
    user: Any = request.user
    found = []
    if user.has_perm("intake.view_lead") and (
        count := count_words(without_owner(Lead.objects.all()), MANY, none="")
    ):
        address = reverse("admin:intake_lead_changelist") + "?owned=no"
        found.append(Notice(count, f"open lead{_s(count)} without an owner", address, "bad"))
    if user.has_perm("intake.view_submission"):
        for state, what, level in (
            (SubmissionState.FAILED, "whose decision failed", "bad"),
            (SubmissionState.UNREADABLE, "that could not be read", "info"),
        ):
            if count := count_words(Submission.objects.filter(state=state), MANY, none=""):
                address = f"{reverse('admin:intake_submission_changelist')}?state__exact={state}"
                found.append(Notice(count, f"post{_s(count)} {what}", address, level))
    return found


def _s(count: str) -> str:
    return "" if count == "1" else "s"
