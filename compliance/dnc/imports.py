"""Load a do-not-call list: whole, or the changes on top of the version in use. All or nothing.

    import_full(files=[path, ...], list_code="national", effective_on=day, san="12345678", imported_by="Jo")
    import_changes(files=[path], list_code="national", effective_on=later, imported_by="Jo")

Files are read and checked as a whole first; then one transaction writes blocks and history and moves the
list's pointer. Look-ups are never held up and see the list before or after. A process that dies leaves a
version in state "loading", which the next import marks as failed; its blocks were never committed.

The national list is subscribed by area code: numbers of an area code that is in no file are *unknown*, not
clear. `covers_all` states that the files are the whole country's (every other area code has no number).
"""

from collections.abc import Sequence
from datetime import date, datetime

from compliance.dnc.files import Given
from compliance.dnc.loading import ImportResult, load
from compliance.dnc.order import ImportOrder, Progress
from compliance.dnc.refusals import FileRefusedError, ImportRefusedError, NeedsConfirmationError
from compliance.models.dnc import VersionKind
from leadcrm.models import User

__all__ = [
    "FileRefusedError", "ImportRefusedError", "ImportResult", "NeedsConfirmationError", "import_changes",
    "import_full",
]  # fmt: skip


def import_full(
    *,
    files: Sequence[Given],
    list_code: str,
    effective_on: date,
    imported_by: str,
    san: str = "",
    user: User | None = None,
    confirm: bool = False,
    covers_all: bool = False,
    now: datetime | None = None,
    progress: Progress | None = None,
) -> ImportResult:
    """Replace a list by the numbers in `files` (paths or seekable binary file objects).

    `effective_on` is the publisher's date. `confirm` lets a list shrink by more than a tenth, lose an area
    code, or load the same files under another date. Raises ImportRefusedError; then nothing has changed.
    """
    order = ImportOrder(
        VersionKind.FULL, list_code, effective_on, imported_by, san, user, confirm, covers_all, now, progress
    )
    return load(order, files)


def import_changes(
    *,
    files: Sequence[Given],
    list_code: str,
    effective_on: date,
    imported_by: str,
    san: str = "",
    user: User | None = None,
    confirm: bool = False,
    now: datetime | None = None,
    progress: Progress | None = None,
) -> ImportResult:
    """Apply the additions and deletions in `files` to the version in use, which must be older.

    `confirm` lets an empty change list pass, a file that was applied before, or changes to an area code that
    was not held. Raises ImportRefusedError; then nothing has changed.
    """
    order = ImportOrder(
        VersionKind.CHANGES, list_code, effective_on, imported_by, san, user, confirm, False, now, progress
    )
    return load(order, files)
