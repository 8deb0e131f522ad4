"""The page of a run, at one address: what will happen to how many; then how far it is; then what became of each."""

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.apps import apps
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from leadcrm.bulk.runs import carry_run, confirm_run, rows_of
from leadcrm.lib.admin.bulk import ACTIONS, BulkAction
from leadcrm.lib.doorbell import ring_after_commit
from leadcrm.models import BulkItem, BulkRun, BulkState, ItemState
from leadcrm.tasks import carry_bulk_runs

# So long somebody waits for the answer; a worker does the rest.
PATIENCE: Final = 5.0
# A page that shows how far it is asks again after so many seconds.
AGAIN: Final = 3
# The most frequent reasons stand above the rows.
MOST_REASONS: Final = 8


@dataclass(frozen=True, slots=True)
class Line:
    """One row on the page: its name, its page, and why it will not be touched, was not, or what was done."""

    name: str
    url: str
    words: str = ""


def show_run(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """The page of a run for who began it, and for who may see all runs that were confirmed. 404 for others.

    It names rows and says how they stand: whoever may not see such rows (any more) does not see it either.
    """
    user: Any = request.user
    run = BulkRun.objects.select_related("by").filter(pk=run_id).first()
    own = run is not None and run.by_id == user.pk
    if run is None or not (own or (user.has_perm("leadcrm.view_bulkrun") and run.state != BulkState.DRAFT)):
        raise Http404
    if not may_see_rows(request, run):
        raise PermissionDenied
    if run.state != BulkState.DRAFT or not own:
        return HttpResponseRedirect(request.path) if request.method == "POST" else _result(request, run)
    action = ACTIONS.get(run.action)
    if action is None:
        raise Http404
    if not user.has_perm(action.permission):
        raise PermissionDenied
    return _draft(request, run, action)


def may_see_rows(request: HttpRequest, run: BulkRun) -> bool:
    """True for who may look at rows of the kind that `run` is about."""
    return bool(admin.site.get_model_admin(apps.get_model(run.model)).has_view_permission(request))


def _draft(request: HttpRequest, run: BulkRun, action: BulkAction) -> HttpResponse:
    """Say what will happen, and ask for what it takes; once it is confirmed, do it, and show what came of it."""
    posted = request.method == "POST"
    form = action.form(request.POST if posted else None) if action.form else None
    if posted and (form is None or form.is_valid()):
        values = {name: request.POST[name] for name in (form.fields if form else ()) if name in request.POST}
        now = timezone.now()
        if confirm_run(run=run, values=values, now=now) and not carry_run(run=run, now=now, seconds=PATIENCE):
            ring_after_commit(carry_bulk_runs, {})
        return HttpResponseRedirect(request.path)
    able, unable = _looked_at(run, action)
    context = {
        "run": run, "action": action, "form": form, "able": able, "reasons": _by_reason(unable), "unable": unable,
        "what": _counted(run, action, len(able)), "media": form.media if form else "",
    }  # fmt: skip
    return _page(request, run, "admin/bulk/confirm.html", context)


def _looked_at(run: BulkRun, action: BulkAction) -> tuple[list[Line], list[Line]]:
    """Whom it will touch, and whom it will not as things stand now."""
    rows = {str(row.pk): row for row in rows_of(run, action)}
    able: list[Line] = []
    unable: list[Line] = []
    for item in run.items.all():
        row = rows.get(item.object_id)
        why = "It is gone." if row is None else action.against(row)
        if row is not None and not why and action.seen(row)[:200] != item.seen:
            why = f"It changed since it was chosen: it was {item.seen}, it is {action.seen(row)}."
        (unable if why else able).append(Line(item.name, _url(run, item), why or item.seen))
    return able, unable


def _by_reason(lines: list[Line]) -> list[tuple[str, int]]:
    return Counter(line.words for line in lines).most_common()


def lines_of(run: BulkRun) -> dict[ItemState, list[Line]]:
    """The rows of `run` by what became of them."""
    items = list(run.items.all())
    return {
        state: [Line(item.name, _url(run, item), item.words) for item in items if item.state == state]
        for state in ItemState
    }


def _result(request: HttpRequest, run: BulkRun) -> HttpResponse:
    lines = lines_of(run)
    context = {
        "run": run, "done": lines[ItemState.DONE], "not_done": lines[ItemState.NOT_DONE],
        "reasons": _by_reason(lines[ItemState.NOT_DONE])[:MOST_REASONS],
        "waiting": len(lines[ItemState.WAITING]), "total": sum(map(len, lines.values())), "again": AGAIN,
        "under_way": run.state == BulkState.RUNNING,
    }  # fmt: skip
    response = _page(request, run, "admin/bulk/result.html", context)
    if run.state == BulkState.RUNNING:
        response["Refresh"] = str(AGAIN)
    return response


def _page(request: HttpRequest, run: BulkRun, template: str, context: dict[str, Any]) -> HttpResponse:
    model = apps.get_model(run.model)
    desk: Any = admin.site.get_model_admin(model)
    listed = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    frame = {
        **admin.site.each_context(request), "title": run.label, "opts": model._meta, "desk_title": desk.desk_title,
        "back": f"{listed}?{run.back}" if run.back else listed,
    }  # fmt: skip
    return TemplateResponse(request, template, {**frame, **context})


def _url(run: BulkRun, item: BulkItem) -> str:
    app, model = run.model.split(".")
    return reverse(f"admin:{app}_{model}_change", args=[item.object_id])


def _counted(run: BulkRun, action: BulkAction, count: int) -> str:
    opts = apps.get_model(run.model)._meta
    one, many = action.rows or (str(opts.verbose_name), str(opts.verbose_name_plural))
    return f"{count:,} {one if count == 1 else many}"
