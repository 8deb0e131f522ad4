"""A manager imports a file in a browser: upload, columns, dry run, start, results; at a desk and on a dark phone."""

from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from agents.tests.browser.conftest import PageOf
from agents.tests.browser.test_vendor_admin import faults, is_too_wide
from intake.models import Lead, LeadImport, Source
from intake.tests.imports_support import COLUMNS, as_csv, person, work
from leadcrm.models import User
from leadcrm.testing.factories import SourceFactory

UNDATED = [name for name in COLUMNS if name != "Created"]


@pytest.fixture
def source(shipped_rows: None) -> Source:
    """A source that takes made-up numbers as if they were live."""
    source: Source = SourceFactory.create(demo=True)
    return source


def fine(page: Page) -> None:
    """The page has no serious fault and fits the screen."""
    assert faults(page) == []
    assert not is_too_wide(page)


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone-dark"])
def test_a_file_goes_from_upload_over_columns_and_dry_run_to_its_results(
    page_of: PageOf, reviewer: User, source: Source, tmp_path: Path, phone: bool
) -> None:
    path = tmp_path / "old crm.csv"
    path.write_bytes(as_csv([person(101), person(102, Mobile="12")], UNDATED))
    page = page_of(reviewer, phone=phone, dark=phone)
    page.goto(reverse("admin:intake_leadimport_add"))
    fine(page)
    page.get_by_label("Source").select_option(str(source.pk))
    page.get_by_label("File").set_input_files(path)
    page.get_by_role("button", name="Upload").click()

    expect(page.get_by_text("No column says lead_created_at")).to_be_visible()
    fine(page)
    page.get_by_label("Shoe size is our field").select_option(label="Leave it out")
    page.get_by_role("button", name="That is right").click()
    expect(page.get_by_text("Columns mapped.")).to_be_visible()

    page.get_by_role("link", name="Dry run").click()
    page.get_by_role("button", name="Dry run").click()
    expect(page.get_by_text("say on which day they were made")).to_be_visible()
    fine(page)
    page.get_by_label("Made on").fill("2026-11-20")
    page.get_by_role("button", name="Dry run").click()
    expect(page.get_by_text("The dry run of 2 lines has begun.")).to_be_visible()
    fine(page)
    row = work(LeadImport.objects.get())
    page.clock.run_for(4_000)  # it looks by itself how far the import is
    expect(page.get_by_text("This is what would come of them")).to_be_visible()
    fine(page)
    assert not Lead.objects.exists()

    page.get_by_role("link", name="Start the import").click()
    expect(page.get_by_label("Made on")).to_have_value("2026-11-20")
    fine(page)
    page.get_by_role("button", name="Start the import").click()
    expect(page.get_by_text("The import of 2 lines has begun.")).to_be_visible()
    work(row)
    page.clock.run_for(4_000)
    expect(page.get_by_text("Does not have ten digits.")).to_be_visible()
    fine(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Results (CSV)").click()
    lines = download.value.path().read_text().splitlines()
    assert lines[1].startswith(f"2,accepted,,A-{Lead.objects.get().pk},")
    assert lines[2].startswith("3,rejected,invalid_phone,,Mobile:")
