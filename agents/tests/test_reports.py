"""What reports say: the figures of the agency's days, intervals, too few, and never who a consumer is."""

import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from agents.figures.update import keep_figures
from agents.models import Policy
from agents.reports import REPORTS, find_report
from agents.reports.making import make
from agents.reports.periods import Period, from_to, named
from agents.reports.render import FORMATS, rendered
from agents.reports.render.data import as_csv
from agents.reports.render.html import as_mail
from agents.reports.render.words import words
from agents.reports.report import Body, Column, Made, Table, word
from agents.tests.figures_support import START, Agency, day_of, exact_posts
from intake.models import Lead, Vendor
from leadcrm.lib.samples import Share
from leadcrm.testing.factories import (
    AgentFactory,
    CertificateFactory,
    CommunicationFactory,
    ContactAttemptFactory,
    ContactDecisionFactory,
    DncListFactory,
    FollowUpFactory,
    LeadFactory,
    LicenseFactory,
    PolicyFactory,
    ReturnFactory,
    RevocationFactory,
    SourceFactory,
    SubmissionFactory,
    UserFactory,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("shipped_rows")]
NOW = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)
TODAY = date(2026, 11, 24)
every_report = pytest.mark.parametrize("name", sorted(REPORTS))


def made(name: str, first: date = TODAY, last: date | None = None, now: datetime = NOW) -> Made:
    keep_figures(now=now)
    report = find_report(name)
    assert report is not None
    return make(report=report, period=Period(first, last or first), now=now)


def rows(one: Made, key: str) -> list[dict[str, Any]]:
    """The rows of a table by the keys of its columns."""
    table = next(table for table in one.body.tables if table.key == key)
    return [dict(zip([column.key for column in table.columns], row, strict=True)) for row in table.rows]


def total(one: Made, key: str) -> dict[str, Any]:
    table = next(table for table in one.body.tables if table.key == key)
    assert table.total is not None
    return dict(zip([column.key for column in table.columns], table.total, strict=True))


def bought(count: int = 1, *, at: datetime = NOW, **fields: Any) -> list[Lead]:
    return LeadFactory.create_batch(count, received_at=at, price=Decimal("20.00"), **fields)


def test_the_scorecard_adds_up_to_what_was_posted_in_a_random_week() -> None:
    agency = Agency(Random(21))
    agency.live(120)
    first, last = day_of(START), day_of(agency.now)
    card = made("vendor_scorecard", first, last, now=agency.now)
    exact = exact_posts().values()
    assert total(card, "posts")["posts"] == sum(row["posts"] for row in exact)
    assert total(card, "posts")["cost"] == sum(row["cost"] for row in exact)
    for column in ("posts", "own_duplicates", "other_duplicates", "consent", "refused", "cost"):
        assert sum(row[column] for row in rows(card, "posts")) == total(card, "posts")[column]
    assert total(card, "leads")["leads"] == Lead.objects.count()
    standing = Policy.objects.exclude(status__in=["declined", "cancelled"])
    assert total(card, "leads")["policies"] == standing.count()


def test_the_scorecard_tells_own_duplicates_consent_and_what_a_contact_cost() -> None:
    lead = bought(2, owner=UserFactory.create())[0]
    for code in ("consent_missing", "consent_expired", "cap_reached", "duplicate"):
        SubmissionFactory.create(source=lead.source, received_at=NOW, state="rejected", reason=code, price=0)
    CommunicationFactory.create(lead=lead, outcome="spoke", at=NOW)
    card = made("vendor_scorecard")
    posted = next(row for row in rows(card, "posts") if row["source"] == lead.source.name)
    assert (posted["posts"], posted["accepted"], posted["consent"]) == (5, Share(1, 5), 2)
    assert (posted["own_duplicates"], posted["refused"]) == (1, 1)
    became = next(row for row in rows(card, "leads") if row["source"] == lead.source.name)
    assert (became["contacted"], became["cost_per_contact"], became["cost_per_policy"]) == (
        Share(1, 1), Decimal("20.00"), None,
    )  # fmt: skip
    codes = {row["code"]: row["words"] for row in rows(card, "reasons")}
    assert codes["consent_expired"] == "Consent too old"


def test_speed_tells_shares_in_1_5_and_60_minutes_exactly() -> None:
    owner = AgentFactory.create().user
    waits = [30, 59, 60, 299, 300, 3599, 3600]
    for lead, seconds in zip(bought(8, owner=owner), waits, strict=False):
        ContactAttemptFactory.create(lead=lead, user=owner, at=NOW + timedelta(seconds=seconds))
    (row,) = rows(made("speed_to_contact"), "owners")
    assert (row["within_1"].part, row["within_5"].part, row["within_60"].part) == (2, 4, 6)
    assert row["within_1"].whole == 8
    assert row["called"] == "too few"


def test_agents_are_told_by_what_they_did_and_kept(agent: Any) -> None:
    lead = bought(1, owner=agent.user)[0]
    ContactAttemptFactory.create(lead=lead, user=agent.user, at=NOW)
    CommunicationFactory.create(lead=lead, author=agent.user, outcome="spoke", at=NOW)
    FollowUpFactory.create(lead=lead, due_at=NOW - timedelta(hours=4), done_at=NOW - timedelta(hours=4))
    FollowUpFactory.create(lead=lead, due_at=NOW - timedelta(hours=3))
    FollowUpFactory.create(lead=lead, due_at=NOW + timedelta(hours=3))
    (row,) = rows(made("agent_performance"), "did")
    assert (row["agent"], row["dials"], row["talks"]) == ("Test Agent", 1, 1)
    assert row["kept"] == Share(1, 2)


def test_a_policy_costs_what_its_leads_cost_less_credits_between_bounds() -> None:
    source = SourceFactory.create()
    leads = bought(20, source=source)
    for lead in leads[:5]:
        PolicyFactory.create(lead=lead, sold_by=UserFactory.create(), premium=50, mode="monthly")
    (row,) = rows(made("cost_per_policy"), "sources")
    assert (row["cost"], row["policies"], row["cost_per_policy"]) == (400, 5, Decimal("80.00"))
    assert row["cost_low"] < row["cost_per_policy"] < row["cost_high"]
    assert (row["premium"], row["premium_per_dollar"]) == (3000, Decimal("7.50"))


def test_returns_tell_what_was_taken_back_refused_and_credited() -> None:
    source = SourceFactory.create()
    leads = bought(4, source=source)
    for lead, state in zip(leads, ("taken", "taken", "refused", "asked"), strict=True):
        ReturnFactory.create(lead=lead, asked_at=NOW, state=state)
    one = made("returns")
    (row,) = rows(one, "sources")
    assert (row["taken"], row["refused"], row["credit"], row["net"], row["waiting"]) == (2, 1, 40, 40, 1)
    (reason,) = rows(one, "reasons")
    assert (reason["reason"], reason["asked"], reason["credit"]) == ("Wrong number", 4, 40)
    card = total(made("vendor_scorecard"), "leads")
    assert (card["returned"], card["net_cost"]) == (Share(2, 4), 40)


def test_the_daily_summary_sets_a_day_beside_the_usual_one() -> None:
    bought(3)
    for day in range(1, 29):
        bought(2, at=NOW - timedelta(days=day))
    one = made("daily_summary")
    short = {row["figure"]: (row["these"], row["usual"]) for row in rows(one, "short")}
    assert short["Leads bought"] == (3, 2)
    assert short["Cost"] == (60, 40)
    assert not one.body.is_empty
    assert made("daily_summary", TODAY - timedelta(days=300)).body.is_empty


def test_compliance_tells_what_was_stopped_and_who_asked_us_to_stop() -> None:
    SubmissionFactory.create(received_at=NOW, state="rejected", reason="suppressed_litigator", price=0)
    SubmissionFactory.create(received_at=NOW, state="rejected", reason="cap_reached", price=0)
    ContactDecisionFactory.create(at=NOW)
    ContactDecisionFactory.create(at=NOW, allowed=False, reasons=[{"code": "hours", "words": "Too early"}])
    RevocationFactory.create(received_at=NOW)
    DncListFactory.create(code="ours", kind="other")
    one = made("compliance")
    assert [(row["code"], row["count"]) for row in rows(one, "posts")] == [("suppressed_litigator", 1)]
    assert [(row["asked"], row["refused"]) for row in rows(one, "contacts")] == [(2, Share(1, 2))]
    assert [row["code"] for row in rows(one, "refusals")] == ["hours"]
    assert sum(row["count"] for row in rows(one, "requests")) == 1


def test_certificates_that_vanish_first_stand_on_top() -> None:
    for hours in (50, 3):
        CertificateFactory.create(
            state="waiting", accepted_at=NOW - timedelta(hours=1), due_at=NOW, vanishes_at=NOW + timedelta(hours=hours)
        )  # fmt: skip
    left = [row["left"] for row in rows(made("certificates_at_risk"), "waiting")]
    assert left == [timedelta(hours=3), timedelta(hours=50)]


def test_licenses_that_end_are_told_until_they_are_renewed(travel_to: Callable[[datetime], None]) -> None:
    travel_to(NOW)
    soon = LicenseFactory.create(expires_on=TODAY + timedelta(days=10))
    LicenseFactory.create(expires_on=TODAY + timedelta(days=100))
    renewed = LicenseFactory.create(expires_on=TODAY + timedelta(days=5))
    LicenseFactory.create(agent=renewed.agent, effective_on=TODAY + timedelta(days=6))
    found = rows(made("license_expiry"), "licenses")
    assert [(row["agent"], row["days"], row["how"]) for row in found] == [(str(soon.agent), 10, "urgent")]
    assert find_report("licence_expiry") is find_report("license_expiry")


@every_report
def test_no_report_says_who_a_consumer_is(name: str) -> None:
    agency = Agency(Random(5))
    agency.live(60)
    Lead.objects.update(
        first_name="Findable", last_name="Consumer", email="findable@example.org", zip="77777"
    )
    CertificateFactory.create(
        lead=Lead.objects.order_by("pk")[0], state="waiting", accepted_at=START, due_at=START, token="f" * 40
    )
    one = made(name, day_of(START), day_of(agency.now), now=agency.now)
    phones = set(Lead.objects.values_list("phone", flat=True))
    for how in ("table", "csv", "json", "html"):
        text = rendered(one, how).decode() + as_mail(one)
        for secret in ("Findable", "findable@", "77777", "f" * 40, *phones):
            assert secret not in text


@every_report
def test_every_report_asks_the_same_number_of_questions_for_one_row_and_for_fifty(name: str) -> None:
    def questions() -> int:
        keep_figures(now=NOW)
        report, period = REPORTS[name], Period(TODAY, TODAY)
        make(report=report, period=period, now=NOW)
        with CaptureQueriesContext(connection) as asked:
            make(report=report, period=period, now=NOW)
        return len(asked)

    def more(count: int) -> None:
        for _ in range(count):
            agent = AgentFactory.create()
            (lead,) = bought(1, owner=agent.user)
            CommunicationFactory.create(lead=lead, outcome="spoke", at=NOW)
            SubmissionFactory.create(
                source=lead.source, received_at=NOW, state="rejected", reason="consent_missing"
            )
            CertificateFactory.create(
                lead=lead, state="waiting", accepted_at=NOW - timedelta(hours=1), due_at=NOW
            )
            LicenseFactory.create(agent=agent, expires_on=timezone.localdate(NOW) + timedelta(days=9))
            ContactDecisionFactory.create(lead=lead, at=NOW, allowed=False, reasons=[{"code": "hours"}])
            PolicyFactory.create(lead=lead, sold_at=NOW)

    more(1)
    few = questions()
    more(49)
    assert questions() == few


@every_report
@pytest.mark.parametrize("how", sorted(FORMATS))
def test_every_report_comes_in_every_format_with_and_without_rows(name: str, how: str) -> None:
    assert rendered(made(name), how)
    agency = Agency(Random(3))
    agency.live(40)
    one = made(name, day_of(START), day_of(agency.now), now=agency.now)
    content = rendered(one, how)
    if how == "pdf":
        assert content.startswith(b"%PDF-")
    elif how == "json":
        assert json.loads(content)["report"] == name
    else:
        assert content.decode().strip()


def test_cells_that_a_spreadsheet_would_run_are_words() -> None:
    Vendor.objects.all().delete()
    source = SourceFactory.create(vendor__name='=HYPERLINK("http://evil.example.com")', name="+1+1")
    bought(1, source=source)
    lines = list(csv.reader(io.StringIO(as_csv(made("cost_per_policy")))))
    assert lines[1][:2] == ['\'=HYPERLINK("http://evil.example.com")', "'+1+1"]
    assert lines[1][lines[0].index("cost")] == "20.00"


def test_a_negative_amount_stays_a_number_in_csv() -> None:
    table = Table("t", "T", (word("name", "Name"), Column("net", "Net")), [("-", Decimal("-3.50"))])
    one = made("cost_per_policy")
    changed = Made(one.report, one.period, Body([table]), one.made_at, one.as_of)
    assert as_csv(changed) == "name,net\r\n'-,-3.50\r\n"


def test_csv_and_json_give_shares_with_both_ends_of_their_interval() -> None:
    bought(12, source=SourceFactory.create())
    one = made("cost_per_policy")
    (line,) = csv.DictReader(io.StringIO(as_csv(one)))
    assert (line["sold"], line["sold_part"], line["sold_of"], line["sold_low"]) == ("0.0", "0", "12", "0.0")
    sold = json.loads(rendered(one, "json"))["tables"]["sources"]["rows"][0]["sold"]
    assert sold == {"part": 0, "of": 12, "share": 0.0, "low": 0.0, "high": 0.2425}


def test_html_escapes_what_a_vendor_is_called() -> None:
    bought(1, source=SourceFactory.create(vendor__name="<script>alert(1)</script>"))
    one = made("vendor_scorecard")
    for text in (rendered(one, "html").decode(), as_mail(one)):
        assert "<script>" not in text
        assert "&lt;script&gt;" in text


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (None, "\N{EN DASH}"), (1234, "1,234"), (Decimal("-2.5"), "-$2.50"), (Share(4, 9), "4 of 9"),
        (Share(0, 0), "\N{EN DASH}"), (Share(50, 100), "50 % (40\N{EN DASH}60)"), (timedelta(seconds=59), "59 s"),
        (timedelta(minutes=80), "1 h 20 min"), (timedelta(days=3, hours=4), "3 d 4 h"), (timedelta(0), "0 s"),
    ],
)  # fmt: skip
def test_values_are_told_in_words(value: Any, said: str) -> None:
    assert words(value) == said


@pytest.mark.parametrize(
    ("name", "today", "first", "last"),
    [
        ("yesterday", date(2026, 3, 1), date(2026, 2, 28), date(2026, 2, 28)),
        ("last-week", date(2026, 11, 29), date(2026, 11, 16), date(2026, 11, 22)),
        ("last-week", date(2026, 11, 30), date(2026, 11, 23), date(2026, 11, 29)),
        ("last-month", date(2026, 1, 31), date(2025, 12, 1), date(2025, 12, 31)),
    ],
)
def test_a_period_has_whole_days_weeks_begin_on_monday(
    name: str, today: date, first: date, last: date
) -> None:
    assert named(name, today) == Period(first, last)


def test_a_period_that_cannot_be_is_refused() -> None:
    with pytest.raises(ValidationError, match="yesterday, last-week"):
        named("sometimes", TODAY)
    with pytest.raises(ValidationError, match="lies before"):
        from_to(TODAY, TODAY - timedelta(days=1))
    with pytest.raises(ValidationError, match="400 days"):
        from_to(TODAY, TODAY + timedelta(days=400))
    for day in (date.min, date.max):
        with pytest.raises(ValidationError):
            from_to(day, day)
    with pytest.raises(ValidationError):
        named("0001-01", TODAY)
