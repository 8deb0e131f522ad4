"""The link of the posting instructions: on the source's page, and replaced there by whoever may."""

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from compliance.models import ConfigChange
from intake.models import Source
from intake.posting.link import posting_url, replace_link
from intake.tests.posting_support import path_of
from leadcrm.models import User
from leadcrm.testing.door import Door
from leadcrm.testing.factories import SourceFactory, UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def source() -> Source:
    return SourceFactory.create()


@pytest.fixture
def manager(client: Client, reviewer: User) -> Client:
    client.force_login(reviewer)
    return client


def act(source: Source) -> str:
    return reverse("admin:intake_source_act", args=[source.pk, "replace-posting-link"])


def test_the_link_stands_on_the_sources_page_with_what_programs_read(manager: Client, source: Source) -> None:
    page = manager.get(reverse("admin:intake_source_change", args=[source.pk])).content.decode()
    for name in ("posting", "posting_schema", "posting_openapi"):
        assert f'href="{posting_url(source, name)}"' in page


def test_the_page_for_a_new_source_has_no_link_yet(manager: Client) -> None:
    page = manager.get(reverse("admin:intake_source_add"))
    assert page.status_code == 200
    assert "/posting/" not in page.content.decode()


def test_a_replaced_link_leads_nowhere_and_the_new_one_to_the_page(manager: Client, source: Source) -> None:
    old, token = path_of(source), source.posting_token
    assert Client().get(old).status_code == 200

    assert "leads nowhere from now on" in manager.get(act(source)).content.decode()
    assert Client().get(old).status_code == 200  # it was only asked
    manager.post(act(source))

    source.refresh_from_db()
    assert source.posting_token != token
    assert Client().get(old).status_code == 404
    assert Client().get(path_of(source)).status_code == 200
    (entry,) = LogEntry.objects.all()
    assert "Replaced the link" in entry.change_message
    assert token not in entry.change_message + "".join(
        str(change.after) for change in ConfigChange.objects.all()
    )


def test_keys_work_on_after_a_link_was_replaced(door: Door) -> None:
    replace_link(source=door.source)
    assert door.post().outcome == "accepted"


def test_who_may_not_change_a_source_may_not_replace_its_link(source: Source) -> None:
    clerk = UserFactory.create(is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_source"))
    client: Any = Client()
    client.force_login(clerk, backend="django.contrib.auth.backends.ModelBackend")
    token = source.posting_token

    assert client.post(act(source)).status_code == 403
    source.refresh_from_db()
    assert source.posting_token == token
