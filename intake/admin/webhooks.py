"""Webhooks: where events go, how each delivery went, and what can be done by hand."""

from datetime import datetime
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminSplitDateTime, AdminTextareaWidget, AdminTextInputWidget
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString

from intake.models import (
    SUBSCRIBABLE,
    DeliveryState,
    EndpointState,
    Method,
    WebhookDelivery,
    WebhookEndpoint,
)
from intake.webhooks.again import OLD_SECRET_FOR, replay_since, resend, rotate_secret, send_test
from intake.webhooks.failing import enable
from intake.webhooks.macros import BadTemplate, check_text, check_url, host_of
from intake.webhooks.payload import example
from intake.webhooks.sending import is_taken
from leadcrm.lib.admin.acts import Act
from leadcrm.lib.admin.bases import AnyForm
from leadcrm.lib.admin.desk import BigDesk, Desk, ReadOnlyMixin
from leadcrm.lib.admin.site import VENDORS
from leadcrm.lib.admin.words import DASH, badge, link, moment, to_minute

LEVELS = {
    EndpointState.ACTIVE: "good", EndpointState.PAUSED: "warn", EndpointState.DISABLED: "bad",
    EndpointState.RETIRED: "plain",
}  # fmt: skip
DELIVERY_LEVELS = {
    DeliveryState.WAITING: "info",
    DeliveryState.DELIVERED: "good",
    DeliveryState.GIVEN_UP: "bad",
}
PERMISSION = "intake.change_webhookendpoint"


class EndpointForm(AnyForm):
    """Where to, what of, and in which shape."""

    kinds = forms.MultipleChoiceField(
        label="Events", choices=[(kind.value, f"{kind.value}: {kind.label}") for kind in SUBSCRIBABLE],
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip

    class Meta:
        model = WebhookEndpoint
        widgets: ClassVar = {"url": AdminTextInputWidget, "template": AdminTextareaWidget(attrs={"rows": 5})}
        fields = (
            "name", "vendor", "kinds", "method", "url", "template", "content_type", "contact_data", "notify",
        )  # fmt: skip

    def clean_url(self) -> str:
        """An address of the public internet by https, or of a host that the settings name."""
        url = str(self.cleaned_data["url"]).strip()
        return self._checked(
            lambda: check_url(url, insecure=host_of(url) in settings.WEBHOOK_PRIVATE_HOSTS), url
        )

    def clean(self) -> dict[str, Any]:
        """Macros that exist, and no people's data to vendors."""
        data = super().clean() or self.cleaned_data
        people = bool(data.get("contact_data"))
        if people and data.get("vendor"):
            self.add_error("contact_data", "A vendor's webhook is never told of people.")
        if data.get("method") == Method.GET and data.get("template"):
            self.add_error("template", "A GET has no body: put the macros into the address.")
        for name in ("url", "template"):
            try:
                check_text(data.get(name) or "", people=people)
            except BadTemplate as bad:
                self.add_error(name, str(bad))
        return data

    def _checked(self, check: Any, value: str) -> str:
        try:
            check()
        except BadTemplate as bad:
            raise forms.ValidationError(str(bad)) from None
        return value


class SinceForm(forms.Form):
    """From which moment on."""

    since = forms.SplitDateTimeField(label="Since", widget=AdminSplitDateTime)

    def clean_since(self) -> datetime:
        """A moment of which events are still kept."""
        since: datetime = self.cleaned_data["since"]
        if since > timezone.now():
            raise forms.ValidationError("That moment is still to come.")
        return since


def _set_state(to: EndpointState) -> Any:
    def run(request: HttpRequest, endpoint: Any) -> None:
        desk: Any = admin.site.get_model_admin(WebhookEndpoint)
        with transaction.atomic():
            if to == EndpointState.ACTIVE:
                changed = enable(endpoint=endpoint)
            else:
                others = WebhookEndpoint.objects.filter(pk=endpoint.pk).exclude(
                    state__in=(to, EndpointState.RETIRED)
                )
                changed = bool(others.update(state=to))
            if changed:
                desk.log_change(request, endpoint, to.label)
        messages.success(request, f"{endpoint}: {to.label.lower()}.")

    return run


def _test(request: HttpRequest, endpoint: Any) -> HttpResponse | None:
    delivery = send_test(endpoint=endpoint, now=timezone.now())
    log = link(delivery, "its log")
    messages.success(request, SafeString(f"A test event is on its way: see {log}."))
    return None


def _replay(request: HttpRequest, endpoint: Any) -> HttpResponse | None:
    form, desk = SinceForm(request.POST or None), admin.site.get_model_admin(WebhookEndpoint)
    if request.method != "POST" or not form.is_valid():
        page: HttpResponse = desk.act_page(  # type: ignore[attr-defined]
            request, endpoint, "admin/act_form.html", form=form, title="Send again since",
            media=desk.media + form.media,
            intro="Everything that happened since then is sent, also what was delivered before, under its old id. "
            f"Events are kept for {settings.WEBHOOK_DAYS} days.",
        )  # fmt: skip
        return page
    count = replay_since(endpoint=endpoint, since=form.cleaned_data["since"], now=timezone.now())
    desk.log_change(request, endpoint, f"Sent again since {to_minute(form.cleaned_data['since'])}")
    messages.success(request, f"{count:,} deliveries are on their way.")
    return None


def _secret(*, anew: bool) -> Any:
    def run(request: HttpRequest, endpoint: Any) -> HttpResponse:
        desk: Any = admin.site.get_model_admin(WebhookEndpoint)
        now = timezone.now()
        secret = rotate_secret(endpoint=endpoint, now=now) if anew else endpoint.secrets.get("now", "")
        desk.log_change(request, endpoint, "New signing secret" if anew else "Signing secret shown")
        until = to_minute(now + OLD_SECRET_FOR)
        answer: HttpResponse = desk.act_page(
            request, endpoint, "admin/intake/webhook_secret.html", secret=secret, is_new=anew, until=until,
            title="Signing secret",
        )  # fmt: skip
        answer["Cache-Control"] = "no-store"
        return answer

    return run


def example_panel(request: HttpRequest, endpoint: Any) -> str:
    """What the endpoint would be sent."""
    message = example(endpoint)
    body = message.body.decode() if message.body is not None else ""
    return render_to_string("admin/intake/webhook_example.html", {"message": message, "body": body})


@admin.register(WebhookEndpoint)
class WebhookEndpointDesk(Desk):
    """Where events are sent."""

    group = VENDORS
    rank = 30
    title = "Webhooks"
    blurb = "Addresses that are told of decisions and outcomes: vendors' postbacks, dialers, a warehouse."
    form = EndpointForm
    list_display = ("name", "told_of", "method", "events", "state_badge", "created_at")
    list_select_related = ("vendor",)
    autocomplete_fields = ("vendor",)
    search_fields = ("name",)
    readonly_fields = ("state_badge", "why_disabled")
    panels = [example_panel]
    acts = [
        Act("test", "Send a test", _test, PERMISSION, style="default",
            when=lambda row: row.state == EndpointState.ACTIVE, ask="One made-up event is sent there now."),
        Act("enable", "Enable", _set_state(EndpointState.ACTIVE), PERMISSION, style="default",
            when=lambda row: row.state in (EndpointState.PAUSED, EndpointState.DISABLED),
            ask="What has waited is sent first."),
        Act("pause", "Pause", _set_state(EndpointState.PAUSED), PERMISSION,
            when=lambda row: row.state == EndpointState.ACTIVE,
            ask="Nothing is sent until it is enabled; what happens meanwhile waits."),
        Act("replay", "Send again since …", _replay, PERMISSION, page=True,
            when=lambda row: row.state != EndpointState.RETIRED),
        Act("secret", "Show the signing secret", _secret(anew=False), PERMISSION,
            ask="It is shown to you, and the history says so."),
        Act("new-secret", "New signing secret", _secret(anew=True), PERMISSION,
            ask="For a day messages bear both signatures; then the old secret is worth nothing."),
        Act("retire", "Retire", _set_state(EndpointState.RETIRED), PERMISSION, style="danger",
            when=lambda row: row.state != EndpointState.RETIRED,
            ask="It is told of nothing any more, and cannot be enabled again. Its log stays."),
    ]  # fmt: skip

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Its state only once it has one."""
        fields = EndpointForm.Meta.fields
        return fields if obj is None else ("state_badge", "why_disabled", *fields)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """The log names it: it is retired instead."""
        return False

    @admin.display(description="told of")
    def told_of(self, row: WebhookEndpoint) -> str:
        """Whose leads."""
        return str(row.vendor) if row.vendor else "Everything"

    @admin.display(description="events")
    def events(self, row: WebhookEndpoint) -> str:
        """What it subscribed to."""
        return ", ".join(row.kinds)

    @admin.display(description="state")
    def state_badge(self, row: WebhookEndpoint) -> SafeString:
        """Whether anything is sent."""
        return badge(row.get_state_display(), LEVELS[EndpointState(row.state)])

    @admin.display(description="why")
    def why_disabled(self, row: WebhookEndpoint) -> str:
        """Of one that was disabled."""
        return f"{row.disabled_why} ({moment(row.disabled_at)})" if row.disabled_at else DASH


def _send_again(request: HttpRequest, delivery: Any) -> None:
    resend(delivery=delivery, now=timezone.now())
    messages.success(request, "It is on its way again.")


def log_panel(request: HttpRequest, delivery: Any) -> str:
    """Each call of the delivery."""
    attempts = list(delivery.log.all()[:50])
    for attempt in attempts:
        attempt.taken = is_taken(attempt.status)
    return render_to_string("admin/intake/webhook_log.html", {"attempts": attempts})


@admin.register(WebhookDelivery)
class WebhookDeliveryDesk(ReadOnlyMixin, BigDesk):
    """What was sent where."""

    group = VENDORS
    rank = 31
    title = "Webhook log"
    blurb = "Every event that was sent, with the request and the answer of each attempt."
    list_display = ("event_kind", "lead", "endpoint", "state_badge", "attempts", "last", "happened")
    list_select_related = ("endpoint", "event__lead")
    list_filter = (("endpoint", admin.RelatedOnlyFieldListFilter), "state")
    ordering = ("-id",)
    sortable_by = ()
    fields = (
        "event_kind",
        "lead",
        "endpoint",
        "state_badge",
        "attempts",
        "last",
        "happened",
        "due",
        "delivered",
    )
    readonly_fields = fields
    panels = [log_panel]
    acts = [
        Act("again", "Send again", _send_again, PERMISSION, style="default",
            when=lambda row: row.state != DeliveryState.WAITING,
            ask="It is sent once more under the same id; a receiver that keeps to the scheme takes it once."),
    ]  # fmt: skip

    @admin.display(description="event")
    def event_kind(self, row: WebhookDelivery) -> str:
        """What happened."""
        return row.event.kind

    @admin.display(description="lead")
    def lead(self, row: WebhookDelivery) -> str:
        """The lead's number; none for a post that was rejected."""
        return str(row.event.lead) if row.event.lead_id else DASH

    @admin.display(description="state")
    def state_badge(self, row: WebhookDelivery) -> SafeString:
        """Where it stands."""
        return badge(row.get_state_display(), DELIVERY_LEVELS[DeliveryState(row.state)])

    @admin.display(description="last answer")
    def last(self, row: WebhookDelivery) -> str:
        """A status, or why there was none."""
        return str(row.last_status or row.last_error or DASH)

    @admin.display(description="happened")
    def happened(self, row: WebhookDelivery) -> str:
        """Agency time."""
        return moment(row.event.at)

    @admin.display(description="next attempt")
    def due(self, row: WebhookDelivery) -> str:
        """Agency time."""
        return moment(row.due_at)

    @admin.display(description="delivered")
    def delivered(self, row: WebhookDelivery) -> str:
        """Agency time."""
        return moment(row.delivered_at)
