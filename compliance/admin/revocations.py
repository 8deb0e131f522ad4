"""Requests to stop, whichever way they came: recorded by a form, never edited."""

from typing import Any
from uuid import uuid4

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminSplitDateTime
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from compliance.models import Revocation, RevocationChannel, RevocationOrigin, RevocationScope
from compliance.revocation import RevocationRefused, read_request, revoke
from intake.admin.searching import phone_digits
from intake.queries import has_number
from leadcrm.lib.admin.bases import AnyForm
from leadcrm.lib.admin.desk import BigDesk, KeptMixin
from leadcrm.lib.admin.site import COMPLIANCE
from leadcrm.lib.admin.words import DASH, day, to_minute
from leadcrm.models import User
from leadcrm.templatetags.ui import phone as phone_words


class RevocationForm(AnyForm):
    """Who asked, how, in which words, when."""

    phone = forms.CharField(required=False, max_length=40, help_text="In any notation.")
    phone_2 = forms.CharField(required=False, max_length=40, label="Other phone")
    received_at = forms.SplitDateTimeField(
        label="Asked at", widget=AdminSplitDateTime, help_text="Agency time."
    )
    # Named once when the form is shown: a double click records one request.
    external_id = forms.CharField(widget=forms.HiddenInput, initial=lambda: f"form-{uuid4().hex}")

    class Meta:
        model = Revocation
        fields = ("phone", "phone_2", "email", "scope", "channel", "words", "received_at", "external_id")

    def clean(self) -> dict[str, Any]:
        """What the use case would refuse is told at its field."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if not self.errors:
            asked = {name: values.get(name) or "" for name in ("phone", "phone_2", "email")}
            try:
                read_request(**asked, received_at=values["received_at"], now=timezone.now())
            except RevocationRefused as refusal:
                self.add_error(refusal.field, str(refusal))
        return values

    def validate_constraints(self) -> None:
        """A repeat is no mistake: it finds the first."""


@admin.register(Revocation)
class RevocationDesk(KeptMixin, BigDesk):
    """Every request to stop. In force from the moment it is saved; its row stays for good."""

    group = COMPLIANCE
    rank = 29
    title = "Requests to stop"
    blurb = "What people asked for, in their words, and when. Recording one takes effect at once, for all their leads."
    notice = (
        "Everything is meant unless the person said less. The date by which a request must be honoured is the law's "
        "deadline; here it is in force the moment it is saved."
    )
    form = RevocationForm
    list_display = ("asked", "phone_text", "email", "scope", "channel", "said", "origin", "by", "deadline")
    list_select_related = ("by",)
    list_filter = ("origin", "scope")
    ordering = ("-id",)
    sortable_by = ()
    search_fields = ("pk",)
    search_help_text = "Phone or e-mail address, whole."
    fields = (("phone", "phone_2"), "email", ("scope", "channel"), "words", "received_at", "external_id")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Now, on the phone."""
        return {"received_at": timezone.localtime(), "channel": RevocationChannel.CALL}

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """A short form for a new one; all that is known of an old one."""
        if obj is None:
            return [(None, {"fields": self.fields})]
        whom = (("phone_text", "phone_2_text"), "email", ("scope", "channel"), "words")
        when = (("asked", "applied", "deadline"), ("origin", "by"), ("origin_key", "external_id"), "lead")
        return [(None, {"fields": (*whom, *when)})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Everything of one that was recorded."""
        own = ("phone_text", "phone_2_text", "asked", "applied", "deadline")
        kept = ("email", "scope", "channel", "words", "origin", "by", "origin_key", "external_id", "lead")
        return () if obj is None else (*own, *kept)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Record it in the name of the person who filled in the form."""
        recorded = revoke(
            phone=obj.phone, phone_2=obj.phone_2, email=obj.email, scope=RevocationScope(obj.scope),
            channel=RevocationChannel(obj.channel), words=obj.words, received_at=obj.received_at,
            by=request.user if isinstance(request.user, User) else None, lead=None,
            origin=RevocationOrigin.ADMIN, external_id=obj.external_id, now=timezone.now(),
        )  # fmt: skip
        obj.pk, obj.applied_at, obj.honour_by = recorded.pk, recorded.applied_at, recorded.honour_by

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Revocation], search_term: str
    ) -> tuple[QuerySet[Revocation], bool]:
        """Exact, by three indexes."""
        term = search_term.strip()
        if not term:
            return queryset, False
        digits = phone_digits(term)
        if digits is None:
            return queryset.filter(Q(email=term.lower()) & ~Q(email="")), False
        number = f"+1{digits}"
        return queryset.filter(has_number(number)), False

    @admin.display(description="asked")
    def asked(self, row: Revocation) -> str:
        """Agency time."""
        return to_minute(row.received_at)

    @admin.display(description="in force since")
    def applied(self, row: Revocation) -> str:
        """Agency time."""
        return to_minute(row.applied_at)

    @admin.display(description="to honour by")
    def deadline(self, row: Revocation) -> str:
        """The last day of the rule."""
        return day(row.honour_by)

    @admin.display(description="phone")
    def phone_text(self, row: Revocation) -> str:
        """For people."""
        return phone_words(row.phone) if row.phone else DASH

    @admin.display(description="other phone")
    def phone_2_text(self, row: Revocation) -> str:
        """For people."""
        return phone_words(row.phone_2) if row.phone_2 else DASH

    @admin.display(description="words")
    def said(self, row: Revocation) -> str:
        """Their beginning."""
        return row.words if len(row.words) <= 60 else f"{row.words[:59]}…"
