"""Who may post: every way to send a key, and every key that may not."""

import base64
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from intake.keys import issue_key
from intake.models import ApiKey, KeyScope, Submission
from intake.originals import body_of, query_of
from leadcrm.testing.door import FORM, JSON, MULTIPART, XML, Door, Reply, written
from leadcrm.testing.factories import SourceFactory
from leadcrm.testing.payloads import glossary

pytestmark = pytest.mark.django_db
UNKNOWN = f"lk_{'0' * 8}_{'0' * 40}"


def basic(key: str, password: str = "") -> dict[str, str]:
    """The key as HTTP Basic's user name."""
    return {"Authorization": "Basic " + base64.b64encode(f"{key}:{password}".encode()).decode()}


def bearer(key: str) -> dict[str, str]:
    """The key as a bearer token."""
    return {"Authorization": f"Bearer {key}"}


def post_with(door: Door, headers: dict[str, str] | None = None, *, how: str = JSON, **fields: Any) -> Reply:
    """A post that carries no key but what is given."""
    query = fields.pop("query", "")
    return door.send(written(glossary(**fields), how), how, headers=headers, bearer=False, query=query)


def refused(reply: Reply, status: int) -> bool:
    """An error of the contract, in its shape, without a decision, nothing stored."""
    code = {401: "unauthorized", 403: "forbidden"}[status]
    assert (reply.status, reply.json["status"], reply.json["code"]) == (status, "error", code)
    assert set(reply.json) == {"status", "code", "message"}
    assert next(iter(reply.json)) == "status"
    assert ("WWW-Authenticate" in reply.headers) == (status == 401)
    return not Submission.objects.exists()


def test_a_key_comes_as_bearer_token_header_or_basic_user(door: Door) -> None:
    for headers in (
        bearer(door.key), {"authorization": f"bearer  {door.key} "}, {"X-API-Key": door.key},
        basic(door.key), basic(door.key, "x"),
    ):  # fmt: skip
        assert post_with(door, headers).outcome == "accepted"


def test_the_bearer_token_goes_before_the_header_and_the_header_before_basic(door: Door) -> None:
    assert refused(post_with(door, {**bearer(UNKNOWN), "X-API-Key": door.key}), 401)
    assert refused(post_with(door, {**basic(door.key), "X-API-Key": UNKNOWN}), 401)
    assert post_with(door, {**basic(UNKNOWN), "X-API-Key": door.key}).outcome == "accepted"
    assert post_with(door, {**bearer(door.key), "X-API-Key": UNKNOWN}).outcome == "accepted"


@pytest.mark.parametrize("how", [JSON, FORM, MULTIPART, XML])
@pytest.mark.parametrize("name", ["api_key", "apikey", "API-Key"])
def test_a_key_in_the_body_counts_only_where_the_source_allows_it(door: Door, how: str, name: str) -> None:
    with_key: dict[str, Any] = {name: door.key}
    assert refused(post_with(door, how=how, **with_key), 401)
    door.set(key_in_body=True)
    assert post_with(door, how=how, **with_key).outcome == "accepted"


def test_a_key_in_the_query_counts_only_where_the_source_allows_it(door: Door) -> None:
    assert refused(post_with(door, query=f"api_key={door.key}"), 401)
    door.set(key_in_body=True)
    assert post_with(door, query=f"api_key={door.key}").outcome == "accepted"


def test_a_key_in_a_header_goes_before_one_in_the_body(door: Door) -> None:
    door.set(key_in_body=True)
    assert refused(post_with(door, bearer(UNKNOWN), api_key=door.key), 401)


@pytest.mark.parametrize(
    "headers",
    [
        {}, bearer(UNKNOWN), bearer(""), bearer("none of ours"), {"Authorization": "Bearer"},
        {"Authorization": "Digest x"}, {"Authorization": "Basic !!!"}, {"Authorization": "Basic /w=="},
        {"X-API-Key": "ключ"}, {"Authorization": "Bearer \u00e9\u00e9"}, {"X-API-Key": "x" * 5000},
    ],
)  # fmt: skip
def test_no_key_or_an_unknown_one_is_401(door: Door, headers: dict[str, str]) -> None:
    sent = {name: value.encode().decode("latin-1") for name, value in headers.items()}
    assert refused(post_with(door, sent), 401)


def test_the_right_prefix_with_a_wrong_secret_is_401(door: Door) -> None:
    assert refused(post_with(door, bearer(door.key[:-1] + ("0" if door.key[-1] != "0" else "1"))), 401)


def test_a_revoked_key_is_403(door: Door) -> None:
    ApiKey.objects.update(revoked_at=timezone.now())
    assert refused(door.post(), 403)


def test_an_expired_key_is_403_and_one_that_expires_later_is_good(door: Door) -> None:
    ApiKey.objects.update(expires_at=timezone.now() + timedelta(minutes=1))
    assert door.post().outcome == "accepted"
    ApiKey.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert door.post().status == 403


def test_a_key_of_another_scope_is_403(door: Door) -> None:
    ApiKey.objects.update(scope=KeyScope.RETURN)
    assert refused(door.post(), 403)
    assert door.get().status == 403


@pytest.mark.parametrize(
    ("networks", "address", "status"),
    [
        (["192.0.2.0/24"], "192.0.2.7", 200),
        (["192.0.2.7"], "192.0.2.7", 200),
        (["192.0.2.0/24"], "198.51.100.7", 403),
        (["192.0.2.0/24", "2001:db8::/32"], "2001:db8::5", 200),
        (["192.0.2.0/24"], "2001:db8::5", 403),
        (["192.0.2.0/24"], "::ffff:192.0.2.7", 200),  # what a socket for both kinds of address says
        (["fe80::/10"], "fe80::1%eth0", 200),
        ([], "fe80::1%eth0", 200),
        ([], "", 200),
        (["192.0.2.0/24"], "", 403),
    ],
)
def test_a_source_lists_the_networks_it_posts_from(
    door: Door, networks: list[str], address: str, status: int
) -> None:
    door.set(allowed_networks=networks)
    reply = door.send(written(glossary(), JSON), REMOTE_ADDR=address)
    assert reply.status == status, reply.text
    assert status == 200 or refused(reply, 403)


def test_a_forwarded_address_is_believed_only_from_a_trusted_proxy(door: Door, settings: Any) -> None:
    door.set(allowed_networks=["192.0.2.0/24"])
    forwarded = {"X-Forwarded-For": "203.0.113.9, 192.0.2.7"}
    assert refused(door.post(headers=forwarded), 403)
    settings.TRUSTED_PROXIES = 1
    assert door.post(headers=forwarded).outcome == "accepted"
    assert door.post(headers={"X-Forwarded-For": "192.0.2.7, 203.0.113.9"}).status == 403


def test_two_keys_are_valid_at_once_and_one_can_end(door: Door) -> None:
    _, second = issue_key(source=door.source)
    for key in (door.key, second):
        assert post_with(door, bearer(key)).outcome == "accepted"
    ApiKey.objects.filter(prefix=door.key[3:11]).update(revoked_at=timezone.now())
    assert post_with(door, bearer(door.key)).status == 403
    assert post_with(door, bearer(second)).outcome == "accepted"


def test_a_key_posts_to_its_own_source_only(door: Door) -> None:
    other = SourceFactory.create(price="9.00")
    _, key = issue_key(source=other)
    reply = post_with(door, bearer(key))
    assert (reply.submission.source, reply.json["price"]) == (other, "9.00")


def test_a_source_is_throttled_by_the_minute(door: Door) -> None:
    door.set(rate_limit=3)
    with time_machine.travel("2026-11-24T15:00:20Z", tick=False) as clock:
        assert [door.post().status for _ in range(4)] == [200, 200, 200, 429]
        reply = door.post()
        assert (reply.json["status"], reply.json["code"]) == ("error", "rate_limited")
        assert reply.headers["Retry-After"] == "40"
        assert Submission.objects.count() == 3
        assert door.get().status == 200  # reading is not posting
        clock.shift(40)
        assert door.post().status == 200


def stored_text() -> str:
    """Every column of every table, as text, and what is sealed in them."""
    found = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'SELECT t::text FROM "{table}" AS t')
            found += [row for (row,) in cursor.fetchall()]
    for row in Submission.objects.all():
        found += [body_of(row).decode("latin-1"), query_of(row)]
    return "\n".join(found)


def escaped(key: str) -> list[str]:
    """Other ways to write a key that mean the same to a parser."""
    return [
        key.replace("_", "%5F"), key.replace("_", "%5f"), key.replace("_", "\\u005f"), key.replace("_", "&#95;"),
        "".join(f"%{ord(c):02X}" for c in key), "".join(f"\\u00{ord(c):02x}" for c in key),
        "".join(f"&#{ord(c)};" for c in key), "".join(f"&#x{ord(c):x};" for c in key),
    ]  # fmt: skip


def test_a_key_is_stored_nowhere_and_answered_nowhere(door: Door) -> None:
    door.set(key_in_body=True)
    bare, percent, unicode = door.key, escaped(door.key)[4], escaped(door.key)[5]
    replies = [
        door.post(api_key=door.key, note=f"our key is {door.key}"),
        post_with(door, api_key=door.key, phone="123"),
        post_with(door, query=f"api_key={door.key}&x={door.key}"),
        post_with(door, query=f"api_key={percent}"),
        post_with(door, query=f"apikey={door.key.replace('_', '%5F')}"),
        door.send(
            written(glossary(), JSON).replace(b"{", f'{{"API_KEY":"{unicode}",'.encode(), 1), bearer=False
        ),
        door.send(written(glossary(), FORM) + f"&api_key={percent}".encode(), FORM, bearer=False),
        door.send(f"<lead><api_key>{escaped(bare)[6]}</api_key><phone>1</phone></lead>", XML, bearer=False),
        door.send(f"<lead><api_key>{escaped(bare)[7]}</api_key><phone>2</phone></lead>", XML, bearer=False),
        door.send(f'{{"api_key":"{bare}"', JSON),
        door.post(headers={"User-Agent": f"client {bare}", "X-Forwarded-For": bare, "X-API-Key": bare}),
        door.post(glossary() | {bare: "as a name"}),
        door.post(lead_id=bare),
        door.get(query=f"api_key={bare}&limit=2"),
        door.get(query=f"api_key={percent}&limit=2"),
    ]
    stored = stored_text()
    secret = bare[12:]
    for form in (bare, *escaped(bare)):
        assert form not in stored
    assert secret not in stored
    assert [reply.status for reply in replies] == [200] * 9 + [400] + [200] * 5
    assert Submission.objects.count() == 13
    for reply in replies:
        told = reply.text + repr(reply.headers)
        assert secret not in told, reply
        assert not any(form in told for form in escaped(bare)), reply


def test_a_key_is_kept_as_a_hash_and_never_in_clear(door: Door) -> None:
    key = ApiKey.objects.get()
    assert key.prefix == door.key[3:11]
    assert door.key not in repr(ApiKey.objects.values().get())
    assert len(key.sha256) == 64


def test_who_knows_only_the_prefix_of_a_key_uses_up_nothing_of_its_rate(door: Door) -> None:
    door.set(rate_limit=2)
    with time_machine.travel("2026-11-23 15:00:10Z", tick=False):
        assert post_with(door, bearer(door.key)).outcome == "accepted"
        forged = door.key[:-1] + ("0" if door.key[-1] != "0" else "1")
        for _ in range(5):
            assert post_with(door, bearer(forged)).status == 401
        assert post_with(door, bearer(door.key)).outcome == "accepted"
        assert post_with(door, bearer(door.key)).status == 429
