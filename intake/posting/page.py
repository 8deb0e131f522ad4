"""Everything a source's posting instructions say, gathered for the page. Nothing is asked of the database."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final

from django.conf import settings
from django.urls import reverse

from intake.api.parsers import MAX_BODY
from intake.canonical import aliases_of
from intake.flatten import MAX_DEPTH, MAX_FIELDS, MAX_NAME, MAX_VALUE
from intake.models import SUBSCRIBABLE, ReplayBy, Source, SourceHours, SourceStatus
from intake.posting.answering import example_answers, outcome_of
from intake.posting.asked import Asked
from intake.posting.fields import FieldTable, field_table
from intake.posting.link import posting_url, source_of_token
from intake.posting.pinging import pinging_of
from intake.posting.samples import FORMATS, LANGUAGES, called_test, example_lead, pretty, samples
from intake.posting.schema import statuses
from intake.reasons import HTTP_ERRORS, PING_REASONS, PING_WARNINGS, REASONS, WARNINGS
from intake.replays import HEADER_KEPT, PAYLOAD_KEPT
from intake.returns.windows import TERMS, Term
from intake.sources import SourceConfig
from leadcrm.lib import pipeline
from leadcrm.lib.clock import time_words

_DAYS: Final = dict(SourceHours._meta.get_field("weekday").choices or [])


@dataclass(frozen=True, slots=True)
class Posting:
    """One source as its vendor is told of it."""

    config: SourceConfig
    asked: Asked
    table: FieldTable
    returns: tuple[Term, ...] = ()

    @property
    def source(self) -> Source:
        """The contract."""
        return self.config.source


def find_posting(token: str, config_version: int) -> Posting | None:
    """The source of this link under the configuration of that version; None for a link that leads nowhere."""
    config = source_of_token(token, config_version)
    if config is None:
        return None
    asked: Asked = pipeline.step("asked")(config.id, config_version)
    return Posting(config, asked, field_table(config, asked), TERMS.get(config.id, config_version))


def page_of(posting: Posting, *, now: datetime) -> dict[str, Any]:
    """What the page shows. `now` is aware; the examples bear its hour."""
    source, lead = posting.source, example_lead(posting.table, now=now)
    accepted, rejected = statuses(source)
    return {
        "source": source,
        "table": posting.table,
        "endpoint": f"{settings.PUBLIC_URL}/api/lead-intake",
        "schema_url": posting_url(source, "posting_schema"),
        "openapi_url": posting_url(source, "posting_openapi"),
        "is_test": source.status == SourceStatus.TEST,
        "is_paused": source.status == SourceStatus.PAUSED,
        "by_lead_id": source.replay_by == ReplayBy.VENDOR_LEAD_ID,
        "header_days": HEADER_KEPT.days,
        "payload_seconds": int(PAYLOAD_KEPT / timedelta(seconds=1)),
        "limits": _limits(source),
        "bought": posting.asked.limits if source.posting_terms else (),
        "hours": _hours(posting.config) if source.posting_terms else (),
        "zone": settings.AGENCY_TIME_ZONE,
        "returns": posting.returns,
        "lead": pretty(lead),
        "samples": list(samples(lead)),
        "languages": LANGUAGES,
        "formats": FORMATS,
        "answers": list(example_answers(posting.config, now=now)),
        "status_accepted": accepted,
        "status_rejected": rejected,
        "reasons": {code: told for code, told in REASONS.items() if source.pings or code not in PING_REASONS},
        "warnings": {
            code: why for code, why in WARNINGS.items() if source.pings or code not in PING_WARNINGS
        },
        "errors": HTTP_ERRORS,
        "pinging": pinging_of(
            posting.config, posting.table, endpoint=f"{settings.PUBLIC_URL}/api/lead-intake", now=now
        ),
        "test_zips": [(forced, outcome_of(forced)) for forced in posting.asked.test_zips],
        "events": [kind.value for kind in SUBSCRIBABLE],
        "console": _console(posting.table),
    }


def _limits(source: Source) -> list[tuple[str, str]]:
    pings = [("pings per minute", _rate(source.ping_rate_limit))] if source.pings else []
    return [
        ("body", f"{MAX_BODY // 1024} kB"),
        ("fields, array members among them", f"{MAX_FIELDS}"),
        ("levels of nesting", f"{MAX_DEPTH}"),
        ("one value", f"{MAX_VALUE:,} characters"),
        ("a field's name", f"{MAX_NAME} characters"),
        ("posts per minute", _rate(source.rate_limit)),
        *pings,
    ]


def _rate(limit: int | None) -> str:
    return "no limit" if limit is None else f"{limit:,}"


def _hours(config: SourceConfig) -> list[tuple[str, str]]:
    """Each weekday with its openings, in the agency's zone; empty where the source is always open."""
    if not config.hours:
        return []
    spans = {day: [(o, c) for d, o, c in sorted(config.hours) if d == day] for day in _DAYS}
    return [
        (
            str(_DAYS[day]),
            ", ".join(f"{_clock(opens)} to {_clock(closes)}" for opens, closes in found) or "closed",
        )
        for day, found in spans.items()
    ]


def _clock(at: time) -> str:
    """8:00 AM; the last second of a day is midnight."""
    return "midnight" if at >= time(23, 59) else time_words(at)


def _console(table: FieldTable) -> dict[str, Any]:
    """What the console's script must know: where to post, what makes a post a test, and where its ZIP stands."""
    test = called_test(table)
    called = {row.name: row.called for row in table.rows}
    return {
        "url": reverse("lead-intake"),
        "test": test,
        "tests": [test, *table.names("test"), *aliases_of("test"), "lp_action"],
        "zip": called.get("zip", ""),
        "id": called.get("vendor_lead_id", ""),
    }
