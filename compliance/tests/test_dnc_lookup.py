"""One number asked: inside a larger statement, by itself, of every list that applies."""

from datetime import date, timedelta

import pytest
from django.db import connection

from compliance.dnc.answers import Answer, Listed, Why, worst
from compliance.dnc.lookup import UnknownListError, list_ids, listed, probe_params, probe_sql, read_probe
from compliance.dnc.numbers import ten_digits
from compliance.models import DncList, ListKind
from compliance.tests.dnc_support import OCTOBER, changes, full, state

PHONE, CLEAR, ELSEWHERE = "2015550101", "2015550102", "9795550103"

pytestmark = pytest.mark.django_db


def probe(phone: str = PHONE, today: date = OCTOBER, **asked: object) -> tuple[Answer, ...]:
    with connection.cursor() as cursor:
        params = probe_params(phone, **asked) | {"other": "beside"}  # type: ignore[arg-type]
        cursor.execute(f"SELECT %(other)s, {probe_sql()} AS dnc", params)
        beside, value = cursor.fetchone()
    assert beside == "beside"
    return read_probe(value, today=today)


def test_the_probe_names_list_version_and_date() -> None:
    version = full([PHONE]).version
    (answer,) = probe()
    assert answer == Answer(
        "national", Listed.LISTED, Why.PLAIN, version.pk, OCTOBER, False, version.dnc_list_id, "national", 1
    )
    (answer,) = probe(CLEAR)
    assert (answer.state, answer.version_id) == (Listed.CLEAR, version.pk)


def test_the_probe_is_one_query(django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    full([PHONE])
    with django_assert_num_queries(1):
        probe(states={"TX", "OK"})


def test_state_lists_are_asked_for_leads_of_their_state_only() -> None:
    full([CLEAR])
    full([PHONE], code="state_tx")
    full([PHONE], code="litigator")
    assert [answer.list_code for answer in probe()] == ["litigator", "national"]
    assert [answer.list_code for answer in probe(states={"TX", "OK"})] == [
        "litigator",
        "national",
        "state_tx",
    ]


def test_chosen_lists_are_asked_also_if_inactive() -> None:
    full([PHONE])
    full([PHONE], code="state_tx")
    DncList.objects.update(active=False)
    assert [answer.list_code for answer in probe(lists=list_ids(["state_tx"]))] == ["state_tx"]
    assert probe() == ()


def test_a_registry_never_set_up_is_unknown_not_clear() -> None:
    (answer,) = probe()
    assert (answer.list_code, answer.state, answer.why) == ("national", Listed.UNKNOWN, Why.NO_LIST)
    (alone,) = listed(PHONE)
    assert alone.state == Listed.UNKNOWN


def test_a_list_without_a_version_is_unknown() -> None:
    DncList.objects.create(code="own", name="Own", kind=ListKind.OTHER)
    answer = next(answer for answer in probe() if answer.list_code == "own")
    assert (answer.state, answer.why) == (Listed.UNKNOWN, Why.NO_VERSION)


def test_an_area_code_that_is_not_subscribed_is_unknown() -> None:
    full([PHONE])
    (answer,) = probe(ELSEWHERE)
    assert (answer.state, answer.why) == (Listed.UNKNOWN, Why.AREA_CODE_NOT_HELD)
    assert state(ELSEWHERE) == Listed.UNKNOWN


def test_a_list_that_covers_everything_clears_other_area_codes() -> None:
    full([PHONE], covers_all=True)
    full([PHONE], code="litigator")
    assert {answer.state for answer in probe(ELSEWHERE)} == {Listed.CLEAR}
    changes("201,5550102,A\n")
    assert state(ELSEWHERE) == Listed.CLEAR


def test_a_version_is_stale_after_its_days_and_says_so_whatever_it_answers() -> None:
    full([PHONE])
    for phone in (PHONE, CLEAR):
        assert not probe(phone, today=OCTOBER + timedelta(31))[0].stale
        assert probe(phone, today=OCTOBER + timedelta(32))[0].stale


def test_a_list_without_a_limit_is_never_stale() -> None:
    full([PHONE], code="litigator")
    answer = probe(today=date(2036, 1, 1), lists=list_ids(["litigator"]))[0]
    assert not answer.stale


@pytest.mark.parametrize(
    "phone", ["+12015550101", "12015550101", "2015550101", "(201) 555-0101", "201-555-0101", " 201.555.0101 "]
)
def test_a_number_may_be_written_in_any_usual_way(phone: str) -> None:
    full([PHONE])
    assert state(phone) == Listed.LISTED


@pytest.mark.parametrize(
    "text",
    ["", "5550101", "20155501011", "+442015550101", "1015550101", "2010550101", "201555010x", "٢015550101"],
)
def test_a_text_that_is_no_us_number_is_unknown(text: str) -> None:
    full([PHONE])
    (answer,) = listed(text)
    assert (answer.state, answer.why) == (Listed.UNKNOWN, Why.NOT_A_NUMBER)
    assert ten_digits(text) is None


def test_an_unknown_list_is_an_error() -> None:
    full([PHONE])
    with pytest.raises(UnknownListError, match="no list 'natonal'; known: national"):
        listed(PHONE, ["natonal"])


def test_listed_goes_before_unknown_before_clear() -> None:
    clear, unknown, yes = (Answer("x", state_) for state_ in (Listed.CLEAR, Listed.UNKNOWN, Listed.LISTED))
    assert worst([clear, unknown, yes]) == Listed.LISTED
    assert worst([clear, unknown]) == Listed.UNKNOWN
    assert worst([clear, clear]) == Listed.CLEAR
    assert worst([]) == Listed.UNKNOWN


def test_the_plan_reads_the_block_by_its_key() -> None:
    full([f"201{exchange}0101" for exchange in range(200, 1000)])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE compliance_dncblock")
        cursor.execute(f"EXPLAIN SELECT {probe_sql()}", probe_params(PHONE))
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "Index Scan using compliance_dncblock_pkey" in plan
