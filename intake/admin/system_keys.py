"""Desks of keys that belong to no source: each is made here, shown once, and revoked by a button."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from intake.admin.keys import EndingForm, new_form, spend, state_of
from intake.keys import hash_key, new_key_text
from intake.models import Key
from leadcrm.lib.admin.acts import Act
from leadcrm.lib.admin.bases import AnyForm
from leadcrm.lib.admin.desk import Desk, KeptMixin
from leadcrm.models import User


class SystemKeyForm(EndingForm, AnyForm):
    """Whose key it is, and until when."""


def revoking(permission: str) -> Act:
    """The button that ends a key, for who has `permission`."""
    return Act(
        name="revoke", label="Revoke", run=_end, permission=permission, style="danger",
        when=lambda key: key.revoked_at is None,
        ask="Requests with this key are refused from this moment on: make sure that another key is in use.",
    )  # fmt: skip


def _end(request: HttpRequest, key: Any) -> None:
    """The row stays, so that old requests still name it."""
    model: type[Any] = type(key)
    desk: Any = admin.site.get_model_admin(model)
    with transaction.atomic():
        rows = model._default_manager.filter(pk=key.pk, revoked_at__isnull=True)
        if rows.update(revoked_at=timezone.now()):
            desk.log_change(request, key, "Revoked")
    messages.success(request, f"The key {key} is revoked; requests with it are refused from now on.")


class SystemKeyDesk(KeptMixin, Desk):
    """Keys of other systems, which open one thing alone: a desk of such keys says in `may` what, and has `revoking`."""

    may: ClassVar[str]
    form = SystemKeyForm
    list_display: Any = ("prefix", "label", "key_state", "created_at", "created_by", "expires_at")
    list_select_related = ("created_by",)
    ordering = ("-id",)
    search_fields = ("prefix",)
    search_help_text = "The prefix: eight characters after lk_."

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A mark, so that a double click makes one key."""
        return {"once": new_form(request)}

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """What it is for; of an old one, all but its text, which nobody has."""
        if obj is None:
            return ("label", "expires_at", "once")
        return ("prefix", "label", "key_state", "created_at", "created_by", "expires_at", "revoked_at")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Everything of a key that was made."""
        return () if obj is None else self.get_fields(request, obj)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Make the key; its text lives until the answer is sent."""
        obj.spent = not spend(request, form.cleaned_data["once"])
        if obj.spent:
            return
        obj.prefix, obj.text = new_key_text()
        obj.sha256, obj.created_by = (
            hash_key(obj.text),
            request.user if isinstance(request.user, User) else None,
        )
        obj.save(force_insert=True)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """Nothing for a form that had made its key already."""
        return None if obj.spent else super().log_addition(request, obj, message)

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        """The key, this once; nothing may keep the page."""
        if obj.spent:
            messages.warning(
                request, "This form has made its key already. Revoke that one if it was not seen."
            )
            return self.response_post_save_add(request, obj)
        answer = self.act_page(
            request, obj, "admin/key_once.html", key=obj, text=obj.text, title=f"New key {obj}",
            may=self.may, sender="The system",
        )  # fmt: skip
        answer["Cache-Control"] = "no-store"
        return answer

    @admin.display(description="state")
    def key_state(self, key: Key) -> str:
        """Works, expired, revoked."""
        return state_of(key)
