"""Sources: one contract with one vendor, with everything a post is read by."""

from typing import Any, ClassVar

from django.conf import settings
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html

from intake.admin.cloning import CLONE
from intake.admin.filters import VendorFilter
from intake.admin.forms import FieldRuleForm, FieldRuleSet, HoursForm, SourceForm
from intake.admin.keys import ISSUE, ROTATE, KeysOfSource
from intake.admin.posting import REPLACE_LINK, posting_links
from intake.admin.price_rules import PriceRules
from intake.admin.sample import SAMPLE
from intake.admin.standing import GO_LIVE, standing_panel, status_badge
from intake.hours import set_hours
from intake.models import FieldRule, Source, SourceHours, SourceStatus
from leadcrm.bulk.desk import Bulk
from leadcrm.lib.admin.acts import Act
from leadcrm.lib.admin.desk import Desk, RowsInline
from leadcrm.lib.admin.site import VENDORS
from leadcrm.lib.admin.words import dollars


class FieldRules(RowsInline):
    """How the vendor names fields and codes values."""

    model = FieldRule
    form = FieldRuleForm
    formset = FieldRuleSet
    verbose_name_plural = "field rules: the vendor's names and codes"


class Hours(RowsInline):
    """When the source takes posts."""

    model = SourceHours
    verbose_name_plural = "hours, in the agency's time zone (none: always open)"


def _move(status: SourceStatus, said: str) -> Any:
    def run(request: HttpRequest, source: Any) -> None:
        desk: Any = admin.site.get_model_admin(Source)
        with transaction.atomic():
            Source.objects.filter(pk=source.pk).update(status=status)
            desk.log_change(request, source, said)
        messages.success(request, f"{source}: {said.lower()}.")

    return run


def _hours_of(source: Source) -> dict[str, Any]:
    """What the form begins with: the days and times as they are, office hours where there are none."""
    rows = list(source.hours.all())
    if not rows:
        return {"weekdays": list(range(5)), "opens_at": "09:00", "closes_at": "17:00"}
    days = sorted({row.weekday for row in rows})
    return {
        "weekdays": days,
        "opens_at": f"{rows[0].opens_at:%H:%M}",
        "closes_at": f"{rows[0].closes_at:%H:%M}",
    }


def set_source_hours(request: HttpRequest, source: Any) -> HttpResponse | None:
    """Ask for days and times; then set them."""
    desk: Any = admin.site.get_model_admin(Source)
    form = HoursForm(request.POST or None, initial=_hours_of(source))
    if request.method != "POST" or not form.is_valid():
        answer: HttpResponse = desk.act_page(
            request, source, "admin/act_form.html", form=form, media=desk.media, title="Set hours",
            intro=f"When {source} takes posts, in the agency's time zone. Without any hours it takes them always.",
        )  # fmt: skip
        return answer
    values = form.cleaned_data
    with transaction.atomic():
        set_hours(source=source, **{**values, "weekdays": [int(day) for day in values["weekdays"]]})
        desk.log_change(request, source, "Hours set")
    messages.success(request, f"The hours of {source} are set.")
    return None


def _is_not(status: SourceStatus) -> Any:
    return lambda source: source.status != status


CHANGE = "intake.change_source"
HOURS = Act(name="hours", label="Set hours", run=set_source_hours, permission=CHANGE, page=True)
ACTS = [
    SAMPLE,
    ISSUE,
    ROTATE,
    REPLACE_LINK,
    HOURS,
    CLONE,
    GO_LIVE,
    Act(
        name="pause", label="Pause", run=_move(SourceStatus.PAUSED, "Paused"), permission=CHANGE,
        when=_is_not(SourceStatus.PAUSED), style="danger",
        ask="From now on every post of this source is refused with the reason source_paused.",
    ),
    Act(
        name="test", label="Back to test", run=_move(SourceStatus.TEST, "Test"), permission=CHANGE,
        when=_is_not(SourceStatus.TEST),
        ask="From now on every post of this source is a test post: it is answered, and nothing is bought.",
    ),
]  # fmt: skip


@admin.register(Source)
class SourceDesk(Bulk, Desk):
    """One contract with one vendor."""

    group = VENDORS
    rank = 20
    blurb = "Contracts: what is bought, at which price, how a post is read and checked, keys, caps."
    form = SourceForm
    list_display = ("name", "vendor", "vertical", "status_badge", "price_text", "mode", "created_at")
    list_select_related = ("vendor", "vertical")
    list_filter = ("status", "vertical", ("vendor", VendorFilter))
    search_fields = ("name", "vendor__name")
    readonly_fields = ("status_badge", "endpoint", "posting_links", "created_at")
    choice_joins: ClassVar[dict[str, tuple[str, ...]]] = {}
    autocomplete_fields = ("vendor",)
    inlines = [KeysOfSource, Hours, PriceRules, FieldRules]
    acts = list(ACTS)
    head_panels = [standing_panel]
    save_on_top = True
    fieldsets = (
        ("Contract", {"fields": (("vendor", "name"), ("vertical", "status_badge"), ("price_kind", "price"))}),
        (
            "What a post must carry",
            {
                "fields": ("required_fields", ("replay_by", "replay_days")),
                "description": "Missing fields refuse a post. A repeated post is answered as the first was.",
            },
        ),
        (
            "Pings",
            {
                "fields": (("pings", "ping_seconds", "ping_rate_limit"), "ping_fields"),
                "description": "A vendor may ask for interest and price before it hands over a person. An accepted "
                "ping holds a place under the caps; its price is honoured until it expires.",
            },
        ),
        (
            "Answers",
            {
                "fields": (("mode", "profile"), ("dialect", "detail")),
                "description": "When the vendor has the decision, and in whose words.",
            },
        ),
        (
            "Access",
            {
                "fields": ("endpoint", "key_in_body", "allowed_networks", "rate_limit"),
                "description": "Keys are issued by the button above and listed below.",
            },
        ),
        (
            "Posting instructions",
            {
                "fields": ("posting_links", ("posting_terms", "posting_price")),
                "description": "A page for the vendor's engineer: fields, samples, answers, a console. "
                "Whoever has the link can read it; it holds no key, no cap and no other vendor.",
            },
        ),
        ("Demonstration", {"fields": ("demo", "created_at"), "classes": ("collapse",)}),
    )

    class Media:
        css = {"all": ("leadcrm/css/admin_source.css",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Source]:
        """With the names that a source is called by."""
        return super().get_queryset(request).select_related("vendor", "vertical")

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Vendor and kind of insurance have pages of their own: no buttons to change or delete them from here."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name in ("vendor", "vertical") and field is not None:
            for button in ("can_change_related", "can_delete_related", "can_view_related"):
                setattr(field.widget, button, False)
        return field

    @admin.display(description="status", ordering="status")
    def status_badge(self, source: Source) -> str:
        """Changed by the buttons only: each tells what it does."""
        return status_badge(source)

    @admin.display(description="price", ordering="price")
    def price_text(self, source: Source) -> str:
        """US dollars."""
        return dollars(source.price)

    @admin.display(description="link")
    def posting_links(self, source: Source) -> str:
        """To be sent to the vendor; replaced by the button."""
        return posting_links(source)

    @admin.display(description="Vendors post to")
    def endpoint(self, source: Source) -> str:
        """The address, the same for all sources; the key tells them apart."""
        return format_html("<code>POST {}/api/lead-intake</code>", settings.PUBLIC_URL)
