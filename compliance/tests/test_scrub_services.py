"""Outside scrub services, asked over HTTP on this machine: what answers mean, and that no trouble reads as clear."""

import json
import logging
import socket
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from django.utils import timezone
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from compliance.models import ScrubAnswer, ScrubService
from compliance.scrubs import CLIENTS, latest, latest_answers
from compliance.scrubs.asking import questions
from leadcrm.testing.door import written_logs

pytestmark = pytest.mark.django_db
NOW = timezone.now().replace(microsecond=0)
PHONE, OTHER = "+12145550111", "+12145550122"
KEY = "k3y&of/tests only+"
WEEK = timedelta(days=7)
BLACKLIST, DNC_COM, RPV = ScrubService.values
ALL = pytest.mark.parametrize("service", ScrubService.values)

Asks = Callable[..., ScrubAnswer]


@pytest.fixture(autouse=True)
def keys(settings: Any, httpserver: HTTPServer, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Every service on, at a server on this machine; no log line may hold the key or a number.

    Everything is logged that an operator can have logged; the test's own server would tell every address.
    """
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.ERROR, "werkzeug")
    for name in ("BLACKLIST_ALLIANCE", "DNC_COM", "REAL_PHONE_VALIDATION"):
        setattr(settings, f"{name}_BASE_URL", httpserver.url_for("").rstrip("/"))
    settings.BLACKLIST_ALLIANCE_KEY = settings.DNC_COM_LOGIN_ID = settings.REAL_PHONE_VALIDATION_TOKEN = KEY
    with written_logs() as lines:
        yield
    told = lines.getvalue()
    assert not [secret for secret in (KEY, "k3y", "2145550111") if secret in told]


def ask(
    service: str, *phones: str, now: datetime = NOW, seconds: float = 2.0, valid: timedelta = WEEK
) -> list[ScrubAnswer]:
    """Ask about phones as a post's consultation does, one after the other."""
    found: list[ScrubAnswer] = []
    for question in questions(CLIENTS[service], phones or [PHONE], seconds=seconds, valid=valid, now=now):
        answer = question.held
        if answer is None:
            answer = question.ask()
            question.keep(answer)
        found.append(answer)
    return found


@pytest.fixture
def asks(httpserver: HTTPServer) -> Asks:
    """Ask one service about a number, which answers with `body` (or text) and a status."""

    def once(service: str, body: Any = None, *, text: str = "", status: int = 200) -> ScrubAnswer:
        httpserver.clear()
        answer = text if body is None else json.dumps(body)
        httpserver.expect_request(PATHS[service]).respond_with_data(answer, status=status)
        (row,) = ask(service)
        row.refresh_from_db()
        return row

    return once


PATHS = {
    BLACKLIST: "/lookup",
    DNC_COM: "/app/main/rpc/scrub",
    RPV: "/rpvWebService/DNCLookup.php",
}


def blacklist(message: str, code: str = "", **more: Any) -> dict[str, Any]:
    """An answer of The Blacklist Alliance."""
    return {
        "sid": "1", "status": "success", "message": message, "code": code, "offset": 0, "wireless": 1,
        "phone": "2145550111", "results": 1, "time": 0.01, "scrubs": True, **more,
    }  # fmt: skip


def dnc_com(code: str, reason: str = ";;;", **more: Any) -> list[dict[str, Any]]:
    """An answer of DNCScrub."""
    return [{
        "Phone": "2145550111", "ResultCode": code, "Reserved": "", "Reason": reason, "RegionAbbrev": "TX",
        "Country": "US", "IsWirelessOrVoIP": "1", "LineType": "Wireless", **more,
    }]  # fmt: skip


def rpv(answers: str = "NNNN", code: str = "OK", **more: Any) -> dict[str, Any]:
    """An answer of RealPhoneValidation: national, state, marketers, litigators."""
    names = ("national_dnc", "state_dnc", "dma", "litigator")
    return {
        "RESPONSECODE": code, "RESPONSEMSG": {}, **dict(zip(names, answers, strict=True)), "iscell": "Y", "id": "4",
        **more,
    }  # fmt: skip


LISTED = [
    (BLACKLIST, blacklist("Blacklisted", "plaintiff-primary,federal-dnc"), True, ["plaintiff-primary", "federal-dnc"]),
    (BLACKLIST, blacklist("Blacklisted", "attorney-secondary"), True, ["attorney-secondary"]),
    (BLACKLIST, blacklist("Blacklisted", "screamers", phone="12145550111"), False, ["screamers"]),
    (BLACKLIST, blacklist("Blacklisted"), False, []),
    (DNC_COM, dnc_com("D", "National (USA) 2003-06-01;;;"), False, ["D", "National (USA) 2003-06-01"]),
    (DNC_COM, dnc_com("D", "Litigator"), True, ["D", "Litigator"]),
    (DNC_COM, dnc_com("P"), False, ["P"]),
    (DNC_COM, dnc_com("O", "National (USA) 2003-06-01;;;"), False, ["O", "National (USA) 2003-06-01"]),
    (RPV, rpv("YNNN"), False, ["national_dnc"]),
    (RPV, rpv("NYNN"), False, ["state_dnc"]),
    (RPV, rpv("???Y"), True, ["litigator"]),
    (RPV, rpv("Y???", phone="2145550111"), False, ["national_dnc"]),
]  # fmt: skip


@pytest.mark.parametrize(("service", "body", "litigator", "codes"), LISTED)
def test_a_listed_number_is_listed_with_the_services_own_words(
    asks: Asks, service: str, body: Any, litigator: bool, codes: list[str]
) -> None:
    row = asks(service, body)
    assert (row.state, row.litigator, row.codes, row.why) == ("listed", litigator, codes, "")
    assert (row.raw, row.http_status, row.phone, row.asked_at) == (body, 200, PHONE, NOW)
    assert row.valid_until == NOW + timedelta(days=7)


CLEAR = [
    (BLACKLIST, blacklist("Good")), (RPV, rpv("NNNN")), *[(DNC_COM, dnc_com(code)) for code in "CWYGERLF"],
]  # fmt: skip


@pytest.mark.parametrize(("service", "body"), CLEAR)
def test_a_number_on_no_list_is_clear(asks: Asks, service: str, body: Any) -> None:
    row = asks(service, body)
    assert (row.state, row.litigator, row.why) == ("clear", False, "")


UNKNOWN = [
    (BLACKLIST, blacklist("Good", status="error"), "service_error"),
    (BLACKLIST, blacklist("Perhaps"), "unknown_code"),
    (BLACKLIST, blacklist("Good", phone="2145550122"), "another_number"),
    (BLACKLIST, {}, "service_error"),
    (BLACKLIST, [blacklist("Good")], "unreadable"),
    (DNC_COM, dnc_com("Q"), "unknown_code"),
    (DNC_COM, dnc_com(""), "unknown_code"),
    (DNC_COM, dnc_com("CC"), "unknown_code"),
    (DNC_COM, dnc_com("B"), "area_code_not_held"),
    (DNC_COM, dnc_com("I"), "not_a_number"),
    (DNC_COM, dnc_com("C", Phone="2145550122"), "another_number"),
    (DNC_COM, dnc_com("C", Phone=""), "another_number"),
    (DNC_COM, dnc_com("C") * 2, "unreadable"),
    (DNC_COM, [], "unreadable"),
    (DNC_COM, ["C"], "unreadable"),
    (DNC_COM, {"error": "Invalid login"}, "unreadable"),
    (RPV, rpv("N?NN"), "timeout_there"),
    (RPV, rpv("NNNX"), "unknown_code"),
    (RPV, rpv("NNNN", code="unauthorized"), "key_refused"),
    (RPV, rpv("NNNN", code="-1"), "not_a_number"),
    (RPV, rpv("NNNN", code="102"), "service_error"),
    (RPV, rpv("NNNN", phone="2145550122"), "another_number"),
    (RPV, {"RESPONSECODE": "OK", "national_dnc": "N"}, "unknown_code"),
    (RPV, "OK", "unreadable"),
]  # fmt: skip


@pytest.mark.parametrize(("service", "body", "why"), UNKNOWN)
def test_what_is_no_plain_answer_is_unknown_and_says_why(
    asks: Asks, service: str, body: Any, why: str
) -> None:
    row = asks(service, body)
    assert (row.state, row.why, row.valid_until) == ("unknown", why, NOW)


@ALL
@pytest.mark.parametrize(
    ("text", "status", "why"),
    [
        ("<html>Down for maintenance</html>", 200, "unreadable"),
        ("", 200, "unreadable"),
        ("[" * 5000, 200, "unreadable"),
        ('{"message":"Good","status":"success"}', 500, "http_500"),
        ("", 401, "key_refused"),
        ("", 402, "no_funds"),
        ("", 403, "http_403"),
        ("", 429, "rate_limited"),
        ("", 204, "http_204"),
        ("x" * 70_000, 200, "too_large"),
    ],
)
def test_garbage_and_errors_are_unknown(asks: Asks, service: str, text: str, status: int, why: str) -> None:
    row = asks(service, text=text, status=status)
    assert (row.state, row.why) == ("unknown", why)


@ALL
def test_a_redirect_is_not_followed(asks: Asks, httpserver: HTTPServer, service: str) -> None:
    httpserver.clear()
    httpserver.expect_request(PATHS[service]).respond_with_data(
        "", status=302, headers={"Location": "/elsewhere"}
    )
    (row,) = ask(service)
    assert (row.state, row.why) == ("unknown", "redirected")


@ALL
def test_a_service_that_is_silent_or_away_is_unknown_within_the_time(service: str, settings: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:  # takes calls and never answers
        here = f"http://127.0.0.1:{listener.getsockname()[1]}"
        for name in ("BLACKLIST_ALLIANCE", "DNC_COM", "REAL_PHONE_VALIDATION"):
            setattr(settings, f"{name}_BASE_URL", here)
        (silent,) = ask(service, seconds=0.2)
    (away,) = ask(service)
    assert [silent.why, away.why] == ["timeout", "unreachable"]
    assert silent.ms < 2000


@ALL
def test_without_a_key_a_service_is_off(service: str, settings: Any, httpserver: HTTPServer) -> None:
    settings.BLACKLIST_ALLIANCE_KEY = settings.DNC_COM_LOGIN_ID = settings.REAL_PHONE_VALIDATION_TOKEN = ""
    (row,) = ask(service)
    assert (row.state, row.why, len(httpserver.log)) == ("unknown", "no_key", 0)
    assert not ScrubAnswer.objects.exists()


def test_each_service_is_asked_in_its_documented_way(httpserver: HTTPServer, settings: Any) -> None:
    settings.DNC_COM_PROJECT_ID = "P1"
    asked: dict[str, Request] = {}

    def keep(request: Request) -> Response:
        request.get_data()
        asked[request.path] = request
        return Response("{}")

    for service, path in PATHS.items():
        httpserver.expect_request(path).respond_with_handler(keep)
        ask(service)
    one, two, three = (asked[path] for path in PATHS.values())
    assert (one.method, dict(one.args)) == (
        "GET", {"key": KEY, "phone": "2145550111", "ver": "v3", "resp": "json"},
    )  # fmt: skip
    assert (two.method, two.headers["loginId"], two.query_string) == ("POST", KEY, b"")
    assert two.get_json() == {"phoneList": "2145550111", "version": "5", "output": "json", "projId": "P1"}
    assert (three.method, three.query_string) == ("POST", b"")
    sent = {name: value for name, (value,) in parse_qs(three.get_data().decode()).items()}
    assert sent == {"phone": "2145550111", "token": KEY, "output": "json"}


@pytest.mark.parametrize(
    "echo",
    [
        KEY, KEY.replace("/", "\\/"), "k3y%26of%2Ftests+only%2B", "k3y%26of%2Ftests%20only%2B",
        "k3y&amp;of/tests only+",
    ],
)  # fmt: skip
def test_a_key_that_comes_back_is_not_kept(asks: Asks, echo: str) -> None:
    rows = [
        asks(BLACKLIST, text='{"status":"error","message":"bad key ' + echo + '"}'),
        asks(BLACKLIST, text=f"<p>bad key {echo}</p>"),
    ]
    assert [("k3y" in json.dumps(row.raw), "[key]" in json.dumps(row.raw)) for row in rows] == [
        (False, True)
    ] * 2


def served(httpserver: HTTPServer, *bodies: Any) -> None:
    """Answers of The Blacklist Alliance, one after the other."""
    httpserver.clear()
    for body in bodies:
        httpserver.expect_ordered_request("/lookup").respond_with_json(body)


def test_an_answer_is_used_again_while_it_is_valid_and_never_for_another_number(
    httpserver: HTTPServer,
) -> None:
    served(httpserver, blacklist("Good"), blacklist("Good", phone="2145550122"), blacklist("Blacklisted"))
    (first,) = ask(BLACKLIST)
    assert ask(BLACKLIST, now=NOW + timedelta(days=6, hours=23)) == [first]
    (other,) = ask(BLACKLIST, OTHER, now=NOW + timedelta(days=1))
    assert other.phone == OTHER
    (again,) = ask(BLACKLIST, now=NOW + timedelta(days=7))
    assert (again.state, len(httpserver.log)) == ("listed", 3)
    # Whoever wants younger answers gets them.
    served(httpserver, blacklist("Good"))
    assert ask(BLACKLIST, now=NOW + timedelta(days=9), valid=timedelta(days=1))[0].state == "clear"


def test_an_unknown_answer_is_asked_again_at_once(httpserver: HTTPServer) -> None:
    served(httpserver, {}, blacklist("Good"))
    assert [ask(BLACKLIST)[0].state, ask(BLACKLIST)[0].state] == ["unknown", "clear"]


def test_each_number_has_an_answer_of_its_own(httpserver: HTTPServer) -> None:
    served(httpserver, blacklist("Good"), blacklist("Blacklisted", phone="2145550122"))
    ask(BLACKLIST, PHONE)
    assert [(row.phone, row.state) for row in ask(BLACKLIST, OTHER, PHONE, OTHER)] == [
        (OTHER, "listed"), (PHONE, "clear"),
    ]  # fmt: skip


def test_of_two_valid_answers_the_newer_counts(httpserver: HTTPServer) -> None:
    served(httpserver, blacklist("Good"), blacklist("Blacklisted"))
    later = NOW + timedelta(days=2)
    ask(BLACKLIST)
    ask(BLACKLIST, now=later, valid=timedelta(days=1))
    assert [row.state for row in latest(PHONE, now=later)] == ["listed"]
    assert [row.state for row in latest(PHONE, now=NOW)] == ["clear"]


def test_the_newest_valid_answer_of_each_service_is_read_for_many_numbers_in_one_query(
    asks: Asks, httpserver: HTTPServer, django_assert_num_queries: Any
) -> None:
    asks(RPV, rpv("YNNN"))
    served(httpserver, blacklist("Blacklisted"), blacklist("Good"))
    ask(BLACKLIST)
    ask(BLACKLIST, now=NOW + timedelta(days=8))
    served(httpserver, {})
    ask(BLACKLIST, OTHER, now=NOW + timedelta(days=16))
    with django_assert_num_queries(1):
        found = latest_answers([PHONE, OTHER, ""], now=NOW + timedelta(days=1))
    assert {phone: [(row.service, row.state) for row in rows] for phone, rows in found.items()} == {
        PHONE: [(BLACKLIST, "listed"), (RPV, "listed")],
    }
    assert [row.state for row in latest(PHONE, now=NOW + timedelta(days=9))] == ["clear"]
    assert latest(PHONE, now=NOW + timedelta(days=30)) == []
