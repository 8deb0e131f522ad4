"""What a vendor reads back: its own posts, by any of three ids, and as a list."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit
from xml.etree import ElementTree

import pytest
from django.utils import timezone

from intake.keys import issue_key
from intake.models import Submission
from leadcrm.testing.door import JSON, URL, XML, Door, Reply
from leadcrm.testing.factories import SourceFactory, SubmissionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def other_vendor(door: Door) -> Door:
    """Another vendor's source and key."""
    source = SourceFactory.create()
    return Door(source, issue_key(source=source)[1])


def listed(reply: Reply) -> list[str]:
    """The vendor's own ids of a page."""
    return [row["vendor_lead_id"] for row in reply.json["results"]]


def test_a_post_is_read_back_by_our_lead_id_our_submission_id_and_its_own_id(door: Door) -> None:
    posted = door.post()
    for name in ("lead_id", "submission_id", "vendor_lead_id"):
        reply = door.get(posted.json[name])
        assert reply.status == 200
        told = dict(reply.json)
        received = datetime.fromisoformat(told.pop("received_at"))
        assert abs(timezone.now() - received) < timedelta(minutes=1)
        assert told == {
            "status": "accepted", "reason": "", "lead_id": posted.json["lead_id"],
            "submission_id": posted.json["submission_id"], "vendor_lead_id": posted.json["vendor_lead_id"],
            "price": "22.00", "test": False, "answer": posted.json,
        }  # fmt: skip


def test_a_refusal_is_read_back_with_its_reason(door: Door) -> None:
    posted = door.post(state="Nowhere")
    reply = door.get(posted.json["submission_id"])
    assert (reply.json["status"], reply.json["reason"], reply.json["lead_id"]) == (
        "rejected",
        "invalid_field",
        None,
    )
    assert reply.json["answer"] == posted.json


def test_a_body_that_could_not_be_read_is_read_back_as_an_error(door: Door) -> None:
    posted = door.send(b"{broken")
    reply = door.get(posted.json["submission_id"])
    assert (reply.json["status"], reply.json["answer"]) == ("error", posted.json)


def test_of_two_posts_with_one_vendor_id_the_newest_is_read(door: Door) -> None:
    first, second = door.post(lead_id="V-1"), door.post(lead_id="V-1")
    assert second.outcome == "duplicate"
    assert (
        door.get("V-1").json["submission_id"] == second.json["submission_id"] != first.json["submission_id"]
    )


def test_a_read_back_names_no_word_of_the_wrong_answer(door: Door) -> None:
    posted = door.post(lead_id="not-a-Failure")
    told = door.get(posted.json["lead_id"])
    assert "fail" not in told.text.lower()
    assert told.json["vendor_lead_id"] is None
    assert door.get("not-a-Failure").json["lead_id"] == posted.json["lead_id"]


def test_it_is_read_back_as_xml_too(door: Door) -> None:
    posted = door.post()
    reply = door.get(posted.json["lead_id"], headers={"Accept": XML})
    assert reply.headers["Content-Type"] == "application/xml; charset=utf-8"
    told = ElementTree.fromstring(reply.text)
    assert (told.tag, told.findtext("lead_id"), told.findtext("answer/lead_id")) == (
        "result", posted.json["lead_id"], posted.json["lead_id"],
    )  # fmt: skip


@pytest.mark.parametrize("name", ["A-1", "V-none", "0" * 32, "A-999999999999999999", "..", "x" * 128])
def test_what_there_is_not_is_404(door: Door, name: str) -> None:
    reply = door.get(name)
    assert (reply.status, reply.json["status"], reply.json["code"]) == (404, "error", "not_found")


def test_another_vendors_post_is_404_by_every_id(door: Door, other_vendor: Door) -> None:
    posted = door.post()
    for name in ("lead_id", "submission_id", "vendor_lead_id"):
        assert other_vendor.get(posted.json[name]).status == 404
    assert other_vendor.get().json["results"] == []


@pytest.mark.parametrize(
    "name", ["x" * 129, "a b", "a/b", "%00", quote("ü"), "a?b".replace("?", "%3F"), "-\n"]
)
def test_a_name_that_can_be_none_is_404_in_json(door: Door, name: str) -> None:
    reply = door.send("", "", method="GET", url=f"{URL}/{quote(name, safe='%/')}")
    assert (reply.status, reply.json["code"]) == (404, "not_found")


def test_the_list_is_newest_first_and_pages_by_cursor(door: Door) -> None:
    ids = [door.post(lead_id=f"V-{number}").json["vendor_lead_id"] for number in range(5)]
    page = door.get(query="limit=2")
    assert set(page.json) == {"next", "previous", "results"}
    seen = listed(page)
    while page.json["next"]:
        page = door.get(query=urlsplit(page.json["next"]).query)
        seen += listed(page)
    assert seen == ids[::-1]
    back = door.get(query=urlsplit(page.json["previous"]).query)
    assert listed(back) == ids[1:3][::-1]


def test_a_list_of_posts_of_one_moment_is_paged_without_gap_or_repetition(door: Door) -> None:
    moment = timezone.now()
    rows = {
        SubmissionFactory.create(
            source=door.source, received_at=moment, state="rejected", vendor_lead_id=f"V-{number}"
        ).pk.hex
        for number in range(7)
    }
    page, seen = door.get(query="limit=3"), []
    while True:
        seen += [row["submission_id"] for row in page.json["results"]]
        if not page.json["next"]:
            break
        page = door.get(query=urlsplit(page.json["next"]).query)
    assert len(seen) == 7
    assert set(seen) == rows


def test_links_of_the_list_keep_its_filters_but_never_a_key(door: Door) -> None:
    door.set(key_in_body=True)
    for _ in range(3):
        door.post(phone="1")
    reply = door.send("", "", method="GET", query=f"API-Key={door.key}&status=rejected&limit=1", bearer=False)
    query = parse_qs(urlsplit(reply.json["next"]).query)
    assert set(query) == {"cursor", "status", "limit"}
    assert listed(door.get(query=urlsplit(reply.json["next"]).query)) != listed(reply)


def test_the_list_is_filtered_by_status_reason_and_time(door: Door) -> None:
    door.post(lead_id="good")
    door.post(lead_id="odd", phone="1")
    door.post(lead_id="elsewhere", state="Nowhere")
    door.send(b"{broken")
    Submission.objects.filter(vendor_lead_id="good").update(received_at=timezone.now() - timedelta(days=2))
    yesterday = quote((timezone.now() - timedelta(days=1)).isoformat())
    assert listed(door.get(query="status=accepted")) == ["good"]
    assert listed(door.get(query="status=rejected")) == ["elsewhere", "odd"]
    assert listed(door.get(query="status=error")) == [None]
    assert listed(door.get(query="status=pending")) == []
    assert listed(door.get(query="reason=invalid_phone")) == ["odd"]
    assert listed(door.get(query=f"until={yesterday}")) == ["good"]
    assert listed(door.get(query=f"since={yesterday}&status=rejected")) == ["elsewhere", "odd"]


@pytest.mark.parametrize(
    "query",
    [
        "status=odd", "since=yesterday", "until=2026-13-01T00:00:00Z", "reason=" + "x" * 25, "reason=%00",
        "cursor=odd", "cursor=cD1hYmM%3D", "cursor=cD0yMDI2LTEzLTAx", "cursor=cD0AAA%3D%3D", "cursor=bz0tMQ%3D%3D",
        "cursor=cD0wMDAxLTAxLTAxVDAwOjAwOjAwKzAwOjAw",
        "cursor=cD0yMDI2LTAxLTAxKzAwJTNBMDAlM0EwMCUyQjIzJTNBNTk%3D",  # an offset of 23:59
        "until=0001-01-01T00:00:00%2B14:00",
        "since=9999-12-31T23:59:00-14:00",
    ],
)  # fmt: skip
def test_a_question_that_cannot_be_meant_is_400(door: Door, query: str) -> None:
    door.post()
    reply = door.get(query=query)
    assert (reply.status, reply.json["status"], reply.json["code"]) == (400, "error", "bad_request"), (
        reply.text
    )


@pytest.mark.parametrize(
    "moment", ["1289-03-04T19:52:28%2B19:21", "0001-01-01T00:00:00Z", "1999-01-01", "20200101"]
)
def test_any_moment_of_the_calendar_may_be_asked_for(door: Door, moment: str) -> None:
    door.post()
    assert len(door.get(query=f"since={moment}").json["results"]) == 1
    assert door.get(query=f"until={moment}").json["results"] == []


@pytest.mark.parametrize("query", ["limit=0", "limit=-1", "limit=odd", "limit=1000000", "page=3", "x=1"])
def test_an_odd_page_size_or_an_unknown_parameter_costs_nothing(door: Door, query: str) -> None:
    door.post()
    assert len(door.get(query=query).json["results"]) == 1


def test_reading_needs_a_key(door: Door) -> None:
    posted = door.post()
    for url in (URL, f"{URL}/{posted.json['lead_id']}"):
        reply = door.send("", "", method="GET", url=url, bearer=False)
        assert (reply.status, reply.json["code"]) == (401, "unauthorized")


def test_the_list_costs_the_same_with_one_post_and_with_twenty(
    door: Door, django_assert_max_num_queries: Any
) -> None:
    for number in (1, 19):
        for _ in range(number):
            door.post(phone="1")
        with django_assert_max_num_queries(2):
            assert door.send("", JSON, method="GET").status == 200
