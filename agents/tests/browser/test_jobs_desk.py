"""A manager is told that a job broke, and finds which, when and what else it did, in a browser."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from agents.tests.browser.conftest import PageOf
from agents.tests.browser.test_vendor_admin import faults, is_too_wide
from leadcrm import jobs
from leadcrm.models import Job, User
from leadcrm.testing.factories import JobRunFactory


@pytest.fixture
def broken() -> Job:
    """A nightly job that removed rows on two nights and broke in the last; all others went well a moment ago."""
    now = timezone.now()
    jobs.note_jobs(now=now)
    Job.objects.update(started_at=now, ended_at=now, done_at=now, result="done", seconds=0.1, known_at=now)
    job = Job.objects.get(name="forget-pings")
    for nights, removed in ((2, 1200), (1, 340)):
        JobRunFactory.create(job=job, started_at=now - timedelta(days=nights), removed=removed)
    jobs.end_job(name=job.name, started_at=now, now=now, error="OperationalError")
    return job


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_a_job_that_broke_is_found_from_the_first_page(
    page_of: PageOf, reviewer: User, broken: Job, phone: bool
) -> None:
    page = page_of(reviewer, phone=phone, dark=phone)
    page.goto(reverse("admin:index"))
    page.get_by_role("link", name="job of the background is late or failed").click()
    row = page.locator("#result_list tr", has_text="forget-pings")
    expect(row).to_contain_text("Failed: OperationalError")
    assert (faults(page), is_too_wide(page)) == ([], False)
    row.get_by_role("link", name="forget-pings").click()
    for words in ("Failed: OperationalError", "1,200", "340"):
        expect(page.get_by_role("region", name="Runs")).to_contain_text(words)
    assert (faults(page), is_too_wide(page)) == ([], False)
    page.goto(reverse("admin:page_kept"))
    expect(page.get_by_role("region", name="Rules of keeping")).to_contain_text("Pings that have ended")
    expect(page.get_by_role("region", name="What was removed when")).to_contain_text("1,200")
    assert (faults(page), is_too_wide(page)) == ([], False)
