"""`manage.py seed_demo`: a week of made-up work, made once, with logins and a key that do work."""

import json
import re
import shlex
from collections import Counter
from itertools import pairwise

import pytest
from django.test import Client
from django.utils import timezone

from agents.demo.credentials import give_key, give_password, password_for
from agents.demo.stories import tell
from agents.models import Agent, Carrier, Communication, FollowUp, FollowUpKind, Policy, Pool, TwinGroup
from compliance.models import Decision
from intake.keys import matches
from intake.models import ApiKey, Lead, LeadStatus, Source, Submission
from leadcrm.models import User
from leadcrm.testing.commands import answers, refuses, says
from leadcrm.testing.factories import LeadFactory, PoolFactory, SourceFactory, UserFactory

pytestmark = pytest.mark.django_db


def counts() -> list[int]:
    models = (
        User,
        Agent,
        Source,
        ApiKey,
        Submission,
        Decision,
        Lead,
        Communication,
        FollowUp,
        Carrier,
        Policy,
    )
    return [model.objects.count() for model in models]


def test_the_demonstration_shows_every_stage_and_every_usual_refusal_and_is_made_once() -> None:
    first = answers("seed_demo")
    made = counts()
    leads = Lead.objects.all()
    assert 55 <= leads.count() <= 70
    assert {lead.status for lead in leads} == set(LeadStatus.values)
    assert leads.filter(touched_at=None, owner__isnull=False, status="new").count() >= 5
    assert leads.filter(owner=None).exclude(unassigned_why="").count() == 2
    reasons = Counter(Submission.objects.filter(state="rejected").values_list("reason", flat=True))
    assert set(reasons) >= {
        "duplicate",
        "suppressed_dnc",
        "suppressed_litigator",
        "suppressed_internal",
        "filter_mismatch",
    }
    assert not Submission.objects.filter(state="failed").exists()
    now = timezone.now()
    assert FollowUp.objects.filter(done_at=None, due_at__lt=now).exists()
    assert FollowUp.objects.filter(done_at=None, due_at__gt=now).exists()
    assert not Communication.objects.filter(at__gt=now).exists()

    again = answers("seed_demo")
    assert counts() == made
    assert (again["logins"], again["api_key"], again["posted"]) == (first["logins"], first["api_key"], 0)


def test_policies_were_sold_some_renew_soon_and_an_agent_can_add_one(client: Client) -> None:
    logins = answers("seed_demo")["logins"]

    policies = Policy.objects.select_related("lead", "carrier")
    assert {policy.status for policy in policies} == {"applied", "issued", "in_force"}
    assert {policy.lead.status for policy in policies} == {"sold"}
    assert all(policy.carrier.name.startswith("Example ") for policy in policies)
    assert len({policy.lead.interest for policy in policies}) > 1
    assert not Lead.objects.filter(status="sold", policies=None).exists()
    assert FollowUp.objects.filter(kind=FollowUpKind.RENEWAL, done_at=None).count() >= 2

    lead = Lead.objects.filter(status="quoted", owner__isnull=False).first()
    assert lead
    assert lead.owner
    password = next(login["password"] for login in logins if login["email"] == lead.owner.email)
    client.post("/login/", {"username": lead.owner.email, "password": password})
    page = client.get(f"/leads/A-{lead.pk}/policy/").text
    assert "Example Mutual Life" in page
    assert "No carrier is set up yet" not in page


def test_two_vendors_sell_and_one_of_them_sold_a_person_the_other_had_sold_before() -> None:
    answers("seed_demo")

    vendors = Counter(Lead.objects.values_list("vendor__name", flat=True))
    assert set(vendors) == {"Demo Leads", "Demo Clicks"}
    assert min(vendors.values()) > 10
    again = Submission.objects.get(vendor_lead_id="DEMO-29-too")
    assert (again.source.vendor.name, again.reason) == ("Demo Leads", "duplicate")
    first = Lead.objects.get(vendor_lead_id="DEMO-29")
    assert first.vendor.name == "Demo Clicks"


def test_one_person_came_twice_and_stands_among_the_duplicates() -> None:
    answers("seed_demo")
    answers("seed_demo")

    group = TwinGroup.objects.get()
    assert group.grounds == ["name"]
    leads = [member.lead for member in group.members.select_related("lead")]
    assert {lead.vendor_lead_id for lead in leads} == {"DEMO-50", "DEMO-50-again"}
    assert len({lead.phone for lead in leads}) == 2


def test_its_vendors_may_ask_for_a_price_before_they_post(client: Client) -> None:
    key = answers("seed_demo")["api_key"]
    bid = client.post(
        "/api/lead-intake/ping", {"zip": "78701"}, headers={"Authorization": f"Bearer {key}"}
    ).json()
    assert (bid["status"], bid["price"]) == ("accepted", "22.00")


def test_everybody_is_plainly_made_up_and_the_logins_open_the_door() -> None:
    logins = answers("seed_demo")["logins"]
    assert Counter(login["role"] for login in logins) == {"agent": 3, "manager": 1, "team leader": 1}
    assert len({login["password"] for login in logins}) == 5
    for login in logins:
        assert len(login["password"]) == 20
        assert User.objects.get(email=login["email"]).check_password(login["password"])
    for lead in Lead.objects.all():
        assert lead.first_name == "Demo"
        assert lead.last_name.startswith("Person ")
        assert re.fullmatch(r"\+1\d{3}55501\d\d", lead.phone)
        assert lead.email.endswith("@example.com")
    managers = [login["email"] for login in logins if login["role"] == "manager"]
    assert list(User.objects.filter(is_superuser=True).values_list("email", flat=True)) == managers


def test_the_printed_request_is_taken_and_an_agent_gets_the_lead(client: Client) -> None:
    printed = says("seed_demo")
    words = shlex.split(printed[printed.index("curl") :].replace("\\\n", " "))
    body = words[words.index("-d") + 1]
    headers = dict(after.split(": ", 1) for before, after in pairwise(words) if before == "-H")
    answer = client.post(
        "/api/lead-intake", body, content_type=headers.pop("Content-Type"), headers=headers
    ).json()
    assert answer["status"] == "accepted", answer
    lead = Lead.objects.get(pk=int(answer["lead_id"].removeprefix("A-")))
    assert lead.phone == f"+1{json.loads(body)['phone'].replace('-', '')}"
    assert lead.owner is not None
    assert lead.owner.email.startswith("demo.agent")


def test_it_does_not_mix_with_real_leads_unless_told_to() -> None:
    LeadFactory.create()
    assert "--force" in refuses("seed_demo")
    assert not User.objects.filter(email__startswith="demo.").exists()
    everyone = PoolFactory.create(name="Everyone")
    assert answers("seed_demo", "--force")["posted"] > 60
    assert not everyone.memberships.exists()
    demo = Pool.objects.get(name="Demo pool")
    assert set(demo.sources.all()) == set(Source.objects.filter(demo=True))


def test_a_run_that_was_cut_short_is_finished_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    posts = []

    def break_at_the_tenth(**given: object) -> None:
        posts.append(given)
        if len(posts) == 10:
            raise KeyboardInterrupt
        tell(**given)  # type: ignore[arg-type]

    monkeypatch.setattr("agents.demo.seed.tell", break_at_the_tenth)
    with pytest.raises(KeyboardInterrupt):
        answers("seed_demo")
    monkeypatch.setattr("agents.demo.seed.tell", tell)
    left = answers("seed_demo")["posted"]
    assert left > 10
    assert left + 10 == Submission.objects.count()


def test_a_revoked_key_stays_revoked_and_another_is_shown() -> None:
    source, now = SourceFactory.create(demo=True), timezone.now()
    first = give_key(source, now=now)
    assert give_key(source, now=now) == first
    assert matches(source.keys.get(), first)
    source.keys.update(revoked_at=now)
    second = give_key(source, now=now)
    assert second != first
    assert [key.is_usable(now) for key in source.keys.order_by("pk")] == [False, True]


def test_passwords_differ_by_person_and_installation_and_come_back_when_changed() -> None:
    one, other = UserFactory.create(), UserFactory.create()
    password = give_password(one, salt="here")
    assert password not in {give_password(other, salt="here"), password_for(one.email, salt="there")}
    one.set_password("another password, chosen")
    one.save()
    assert give_password(one, salt="here") == password
    one.refresh_from_db()
    assert one.check_password(password)
