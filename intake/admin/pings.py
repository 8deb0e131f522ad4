"""The log of pings: what was asked, what was bid, what became of it. Nobody edits it."""

from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from intake.admin.filters import ReasonFilter, ReceivedFilter, SourceFilter
from intake.admin.leads import LeadDesk
from intake.admin.submissions import SubmissionDesk
from intake.admin.words import reason_words
from intake.models import Ping, PingPlace, PingState, Submission
from intake.reasons import said
from leadcrm.lib.admin.desk import BigDesk, ReadOnlyMixin
from leadcrm.lib.admin.site import LEADS
from leadcrm.lib.admin.words import DASH, badge, dollars, link, milliseconds, moment, page_of
from leadcrm.lib.keys import uuid_from

LEVELS = {
    PingState.ACCEPTED: "info", PingState.REJECTED: "plain", PingState.POSTED: "good", PingState.EXPIRED: "warn",
}  # fmt: skip
PLACES = {
    PingPlace.HELD: "info", PingPlace.USED: "good", PingPlace.RETURNED: "plain", PingPlace.NONE: "plain",
}  # fmt: skip


def state_badge(ping: Ping) -> SafeString:
    """Where it stands."""
    state = PingState(ping.state)
    return badge(state.label.partition(":")[0], LEVELS[state])


def ping_panel(request: HttpRequest, submission: Any) -> str:
    """On a post's page: the ping it was promised its price by."""
    return _panel(request, Ping.objects.filter(submission=submission))


def ping_of_lead(request: HttpRequest, lead: Any) -> str:
    """On a lead's page."""
    return _panel(request, Ping.objects.filter(submission=lead.submission_id))


def _panel(request: HttpRequest, found: Any) -> str:
    user: Any = request.user
    ping = found.defer("answer", "checks").first()
    if ping is None or not user.has_perm("intake.view_ping"):
        return ""
    context = {
        "ping": ping, "badge": state_badge(ping), "price": dollars(ping.price), "url": page_of(ping),
        "received": moment(ping.received_at), "expires": moment(ping.expires_at),
        "place": ping.get_place_display(), "said": sorted(ping.fields.items()),
    }  # fmt: skip
    return render_to_string("admin/intake/ping.html", context, request)


SubmissionDesk.panels = [ping_panel, *SubmissionDesk.panels]
LeadDesk.panels = [*LeadDesk.panels, ping_of_lead]


@admin.register(Ping)
class PingDesk(ReadOnlyMixin, BigDesk):
    """All pings."""

    group = LEADS
    rank = 45
    title = "Pings"
    blurb = "Bids asked for before a post: the price, the place held, and what came of it. No contact data."
    list_display = (
        "received", "badge_of_state", "reason_text", "source", "price_text", "vendor_lead_id", "post_link", "is_test",
    )  # fmt: skip
    list_display_links = ("received",)
    list_select_related = ("source__vendor",)
    list_filter = ("state", ReasonFilter, ReceivedFilter, ("source", SourceFilter))
    list_defer = ("fields", "checks", "places", "hashes", "answer")
    ordering = ("-received_at",)
    sortable_by = ("received",)
    search_fields = ("pk",)
    search_help_text = "Ping id, submission id or the vendor's lead id, whole."
    fieldsets = (
        (
            "Ping",
            {
                "fields": (
                    ("received", "source"), ("badge_of_state", "reason_text"), ("price_text", "price_rule"),
                    ("expires", "ended"), ("place_badge", "post"), ("vendor_lead_id", "is_test"), ("api_key", "id"),
                )
            },
        ),
        ("What it said", {"fields": ("said",)}),
        ("Places under the caps", {"fields": ("places_table",)}),
        ("Checks", {"fields": ("checks_table",)}),
        ("Answer", {"fields": (("answer_status", "ms"), "answer_text")}),
    )  # fmt: skip
    readonly_fields = (
        "received", "badge_of_state", "reason_text", "price_text", "expires", "ended", "place_badge", "post", "is_test",
        "said", "places_table", "checks_table", "ms", "answer_text",
    )  # fmt: skip

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Exact, by what has an index."""
        term = search_term.strip()
        if not term:
            return queryset, False
        means = Q(vendor_lead_id=term[:128]) & ~Q(vendor_lead_id="")
        if key := uuid_from(term):
            means |= Q(pk=key) | Q(submission=key)
        return queryset.filter(means), False

    @admin.display(description="received", ordering="received_at")
    def received(self, ping: Ping) -> str:
        """Agency time."""
        return moment(ping.received_at)

    @admin.display(description="state")
    def badge_of_state(self, ping: Ping) -> str:
        """Where it stands."""
        return state_badge(ping)

    @admin.display(description="reason")
    def reason_text(self, ping: Ping) -> str:
        """In words, with the code that the vendor was told."""
        return reason_words(ping.reason)

    @admin.display(description="price")
    def price_text(self, ping: Ping) -> str:
        """US dollars; a refused one was bid nothing."""
        return dollars(ping.price) if ping.state != PingState.REJECTED else DASH

    @admin.display(description="post")
    def post_link(self, ping: Ping) -> str:
        """To the post that used it; its id is on the ping's page."""
        return link(Submission(pk=ping.submission_id), "open") if ping.submission_id else DASH

    @admin.display(description="expires")
    def expires(self, ping: Ping) -> str:
        """Agency time."""
        return moment(ping.expires_at)

    @admin.display(description="ended")
    def ended(self, ping: Ping) -> str:
        """When it was posted, or its time was over."""
        return moment(ping.ended_at)

    @admin.display(description="place")
    def place_badge(self, ping: Ping) -> str:
        """What became of the place it took."""
        place = PingPlace(ping.place)
        return badge(place.label, PLACES[place])

    @admin.display(description="post")
    def post(self, ping: Ping) -> str:
        """The post that used it."""
        return link(Submission(pk=ping.submission_id), ping.submission_id.hex) if ping.submission_id else DASH

    @admin.display(description="test")
    def is_test(self, ping: Ping) -> str:
        """Marked, since nothing is bought by it."""
        return badge("test", "info") if ping.test else ""

    @admin.display(description="values")
    def said(self, ping: Ping) -> str:
        """What its post must say, too."""
        return _table(("field", "value"), sorted(ping.fields.items()))

    @admin.display(description="caps")
    def places_table(self, ping: Ping) -> str:
        """Of which caps, in which periods."""
        rows = [(place["cap"], place["period"], place["amount"]) for place in ping.places]
        return _table(("cap", "period since", "taken"), rows)

    @admin.display(description="outcomes")
    def checks_table(self, ping: Ping) -> str:
        """In order."""
        rows = [
            (
                check.get("check", ""), check.get("outcome", ""),
                ", ".join(said(reason.get("code", "")) for reason in check.get("reasons", ())), check.get("detail", ""),
                milliseconds(check.get("ms", 0)),
            )
            for check in ping.checks
        ]  # fmt: skip
        return _table(("check", "outcome", "reasons", "detail", "took"), rows)

    @admin.display(description="took")
    def ms(self, ping: Ping) -> str:
        """From the first byte read to the answer made."""
        return milliseconds(ping.processed_ms)

    @admin.display(description="text")
    def answer_text(self, ping: Ping) -> str:
        """As it was sent."""
        return format_html('<pre dir="auto">{}</pre>', ping.answer) if ping.answer else DASH


def _table(heads: tuple[str, ...], rows: Any) -> str:
    if not rows:
        return DASH
    head = format_html_join("", '<th scope="col">{}</th>', ((word,) for word in heads))
    body = format_html_join(
        "", "<tr>{}</tr>", ((format_html_join("", "<td>{}</td>", ((cell,) for cell in row)),) for row in rows)
    )
    return format_html("<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>", head, body)
