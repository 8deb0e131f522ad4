"""Deletion requests with their receipts, and what the nightly run erased."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminSplitDateTime
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join

from compliance.erasure import erase_person, erasures_of
from compliance.models import Erasure, RetentionRun, RevocationChannel
from intake.admin.searching import phone_digits
from leadcrm.lib.admin.bases import AnyForm
from leadcrm.lib.admin.desk import BigDesk, Desk, KeptMixin, ReadOnlyMixin
from leadcrm.lib.admin.site import COMPLIANCE
from leadcrm.lib.admin.words import DASH, day, moment
from leadcrm.models import User


class ErasureForm(AnyForm):
    """Who asked to be deleted, how and when. The number is not kept."""

    phone = forms.CharField(max_length=40, help_text="In any notation. It is not kept, and cannot be undone.")
    channel = forms.ChoiceField(choices=RevocationChannel.choices, label="They asked")
    asked_at = forms.SplitDateTimeField(widget=AdminSplitDateTime, label="Asked at", help_text="Agency time.")
    stop = forms.BooleanField(
        label="Do not contact", required=False, initial=True,
        help_text="Nor buy them again. Without it the next post of this person is a new lead.",
    )  # fmt: skip
    sure = forms.BooleanField(
        label="I am sure", help_text="Name, address, notes and promises are gone for good."
    )

    class Meta:
        model = Erasure
        fields = ("channel", "asked_at")

    by: User

    def _post_clean(self) -> None:
        """Erase where the form is whole: what the use case refuses is told at its field."""
        if self.errors:
            return
        given = {name: self.cleaned_data[name] for name in ("phone", "channel", "asked_at", "stop")}
        given["channel"] = RevocationChannel(given["channel"])
        try:
            self.instance = erase_person(**given, by=self.by, now=timezone.now())
        except ValidationError as refusal:
            self.add_error(None, refusal)

    def save(self, commit: bool = True) -> Any:
        """The receipt, which is written already."""
        return self.instance

    def save_m2m(self) -> None:
        """There is none."""


@admin.register(Erasure)
class ErasureDesk(KeptMixin, BigDesk):
    """Receipts of erasures. A person is erased by the form for a new one."""

    group = COMPLIANCE
    rank = 96
    title = "Erasures"
    blurb = (
        "People who asked to be deleted, and what was erased because its time was over; a receipt for each."
    )
    notice = (
        "What the law wants proved is kept sealed until the day on the receipt, then destroyed. Who must not be called "
        "stays so, without name or number. A legal hold stops an erasure."
    )
    form = ErasureForm
    list_display = ("receipt", "kind", "done", "by", "leads", "kept_until")
    list_select_related = ("by",)
    list_filter = ("kind",)
    ordering = ("-id",)
    sortable_by = ()
    search_fields = ("pk",)
    search_help_text = "The phone of a person who was erased, whole."
    fields = ("phone", "channel", "asked_at", "stop", "sure")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """With the person who erases."""
        form: Any = super().get_form(request, obj, change, **kwargs)
        form.by = request.user
        return form

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Now, by e-mail."""
        return {"asked_at": timezone.localtime(), "channel": RevocationChannel.EMAIL}

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The form; of what is done, the receipt."""
        if obj is None:
            return [(None, {"fields": self.fields})]
        return [
            (
                None,
                {
                    "fields": (
                        ("receipt", "kind"),
                        ("asked", "channel"),
                        ("done", "by"),
                        "what_words",
                        "kept_until",
                    )
                },
            )
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Everything of a receipt."""
        own = ("receipt", "asked", "done", "what_words", "kept_until")
        return () if obj is None else (*own, "kind", "channel", "by")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """It is done."""

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Erasure], search_term: str
    ) -> tuple[QuerySet[Erasure], bool]:
        """By the keyed digest of a number."""
        term = search_term.strip()
        if not term:
            return queryset, False
        digits = phone_digits(term)
        found = erasures_of(f"+1{digits}") if digits else Erasure.objects.none()
        return queryset.filter(pk__in=found.values("pk")), False

    @admin.display(description="receipt")
    def receipt(self, row: Erasure) -> str:
        """Its number."""
        return str(row)

    @admin.display(description="asked")
    def asked(self, row: Erasure) -> str:
        """Agency time."""
        return moment(row.asked_at)

    @admin.display(description="erased")
    def done(self, row: Erasure) -> str:
        """Agency time."""
        return moment(row.at)

    @admin.display(description="leads")
    def leads(self, row: Erasure) -> str:
        """The first of them."""
        names = row.what.get("leads", [])
        return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "") or DASH

    @admin.display(description="evidence kept until")
    def kept_until(self, row: Erasure) -> str:
        """The day on which the sealed evidence is destroyed."""
        return day(timezone.localdate(row.keep_until) if row.keep_until else None)

    @admin.display(description="what")
    def what_words(self, row: Erasure) -> str:
        """For people, a line each."""
        return format_html_join(
            "", "<div>{}: {}</div>", ((name, _plain(said)) for name, said in row.what.items())
        )


def _plain(said: Any) -> str:
    if isinstance(said, bool):
        return "yes" if said else "no"
    if isinstance(said, dict):
        return ", ".join(f"{count} {kind}" for kind, count in said.items()) or "nothing"
    if isinstance(said, list):
        return ", ".join(map(str, said)) or "none"
    return str(said)


@admin.register(RetentionRun)
class RetentionRunDesk(ReadOnlyMixin, Desk):
    """What each nightly run erased."""

    group = COMPLIANCE
    rank = 98
    title = "Retention runs"
    blurb = "What each nightly run erased because its time of keeping was over, and what legal holds kept."
    list_display = ("started", "posts", "leads", "sealed", "held")
    ordering = ("-id",)
    sortable_by = ()
    fields = ("started", "posts", "leads", "sealed", "held")
    readonly_fields = fields

    @admin.display(description="started")
    def started(self, row: RetentionRun) -> str:
        """Agency time."""
        return moment(row.started_at)
