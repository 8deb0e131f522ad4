"""What a desk has whose rows are acted on by the hundred: the choice above its list, and what begins from there."""

import re
from typing import Any, ClassVar, Final

from django import forms
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME, ActionForm
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from leadcrm.bulk.runs import draft_run
from leadcrm.lib.admin.bulk import MOST, BulkAction, ListAction, Offered

TICKED, EVERYTHING = "ticked", "all"
# Of a list's filters only what names nobody is kept: words and short numbers.
_HARMLESS: Final = re.compile(r"[A-Za-z_]{1,24}|[0-9]{1,6}")


class RowsForm(ActionForm):
    """Django's choice of an action, and to which rows."""

    rows = forms.ChoiceField(
        required=False, label="Rows:", choices=[(TICKED, "ticked rows"), (EVERYTHING, f"all that match, up to {MOST}")]
    )  # fmt: skip


class Bulk:
    """Before Desk or BigDesk among the bases of a desk: `bulk` is what its rows can be put to (see `offer`)."""

    bulk: ClassVar[list[Offered]] = []
    action_form = RowsForm

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Ours that are open to this user, then Django's."""
        user: Any = request.user
        if self.actions is None:  # type: ignore[attr-defined]
            return {}
        own = {
            each.name: (_begin(each), each.name, each.label)
            for each in self.bulk
            if user.has_perm(each.permission)
        }
        return {**own, **super().get_actions(request)}  # type: ignore[misc]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Django asks for ticked rows: where all that match are meant, it is told that they are."""
        if request.method == "POST":
            names = {each.name for each in self.bulk}
            posted: Any = request.POST.copy()
            ticked = [key for key in posted.getlist(ACTION_CHECKBOX_NAME) if self._is_key(key)]
            if posted.get("action") in names and posted.get("rows") == EVERYTHING:
                posted["select_across"], ticked = "1", ["0"]
            posted.setlist(ACTION_CHECKBOX_NAME, ticked)
            request.POST = posted
        return super().changelist_view(request, extra_context)  # type: ignore[misc, no-any-return]

    def _is_key(self, text: str) -> bool:
        field: Any = self.opts.pk  # type: ignore[attr-defined]
        try:
            return field.to_python(text) is not None
        except ValidationError:
            return False


def _begin(offered: Offered) -> Any:
    """What Django calls for an action."""

    def run(desk: Any, request: HttpRequest, rows: QuerySet[Any]) -> HttpResponse | None:
        everything = request.POST.get("rows") == EVERYTHING
        if isinstance(offered, ListAction):
            return offered.go(request, rows, everything)
        return begin(desk, request, offered, rows, everything=everything)

    return run


def begin(
    desk: Any, request: HttpRequest, action: BulkAction, rows: QuerySet[Any], *, everything: bool
) -> HttpResponse | None:
    """Draft a run about the first MOST of `rows` and go to its page; back to the list where there is none."""
    found = list(rows.select_related(*action.joins)[: MOST + 1] if action.joins else rows[: MOST + 1])
    more, found = len(found) > MOST, found[:MOST]
    if not found:
        desk.message_user(request, "None of these rows is there any more.", "warning")
        return None
    what = f"{len(found):,} ticked"
    if more:
        what = f"the first {MOST} of those that match; choose again for the rest"
    elif everything:
        what = f"all {len(found):,} that match"
    user: Any = request.user
    run = draft_run(
        action=action,
        model=desk.model,
        rows=found,
        what=what,
        back=_back(request),
        by=user,
        now=timezone.now(),
    )
    return HttpResponseRedirect(reverse("admin:bulk_run", args=[run.pk]))


def _back(request: HttpRequest) -> str:
    """The list's query without what was searched for, and without conditions that may name somebody."""
    kept = request.GET.copy()
    for key in list(kept):
        if key == "q" or not all(_HARMLESS.fullmatch(value) for value in kept.getlist(key)):
            del kept[key]
    return kept.urlencode()
