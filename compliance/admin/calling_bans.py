"""Emergency bans, switched on by a form and off by a button; the agency's own calling policy."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Subquery
from django.http import HttpRequest
from django.utils import timezone

from compliance.admin.calling_rules import NO_ADVICE
from compliance.calling.ruling import POLICY_FIELDS, declare_emergency, end_emergency, set_policy
from compliance.models import CallingPolicy, EmergencyBan
from leadcrm.lib.admin.acts import Act
from leadcrm.lib.admin.bases import AnyForm
from leadcrm.lib.admin.desk import Desk, KeptMixin
from leadcrm.lib.admin.site import COMPLIANCE
from leadcrm.lib.admin.words import DASH, badge, to_minute
from leadcrm.lib.places import STATE_CHOICES
from leadcrm.models import User


class BanForm(AnyForm):
    """Where, from when, why, by whose word."""

    states = forms.MultipleChoiceField(
        choices=STATE_CHOICES, help_text="It closes those whose calling rule says so; see Calling rules."
    )

    class Meta:
        model = EmergencyBan
        fields = ("states", "starts_at", "ends_at", "reason", "source")

    def clean(self) -> dict[str, Any]:
        """It ends after it begins."""
        values: dict[str, Any] = super().clean() or self.cleaned_data
        starts, ends = values.get("starts_at"), values.get("ends_at")
        if starts and ends and ends <= starts:
            raise ValidationError({"ends_at": "It ends before it begins."})
        return values


def switch_off(request: HttpRequest, ban: Any) -> None:
    """End a ban in the name of the person who asks."""
    if not isinstance(request.user, User):
        return
    desk: Any = admin.site.get_model_admin(EmergencyBan)
    if end_emergency(ban=ban, by=request.user, now=timezone.now()):
        desk.log_change(request, ban, "Ended")
    messages.success(request, "Ended: calls go through again within the usual hours.")


class _KeptDesk(KeptMixin, Desk):
    """What both desks share."""

    group = COMPLIANCE
    notice = NO_ADVICE


@admin.register(EmergencyBan)
class EmergencyBanDesk(_KeptDesk):
    """Declared emergencies."""

    rank = 34
    title = "Emergency bans"
    blurb = "Declared emergencies: no calls into the states named whose rule says so (Louisiana, New York)."
    form = BanForm
    list_display = ("places", "reason", "starts", "ends", "state", "source", "declared_by")
    list_select_related = ("declared_by", "ended_by")
    ordering = ("-starts_at", "-pk")
    acts = [
        Act(
            name="end", label="End now", run=switch_off, permission="compliance.change_emergencyban", style="danger",
            when=lambda row: row.ended_at is None and (row.ends_at is None or row.ends_at > timezone.now()),
            ask="Calls into these states go through again at once, within the usual hours.",
        ),
    ]  # fmt: skip

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """A form for a new ban; all that is known of an old one."""
        if obj is None:
            return [(None, {"fields": ("states", ("starts_at", "ends_at"), "reason", "source")})]
        shown = (("places", "state"), ("starts", "ends"), "reason", "source", ("declared_by", "ended_by"))
        return [(None, {"fields": shown})]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Everything of a ban that is made."""
        own = ("places", "state", "starts", "ends", "reason", "source", "declared_by", "ended_by")
        return () if obj is None else own

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """From now on."""
        return {"starts_at": timezone.now(), **super().get_changeform_initial_data(request)}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Declare it in the name of the person who asks."""
        user: Any = request.user
        values = {name: form.cleaned_data[name] for name in BanForm.Meta.fields}
        obj.pk = declare_emergency(**values, by=user, now=timezone.now()).pk

    @admin.display(description="states")
    def places(self, ban: EmergencyBan) -> str:
        """Their codes."""
        return ", ".join(ban.states)

    @admin.display(description="from")
    def starts(self, ban: EmergencyBan) -> str:
        """Agency time."""
        return to_minute(ban.starts_at)

    @admin.display(description="until")
    def ends(self, ban: EmergencyBan) -> str:
        """Agency time; a dash while open."""
        ends = [at for at in (ban.ends_at, ban.ended_at) if at]
        return to_minute(min(ends)) if ends else DASH

    @admin.display(description="state")
    def state(self, ban: EmergencyBan) -> str:
        """To come, in force, over."""
        now = timezone.now()
        ends = [at for at in (ban.ends_at, ban.ended_at) if at]
        if ends and min(ends) <= now:
            return badge("over", "plain")
        return badge("in force", "bad") if ban.starts_at <= now else badge("to come", "warn")


@admin.register(CallingPolicy)
class CallingPolicyDesk(_KeptDesk):
    """What the agency has chosen; the newest row holds."""

    rank = 31
    noun = ("calling policy", "calling policies")
    title = "Calling policy"
    blurb = "The agency's own choices: numbers of no place, written consent, stale lists, age of consent, licenses."
    list_display = ("made", "unknown_zone", *POLICY_FIELDS[1:], "made_by", "holds")
    list_select_related = ("made_by",)
    ordering = ("-pk",)
    sortable_by = ()

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the key of the newest row."""
        newest = CallingPolicy.objects.order_by("-pk").values("pk")[:1]
        return super().get_queryset(request).annotate(newest=Subquery(newest))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The choices."""
        return [
            (
                None,
                {"fields": POLICY_FIELDS if obj is None else (*POLICY_FIELDS, ("made", "made_by", "holds"))},
            )
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Who and when are the product's."""
        return () if obj is None else ("made", "made_by", "holds")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """What holds now."""
        held = CallingPolicy.objects.first() or CallingPolicy()
        return {name: getattr(held, name) for name in POLICY_FIELDS}

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Choose it in the name of the person who asks."""
        user: Any = request.user
        made = set_policy(values=form.cleaned_data, by=user, now=timezone.now())
        obj.pk, obj.made_at, obj.made_by = made.pk, made.made_at, made.made_by

    @admin.display(description="from")
    def made(self, policy: CallingPolicy) -> str:
        """Agency time."""
        return to_minute(policy.made_at)

    @admin.display(description="row")
    def holds(self, policy: CallingPolicy) -> str:
        """The newest is in force."""
        in_force = policy.newest == policy.pk  # type: ignore[attr-defined]
        return badge("in force", "good") if in_force else badge("replaced", "plain")
