"""Two managers press the same button at once."""

from datetime import time

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from intake.cloning import clone_source
from intake.field_rules import RuleDraft, save_field_rules
from intake.going_live import go_live
from intake.hours import set_hours
from intake.keys import issue_key
from intake.models import ApiKey, FieldRule, KeyUse, Source, SourceStatus
from intake.sightings import note_use
from leadcrm.testing.door import at_once
from leadcrm.testing.factories import FieldRuleFactory, SourceFactory

pytestmark = pytest.mark.django_db(transaction=True)


def test_of_two_clones_of_one_name_at_once_one_is_made_whole(shipped_rows: None) -> None:
    origin = SourceFactory.create()
    FieldRuleFactory.create(source=origin)

    def clone(number: int) -> str:
        try:
            clone_source(origin=origin, vendor=origin.vendor, name="Copy")
        except ValidationError:
            return "refused"
        return "made"

    assert sorted(at_once(4, clone)) == ["made", "refused", "refused", "refused"]
    assert [source.field_rules.count() for source in Source.objects.filter(name="Copy")] == [1]


def test_a_name_that_is_mapped_twice_at_once_has_one_rule(shipped_rows: None) -> None:
    source = SourceFactory.create()

    def save(number: int) -> None:
        spelled = ("cust_phone", "Cust-Phone", "custphone", "CUST PHONE")[number]
        save_field_rules(source=source, drafts=[RuleDraft(spelled, "phone")])

    at_once(4, save)
    assert [rule.field for rule in FieldRule.objects.all()] == ["phone"]


def test_hours_that_are_set_twice_at_once_stand_once(shipped_rows: None) -> None:
    source = SourceFactory.create()
    opens, closes = time(9), time(17)
    at_once(
        4, lambda _: set_hours(source=source, weekdays=range(5), opens_at=opens, closes_at=closes, only=True)
    )
    assert source.hours.count() == 5


def test_of_two_who_go_live_at_once_one_changes_something(shipped_rows: None) -> None:
    source = SourceFactory.create(status=SourceStatus.TEST)
    now = timezone.now()
    changed = at_once(4, lambda _: go_live(source=source, although_missing=True, now=now)[0])
    assert sorted(changed) == [False, False, False, True]


def test_a_key_that_is_first_used_in_several_places_at_once_is_noted_once(shipped_rows: None) -> None:
    keys = [issue_key(source=SourceFactory.create())[0] for _ in range(3)]
    at_once(6, lambda number: note_use(keys[number % 3], timezone.now()))
    assert KeyUse.objects.count() == ApiKey.objects.count() == 3
