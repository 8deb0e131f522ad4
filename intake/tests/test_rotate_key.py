"""`manage.py rotate_key`: a new key beside the old ones, which run out."""

from datetime import timedelta

import pytest
from django.utils import timezone

from intake.contracts import find_source
from intake.keys import issue_key, matches
from intake.models import ApiKey, KeyScope, Source
from leadcrm.testing.commands import answers, refuses, says
from leadcrm.testing.factories import SourceFactory, VendorFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def source() -> Source:
    return SourceFactory.create(vendor=VendorFactory.create(name="Example Leads"), name="FE Texas")


def test_the_new_key_works_and_the_old_one_for_another_day(source: Source) -> None:
    old, _ = issue_key(source=source)
    answer = answers("rotate_key", "--source", str(source.pk))
    old.refresh_from_db()
    new = ApiKey.objects.exclude(pk=old.pk).get()
    now = timezone.now()
    assert matches(new, answer["api_key"])
    assert new.expires_at is None
    assert old.is_usable(now + timedelta(hours=23, minutes=59))
    assert not old.is_usable(now + timedelta(hours=24))
    assert [key["prefix"] for key in answer["old_keys"]] == [old.prefix]


def test_the_old_key_can_end_at_once(source: Source) -> None:
    old, _ = issue_key(source=source)
    answers("rotate_key", "--source", str(source.pk), "--expire-old-in-hours", "0")
    old.refresh_from_db()
    assert not old.is_usable(timezone.now())


def test_a_key_that_ends_sooner_or_does_something_else_keeps_its_end(source: Source) -> None:
    now = timezone.now()
    soon, _ = issue_key(source=source, expires_at=now + timedelta(hours=1))
    returns, _ = issue_key(source=source, scope=KeyScope.RETURN)
    ended, _ = issue_key(source=source, expires_at=now - timedelta(days=1))
    other, _ = issue_key(source=SourceFactory.create())
    answer = answers("rotate_key", "--source", str(source.pk), "--expire-old-in-hours", "48")
    for key in (soon, returns, ended, other):
        before = key.expires_at
        key.refresh_from_db()
        assert key.expires_at == before
    assert [key["prefix"] for key in answer["old_keys"]] == [soon.prefix]


def test_a_source_is_found_by_number_or_by_its_full_name_in_any_case(source: Source) -> None:
    assert find_source(str(source.pk)) == source
    assert find_source(" example leads · fe texas ") == source


def test_people_are_told_the_new_key_once_and_when_the_old_one_ends(source: Source) -> None:
    old, _ = issue_key(source=source)
    text = says("rotate_key", "--source", "Example Leads · FE Texas")
    assert text.count("lk_") == 1
    assert f"{old.prefix}… works until" in text


@pytest.mark.parametrize("named", ["999999", "99999999999999999999", "Nobody · Nothing", "FE Texas", ""])
def test_an_unknown_source_is_told_with_its_option(source: Source, named: str) -> None:
    assert refuses("rotate_key", "--source", named).startswith("--source: There is no source")
    assert not ApiKey.objects.exists()


def test_a_name_that_two_sources_bear_asks_for_the_number(source: Source) -> None:
    twin = SourceFactory.create(vendor=VendorFactory.create(name="Example Leads · FE Texas"), name="A")
    other = SourceFactory.create(vendor=source.vendor, name="FE Texas · A")
    message = refuses("rotate_key", "--source", "Example Leads · FE Texas · A")
    assert str(twin.pk) in message
    assert str(other.pk) in message


def test_odd_hours_are_refused(source: Source) -> None:
    assert "--expire-old-in-hours: “soon”" in refuses(
        "rotate_key", "--source", str(source.pk), "--expire-old-in-hours", "soon"
    )
