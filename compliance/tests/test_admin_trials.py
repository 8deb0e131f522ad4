"""Managers try a changed setting instead of saving it, read what it would have done, and adopt or drop it."""

import csv
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from compliance.models import CheckSetting, Effect, Trial, TrialState, TrialVerdict
from compliance.trials.closing import drop_trial
from compliance.trials.report import PAGE
from intake.models import Source
from leadcrm.models import User
from leadcrm.testing.factories import (
    CapFactory,
    CheckSettingFactory,
    SourceFactory,
    TrialFactory,
    TrialVerdictFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
FORM = {
    "mode": "enforce", "on_unknown": "block", "param_match": "any", "param_days": "7", "param_scope": "agency",
    "param_open_leads": "on", "param_clients": "on",
}  # fmt: skip
ADD = "/admin/compliance/checksetting/add/?check_name=duplicate"


@pytest.fixture
def manager(client: Client, reviewer: User) -> Client:
    client.force_login(reviewer)
    return client


@pytest.fixture
def source(db: None) -> Source:
    return SourceFactory.create()


def page(trial: Trial) -> str:
    return reverse("admin:compliance_trial_change", args=[trial.pk])


def act(trial: Trial, name: str) -> str:
    return reverse("admin:compliance_trial_act", args=[trial.pk, name])


def text(client: Client, address: str, **query: Any) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_button_starts_a_trial_and_saves_nothing(manager: Client, source: Source) -> None:
    assert "Try it beside the live rules" in text(manager, f"{ADD}&source={source.pk}")
    answer = manager.post(f"{ADD}&source={source.pk}", {**FORM, "_try": "1"})
    trial = Trial.objects.get()
    assert answer["Location"] == page(trial)
    assert (trial.source, trial.check_name, trial.params) == (source, "duplicate", {"days": 7})
    assert trial.ends_at - trial.started_at == timedelta(days=14)
    assert not CheckSetting.objects.exists()
    assert "Window in days: 7" in text(manager, page(trial))


def test_a_row_that_is_there_is_tried_from_its_own_page(manager: Client, source: Source) -> None:
    row = CheckSettingFactory.create(source=None, params={"days": 90})
    address = reverse("admin:compliance_checksetting_change", args=[row.pk])
    manager.post(address, {**FORM, "_try": "1"})
    row.refresh_from_db()
    assert (row.params, Trial.objects.get().source) == ({"days": 90}, None)
    assert "Tried beside the live rules" in text(manager, address)


def test_a_form_with_errors_is_drawn_again_and_nothing_is_tried(manager: Client) -> None:
    answer = manager.post(ADD, {**FORM, "param_days": "many", "_try": "1"})
    assert "Enter a whole number" in answer.content.decode()
    assert not Trial.objects.exists()
    assert not CheckSetting.objects.exists()


def test_a_setting_as_it_is_live_is_no_trial(manager: Client) -> None:
    answer = manager.post(ADD, {**FORM, "param_days": "30", "_try": "1"}, follow=True)
    assert "change something to try it" in answer.content.decode()
    assert not Trial.objects.exists()


def test_pressed_twice_it_leads_to_the_trial_that_runs(manager: Client) -> None:
    manager.post(ADD, {**FORM, "_try": "1"})
    answer = manager.post(ADD, {**FORM, "param_days": "9", "_try": "1"})
    assert answer["Location"] == page(Trial.objects.get())


def test_other_caps_of_a_source_are_tried_from_its_page(manager: Client, source: Source) -> None:
    cap = CapFactory.create(source=source, limit=10)
    address = reverse("admin:intake_source_act", args=[source.pk, "try-caps"])
    assert 'value="10.00"' in text(manager, address)
    assert (
        "caps of the source already"
        in manager.post(address, {"day_leads": "10"}, follow=True).content.decode()
    )
    assert "is greater than or equal to 0" in manager.post(address, {"day_leads": "-1"}).content.decode()
    manager.post(address, {"day_leads": "5", "month_spend": "900"})
    trial = Trial.objects.get()
    assert [(each["period"], each["limit"]) for each in trial.caps or ()] == [
        ("day", "5.00"),
        ("month", "900.00"),
    ]
    shown = text(manager, page(trial))
    assert "US dollars per month" in shown
    assert "no cap" in shown
    link = manager.get(reverse("admin:compliance_cap_act", args=[cap.pk, "try-caps"]))["Location"]
    assert link == address


def test_who_may_not_change_the_setting_may_neither_try_nor_adopt(client: Client, source: Source) -> None:
    viewer = UserFactory.create(is_staff=True)
    viewer.user_permissions.set(
        Permission.objects.filter(codename__in=["view_checksetting", "view_trial", "view_cap", "view_source"])
    )
    client.force_login(viewer)
    row = CheckSettingFactory.create(source=None, params={"days": 90})
    address = reverse("admin:compliance_checksetting_change", args=[row.pk])
    assert "Try it beside" not in text(client, address)
    assert client.post(address, {**FORM, "_try": "1"}).status_code == 403
    assert client.post(ADD, {**FORM, "_try": "1"}).status_code in (403, 302)
    trial = TrialFactory.create(source=source)
    assert client.post(act(trial, "adopt"), {}).status_code == 403
    assert Trial.objects.get() == trial


def test_who_may_change_checks_but_no_caps_does_not_adopt_caps(client: Client, source: Source) -> None:
    user = UserFactory.create(is_staff=True)
    user.user_permissions.set(
        Permission.objects.filter(codename__in=["view_trial", "change_checksetting", "add_checksetting"])
    )
    client.force_login(user)
    trial = TrialFactory.create(
        source=source, check_name="caps", mode="", on_unknown="", params={}, caps=[], before={"caps": []}
    )
    for name in ("adopt", "drop", "extend"):
        assert client.post(act(trial, name), {"days": 3}).status_code == 403


def test_adopting_shows_what_is_written_and_writes_it(manager: Client, source: Source) -> None:
    manager.post(f"{ADD}&source={source.pk}", {**FORM, "_try": "1"})
    trial = Trial.objects.get()
    shown = text(manager, act(trial, "adopt"))
    assert "Window in days: 7" in shown
    assert "Overwrite" not in shown
    answer = manager.post(act(trial, "adopt"), {}, follow=True)
    assert "the tried setting is the live one now" in answer.content.decode()
    assert CheckSetting.objects.get(source=source).params == {"days": 7}


def test_a_setting_changed_meanwhile_is_overwritten_only_when_ticked(manager: Client, source: Source) -> None:
    manager.post(f"{ADD}&source={source.pk}", {**FORM, "_try": "1"})
    trial = Trial.objects.get()
    CheckSettingFactory.create(source=source, params={"days": 60})
    page_ = manager.get(act(trial, "adopt"))
    assert "Window in days: 60" in page_.content.decode()
    seen = page_.context["form"].initial["seen"]
    assert "Look at it below" in manager.post(act(trial, "adopt"), {"seen": seen}).content.decode()
    assert CheckSetting.objects.get().params == {"days": 60}
    manager.post(act(trial, "adopt"), {"seen": seen, "overwrite": "on"})
    assert CheckSetting.objects.get().params == {"days": 7}


def test_drop_and_extend(manager: Client) -> None:
    trial = TrialFactory.create()
    manager.post(act(trial, "extend"), {"days": "30"})
    trial.refresh_from_db()
    assert trial.ends_at > timezone.now() + timedelta(days=29)
    assert "less than or equal to 60" in manager.post(act(trial, "extend"), {"days": "61"}).content.decode()
    manager.post(act(trial, "drop"), {})
    trial.refresh_from_db()
    assert trial.state == TrialState.DROPPED


def verdicts(trial: Trial, count: int, **fields: Any) -> None:
    for _ in range(count):
        TrialVerdictFactory.create(trial=trial, **{"source": SourceFactory.create(), **fields})


def test_the_report_says_what_was_seen_refused_bought_and_at_what_price(manager: Client) -> None:
    trial = TrialFactory.create()
    verdicts(trial, 2)
    verdicts(trial, 1, state="OK", live_outcome="held", code="filter_mismatch", field="state")
    bought = {
        "code": "",
        "field": "",
        "effect": Effect.BUYS,
        "live_outcome": "rejected",
        "live_code": "duplicate",
    }
    verdicts(trial, 3, would_outcome="accepted", **bought)
    verdicts(trial, 4, would_outcome="accepted", code="", field="", effect=Effect.SAME)
    verdicts(trial, 1, would_outcome="broke", code="", effect=Effect.BROKE, why="ZeroDivisionError")
    shown = " ".join(text(manager, page(trial)).split())
    assert '<dd>11</dd><dd class="quiet">7 accepted, 3 refused, 1 held by the live rules</dd>' in shown
    assert '<dd>3</dd><dd class="quiet">$40.00 not spent</dd>' in shown
    assert '<dd>3</dd><dd class="quiet">$60.00 spent more</dd>' in shown
    assert "filter_mismatch (state)" in shown
    assert "few posts" in shown
    assert "At 1 post the trial broke" in shown
    assert "1: ZeroDivisionError" in shown


def test_an_empty_report_says_that_no_post_has_come(manager: Client) -> None:
    assert "No post has come since" in text(manager, page(TrialFactory.create()))


def test_the_posts_stand_one_by_one_page_by_page_with_links(manager: Client) -> None:
    trial = TrialFactory.create()
    verdicts(trial, PAGE + 1)
    verdicts(trial, 1, effect=Effect.SAME)
    address = reverse("admin:compliance_trial_posts", args=[trial.pk])
    first = manager.get(address)
    assert len(first.context["rows"]) == PAGE
    second = manager.get(address, {"after": first.context["page"].older})
    assert len(second.context["rows"]) == 1
    post = second.context["rows"][0]
    assert f'<a href="{post["url"]}">{post["id"]}</a>' in second.content.decode()
    assert not manager.get(address, {"effect": "buys"}).context["rows"]


def test_the_pages_cost_the_same_for_one_post_and_for_fifty(manager: Client) -> None:
    trial = TrialFactory.create()
    addresses = [page(trial), reverse("admin:compliance_trial_posts", args=[trial.pk])]
    counts = []
    for more in (1, 49):
        verdicts(trial, more)
        for address in addresses:
            text(manager, address)
            with CaptureQueriesContext(
                connection,
            ) as asked:
                text(manager, address)
            counts.append(len(asked))
    assert counts[:2] == counts[2:]


def test_the_file_has_every_changed_post_and_no_formula(manager: Client) -> None:
    trial = TrialFactory.create()
    verdicts(trial, 3, source=SourceFactory.create(vendor__name="=cmd"))
    verdicts(trial, 1, effect=Effect.SAME)
    answer = manager.get(reverse("admin:compliance_trial_posts_csv", args=[trial.pk]))
    lines = list(csv.reader(b"".join(answer).decode().splitlines()))
    assert answer["Content-Type"].startswith("text/csv")
    assert [line[4:8] for line in lines[1:]] == [["accepted", "", "rejected", "duplicate"]] * 3
    assert lines[1][2].startswith("'=cmd")
    assert {line[1] for line in lines[1:]} == {
        row.submission_id.hex for row in TrialVerdict.objects.exclude(effect=Effect.SAME)
    }


def test_posts_and_file_are_for_who_may_see_trials(client: Client) -> None:
    trial = TrialFactory.create()
    client.force_login(UserFactory.create(is_staff=True))
    for name in ("posts", "posts_csv"):
        assert client.get(reverse(f"admin:compliance_trial_{name}", args=[trial.pk])).status_code == 403


def test_a_trial_that_is_not_there_is_not_found(manager: Client) -> None:
    assert manager.get(reverse("admin:compliance_trial_posts", args=[99])).status_code == 404


def test_a_closed_trial_keeps_its_figures_when_its_posts_are_gone(manager: Client, reviewer: User) -> None:
    trial = TrialFactory.create()
    verdicts(trial, 2)
    before = text(manager, page(trial))
    drop_trial(trial_id=trial.pk, by=reviewer, now=timezone.now())
    TrialVerdict.objects.all().delete()
    assert "$40.00 not spent" in before
    assert "$40.00 not spent" in text(manager, page(trial))
    assert "kept for 90 days" in text(manager, reverse("admin:compliance_trial_posts", args=[trial.pk]))


def test_a_trial_of_a_check_that_is_gone_still_has_its_page(manager: Client) -> None:
    assert "gone" in text(manager, page(TrialFactory.create(check_name="gone")))


def test_a_posts_page_says_what_trials_would_have_said(manager: Client) -> None:
    row = TrialVerdictFactory.create()
    shown = text(manager, reverse("admin:intake_submission_change", args=[row.submission_id]))
    assert "What tried rules would have said" in shown
    assert f'href="{page(row.trial)}"' in shown


def test_the_first_page_tells_of_trials_that_break_and_of_those_that_ended(
    manager: Client, client: Client
) -> None:
    now = timezone.now()
    TrialVerdictFactory.create(would_outcome="broke", effect=Effect.BROKE)
    TrialVerdictFactory.create()
    for days in (1, 15):
        TrialFactory.create(
            state=TrialState.ENDED, started_at=now - timedelta(days=30), closed_at=now - timedelta(days=days)
        )
    shown = " ".join(text(manager, reverse("admin:index")).split())
    assert "<b>1</b> trial of a rule breaks" in shown
    assert "<b>1</b> trial has ended: adopt or drop it" in shown
    client.force_login(UserFactory.create(is_staff=True))
    assert "trial" not in text(client, reverse("admin:index")).lower()
