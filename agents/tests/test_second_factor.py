"""The second factor from the pages: setting it up, logging in with it, its backup codes, turning it off."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from agents.models import Agent, Authenticator, BackupCode
from agents.tests.second_factor_support import (
    PASSWORD,
    app_shows,
    give_code,
    give_password,
    with_factor,
    with_password,
)
from agents.tests.test_pages_access import signed_in
from leadcrm.models import User

pytestmark = pytest.mark.django_db
SET_UP = "/me/second-factor/set-up/"


@pytest.fixture(autouse=True)
def clock(travel_to: Any) -> Any:
    """A clock that stands: codes change when a test says so."""
    travel_to(datetime(2026, 6, 1, 16, 0, 5, tzinfo=UTC))
    return travel_to


@pytest.fixture
def person(agent: Agent) -> User:
    return agent.user


def later(clock: Any, seconds: float) -> None:
    clock(datetime(2026, 6, 1, 16, 0, 5, tzinfo=UTC) + timedelta(seconds=seconds))


class TestSettingUp:
    def test_a_person_scans_confirms_and_is_shown_ten_codes_once(self, person: User) -> None:
        client = signed_in(with_password(person))
        page = client.get(SET_UP)
        assert 'src="data:image/svg+xml' in page.text
        assert Authenticator.objects.get().key.replace(" ", "") in page.text.replace(" ", "")

        shown = client.post(SET_UP, {"password": PASSWORD, "code": app_shows(person)})

        codes = re.findall(r"<li>((?:[0-9A-Z]{4}-){3}[0-9A-Z]{4})</li>", shown.text)
        assert len(set(codes)) == 10
        assert "no-store" in shown["Cache-Control"]
        assert codes[0] not in client.get("/me/second-factor/").text
        assert "10 left" in client.get("/me/second-factor/").text
        assert "on" in client.get("/me/").text

    def test_the_key_stays_the_same_while_the_page_is_reloaded_and_changes_by_the_next_day(
        self, person: User, clock: Any
    ) -> None:
        client = signed_in(person)
        client.get(SET_UP)
        first = Authenticator.objects.get().key
        client.get(SET_UP)
        assert Authenticator.objects.get().key == first
        later(clock, 4000)
        client.get(SET_UP)
        assert Authenticator.objects.get().key != first

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"password": "wrong"}, "This is not your password."),
            ({"code": "000000"}, "This code is not right."),
            ({"code": ""}, "Enter the code."),
        ],
    )
    def test_without_the_password_and_the_right_code_it_stays_off(
        self, person: User, changes: dict[str, str], words: str
    ) -> None:
        client = signed_in(with_password(person))
        client.get(SET_UP)
        given = {"password": PASSWORD, "code": app_shows(person), **changes}

        assert words in client.post(SET_UP, given).text
        assert not Authenticator.objects.get().confirmed
        assert give_password(Client(), person).url == "/"

    def test_all_other_sessions_end_and_this_one_goes_on(self, person: User) -> None:
        here, there = signed_in(with_password(person)), signed_in(person)
        here.get(SET_UP)
        here.post(SET_UP, {"password": PASSWORD, "code": app_shows(person)})

        assert here.get("/").status_code == 200
        assert there.get("/").status_code == 302

    def test_sent_twice_it_is_on_once_and_the_codes_are_those_of_the_first(self, person: User) -> None:
        client = signed_in(with_password(person))
        client.get(SET_UP)
        given = {"password": PASSWORD, "code": app_shows(person)}
        client.post(SET_UP, given)
        digests = set(BackupCode.objects.values_list("digest", flat=True))

        assert client.post(SET_UP, given)["Location"] == "/me/second-factor/"
        assert set(BackupCode.objects.values_list("digest", flat=True)) == digests

    def test_neither_the_key_nor_a_code_stands_in_the_database(self, person: User) -> None:
        codes = with_factor(person)
        row = Authenticator.objects.get()

        assert row.sealed_key.startswith("sealed1:")
        assert row.key not in row.sealed_key
        for digest in BackupCode.objects.values_list("digest", flat=True):
            assert digest not in " ".join(codes)

    def test_where_it_is_switched_off_there_is_no_page_and_no_question(
        self, person: User, settings: Any
    ) -> None:
        with_factor(person)
        settings.SECOND_FACTOR = "off"
        client = Client()

        assert give_password(client, person).url == "/"
        assert client.get("/me/second-factor/").status_code == 404
        assert "Second factor" not in client.get("/me/").text


class TestLoggingIn:
    def test_without_a_second_factor_the_password_is_enough(self, client: Client, person: User) -> None:
        assert give_password(client, with_password(person)).url == "/"

    def test_password_then_code_then_the_page_that_was_asked_for(self, client: Client, person: User) -> None:
        with_factor(person)

        assert give_password(client, person, next="/leads/?status=new").url == "/login/code/"
        assert "six digits" in client.get("/login/code/").text
        assert give_code(client, app_shows(person)).url == "/leads/?status=new"
        assert client.get("/").status_code == 200

    @pytest.mark.parametrize("evil", ["https://evil.example/", "//evil.example"])
    def test_an_address_elsewhere_is_not_followed_after_the_code_either(
        self, client: Client, person: User, evil: str
    ) -> None:
        with_factor(person)
        give_password(client, person, next=evil)

        assert give_code(client, app_shows(person)).url == "/"

    def test_the_session_gets_a_new_key_at_each_step(self, client: Client, person: User) -> None:
        with_factor(person)
        client.get("/login/")
        give_password(client, person)
        half = client.session.session_key
        give_code(client, app_shows(person))

        assert client.session.session_key != half
        assert "password_given" not in client.session

    def test_a_code_is_taken_once(self, person: User) -> None:
        with_factor(person)
        one, two = Client(), Client()
        for each in (one, two):
            give_password(each, person)
        code = app_shows(person)

        assert give_code(one, code).status_code == 302
        assert "used already" in give_code(two, code).text
        assert two.get("/").status_code == 302

    @pytest.mark.parametrize(("steps", "right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
    def test_clocks_may_differ_by_half_a_minute_and_no_more(
        self, client: Client, person: User, clock: Any, steps: int, right: bool
    ) -> None:
        with_factor(person)
        later(clock, 600)
        give_password(client, person)

        assert (give_code(client, app_shows(person, steps=steps)).status_code == 302) == right

    def test_blanks_in_the_code_do_no_harm(self, client: Client, person: User) -> None:
        with_factor(person)
        give_password(client, person)
        code = app_shows(person)

        assert give_code(client, f" {code[:3]} {code[3:]} ").status_code == 302

    @pytest.mark.parametrize(
        "code",
        [
            "",
            " ",
            "12345",
            "1234567",
            "abcdef",
            "\uff11\uff12\uff13\uff14\uff15\uff16",
            "-1",
            "\0",
            "9" * 500,
        ],
    )
    def test_what_is_no_code_is_told_in_words(self, client: Client, person: User, code: str) -> None:
        with_factor(person)
        give_password(client, person)
        answer = give_code(client, code)

        assert answer.status_code == 200
        assert 'class="error-summary"' in answer.text
        assert client.get("/").status_code == 302

    def test_five_minutes_after_the_password_it_begins_anew(
        self, client: Client, person: User, clock: Any
    ) -> None:
        with_factor(person)
        give_password(client, person)
        later(clock, 301)

        answer = client.post("/login/code/", {"code": app_shows(person)}, follow=True)

        assert "Log in with your password first" in answer.text
        assert client.get("/").status_code == 302

    @pytest.mark.parametrize("change", ["password", "is_active"])
    def test_a_login_changed_in_between_is_not_let_in(
        self, client: Client, person: User, change: str
    ) -> None:
        with_factor(person)
        give_password(client, person)
        User.objects.filter(pk=person.pk).update(**{change: "new" if change == "password" else False})

        assert give_code(client, app_shows(person)).url == "/login/"
        assert client.get("/").status_code == 302

    def test_without_a_password_there_is_no_question_for_a_code(self, client: Client, person: User) -> None:
        with_factor(person)

        assert client.get("/login/code/")["Location"] == "/login/"
        assert give_code(client, app_shows(person)).url == "/login/"

    def test_a_key_that_does_not_open_lets_backup_codes_in_and_says_what_to_do(
        self, client: Client, person: User, settings: Any
    ) -> None:
        codes = with_factor(person)
        code = app_shows(person)
        settings.EVIDENCE_KEYS = (("other", bytes(31) + b"1"),)
        give_password(client, person)

        assert "ask your manager to reset" in give_code(client, code).text
        assert give_code(client, codes[0]).status_code == 302


class TestBruteForce:
    def test_after_wrong_codes_even_the_right_one_must_wait(
        self, client: Client, person: User, clock: Any
    ) -> None:
        with_factor(person)
        give_password(client, person)
        for second in (10, 20, 30):
            later(clock, second)
            give_code(client, "000000")

        answer = give_code(client, app_shows(person))
        assert "Too many wrong codes. Wait 5 seconds" in answer.text
        later(clock, 35)
        assert give_code(client, app_shows(person)).status_code == 302

    def test_ten_wrong_codes_lock_the_login_as_wrong_passwords_do(
        self, client: Client, person: User, clock: Any
    ) -> None:
        with_factor(person)
        give_password(client, person)
        for _ in range(10):
            Authenticator.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
            answer = give_code(client, "000000")

        assert answer.status_code == 429
        assert "Too many tries" in answer.text
        Authenticator.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
        assert give_code(client, app_shows(person)).status_code == 429
        assert give_password(Client(), person).status_code == 429
        assert client.get("/").status_code == 302

    def test_giving_the_password_again_does_not_empty_the_count(self, client: Client, person: User) -> None:
        with_factor(person)
        for _ in range(10):
            Authenticator.objects.update(throttling_failure_count=0, throttling_failure_timestamp=None)
            answer = give_password(client, person)
            if answer.status_code == 302:
                answer = give_code(client, "000000")

        assert answer.status_code == 429

    def test_the_password_of_a_change_cannot_be_guessed_either(self, person: User) -> None:
        with_factor(person)
        client = signed_in(person)
        for _ in range(10):
            answer = client.post("/me/second-factor/off/", {"password": "wrong", "code": "000000"})

        assert answer.status_code == 429
        assert Authenticator.objects.filter(confirmed=True).exists()


class TestBackupCodes:
    def test_each_opens_once_in_either_case_and_with_or_without_dashes(self, person: User) -> None:
        codes = with_factor(person)
        for code in (codes[0], codes[1].lower(), codes[2].replace("-", "")):
            client = Client()
            give_password(client, person)
            assert give_code(client, code).status_code == 302, code
        Authenticator.objects.update(throttling_failure_count=0)
        client = Client()
        give_password(client, person)

        assert "not right" in give_code(client, codes[0]).text
        assert client.get("/").status_code == 302

    def test_the_page_asks_for_one_by_its_name(self, client: Client, person: User) -> None:
        with_factor(person)
        give_password(client, person)

        assert "Enter a backup code" in client.get("/login/code/?backup=1").text

    def test_new_ones_void_the_old_ones(self, person: User) -> None:
        old = with_factor(person)
        client = signed_in(person)

        page = client.post("/me/second-factor/codes/", {"password": PASSWORD, "code": app_shows(person)}).text

        new = re.findall(r"<li>((?:[0-9A-Z]{4}-){3}[0-9A-Z]{4})</li>", page)
        assert len(new) == 10
        assert not set(new) & set(old)
        half = Client()
        give_password(half, person)
        assert "not right" in give_code(half, old[0]).text

    @pytest.mark.parametrize("given", [{"password": "wrong"}, {"code": "000000"}])
    def test_new_ones_take_password_and_code(self, person: User, given: dict[str, str]) -> None:
        with_factor(person)
        digests = set(BackupCode.objects.values_list("digest", flat=True))

        signed_in(person).post(
            "/me/second-factor/codes/", {"password": PASSWORD, "code": app_shows(person), **given}
        )
        assert set(BackupCode.objects.values_list("digest", flat=True)) == digests


class TestTurningOff:
    def test_it_takes_password_and_code_and_ends_other_sessions(self, person: User) -> None:
        with_factor(person)
        here, there = signed_in(person), signed_in(person)

        answer = here.post("/me/second-factor/off/", {"password": PASSWORD, "code": app_shows(person)})

        assert answer["Location"] == "/me/second-factor/"
        assert not Authenticator.objects.exists()
        assert here.get("/").status_code == 200
        assert there.get("/").status_code == 302
        assert give_password(Client(), person).url == "/"

    @pytest.mark.parametrize("given", [{"password": "wrong"}, {"code": "000000"}, {"code": ""}])
    def test_neither_alone_is_enough(self, person: User, given: dict[str, str]) -> None:
        with_factor(person)

        signed_in(person).post(
            "/me/second-factor/off/", {"password": PASSWORD, "code": app_shows(person), **given}
        )
        assert Authenticator.objects.filter(confirmed=True).exists()

    def test_there_is_nothing_to_turn_off_without_one(self, person: User) -> None:
        client = signed_in(person)

        assert client.get("/me/second-factor/off/").status_code == 404
        assert client.get("/me/second-factor/codes/").status_code == 404
