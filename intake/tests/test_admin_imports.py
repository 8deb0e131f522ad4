"""A manager uploads a file, says what its columns are, starts it, and takes the results."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from intake.models import LeadImport
from intake.tests.imports_support import COLUMNS, as_csv, person, ready, work
from leadcrm.models import User
from leadcrm.testing.door import Door
from leadcrm.testing.factories import UserFactory

pytestmark = pytest.mark.django_db


def act(row: LeadImport, name: str) -> str:
    return reverse("admin:intake_leadimport_act", args=[row.pk, name])


def test_a_manager_goes_from_the_file_to_its_results(client: Client, door: Door, reviewer: User) -> None:
    type(door.source).objects.update(demo=True)
    client.force_login(reviewer)
    file = SimpleUploadedFile("old.csv", as_csv([person(101), person(102, Mobile="12")]))
    answer = client.post(reverse("admin:intake_leadimport_add"), {"source": door.source.pk, "file": file})
    row = LeadImport.objects.get()
    assert answer.headers["Location"] == act(row, "columns")
    page = client.get(act(row, "columns")).content.decode()
    assert "invalid_phone" in page
    assert "No column says lead_created_at" in page
    created = row.header.index("Created")
    client.post(act(row, "columns"), {f"column-{created}": "lead_created_at"})
    client.post(act(row, "dry-run"), {"generated_on": ""})
    assert (
        "Dry run"
        in client.get(reverse("admin:intake_leadimport_change", args=[work(row).pk])).content.decode()
    )
    client.post(act(row, "start"), {"give": "nobody", "price": "0"})
    assert work(row).counts == {"accepted": 1, "rejected": 1}
    told = b"".join(client.get(act(row, "results")).streaming_content).decode()  # type: ignore[attr-defined]
    assert "3,rejected,invalid_phone,,Mobile:" in told
    mend = b"".join(client.get(act(row, "to-mend")).streaming_content).decode()  # type: ignore[attr-defined]
    assert "Person102" in mend
    assert "Person101" not in mend


def test_a_file_without_a_column_of_dates_is_tried_and_started_with_one_day(
    client: Client, door: Door, reviewer: User
) -> None:
    type(door.source).objects.update(demo=True)
    client.force_login(reviewer)
    row = ready(door.source, as_csv([person(101)], [name for name in COLUMNS if name != "Created"]))
    LeadImport.objects.update(names={"Mobile": "phone"})
    yesterday = (timezone.localdate() - timedelta(days=1)).isoformat()
    assert "Made on" in client.get(act(row, "dry-run")).content.decode()
    without = client.post(act(row, "dry-run"), {"generated_on": ""}).content.decode()
    assert "No column says lead_created_at" in without
    tomorrow = client.post(act(row, "dry-run"), {"generated_on": "2099-01-01"}).content.decode()
    assert "This day is still to come." in tomorrow
    client.post(act(row, "dry-run"), {"generated_on": yesterday})
    assert work(row).dry_counts["outcomes"] == {"accepted": 1}
    assert f'value="{yesterday}"' in client.get(act(row, "start")).content.decode()


def test_nobody_uploads_without_the_permission(client: Client) -> None:
    client.force_login(UserFactory.create(is_staff=True))
    assert client.get(reverse("admin:intake_leadimport_add")).status_code == 403
