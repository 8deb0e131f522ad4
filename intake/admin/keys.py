"""API keys: issued on the source's page and shown once, there and nowhere else; revoked by a button."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from intake.contracts import rotate_key
from intake.keys import issue_key
from intake.models import ApiKey, Key, KeyScope, Source
from leadcrm.lib.admin.acts import Act
from leadcrm.lib.admin.desk import Desk, ReadOnlyInline, ReadOnlyMixin
from leadcrm.lib.admin.site import VENDORS
from leadcrm.lib.admin.widgets import DateAndTime
from leadcrm.lib.admin.words import badge, to_minute
from leadcrm.models import User

# How long the old keys of a rotated one work, unless something else is said.
OLD_KEYS_FOR: Final = timedelta(hours=48)
# Marks of forms that may still issue a key: a reload or a double click must not issue a second one.
_FORMS = "key_forms"


class EndingForm(forms.Form):
    """When a new key ends, and the mark of the one form that may make it."""

    expires_at = forms.SplitDateTimeField(
        required=False, label="Expires", widget=DateAndTime, help_text="Empty: it does not expire."
    )
    once = forms.CharField(widget=forms.HiddenInput)

    def clean_expires_at(self) -> datetime | None:
        """A key that is born dead helps nobody."""
        at: datetime | None = self.cleaned_data["expires_at"]
        if at is not None and at <= timezone.now():
            raise forms.ValidationError("That moment has passed.")
        return at


class KeyForm(EndingForm):
    """What a new key is for."""

    label = forms.CharField(
        max_length=60, required=False, help_text="For you, to tell keys apart: “production”, “backup”."
    )
    scope = forms.ChoiceField(choices=KeyScope.choices, label="It may")
    field_order = ("label", "scope", "expires_at", "once")


def issue(request: HttpRequest, source: Any) -> HttpResponse | None:
    """Ask what the key is for; then make it and show its text, in this one answer, which nothing may keep."""
    desk: Any = admin.site.get_model_admin(Source)
    form = KeyForm(request.POST or None, initial={"once": new_form(request)})
    if request.method != "POST" or not form.is_valid():
        answer = desk.act_page(
            request, source, "admin/act_form.html", form=form, media=desk.media + form.media, title="Issue a key",
            intro=f"For {source}. The key is shown once; have a safe way to hand it over ready.",
        )  # fmt: skip
        answer["Cache-Control"] = "no-store"
        return answer  # type: ignore[no-any-return]
    if not spend(request, form.cleaned_data["once"]):
        messages.warning(request, "This form has issued its key already. Revoke that one if it was not seen.")
        return None
    key, text = _make(request, source, form, desk)
    return _shown_once(request, source, key, text)


class RotateForm(forms.Form):
    """When the keys of before end."""

    old_until = forms.SplitDateTimeField(
        label="The old keys work until", widget=DateAndTime,
        help_text="Time enough for the vendor to change over. A key that ends sooner keeps its end.",
    )  # fmt: skip
    once = forms.CharField(widget=forms.HiddenInput)

    def clean_old_until(self) -> datetime:
        """A vendor that posts right now must not be cut off by mistake: that is what “Revoke” is for."""
        at: datetime = self.cleaned_data["old_until"]
        if at <= timezone.now():
            raise forms.ValidationError("That moment has passed. “Revoke” ends a key at once.")
        return at


def rotate(request: HttpRequest, source: Any) -> HttpResponse | None:
    """Ask when the old keys end; then make the new one and show its text, in this one answer."""
    desk: Any = admin.site.get_model_admin(Source)
    until = timezone.localtime(timezone.now() + OLD_KEYS_FOR).replace(minute=0, second=0, microsecond=0)
    form = RotateForm(request.POST or None, initial={"once": new_form(request), "old_until": until})
    if request.method != "POST" or not form.is_valid():
        answer = desk.act_page(
            request, source, "admin/act_form.html", form=form, media=desk.media + form.media, title="Rotate the key",
            intro=f"A new key for {source}, beside those it has. It is shown once: have a safe way ready.",
        )  # fmt: skip
        answer["Cache-Control"] = "no-store"
        return answer  # type: ignore[no-any-return]
    if not spend(request, form.cleaned_data["once"]):
        messages.warning(request, "This form has made its key already. Revoke that one if it was not seen.")
        return None
    with transaction.atomic():
        key, text, old = rotate_key(
            source=source,
            expire_old_at=form.cleaned_data["old_until"],
            now=timezone.now(),
            by=_person(request),
        )
        ends = ", ".join(f"{each} ends {to_minute(each.expires_at)}" for each in old)
        desk.log_change(request, source, f"Rotated: new key {key}{f'; {ends}' if ends else ''}")
    return _shown_once(request, source, key, text, old)


def _shown_once(
    request: HttpRequest, source: Source, key: ApiKey, text: str, old: Sequence[ApiKey] = ()
) -> HttpResponse:
    """The one page that holds the key's text, which nothing may keep."""
    desk: Any = admin.site.get_model_admin(Source)
    answer: HttpResponse = desk.act_page(
        request, source, "admin/key_once.html", key=key, text=text, old=old, title=f"New key {key}",
        may=key.get_scope_display(), sender="The vendor",
    )  # fmt: skip
    answer["Cache-Control"] = "no-store"
    return answer


def _person(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


def _make(request: HttpRequest, source: Source, form: KeyForm, desk: Any) -> tuple[ApiKey, str]:
    with transaction.atomic():
        key, text = issue_key(
            source=source, label=form.cleaned_data["label"], scope=KeyScope(form.cleaned_data["scope"]),
            expires_at=form.cleaned_data["expires_at"], created_by=_person(request),
        )  # fmt: skip
        desk.log_change(request, source, f"Issued the key {key}")
    return key, text


def new_form(request: HttpRequest) -> str:
    """A mark for a form that is shown, kept in the session until `spend`; "" for one that is sent."""
    if request.method == "POST":
        return ""
    mark = secrets.token_hex(8)
    request.session[_FORMS] = [*request.session.get(_FORMS, []), mark][-20:]
    return mark


def spend(request: HttpRequest, mark: str) -> bool:
    """True for a mark of `new_form` that was not spent before."""
    marks = request.session.get(_FORMS, [])
    request.session[_FORMS] = [each for each in marks if each != mark]
    return mark in marks


def revoke(request: HttpRequest, key: Any) -> None:
    """End the key now. Its row stays, so that old posts still name it."""
    desk: Any = admin.site.get_model_admin(ApiKey)
    with transaction.atomic():
        ended = ApiKey.objects.filter(pk=key.pk, revoked_at__isnull=True).update(revoked_at=timezone.now())
        if ended:
            desk.log_change(request, key, "Revoked")
    messages.success(request, f"The key {key} is revoked; posts with it are refused from now on.")


def state_of(key: Key) -> str:
    """Whether the key works, as a badge."""
    now = timezone.now()
    if key.revoked_at:
        return badge("revoked", "bad")
    if not key.is_usable(now):
        return badge("expired", "bad")
    return badge("ends soon", "warn") if key.expires_at else badge("works", "good")


def usable_keys(source: Source, now: datetime) -> list[ApiKey]:
    """The keys of `source` that may post at `now` (aware)."""
    return [key for key in source.keys.all() if key.scope == KeyScope.POST and key.is_usable(now)]


def last_use(key: Key) -> str:
    """When the key was last used, to within ten minutes."""
    use = getattr(key, "use", None)
    return to_minute(use.last_at) if use else "never"


class KeysOfSource(ReadOnlyInline):
    """A source's keys by their prefixes."""

    model = ApiKey
    fields = ("label", "scope", "key_state", "used", "created_at", "created_by", "expires_at", "revoked_at")
    readonly_fields = fields
    show_change_link = True
    classes = ()  # each row has a name and a page

    @admin.display(description="last used")
    def used(self, key: ApiKey) -> str:
        """Agency time."""
        return last_use(key)

    @admin.display(description="state")
    def key_state(self, key: ApiKey) -> str:
        """Works, expired, revoked."""
        return state_of(key)

    def get_queryset(self, request: HttpRequest) -> Any:
        """With their makers and their last use."""
        return super().get_queryset(request).select_related("created_by", "use")


@admin.register(ApiKey)
class ApiKeyDesk(ReadOnlyMixin, Desk):
    """All keys, by prefix: to find out whose a leaked one is, and to revoke it."""

    group = VENDORS
    rank = 30
    title = "API keys"
    blurb = "All keys by their first characters. Keys are issued on a source's page; here one is revoked."
    list_display = (
        "prefix",
        "source",
        "label",
        "scope",
        "key_state",
        "used",
        "created_at",
        "created_by",
        "expires_at",
    )
    list_select_related = ("source__vendor", "created_by", "use")
    search_fields = ("prefix",)
    search_help_text = "The prefix: eight characters after lk_."
    fields = (
        "source", "prefix", "label", "scope", "key_state", "used", "created_at", "created_by", "expires_at",
        "revoked_at",
    )  # fmt: skip
    readonly_fields = fields
    acts = [
        Act(
            name="revoke", label="Revoke", run=revoke, permission="intake.change_apikey", style="danger",
            when=lambda key: key.revoked_at is None,
            ask="Posts with this key are refused from this moment on. This cannot be undone.",
        ),
    ]  # fmt: skip

    @admin.display(description="last used")
    def used(self, key: ApiKey) -> str:
        """Agency time."""
        return last_use(key)

    @admin.display(description="state")
    def key_state(self, key: ApiKey) -> str:
        """Works, expired, revoked."""
        return state_of(key)


ISSUE = Act(name="issue-key", label="Issue a key", run=issue, permission="intake.add_apikey", page=True)
ROTATE = Act(
    name="rotate-key", label="Rotate the key", run=rotate, permission="intake.add_apikey", page=True,
    when=lambda source: bool(usable_keys(source, timezone.now())),
)  # fmt: skip
