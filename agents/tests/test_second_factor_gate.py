"""No page opens to who gave the password alone; who must have a second factor sets one up first; managers reset it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.urls.resolvers import RegexPattern
from django.utils import timezone

from agents.models import Agent, Authenticator
from agents.second_factor.codes import check_code
from agents.second_factor.gate import OPEN
from agents.tests.second_factor_support import (
    PASSWORD,
    app_shows,
    give_code,
    give_password,
    with_factor,
    with_password,
)
from agents.tests.test_pages_access import signed_in
from leadcrm.lib.env import one_of
from leadcrm.models import User
from leadcrm.testing.factories import UserFactory

# What any argument of an address may be in a test: no row has to be there, since no page is to be reached.
GUESS = {"int": 1, "str": "1", "slug": "x", "path": "1", "uuid": "0" * 8 + "-0000-4000-8000-" + "0" * 12}
SET_UP = "/me/second-factor/set-up/"
# What consumers open, who have no login.
FOR_VISITORS = {"unsubscribe"}


def addresses(resolver: Any = None, spaces: tuple[str, ...] = ()) -> Iterator[tuple[str, str]]:
    """(name, an address) of every named page there is."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            deeper = (*spaces, pattern.namespace) if pattern.namespace else spaces
            yield from addresses(pattern, deeper)
        elif isinstance(pattern, URLPattern) and pattern.name:
            name = ":".join((*spaces, pattern.name))
            if name == "admin:app_list":
                yield name, "/admin/agents/"
                continue
            if isinstance(pattern.pattern, RegexPattern):  # the API, and what machines ask for its health
                continue
            given = {
                key: GUESS.get(_kind(converter), 1) for key, converter in pattern.pattern.converters.items()
            }
            yield name, reverse(name, kwargs=given)


def _kind(converter: Any) -> str:
    return type(converter).__name__.removesuffix("Converter").lower().replace("string", "str")


PAGES = [(name, url) for name, url in addresses() if not url.startswith("/api/")]
# The poll knows no session: only a page that is closed to the half logged in hands out the token it wants.
CLOSED = [pair for pair in PAGES if pair[0] not in OPEN and pair[0] != "poll"]
closed = pytest.mark.parametrize(("name", "url"), CLOSED, ids=[name for name, _ in CLOSED])


def test_there_are_pages_to_look_at() -> None:
    names = {name for name, _ in CLOSED}

    assert {
        "queue",
        "lead",
        "me",
        "search",
        "admin:index",
        "admin:intake_lead_change",
        "password_change",
    } <= names
    assert len(names) > 150


@pytest.mark.django_db
class TestHalfLoggedIn:
    @closed
    def test_the_password_alone_opens_nothing(self, reviewer: User, name: str, url: str) -> None:
        with_factor(reviewer)
        client = Client()
        assert give_password(client, reviewer).url == "/login/code/"

        visitor = Client()
        for half, nobody in ((client.get, visitor.get), (client.post, visitor.post)):
            answer, as_visitor = half(url), nobody(url)
            assert answer.status_code == as_visitor.status_code
            assert answer.get("Location") == as_visitor.get("Location")
            assert answer.status_code != 200 or name in FOR_VISITORS

    def test_the_password_alone_is_no_user_for_anybody(self, reviewer: User) -> None:
        with_factor(reviewer)
        client = Client()
        give_password(client, reviewer)

        assert "_auth_user_id" not in client.session
        assert User.objects.get(pk=reviewer.pk).last_login is None


@pytest.mark.django_db
class TestWhoMustHaveOne:
    @closed
    def test_every_page_leads_to_the_set_up(self, reviewer: User, settings: Any, name: str, url: str) -> None:
        settings.SECOND_FACTOR = "everyone"
        client = signed_in(reviewer)

        for ask in (client.get, client.post):
            assert ask(url)["Location"] == SET_UP

    def test_the_set_up_opens_all_pages_again(self, reviewer: User, settings: Any) -> None:
        settings.SECOND_FACTOR = "staff"
        client = Client()
        assert give_password(client, with_password(reviewer), next="/admin/").url == "/admin/"
        page = client.get("/admin/", follow=True)
        assert "The agency asks for a code" in page.text

        client.post(SET_UP, {"password": PASSWORD, "code": app_shows(reviewer)})

        assert client.get("/admin/").status_code == 200
        assert client.get("/").status_code == 200

    def test_staff_alone_are_meant_by_staff(self, agent: Agent, reviewer: User, settings: Any) -> None:
        settings.SECOND_FACTOR = "staff"

        assert signed_in(agent.user).get("/").status_code == 200
        assert signed_in(reviewer).get("/")["Location"] == SET_UP

    def test_a_session_from_before_is_sent_to_log_in_where_there_is_one(
        self, agent: Agent, settings: Any
    ) -> None:
        with_factor(agent.user)
        client = signed_in(agent.user)
        settings.SECOND_FACTOR = "everyone"

        assert client.get("/leads/?status=new")["Location"] == "/login/?next=/leads/%3Fstatus%3Dnew"
        assert client.get("/")["Location"] == "/login/?next=/"

    def test_moving_to_another_phone_leads_straight_to_the_new_set_up(
        self, agent: Agent, settings: Any
    ) -> None:
        settings.SECOND_FACTOR = "everyone"
        with_factor(agent.user)
        client = Client()
        give_password(client, agent.user)
        give_code(client, app_shows(agent.user))
        code = app_shows(agent.user, steps=1)

        answer = client.post("/me/second-factor/off/", {"password": PASSWORD, "code": code}, follow=True)

        assert answer.redirect_chain[-1][0] == SET_UP

    def test_they_can_still_log_out(self, agent: Agent, settings: Any) -> None:
        settings.SECOND_FACTOR = "everyone"

        assert signed_in(agent.user).post("/logout/")["Location"] == "/login/"

    def test_a_part_of_a_page_takes_the_whole_page_there(self, agent: Agent, settings: Any) -> None:
        settings.SECOND_FACTOR = "everyone"

        answer = signed_in(agent.user).get("/", headers={"HX-Request": "true"})
        assert (answer.status_code, answer["HX-Redirect"]) == (204, SET_UP)

    def test_the_front_door_for_vendors_is_not_concerned(self, client: Client, settings: Any) -> None:
        settings.SECOND_FACTOR = "everyone"

        assert client.post("/api/lead-intake", {}, "application/json").status_code == 401
        assert client.get("/healthz").status_code == 200

    def test_pages_cost_nothing_more_where_nobody_must(self, agent: Agent) -> None:
        client = signed_in(agent.user)
        with CaptureQueriesContext(connection) as asked:
            client.get("/leads/")
        assert not [query for query in asked.captured_queries if "agents_authenticator" in query["sql"]]


@pytest.mark.django_db
class TestManagersPages:
    def test_they_have_the_same_way_in(self, client: Client, reviewer: User) -> None:
        with_factor(reviewer)

        assert client.get("/admin/intake/lead/", follow=True).redirect_chain[-1][0] == (
            "/login/?next=/admin/intake/lead/"
        )
        give_password(client, reviewer, next="/admin/intake/lead/")
        assert give_code(client, app_shows(reviewer)).url == "/admin/intake/lead/"
        assert client.get("/admin/").status_code == 200

    def test_an_agent_is_told_no_and_not_sent_in_a_circle(self, agent: Agent) -> None:
        answer = signed_in(agent.user).get("/admin/", follow=True)

        assert answer.status_code == 403
        assert "You may not do this" in answer.text

    def test_the_own_log_in_of_the_pages_takes_no_password(self, client: Client, reviewer: User) -> None:
        with_factor(reviewer)

        client.post("/admin/login/", {"username": reviewer.email, "password": PASSWORD})
        assert client.get("/admin/").status_code == 302


@pytest.mark.django_db
class TestReset:
    def url(self, user: User) -> str:
        return f"/admin/leadcrm/user/{user.pk}/do/reset-second-factor/"

    def test_a_manager_resets_it_and_the_history_says_who(
        self, client: Client, agent: Agent, reviewer: User
    ) -> None:
        with_factor(agent.user)
        there = signed_in(agent.user)
        client.force_login(reviewer)
        page = f"/admin/leadcrm/user/{agent.user_id}/change/"
        assert "10 backup codes left" in client.get(page).text

        assert "really them" in client.get(self.url(agent.user)).text
        client.post(self.url(agent.user))

        assert not Authenticator.objects.exists()
        assert "Second factor: off" in client.get(page).text
        assert there.get("/").status_code == 302
        assert give_password(Client(), agent.user).url == "/"
        entry = LogEntry.objects.get()
        assert (entry.user, entry.object_id, str(entry.get_change_message())) == (
            reviewer, str(agent.user_id), "Second factor reset",
        )  # fmt: skip

    def test_a_superusers_is_reset_by_superusers_alone(self, client: Client, reviewer: User) -> None:
        with_factor(reviewer)
        manager = UserFactory.create(is_staff=True)
        manager.user_permissions.set(Permission.objects.filter(content_type__app_label="leadcrm"))
        client.force_login(manager)

        assert client.post(self.url(reviewer)).status_code == 403
        assert Authenticator.objects.filter(user=reviewer).exists()

    def test_the_list_tells_who_has_none(self, client: Client, agent: Agent, reviewer: User) -> None:
        with_factor(agent.user)
        client.force_login(reviewer)

        without = client.get("/admin/leadcrm/user/?second_factor=off").text
        assert "reviewer@example.com" in without
        assert "agent@example.com</a>" not in without
        assert "agent@example.com</a>" in client.get("/admin/leadcrm/user/?second_factor=on").text

    def test_a_login_with_one_can_be_deleted(self, client: Client, reviewer: User) -> None:
        user = UserFactory.create()
        with_factor(user)
        client.force_login(reviewer)

        client.post(f"/admin/leadcrm/user/{user.pk}/delete/", {"post": "yes"})
        assert not User.objects.filter(pk=user.pk).exists()


@pytest.mark.django_db
def test_keys_are_sealed_anew_when_the_key_is_changed(agent: Agent, settings: Any) -> None:
    with_factor(agent.user)
    key = Authenticator.objects.get().key
    settings.EVIDENCE_KEYS = (("new", bytes(31) + b"2"), *settings.EVIDENCE_KEYS)

    call_command("rotate_evidence_key", format="json")

    settings.EVIDENCE_KEYS = settings.EVIDENCE_KEYS[:1]
    assert Authenticator.objects.get().key == key


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("which", ["app", "backup"])
def test_of_many_at_once_with_one_code_a_single_one_gets_in(agent: Agent, which: str) -> None:
    codes, now = with_factor(agent.user), timezone.now()
    code = app_shows(agent.user) if which == "app" else codes[0]

    def attempt(_: int) -> str:
        try:
            return check_code(user=agent.user, code=code, now=now).answer
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(attempt, range(8)))
    assert answers.count("right") == 1


def test_a_setting_that_cannot_be_meant_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECOND_FACTOR", "maybe")
    with pytest.raises(ImproperlyConfigured, match="SECOND_FACTOR must be one of optional, off"):
        one_of("SECOND_FACTOR", ("optional", "off"))
