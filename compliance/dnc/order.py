"""One import as it was asked for. Pure data, shared by the guards and the loader."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from django.utils import timezone

from compliance.models.dnc import VersionKind
from leadcrm.models import User

# stage ("reading" or "writing"), done, total (bytes while reading, area codes while writing), rows read
Progress = Callable[[str, int, int, int], None]


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """What to import, on whose word, and how strictly. `now` None: the clock."""

    kind: VersionKind
    list_code: str
    effective_on: date
    imported_by: str
    san: str
    user: User | None
    confirm: bool
    covers_all: bool
    now: datetime | None
    progress: Progress | None

    def moment(self) -> datetime:
        """The time to write down."""
        return self.now or timezone.now()

    def report(self, stage: str, done: int, total: int, rows: int) -> None:
        """Tell whoever watches."""
        if self.progress is not None:
            self.progress(stage, done, total, rows)
