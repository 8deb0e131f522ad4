"""`manage.py create_agent`: a login with licenses and a place in the pool, or nothing at all."""

from datetime import timedelta
from io import StringIO

import pytest
from django.utils import timezone

from agents.models import Agent, LastLink, Membership, Pool, Team
from leadcrm.models import User
from leadcrm.testing.commands import answers, refuses, says
from leadcrm.testing.factories import PoolFactory, TeamFactory, UserFactory

pytestmark = pytest.mark.django_db
PASSWORD = "three plain words 9"
BASIC = ("--email", "Ann@Example.com", "--name", "Test de la Agent", "--password", PASSWORD)


def test_an_agent_can_log_in_and_is_licensed_from_today() -> None:
    answer = answers("create_agent", *BASIC, "--license", "TX:final_expense", "--license", "ok:LIFE")
    agent = Agent.objects.get(pk=answer["agent"])
    assert agent.user.email == answer["email"] == "ann@example.com"
    assert (agent.user.first_name, agent.user.last_name) == ("Test de la", "Agent")
    assert agent.user.check_password(PASSWORD)
    assert not agent.user.is_staff
    today = timezone.localdate()
    licenses = {(each.state, each.line, each.effective_on, each.expires_on) for each in agent.licenses.all()}
    assert licenses == {("TX", "final_expense", today, None), ("OK", "life", today, None)}


def test_the_default_pool_is_made_once_and_refuses_what_nobody_may_take() -> None:
    answers("create_agent", *BASIC, "--weight", "3")
    answers("create_agent", "--email", "bea@example.com", "--name", "Test Other", "--password", PASSWORD)
    pool = Pool.objects.get()
    assert (pool.name, pool.last_link, pool.active) == ("Everyone", LastLink.REFUSE, True)
    assert sorted(Membership.objects.values_list("weight", flat=True)) == [1, 3]


def test_a_pool_everyone_as_the_manager_set_it_stays() -> None:
    PoolFactory.create(name="Everyone", last_link=LastLink.WAIT)
    answers("create_agent", *BASIC)
    assert Pool.objects.get().last_link == LastLink.WAIT


def test_the_other_options_find_their_place() -> None:
    team = TeamFactory.create(name="North")
    expires = timezone.localdate() + timedelta(days=400)
    answer = answers(
        "create_agent", *BASIC, "--team", "north", "--staff", "--daily-cap", "12",
        "--license", f"TX:life:{expires}",
    )  # fmt: skip
    agent = Agent.objects.get(pk=answer["agent"])
    assert agent.team == team
    assert agent.user.is_staff
    assert agent.daily_cap == answer["daily_cap"] == 12
    assert answer["licenses"][0]["expires_on"] == str(expires)


def test_people_read_the_same_in_lines_without_the_password() -> None:
    text = says("create_agent", *BASIC, "--license", "TX:life", "--team", "South")
    assert "ann@example.com" in text
    assert "TX life" in text
    assert PASSWORD not in text
    assert Team.objects.get().name == "South"


def test_the_password_can_come_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", StringIO(f"{PASSWORD}\n"))
    answers("create_agent", *BASIC[:-1], "-")
    assert User.objects.get().check_password(PASSWORD)


def test_no_password_on_standard_input_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", StringIO(""))
    assert "--password" in refuses("create_agent", *BASIC[:-1], "-")
    assert not User.objects.exists()


def test_a_known_address_is_refused_in_any_case() -> None:
    UserFactory.create(email="ann@example.com")
    assert refuses("create_agent", *BASIC).startswith("--email: There is a user ann@example.com already")
    assert not Agent.objects.exists()


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (("--email", "nowhere"), "--email: "),
        (("--email", ""), "--email: "),
        (("--name", "  "), "--name: "),
        (("--name", "n" * 200), "--name: "),
        (("--password", "short"), "--password: "),
        (("--password", "Test de la Agent"), "--password: "),
        (("--password", "123456789012345"), "--password: "),
        (("--license", "TX"), "--license: “TX” is no license"),
        (("--license", "TX:"), "--license: “TX:” is no license"),
        (("--license", "TX:life:"), "--license: “TX:life:” is no license"),
        (("--license", "TX:life:2030-01-01:x"), "--license: "),
        (("--license", "Texas:life"), "--license: “Texas”"),
        (("--license", "TX:life:soon"), "--license: “soon”"),
        (("--license", "TX:life:2020-01-01"), "--license: TX:life ran out on 2020-01-01"),
        (("--license", "TX:boats"), "--license: “boats” is unknown; known are life"),
        (("--license", "TX:life", "--license", "tx:LIFE"), "--license: TX:life is given twice"),
        (("--weight", "-1"), "--weight: "),
        (("--weight", "40000"), "--weight: "),
        (("--daily-cap", "0"), "--daily-cap: "),
        (("--team", "t" * 81), "--team: "),
    ],
)
def test_what_cannot_be_is_refused_by_the_options_name_and_leaves_nothing(
    options: tuple[str, ...], named: str
) -> None:
    assert named in refuses("create_agent", *BASIC, *options)
    assert not User.objects.exists()
    assert not Agent.objects.exists()
    assert not Team.objects.exists()
    assert not Pool.objects.exists()
