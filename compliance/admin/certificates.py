"""Certificates of bought leads: kept or not, what is odd, and every answer about them. Shown, never edited."""

from datetime import timedelta
from typing import Any, Final

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from compliance.admin.certificate_notices import LATE
from compliance.admin.certificate_words import (
    answers_panel,
    certificates_panel,
    flag_badges,
    state_badge,
    why,
)
from compliance.certificates.sweeping import try_again
from compliance.models import Certificate, CertificateFlag, CertificateState
from compliance.tasks import retain_certificates
from intake.admin import LeadDesk
from intake.admin.searching import find_leads
from intake.models import Lead
from leadcrm.lib.admin.acts import Act
from leadcrm.lib.admin.desk import BigDesk, ReadOnlyMixin
from leadcrm.lib.admin.site import COMPLIANCE
from leadcrm.lib.admin.words import DASH, badge, link, moment
from leadcrm.lib.doorbell import ring_after_commit

LeadDesk.panels = [*LeadDesk.panels, certificates_panel]


def again(request: HttpRequest, certificate: Any) -> bool:
    """Have one certificate asked for at once; False where there is nothing to ask for."""
    if not try_again(certificate=certificate, now=timezone.now()):
        return False
    ring_after_commit(retain_certificates, {"lead_id": certificate.lead_id})
    return True


def again_now(request: HttpRequest, certificate: Any) -> None:
    """The button."""
    if again(request, certificate):
        messages.success(request, "A worker asks for it now: look again in a few seconds.")
    else:
        messages.warning(request, "This certificate is retained already.")


TRY_AGAIN: Final = Act(
    name="try-again", label="Try again now", run=again_now, permission="compliance.change_certificate",
    style="default", when=lambda row: row.state != CertificateState.RETAINED,
)  # fmt: skip


class NeedFilter(admin.SimpleListFilter):
    """What somebody should look at; each is worded as an index is."""

    title = "need"
    parameter_name = "need"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Two questions, and each flag."""
        flags = [(str(flag.value), str(flag.label)) for flag in CertificateFlag]
        return [("late", "Not retained an hour after the purchase"), ("flagged", "Anything odd"), *flags]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Certificate]) -> QuerySet[Certificate]:
        """Other words are ignored."""
        asked = self.value()
        if asked == "late":
            return queryset.filter(
                state=CertificateState.WAITING, accepted_at__lte=timezone.now() - LATE
            ).order_by("accepted_at")
        if asked == "flagged":
            return queryset.exclude(flags=[])
        if asked in CertificateFlag.values:
            return queryset.exclude(flags=[]).filter(flags__contains=[asked])
        return queryset


@admin.register(Certificate)
class CertificateDesk(ReadOnlyMixin, BigDesk):
    """Certificates, the newest first."""

    group = COMPLIANCE
    rank = 40
    title = "Certificates"
    blurb = "Consent certificates of bought leads: retained, at risk or lost, what is odd, every answer about them."
    list_display = ("bought", "lead_link", "provider", "state_text", "flags_short", "phone_text")
    list_display_links = ("bought",)
    list_select_related = ("lead",)
    list_filter = ("state", "provider", NeedFilter)
    list_defer = ("wording",)
    ordering = ("-id",)
    sortable_by = ()
    search_fields = ("pk",)
    search_help_text = "Lead (A-number, phone), certificate id or LeadiD, whole."
    actions = ("try_selected_again",)
    acts = [TRY_AGAIN]
    panels = [answers_panel]
    fieldsets = (
        ("Certificate", {"fields": (("lead_link", "provider"), "token", "state_text", "flags_text")}),
        ("Time", {"fields": (("bought", "vanishes"), ("retained", "expires"), ("attempts", "due"), "alarm_hours")}),
        ("Found", {"fields": (("phone_text", "email_text"), ("age_text", "agrees_text"), "wording", "posted_text")}),
    )  # fmt: skip
    readonly_fields = (
        "bought", "lead_link", "state_text", "flags_text", "phone_text", "email_text", "vanishes", "retained",
        "expires", "due", "age_text", "agrees_text", "posted_text",
    )  # fmt: skip

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Exact, by what has an index."""
        term = search_term.strip()
        if not term:
            return queryset, False
        leads = find_leads(Lead.objects.order_by(), term).values_list("pk", flat=True)[:1000]
        token = term.rsplit("/", 1)[-1]
        return queryset.filter(token__in=[token, token.lower()]) | queryset.filter(
            lead_id__in=list(leads)
        ), False

    def has_try_again_permission(self, request: HttpRequest) -> bool:
        """Asked by the action; the button asks the same."""
        return TRY_AGAIN.is_allowed(request)

    @admin.action(description="Try again now", permissions=["try_again"])
    def try_selected_again(self, request: HttpRequest, queryset: QuerySet[Certificate]) -> None:
        """Each of the page's selected certificates that is not retained."""
        tried = sum(again(request, row) for row in queryset[: self.list_per_page])
        level = messages.SUCCESS if tried else messages.WARNING
        words = f"Workers ask for {tried} now." if tried else "All of the selected are retained already."
        messages.add_message(request, level, words)

    @admin.display(description="bought")
    def bought(self, row: Certificate) -> str:
        """Agency time."""
        return moment(row.accepted_at)

    @admin.display(description="lead")
    def lead_link(self, row: Certificate) -> str:
        """The lead."""
        return link(row.lead)

    @admin.display(description="state")
    def state_text(self, row: Certificate) -> str:
        """With the time that is left, or why it is lost."""
        return format_html("{} {}", state_badge(row), why(row)) if row.error else state_badge(row)

    @admin.display(description="odd")
    def flags_short(self, row: Certificate) -> str:
        """In a word each; the page has sentences."""
        return ", ".join(flag.replace("_", " ") for flag in row.flags) or DASH

    @admin.display(description="odd")
    def flags_text(self, row: Certificate) -> str:
        """In words."""
        return flag_badges(row)

    @admin.display(description="phone")
    def phone_text(self, row: Certificate) -> str:
        """Whether the certificate holds the lead's phone."""
        return _match(row.phone_match)

    @admin.display(description="e-mail")
    def email_text(self, row: Certificate) -> str:
        """Whether the certificate holds the lead's address."""
        return _match(row.email_match)

    @admin.display(description="vanishes unretained")
    def vanishes(self, row: Certificate) -> str:
        """Agency time."""
        return moment(row.vanishes_at)

    @admin.display(description="retained")
    def retained(self, row: Certificate) -> str:
        """Agency time."""
        return moment(row.retained_at)

    @admin.display(description="kept until")
    def expires(self, row: Certificate) -> str:
        """Agency time."""
        return moment(row.expires_at)

    @admin.display(description="next try")
    def due(self, row: Certificate) -> str:
        """Agency time."""
        return moment(row.due_at)

    @admin.display(description="age when asked")
    def age_text(self, row: Certificate) -> str:
        """In days, hours and minutes."""
        return str(timedelta(seconds=row.age_seconds)) if row.age_seconds is not None else DASH

    @admin.display(description="wording as posted")
    def agrees_text(self, row: Certificate) -> str:
        """Whether the wording found is the posted one."""
        return {True: badge("the same", "good"), False: badge("another", "bad"), None: DASH}[
            row.wording_agrees
        ]

    @admin.display(description="posted wording")
    def posted_text(self, row: Certificate) -> str:
        """What the vendor says was shown."""
        consent = getattr(row.lead, "consent", None)
        return consent.text if consent and consent.text else DASH


def _match(matches: bool | None) -> SafeString | str:
    return {True: badge("matches", "good"), False: badge("another", "bad"), None: DASH}[matches]
