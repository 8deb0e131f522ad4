"""Managers' pages for messages: wordings to start from, what became of what was sent, texts from nobody we know."""

from collections.abc import Iterator
from typing import Any, ClassVar, Final

from django import forms
from django.contrib import admin, messages
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from agents.messaging.inbound import handle_text
from agents.messaging.segments import LONGEST, segments
from agents.messaging.wordings import FIELDS, UnknownField, check_wording, fill
from agents.models import Delivery, DeliveryState, InboundText, MessageTemplate, TemplateChannel
from intake.admin.searching import ByLeadNumber, ByPhone
from leadcrm.lib.admin.acts import Act
from leadcrm.lib.admin.bases import AnyForm
from leadcrm.lib.admin.desk import BigDesk, Desk, ReadOnlyMixin
from leadcrm.lib.admin.site import COMPLIANCE, PEOPLE, Notice, waits_for_a_person
from leadcrm.lib.admin.words import DASH, badge, link, moment
from leadcrm.lib.counts import counted, up_to
from leadcrm.models import User
from leadcrm.templatetags.ui import phone as phone_words

# How a wording reads for a lead of whom everything is known.
SAMPLE: Final = {
    "first_name": "Alex", "last_name": "Sample", "full_name": "Alex Sample", "product": "Final expense",
    "state": "Texas", "agent": "Pat Example", "agent_first_name": "Pat", "agent_phone": "(512) 555-0100",
    "agency": "Example Insurance Agency",
}  # fmt: skip
_MANY: Final = 100
_TONES: Final = {
    DeliveryState.UNSURE: "warn", DeliveryState.SENT: "info", DeliveryState.DELIVERED: "good",
    DeliveryState.UNDELIVERED: "bad", DeliveryState.FAILED: "bad",
}  # fmt: skip


class TemplateForm(AnyForm):
    """A wording whose fields exist."""

    class Meta:
        model = MessageTemplate
        fields = ("channel", "name", "subject", "body", "active", "position")

    def clean_subject(self) -> str:
        """One line, known fields."""
        return self._wording(" ".join(str(self.cleaned_data["subject"]).split()))

    def clean_body(self) -> str:
        """Known fields."""
        return self._wording(str(self.cleaned_data["body"]))

    def clean(self) -> dict[str, Any]:
        """An e-mail has a subject, a text has none and fits."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        subject, body = values.get("subject", ""), values.get("body", "")
        if values.get("channel") == TemplateChannel.EMAIL and "subject" in values and not subject:
            self.add_error("subject", "An e-mail needs a subject.")
        if values.get("channel") == TemplateChannel.TEXT:
            values["subject"] = ""
            if len(body) > LONGEST:
                self.add_error("body", f"A text has {LONGEST} characters at most.")
        return values

    def _wording(self, text: str) -> str:
        try:
            check_wording(text)
        except UnknownField as unknown:
            raise forms.ValidationError(str(unknown)) from None
        return text


@admin.register(MessageTemplate)
class MessageTemplateDesk(Desk):
    """Wordings."""

    group = PEOPLE
    rank = 60
    blurb = "Wordings that agents start from when they write a text or an e-mail."
    form = TemplateForm
    list_display = ("name", "channel", "subject", "state", "position")
    list_filter = ("channel", "active")
    search_fields = ("name",)
    readonly_fields = ("fields_help", "preview")
    fieldsets = (
        ("Wording", {"fields": (("channel", "name"), "subject", "body", "fields_help")}),
        (
            "How it reads",
            {"fields": ("preview",), "description": "As saved: with all known, and with nothing known."},
        ),
        ("On the page", {"fields": (("active", "position"),)}),
    )

    @admin.display(description="state", ordering="active")
    def state(self, row: MessageTemplate) -> str:
        """Whether agents see it."""
        return badge("active", "good") if row.active else badge("off", "plain")

    @admin.display(description="fields")
    def fields_help(self, row: MessageTemplate) -> str:
        """What may stand in braces."""
        known = ", ".join(f"{{{name}}}" for name in FIELDS)
        return f"{known}. Words for where nothing is known: {{first_name|there}}."

    @admin.display(description="preview")
    def preview(self, row: MessageTemplate) -> str:
        """For a lead of whom all is known, and for one of whom nothing is."""
        if not row.pk:
            return DASH
        return format_html("{}{}", _preview(row, SAMPLE), _preview(row, {"agency": SAMPLE["agency"]}))


def _preview(row: MessageTemplate, values: dict[str, str]) -> SafeString:
    subject, body = fill(row.subject, values), fill(row.body, values)
    parts = segments(body).parts if row.channel == TemplateChannel.TEXT else 0
    note = f"Sent as {parts} text{'' if parts == 1 else 's'}." if parts else ""
    return format_html(
        '<blockquote class="preview">{}<p>{}</p><p class="help">{}</p></blockquote>',
        format_html("<p><strong>{}</strong></p>", subject) if subject else "", _lines(body), note,
    )  # fmt: skip


def _lines(text: str) -> SafeString:
    shown = SafeString("")
    for number, line in enumerate(text.splitlines()):
        shown += format_html("{}{}", SafeString("<br>") if number else "", line)
    return shown


@admin.register(Delivery)
class DeliveryDesk(ByLeadNumber, ReadOnlyMixin, BigDesk):
    """What became of texts and e-mails. Their words are on the lead's page."""

    group = PEOPLE
    noun = ("message", "messages")
    rank = 61
    title = "Messages sent"
    blurb = "Texts and e-mails on their way, and what became of each. Perhaps sent ones wait for their agent."
    list_display = ("created", "lead", "channel", "state_badge", "why", "attempts", "updated")
    list_select_related = ("communication__lead",)
    list_filter = ("state", "provider")
    ordering = ("-id",)
    sortable_by = ()
    lead_paths = ("communication__lead",)
    fields = (
        ("lead", "channel", "provider"), ("state_badge", "why"), ("attempts", "due_at"), ("provider_id", "segments"),
        ("created", "updated"),
    )  # fmt: skip
    readonly_fields: ClassVar = ("lead", "channel", "state_badge", "why", "created", "updated")

    @admin.display(description="written")
    def created(self, row: Delivery) -> str:
        """When."""
        return moment(row.created_at)

    @admin.display(description="last news")
    def updated(self, row: Delivery) -> str:
        """When."""
        return moment(row.updated_at)

    @admin.display(description="lead")
    def lead(self, row: Delivery) -> SafeString | str:
        """The lead's page here."""
        return link(row.communication.lead)

    @admin.display(description="kind")
    def channel(self, row: Delivery) -> str:
        """Text or e-mail."""
        return str(row.communication.get_channel_display())

    @admin.display(description="state", ordering="state")
    def state_badge(self, row: Delivery) -> str:
        """How far it came."""
        return badge(str(row.get_state_display()), _TONES.get(DeliveryState(row.state), "plain"))

    @admin.display(description="why")
    def why(self, row: Delivery) -> str:
        """The provider's words."""
        return f"{row.error} ({row.error_code})" if row.error_code else DASH


def handle(request: HttpRequest, text: Any) -> None:
    """Seen to, in the name of the person who asks."""
    if isinstance(request.user, User) and handle_text(text=text, by=request.user, now=timezone.now()):
        desk: Any = admin.site.get_model_admin(InboundText)
        desk.log_change(request, text, "Seen to")
        messages.success(request, "Marked as seen to.")


@admin.register(InboundText)
class InboundTextDesk(ByPhone, ReadOnlyMixin, BigDesk):
    """Texts that came in."""

    group = COMPLIANCE
    rank = 33
    title = "Texts that came in"
    blurb = "Every text to the agency's number. Those of nobody we know wait here; a request to stop counts at once."
    list_display = ("received", "from_whom", "words", "lead_link", "stops", "state")
    list_select_related = ("lead",)
    list_filter = ("asked_to_stop",)
    ordering = ("-id",)
    sortable_by = ()
    fields = (("received", "from_whom", "to"), "body", ("lead_link", "stops"), ("state", "handled_by"))
    readonly_fields: ClassVar = ("received", "from_whom", "lead_link", "stops", "state")
    acts: ClassVar[list[Act]] = [
        Act("handle", "Mark as seen to", handle, "agents.change_inboundtext", when=lambda row: _waits(row)),
    ]

    @admin.display(description="received")
    def received(self, row: InboundText) -> str:
        """When."""
        return moment(row.received_at)

    @admin.display(description="from")
    def from_whom(self, row: InboundText) -> str:
        """The number."""
        return phone_words(row.phone) or DASH

    @admin.display(description="words")
    def words(self, row: InboundText) -> str:
        """The beginning."""
        return row.body if len(row.body) <= _MANY else f"{row.body[:_MANY]}…"

    @admin.display(description="lead")
    def lead_link(self, row: InboundText) -> SafeString | str:
        """Whose it was taken to be."""
        return link(row.lead)

    @admin.display(description="stop")
    def stops(self, row: InboundText) -> str:
        """Whether it was taken as a request to stop."""
        return badge("asked to stop", "bad") if row.asked_to_stop else DASH

    @admin.display(description="state")
    def state(self, row: InboundText) -> str:
        """Whether it waits for a manager."""
        if row.lead_id is not None:
            return badge("on the lead's page", "good")
        return badge("waits", "warn") if row.handled_at is None else badge("seen to", "plain")


def _waits(row: Any) -> bool:
    return row.lead_id is None and row.handled_at is None


def _unmatched(request: HttpRequest) -> Iterator[Notice]:
    """Texts of nobody we know that nobody has seen to. Reads a partial index, a hundred rows at most."""
    user: Any = request.user
    if not user.has_perm("agents.view_inboundtext"):
        return
    waiting = InboundText.objects.filter(Q(lead__isnull=True) & Q(handled_at__isnull=True))
    count = counted(waiting, _MANY, along="received_at")
    if count:
        yield Notice(
            up_to(_MANY, count),
            "texts from numbers that belong to no lead",
            reverse("admin:agents_inboundtext_changelist"),
        )


waits_for_a_person(_unmatched)
