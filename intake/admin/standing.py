"""Where a source stands, above its settings: what comes in, its keys, the check-list; and going live by it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from intake.admin.keys import usable_keys
from intake.admin.sample import may_open, sample_url
from intake.checklist import Item, Standing, missing, traffic
from intake.field_rules import targets_of
from intake.going_live import NotReady, check_list, go_live
from intake.models import ApiKey, KeyScope, Source, SourceStatus, SubmissionState
from intake.queries import submissions_of
from intake.sources import SOURCES
from leadcrm.lib.admin.acts import Act
from leadcrm.lib.admin.site import Notice, waits_for_a_person
from leadcrm.lib.admin.words import badge, to_minute
from leadcrm.lib.config import current_version

# How long before its end a key is spoken of.
KEY_WARNING: Final = timedelta(days=14)
STATUS_LEVELS: Final = {SourceStatus.LIVE: "good", SourceStatus.TEST: "info", SourceStatus.PAUSED: "warn"}
MEANS: Final = {
    SourceStatus.LIVE: "", SourceStatus.TEST: "every post is a test post", SourceStatus.PAUSED: "refuses every post",
}  # fmt: skip
LEVELS: Final = {Standing.DONE: "good", Standing.MISSING: "bad", Standing.ADVICE: "warn"}
ANCHORS: Final = {
    "keys": "#keys-group", "price": "#id_price", "fields": "#field_rules-group", "returns": "#return_terms-group",
}  # fmt: skip
# Where an item's place is; rooms further down a lead's road add theirs.
PLACES: Final[dict[str, Callable[[Source], str]]] = {
    "issue-key": lambda source: f"{_base(source)}do/issue-key/",
    "hours": lambda source: f"{_base(source)}do/hours/",
    "pings": lambda source: f"{reverse('admin:intake_ping_changelist')}?source__id__exact={source.pk}",
    "webhooks": lambda source: reverse("admin:intake_webhookendpoint_changelist"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the check-list as it is shown."""

    item: Item
    level: str
    url: str


def _base(source: Source) -> str:
    desk: Any = admin.site.get_model_admin(Source)
    return str(desk.url_of(source).removesuffix("change/"))


def rows_of(request: HttpRequest, source: Source, items: list[Item]) -> list[Row]:
    """The items with their links, what is missing first."""
    order = [Standing.MISSING, Standing.ADVICE, Standing.DONE]
    shown = sorted(items, key=lambda item: order.index(item.standing))
    return [Row(item, LEVELS[item.standing], _url(request, source, item)) for item in shown]


def may_change(request: HttpRequest) -> bool:
    """Whether this user may set up sources."""
    user: Any = request.user
    return bool(user.has_perm("intake.change_source"))


def _url(request: HttpRequest, source: Source, item: Item) -> str:
    if not may_change(request):
        return ""
    if item.place == "sample":
        return sample_url(source, item.post if may_open(request) else None)
    if item.place in ANCHORS:
        return f"{_base(source)}change/{ANCHORS[item.place]}"
    place = PLACES.get(item.place)
    return place(source) if place else ""


def status_badge(source: Source) -> SafeString:
    """Whether it takes leads, in one word."""
    status = SourceStatus(source.status)
    return badge(status.label.partition(":")[0], STATUS_LEVELS[status])


def in_words(counts: Mapping[str, int]) -> str:
    """Posts by state: what was accepted and refused, and what is not decided."""
    accepted, refused = counts.get(SubmissionState.ACCEPTED, 0), counts.get(SubmissionState.REJECTED, 0)
    rest = sum(counts.values()) - accepted - refused
    return f"{accepted:,} accepted, {refused:,} refused{f', {rest:,} open' if rest else ''}"


def key_warnings(source: Source, now: datetime) -> list[str]:
    """What is to be known of the source's posting keys: none works, one ends soon, several work at once."""
    usable = usable_keys(source, now)
    if not usable:
        return ["No key works."]
    ends = [key for key in usable if key.expires_at and key.expires_at - now < KEY_WARNING]
    said = [f"{key} ends on {to_minute(key.expires_at)}." for key in ends]
    if len(usable) > 1:
        said.append(f"{len(usable)} keys work at once: revoke the one that is not needed any more.")
    return said


@waits_for_a_person
def keys_that_end(request: HttpRequest) -> list[Notice]:
    """Live sources that nobody can post to in two weeks, unless they get another key. One query."""
    if not may_change(request):
        return []
    now = timezone.now()
    lasting = Q(expires_at__isnull=True) | Q(expires_at__gt=now + KEY_WARNING)
    keys = ApiKey.objects.filter(source=OuterRef("pk"), scope=KeyScope.POST, revoked_at__isnull=True)
    ending = Source.objects.filter(Exists(keys), ~Exists(keys.filter(lasting)), status=SourceStatus.LIVE)
    count = ending.count()
    what = f"live source{'s' if count > 1 else ''} without a key that lasts two weeks"
    return [Notice(str(count), what, reverse("admin:intake_source_changelist"))] if count else []


def standing_panel(request: HttpRequest, source: Any) -> str:
    """What comes in, the keys, the check-list. A live source's is folded while nothing is missing."""
    now = timezone.now()
    items = check_list(source=source, now=now)
    config = SOURCES.get(source.pk, current_version())
    context = {
        "source": source, "rows": rows_of(request, source, items), "fields": targets_of(config),
        "lacking": missing(items),
        "done": sum(item.standing == Standing.DONE for item in items),
        "is_live": source.status == SourceStatus.LIVE, "means": MEANS[SourceStatus(source.status)],
        "last": submissions_of(source.pk).values_list("received_at", flat=True).first(),
        "counts": in_words(traffic([source.pk], now)[source.pk]), "status": status_badge(source),
        "keys": key_warnings(source, now), "base": _base(source),
        "may_change": may_change(request),
        "log": f"{reverse('admin:intake_submission_changelist')}?source__id__exact={source.pk}",
    }  # fmt: skip
    return render_to_string("admin/intake/standing.html", context, request)


def open_for_leads(request: HttpRequest, source: Any) -> HttpResponse | None:
    """The check-list, then the button; where something is missing it must be said that this is known."""
    desk: Any = admin.site.get_model_admin(Source)
    although = request.POST.get("although") == "yes"
    if request.method == "POST":
        try:
            _open(request, source, although=although)
            return None
        except NotReady:
            messages.error(
                request, "Something is missing. Say that the source goes live without it, or mend it first."
            )
    items = check_list(source=source, now=timezone.now())
    context = {"rows": rows_of(request, source, items), "lacking": missing(items), "title": "Go live"}
    page: HttpResponse = desk.act_page(request, source, "admin/intake/go_live.html", **context)
    return page


def _open(request: HttpRequest, source: Source, *, although: bool) -> None:
    desk: Any = admin.site.get_model_admin(Source)
    with transaction.atomic():
        changed, lacking = go_live(source=source, although_missing=although, now=timezone.now())
        without = f", without: {', '.join(item.title for item in lacking)}" if lacking else ""
        if changed:
            desk.log_change(request, source, f"Live{without}")
    messages.success(request, f"{source} is live: accepted posts are bought from now on.")


GO_LIVE = Act(
    name="go-live", label="Go live", run=open_for_leads, permission="intake.change_source", page=True, style="default",
    when=lambda source: source.status != SourceStatus.LIVE,
)  # fmt: skip
