"""Buttons on an import's page: what its columns mean, dry run, start, pause, go on, cancel, files of results."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils import timezone

from intake.admin.imports_forms import DateForm, TermsForm
from intake.field_rules import targets_of
from intake.imports.columns import NEVER_OF_FILES, map_columns, missing_fields, plan_of
from intake.imports.preview import preview
from intake.imports.results import results_csv, untaken_csv
from intake.imports.running import cancel_import, pause_import, resume_import, start_dry_run, start_import
from intake.models import ImportState, LeadImport
from intake.sources import SOURCES
from leadcrm.lib.admin.acts import Act
from leadcrm.lib.config import current_version
from leadcrm.lib.sealing import CannotOpen
from leadcrm.lib.spreadsheets import csv_answer

MAY: Final = "intake.import_leads"
LEAVE_OUT: Final = "-"


def _desk() -> Any:
    return admin.site.get_model_admin(LeadImport)


def _tried(request: HttpRequest, row: LeadImport, do: Callable[[], LeadImport], done: str) -> bool:
    """Do it, say so and write it down; or say why not."""
    try:
        do()
    except ValidationError as error:
        for words in error.messages:
            messages.error(request, words)
        return False
    _desk().log_change(request, row, done)
    messages.success(request, f"{done}.")
    return True


def columns_page(request: HttpRequest, row: Any) -> HttpResponse | None:
    """What each column means; it may be said otherwise, for this file or for the source."""
    version = current_version()
    config = SOURCES.get(row.source_id, version)
    if request.method == "POST":
        as_rules = "rules" in request.POST and _may_change_rules(request)
        names = _names(request, row)
        words = (
            "Columns mapped for this file and as field rules of the source" if as_rules else "Columns mapped"
        )
        done = _tried(
            request, row,
            lambda: map_columns(import_id=row.pk, names=names, as_rules=as_rules, source=config), words,
        )  # fmt: skip
        if done and "again" not in request.POST:
            return None
        row.refresh_from_db()
        version = current_version()
        config = SOURCES.get(row.source_id, version)
    return _columns(request, row, config, version)


def _columns(request: HttpRequest, row: LeadImport, config: Any, version: int) -> HttpResponse:
    try:
        seen, locked = preview(row=row, source=config, config_version=version, now=timezone.now()), ""
    except CannotOpen as reason:
        seen, locked = None, str(reason)
    context = {
        "seen": seen, "locked": locked, "missing": missing_fields(plan_of(row, config), config),
        "targets": [name for name in targets_of(config) if name not in NEVER_OF_FILES],
        "may_change_rules": _may_change_rules(request), "leave_out": LEAVE_OUT, "open": row.state == ImportState.READY,
    }  # fmt: skip
    page: HttpResponse = _desk().act_page(
        request, row, "admin/intake/import_columns.html", title="Columns", media=_desk().media, **context
    )
    page["Cache-Control"] = "no-store"
    return page


def _names(request: HttpRequest, row: LeadImport) -> dict[str, str]:
    """Column -> field as chosen; what was left as found is not in it."""
    chosen = {name: request.POST.get(f"column-{place}", "") for place, name in enumerate(row.header)}
    return {name: "" if field == LEAVE_OUT else field for name, field in chosen.items() if field}


def _may_change_rules(request: HttpRequest) -> bool:
    user: Any = request.user
    return bool(user.has_perm("intake.change_source"))


def dry_run(request: HttpRequest, row: Any) -> HttpResponse | None:
    """Every line is tried, nothing is taken. Asked first: the day of lines that say none."""
    form = DateForm(_posted(request), initial={"generated_on": row.generated_on})
    if _begun(form, lambda: start_dry_run(import_id=row.pk, now=timezone.now(), **form.cleaned_data)):
        _tell_begun(request, row, "The dry run")
        return None
    return _form_page(request, row, form, "import_dry_run.html", "Dry run")


def start(request: HttpRequest, row: Any) -> HttpResponse | None:
    """The terms, then the run."""
    form = TermsForm(_posted(request), initial={"generated_on": row.generated_on})
    if _begun(form, lambda: start_import(import_id=row.pk, now=timezone.now(), **form.terms())):
        _tell_begun(request, row, "The import")
        return None
    return _form_page(request, row, form, "import_start.html", "Start the import")


def _posted(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None


def _begun(form: forms.Form, do: Callable[[], LeadImport]) -> bool:
    """Do it if the form was sent and is right; or put into it why not."""
    if not form.is_valid():
        return False
    try:
        do()
    except ValidationError as error:
        known = hasattr(error, "error_dict")
        for field, words in error.message_dict.items() if known else [(None, error.messages)]:
            form.add_error(field, words)
        return False
    return True


def _tell_begun(request: HttpRequest, row: LeadImport, what: str) -> None:
    _desk().log_change(request, row, f"{what} has begun")
    messages.success(request, f"{what} of {row.lines:,} lines has begun.")


def _form_page(
    request: HttpRequest, row: LeadImport, form: forms.Form, template: str, title: str
) -> HttpResponse:
    page: HttpResponse = _desk().act_page(
        request, row, f"admin/intake/{template}", form=form, title=title, submit=title, media=_desk().media
    )
    return page


def pause(request: HttpRequest, row: Any) -> None:
    """After the lines in work."""
    _tried(request, row, lambda: pause_import(import_id=row.pk), "Paused after the lines in work")


def resume(request: HttpRequest, row: Any) -> None:
    """Where it stopped."""
    _tried(request, row, lambda: resume_import(import_id=row.pk, now=timezone.now()), "The import goes on")


def cancel(request: HttpRequest, row: Any) -> None:
    """For good; a dry run can begin again."""
    _tried(request, row, lambda: cancel_import(import_id=row.pk, now=timezone.now()), "Cancelled")


def _file(name: str, lines: Iterator[str]) -> StreamingHttpResponse:
    response = csv_answer(f"{name}.csv", lines)
    response["Cache-Control"] = "no-store"
    return response


def results(request: HttpRequest, row: Any) -> StreamingHttpResponse:
    """What came of each line: of the run, before it of the dry run."""
    dry = not _has_run(row)
    return _file(f"import-{row.pk}-{'dry-run' if dry else 'results'}", results_csv(row, dry=dry))


def untaken(request: HttpRequest, row: Any) -> StreamingHttpResponse:
    """The lines that were not taken, as they came. Personal data: who took it is written down."""
    dry = not _has_run(row)
    _desk().log_change(request, row, "Took the lines that were not taken, to mend them")
    return _file(f"import-{row.pk}-to-mend", untaken_csv(row, dry=dry))


def _has_run(row: LeadImport) -> bool:
    return row.state not in (ImportState.READY, ImportState.TRYING)


def _has_results(row: LeadImport) -> bool:
    return row.forgotten_at is None and (row.seen > 0 or bool(row.dry_counts))


def _is(*states: ImportState) -> Callable[[Any], bool]:
    return lambda row: row.state in states and row.forgotten_at is None


_OPEN: Final = (
    ImportState.READING, ImportState.READY, ImportState.TRYING, ImportState.RUNNING, ImportState.PAUSED,
)  # fmt: skip
ACTS: Final = [
    Act("columns", "Columns", columns_page, MAY, when=_is(ImportState.READY), page=True),
    Act("dry-run", "Dry run", dry_run, MAY, when=_is(ImportState.READY), page=True),
    Act("start", "Start the import", start, MAY, when=_is(ImportState.READY), page=True, style="default"),
    Act("pause", "Pause", pause, MAY, when=_is(ImportState.RUNNING)),
    Act("resume", "Go on", resume, MAY, when=_is(ImportState.PAUSED), style="default"),
    Act("results", "Results (CSV)", results, MAY, when=_has_results, page=True),
    Act("to-mend", "Lines to mend (CSV)", untaken, MAY, when=_has_results, page=True),
    Act(
        "cancel", "Cancel", cancel, MAY, when=_is(*_OPEN), style="danger",
        ask="It ends after the lines in work. Leads that it made stay; it cannot go on afterwards. A dry run ends.",
    ),
]  # fmt: skip
