"""Whatever is sent: a clear answer of the contract, never a 5xx, never a page, and nothing lost."""

from io import BytesIO
from typing import Any

import pytest
from django.conf import settings
from gunicorn.http.errors import InvalidChunkSize

from intake.models import Lead, Submission
from intake.originals import body_of
from intake.tests.odd_bodies import READ, UNREADABLE, good, with_text
from leadcrm.testing.door import FORM, JSON, URL, Door, Reply
from leadcrm.testing.payloads import glossary

pytestmark = pytest.mark.django_db


def clear(reply: Reply) -> str:
    """What the answer says, after making sure that it is one of the contract."""
    assert reply.status < 500, reply.text
    assert "<html" not in reply.text.lower()
    assert "Traceback" not in reply.text
    body = reply.json
    assert next(iter(body)) == "status"
    assert body["status"] in {"accepted", "rejected", "pending", "error"}
    if body["status"] == "error":
        assert reply.status >= 400
        assert {"status", "code", "message"} <= set(body)
        assert body["message"].endswith(".")
    else:
        assert reply.status == 200
    return reply.outcome


@pytest.mark.parametrize(
    ("body", "how"), [case[1:] for case in UNREADABLE], ids=[case[0] for case in UNREADABLE]
)
def test_a_body_that_cannot_be_read_is_a_clear_error_and_is_kept(
    door: Door, body: str | bytes, how: str
) -> None:
    reply = door.send(body, how)
    clear(reply)
    assert reply.status in (400, 413, 415), reply.text
    kept = Submission.objects.get()
    sent = body.encode() if isinstance(body, str) else body
    assert (body_of(kept), kept.state, kept.pk.hex) == (sent, "unreadable", reply.json["submission_id"])
    assert door.get(kept.pk.hex).json["status"] == "error"


@pytest.mark.parametrize(
    "how",
    [
        "text/csv", "application/pdf", "application/octet-stream", "application/msgpack", "application/x-yaml",
        "odd", "/", "text/html", f"{JSON}; charset=utf-7", f"{JSON}; charset=utf-16", f"{JSON}; charset=x" + "y" * 300,
    ],
)  # fmt: skip
def test_a_content_type_that_is_not_read_is_415_and_the_body_is_kept(door: Door, how: str) -> None:
    reply = door.send(good(), how)
    clear(reply)
    assert (reply.status, reply.json["code"]) == (415, "unsupported_media_type")
    assert Submission.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "how", "outcome"), [case[1:] for case in READ], ids=[case[0] for case in READ]
)
def test_odd_but_readable_posts_are_decided(door: Door, body: str | bytes, how: str, outcome: str) -> None:
    reply = door.send(body, how)
    assert clear(reply) == outcome, reply.text
    sent = body.encode() if isinstance(body, str) else body
    assert body_of(Submission.objects.get()) == sent
    assert Lead.objects.count() == (1 if outcome == "accepted" else 0)


def test_what_is_odd_is_kept_as_it_is_and_not_as_it_seems(door: Door) -> None:
    lead = door.post(first_name="Robert'); DROP TABLE--", last_name="<b>", nickname="😀", age="44").lead
    assert (lead.first_name, lead.last_name, lead.extra) == (
        "Robert'); DROP TABLE--",
        "<b>",
        {"nickname": "😀"},
    )


def test_of_repeated_keys_the_first_counts_so_that_none_is_smuggled_in(door: Door) -> None:
    reply = door.send(with_text('"phone": "2145559999", "state": "OK"'))
    assert reply.lead.phone != "+12145559999"
    assert reply.lead.state == "TX"
    assert {("repeated_key", "phone"), ("repeated_key", "state")} <= set(reply.warnings)


def test_a_body_just_within_the_limit_is_read_and_one_byte_more_is_413(door: Door) -> None:
    limit = settings.MAX_BODY_BYTES
    assert clear(door.send(good().ljust(limit))) == "accepted"
    reply = door.send(good() + " " * limit)
    assert (clear(reply), reply.status) == ("error too_large", 413)
    assert Submission.objects.count() == 1  # what is not read to its end is not stored


@pytest.mark.parametrize(("size", "status"), [(20_000, 200), (20_001, 413)])
def test_a_value_of_at_most_20_000_characters_is_read_and_a_longer_one_is_kept(
    door: Door, size: int, status: int
) -> None:
    reply = door.post(consent_text="é" * size)
    clear(reply)
    assert reply.status == status
    assert Submission.objects.get().pk.hex == reply.json["submission_id"]


def test_two_hundred_fields_are_read(door: Door) -> None:
    payload = glossary()
    payload |= {f"f{n}": str(n) for n in range(200 - len(payload))}
    reply = door.post(payload)
    assert reply.outcome == "accepted"
    assert len(reply.lead.extra) == 200 - len(glossary())


def test_five_levels_are_read(door: Door) -> None:
    reply = door.post(a={"b": {"c": {"d": "deep"}}})
    assert reply.lead.extra == {"a.b.c.d": "deep"}


@pytest.mark.parametrize(
    "query", ["%", "%zz", "%ff=1", "a=%00", "=", "&&&", "?", "a" * 300 + "=1", "x=%ED%A0%80", "ä=1", "a[b]=1"]
)
def test_an_odd_query_is_a_clear_answer(door: Door, query: str) -> None:
    clear(door.post(query=query))
    clear(door.send("", FORM, query=query))
    assert Submission.objects.count() == 2


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
def test_another_method_is_405_in_json(door: Door, method: str) -> None:
    for url in (URL, f"{URL}/A-1"):
        reply = door.send(good(), method=method, url=url)
        assert (clear(reply), reply.status) == ("error method_not_allowed", 405)
        assert "GET" in reply.headers["Allow"]
    assert not Submission.objects.exists()


def test_a_post_to_one_post_is_405(door: Door) -> None:
    assert door.send(good(), url=f"{URL}/A-1").status == 405


def test_options_and_head_are_answered(door: Door) -> None:
    assert door.send("", method="OPTIONS").status == 200
    assert door.send("", method="HEAD").status == 200


@pytest.mark.parametrize("host", ["evil.example", "", "a b", "testserver:99999999"])
def test_an_unknown_host_is_refused_in_json(door: Door, host: str, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["testserver"]
    reply = door.send(good(), HTTP_HOST=host, SERVER_NAME=host or "x")
    assert reply.status in (200, 400)
    clear(reply)


def chunked(door: Door, stream: Any) -> Reply:
    """A call that does not say how long its body is."""
    environ: dict[str, Any] = {"wsgi.input": stream, "CONTENT_LENGTH": ""}
    return door.send(b"", JSON, headers={"Transfer-Encoding": "chunked"}, **environ)


def test_a_chunked_body_is_read(door: Door) -> None:
    assert clear(chunked(door, BytesIO(good().encode()))) == "accepted"


def test_a_chunked_body_without_end_is_413(door: Door) -> None:
    reply = chunked(door, BytesIO(b" " * (settings.MAX_BODY_BYTES + 2)))
    assert (clear(reply), reply.status) == ("error too_large", 413)


class BrokenChunk(BytesIO):
    """What gunicorn's stream does at a chunk whose size is no number."""

    def read(self, *_: Any) -> bytes:
        raise InvalidChunkSize(b"zz")


def test_a_broken_chunk_is_the_callers_fault(door: Door) -> None:
    reply = chunked(door, BrokenChunk())
    assert (clear(reply), reply.status) == ("error bad_request", 400)


class Broken(BytesIO):
    """A caller that hangs up in the middle."""

    def read(self, *_: Any) -> bytes:
        raise OSError("connection reset")

    readline = read


def test_a_body_that_breaks_off_is_400(door: Door) -> None:
    assert chunked(door, Broken()).status == 400
    environ: dict[str, Any] = {"wsgi.input": Broken(), "CONTENT_LENGTH": "10"}
    reply = door.send(b"", JSON, **environ)
    assert (clear(reply), reply.status) == ("error bad_request", 400)


@pytest.mark.parametrize("length", ["-1", "odd", "99999999999", "1e3"])
def test_an_odd_content_length_is_a_clear_answer(door: Door, length: str) -> None:
    clear(door.send(good(), CONTENT_LENGTH=length))


@pytest.mark.parametrize(
    "headers",
    [
        {"Accept": "\u00ff"}, {"Accept": ";;;,,,"}, {"Accept": "a" * 9000}, {"Idempotency-Key": "\u00ff \u0001"},
        {"User-Agent": "x" * 5000}, {"X-Forwarded-For": "odd, " * 500}, {"Cookie": "\u00ff;;=="},
        {"Cookie": "sessionid=x"}, {"Content-Encoding": "gzip"}, {"Expect": "100-continue"}, {"Origin": "null"},
        {"X-HTTP-Method-Override": "DELETE"}, {"If-None-Match": "*"}, {"Range": "bytes=0-1"},
        {"X-CSRFToken": "odd"}, {"Via": "\u00ff"},
    ],
)  # fmt: skip
def test_odd_headers_cost_no_lead(door: Door, headers: dict[str, str]) -> None:
    assert clear(door.post(headers=headers)) == "accepted"


def test_without_a_key_nothing_is_read_or_stored(door: Door) -> None:
    for _, body, how in UNREADABLE:
        reply = door.send(body, how, bearer=False)
        assert (clear(reply), reply.status) == ("error unauthorized", 401)
    assert not Submission.objects.exists()


def test_where_the_key_may_stand_in_the_body_an_unreadable_one_is_unauthorized(door: Door) -> None:
    door.set(key_in_body=True)
    for _, body, how in UNREADABLE:
        assert clear(door.send(body, how, bearer=False)) in {"error unauthorized", "error too_large"}
    assert not Submission.objects.exists()


def test_no_address_below_the_api_answers_with_a_page(door: Door) -> None:
    for name in ("", "odd", "lead-intake/a/b/c", "lead-intake//", "%00", "lead-intake/%ff"):
        reply = door.send("", method="GET", url=f"/api/{name}")
        assert (clear(reply), reply.status) == ("error not_found", 404)
