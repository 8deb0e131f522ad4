"""What managers' figures count in a filled office (talks, quotes, duplicates, credits), counted; the pages of them."""

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Final

from django.db import connection
from django.urls import reverse
from django.utils import timezone

# Every fourth call reached somebody.
_TALKED = "UPDATE agents_communication SET outcome = 'spoke' WHERE channel = 'call' AND id % 4 = 0"
_QUOTED = """
INSERT INTO intake_leadevent (lead_id, kind, at, actor_id, old, new, reason)
SELECT id, 'status', received_at + interval '2 hours', owner_id, 'contacted', 'quoted', '' FROM intake_lead
WHERE owner_id IS NOT NULL AND (status IN ('quoted', 'sold') OR status = 'lost' AND id % 10 = 0)
"""
# Whose lead each duplicate was: of any vendor.
_DUPLICATES = """
WITH leads AS (SELECT min(id) AS first, max(id) - min(id) + 1 AS span FROM intake_lead)
INSERT INTO compliance_decision (submission_id, outcome, reason, checks, data_versions, decided_at, ms)
SELECT post.id, 'rejected', 'duplicate', jsonb_build_array(
    jsonb_build_object('check', 'consent', 'verdict', 'passed', 'detail', ''),
    jsonb_build_object('check', 'duplicate', 'verdict', 'rejected', 'detail',
        'A-' || (first + abs(hashtext(post.id::text)::bigint) % span) || ' of 2026-01-01 10:00 UTC, lost, by phone')
), '{}', post.received_at, 5
FROM intake_submission AS post, leads WHERE post.state = 'rejected' AND post.reason = 'duplicate'
"""
_TAKEN = """
UPDATE intake_return AS back SET state = 'taken', decided_at = asked_at, credit = back.price
FROM (SELECT DISTINCT ON (lead_id) id FROM intake_return ORDER BY lead_id, id) AS first
WHERE first.id = back.id AND back.state = 'asked' AND back.lead_id % 3 > 0
"""
# Days that a page of figures is asked for, as its address says it.
SPANS: Final = {"30 days": "last-30-days", "90 days": "last-90-days"}
_LINK: Final = re.compile(r'href="([^"?]*\?[^"]*counted=[^"]*)"')


def fill_figures() -> None:
    """Something to count, then count it: about three seconds for each day. Past all triggers (admin_fill)."""
    from agents.figures.update import keep_figures

    with connection.cursor() as cursor:
        for statement in (_TALKED, _QUOTED, _DUPLICATES, _TAKEN):
            cursor.execute(statement)
        cursor.execute("VACUUM (ANALYZE)")
    while not keep_figures(now=timezone.now(), budget=timedelta(minutes=5)):
        pass
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")


def figure_pages() -> Iterator[tuple[str, str, str]]:
    """Desk, what of it, address: every page of figures over its longest spans, with the days before beside them."""
    from agents.models import Team
    from agents.reports import REPORTS
    from intake.models import Vendor

    vendor = Vendor.objects.get(name="Bench Vendor").pk
    team = Team.objects.order_by("pk").values_list("pk", flat=True)[0]
    for days, period in SPANS.items():
        for slug, more in (
            ("vendor-scorecard", ""), ("vendor-scorecard", f"&vendor={vendor}"), ("agent-scorecard", ""),
            ("agent-scorecard", f"&team={team}"), ("speed-board", ""),
        ):  # fmt: skip
            page = reverse(f"admin:page_{slug.replace('-', '_')}")
            for compare in ("", "&compare=on"):
                yield slug, f"{days}{more}{compare}", f"{page}?period={period}{more}{compare}"
        for report in REPORTS:
            address = f"{reverse('admin:page_reports')}?report={report}&period={period}"
            yield "reports", f"{report}, {days}", address
    yield "credits", "90 days", f"{reverse('admin:page_credits')}?days=90"
    yield "compliance-desk", "30 days", f"{reverse('admin:page_compliance_desk')}?days=30"
    yield "routing", f"team {team}", f"{reverse('admin:page_routing')}?team={team}"


def links_of(page: str) -> dict[str, str]:
    """The lists behind the page's figures: one for each figure and sort of scope, that of the first line."""
    found: dict[str, str] = {}
    for link in _LINK.findall(page):
        url = unescape(link)
        asked = dict(part.split("=", 1) for part in url.partition("?")[2].split("&"))
        scope = ", ".join(sorted(name for name in asked if name.startswith(("of_", "at_"))))
        days = "a day" if asked.get("from") == asked.get("to") else "days"
        found.setdefault(f"{asked['counted']} by {scope or 'all'}, {days}", url)
    return found
