"""A trial ends once: adopted, dropped, or by itself; what is adopted is what the reader has seen."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from compliance.models import Cap, CheckMode, CheckSetting, ConfigChange, Trial, TrialState, TrialVerdict
from compliance.policy import POLICIES, BadParams
from compliance.trials.closing import (
    CannotClose,
    LiveChanged,
    adopt_trial,
    drop_trial,
    end_due_trials,
    extend_trial,
    forget_posts,
)
from compliance.trials.settings import fingerprint
from compliance.trials.starting import CannotTry, try_caps, try_check
from intake.models import Source
from leadcrm.lib.config import current_version
from leadcrm.models import User
from leadcrm.testing.door import Door, at_once
from leadcrm.testing.factories import (
    CapFactory,
    CheckSettingFactory,
    SourceFactory,
    TrialFactory,
    TrialVerdictFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def manager(db: None) -> User:
    return UserFactory.create(is_staff=True)


@pytest.fixture
def source(db: None) -> Source:
    return SourceFactory.create()


def start(manager: User, source: Source | None, name: str = "duplicate", **params: Any) -> Trial:
    row = CheckSetting(source=source, check_name=name, params=params or {"days": 7})
    return try_check(setting=row, by=manager, now=NOW)


def params_of(source: Source | None, name: str = "duplicate") -> Any:
    return CheckSetting.objects.get(source=source, check_name=name).params


def test_what_changes_nothing_is_no_trial(manager: User, source: Source) -> None:
    with pytest.raises(CannotTry, match="set already"):
        start(manager, source, days=30)  # the product's own default
    CheckSettingFactory.create(source=None, params={"days": 7})
    with pytest.raises(CannotTry, match="set already"):
        start(manager, source)
    CapFactory.create(source=source, limit=10)
    with pytest.raises(CannotTry, match="caps of the source already"):
        try_caps(
            source_id=source.pk,
            caps=[Cap(period="day", unit="leads", limit=Decimal(10))],
            by=manager,
            now=NOW,
        )


def test_a_parameter_that_the_check_does_not_take_is_refused(manager: User, source: Source) -> None:
    with pytest.raises(BadParams, match="planets"):
        start(manager, source, planets=1)


def test_a_second_trial_of_the_same_check_names_the_first(manager: User, source: Source) -> None:
    first = start(manager, source)
    with pytest.raises(CannotTry, match="runs already") as refused:
        start(manager, source, days=9)
    assert refused.value.running == first
    start(manager, None)  # the agency's is another one
    drop_trial(trial_id=first.pk, by=manager, now=NOW)
    assert start(manager, source, days=9).is_running


@pytest.mark.parametrize("whose", ["source", "agency"])
@pytest.mark.parametrize("there", [True, False])
def test_what_is_adopted_is_live_from_then_on(manager: User, source: Source, whose: str, there: bool) -> None:
    owner = source if whose == "source" else None
    if there:
        CheckSettingFactory.create(source=owner, params={"days": 90})
    trial = start(manager, owner)
    changes = ConfigChange.objects.count()
    trial = adopt_trial(trial_id=trial.pk, by=manager, now=NOW)
    assert params_of(owner) == {"days": 7}
    assert (trial.state, trial.closed_by, trial.closed_at) == (TrialState.ADOPTED, manager, NOW)
    recorded = ConfigChange.objects.order_by("pk")[changes:]
    assert [change.table_name for change in recorded] == ["compliance_checksetting", "compliance_trial"]
    assert (recorded[0].after or {})["params"] == {"days": 7}
    assert POLICIES.get(source.pk, current_version()).trials == ()


def test_adopting_twice_writes_once(manager: User, source: Source) -> None:
    trial = start(manager, source)
    adopt_trial(trial_id=trial.pk, by=manager, now=NOW)
    CheckSetting.objects.update(params={"days": 3})
    again = adopt_trial(trial_id=trial.pk, by=manager, now=NOW + timedelta(hours=1))
    assert (again.state, again.closed_at) == (TrialState.ADOPTED, NOW)
    assert params_of(source) == {"days": 3}


def test_a_live_setting_that_was_changed_meanwhile_is_overwritten_only_by_who_has_seen_it(
    manager: User, source: Source
) -> None:
    trial = start(manager, source)
    CheckSettingFactory.create(source=source, params={"days": 60})
    with pytest.raises(LiveChanged) as refused:
        adopt_trial(trial_id=trial.pk, by=manager, now=NOW)
    seen = fingerprint(refused.value.live)
    CheckSetting.objects.update(params={"days": 61})
    with pytest.raises(LiveChanged):
        adopt_trial(trial_id=trial.pk, by=manager, now=NOW, seen=seen)
    assert params_of(source) == {"days": 61}
    CheckSetting.objects.update(params={"days": 60})
    adopt_trial(trial_id=trial.pk, by=manager, now=NOW, seen=seen)
    assert params_of(source) == {"days": 7}


def test_a_changed_setting_of_the_agency_counts_as_changed_where_a_source_stands_on_it(
    manager: User, source: Source
) -> None:
    trial = start(manager, source)
    CheckSettingFactory.create(source=None, mode=CheckMode.OBSERVE)
    with pytest.raises(LiveChanged):
        adopt_trial(trial_id=trial.pk, by=manager, now=NOW)


def test_adopted_caps_are_all_that_the_source_has(manager: User, source: Source) -> None:
    kept = CapFactory.create(source=source, period="day", limit=10)
    CapFactory.create(source=source, period="hour", limit=3)
    caps = [
        Cap(period="day", unit="leads", limit=Decimal(5)),
        Cap(period="month", unit="spend", limit=Decimal(900)),
    ]
    trial = try_caps(source_id=source.pk, caps=caps, by=manager, now=NOW)
    adopt_trial(trial_id=trial.pk, by=manager, now=NOW)
    assert sorted(source.caps.values_list("period", "unit", "limit")) == [
        ("day", "leads", Decimal(5)), ("month", "spend", Decimal(900)),
    ]  # fmt: skip
    assert source.caps.get(period="day").pk == kept.pk  # its use of today stands


def test_caps_that_were_changed_meanwhile_are_not_overwritten_unseen(manager: User, source: Source) -> None:
    cap = CapFactory.create(source=source, limit=10)
    trial = try_caps(source_id=source.pk, caps=[], by=manager, now=NOW)
    Cap.objects.filter(pk=cap.pk).update(limit=11)
    with pytest.raises(LiveChanged):
        adopt_trial(trial_id=trial.pk, by=manager, now=NOW)
    assert source.caps.exists()


def test_a_dropped_trial_changes_nothing_and_cannot_be_adopted(manager: User, source: Source) -> None:
    trial = start(manager, source)
    drop_trial(trial_id=trial.pk, by=manager, now=NOW)
    assert drop_trial(trial_id=trial.pk, by=manager, now=NOW + timedelta(days=1)).closed_at == NOW
    with pytest.raises(CannotClose, match="dropped"):
        adopt_trial(trial_id=trial.pk, by=manager, now=NOW)
    assert not CheckSetting.objects.exists()


def test_an_adopted_trial_cannot_be_dropped(manager: User, source: Source) -> None:
    trial = start(manager, source)
    adopt_trial(trial_id=trial.pk, by=manager, now=NOW)
    with pytest.raises(CannotClose, match="adopted"):
        drop_trial(trial_id=trial.pk, by=manager, now=NOW)


def test_a_trial_ends_by_itself_with_its_figures_and_can_be_adopted_still(
    manager: User, source: Source
) -> None:
    trial, other = start(manager, source), start(manager, None)
    TrialVerdictFactory.create(trial=trial, source=source)
    extend_trial(trial_id=other.pk, ends_at=NOW + timedelta(days=30), now=NOW)
    over = NOW + timedelta(days=14)
    assert end_due_trials(now=over - timedelta(seconds=1)) == 0
    assert (end_due_trials(now=over), end_due_trials(now=over)) == (1, 0)
    trial.refresh_from_db()
    assert (trial.state, trial.closed_by) == (TrialState.ENDED, None)
    assert (trial.summary or {})["live"]["seen"] == 1
    adopt_trial(trial_id=trial.pk, by=manager, now=over)
    assert params_of(source) == {"days": 7}


def test_a_trial_runs_two_months_at_most(manager: User, source: Source) -> None:
    trial = start(manager, source)
    for days in (61, 0, -1):
        with pytest.raises(CannotClose):
            extend_trial(trial_id=trial.pk, ends_at=NOW + timedelta(days=days), now=NOW)
    drop_trial(trial_id=trial.pk, by=manager, now=NOW)
    with pytest.raises(CannotClose, match="closed"):
        extend_trial(trial_id=trial.pk, ends_at=NOW + timedelta(days=9), now=NOW)


def test_single_posts_go_ninety_days_after_the_end_and_the_figures_stay(manager: User) -> None:
    old = TrialVerdictFactory.create().trial
    running = TrialVerdictFactory.create().trial
    drop_trial(trial_id=old.pk, by=manager, now=NOW)
    assert forget_posts(now=NOW + timedelta(days=90)) == 0
    assert forget_posts(now=NOW + timedelta(days=90, seconds=1)) == 1
    assert TrialVerdict.objects.get().trial == running
    old.refresh_from_db()
    assert (old.summary or {})["live"]["total"]["refuses"] == {"posts": 1, "money": "20.00"}


@pytest.mark.django_db(transaction=True)
def test_many_who_adopt_and_drop_at_once_close_it_once() -> None:
    manager, source = UserFactory.create(), SourceFactory.create()
    trial = start(manager, source)

    def close(number: int) -> str:
        act: Any = adopt_trial if number % 2 else drop_trial
        try:
            closed: Trial = act(trial_id=trial.pk, by=manager, now=NOW + timedelta(seconds=number))
        except CannotClose:
            return "refused"
        return str(closed.closed_at)

    told = at_once(8, close)
    trial.refresh_from_db()
    assert set(told) == {"refused", str(trial.closed_at)}
    assert CheckSetting.objects.count() == (trial.state == TrialState.ADOPTED)


@pytest.mark.django_db(transaction=True)
def test_who_adopts_while_others_make_the_same_row_never_overwrites_unseen() -> None:
    manager, source = UserFactory.create(), SourceFactory.create()
    trial = start(manager, source)

    def change(number: int) -> str:
        try:
            if number == 0:
                adopt_trial(trial_id=trial.pk, by=manager, now=NOW)
            else:
                CheckSetting.objects.get_or_create(
                    source=source, check_name="duplicate", defaults={"params": {"days": 50}}
                )
        except LiveChanged:
            return "seen first"
        return ""

    told = at_once(4, change)
    row = CheckSetting.objects.get()
    trial.refresh_from_db()
    assert (row.params, trial.state) == (
        ({"days": 50}, TrialState.RUNNING) if told[0] else ({"days": 7}, TrialState.ADOPTED)
    )


@pytest.mark.django_db(transaction=True)
def test_two_who_start_the_same_trial_at_once_start_one() -> None:
    manager, source = UserFactory.create(), SourceFactory.create()

    def begin(_: int) -> bool:
        try:
            start(manager, source)
        except CannotTry:
            return False
        return True

    assert sorted(at_once(4, begin)) == [False, False, False, True]
    assert Trial.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_posts_at_once_are_decided_alike_and_each_leaves_one_verdict(door: Door) -> None:
    CapFactory.create(source=door.source, limit=4)
    TrialFactory.create(source=door.source, params={"days": 7})
    TrialFactory.create(
        source=door.source, check_name="caps", mode="", on_unknown="", params={}, before={"caps": []},
        caps=[{"period": "day", "unit": "leads", "limit": "2.00"}],
    )  # fmt: skip
    outcomes = at_once(8, lambda _: door.post().outcome)
    assert sorted(outcomes) == ["accepted"] * 4 + ["cap_reached"] * 4
    assert TrialVerdict.objects.count() == 16
    assert door.source.caps.get().uses.get().used == 4
